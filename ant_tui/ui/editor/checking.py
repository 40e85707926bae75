"""Asking what a form for new tasks would come to, without queuing anything.

The scheduler's own dry run answers. Where a text becomes very many tasks, they are only counted and the first of them
made, off the event loop; the scheduler then checks what is the same for all of them, and the rest when they are queued.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from msgspec.structs import replace

from ant_tui.api.documents import SubmittedDocument
from ant_tui.api.schema import Submission, Submit, SubmitText
from ant_tui.api.verbs.output_paths import output_path
from ant_tui.client.interface import Client
from ant_tui.errors import AntError
from ant_tui.submission.drafts import FormValues, Sources
from ant_tui.submission.groups import GROUP_START
from ant_tui.submission.identifiers import TOKENS, draws_at_random, token_names
from ant_tui.submission.multi import count_multi, count_single, parse_multi, parse_single
from ant_tui.ui.editor.checked import LISTED, Checked, Line, sort_reasons
from ant_tui.ui.editor.command_line import submit_line
from ant_tui.ui.editor.form import Form, Made
from ant_tui.ui.figures import count

__all__ = ["blame", "check_new", "refused"]

_DRY_RUN_UP_TO = 500
"""Tasks; a dry run of so many takes the scheduler less than 20 ms."""
_SHORT = 200
"""Lines; a text of more is counted before the scheduler is asked."""

_PROBED: Mapping[str, tuple[str, ...]] = {
    "id": ("id",),
    "gpus": ("gpus",),
    "gpu_ids": ("gpu_ids",),
    "exclude": ("exclude_gpus",),
    "priority": ("priority",),
    "workdir": ("workdir",),
    "output": ("output",),
    "tags": ("tags",),
    "conda": ("conda_env", "conda_env_path"),
}
"""Field of the editor → what it fills in a submission."""


async def check_new(form: Form, client: Client, here: str) -> Checked:
    """Find out what a form for new tasks would come to.

    Args:
        form: the fields.
        client: the scheduler.
        here: where the screen was started.
    """
    made = Made.of(form, here)
    if form.empty:
        return Checked(fields=made.fields, rows=made.variables.rows, variables=made.variables.problem)
    request = made.request(form, {}, dry_run=True)
    number = await _count(request, client)
    try:
        if number > _DRY_RUN_UP_TO:
            lines = await asyncio.to_thread(_first, request, dict(client.state.workspace))
            wrong = await blame(made.submission, client)
            if wrong:
                return _only_fields(made, form, wrong)
            notes: tuple[str, ...] = (f"Each of the {number:,} is checked once more when they are queued.",)
        else:
            document: SubmittedDocument = await client.call("submit_text", request)
            lines, notes = _lines(document), document.warnings
            number = len(document.tasks)
    except AntError as error:
        return await refused(error, form, made, client)
    gpus = f" · {lines[0].figure}" if number == 1 else ""
    state = "would be queued, held" if made.submission.hold else "would be queued"
    return Checked(
        headline=f"{count(number, 'task')} {state}{gpus}",
        lines=lines,
        count=number,
        notes=(*notes, *_drawn(form, made.submission)),
        command_line=submit_line(form.text, made.submission, multi=form.multi),
        fields=made.fields,
        rows=made.variables.rows,
        variables=made.variables.problem,
    )


def _only_fields(made: Made, form: Form, wrong: Mapping[str, str]) -> Checked:
    """A form of which only fields are wrong."""
    said = made.variables
    return Checked(
        fields={**wrong, **made.fields},
        rows=said.rows,
        variables=said.problem,
        command_line=submit_line(form.text, made.submission, multi=form.multi),
    )


async def refused(error: AntError, form: Form, made: Made, client: Client) -> Checked:
    """Tell whose fault a refusal is.

    What names a place (a line, a variable) is told there. For the rest each field is tried alone, with nothing else
    that could be wrong.

    Args:
        error: the refusal.
        form: what was refused.
        made: what it made.
        client: the scheduler.
    """
    reasons = error.reasons or (error.sentence,)
    wrong = dict(made.fields)
    first = sort_reasons(reasons)
    placed = len(first.faults) + len(first.fields) + len(first.variables)
    if first.others or (placed and form.multi):
        wrong = {**await blame(made.submission, client), **wrong}
    found = sort_reasons(reasons, told=frozenset(wrong.values()))
    rows = dict(made.variables.rows)
    others = list(found.others)
    names = [name.strip() for name, _ in form.variables.rows]
    for name, sentence in found.variables.items():
        if form.variables.text is None and name in names:
            rows.setdefault(names.index(name), sentence)
        else:
            others.append(f"{name}: {sentence}")
    return Checked(
        fields={**found.fields, **wrong},
        rows=rows,
        variables=made.variables.problem,
        faults=tuple(found.faults),
        problems=tuple(others),
        command_line=submit_line(form.text, made.submission, multi=form.multi),
    )


async def blame(asked: Submission, client: Client) -> dict[str, str]:
    """Find the fields that are refused whatever else is asked for.

    Args:
        asked: all that was asked for.
        client: the scheduler.

    Returns:
        Field of the editor → the reason; nothing where even a task without any of them would be refused.
    """
    harmless = Submission(command=":", workdir="/", gpus=0, verbatim=True)
    try:
        await client.call("submit", Submit((harmless,), dry_run=True))
    except AntError:
        return {}
    wrong: dict[str, str] = {}
    for field, filled in _PROBED.items():
        values: dict[str, Any] = {name: getattr(asked, name) for name in filled}
        unsaid = all(value == getattr(harmless, name) for name, value in values.items())
        if unsaid or (field == "id" and _refers(asked.id)) or (field == "output" and GROUP_START.search(asked.output)):
            continue
        if field == "output":
            values["output"] = output_path(asked.output, asked.workdir)
        try:
            await client.call("submit", Submit((replace(harmless, **values),), dry_run=True))
        except AntError as error:
            named = sort_reasons(error.reasons or (error.sentence,)).fields
            wrong[field] = next(iter(named.values()), error.sentence)
    return wrong


def _refers(template: str) -> bool:
    """Whether an id names a sweep of the text, so that alone it says nothing."""
    names = (name.lower() for name in token_names(template))
    return any(name not in TOKENS and not name.startswith("randint") for name in names)


async def _count(request: SubmitText, client: Client) -> int:
    """How many tasks a text becomes, where that may be many; a text that cannot be understood counts as one."""
    groups = [request.text, *request.form.variables.values()]
    if request.text.count("\n") < _SHORT and not any(GROUP_START.search(text) for text in groups):
        return 1
    rows = {**client.state.workspace, **request.form.variables}
    counted = count_multi if request.mode == "multi" else count_single
    try:
        return await asyncio.to_thread(counted, request.text, env_rows=rows)
    except AntError:
        return 1  # the scheduler says why


def _first(request: SubmitText, workspace: Mapping[str, object]) -> tuple[Line, ...]:
    """The first tasks of a text, and all that is wrong with the text."""
    asked = request.form
    parse = parse_multi if request.mode == "multi" else parse_single
    drafts = parse(
        request.text,
        form=FormValues(
            id=asked.id or None,
            gpus=asked.gpus,
            gpu_ids=asked.gpu_ids,
            tags=asked.tags,
            variables=asked.variables,
        ),
        env_rows=workspace,
        sources=Sources(random.Random(), datetime.now().astimezone(), uuid4),
        default_gpus=asked.gpus or 0,
        most=LISTED,
    )
    return tuple(Line(draft.id or "", _gpus(draft.gpus or 0), draft.resolved_command) for draft in drafts)


def _lines(document: SubmittedDocument) -> tuple[Line, ...]:
    return tuple(
        Line("" if _is_random(task.id) else task.id, _gpus(task.gpus), task.resolved_command)
        for task in document.tasks[:LISTED]
    )


def _gpus(number: int) -> str:
    return count(number, "GPU")


def _is_random(task_id: str) -> bool:
    """Whether an id says nothing: it is drawn anew when the task is queued."""
    try:
        return str(UUID(task_id)) == task_id
    except ValueError:
        return False


def _drawn(form: Form, asked: Submission) -> tuple[str, ...]:
    texts = (form.text, *asked.variables.values())
    groups = any(match["kind"] == "rand" for text in texts for match in GROUP_START.finditer(text))
    if groups or draws_at_random(asked.id) or ("ant_task_id" in form.text and draws_at_random(form.text)):
        return ("Random numbers and parts of ids are drawn anew when it is queued.",)
    return ()
