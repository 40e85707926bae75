"""Reading a task's log: parts of a file that may be huge, may grow, and may be cut or replaced while it is read.

Bytes in, bytes out, at offsets; nothing is decoded and nothing is kept, so memory is bounded by what is asked for. The
file is read with ``pread``, never mapped: a mapped log that a task truncates would kill the reader.
"""

from __future__ import annotations

import os
import stat
from typing import ClassVar, Literal, TypeAlias

from ant_tui.errors import AntError
from ant_tui.output.holes import Hole, holes, removed_line
from ant_tui.output.sanitise import plain

__all__ = ["Change", "LogFile", "LogMissing", "LogUnreadable"]

Change: TypeAlias = Literal["same", "grown", "truncated", "replaced", "missing"]

_BLOCK = 64 * 1024
_COUNT_BLOCK = 1024 * 1024
_MAX_BYTES = 1024 * 1024
_UTF8_CONTINUATION = bytes(range(0x80, 0xC0))


class LogMissing(AntError):
    """The log is not there."""

    kind: ClassVar[str] = "log_missing"


class LogUnreadable(AntError):
    """The log is there, but cannot be read."""

    kind: ClassVar[str] = "log_unreadable"


class LogFile:
    """One log, open for reading.

    What it shows is the file that was opened, also after another took its name; :meth:`changed` tells, and a new
    ``LogFile`` opens the other.

    Attributes:
        path: as given.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        """Open a log.

        Raises:
            LogMissing: there is no such file.
            LogUnreadable: it cannot be opened, or is no regular file.
        """
        self.path = os.fspath(path)
        self._fd = -1
        self._seen = 0  # how far this reader knows the file
        try:
            # O_NONBLOCK: a named pipe in the log's place must not make us wait for a writer.
            self._fd = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            regular = stat.S_ISREG(os.fstat(self._fd).st_mode)
        except (FileNotFoundError, NotADirectoryError):
            raise LogMissing(self._missing()) from None
        except OSError as error:
            raise self._unreadable(error) from error
        except ValueError:
            raise LogMissing(f"There is no log at {plain(self.path)}: no file can have that name.") from None
        if not regular:
            self.close()
            raise LogUnreadable(f"{plain(self.path)} is not a file that a log could be read from; look what it is.")

    def _missing(self) -> str:
        """Why there may be nothing: a log may be a link to a file that is its user's to move."""
        if os.path.islink(self.path):
            theirs = plain(os.path.realpath(self.path))
            return f"The output file {theirs} is not there any more: it was moved or removed."
        return f"There is no log at {plain(self.path)}: the task did not start, or its log was removed."

    def _unreadable(self, error: OSError) -> LogUnreadable:
        return LogUnreadable(
            f"The log {plain(self.path)} cannot be read: {error.strerror or error}; check its permissions and its disk."
        )

    def __enter__(self) -> LogFile:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; closing again does nothing."""
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def size(self) -> int:
        """The size in bytes, now."""
        try:
            return os.fstat(self._fd).st_size
        except OSError as error:
            raise self._unreadable(error) from error

    def changed(self) -> Change:
        """What happened to the file since this was last asked, or since it was read further.

        Returns:
            ``"missing"``: nothing has its name now; ``"replaced"``: another file has; ``"truncated"``: it is shorter
            than what was known of it, so offsets mean nothing any more; ``"grown"``; or ``"same"``. A file that is
            truncated and then grows past its old end between two calls cannot be told from one that grew.

        Raises:
            LogUnreadable: the directory cannot be looked at.
        """
        size = self.size()
        try:
            there, here = os.stat(self.path), os.fstat(self._fd)
        except (FileNotFoundError, NotADirectoryError):
            return "missing"
        except OSError as error:
            raise self._unreadable(error) from error
        if (there.st_dev, there.st_ino) != (here.st_dev, here.st_ino):
            return "replaced"
        before, self._seen = self._seen, size
        if size == before:
            return "same"
        return "truncated" if size < before else "grown"

    def read(self, offset: int, length: int) -> bytes:
        """Read a part.

        Args:
            offset: bytes from the beginning, >= 0; past the end there is nothing.
            length: bytes at most, >= 0.

        Raises:
            LogUnreadable: the disk or the network failed.
        """
        if offset < 0 or length < 0:
            raise ValueError(f"offset {offset} and length {length} must not be negative")
        end = min(offset + length, self.size())
        parts: list[bytes] = []
        at = offset
        try:
            while at < end and (part := os.pread(self._fd, end - at, at)):
                parts.append(part)
                at += len(part)
        except OSError as error:
            raise self._unreadable(error) from error
        if parts:
            self._seen = max(self._seen, at)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def holes(self) -> list[Hole]:
        """The parts ``[start, end)`` that were removed from its middle, in order; ``read`` gives NULs for them.

        Raises:
            LogUnreadable: the disk or the network failed.
        """
        try:
            return holes(self._fd)
        except OSError as error:
            raise self._unreadable(error) from error

    def read_on(self, offset: int, limit: int = _MAX_BYTES) -> tuple[bytes, int]:
        """Read for showing: what stands from ``offset`` on, with one line in the place of each part that was removed.

        Args:
            offset: bytes from the beginning, >= 0.
            limit: bytes of the log at most, >= 1.

        Returns:
            What there is, and the offset at which to go on. Nothing, and the same offset, when nothing was appended,
            and when the file was cut below ``offset``: :meth:`changed` tells which.

        Raises:
            LogUnreadable: the disk or the network failed.
        """
        parts: list[bytes] = []
        at, left = offset, limit
        for start, end in self.holes():
            if end <= at:
                continue
            if start > at + left:
                break
            if start > at:
                parts.append(self.read(at, start - at))
                left -= start - at
                if not parts[-1].endswith(b"\n"):
                    parts.append(b"\n")
            parts.append(removed_line(end - max(start, at)))
            at = end
        rest = self.read(at, left)
        return b"".join((*parts, rest)), at + len(rest)

    def tail_start(self, lines: int, max_bytes: int = _MAX_BYTES) -> int:
        """Where the last lines begin.

        Args:
            lines: >= 1; a newline at the very end begins no line.
            max_bytes: go back no further than this, even if that cuts a line (never inside a UTF-8 character).

        Returns:
            An offset.
        """
        if lines < 1 or max_bytes < 1:
            raise ValueError(f"{lines} lines, {max_bytes} bytes: at least one of each")
        end = self.size()
        lowest = max(end - max_bytes, 0)
        removed = self.holes()
        for hole in removed:
            if hole[0] < lowest < hole[1]:
                lowest = hole[0]
        at = end - 1 if self.read(max(end - 1, 0), 1) == b"\n" else end
        missing = lines
        while at > lowest:
            if removed and removed[-1][1] >= at:
                at = max(min(removed.pop()[0], at), lowest)
                continue
            start = max(at - _BLOCK, lowest, removed[-1][1] if removed else 0)
            block = self.read(start, at - start)
            cut = len(block)
            while (cut := block.rfind(b"\n", 0, cut)) >= 0:
                missing -= 1
                if not missing:
                    return start + cut + 1
            at = start
        if not lowest:
            return 0
        first = self.read(lowest, 3)
        return lowest + len(first) - len(first.lstrip(_UTF8_CONTINUATION))

    def tail(self, lines: int, max_bytes: int = _MAX_BYTES) -> bytes:
        """The last lines: as :meth:`tail_start`, read to the end as :meth:`read_on` does."""
        return self.read_on(self.tail_start(lines, max_bytes), max_bytes)[0]

    def head(self, lines: int, max_bytes: int = _MAX_BYTES) -> bytes:
        """The first lines, ``lines`` >= 1, but no more than ``max_bytes``, and none behind the first removed part.

        Both may cut a line.
        """
        if lines < 1 or max_bytes < 1:
            raise ValueError(f"{lines} lines, {max_bytes} bytes: at least one of each")
        removed = self.holes()
        if removed:
            max_bytes = min(max_bytes, removed[0][0])
        parts: list[bytes] = []
        at = 0
        while at < max_bytes and (block := self.read(at, min(_BLOCK, max_bytes - at))):
            newlines = block.count(b"\n")
            if newlines >= lines:
                end = -1
                for _ in range(lines):
                    end = block.index(b"\n", end + 1)
                parts.append(block[: end + 1])
                break
            lines -= newlines
            at += len(block)
            parts.append(block)
        return b"".join(parts)

    def head_and_tail(self, lines: int, max_bytes: int = _MAX_BYTES) -> tuple[bytes, int, bytes]:
        """The beginning and the end of a log of which not more than ``lines`` lines are to be shown.

        Args:
            lines: how many together, >= 2; the first half of them from the beginning, the other from the end.
            max_bytes: how many bytes together, at most, >= 2.

        Returns:
            The beginning, how many lines are hidden, the end. All is in the beginning when nothing is hidden. Where
            only a part of a line is hidden, that counts as one. A part that was removed from the middle is no hidden
            line; where it lies among them, the line about it ends the beginning.
        """
        if lines < 2 or max_bytes < 2:
            raise ValueError(f"{lines} lines, {max_bytes} bytes: at least two of each")
        begin = self.head(lines - lines // 2, max_bytes - max_bytes // 2)
        start = self.tail_start(lines // 2, max_bytes // 2)
        removed = [hole for hole in self.holes() if hole[0] >= len(begin) and hole[1] <= start]
        if start <= len(begin) or removed == [(len(begin), start)]:
            return self.read_on(0, max_bytes)[0], 0, b""
        hidden = max(self.count_newlines(len(begin), start), 1)
        if removed:
            newline = b"" if begin.endswith(b"\n") or not begin else b"\n"
            begin = b"".join((begin, newline, *(removed_line(end - at) for at, end in removed)))
        return begin, hidden, self.read_on(start, max_bytes // 2)[0]

    def count_newlines(self, start: int, end: int) -> int:
        """How many newlines there are in the bytes ``[start, end)``."""
        count = 0
        for hole_start, hole_end in (*self.holes(), (end, end)):
            stop = min(hole_start, end)
            while start < stop and (block := self.read(start, min(_COUNT_BLOCK, stop - start))):
                count += block.count(b"\n")
                start += len(block)
            start = max(start, hole_end)
        return count
