"""All about one task, as rows to read: why it waits or how it ended first, then what it is and what it went through."""

from __future__ import annotations

from collections.abc import Mapping

from ant_tui.client.interface import Client
from ant_tui.core.explain import explain
from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import Attempt, Task, TaskState
from ant_tui.ui.figures import clock, count, spent
from ant_tui.ui.looks import look_of
from ant_tui.ui.task_cells import outcome_beside_state

__all__ = ["story", "waiting_words"]

Rows = list[tuple[str, str]]


def story(client: Client, task: Task, log_path: str, now: float) -> Rows:
    """Tell it.

    Args:
        client: whose task.
        task: the task.
        log_path: where its output is; empty for nowhere.
        now: epoch seconds.
    """
    spec = task.spec
    rows: Rows = [("", _headline(client, task, now)), ("", "")]
    rows += _why(client, task)
    rows += [("command", spec.final_command), ("folder", spec.workdir)]
    rows += [("GPUs", _request(client, spec.resources)), ("priority", f"{spec.priority} (lower runs sooner)")]
    if task.tags:
        rows.append(("tags", " ".join(task.tags)))
    if spec.variables:
        rows.append(("variables", " ".join(sorted(spec.variables))))
    rows.append(("queued at", clock(task.submitted_at, now)))
    if spec.retried_from:
        rows.append(("repeats", f"task {spec.retried_from}"))
    if spec.output:
        rows.append(("output file", spec.output))
    if log_path:
        rows.append(("log", log_path))
    for attempt in task.attempts:
        rows += [("", ""), ("", f"Attempt {attempt.number}"), *_attempt(attempt, now)]
    return rows


def waiting_words(client: Client, task: Task) -> list[str]:
    """What stands in the output pane while there is no output."""
    if task.state is TaskState.QUEUED:
        why = explain(client.state, task, client.place.limits).sentence
        return ["", f"  It waits: {why}." if why else "  It starts in a moment.", "", f"  $ {task.spec.final_command}"]
    if task.attempt is None:
        return ["", f"  It was {task.state} before it started."]
    said = "It wrote nothing." if task.ended_at is not None else "No output yet."
    return ["", f"  {said}", "", f"  $ {task.spec.final_command}"]


_ENDS: Mapping[TaskState, str] = {
    TaskState.COMPLETED: "completed",
    TaskState.FAILED: "failed",
    TaskState.CANCELLED: "was cancelled",
    TaskState.TIMEOUT: "ran into its time limit",
    TaskState.OUT_OF_MEMORY: "ran out of memory",
    TaskState.LOST: "was lost",
}


def _headline(client: Client, task: Task, now: float) -> str:
    word = look_of(task).word
    if task.state is TaskState.QUEUED:
        position = client.state.queue.index(task.queue_key) + 1
        return f"It is {word}, number {position} in the queue, and has waited for {spent(now - task.submitted_at)}."
    took = task.runtime(now)
    if task.ended_at is not None:
        how = outcome_beside_state(task).rstrip(".")
        said = f"It {_ENDS.get(task.state, f'is {word}')}"
        return said + (f" after {spent(took)}" if took is not None else "") + (f": {how}" if how else "") + "."
    if task.state is TaskState.RUNNING and took is not None:
        return f"It has been running for {spent(took)}."
    return f"It is {word}" + (f"; it began {spent(took)} ago" if took is not None else "") + "."


def _why(client: Client, task: Task) -> Rows:
    why = explain(client.state, task, client.place.limits)
    if why.sentence:
        return [("waits for", f"{why.sentence} ({why.reason})"), ("", "")]
    if task.attempt is not None and task.attempt.leftovers:
        return [("left", task.attempt.leftovers), ("", "")]
    return []


def _request(client: Client, request: ResourceRequest) -> str:
    gpus = client.state.cluster.gpus
    words = str(request.gpus)
    if request.gpu_ids:
        words += f", of {', '.join(str(gpus[uuid].index) if uuid in gpus else uuid for uuid in request.gpu_ids)}"
    if request.exclude_gpus:
        words += f", not {', '.join(str(gpus[uuid].index) if uuid in gpus else uuid for uuid in request.exclude_gpus)}"
    return words


def _attempt(attempt: Attempt, now: float) -> Rows:
    rows: Rows = [("started at", clock(attempt.started_at, now))]
    if attempt.gpus:
        what = count(len(attempt.gpus), "GPU")
        rows.append(("on", f"{what}: {', '.join(str(gpu.index) for gpu in attempt.gpus)}"))
    if attempt.pid:
        rows.append(("process", str(attempt.pid)))
    if attempt.finished_at is not None:
        rows.append(("ended at", clock(attempt.finished_at, now)))
    if attempt.exit_code is not None:
        signal = f" (signal {attempt.signal})" if attempt.signal is not None else ""
        rows.append(("exit code", f"{attempt.exit_code}{signal}"))
    return rows
