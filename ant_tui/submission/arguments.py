"""The table of everything that a text may say about a task besides its command, and how each value is read.

A new argument is one row here (and one field of ``TaskDraft``). How a value is found in a text is the business of
``inline``; which of several places wins is that of ``multi``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from ant_tui.bounds import MOST_GPUS, PRIORITIES
from ant_tui.submission.faults import excerpt

__all__ = ["ARGUMENTS", "INLINE_NAMES", "MISSPELT", "ROW_NAMES", "Argument", "Unreadable", "is_absent"]

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}", re.ASCII)
_GPU_ID = re.compile(r"[0-9]{1,5}|(?:GPU|MIG)-[A-Za-z0-9/-]{1,100}")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_LONGEST_TAG = 100
_TEXTUAL = (str, int, float)
_KINDS = {list: "a list", tuple: "a list", dict: "an object", float: "a number with a point", int: "so large a number"}
"""What values are called in a sentence."""


class Unreadable(ValueError):
    """A value that cannot be what it is meant to be; ``args[0]`` says why, as a sentence."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One thing that can be said about a task.

    Attributes:
        name: as it is written.
        field: the field of ``TaskDraft`` (and ``FormValues``) that it fills; empty where it does more than that.
        read: a value (text, or typed where it comes from an environment row) → the field's value.
        inline: whether it may stand in the command as ``name=value``.
        row: whether it may be an environment row, or a key of ``ant_envar``.
    """

    name: str
    field: str
    read: Callable[[object], object]
    inline: bool = True
    row: bool = True


def is_absent(value: object) -> bool:
    """Whether a row's value says nothing: null, or an empty text, ``none`` or ``null`` in any case."""
    return value is None or (isinstance(value, str) and value.strip().lower() in ("", "none", "null"))


def read_count(value: object) -> int:
    """A number of GPUs: 0 to 10,000, a whole number or its text."""
    count = _whole(value)
    if count is None or not 0 <= count <= MOST_GPUS:
        raise Unreadable(f"{_shown(value)} is no number of GPUs; write a whole number from 0 to {MOST_GPUS:,}.")
    return count


def read_priority(value: object) -> int:
    """A priority: a whole number or its text; lower runs sooner."""
    priority = _whole(value)
    if priority is None or priority not in PRIORITIES:
        upto = f"up to {PRIORITIES[-1]:,}"
        raise Unreadable(f"{_shown(value)} is no priority; write a whole number {upto}, lower runs sooner.")
    return priority


def read_gpu_ids(value: object) -> tuple[str, ...]:
    """GPUs to choose from: indices or UUIDs, separated by commas."""
    names = _listed(value)
    for name in names:
        if not _GPU_ID.fullmatch(name):
            raise Unreadable(f"{excerpt(name)} names no GPU; write indices (0,1) or UUIDs, separated by commas.")
    if len(set(names)) < len(names):
        raise Unreadable(f"{_shown(value)} names a GPU twice.")
    return names


def read_tags(value: object) -> tuple[str, ...]:
    """Tags, separated by commas; each once, in the order in which they are written."""
    names = _listed(value)
    for name in names:
        if len(name) > _LONGEST_TAG or not name.isprintable():
            raise Unreadable(f"{excerpt(name)} is no tag; use up to {_LONGEST_TAG} printable characters.")
    return tuple(dict.fromkeys(names))


def read_text(value: object) -> str:
    """A text that is not empty; a number counts as its digits."""
    if isinstance(value, bool) or not isinstance(value, _TEXTUAL) or value == "":
        raise Unreadable(f"{_shown(value)} is no text; write one in quotes.")
    text = str(value)
    if "\0" in text or "\n" in text:
        raise Unreadable(f"{excerpt(text)} holds a line break or a NUL character; remove it.")
    return text


def read_path(value: object) -> str:
    """The path of a file: a text without control characters."""
    text = read_text(value)
    if _CONTROL.search(text):
        raise Unreadable(f"{excerpt(text)} holds a control character, which no name of a file should; remove it.")
    return text


def _whole(value: object) -> int | None:
    if isinstance(value, str):
        match = _WHOLE.fullmatch(value.strip())
        return int(match[0]) if match else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _listed(value: object) -> tuple[str, ...]:
    if isinstance(value, bool) or not isinstance(value, str | int | list | tuple):
        raise Unreadable(f"{_shown(value)} is no list; write names separated by commas.")
    names = value.split(",") if isinstance(value, str) else value if isinstance(value, list | tuple) else [value]
    trimmed = tuple(str(name).strip(" ") for name in names)
    if not all(trimmed) and not isinstance(value, str):
        raise Unreadable("a name in the list is empty; take it out, or write one.")
    if not all(trimmed):
        raise Unreadable(f"{_shown(value)} is no list of names separated by commas; one of them is empty.")
    for name in trimmed:
        if "," in name:  # of a list, whose names are apart already
            raise Unreadable(f"{excerpt(name)} holds a comma, so it is not one name; give each name by itself.")
    return trimmed


def _shown(value: object) -> str:
    if isinstance(value, str):
        return excerpt(value) if value else "an empty value"
    if value is None or isinstance(value, bool):
        return str(value).lower().replace("none", "null")
    if isinstance(value, int) and abs(value) < 10**30:
        return excerpt(str(value))
    return _KINDS.get(type(value), "a value of another kind")


ARGUMENTS: Mapping[str, Argument] = MappingProxyType(
    {
        argument.name: argument
        for argument in (
            Argument("ant_task_id", "id", read_text),
            Argument("ant_n_gpus", "gpus", read_count),
            Argument("ant_gpu_ids", "gpu_ids", read_gpu_ids),
            Argument("ant_priority", "priority", read_priority),
            Argument("ant_tags", "tags", read_tags),
            Argument("ant_output", "output", read_path),
            Argument("ant_envar", "", read_text, row=False),
            Argument("ant_command", "", read_text, row=False),
            Argument("ant_resolved_command", "", read_text, row=False),
            Argument("ant_wd", "workdir", read_text, inline=False),
            Argument("ant_conda_env", "conda_env", read_text, inline=False),
            Argument("ant_conda_env_path", "conda_env_path", read_text, inline=False),
            Argument("ant_conda_path", "conda_path", read_text, inline=False),
        )
    }
)
"""Every argument, by name."""

INLINE_NAMES = frozenset(name for name, argument in ARGUMENTS.items() if argument.inline)
"""Those that may stand in the command."""

ROW_NAMES = frozenset(name for name, argument in ARGUMENTS.items() if argument.row)
"""Those that may be environment rows or keys of ``ant_envar``."""

MISSPELT: Mapping[str, str] = MappingProxyType(
    {
        "ant_n_gpu": "ant_n_gpus",
        "ant_gpus": "ant_n_gpus",
        "ant_gpu": "ant_n_gpus",
        "ant_ngpus": "ant_n_gpus",
        "ant_num_gpus": "ant_n_gpus",
        "ant_id": "ant_task_id",
        "ant_taskid": "ant_task_id",
        "ant_task": "ant_task_id",
        "ant_env": "ant_envar",
        "ant_envars": "ant_envar",
        "ant_gpu_id": "ant_gpu_ids",
        "ant_prio": "ant_priority",
        "ant_tag": "ant_tags",
        "ant_out": "ant_output",
        "ant_outfile": "ant_output",
        "ant_output_file": "ant_output",
    }
)
"""What people write when they mean an argument: refused, because left in the command it would silently do nothing."""
