"""What the editor is opened for: new tasks, or changing queued ones. The screen knows neither, only ``Purpose``."""

from __future__ import annotations

import asyncio
import os
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ant_tui.api.documents import OutcomeDocument, OutcomesDocument, SubmittedDocument
from ant_tui.api.schema import Edit, Selection, Submission
from ant_tui.api.verbs.output_paths import output_path
from ant_tui.client.caller import carried
from ant_tui.client.interface import Client
from ant_tui.core.secrets import MASK, looks_secret
from ant_tui.core.task import Task, TaskState
from ant_tui.errors import AntError
from ant_tui.ui.acts.outcomes import summary
from ant_tui.ui.editor.changing import Basis, Changes, basis_of, changes, in_words, whose
from ant_tui.ui.editor.checked import LISTED, Checked, Fault, Line
from ant_tui.ui.editor.checking import blame, check_new, refused
from ant_tui.ui.editor.drafts import NEW
from ant_tui.ui.editor.form import Form, Made
from ant_tui.ui.figures import count

__all__ = ["ChangeTasks", "Done", "NewTasks", "Purpose", "edit_each", "gpu_names_of", "report"]

_MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Done:
    """What carrying a form out came to.

    Attributes:
        sentence: what was done.
        style: ``good``, ``warn`` or ``bad``.
        failed: a (name, reason) pair for each task with which it did not work, where there were several.
    """

    sentence: str
    style: str = "good"
    failed: tuple[tuple[str, str], ...] = ()


class Purpose(Protocol):
    """What the editor is opened for."""

    title: str
    """In a few words."""
    key: str
    """Of its draft."""
    blank: Form
    """The form as it is before anything is written."""
    modes: bool
    """Whether one may write many tasks."""
    fixed: Mapping[str, str]
    """Fields that cannot be changed → why."""
    differ: Mapping[str, str]
    """Fields that say different things for several tasks → what is shown in them."""
    meanwhile: str
    """What whoever wants to leave is told while it is being carried out."""

    @property
    def note(self) -> str:
        """What stands above the variables."""

    async def check(self, form: Form) -> Checked:
        """Find out what a form would come to."""

    async def carry_out(self, form: Form) -> Done | Checked:
        """Do it; where it is refused after all, say why."""


@dataclass
class NewTasks:
    """Writing new tasks; see ``Purpose``."""

    client: Client
    here: str
    blank: Form = field(default_factory=Form)
    title: str = "New task"
    key: str = NEW
    modes: bool = True
    fixed: Mapping[str, str] = field(default_factory=dict)
    differ: Mapping[str, str] = field(default_factory=dict)
    meanwhile: str = "It is being queued; a moment."

    @property
    def note(self) -> str:
        """What the workspace adds."""
        names = list(self.client.state.workspace)
        if not names:
            return ""
        shown = ", ".join(names[:_MOST_NAMED]) + (" …" if len(names) > _MOST_NAMED else "")
        return f"The workspace adds {shown}."

    async def check(self, form: Form) -> Checked:
        """Ask for a dry run."""
        return await check_new(form, self.client, self.here)

    async def carry_out(self, form: Form) -> Done | Checked:
        """Queue them."""
        made = Made.of(form, self.here)
        request = made.request(form, carried(os.environ), dry_run=False)
        try:
            document: SubmittedDocument = await self.client.call("submit_text", request)
        except AntError as error:
            return await refused(error, form, made, self.client)
        tasks = document.tasks
        held = ", held" if form.hold else ""
        if len(tasks) == 1:
            return Done(f"Queued as task {tasks[0].number}, {tasks[0].id}{held}.")
        names = ", ".join(task.id for task in tasks[:_MOST_NAMED]) + (" …" if len(tasks) > _MOST_NAMED else "")
        return Done(f"{len(tasks):,} tasks are queued{held}, {tasks[0].number} to {tasks[-1].number}: {names}")


