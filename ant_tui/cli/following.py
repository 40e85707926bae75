"""``logs -f``: the output of a task as it comes, until the task has ended.

The scheduler tells when the task starts and ends; that its log has grown nobody tells, so the file's size is looked at
some times a second while the task runs, and never while it waits.
"""

from __future__ import annotations

import select

from ant_tui.cli.attempts import attempt_of, one_task, print_footer, print_header
from ant_tui.cli.offline import read
from ant_tui.errors import NoScheduler
from ant_tui.output.log_file import LogFile, LogMissing
from ant_tui.output.sanitise import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.client.connection import Connection

__all__ = ["Tail", "follow"]

_LOOK_S = 0.1
_LINES = 200
_CHUNK = 1 << 20
_LONGEST_LINE = 1 << 16
_OVER = frozenset(("completed", "failed", "cancelled", "timeout", "out_of_memory", "lost", "recoverable"))
"""States in which nothing more is printed; what an earlier session left does not go on by itself."""


def follow(call: Call, name: str) -> int:
    """Print the output of a task until the task has ended.

    Raises:
        AntError: there is no such task, no such attempt, no log, or nobody who tells when the task has ended.
    """
    tail = Tail(call)
    try:
        try:
            connection = call.connect()
        except NoScheduler:
            document, _ = read(call.data_dir, "show", {"tasks": [name]})
            if not _look(tail, one_task(document), call.args.attempt):
                raise
            return 0
        with connection:
            connection.call("subscribe")  # first, so that nothing can happen unseen between this and the next
            task = one_task(connection.call("show", {"tasks": [name]}))
            number = task["number"]
            if not task["attempts"] and task["state"] not in _OVER:
                call.out.say(f"{plain(task['id'])} has not started yet; its output follows when it has.")
            while not _look(tail, task, call.args.attempt):
                if _something_happened(connection, number, _LOOK_S if task["attempts"] else None):
                    task = one_task(connection.call("show", {"tasks": [str(number)]}))
    finally:
        tail.close()
    return 0


def _look(tail: Tail, task: Mapping[str, Any], attempt: int | None) -> bool:
    """Print what is new; True when there will be no more."""
    ended: bool = task["state"] in _OVER
    if not ended and not task["attempts"]:
        return tail.gone
    one = attempt_of(task, attempt)
    if tail.log is None:
        tail.open(one["log_path"], ended=ended)
        if tail.log is not None:
            print_header(tail.call, one)
    tail.print_new()
    if ended:
        tail.finish_line()
        print_footer(tail.call, task, one)
    return ended or tail.gone


def _something_happened(connection: Connection, number: int, patience: float | None) -> bool:
    """Wait for news; True when they may be about the task.

    Raises:
        NoScheduler: the scheduler went away.
    """
    if not connection.has_notification:
        readable, _, _ = select.select([connection], [], [], patience)
        if not readable:
            return False
    message = connection.notification()
    if message is None:
        raise NoScheduler("The scheduler has ended, so nothing tells when the task does. The task itself goes on.")
    event = message["params"].get("event", {})
    return bool(message["method"] == "reset" or event.get("number") == number)


class Tail:
    """The end of a growing log, printed piece by piece.

    Attributes:
        log: the open log; None until the task has started.
        call: the call that prints.
    """

    def __init__(self, call: Call) -> None:
        """Make one that has nothing to print yet."""
        self.log: LogFile | None = None
        self.call = call
        self._offset = 0
        self._line = b""  # on a terminal: what came after the last newline
        self._shown = False  # whether that line stands on the screen

    @property
    def gone(self) -> bool:
        """Whether nobody reads it any more."""
        return self.call.out.gone

    def open(self, path: str, *, ended: bool) -> None:
        """Begin with a log: at its last lines, or at its beginning where all of it was asked for.

        Args:
            path: the log.
            ended: whether a missing log will stay missing.

        Raises:
            LogMissing: it is not there and never will be.
        """
        try:
            self.log = LogFile(path)
        except LogMissing:
            if ended:
                raise
            return  # the start is recorded before the file exists
        args = self.call.args
        if not args.full:
            self._offset = self.log.tail_start(args.lines or _LINES)

    def finish_line(self) -> None:
        """Finish the line that is open on a terminal."""
        if self._shown:
            self.call.out.line()
            self._shown = False

    def close(self) -> None:
        """Finish the line that is open on a terminal, and close the log."""
        self.finish_line()
        if self.log is not None:
            self.log.close()

    def print_new(self) -> None:
        """Print what was added since the last time."""
        if self.log is None:
            return
        if self.log.changed() == "truncated":
            self.call.out.say("The log was cut; going on at its beginning.")
            self._offset = 0
        while True:
            data, self._offset = self.log.read_on(self._offset, _CHUNK)
            if not data:
                break
            if self.call.out.is_terminal:
                self._show(data)
            else:
                self.call.out.bytes(data)
        self.call.out.flush()

    def _show(self, data: bytes) -> None:
        """On a terminal: whole lines made safe, and below them the line that is being written, as a progress bar is."""
        from ant_tui.cli.table import cut
        from ant_tui.output.ansi_text import render_plain

        out = self.call.out
        done, newline, self._line = (self._line + data).rpartition(b"\n")
        if self._shown:
            out.text("\r\x1b[2K")
        if newline:
            out.line(render_plain(done))
        # A bar returns to its beginning again and again: only the last of these is what stands there.
        start = self._line.rfind(b"\r", 0, len(self._line.rstrip(b"\r"))) + 1
        self._line = self._line[max(start, len(self._line) - _LONGEST_LINE) :]
        text = render_plain(self._line)
        self._shown = bool(text)
        if text:
            out.text(cut(text.replace("\n", " "), (out.width or 80) - 1))
