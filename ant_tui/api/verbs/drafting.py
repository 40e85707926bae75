"""From what was asked for to drafts with a final id and a final command: the bridge to ``submission``.

Here chance, the time of day and the workspace of variables come in; the language itself is ``submission``'s.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import Struct, field
from msgspec.structs import replace

from ant_tui.api.schema import Submission, SubmitText
from ant_tui.api.verbs.output_paths import output_path
from ant_tui.core.state import State
from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import FormValues, Sources, TaskDraft
from ant_tui.submission.gpupeasy import parse_gpupeasy
from ant_tui.submission.layers import Base, base_of
from ant_tui.submission.multi import is_alike, parse_multi, parse_script
from ant_tui.submission.sweeps import parameters_from_csv

__all__ = ["Draft", "drafts_of_tasks", "drafts_of_text"]

_NO_COMMAND = ":"
"""What stands in a command's place while everything around it is read."""

_NAMED_BY_JOB = "job"
"""What stands in the place of a name that is no template: each job puts its own there."""


class Draft(Struct, frozen=True):
    """One task to be.

    Attributes:
        task: what was asked for, with everything filled in that the text or the workspace said.
        id: the final id.
        resolved_command: the final command.
        place: where it stands in a text, as the beginning of a sentence; empty for a single task.
        parameters: the values of sweeps and columns that made this one of several.
    """

    task: Submission
    id: str
    resolved_command: str
    place: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)


def drafts_of_tasks(state: State, tasks: Sequence[Submission]) -> list[Draft]:
    """Read each command in Single mode, or take it word by word where it is ``verbatim``.

    Raises:
        SubmissionError: one of them cannot be understood; names each reason.
    """
    sources = _sources(state)
    besides = _Besides(state)
    found: list[Draft] = []
    reasons: list[str] = []
    for place, task in enumerate(tasks, 1):
        prefix = f"task {place}: " if len(tasks) > 1 else ""
        try:
            found.extend(_single(task, besides.of(task), (), sources, prefix))
        except SubmissionError as error:
            reasons.extend(f"{prefix}{reason}" for reason in error.reasons or (error.sentence,))
    if reasons:
        raise SubmissionError(reasons[0] if len(reasons) == 1 else "Nothing was queued.", reasons=tuple(reasons))
    return found


def drafts_of_text(state: State, request: SubmitText) -> list[Draft]:
    """Read a whole text, in Multi or in Single mode.

    Raises:
        SubmissionError: it cannot be understood; names line and column of each reason.
    """
    form, sources = request.form, _sources(state)
    parameters = parameters_from_csv(request.parameters) if request.parameters else ()
    if request.mode == "single":
        task = replace(form, command=request.text, verbatim=False)
        return _single(task, _Besides(state).of(task), parameters, sources)
    if request.mode == "gpupeasy":
        if parameters:
            raise SubmissionError("GPUPeasy's format names no columns, so it takes no table of parameters.")
        return _jobs(state, request, sources)
    drafts = parse_multi(
        request.text,
        form=_form(form),
        env_rows=_rows(state, form),
        sources=sources,
        default_gpus=form.gpus,
        parameters=parameters,
    )
    return [_drafted(form, draft, sources, f"line {draft.line}: ", _differing(form, draft)) for draft in drafts]


class _Beside(Struct):
    """What is said beside a command, by the form and the workspace.

    Attributes:
        base: the same, put together.
        alike: the draft of every command that is taken as it is, once one was read; None as long as each is read.
        differing: where ``alike`` is not what the form says.
    """

    base: Base
    alike: TaskDraft | None = None
    differing: Mapping[str, Any] = field(default_factory=dict)


class _Besides:
    """What is said beside commands: put together once for all tasks that say the same."""

    def __init__(self, state: State) -> None:
        self._state = state
        self._made: dict[tuple[object, ...], _Beside] = {}

    def of(self, task: Submission) -> _Beside:
        """What holds for a task before its command says anything."""
        conda = (task.conda_env, task.conda_env_path, task.conda_path)
        asked = (task.id, task.gpus, task.gpu_ids, task.tags, conda, task.output, tuple(task.variables.items()))
        made = self._made.get(asked)
        if made is None:
            made = self._made[asked] = _Beside(base_of(_form(task), _rows(self._state, task), multi=False))
        return made


