"""How tasks end: hearing of it, ending them on request, and letting go of their GPUs only when nothing is left.

A task's leader is watched by a pidfd, so its end wakes the loop at once. The usual end costs a look at the process
group and at our own children, no more. Only if something is left behind, if cancelling was asked for, or if the GPUs
are real ones does a coroutine of its own see the task through to the last process and the last byte of GPU memory.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Protocol

from ant_tui.core import events as ev
from ant_tui.core.resources import GpuRef
from ant_tui.core.state import State
from ant_tui.core.task import ACTIVE, Task
from ant_tui.executors import processes
from ant_tui.executors.local import LocalExecutor, send, send_to_all
from ant_tui.scheduler.exits import Exit, exit_of_status, outcome
from ant_tui.scheduler.pidfds import Pidfds
from ant_tui.scheduler.recorder import Recorder

__all__ = ["Ends", "GpuHolds"]

log = logging.getLogger(__name__)

_LOOK_S = 1.0
"""Seconds between looks at what is left, where no pidfd tells."""


class GpuHolds(Protocol):
    """Who still holds memory of GPUs, as the driver sees it."""

    @property
    def real(self) -> bool:
        """Whether there is a driver to ask at all."""

    async def holding(self, number: int, gpus: Iterable[GpuRef]) -> list[str]:
        """Say what of a task still sits on its GPUs, in a few words each; empty when nothing does."""

    def forget(self, number: int) -> None:
        """Drop what was remembered of a task's processes."""


