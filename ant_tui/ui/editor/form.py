"""What the editor's fields say, as typed, and the request that it makes. No widget, no scheduler.

A request is made of whatever is understood, with the errors of the rest beside it, so that all that is wrong with
fields and text can be told at once.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from msgspec import Struct
from msgspec.structs import replace

from ant_tui.api.schema import Submission, SubmitText
from ant_tui.bounds import MOST_GPUS
from ant_tui.core.task import DEFAULT_PRIORITY, Task
from ant_tui.submission.arguments import ARGUMENTS, Unreadable
from ant_tui.ui.editor.variables import Said, Variables, of_texts, said_by

__all__ = ["FIELDS", "NOT_IN_MULTI", "Form", "Made", "folder", "form_of_defaults", "form_of_task", "gpu_names", "words"]

FIELDS = ("id", "gpus", "priority", "workdir", "output", "tags", "conda", "gpu_ids", "exclude")
"""The one-line fields, in the order in which they are shown."""

NOT_IN_MULTI = ("id", "gpus")
"""Fields that count in Single only: a Multi text says them line by line."""

_RANGE = re.compile(r"([0-9]{1,5})-([0-9]{1,5})")


class Form(Struct, frozen=True, omit_defaults=True):
    """The text of every field, as typed; this is what a draft on the disk holds.

    Attributes:
        text: the command, or in Multi the commands.
        multi: whether every line is a task.
        gpu_ids: GPUs to choose from: ``0,2-4`` or UUIDs.
        exclude: GPUs to stay away from.
        workdir: where it runs; empty for where the screen was started.
        conda: name of a conda environment, or its directory.
        output: file for the output; empty for a log of the scheduler's.
    """

    text: str = ""
    multi: bool = False
    id: str = ""
    gpus: str = ""
    priority: str = ""
    workdir: str = ""
    tags: str = ""
    conda: str = ""
    gpu_ids: str = ""
    exclude: str = ""
    hold: bool = False
    pty: bool = False
    output: str = ""
    variables: Variables = Variables()

    @property
    def mode(self) -> Literal["multi", "single"]:
        """The mode in which the text is read."""
        return "multi" if self.multi else "single"

    @property
    def empty(self) -> bool:
        """Whether there is no command."""
        return not self.text.strip()


@dataclass(frozen=True, slots=True)
class Made:
    """What a form makes.

    Attributes:
        submission: all but the command; what is wrong is left out of it.
        fields: field → what is wrong with it.
        variables: what the variables come to, and what is wrong with them.
    """

    submission: Submission
    fields: Mapping[str, str]
    variables: Said

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fields and self.variables.good

    def request(self, form: Form, environment: Mapping[str, str], *, dry_run: bool) -> SubmitText:
        """The request for the form's text."""
        return SubmitText(form.text, self.submission, form.mode, environment=environment, dry_run=dry_run)

    @classmethod
    def of(cls, form: Form, here: str) -> Made:
        """Make what a form says.

        Args:
            form: the fields.
            here: where the screen was started.
        """
        return _Making(form, here).made()


class _Making:
    """One form while it is understood."""

    def __init__(self, form: Form, here: str) -> None:
        self.form = form
        self.here = here
        self.wrong: dict[str, str] = {}

    def made(self) -> Made:
        form, said = self.form, said_by(self.form.variables)
        if form.multi and any(name == "ant_task_id" for name in said.values):
            said = _refused_id(said, form.variables)
        texts = {"id": form.id.strip()} if not form.multi else {}
        values: dict[str, Any] = {
            **texts,
            "gpus": None if form.multi else self._read("gpus", "ant_n_gpus", None),
            "priority": self._read("priority", "ant_priority", DEFAULT_PRIORITY),
            "gpu_ids": self._names("gpu_ids"),
            "exclude_gpus": self._names("exclude"),
            "tags": words(form.tags),
            "hold": form.hold,
            "pty": form.pty,
            **_conda(form.conda, self.here),
            "output": os.path.expanduser(form.output.strip()),
            "variables": said.texts,
        }
        arguments = said.arguments
        row_folder = arguments.pop("workdir", None)
        values |= arguments  # what a row says is stronger than the field, as everywhere
        typed_folder = form.workdir.strip() or row_folder
        path = folder(str(typed_folder), self.here) if typed_folder else self.here
        submission = Submission(command="", workdir=path, workdir_default=not typed_folder, **values)
        return Made(submission, self.wrong, said)

    def _read(self, field: str, argument: str, otherwise: int | None) -> Any:
        text = getattr(self.form, field).strip()
        if not text:
            return otherwise
        try:
            return ARGUMENTS[argument].read(text)
        except Unreadable as problem:
            self.wrong[field] = str(problem)
            return otherwise

    def _names(self, field: str) -> tuple[str, ...]:
        names = gpu_names(getattr(self.form, field))
        try:
            ARGUMENTS["ant_gpu_ids"].read(list(names))
        except Unreadable as problem:
            self.wrong[field] = str(problem)
            return ()
        return names


