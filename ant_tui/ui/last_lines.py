"""The last lines of a log as text: for the list of tasks, and for pages that tell about one."""

from __future__ import annotations

from ant_tui.output.log_file import LogFile, LogMissing, LogUnreadable
from ant_tui.ui.figures import count

__all__ = ["end_of_log", "last_lines"]

_MOST_BYTES = 256 * 1024


def end_of_log(path: str, most: int, most_bytes: int) -> tuple[str, ...]:
    """Read the end of a log as it would be seen.

    Args:
        path: the log; empty for none.
        most: lines, >= 1.
        most_bytes: how much is read.

    Returns:
        The lines, fewer where there are no more; none where there is no log.

    Raises:
        LogUnreadable: something else is in the way.
    """
    if not path:
        return ()
    from ant_tui.output.ansi_text import render_plain  # large, and most lists show no output

    try:
        with LogFile(path) as log:
            text = render_plain(log.tail(most, most_bytes))
    except LogMissing:
        return ()
    return tuple(text.split("\n")[-most:]) if text else ()


def last_lines(path: str, most: int) -> list[tuple[str, str]]:
    """Read the end of a log.

    Args:
        path: the log; empty for none.
        most: lines, >= 1.

    Returns:
        Rows for a ``TextDialog``: a heading and the lines; none where there is no output.
    """
    try:
        lines = end_of_log(path, most, _MOST_BYTES)
    except LogUnreadable as problem:
        return [("", ""), ("output", problem.sentence)]
    if not any(lines):
        return []
    title = "Its last line of output" if len(lines) == 1 else f"Its last {count(len(lines), 'line')} of output"
    return [("", ""), ("", title), *((" ", line or " ") for line in lines)]
