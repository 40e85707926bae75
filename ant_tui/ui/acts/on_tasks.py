"""Acts on the selected tasks and on the queue."""

from __future__ import annotations

import time
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ant_tui.api.documents import OutcomesDocument
from ant_tui.api.schema import Move, NoArguments, Selection, Signal
from ant_tui.core.task import ENDED, Task, TaskState
from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.acts.outcomes import summary
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.figures import count, elapsed
from ant_tui.ui.situation import Pane, Situation
from ant_tui.ui.task_story import story

__all__ = ["ACTS", "dragged"]

_STARTED = frozenset({TaskState.STARTING, TaskState.RUNNING, TaskState.SUSPENDED})

SIGNALS: Sequence[tuple[str, str]] = (
    ("TERM", "ask it to end"),
    ("INT", "as ctrl+c in a terminal"),
    ("HUP", "the terminal is gone; many programs read their settings again"),
    ("USR1", "what the program makes of it; often a checkpoint"),
    ("USR2", "what the program makes of it"),
    ("QUIT", "end and leave a core dump"),
    ("CONT", "go on"),
    ("STOP", "stop at once"),
    ("KILL", "end at once; nothing is saved"),
)


def _names(tasks: Iterable[Task]) -> tuple[str, ...]:
    return tuple(str(task.number) for task in tasks)


async def _each(host: Host, method: str, request: Any, done: str) -> None:
    answer: OutcomesDocument = await host.client.call(method, request)
    host.say(*summary(answer.results, done))


async def _open(host: Host, _: Situation) -> None:
    host.go_to(Pane.OUTPUT)


async def _cancel(host: Host, situation: Situation) -> None:
    live = [task for task in situation.tasks if task.ended_at is None]
    started = [task for task in live if task.state in _STARTED]
    if started and not await host.ask(_cancel_question(started, len(live) - len(started))):
        return
    skipped = len(situation.tasks) - len(live)
    await _each(host, "cancel", Selection(tasks=_names(live)), "cancelled")
    if skipped and len(live) > 1:
        host.say(f"{count(len(live), 'task')} cancelled; {skipped} had ended already.", "warn")


def _cancel_question(started: Sequence[Task], queued: int) -> Confirm:
    now = time.time()
    ran = sum(task.runtime(now) or 0.0 for task in started)
    if len(started) == 1:
        task = started[0]
        title = f"Cancel task {task.number}?"
        lines = [f"{task.id} has run for {elapsed(ran)}; what it has not saved is lost."]
    else:
        title = f"Cancel {len(started)} running tasks?"
        names = ", ".join(task.id for task in started[:5]) + (" …" if len(started) > 5 else "")
        lines = [names, f"Together they have run for {elapsed(ran)}; what they have not saved is lost."]
    if queued:
        lines.append(f"{count(queued, 'queued task')} would be cancelled as well.")
    lines.append("They get TERM, and KILL after the time of grace." if len(started) > 1 else "It gets TERM, then KILL.")
    return Confirm(title, lines, yes="Cancel it" if len(started) == 1 else "Cancel them", no="Let it run")


async def _hold(host: Host, situation: Situation) -> None:
    queued = [task for task in situation.tasks if task.state is TaskState.QUEUED]
    if situation.all_held:
        await _each(host, "release", Selection(tasks=_names(queued)), "released")
    else:
        await _each(host, "hold", Selection(tasks=_names(queued)), "held")


async def _suspend(host: Host, situation: Situation) -> None:
    running = [task for task in situation.tasks if task.state is TaskState.RUNNING]
    if running:
        await _each(host, "suspend", Selection(tasks=_names(running)), "suspended; GPU memory stays taken")
        return
    stopped = [task for task in situation.tasks if task.state is TaskState.SUSPENDED]
    await _each(host, "resume", Selection(tasks=_names(stopped)), "go on")


