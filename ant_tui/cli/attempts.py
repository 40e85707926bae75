"""One task of an answer, one start of it, and what stands above and below the output of that start."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.call import Call

__all__ = ["attempt_of", "footer_of", "header_of", "one_task", "print_footer", "print_header"]


def one_task(found: Mapping[str, Any], what: str = "output is shown of one at a time") -> Mapping[str, Any]:
    """The only task of an answer.

    Args:
        found: the answer.
        what: what is done with one task only, for the refusal.

    Raises:
        UsageError: the name means several.
    """
    tasks: list[Mapping[str, Any]] = found["tasks"]
    if len(tasks) == 1:
        return tasks[0]
    from ant_tui.errors import UsageError

    raise UsageError(f"This means {len(tasks)} tasks; {what}.")


def attempt_of(task: Mapping[str, Any], wanted: int | None) -> Mapping[str, Any]:
    """One start of a task, the last unless another is wanted.

    Raises:
        Refused: it has not started, or not so often.
    """
    from ant_tui.errors import Refused

    attempts: list[Mapping[str, Any]] = task["attempts"]
    if not attempts:
        ended = f" (it is {task['state']})" if task["state"] != "queued" else ""
        raise Refused(f"{task['id']} has not started{ended}, so it has no output.")
    if wanted is None:
        return attempts[-1]
    for attempt in attempts:
        if attempt["attempt"] == wanted:
            return attempt
    often = "once" if len(attempts) == 1 else f"{len(attempts)} times"
    raise Refused(f"{task['id']} was started {often}; there is no attempt {wanted}.")


def print_header(call: Call, attempt: Mapping[str, Any]) -> None:
    """Print who ran what above the output, where that was asked for."""
    if call.args.header:
        for line in (*header_of(attempt), ""):
            call.out.line(line)


def print_footer(call: Call, task: Mapping[str, Any], attempt: Mapping[str, Any]) -> None:
    """Print how it ended below the output, where that was asked for and has happened."""
    if call.args.header:
        for line in ("", *footer_of(task, attempt)):
            call.out.line(line)


def header_of(attempt: Mapping[str, Any]) -> list[str]:
    """Who ran what, in lines."""
    from ant_tui.output.header import describe_header, job_of

    return describe_header(job_of(attempt["log_path"]))


def footer_of(task: Mapping[str, Any], attempt: Mapping[str, Any]) -> list[str]:
    """How it ended, in lines; none as long as it has not."""
    from datetime import datetime

    from ant_tui.output.header import describe_footer

    finished_at, started_at = attempt.get("finished_at"), attempt.get("started_at")
    if not finished_at:
        return []
    last = attempt["attempt"] == task["attempts"][-1]["attempt"]
    return describe_footer(
        task["state"] if last else "ended",
        exit_code=attempt.get("exit_code"),
        signal=attempt.get("signal"),
        stopped_at=datetime.fromisoformat(finished_at).timestamp(),
        started_at=datetime.fromisoformat(started_at).timestamp() if started_at else None,
        detail=task.get("detail", "") if last else "",
    )
