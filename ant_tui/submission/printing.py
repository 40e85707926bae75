"""From a draft back to text: one line that, read again, gives the same draft. This is what "copy command" copies."""

from __future__ import annotations

import json
import re

from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.faults import Fault
from ant_tui.submission.identifiers import has_tokens
from ant_tui.submission.inline import take_arguments
from ant_tui.submission.logical_lines import logical_lines
from ant_tui.submission.substitution import has_groups

__all__ = ["print_draft"]

_BARE = re.compile(r"[A-Za-z0-9_.,:@%^=~-]+")
_IN_QUOTES = re.compile(r'(["\\$`])')


def print_draft(draft: TaskDraft, *, with_id: bool = True) -> str:
    """Write a draft as one line of Multi text, which Single reads as well.

    Reading it again (without environment rows; with ``default_gpus=None`` where the draft leaves the number of GPUs
    open) gives an equal draft: drawn numbers are kept, values are taken as they stand. It holds no character that a
    terminal obeys.

    Args:
        draft: one whose values could have come out of a text.
        with_id: False leaves the id out, so that the line can be submitted beside the task that it was copied from.
    """
    words = []
    if with_id and draft.id is not None:
        words.append(f"ant_task_id={_quoted(draft.id)}")
    if draft.gpus is not None:
        words.append(f"ant_n_gpus={draft.gpus}")
    if draft.gpu_ids:
        words.append(f"ant_gpu_ids={_quoted(','.join(draft.gpu_ids))}")
    if draft.priority is not None:
        words.append(f"ant_priority={draft.priority}")
    if draft.tags:
        words.append(f"ant_tags={_quoted(','.join(draft.tags))}")
    if draft.output is not None and draft.output.isprintable():
        words.append(f"ant_output={_quoted(draft.output)}")
    rows = _rows(draft)
    if rows:
        words.append(f"ant_envar={_json(rows)}")
    return " ".join([*words, *_command(draft, rows, draft.id if with_id else None)])


def _rows(draft: TaskDraft) -> dict[str, str]:
    unprintable = draft.output if draft.output is not None and not draft.output.isprintable() else None
    special = {
        "ant_wd": draft.workdir,
        "ant_conda_env": draft.conda_env,
        "ant_conda_env_path": draft.conda_env_path,
        "ant_conda_path": draft.conda_path,
        "ant_output": unprintable,
    }
    return {**draft.variables, **{name: value for name, value in special.items() if value is not None}}


def _command(draft: TaskDraft, rows: dict[str, str], made: str | None) -> list[str]:
    texts = (draft.command, draft.resolved_command, *draft.tags, draft.output or "", *rows.values())
    as_it_stands = draft.command != draft.resolved_command or any(map(has_groups, texts)) or has_tokens(made or "")
    command = draft.command if _is_plain(draft.command) else f"ant_command={_json(draft.command)}"
    if not as_it_stands:
        return [command]
    resolved = f"ant_resolved_command={_json(draft.resolved_command)}"
    return [resolved] if draft.command == draft.resolved_command else [resolved, command]


def _is_plain(command: str) -> bool:
    """Whether a command, standing on a line, is read as itself."""
    if not command.isprintable():
        return False
    lines, faults = logical_lines(command)
    if faults or len(lines) != 1 or lines[0].text != command:
        return False
    try:
        return not take_arguments(command, script=False).values
    except Fault:
        return False


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text):
        return text
    return '"' + _IN_QUOTES.sub(r"\\\1", text) + '"'


def _json(value: object) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if text.isprintable() else json.dumps(value)
