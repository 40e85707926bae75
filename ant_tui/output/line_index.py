"""Which line is where in a huge log, without remembering every line.

One number per 64 KiB of file: how many newlines there are up to the end of that block (2 GB of log: 256 KiB of index).
A line is found by bisecting these and looking into one block. Built in slices, so that a thread or an event loop can do
it beside other work, and continued as the log grows. Lines are numbered from 0.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left

from ant_tui.output.log_file import LogFile

__all__ = ["BLOCK", "LineIndex"]

BLOCK = 64 * 1024
_READ = 16 * BLOCK


class LineIndex:
    """Line numbers and offsets of a log, as far as it was looked through.

    One thread may call :meth:`extend` while others look things up.
    """

    def __init__(self, log: LogFile) -> None:
        """Make an empty index of ``log``, which stays the caller's to close."""
        self._log = log
        self._blocks = array("Q")  # newlines up to the end of each complete block
        self._indexed = 0
        self._counted = (0, False)  # newlines, and whether the last byte is none; one value, for other threads' sake

    @property
    def indexed(self) -> int:
        """How many bytes from the beginning were looked through."""
        return self._indexed

    @property
    def total_lines(self) -> int:
        """How many lines begin in what was looked through; an unfinished last one counts."""
        newlines, unfinished = self._counted
        return newlines + unfinished

    def extend(self, max_bytes: int = 64 << 20) -> bool:
        """Look through more of the log; begin again if it was truncated.

        Args:
            max_bytes: about how much to look at in this call.

        Returns:
            Whether all that is there now was looked through.

        Raises:
            LogUnreadable: the log cannot be read.
        """
        size = self._log.size()
        if size < self._indexed:
            self._counted = (0, False)
            self._blocks = array("Q")
            self._indexed = 0
        budget = max(max_bytes, 1)
        for begin, end in (*self._log.holes(), (size, size)):
            budget -= self._look_through(min(begin, size), budget)
            if self._indexed < begin:
                break
            self._pass_over(min(end, size))
        return self._indexed >= self._log.size()

    def _look_through(self, end: int, budget: int) -> int:
        """Count newlines up to an offset, or as far as some bytes go; returns how many bytes were looked at."""
        first = self._indexed
        end = min(end, first + budget)
        while self._indexed < end and (data := self._log.read(self._indexed, min(_READ, end - self._indexed))):
            at = 0
            while at < len(data):
                stop = min(at + BLOCK - self._indexed % BLOCK, len(data))
                newlines = self._counted[0] + data.count(b"\n", at, stop)
                self._indexed += stop - at
                if self._indexed % BLOCK == 0:
                    self._blocks.append(newlines)
                self._counted = (newlines, data[stop - 1] != 10)
                at = stop
        return max(self._indexed - first, 0)

    def _pass_over(self, end: int) -> None:
        """Take the whole blocks of a removed part for looked through: no line ends in them."""
        self._look_through(end, -self._indexed % BLOCK)
        blocks = (end - self._indexed) // BLOCK
        if blocks > 0:
            newlines = self._counted[0]
            self._blocks.extend(array("Q", [newlines]) * blocks)
            self._counted = (newlines, True)
            self._indexed += blocks * BLOCK

    def line_to_offset(self, line: int) -> int:
        """Where a line begins.

        Raises:
            IndexError: there is no such line in what was looked through, or the log has changed under the index.
        """
        if not 0 <= line < self.total_lines:
            raise IndexError(f"line {line} is not among the {self.total_lines} lines that are known")
        if line == 0:
            return 0
        block = bisect_left(self._blocks, line)
        data = self._block(block)
        nth = line - (self._blocks[block - 1] if block else 0)
        return block * BLOCK + _nth_newline(data, nth) + 1

    def offset_to_line(self, offset: int) -> int:
        """The number of the line that holds a byte.

        Raises:
            IndexError: the offset is outside of what was looked through.
        """
        if not 0 <= offset <= self._indexed:
            raise IndexError(f"offset {offset} is not within the {self._indexed} bytes that are known")
        block = min(offset // BLOCK, len(self._blocks))
        before = self._blocks[block - 1] if block else 0
        return before + self._block(block).count(b"\n", 0, offset - block * BLOCK)

    def _block(self, block: int) -> bytes:
        start = block * BLOCK
        return self._log.read(start, max(min(BLOCK, self._indexed - start), 0))


def _nth_newline(data: bytes, nth: int) -> int:
    """The index of the nth newline (from 1), found by halving."""
    low, high = 0, len(data)
    while high - low > 1:
        middle = (low + high) // 2
        count = data.count(b"\n", low, middle)
        if count >= nth:
            high = middle
        else:
            nth -= count
            low = middle
    if nth != 1 or data[low:high] != b"\n":
        raise IndexError("the log has changed since it was indexed")
    return low
