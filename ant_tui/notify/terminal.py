"""What a screen writes to its terminal when a task ends: the bell, and a notice on the desktop. Text in, text out."""

from __future__ import annotations

from ant_tui.core.task import Task
from ant_tui.notify.notice import summary
from ant_tui.output.sanitise import plain

__all__ = ["terminal_sequences", "text_sequences"]

_LONGEST = 200
_TITLE = "ant-tui"
_BOTH = ("ghostty", "kitty", "wezterm")
"""Terminals that show a notice for each of the two sequences, and would show it twice."""


def terminal_sequences(task: Task, bell: bool, desktop: bool, terminal: str = "") -> str:
    """Make the sequences that tell of a task's end.

    Args:
        task: one that has ended.
        bell: see ``text_sequences``.
        desktop: see ``text_sequences``.
        terminal: see ``text_sequences``.
    """
    return text_sequences(summary(task.id, task.state.value, task.detail), bell, desktop, terminal)


def text_sequences(text: str, bell: bool, desktop: bool, terminal: str = "") -> str:
    """Make the sequences that tell something.

    Args:
        text: what to tell, from anywhere.
        bell: ring (BEL).
        desktop: a notice by OSC 9 (iTerm2, Windows Terminal and others) and by OSC 777 (urxvt, foot and others); a
            terminal that knows neither drops both.
        terminal: what ``TERM_PROGRAM`` or ``TERM`` says, so that no terminal shows the notice twice.

    Returns:
        What to write to the terminal as it is; empty when nothing is wanted. Nothing of the text can end a sequence
        or begin another.
    """
    written = ""
    if desktop:
        # A text that begins with a digit and a semicolon is a progress bar to some terminals: the title stands first.
        body = plain(text).replace(";", ",")[:_LONGEST]
        twice = any(name in terminal.lower() for name in _BOTH)
        written += "" if twice else f"\x1b]9;{_TITLE}: {body}\x07"
        written += f"\x1b]777;notify;{_TITLE};{body}\x07"
    return written + ("\x07" if bell else "")
