"""What the tools answer with: documents of the control socket, cut to what a reader with little room needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ant_tui.errors import AntError, error_of_kind

__all__ = ["counted", "outcomes", "summary"]

_LONGEST_COMMAND = 300
_SUMMARY = (
    "id", "number", "state", "reason", "detail", "gpu_ids", "priority", "tags", "exit_code", "signal", "runtime_s",
    "finished_at",
)  # fmt: skip


def summary(task: Mapping[str, Any]) -> dict[str, Any]:
    """A task in a few fields; what does not apply is left out."""
    short = {name: task[name] for name in _SUMMARY if task[name] not in (None, "", [])}
    command: str = task["command"]
    short["command"] = command if len(command) <= _LONGEST_COMMAND else command[: _LONGEST_COMMAND - 1] + "…"
    return short


def counted(tasks: Sequence[Mapping[str, Any]], limit: int) -> dict[str, Any]:
    """At most so many tasks, and how many more there are."""
    return {"tasks": [summary(task) for task in tasks[:limit]], "not_shown": max(0, len(tasks) - limit)}


def outcomes(found: Mapping[str, Any]) -> dict[str, Any]:
    """What became of each.

    Raises:
        AntError: nothing worked; says why with each.
    """
    results: list[Mapping[str, Any]] = found["results"]
    failed = [one for one in results if not one["ok"]]
    if failed and len(failed) == len(results):
        reasons = tuple(str(one["message"]) for one in failed)
        error: AntError = error_of_kind(str(failed[0]["kind"]), reasons[0], reasons)
        raise error
    return {"results": results, "failed": len(failed)}
