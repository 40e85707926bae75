"""Files of ANT: which of them a file is, and the plan that it becomes.

A settings file (``default.json``), the state for recovery (versions 1 and 2), and the file of environment slots are
told apart by what is in them, not by their names.
"""

from __future__ import annotations

import json
import os
from typing import Any

from ant_tui.errors import UsageError
from ant_tui.importing.ant_recovery import recovery_plan
from ant_tui.importing.ant_settings import KNOWN_KEYS, settings_plan
from ant_tui.importing.ant_slots import slots_plan
from ant_tui.importing.plan import Plan

__all__ = ["files_in", "plan_of"]

_MOST_BYTES = 1 << 30
_PLACES = (
    "config/default.json",
    "default.json",
    "ant_runner_logs/ant_recovery_state.json",
    "ant_recovery_state.json",
    "ant_runner_logs/ant_envar_slots.json",
    "ant_envar_slots.json",
)


def files_in(directory: str) -> list[str]:
    """The files of ANT in a directory from which it was started, or that it wrote into.

    Raises:
        UsageError: there are none.
    """
    found = [path for place in _PLACES if os.path.isfile(path := os.path.join(directory, place))]
    if not found:
        raise UsageError(f"There is no file of ANT in {directory}; looked for {', '.join(_PLACES)}.")
    return found


def plan_of(path: str) -> Plan:
    """Read a file and plan what to take of it.

    Raises:
        UsageError: it is none of ANT's, or a newer version than is known.
        OSError: it cannot be read.
    """
    found = _read(path)
    if isinstance(found, dict):
        if "sessions" in found or any(isinstance(found.get(name), list) for name in ("queued", "ongoing", "completed")):
            _check_version(path, found, 2, "state for recovery")
            return recovery_plan(path, found)
        if isinstance(found.get("slots"), list):
            _check_version(path, found, 1, "file of environment slots")
            return slots_plan(path, found)
        if KNOWN_KEYS & found.keys():
            return settings_plan(path, found)
    raise UsageError(f"{path} is none of ANT's files: no settings, no state for recovery, no environment slots.")


def _read(path: str) -> Any:
    with open(path, "rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise UsageError(f"{path} is larger than any file of ANT (1 GiB).")
    try:
        return json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as problem:
        where = f"line {problem.lineno}, column {problem.colno}"
        raise UsageError(f"{path} is no JSON: {where}: {problem.msg}.") from problem
    except (ValueError, RecursionError) as problem:
        raise UsageError(f"{path} is no JSON: {problem}.") from problem


def _check_version(path: str, found: dict[str, Any], newest: int, what: str) -> None:
    version = found.get("version", 1)
    if isinstance(version, bool) or not isinstance(version, int) or not 1 <= version <= newest:
        raise UsageError(f"{path} is a {what} of version {version!r}; known are versions 1 to {newest}.")
