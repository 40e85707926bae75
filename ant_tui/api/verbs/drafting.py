"""From what was asked for to drafts with a final id and a final command: the bridge to ``submission``.

Here chance, the time of day and the workspace of variables come in; the language itself is ``submission``'s.
"""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from msgspec import Struct, field
from msgspec.structs import replace

from ant_tui.api.schema import Submission, SubmitText
from ant_tui.core.state import State
from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import FormValues, Sources, TaskDraft
from ant_tui.submission.multi import parse_multi, parse_single
from ant_tui.submission.sweeps import parameters_from_csv

__all__ = ["Draft", "drafts_of_tasks", "drafts_of_text"]

_NO_COMMAND = ":"
"""What stands in a command's place while everything around it is read."""


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
    found: list[Draft] = []
    reasons: list[str] = []
    for place, task in enumerate(tasks, 1):
        prefix = f"task {place}: " if len(tasks) > 1 else ""
        try:
            read = _verbatim(state, task, sources) if task.verbatim else _single(state, task, (), sources)
        except SubmissionError as error:
            reasons.extend(f"{prefix}{reason}" for reason in error.reasons or (error.sentence,))
            continue
        found.extend(replace(draft, place=prefix) for draft in read)
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
        return _single(state, replace(form, command=request.text), parameters, sources)
    drafts = parse_multi(
        request.text,
        form=_form(form),
        env_rows=_rows(state, form),
        sources=sources,
        default_gpus=form.gpus,
        parameters=parameters,
    )
    return [_drafted(form, draft, sources, f"line {draft.line}: ") for draft in drafts]


def _single(state: State, task: Submission, parameters: Sequence[Mapping[str, str]], sources: Sources) -> list[Draft]:
    drafts = parse_single(
        task.command,
        form=_form(task),
        env_rows=_rows(state, task),
        sources=sources,
        default_gpus=None,
        parameters=parameters,
    )
    return [_drafted(task, draft, sources) for draft in drafts]


def _verbatim(state: State, task: Submission, sources: Sources) -> list[Draft]:
    """A command that is taken as it is; all that is said beside it is read as for any other."""
    read = _single(state, replace(task, command=_NO_COMMAND), (), sources)
    return [
        replace(draft, task=replace(draft.task, command=task.command), resolved_command=task.command) for draft in read
    ]


def _drafted(asked: Submission, draft: TaskDraft, sources: Sources, place: str = "") -> Draft:
    task = replace(
        asked,
        command=draft.command,
        gpus=draft.gpus,
        gpu_ids=draft.gpu_ids,
        priority=asked.priority if draft.priority is None else draft.priority,
        variables=draft.variables,
        tags=draft.tags,
        conda_env=draft.conda_env or "",
        conda_env_path=draft.conda_env_path or "",
        conda_path=draft.conda_path or "",
    )
    made = draft.id or str(sources.uuid4())
    return Draft(_placed(task, draft.workdir), made, draft.resolved_command, place, draft.parameters)


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
    return rows


def _sources(state: State) -> Sources:
    return Sources(
        random=random.Random(),
        now=datetime.now().astimezone(),
        uuid4=uuid4,
        taken=state.ids.__contains__,
    )
