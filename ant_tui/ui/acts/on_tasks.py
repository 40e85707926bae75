"""Acts on the selected tasks and on the queue."""

from __future__ import annotations

import asyncio
import re
import time
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

from ant_tui.api.documents import OutcomesDocument
from ant_tui.api.schema import Move, NoArguments, Retry, Selection, Signal, Tag
from ant_tui.core.task import ENDED, Task, TaskState
from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.acts.outcomes import left_out, merged, tell
from ant_tui.ui.dialogs.ask_line import AskLine
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.text import Rows, TextDialog
from ant_tui.ui.figures import count, elapsed
from ant_tui.ui.last_lines import last_lines
from ant_tui.ui.situation import Pane, Situation
from ant_tui.ui.task_order import QUEUED, RUNNING, TaskOrder
from ant_tui.ui.task_story import story

__all__ = ["ACTS", "dragged"]

_STARTED = frozenset({TaskState.STARTING, TaskState.RUNNING, TaskState.SUSPENDED})

_MOST_TAGS = 12
"""Tags of selected tasks that are named."""

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


async def _each(host: Host, method: str, request: Any, done: str, left: str = "") -> None:
    answer: OutcomesDocument = await host.client.call(method, request)
    await tell(host, answer.results, done, left)


async def _open(host: Host, _: Situation) -> None:
    host.go_to(Pane.OUTPUT)


async def _cancel(host: Host, situation: Situation) -> None:
    live = [task for task in situation.tasks if task.ended_at is None]
    started = [task for task in live if task.state in _STARTED]
    question = _cancel_question(started, len(live) - len(started)) if started or len(live) > 1 else None
    if question is not None and not await host.ask(question):
        return
    skipped = len(situation.tasks) - len(live)
    left = f"{skipped:,} had ended already" if skipped else ""
    await _each(host, "cancel", Selection(tasks=_names(live)), "cancelled", left)


def _cancel_question(started: Sequence[Task], queued: int) -> Confirm:
    if not started:
        lines = ["None of them runs; those that are ending already go on doing so."]
        return Confirm(f"Cancel {queued:,} tasks?", lines, yes="Cancel them", no="Keep them")
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
    left = left_out(len(situation.tasks) - len(queued), "not waiting")
    if situation.all_held:
        await _each(host, "release", Selection(tasks=_names(queued)), "released", left)
    else:
        await _each(host, "hold", Selection(tasks=_names(queued)), "held", left)


async def _suspend(host: Host, situation: Situation) -> None:
    running = [task for task in situation.tasks if task.state is TaskState.RUNNING]
    if running:
        left = left_out(len(situation.tasks) - len(running), "not running")
        await _each(host, "suspend", Selection(tasks=_names(running)), "suspended; GPU memory stays taken", left)
        return
    stopped = [task for task in situation.tasks if task.state is TaskState.SUSPENDED]
    left = left_out(len(situation.tasks) - len(stopped), "not suspended")
    await _each(host, "resume", Selection(tasks=_names(stopped)), "resumed", left)


async def _retry(host: Host, situation: Situation) -> None:
    tasks = [task for task in situation.tasks if task.state is not TaskState.QUEUED]
    if len(tasks) > 1:
        lines = ["Each becomes a new task at the end of the queue, with the same command and variables."]
        if len(tasks) < len(situation.tasks):
            lines.append(f"{count(len(situation.tasks) - len(tasks), 'selected task')} waiting already will not.")
        if not await host.ask(Confirm(f"Queue {len(tasks):,} tasks once more?", lines, yes="Queue them", no="No")):
            return
    left = left_out(len(situation.tasks) - len(tasks), "waiting already")
    await _each(host, "retry", Retry(tasks=_names(tasks)), "queued again", left)


async def _explain(host: Host, situation: Situation) -> None:
    task = situation.tasks[0]
    shown = host.settings().output

    async def told() -> Rows:
        now = host.client.state.tasks.get(task.number, task)
        path = host.log_path(now.number)
        rows = story(host.client, now, path, time.time())
        lines = shown.live_lines if now.ended_at is None else shown.preview_lines
        return [*rows, *await asyncio.to_thread(last_lines, path, lines)]

    await host.ask(TextDialog(f"Task {task.number} · {task.id}", await told(), again=told))


async def _signal(host: Host, situation: Situation) -> None:
    live = [task for task in situation.tasks if task.ended_at is None and task.state is not TaskState.QUEUED]
    whose = live[0].id if len(live) == 1 else count(len(live), "task")
    choices = [Choice(name, name, meaning) for name, meaning in SIGNALS]
    chosen = await host.ask(Choose(f"Send a signal to {whose}", choices))
    if chosen is not None:
        left = left_out(len(situation.tasks) - len(live), "without a process")
        await _each(host, "kill", Signal(chosen, tasks=_names(live)), f"got {chosen}", left)


