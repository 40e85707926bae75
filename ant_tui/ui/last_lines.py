"""The last lines of a log as text, for pages that tell about a task."""

from __future__ import annotations

from ant_tui.output.ansi_text import render_plain
from ant_tui.output.log_file import LogFile, LogMissing, LogUnreadable
from ant_tui.ui.figures import count

__all__ = ["last_lines"]

_MOST_BYTES = 256 * 1024


def last_lines(path: str, most: int) -> list[tuple[str, str]]:
    """Read the end of a log.

    Args:
        path: the log; empty for none.
        most: lines, >= 1.

    Returns:
        Rows for a ``TextDialog``: a heading and the lines; none where there is no output.
    """
    if not path:
        return []
    try:
        with LogFile(path) as log:
            lines = render_plain(log.tail(most, _MOST_BYTES)).split("\n")[-most:]
    except LogMissing:
        return []
    except LogUnreadable as problem:
        return [("", ""), ("output", problem.sentence)]
    if not any(lines):
        return []
    title = "Its last line of output" if len(lines) == 1 else f"Its last {count(len(lines), 'line')} of output"
    return [("", ""), ("", title), *((" ", line or " ") for line in lines)]