class ChangeTasks:
    """Changing queued tasks; see ``Purpose``."""

    modes = False
    meanwhile = "It is being changed; a moment."

    def __init__(self, client: Client, tasks: tuple[Task, ...], here: str) -> None:
        """Change some tasks.

        Args:
            client: the scheduler.
            tasks: queued ones, at least one.
            here: where the screen was started.
        """
        self._client = client
        self._here = here
        self._basis: Basis = basis_of(tasks, gpu_names_of(client))
        self.blank = self._basis.form
        self.fixed = self._basis.fixed
        self.differ = self._basis.differ
        one = tasks[0]
        self.title = f"Edit task {one.number} · {one.id}" if len(tasks) == 1 else f"Edit {len(tasks)} tasks"
        self.key = ",".join(str(task.number) for task in tasks)

    @property
    def note(self) -> str:
        """Which variables the tasks do not have in common."""
        others = self._basis.other_variables
        if not others:
            return ""
        return f"Different, left as they are: {', '.join(others[:_MOST_NAMED])}{' …' if len(others) > 3 else ''}"

    async def check(self, form: Form) -> Checked:
        """Find out what would be changed, and whether the scheduler would have it."""
        found = changes(self._basis, form, self._here)
        fields = dict(found.fields)
        if found.values:
            asked = await asyncio.to_thread(self._as_submission, found)
            fields = {**await blame(asked, self._client), **fields}
        lines = tuple(Line(name, "", text) for name, text in in_words(found, self._basis))
        headline = "Nothing is changed yet."
        if found.any:
            headline = f"{whose(self._basis)}: {count(len(lines), 'change')}"
        return Checked(
            headline=headline,
            lines=lines[:LISTED],
            count=len(lines),
            notes=self._notes(found),
            problems=self._gone(),
            command_line=self._command_line(found),
            fields=fields,
            rows=found.variables.rows,
            variables=found.variables.problem,
            faults=(Fault(1, 0, found.text),) if found.text else (),
        )

    def _notes(self, found: Changes) -> tuple[str, ...]:
        notes = ["The command runs as it stands: nothing in it is filled in."] if "command" in found.values else []
        if (gone := len(self._basis.tasks) - len(self._queued())) and gone < len(self._basis.tasks):
            notes.append(f"{count(gone, 'of them is', 'of them are')} not queued any more and cannot be changed.")
        return tuple(notes)

    def _queued(self) -> list[Task]:
        """The tasks that wait still."""
        now = self._client.state.tasks
        return [
            task for task in self._basis.tasks
            if task.number in now and now[task.number].state is TaskState.QUEUED
        ]  # fmt: skip

    def _gone(self) -> tuple[str, ...]:
        """Why nothing can be changed any more."""
        if self._queued():
            return ()
        one = self._basis.tasks[0]
        now = self._client.state.tasks.get(one.number)
        what = now.state.value if now is not None else "forgotten"
        return (f"{whose(self._basis)}: {what} meanwhile; only queued tasks can be changed.",)

    def _as_submission(self, found: Changes) -> Submission:
        """A task with the new values; what is not changed is harmless in it. Looks at the disk."""
        values = found.values
        own = self._basis.tasks[0].spec
        output = output_path(values.get("output", ""), values.get("workdir", own.workdir))
        if own.output and output and _real(output) == _real(own.output):
            output = ""  # its own file, written differently: as a file of a new task it would be refused
        return Submission(
            command=":",
            workdir=values.get("workdir", "/"),
            output=output,
            id=values.get("id", ""),
            gpus=int(values.get("gpus", "0")),
            gpu_ids=_list(values.get("gpu_ids", "")),
            exclude_gpus=_list(values.get("exclude_gpus", "")),
            priority=int(values.get("priority", "10")),
            tags=_list(values.get("tags", "")),
        )

    def _command_line(self, found: Changes) -> str:
        if not found.values:
            return ""
        number = str(self._basis.tasks[0].number)
        words = [word for key, value in found.values.items() for word in ("--set", f"{key}={_shown(key, value)}")]
        more = "" if len(self._basis.tasks) == 1 else "  # and the same for the others"
        return shlex.join(["ant-tui", "edit", number, *words]) + more

    async def carry_out(self, form: Form) -> Done | Checked:
        """Change each of them, and say with which it did not work."""
        found = changes(self._basis, form, self._here)
        if not found.any:
            return Done("Nothing was changed.", "")
        tasks = self._basis.tasks
        results = await edit_each(self._client, {str(task.number): found.values for task in tasks}, tasks)
        if found.hold is not None:
            asked = Selection(tuple(str(task.number) for task in tasks))
            answer: OutcomesDocument = await self._client.call("hold" if found.hold else "release", asked)
            results += [result for result in answer.results if not (found.values and result.ok)]
        if len(tasks) == 1 and not results[0].ok:
            return Checked(problems=(results[0].message,))
        return report(results)


async def edit_each(
    client: Client, values: Mapping[str, Mapping[str, str]], tasks: tuple[Task, ...]
) -> list[OutcomeDocument]:
    """Ask for changes of several tasks at once, and say of each what became of it.

    Args:
        client: the scheduler.
        values: task number → new values; tasks without any are left out.
        tasks: the tasks by their number.
    """
    names = {str(task.number): task for task in tasks}

    async def one(number: str, new: Mapping[str, str]) -> OutcomeDocument:
        task = names[number]
        try:
            await client.call("edit", Edit(number, new))
        except AntError as error:
            return OutcomeDocument(task.id, False, error.sentence, task.number, error.kind)
        return OutcomeDocument(new.get("id", task.id), True, f"{new.get('id', task.id)} is changed.", task.number)

    return list(await asyncio.gather(*(one(number, new) for number, new in values.items() if new)))


def report(results: list[OutcomeDocument]) -> Done:
    """Sum up what became of each."""
    sentence, style = summary(results, "changed")
    failed = [(str(result.number or result.id), result.message) for result in results if not result.ok]
    return Done(sentence, style, tuple(failed) if len(failed) > 1 else ())


def gpu_names_of(client: Client) -> Callable[[str], str]:
    """How people call a GPU, by its UUID."""
    indices = {uuid: str(gpu.index) for uuid, gpu in client.state.cluster.gpus.items()}
    return lambda uuid: indices.get(uuid, uuid)


def _real(path: str) -> str:
    """A file that need not be there, by the real name of its directory."""
    directory, name = os.path.split(path)
    return os.path.join(os.path.realpath(directory), name)


def _list(text: str) -> tuple[str, ...]:
    return tuple(word for word in text.split(",") if word)


def _shown(key: str, value: str) -> str:
    return MASK if key.startswith("env.") and value and looks_secret(key[4:]) else value