def _single(
    task: Submission, beside: _Beside, parameters: Sequence[Mapping[str, str]], sources: Sources, place: str = ""
) -> list[Draft]:
    """Read a command; one that is taken as it is stays so, and all that is said beside it is read as for any other."""
    if task.verbatim and beside.alike is not None:
        return [_drafted(task, beside.alike, sources, place, beside.differing)]
    drafts = parse_script(
        _NO_COMMAND if task.verbatim else task.command,
        beside.base,
        sources=sources,
        default_gpus=None,
        parameters=parameters,
    )
    if task.verbatim and not parameters and is_alike(beside.base):
        beside.alike, beside.differing = drafts[0], _differing(task, drafts[0])
    return [_drafted(task, draft, sources, place, _differing(task, draft)) for draft in drafts]


def _jobs(state: State, request: SubmitText, sources: Sources) -> list[Draft]:
    """Read jobs in GPUPeasy's format; form and workspace say what a job cannot: directory, variables, conda."""
    form = request.form
    gpus = 1 if form.gpus is None and not form.gpu_ids else form.gpus
    common = replace(form, id=_NAMED_BY_JOB, output=_NAMED_BY_JOB, gpus=gpus, verbatim=True)
    beside = _Besides(state).of(common)
    found: list[Draft] = []
    for job in parse_gpupeasy(request.text):
        place = f"line {job.line}, job {job.id}: "
        for draft in _single(replace(common, command=job.command), beside, (), sources, place):
            output = output_path(job.output or "", draft.task.workdir)
            found.append(replace(draft, id=job.id or draft.id, task=replace(draft.task, output=output)))
    return found


def _differing(asked: Submission, draft: TaskDraft) -> dict[str, Any]:
    """What a draft says beside its command otherwise than was asked for: mostly nothing."""
    told = {
        "gpus": draft.gpus,
        "gpu_ids": draft.gpu_ids,
        "variables": draft.variables,
        "tags": draft.tags,
        "conda_env": draft.conda_env or "",
        "conda_env_path": draft.conda_env_path or "",
        "conda_path": draft.conda_path or "",
        "output": draft.output or asked.output,  # which is blank then, and told so by whoever looks at paths
    }
    return {name: value for name, value in told.items() if getattr(asked, name) != value}


def _drafted(asked: Submission, draft: TaskDraft, sources: Sources, place: str, differing: Mapping[str, Any]) -> Draft:
    resolved, changes = draft.resolved_command, differing
    if asked.verbatim:
        resolved = asked.command
    elif draft.command != asked.command:
        changes = {**changes, "command": draft.command}
    if draft.priority is not None:
        changes = {**changes, "priority": draft.priority}
    task = replace(asked, **changes) if changes else asked  # most say nothing more, and share the memory
    made = draft.id or str(sources.uuid4())
    task = _placed(task, draft.workdir)
    if task.output:
        task = replace(task, output=output_path(task.output, task.workdir))
    return Draft(task, made, resolved, place, draft.parameters)


def _placed(task: Submission, wanted: object) -> Submission:
    """The task in the directory that the text or the workspace names, unless the submitter insists on another."""
    if not isinstance(wanted, str) or not wanted or wanted.lower() in ("none", "null") or not task.workdir_default:
        return task
    path = os.path.normpath(os.path.join(task.workdir, os.path.expanduser(wanted)))
    return replace(task, workdir=path)


def _form(task: Submission) -> FormValues:
    return FormValues(
        id=task.id or None,
        gpus=task.gpus,
        gpu_ids=task.gpu_ids,
        priority=None,
        tags=task.tags,
        variables=task.variables,
        conda_env=task.conda_env or None,
        conda_env_path=task.conda_env_path or None,
        conda_path=task.conda_path or None,
        output=task.output or None,
    )


def _rows(state: State, task: Submission) -> dict[str, Any]:
    """The workspace's rows, less what the submission says itself."""
    rows = dict(state.workspace)
    if task.id:
        rows.pop("ant_task_id", None)
    if task.gpus is not None or task.gpu_ids:
        rows.pop("ant_n_gpus", None)
    if task.conda_env or task.conda_env_path:  # either of them, as the directory would win over the name
        rows.pop("ant_conda_env", None)
        rows.pop("ant_conda_env_path", None)
    if task.conda_path:
        rows.pop("ant_conda_path", None)
    if task.output:
        rows.pop("ant_output", None)
    return rows


def _sources(state: State) -> Sources:
    chance = random.Random()
    return Sources(
        random=chance,
        now=datetime.now().astimezone(),
        uuid4=lambda: UUID(int=chance.getrandbits(128), version=4),  # without asking the kernel for each of thousands
        taken=state.ids.__contains__,
    )
