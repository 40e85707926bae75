"""What a task that is written on the screen takes along from this process: variables and folder."""

from __future__ import annotations

import os

__all__ = ["carried_environment", "first_folder"]

_OF_THE_TERMINAL = frozenset(
    {
        "ANT_TUI_TASK", "COLUMNS", "LINES", "TERMCAP", "WINDOWID", "WINDOW", "TMUX", "TMUX_PANE", "STY", "SSH_TTY",
        "GPG_TTY", "_", "SHLVL", "PWD", "OLDPWD",
    }
)  # fmt: skip
"""Variables that belong to the terminal or the shell that the screen was started from."""


def carried_environment() -> dict[str, str]:
    """The variables of this process, without those of its terminal and without what is no text."""
    found: dict[str, str] = {}
    for name, value in os.environ.items():
        if name in _OF_THE_TERMINAL:
            continue
        try:
            f"{name}{value}".encode()
        except UnicodeEncodeError:
            continue  # bytes that are no UTF-8 cannot travel as text
        found[name] = value
    return found


def first_folder() -> str:
    """Where the screen was started; the home where that is gone."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.path.expanduser("~")