async def _retry(host: Host, situation: Situation) -> None:
    tasks = [task for task in situation.tasks if task.state is not TaskState.QUEUED]
    await _each(host, "retry", Selection(tasks=_names(tasks)), "queued again")


async def _explain(host: Host, situation: Situation) -> None:
    task = situation.tasks[0]
    rows = story(host.client, task, host.log_path(task.number), time.time())
    await host.ask(TextDialog(f"Task {task.number} · {task.id}", rows))


async def _signal(host: Host, situation: Situation) -> None:
    live = [task for task in situation.tasks if task.ended_at is None and task.state is not TaskState.QUEUED]
    whose = live[0].id if len(live) == 1 else count(len(live), "task")
    choices = [Choice(name, name, meaning) for name, meaning in SIGNALS]
    chosen = await host.ask(Choose(f"Send a signal to {whose}", choices))
    if chosen is not None:
        await _each(host, "kill", Signal(chosen, tasks=_names(live)), f"got {chosen}")


def _move(to: Any, done: str) -> Act:
    async def act(host: Host, situation: Situation) -> None:
        queued = [task for task in situation.tasks if task.state is TaskState.QUEUED]
        await _each(host, "move", Move(_names(queued), to), done)

    return act


def dragged(moved: Hashable, before: Hashable | None) -> Act:
    """What dropping a row of the table before another one means: that place in the queue, or its end.

    Args:
        moved: key of the row.
        before: key of the row below the place; None, a heading or a task that does not wait stands for the end.
    """

    async def act(host: Host, _: Situation) -> None:
        tasks = host.client.state.tasks
        other = tasks.get(before) if isinstance(before, int) else None
        if other is not None and other.state is TaskState.QUEUED:
            request = Move((str(moved),), "before", other=str(other.number))
        else:
            request = Move((str(moved),), "bottom")
        await _each(host, "move", request, "moved")

    return act


async def _forget(host: Host, situation: Situation) -> None:
    ended = [task for task in situation.tasks if task.state in ENDED]
    what = ended[0].id if len(ended) == 1 else count(len(ended), "ended task")
    lines = ["What is known of it goes: command, times, exit code. The logs stay on disk."]
    if len(ended) < len(situation.tasks):
        lines.append(f"{len(situation.tasks) - len(ended)} of the selected tasks have not ended and stay.")
    if await host.ask(Confirm(f"Forget {what}?", lines, yes="Forget", no="Keep")):
        await _each(host, "forget", Selection(tasks=_names(ended)), "forgotten")


async def _copy(host: Host, situation: Situation) -> None:
    text = "\n".join(task.id for task in situation.tasks)
    how = host.copy(text)
    what = situation.tasks[0].id if len(situation.tasks) == 1 else count(len(situation.tasks), "id")
    host.say(f"{what} copied {how}.", "good")


async def _pager(host: Host, situation: Situation) -> None:
    path = host.log_path(situation.tasks[0].number)
    problem = host.show_in_pager(path) if path else "It has not started yet, so there is no log."
    if problem:
        host.say(problem, "bad")


async def _pause(host: Host, situation: Situation) -> None:
    if situation.paused:
        await host.client.call("unpause", NoArguments())
        host.say("The queue goes on.", "good")
    else:
        await host.client.call("pause", NoArguments())
        host.say("The queue is paused: nothing starts, what runs goes on.", "warn")


ACTS: Mapping[str, Act] = {
    "task.open": _open,
    "task.cancel": _cancel,
    "task.hold": _hold,
    "task.suspend": _suspend,
    "task.retry": _retry,
    "task.explain": _explain,
    "task.signal": _signal,
    "task.top": _move("top", "moved to the top"),
    "task.bottom": _move("bottom", "moved to the end"),
    "task.up": _move("up", "moved up"),
    "task.down": _move("down", "moved down"),
    "task.forget": _forget,
    "task.copy": _copy,
    "output.pager": _pager,
    "queue.pause": _pause,
}
