"""What stands above and below a task's output: who ran what, where, with what, and how it ended.

Made of what ``job.json`` and the scheduler know, for screens, for ``logs --header``, and for the log itself where the
setting ``logs.header_in_file`` asks for that. Lines of clean text; where they are shown is not decided here.
"""

from __future__ import annotations

import json
import os
import time

from ant_tui.output.sanitise import plain, plain_lines

TYPE_CHECKING = False  # on the command line's way: "typing" costs 4 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

__all__ = ["clock", "describe_footer", "describe_header", "job_of", "span"]

_MARGIN = 17
_JOB = "job.json"


def job_of(log_path: str) -> dict[str, Any]:
    """Read the description of the attempt that wrote a log.

    Args:
        log_path: the log in its job directory.

    Returns:
        What ``job.json`` holds; empty where it is missing or damaged.
    """
    try:
        with open(os.path.join(os.path.dirname(log_path), _JOB), encoding="utf-8") as file:
            found = json.load(file)
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def describe_header(job: Mapping[str, Any]) -> list[str]:
    """What is known of an attempt at its start.

    Args:
        job: as ``job.json`` has it (``executors.job_directory.JobRecord``); what is missing is left out.

    Returns:
        Lines, the first of which is a title; none for an empty description.
    """
    if not job:
        return []
    return [f"task {job.get('number')}: {plain(str(job.get('id')))}, attempt {job.get('attempt')}", *_facts(job)]


def _facts(job: Mapping[str, Any]) -> Iterator[str]:
    final = str(job.get("command", ""))
    submitted = str(job.get("submitted_command", "")) or final
    yield from _fact("command", submitted)
    if final != submitted:
        yield from _fact("final command", final)
    yield from _fact("directory", str(job.get("workdir", "")))
    for name, value in dict(job.get("variables") or {}).items():
        yield from _fact("variable", f"{name}={value}")
    gpus = [f"{gpu.get('index')} ({gpu.get('uuid')})" for gpu in job.get("gpus") or ()]
    yield from _fact("GPUs", ", ".join(gpus) or "none")
    if (submitted_at := job.get("submitted_at")) is not None:
        yield from _fact("submitted", clock(submitted_at))
    if (starting_at := job.get("starting_at")) is not None:
        yield from _fact("started", f"{clock(starting_at)} ({int(starting_at)})")


def _fact(name: str, value: str) -> Iterator[str]:
    for line in plain_lines(value) or [""]:
        yield f"{f'{name}:' if name else '':{_MARGIN}}{line}".rstrip()
        name = ""


def describe_footer(
    end: str,
    *,
    exit_code: int | None,
    signal: int | None = None,
    stopped_at: float | None = None,
    started_at: float | None = None,
    detail: str = "",
) -> list[str]:
    """How an attempt ended.

    Args:
        end: the kind, in one word: the task's state, or what the wrapper could tell.
        exit_code: of the shell; None where nobody saw it.
        signal: the signal that ended it, or None.
        stopped_at: epoch seconds, where known.
        started_at: epoch seconds, where known.
        detail: a sentence that says more.

    Returns:
        Lines, the first of which is a title.
    """
    code = "exit code unknown" if exit_code is None else f"exit code {exit_code}"
    lines = [f"{end} ({code}{f', signal {signal}' if signal else ''})"]
    if detail:
        lines.extend(_fact("because", detail))
    if stopped_at is not None:
        lines.extend(_fact("stopped", f"{clock(stopped_at)} ({int(stopped_at)})"))
        if started_at is not None:
            lines.extend(_fact("duration", span(int(stopped_at) - int(started_at))))
    return lines


def clock(at: float) -> str:
    """A moment in local time, with its zone, as ``2026-11-21 14:05:09 +0100``."""
    return time.strftime("%Y-%m-%d %H:%M:%S %z", time.localtime(at))


def span(seconds: int) -> str:
    """A duration as ``1:02:03``; hours are not made into days."""
    minutes, rest = divmod(max(seconds, 0), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
