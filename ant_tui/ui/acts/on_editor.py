"""Acts that write: new tasks, changes of queued ones, and the variables of all new tasks."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping

import msgspec

from ant_tui import paths
from ant_tui.api.documents import TasksDocument
from ant_tui.api.edit_text import differences, read_text, text_of, values_of
from ant_tui.api.schema import Selection
from ant_tui.client.caller import first_folder
from ant_tui.core.task import Task, TaskState
from ant_tui.errors import ConfigError, UsageError
from ant_tui.project import project_defaults
from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.editor.drafts import NEW, DraftFile, drafts_in
from ant_tui.ui.editor.form import Form, form_of_defaults, form_of_task
from ant_tui.ui.editor.past import earlier_commands
from ant_tui.ui.editor.purposes import ChangeTasks, Done, NewTasks, Purpose, edit_each, gpu_names_of, report
from ant_tui.ui.editor.screen import EditorScreen
from ant_tui.ui.editor.workspace import WorkspaceScreen
from ant_tui.ui.figures import clock, count
from ant_tui.ui.situation import Situation

__all__ = ["ACTS"]


def _queued(situation: Situation) -> tuple[Task, ...]:
    return tuple(task for task in situation.tasks if task.state is TaskState.QUEUED)


async def _add(host: Host, _: Situation) -> None:
    await _write(host, None)


async def _clone(host: Host, situation: Situation) -> None:
    kept = _drafts(host).find(NEW)
    if kept is not None:
        go_on = await host.ask(_draft_or_copy(clock(kept.at, time.time())))
        if go_on is None:
            return
        if go_on:
            await _write(host, None)
            return
    await _write(host, form_of_task(situation.tasks[0], gpu_names_of(host.client)))


def _draft_or_copy(when: str) -> Choose[bool]:
    return Choose(
        "There is a half-written task",
        (
            Choice(True, "Go on with it", f"What you wrote until {when} is still there."),
            Choice(False, "Write the copy", "The half-written task is thrown away."),
        ),
    )


def _drafts(host: Host) -> DraftFile:
    return drafts_in(paths.draft_file(host.client.place.data_dir))


async def _write(host: Host, form: Form | None) -> None:
    here = first_folder()
    blank = Form()
    try:
        blank = form_of_defaults(project_defaults(here, os.environ).values, here)
    except ConfigError as error:
        host.say(error.sentence, "warn")
    await _open(host, NewTasks(host.client, here, blank), form)


async def _edit(host: Host, situation: Situation) -> None:
    await _open(host, ChangeTasks(host.client, _queued(situation), first_folder()))


async def _open(host: Host, purpose: Purpose, form: Form | None = None) -> None:
    client = host.client
    drafts = _drafts(host)
    past = earlier_commands(client.state.tasks)
    done = await host.ask(EditorScreen(purpose, drafts, first_folder(), past=past, form=form))
    if done is not None:
        await _tell(host, done)
    elif drafts.find(purpose.key) is not None:
        host.say("The draft is kept; the same key brings it back.")


async def _tell(host: Host, done: Done) -> None:
    host.say(done.sentence, done.style)
    if done.failed:
        await host.ask(TextDialog(done.sentence, done.failed))


async def _edit_text(host: Host, situation: Situation) -> None:
    tasks = _queued(situation)
    asked = Selection(tasks=tuple(str(task.number) for task in tasks), secrets=True)
    shown: TasksDocument = await host.client.call("show", asked)
    before = {str(task.number): values_of(msgspec.to_builtins(task)) for task in shown.tasks}
    text = text_of(before, head=_head(len(before)))
    while True:
        edited = host.edit_text(text, ".toml")
        if edited.text is None:
            host.say(edited.problem, "bad")
            return
        text = edited.text
        try:
            found = differences(before, read_text(text))
        except UsageError as error:
            if not await host.ask(_again(error)):
                host.say("Nothing was changed.")
                return
            continue
        break
    if not found:
        host.say("Nothing was changed.")
    else:
        await _tell(host, report(await edit_each(host.client, found, tasks)))


def _head(number: int) -> str:
    return (
        f"{count(number, 'queued task')}, each under its number. Save and leave to change them; leave unchanged to do "
        "nothing.\nA table that you delete leaves its task as it is; an environment variable that you delete is taken "
        "away."
    )


def _again(error: UsageError) -> Choose[bool]:
    return Choose(
        "This cannot be used",
        (
            Choice(True, "Edit it again", "Your text is there as you left it."),
            Choice(False, "Throw it away", "Nothing is changed."),
        ),
        lines=[error.sentence],
    )


async def _workspace(host: Host, _: Situation) -> None:
    said = await host.ask(WorkspaceScreen(host.client))
    if said:
        host.say(said, "good")


ACTS: Mapping[str, Act] = {
    "task.add": _add,
    "task.clone": _clone,
    "task.edit": _edit,
    "task.edit_text": _edit_text,
    "queue.variables": _workspace,
}
