"""Changing text in the person's own editor, and a task as a text that can be changed: TOML out, TOML in."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
import tomllib

import tomli_w

from ant_tui.cli.words import choice
from ant_tui.errors import AntError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["KEYS", "edited_values", "run_editor", "values_as_text"]

KEYS = ("command", "id", "gpus", "gpu_ids", "exclude_gpus", "priority", "workdir", "tags")
"""What can be changed of a task, beside ``env.NAME``."""

_WORDS = ("gpu_ids", "exclude_gpus", "tags")
_NUMBERS = ("gpus", "priority")


def edited_values(task: Mapping[str, Any], *, head: str) -> dict[str, str]:
    """Let the person edit a task.

    Args:
        task: its document, with secrets shown.
        head: a comment for the top of the text.

    Returns:
        What is different now, as the method ``edit`` takes it; empty when nothing is.

    Raises:
        UsageError: what was written is no TOML, or holds unknown keys or wrong types; the text is kept in a file.
        AntError: the editor could not be run.
    """
    before = _values(task)
    text = "".join(f"# {line}\n" for line in head.split("\n")) + values_as_text(before)
    descriptor, path = tempfile.mkstemp(prefix="ant-tui-", suffix=".toml")  # readable for this user alone
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    run_editor(path)
    try:
        with open(path, "rb") as changed:
            after = tomllib.load(changed)
        difference = _difference(before, after)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise UsageError(
            f"What you wrote is not TOML: {problem}. Nothing was changed; your text is in {path}"
        ) from None
    except UsageError as problem:
        raise UsageError(f"{problem.sentence} Nothing was changed; your text is in {path}") from None
    os.unlink(path)
    return difference


def run_editor(path: str) -> None:
    """Run ``$VISUAL``, ``$EDITOR`` or vi on a file and wait for its end.

    Raises:
        AntError: it cannot be run, or failed; the file stays.
    """
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    try:
        code = subprocess.run([*words, path], check=False).returncode
    except OSError as problem:
        raise AntError(
            f"The editor {words[0]} cannot be run: {problem.strerror}; set EDITOR. The text is in {path}"
        ) from problem
    if code:
        raise AntError(f"The editor {words[0]} failed with code {code}; nothing was changed. The text is in {path}")


def values_as_text(values: Mapping[str, Any]) -> str:
    """A task's values as TOML; a command of several lines stays readable."""
    return tomli_w.dumps(values, multiline_strings=True)


def _values(task: Mapping[str, Any]) -> dict[str, Any]:
    wanted = task["resources"]
    return {
        "command": task["command"],
        "id": task["id"],
        "gpus": wanted["gpus"],
        "gpu_ids": list(wanted["gpu_ids"]),
        "exclude_gpus": list(wanted["exclude_gpus"]),
        "priority": task["priority"],
        "workdir": task["workdir"],
        "tags": list(task["tags"]),
        "env": dict(task["env"]),
    }


def _difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """What is new or gone, each as text.

    Raises:
        UsageError: a key is unknown, or a value is not what its key takes.
    """
    found = {}
    for key in after:
        choice(key, before, "key")
    for key in KEYS:
        value = after.get(key, before[key])
        text = _text(key, value)
        if value != before[key]:
            found[key] = text
    variables = after.get("env", {})
    if not isinstance(variables, dict):
        raise UsageError("env must be a table: [env], and below it NAME = 'value'.")
    for name in sorted({*before["env"], *variables}):
        value = variables.get(name, "")
        if not isinstance(value, str):
            raise UsageError(f"The variable {name} must be a text in quotes.")
        if value != before["env"].get(name, ""):
            found[f"env.{name}"] = value
    return found


def _text(key: str, value: object) -> str:
    if key in _WORDS:
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
