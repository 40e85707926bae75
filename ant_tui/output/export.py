"""Writing a task's log into a file of the user's: what ran stands above, how it ended below. Never over another file.

The bytes of the log are taken as they are; what was removed from its middle has one line in its place.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from typing import ClassVar

from ant_tui.errors import AntError
from ant_tui.output.header import describe_header, job_of
from ant_tui.output.log_file import LogFile
from ant_tui.output.sanitise import plain

__all__ = ["ExportFailed", "export_log"]

_CHUNK = 1 << 20


class ExportFailed(AntError):
    """A log could not be written where it was wanted."""

    kind: ClassVar[str] = "export_failed"


def export_log(log_path: str, target: str, footer: Sequence[str] = ()) -> int:
    """Write one log.

    Args:
        log_path: the log in its job directory.
        target: the new file.
        footer: lines about how the task ended; none while it runs. Neither header nor footer is added to a log that
            has its own.

    Returns:
        Bytes of output that were written.

    Raises:
        LogMissing: there is no log.
        LogUnreadable: it cannot be read.
        ExportFailed: the file exists already, or cannot be written; what was begun is removed.
    """
    with LogFile(log_path) as log:
        job = job_of(log_path)
        own = bool(job.get("header_in_file"))
        above = [] if own or not job else [*describe_header(job), ""]
        below = [] if own or not footer else ["", *footer]
        try:
            descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
        except FileExistsError:
            raise ExportFailed(f"{plain(target)} exists already and was left as it is.") from None
        except OSError as error:
            raise _failed(target, error) from error
        try:
            with open(descriptor, "wb") as file:
                file.write(_text(above))
                written, last = _copy(log, file.write)
                if below:
                    file.write(b"" if last == b"\n" else b"\n")
                    file.write(_text(below))
        except BaseException as error:
            with contextlib.suppress(OSError):
                os.unlink(target)
            if isinstance(error, OSError):
                raise _failed(target, error) from error
            raise
    return written


def _copy(log: LogFile, write: Callable[[bytes], object]) -> tuple[int, bytes]:
    """Copy what the log holds now; returns how much that was, and its last byte."""
    end, at, written, last = log.size(), 0, 0, b"\n"
    while at < end:
        piece, after = log.read_on(at, min(_CHUNK, end - at))
        if not piece:
            break  # it was cut meanwhile
        write(piece)
        written += len(piece)
        at, last = after, piece[-1:]
    return written, last


def _text(lines: Sequence[str]) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode("utf-8", "replace")


def _failed(target: str, error: OSError) -> ExportFailed:
    return ExportFailed(f"{plain(target)} cannot be written: {error.strerror or error}.")
