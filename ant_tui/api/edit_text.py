"""Queued tasks as a text that a person can change, and what is different in it afterwards.

TOML out, TOML in; the difference is what the method ``edit`` takes. Running an editor is the business of who shows the
text.
"""

from __future__ import annotations

import difflib
import tomllib
from collections.abc import Mapping
from typing import Any

import tomli_w

from ant_tui.errors import UsageError

__all__ = ["KEYS", "difference", "differences", "read_text", "text_of", "values_of"]

KEYS = ("command", "id", "gpus", "gpu_ids", "exclude_gpus", "priority", "workdir", "output", "tags")
"""What can be changed of a task, beside ``env.NAME``."""

_LISTS = ("gpu_ids", "exclude_gpus", "tags")
_NUMBERS = ("gpus", "priority")

Values = Mapping[str, Any]
"""What can be changed of one task: ``KEYS``, and ``env`` with its variables."""


def values_of(task: Mapping[str, Any]) -> dict[str, Any]:
    """What can be changed of a task.

    Args:
        task: its document, with secrets shown.
    """
    wanted = task["resources"]
    return {
        "command": task["command"],
        "id": task["id"],
        "gpus": wanted["gpus"],
        "gpu_ids": list(wanted["gpu_ids"]),
        "exclude_gpus": list(wanted["exclude_gpus"]),
        "priority": task["priority"],
        "workdir": task["workdir"],
        "output": task.get("output") or "",
        "tags": list(task["tags"]),
        "env": dict(task["env"]),
    }


def text_of(values: Mapping[str, Any], *, head: str = "") -> str:
    """Values as TOML; a command of several lines stays readable.

    Args:
        values: those of one task, or a table of them by number.
        head: a comment for the top.
    """
    comment = "".join(f"# {line}".rstrip() + "\n" for line in head.split("\n")) if head else ""
    return comment + tomli_w.dumps(values, multiline_strings=True)


def read_text(text: str | bytes) -> dict[str, Any]:
    """Read what was written.

    Raises:
        UsageError: it is no TOML; says where.
    """
    try:
        return tomllib.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except UnicodeDecodeError as problem:
        raise UsageError(f"What you wrote is not UTF-8 text: {problem.reason} at byte {problem.start}.") from None
    except tomllib.TOMLDecodeError as problem:
        raise UsageError(f"What you wrote is not TOML: {problem}.") from None


def differences(before: Mapping[str, Values], after: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    """What is new or gone in a text of several tasks; a task whose table is gone is left as it is.

    Args:
        before: task number → its values.
        after: the same, as ``read_text`` read it.

    Returns:
        Task number → difference, for the tasks in which there is one, in the order of ``before``.

    Raises:
        UsageError: as for ``difference``; names the task.
    """
    for name in after:
        if name not in before:
            raise UsageError(f"There is no task [{name}] in this text; there are: {', '.join(before)}.")
    found = {}
    for name, values in before.items():
        table = after.get(name, values)
        if not isinstance(table, Mapping):
            raise UsageError(f"Task [{name}] must be a table.")
        try:
            changed = difference(values, table)
        except UsageError as problem:
            raise UsageError(f"Task [{name}]: {problem.sentence}") from None
        if changed:
            found[name] = changed
    return found


def difference(before: Values, after: Mapping[str, Any]) -> dict[str, str]:
    """What is new or gone in the values of one task, each as text.

    Raises:
        UsageError: a key is unknown, or a value is not what its key takes.
    """
    found = {}
    for key in after:
        _check_known(key, before)
    for key in KEYS:
        value = after.get(key, before[key])
        text = _text(key, value)
        if value != before[key]:
            found[key] = text
    variables = after.get("env", {})
    if not isinstance(variables, Mapping):
        raise UsageError("env must be a table: [env], and below it NAME = 'value'.")
    for name in sorted({*before["env"], *variables}):
        value = variables.get(name, "")
        if not isinstance(value, str):
            raise UsageError(f"The variable {name} must be a text in quotes.")
        if value != before["env"].get(name, ""):
            found[f"env.{name}"] = value
    return found


def _check_known(key: str, known: Mapping[str, Any]) -> None:
    if key not in known:
        near = difflib.get_close_matches(key[:80], known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are: {', '.join(known)}."
        raise UsageError(f"There is no key {key!r}; {hint}")


def _text(key: str, value: object) -> str:
    if key in _LISTS:
        if not isinstance(value, list) or not all(isinstance(word, str | int) for word in value):
            raise UsageError(f"{key} must be a list: ['a', 'b'].")
        return ",".join(map(str, value))
    if key in _NUMBERS:
        if not isinstance(value, int) or isinstance(value, bool):
            raise UsageError(f"{key} must be a whole number.")
        return str(value)
    if not isinstance(value, str):
        raise UsageError(f"{key} must be a text in quotes.")
    return value