def _move(to: Any, done: str) -> Act:
    async def act(host: Host, situation: Situation) -> None:
        queued = [task for task in situation.tasks if task.state is TaskState.QUEUED]
        left = left_out(len(situation.tasks) - len(queued), "not waiting")
        await _each(host, "move", Move(_names(queued), to), done, left)

    return act


def dragged(moved: Hashable, before: Hashable | None, order: TaskOrder) -> Act:
    """What dropping a row of the table means: a place in the queue.

    Above the waiting tasks that is their front, below them their end: of those that are listed, where a filter hides
    others.

    Args:
        moved: key of the row.
        before: key of what stands below the place: a task, a heading or a line of output; None for nothing.
        order: the list in which it was dropped.
    """

    async def act(host: Host, situation: Situation) -> None:
        if situation.order:
            said = f"The list is sorted by {situation.order}; put it in queue order to move tasks."
            host.say(said, "warn")
            return
        tasks = host.client.state.tasks
        other = tasks.get(before) if isinstance(before, int) else None
        if other is not None and other.state is TaskState.QUEUED:
            request = Move((str(moved),), "before", other=str(other.number))
        else:
            front = _section_of(before, order) in (RUNNING, QUEUED)
            end = _end_of_listed(tasks, moved, order, front=front) if order.shown < order.of else None
            if end is not None and end == moved:
                host.say(f"Task {moved} is the {'first' if front else 'last'} of its priority here already.")
                return
            request = _to_end(str(moved), end, front=front)
        await _each(host, "move", request, "moved")

    return act


def _section_of(key: Hashable | None, order: TaskOrder) -> Hashable | None:
    """The title of the section in which a row of the table stands."""
    number = key[0] if isinstance(key, tuple) else key
    section = order.section_of(number) if isinstance(number, int) else None
    return key if section is None else section.title


def _end_of_listed(tasks: Mapping[int, Task], moved: Hashable, order: TaskOrder, *, front: bool) -> int | None:
    """The first or last waiting task that is listed and has the same priority: a task moves among its equals."""
    task = tasks.get(moved) if isinstance(moved, int) else None
    waiting = next((section.listed for section in order.sections if section.title == QUEUED), ())
    found = (tasks.get(number) for number in (waiting if front else reversed(waiting)))
    equals = (other.number for other in found if other and task and other.spec.priority == task.spec.priority)
    return next(equals, None)


def _to_end(moved: str, end: int | None, *, front: bool) -> Move:
    if end is None:
        return Move((moved,), "top" if front else "bottom")
    return Move((moved,), "before" if front else "after", other=str(end))


async def _forget(host: Host, situation: Situation) -> None:
    ended = [task for task in situation.tasks if task.state in ENDED]
    what = ended[0].id if len(ended) == 1 else count(len(ended), "ended task")
    lines = ["What is known of it goes: command, times, exit code. The logs stay on disk."]
    if len(ended) < len(situation.tasks):
        lines.append(f"{len(situation.tasks) - len(ended)} of the selected tasks have not ended and stay.")
    if await host.ask(Confirm(f"Forget {what}?", lines, yes="Forget", no="Keep")):
        left = left_out(len(situation.tasks) - len(ended), "not ended")
        await _each(host, "forget", Selection(tasks=_names(ended)), "forgotten", left)


async def _tag(host: Host, situation: Situation) -> None:
    tasks = situation.tasks
    known = Counter(tag for task in tasks for tag in task.tags)
    whose = tasks[0].id if len(tasks) == 1 else count(len(tasks), "task")
    common = known.most_common(_MOST_TAGS)
    there = ", ".join(tag if len(tasks) == 1 else f"{tag} ({number:,})" for tag, number in common)
    lines = [f"There now: {there}." if there else "There is no tag yet.", "A word adds it, -word takes it away."]
    answer = await host.ask(
        AskLine(f"Tags of {whose}", lines, placeholder="for example: night -draft", check=_wrong_tags, enter="change")
    )
    changes = list(dict.fromkeys(re.split(r"[,\s]+", answer.strip()))) if answer else []
    if not changes:
        return
    answers = []
    for change in changes:
        method, label = ("untag", change[1:]) if change.startswith("-") else ("tag", change)
        answers.append(await host.client.call(method, Tag(label, tasks=_names(tasks))))
    await tell(host, merged([answer.results for answer in answers]), f"tagged {' '.join(changes)}")


def _wrong_tags(text: str) -> str:
    words = [word for word in re.split(r"[,\s]+", text) if word]
    if not words:
        return "Write at least one word."
    if "-" in words:
        return "Behind the - goes the tag that is to be taken away."
    return ""


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
    "task.tag": _tag,
    "queue.pause": _pause,
}
