"""Asking the person at the terminal before something is lost. Where nobody sits at one, nobody is asked."""

from __future__ import annotations

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call

__all__ = ["can_ask", "confirmed"]


def can_ask() -> bool:
    """Whether somebody sits at a terminal who can read a question and answer it."""
    streams = (sys.stdin, sys.stderr)
    return all(stream is not None and stream.isatty() for stream in streams)


def confirmed(call: Call, question: str) -> bool:
    """Ask a question on stderr; anything but ``y`` or ``yes`` means no, and so does the end of the input."""
    from ant_tui.output.sanitise import plain

    call.out.flush()
    sys.stderr.write(f"{plain(question)} [y/N] ")
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if not answer.endswith("\n"):
        sys.stderr.write("\n")
    return answer.strip().lower() in ("y", "yes")