class Ends:
    """Watches every started task until nothing of it is left."""

    def __init__(
        self,
        recorder: Recorder,
        executor: LocalExecutor,
        holds: GpuHolds,
        grace_s: float,
        clock: Callable[[], float],
    ) -> None:
        """Begin with nothing to watch.

        Args:
            recorder: hears of every end.
            executor: knows job directories and processes.
            holds: knows who sits on GPUs.
            grace_s: seconds between TERM and KILL.
            clock: epoch seconds.
        """
        self._recorder = recorder
        self._executor = executor
        self._holds = holds
        self._grace_s = grace_s
        self._clock = clock
        self._loop = asyncio.get_running_loop()
        self._pidfds = Pidfds()
        self._watched: dict[int, int] = {}
        """The leaders' pidfds, by task."""
        self._looks: dict[int, asyncio.TimerHandle] = {}
        self._leaders: dict[int, int] = {}
        self._children: set[int] = set()
        self._statuses: dict[int, int | None] = {}
        """What ``waitpid`` said of a leader that was our child (None: nothing), while its end is being handled."""
        self._killed: set[int] = set()
        """Tasks whose leader was sent KILL: it cannot leave its status behind, and only a parent would be told it."""
        self._exits: dict[int, Exit] = {}
        self._closing: dict[int, asyncio.Task[None]] = {}
        self._nudges: dict[int, asyncio.Event] = {}
        self._strays: Sequence[int] | None = None
        self.on_end: Callable[[Task], None] | None = None

    @property
    def _state(self) -> State:
        return self._recorder.state

    # -- watching ----------------------------------------------------------------------------------------------

    def watch(self, number: int, pid: int, *, child: bool) -> None:
        """Hear of the end of a task's leader.

        Args:
            number: the task.
            pid: its leader.
            child: whether it is our own child, so that it has to be waited for.
        """
        self._leaders[number] = pid
        if child:
            self._children.add(pid)
        try:
            self._watched[number] = self._pidfds.watch(pid, partial(self._exited, number))
        except ProcessLookupError:
            self._loop.call_soon(self._exited, number)
        except OSError as error:
            # The process is there and must not be lost sight of, whatever we have run out of.
            log.warning("Task %d has to be looked at every second: %s", number, error.strerror)
            self._looks[number] = self._loop.call_later(_LOOK_S, self._look_again, number, pid)

    def _look_again(self, number: int, pid: int) -> None:
        """Stand in for a pidfd: look whether a process lives, every second until it does not."""
        task = self._state.tasks.get(number)
        start = task.attempt.pid_start if task is not None and task.attempt is not None else 0
        try:
            stat = processes.stat_of(pid)
            over = stat is None or not stat.alive or bool(start and stat.start != start)
        except OSError:  # still nothing left to look with
            over = False
        if over:
            self._exited(number)
        else:
            self._looks[number] = self._loop.call_later(_LOOK_S, self._look_again, number, pid)

    def let_go(self) -> None:
        """Stop watching everything; the tasks go on."""
        for closing in self._closing.values():
            closing.cancel()
        for look in self._looks.values():
            look.cancel()
        for descriptor in self._watched.values():
            self._pidfds.drop(descriptor)
        self._watched.clear()
        self._pidfds.close()

    def _exited(self, number: int) -> None:
        self._looks.pop(number, None)
        descriptor = self._watched.pop(number, None)
        if descriptor is not None:
            self._pidfds.drop(descriptor)
        try:
            self._take_exit(number)
        except OSError as error:
            log.warning("The end of task %d is looked at again: %s", number, error)
            self._looks[number] = self._loop.call_later(_LOOK_S, self._exited, number)
        except Exception:
            log.exception("The end of task %d could not be handled", number)
            self.look_after(number, Exit(None, None, self._clock(), "its end could not be read; see the log"))

    def _take_exit(self, number: int) -> None:
        task = self._state.tasks.get(number)
        if task is None or task.attempt is None or task.state not in ACTIVE:
            return
        pid = self._leaders.get(number, task.attempt.pid)
        child = number in self._statuses or pid in self._children
        if pid in self._children:
            self._statuses[number] = self._reap(pid)
        exit_ = self._exits[number] = self._exit(task, self._statuses.get(number))
        if number in self._closing:
            self._nudges[number].set()
        elif self._left_behind(task, pid, child=child) or (task.gpus and self._holds.real):
            self.see_off(number)
        else:
            self._finish(task, exit_)

    def _reap(self, pid: int) -> int | None:
        self._children.discard(pid)
        try:
            reaped, status = os.waitpid(pid, os.WNOHANG)
        except ChildProcessError:
            return None
        return status if reaped else None

    def _exit(self, task: Task, waited: int | None) -> Exit:
        assert task.attempt is not None
        directory = self._executor.directory(task.number, task.attempt.number)
        if waited == 0:  # our own child has told it, and what it left on disk says nothing else
            return Exit(0, None, directory.exited_at(task.attempt.pid, self._executor.boot_id) or self._clock())
        found = directory.status()
        if found is not None and waited is not None and os.WIFEXITED(waited):
            return exit_of_status(os.WEXITSTATUS(waited), found[1])  # some shells write more than fits, or another
        if found is not None:
            return exit_of_status(*found)
        if waited is None and task.number in self._killed:
            return exit_of_status(128 + signal.SIGKILL, self._clock())
        if waited is None:
            return Exit(None, None, self._clock())
        code = os.waitstatus_to_exitcode(waited)
        if code < 0:
            return Exit(128 - code, -code, self._clock())
        if directory.never_began():
            why = f"the command did not run: its start could not be recorded in {directory.path} (is the disk full?)"
            return Exit(code or 1, None, self._clock(), why)
        return exit_of_status(code, self._clock())

    def _left_behind(self, task: Task, pid: int, *, child: bool) -> bool:
        """Whether any process of a task outlives its leader; cheap where the leader was our child."""
        assert task.attempt is not None
        if processes.group_exists(pid):
            return True
        if not child:
            return bool(self._executor.members(task.number, task.attempt.number, pid, task.attempt.pid_start))
        return any(self._executor.is_member(stray, task.number, task.attempt.number, pid) for stray in self._orphans())

    def _orphans(self) -> Sequence[int]:
        """Our children that no leader is; found once for all leaders of whose ends the loop has just heard.

        The kernel hands over a process's children before it tells of its end.
        """
        if self._strays is None:
            self._strays = processes.reap_orphans(self._children)
            self._loop.call_soon(self._look_for_orphans_again)
        return self._strays

    def _look_for_orphans_again(self) -> None:
        self._strays = None

    # -- the end -----------------------------------------------------------------------------------------------

    def _finish(self, task: Task, exit_: Exit) -> None:
        assert task.attempt is not None
        number, now = task.number, self._clock()
        state, detail = outcome(task.attempt, exit_)
        self._recorder.note(
            ev.TaskEnded(
                at=now,
                number=number,
                state=state,
                exit_code=exit_.code,
                signal=exit_.signal,
                detail=detail,
                exited_at=min(exit_.at, now),
            )
        )
        self._leaders.pop(number, None)
        self._exits.pop(number, None)
        self._statuses.pop(number, None)
        self._killed.discard(number)
        self._holds.forget(number)
        if self.on_end is not None:
            self.on_end(self._state.tasks[number])

    def exited_unseen(self, task: Task, exit_: Exit) -> None:
        """Take note that a task's command ended while nobody watched (see ``adoption``)."""
        attempt = task.attempt
        assert attempt is not None
        pid = attempt.pid if attempt.boot_id == self._executor.boot_id else 0
        left = self._executor.members(task.number, attempt.number, pid, attempt.pid_start)
        if left or (task.gpus and self._holds.real):
            self._leaders[task.number] = pid
            self.look_after(task.number, exit_)
        else:
            self._finish(task, exit_)

    def look_after(self, number: int, exit_: Exit) -> None:
        """See a task off whose command has ended, or of which nothing more can be learned."""
        self._exits[number] = exit_
        self.see_off(number)

    # -- seeing a task off -------------------------------------------------------------------------------------

    def cancel(self, number: int) -> None:
        """Begin to end a task whose ``TaskCancelRequested`` is recorded: TERM, grace, KILL."""
        self.see_off(number)
        self._nudges[number].set()

    def kill(self, number: int, group: int) -> None:
        """Send KILL to a task's process group, its leader among them, and remember that it was us."""
        self._killed.add(number)
        send_to_all(group, (), signal.SIGKILL)

    def see_off(self, number: int) -> None:
        """Stay with a task until no process of it is left and none of its GPUs is held."""
        if number in self._closing:
            return
        self._nudges[number] = asyncio.Event()
        closing = self._loop.create_task(self._see_off(number), name=f"see off task {number}")
        self._closing[number] = closing
        closing.add_done_callback(partial(self._seen_off, number))

    def _seen_off(self, number: int, closing: asyncio.Task[None]) -> None:
        self._closing.pop(number, None)
        self._nudges.pop(number, None)
        if closing.cancelled() or closing.exception() is None:
            return
        log.error("Seeing task %d off failed and is tried again", number, exc_info=closing.exception())
        self._loop.call_later(_LOOK_S, self._try_again, number)

    def _try_again(self, number: int) -> None:
        task = self._state.tasks.get(number)
        if task is not None and task.state in ACTIVE:
            self.see_off(number)

    async def _see_off(self, number: int) -> None:
        kill_at: float | None = None
        ask_again_at: float | None = None
        known: dict[int, int] = {}
        nudge = self._nudges[number]
        while True:
            nudge.clear()
            task = self._state.tasks.get(number)
            if task is None or task.attempt is None or task.state not in ACTIVE:
                return
            pid = self._leaders.get(number, task.attempt.pid)
            processes.reap_orphans(self._children)
            members = self._executor.members(number, task.attempt.number, pid, task.attempt.pid_start, known)
            known.update((stat.pid, stat.start) for stat in members.values())
            exited = self._exits.get(number)
            if task.attempt.cancelled_at is not None and members:
                now = self._loop.time()
                started_at = task.attempt.started_at
                if kill_at is None and (started_at is None or self._clock() - started_at < _LOOK_S):
                    ask_again_at = now + _LOOK_S  # a shell that is just beginning the command may swallow TERM
                elif ask_again_at is not None and now >= ask_again_at:
                    ask_again_at = None
                    # Not those that handle it: a second one tells many programs not to save first.
                    self._ask(0, {pid: stat for pid, stat in members.items() if processes.dies_of(pid, signal.SIGTERM)})
                kill_at = self._press(number, pid, members, kill_at)
            if exited is not None and not members:
                held = await self._holds.holding(number, task.gpus) if task.gpus and self._holds.real else []
                if not held:
                    self._finish(self._state.tasks[number], exited)
                    return
                self._tell(number, exited, "; ".join(held))
            elif exited is not None:
                self._tell(number, exited, _living(members))
            patience: float | None = _LOOK_S
            if members and kill_at is None:
                patience = None  # their pidfds tell, and whatever they start in the meantime is found then
            elif members and kill_at is not None and kill_at > (now := self._loop.time()):
                patience = max(0.0, min(kill_at, ask_again_at or kill_at) - now)
            await self._until_one_ends(members, nudge, patience)

    def _press(self, number: int, pid: int, members: dict[int, processes.ProcessStat], kill_at: float | None) -> float:
        """Ask everything that is left of a task to end; with force when the grace is over."""
        now = self._loop.time()
        if kill_at is None:
            self._ask(pid, members)
            return now + self._grace_s
        if now >= kill_at:
            self._killed.add(number)
            for member in members:
                send(member, signal.SIGKILL)
        return kill_at

    @staticmethod
    def _ask(pid: int, members: dict[int, processes.ProcessStat]) -> None:
        strays = [stat.pid for stat in members.values() if stat.group != pid]
        group = pid if len(strays) < len(members) else 0
        send_to_all(group, strays, signal.SIGTERM)
        # Stopped processes do not hear TERM before they go on.
        send_to_all(group, strays, signal.SIGCONT)

    def _tell(self, number: int, exit_: Exit, leftovers: str) -> None:
        task = self._state.tasks[number]
        assert task.attempt is not None
        now = self._clock()
        if task.attempt.exited_at is None:
            # The time of a file's change lags some milliseconds behind the clock: an end that was asked for and came
            # is never before the asking.
            event = ev.TaskExited(
                at=max(min(exit_.at, now), task.attempt.cancelled_at or 0.0),
                number=number,
                attempt=task.attempt.number,
                exit_code=exit_.code,
                signal=exit_.signal,
                leftovers=leftovers,
            )
            self._recorder.note(event)
        elif task.attempt.leftovers != leftovers:
            self._recorder.note(ev.TaskLeftovers(at=now, number=number, leftovers=leftovers))

    async def _until_one_ends(self, members: Iterable[int], nudge: asyncio.Event, patience: float | None) -> None:
        """Wait until a process ends, somebody nudges, or some seconds have passed (None: without limit)."""
        descriptors: list[int] = []
        try:
            for pid in members:
                try:
                    descriptors.append(self._pidfds.watch(pid, nudge.set))
                except ProcessLookupError:
                    nudge.set()
                except OSError:
                    patience = min(patience or _LOOK_S, _LOOK_S)
            async with asyncio.timeout(patience):
                await nudge.wait()
        except TimeoutError:
            return
        finally:
            for descriptor in descriptors:
                self._pidfds.drop(descriptor)


def _living(members: dict[int, processes.ProcessStat]) -> str:
    """Name what still lives, the first few of them."""
    names = [f"{processes.name_of(pid) or 'a process'} (pid {pid})" for pid in sorted(members)[:3]]
    more = f" and {len(members) - 3} more" if len(members) > 3 else ""
    verb = "still lives" if len(members) == 1 else "still live"
    return f"{', '.join(names)}{more} {verb}"