def _refused_id(said: Said, variables: Variables) -> Said:
    problem = "In Multi every line has an id of its own: write ant_task_id=… into the lines."
    values = {name: value for name, value in said.values.items() if name != "ant_task_id"}
    rows = {
        **said.rows,
        **{place: problem for place, (name, _) in enumerate(variables.rows) if name.strip() == "ant_task_id"},
    }
    return Said(values, rows, said.problem) if variables.text is None else Said(values, {}, said.problem or problem)


def gpu_names(text: str) -> tuple[str, ...]:
    """``0,2-4 GPU-ab…`` as single names."""
    names: list[str] = []
    for word in words(text):
        match = _RANGE.fullmatch(word)
        if match and 0 <= int(match[2]) - int(match[1]) < MOST_GPUS:
            names.extend(map(str, range(int(match[1]), int(match[2]) + 1)))
        else:
            names.append(word)
    return tuple(names)


def words(text: str) -> tuple[str, ...]:
    """Words with blanks or commas between them, each once."""
    return tuple(dict.fromkeys(word for word in re.split(r"[,\s]+", text) if word))


def folder(text: str, here: str) -> str:
    """A directory as typed (``~`` and relative ones too) as an absolute path."""
    return os.path.normpath(os.path.join(here, os.path.expanduser(text)))


def _conda(text: str, here: str) -> dict[str, str]:
    text = text.strip()
    if "/" in text or text.startswith("~"):
        return {"conda_env_path": folder(text, here)}
    return {"conda_env": text}


def form_of_defaults(values: Mapping[str, Any], here: str) -> Form:
    """An empty form with the defaults of a project (``project.project_defaults``) in it."""
    workdir = str(values.get("workdir", ""))
    variables = {"ant_conda_path": values["conda_path"]} if "conda_path" in values else {}
    return Form(
        gpus=str(values.get("gpus", "")),
        tags=" ".join(values.get("tags", ())),
        conda=str(values.get("conda_env_path") or values.get("conda_env", "")),
        workdir="" if workdir == here else workdir,
        variables=of_texts(variables),
    )


def form_of_task(task: Task, gpu_name: Callable[[str], str]) -> Form:
    """A form that says what a task was asked to be, less its id and its output file: no two tasks have the same.

    Args:
        task: any task.
        gpu_name: UUID → how people call that GPU.
    """
    spec = task.spec
    wanted = spec.resources
    form = Form(
        text=spec.command,
        gpus=str(wanted.gpus),
        priority="" if spec.priority == DEFAULT_PRIORITY else str(spec.priority),
        workdir=spec.workdir,
        tags=" ".join(task.tags),
        conda=spec.conda_env_path or spec.conda_env,
        gpu_ids=",".join(map(gpu_name, wanted.gpu_ids)),
        exclude=",".join(map(gpu_name, wanted.exclude_gpus)),
        pty=spec.pty,
        variables=of_texts(spec.variables),
    )
    if not spec.conda_path:
        return form
    return replace(form, variables=of_texts({**spec.variables, "ant_conda_path": spec.conda_path}))
