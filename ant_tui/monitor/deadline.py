"""A thread whose calls have a deadline: one that hangs is left behind, and another thread goes on.

A call into a driver may never return, and nothing can end it from outside. So the work runs in a daemon thread (the
interpreter may exit while a call hangs, which no thread of an executor allows) and a watchdog looks on. Nothing here
knows what the calls are; ``sampler`` does.

How it costs almost nothing: the watchdog wakes once per deadline, not once per call. A call that started since its last
look cannot be overdue before one more deadline has passed, and the look in between tells exactly when that is.
"""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from msgspec import Struct

__all__ = ["AbandonedError", "WatchedThread"]

T = TypeVar("T")
log = logging.getLogger(__name__)

# A process that was stopped (ctrl+z) or starved finds that time has passed while nothing ran. So a call is overdue only
# if it is still there at a second look, after this share of the deadline.
_SECOND_LOOK = 0.1


class AbandonedError(BaseException):
    """Unwinds a thread whose call came back too late; another thread has taken its place."""


class _Call(Struct):
    target: str
    started: float
    suspected: bool = False


class _Worker(Struct, eq=False):
    thread: threading.Thread | None = None
    call: _Call | None = None
    abandoned: bool = False


class _Local(threading.local):
    worker: _Worker


class WatchedThread:
    """Runs ``body`` in a daemon thread; calls made through ``call`` have a deadline.

    When a call is overdue, its ``target`` is put into ``stuck``, its thread is abandoned, and ``body`` starts anew from
    the top in another thread. ``body`` must leave the stuck targets alone; they leave ``stuck`` by themselves when
    their call has come back. ``body`` returns when ``stopping`` is true.

    Attributes:
        changed: guards everything here and whatever its user shares with ``body``; notified when something changed.
        stuck: the targets whose call has not come back. Read it with ``changed`` held.
        stopping: whether to end. Read it with ``changed`` held.
    """

    def __init__(
        self, body: Callable[[], None], *, deadline_s: float, name: str, on_return: Callable[[], None]
    ) -> None:
        """Prepare.

        Args:
            body: the work; restarted after an abandoned call, and after an unexpected exception, which is logged.
            deadline_s: seconds that one call may take, above 0.
            name: of the threads.
            on_return: called, without ``changed``, when a target has just left ``stuck``.
        """
        lock = threading.Lock()
        self.changed = threading.Condition(lock)
        self.stuck: set[str] = set()
        self.stopping = False
        self._body = body
        self._deadline_s = deadline_s
        self._name = name
        self._on_return = on_return
        self._watch_again = threading.Condition(lock)
        self._worker = _Worker()
        self._local = _Local()
        self._watchdog = threading.Thread(target=self._watch, name=f"{name}-watchdog", daemon=True)

    def start(self) -> None:
        """Start working; raises RuntimeError if that was done before."""
        self._watchdog.start()
        with self.changed:
            self._launch()

    def stop(self, timeout_s: float) -> bool:
        """End; wait at most ``timeout_s`` seconds for it; say whether all threads that are not stuck have ended."""
        with self.changed:
            self.stopping = True
            self.changed.notify_all()
            self._watch_again.notify_all()
            threads = [self._worker.thread, self._watchdog]
        until = time.monotonic() + timeout_s
        for thread in threads:
            if thread is not None and thread is not threading.current_thread() and thread.ident is not None:
                thread.join(max(0.0, until - time.monotonic()))
        return not any(thread is not None and thread.is_alive() for thread in threads)

    def call(self, target: str, function: Callable[[], T], late: Callable[[T], None] | None = None) -> T:
        """Call ``function`` under the deadline; only from ``body``.

        Args:
            target: what the call is about, for ``stuck``.
            function: may raise; that is passed on.
            late: given the result when it came too late, still before the target leaves ``stuck``.

        Raises:
            AbandonedError: the call took too long; let it unwind the thread.
        """
        worker = self._local.worker
        with self.changed:
            worker.call = _Call(target, time.monotonic())
        try:
            result = function()
        except Exception as error:
            if not self._ended(worker):
                raise
            log.warning("The overdue call for %s came back with an error: %s", target, error)
        else:
            if not self._ended(worker):
                return result
            if late is not None:
                self._logged(lambda: late(result), f"the late answer of {target}")
        with self.changed:
            self.stuck.discard(target)
        self._on_return()
        raise AbandonedError

    def wait(self, timeout_s: float) -> bool:
        """Wait outside of ``changed`` for at most ``timeout_s`` seconds or until the end; say whether it is the end."""
        with self.changed:
            return self.changed.wait_for(lambda: self.stopping, timeout_s)

    def _ended(self, worker: _Worker) -> bool:
        with self.changed:
            worker.call = None
            return worker.abandoned

    def _launch(self) -> None:
        worker = _Worker()
        worker.thread = threading.Thread(target=self._run, args=(worker,), name=self._name, daemon=True)
        worker.thread.start()
        self._worker = worker

    def _run(self, worker: _Worker) -> None:
        self._local.worker = worker
        with contextlib.suppress(AbandonedError):
            while not self._logged(self._body, "watching the machine") and not self.wait(self._deadline_s):
                continue

    def _logged(self, function: Callable[[], None], what: str) -> bool:
        """Call; log an unexpected exception with its context; say whether there was none."""
        try:
            function()
        except Exception:
            log.exception("Unexpected failure in %s", what)
            return False
        return True

    def _watch(self) -> None:
        with self.changed:
            while not self.stopping:
                self._watch_again.wait(self._look())

    def _look(self) -> float:
        """Look at the call under way, if any; return the seconds until the next look."""
        worker, call = self._worker, self._worker.call
        if call is None:
            return self._deadline_s
        left = call.started + self._deadline_s - time.monotonic()
        if left > 0:
            return left
        if not call.suspected:
            call.suspected = True
            return self._deadline_s * _SECOND_LOOK
        self._abandon(worker, call)
        return self._deadline_s

    def _abandon(self, worker: _Worker, call: _Call) -> None:
        log.warning("The call for %s has not come back within %g s", call.target, self._deadline_s)
        try:
            self._launch()
        except RuntimeError:
            log.exception("No thread could be started to replace the one that hangs")
            return
        worker.abandoned = True
        self.stuck.add(call.target)
