"""The editor's form for tasks that are queued already: what they have in common, and what was changed. No widget.

A field that differs among the tasks is empty and stays as it is in each, unless something is written into it; ``-``
takes what is there away.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace

from ant_tui.core.task import Task
from ant_tui.errors import SubmissionError
from ant_tui.submission.arguments import ARGUMENTS, ROW_NAMES, Unreadable
from ant_tui.submission.env_values import text_of
from ant_tui.submission.identifiers import check_id
from ant_tui.ui.editor.form import FIELDS, Form, folder, gpu_names, words
from ant_tui.ui.editor.variables import Said, of_texts, said_by
from ant_tui.ui.figures import count

__all__ = ["Basis", "Changes", "basis_of", "changes", "in_words", "whose"]

_TAKEN_AWAY = "-"
_ONE_ONLY = "of one task only"
_FIXED = "fixed once queued"


@dataclass(frozen=True, slots=True)
class Basis:
    """Tasks as they are.

    Attributes:
        tasks: the queued tasks that are changed.
        form: what they have in common.
        differ: fields in which they differ → what stands in the field meanwhile.
        fixed: fields that cannot be changed → why.
        other_variables: names of variables that some have, or that differ.
    """

    tasks: tuple[Task, ...]
    form: Form
    differ: Mapping[str, str]
    fixed: Mapping[str, str]
    other_variables: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """What a form changes.

    Attributes:
        values: key → new value, as the method ``edit`` takes it; the same for every task.
        hold: True to hold them, False to release them, None for neither.
        fields: field → what is wrong with it.
        variables: what is wrong with the variables.
        text: what is wrong with the command.
    """

    values: Mapping[str, str] = field(default_factory=dict)
    hold: bool | None = None
    fields: Mapping[str, str] = field(default_factory=dict)
    variables: Said = field(default_factory=Said)
    text: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.fields and self.variables.good and not self.text

    @property
    def any(self) -> bool:
        """Whether there is anything to be done."""
        return bool(self.values) or self.hold is not None


def basis_of(tasks: Sequence[Task], gpu_name: Callable[[str], str]) -> Basis:
    """What tasks have in common.

    Args:
        tasks: at least one.
        gpu_name: UUID → how people call that GPU.
    """
    texts = {name: [read(task, gpu_name) for task in tasks] for name, read in _READ.items()}
    common = {name: found[0] for name, found in texts.items() if len(set(found)) == 1}
    differ = {name: "differ" for name in texts if name not in common}
    held = [task.held for task in tasks]
    fixed = {"conda": _FIXED, "pty": _FIXED}
    if len(tasks) > 1:
        for name in ("id", "output"):
            fixed[name] = _ONE_ONLY
            common.pop(name, None)
            differ.pop(name, None)
    variables = [task.spec.variables for task in tasks]
    shared = {
        name: value for name, value in variables[0].items() if all(other.get(name) == value for other in variables)
    }
    form = replace(Form(hold=all(held), variables=of_texts(shared)), **common)
    others = sorted({name for found in variables for name in found} - set(shared))
    return Basis(tuple(tasks), form, differ, fixed, tuple(others))


_READ: Mapping[str, Callable[[Task, Callable[[str], str]], str]] = {
    "text": lambda task, _: task.spec.final_command,
    "id": lambda task, _: task.id,
    "gpus": lambda task, _: str(task.spec.resources.gpus),
    "priority": lambda task, _: str(task.spec.priority),
    "workdir": lambda task, _: task.spec.workdir,
    "output": lambda task, _: task.spec.output,
    "tags": lambda task, _: " ".join(task.tags),
    "gpu_ids": lambda task, name: ",".join(map(name, task.spec.resources.gpu_ids)),
    "exclude": lambda task, name: ",".join(map(name, task.spec.resources.exclude_gpus)),
    "conda": lambda task, _: task.spec.conda_env_path or task.spec.conda_env,
}


def changes(basis: Basis, form: Form, here: str) -> Changes:
    """Find out what a form changes.

    Args:
        basis: the tasks.
        form: what is written now.
        here: where relative directories begin.
    """
    values: dict[str, str] = {}
    wrong: dict[str, str] = {}
    text_problem = ""
    if form.text != basis.form.text:
        if form.text.strip():
            values["command"] = form.text.rstrip()
        elif "text" not in basis.differ:
            text_problem = "A task needs a command."
    for name in FIELDS:
        text, before = getattr(form, name).strip(), getattr(basis.form, name)
        if text == before or name in basis.fixed or (not text and name in basis.differ):
            continue
        key, read = _WRITTEN[name]
        try:
            values[key] = read(text, here)
        except (Unreadable, SubmissionError) as problem:
            wrong[name] = problem.sentence if isinstance(problem, SubmissionError) else str(problem)
    said = _said(form)
    if said.good:
        values |= _variables(basis, said)
    hold = form.hold if form.hold != basis.form.hold else None
    return Changes(values, hold, wrong, said, text_problem)


def _number(argument: str) -> Callable[[str, str], str]:
    def read(text: str, _: str) -> str:
        return str(ARGUMENTS[argument].read(text))

    return read


def _names(text: str, _: str) -> str:
    if text in ("", _TAKEN_AWAY):
        return ""
    return ",".join(ARGUMENTS["ant_gpu_ids"].read(list(gpu_names(text))))  # type: ignore[arg-type]


def _tags(text: str, _: str) -> str:
    return "" if text == _TAKEN_AWAY else ",".join(words(text))


def _folder(text: str, here: str) -> str:
    if not text:
        raise SubmissionError("A task needs a directory.")
    return folder(text, here)


def _output(text: str, _: str) -> str:
    return "" if text == _TAKEN_AWAY else os.path.expanduser(text)


def _id(text: str, _: str) -> str:
    return check_id(text)


_WRITTEN: Mapping[str, tuple[str, Callable[[str, str], str]]] = {
    "id": ("id", _id),
    "gpus": ("gpus", _number("ant_n_gpus")),
    "priority": ("priority", _number("ant_priority")),
    "workdir": ("workdir", _folder),
    "output": ("output", _output),
    "tags": ("tags", _tags),
    "gpu_ids": ("gpu_ids", _names),
    "exclude": ("exclude_gpus", _names),
}
"""Field → key of the method ``edit``, and what is written there."""


def _said(form: Form) -> Said:
    """The variables, of which none may be an argument or empty here."""
    said = said_by(form.variables)
    if not said.good:
        return said
    problems = {
        name: "A queued task takes this from the field above."
        if name in ROW_NAMES
        else "This would take the variable away; delete its row, or write null."
        for name, value in said.values.items()
        if name in ROW_NAMES or value == ""
    }
    if not problems:
        return said
    if form.variables.text is not None:
        name = next(iter(problems))
        return Said(said.values, {}, f"{name}: {problems[name]}")
    rows = {
        place: problems[name.strip()]
        for place, (name, _) in enumerate(form.variables.rows)
        if name.strip() in problems
    }  # fmt: skip
    return Said(said.values, rows)


def _variables(basis: Basis, said: Said) -> dict[str, str]:
    before = {name: text_of(value) for name, value in said_by(basis.form.variables).values.items()}
    after = said.texts
    found = {f"env.{name}": text for name, text in after.items() if before.get(name) != text}
    gone: Iterable[str] = [name for name in before if name not in after]
    gone = [*gone, *(name for name in basis.other_variables if name in said.values and said.values[name] is None)]
    return {**found, **{f"env.{name}": "" for name in gone}}


def in_words(found: Changes, basis: Basis) -> list[tuple[str, str]]:
    """Changes as (what, new value) pairs for a preview."""
    lines = []
    for key, value in found.values.items():
        name = key.removeprefix("env.")
        before = _before(key, basis)
        shown = value or ("is taken away" if key.startswith("env.") else "none")
        lines.append((name, f"{before} → {shown}" if before else shown))
    if found.hold is not None:
        lines.append(("held", "yes" if found.hold else "no, let it start"))
    return lines


def _before(key: str, basis: Basis) -> str:
    if key.startswith("env."):
        if key[4:] in basis.other_variables:
            return "different"
        return said_by(basis.form.variables).texts.get(key[4:], "")
    name = next((name for name, (other, _) in _WRITTEN.items() if other == key), "")
    if key == "command" or name == "":
        return ""
    return basis.differ.get(name, "") or str(getattr(basis.form, name))


def whose(basis: Basis) -> str:
    """The tasks in a few words: an id, or how many."""
    if len(basis.tasks) == 1:
        return basis.tasks[0].id
    return count(len(basis.tasks), "task")
