"""What a task takes along from where it is submitted: variables and folder of the command line, or of the screen.

Every submission pays for what is imported here, so it is nothing. What the scheduler does with it is not its business.
"""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["STAYS_BEHIND", "carried", "exported", "first_folder"]

STAYS_BEHIND = frozenset(
    (
        # of the task that this is called from, if it is
        "ANT_TUI_TASK",
        # of the caller's terminal, which the task does not have
        "COLUMNS",
        "LINES",
        "TERMCAP",
        "WINDOWID",
        "WINDOW",
        "TMUX",
        "TMUX_PANE",
        "STY",
        "SSH_TTY",
        "GPG_TTY",
        # the shell's own notes, which the task's shell makes anew
        "_",
        "SHLVL",
        "PWD",
        "OLDPWD",
    )
)
"""Variables that no task takes along unless they are named."""


def _silent(_: str) -> None:
    """Nobody is told."""


def carried(environ: Mapping[str, str], warn: Callable[[str], None] = _silent) -> dict[str, str]:
    """The variables that a task takes along where nothing else was said.

    Args:
        environ: the caller's environment.
        warn: told about variables that cannot be taken along, as they are no text.
    """
    return _texts({name: value for name, value in environ.items() if name not in STAYS_BEHIND}, warn)


def exported(choice: str, environ: Mapping[str, str], warn: Callable[[str], None]) -> dict[str, str]:
    """The variables that a task takes along by ``--export``.

    Args:
        choice: ``all``, ``none``, or names with commas between them.
        environ: the caller's environment.
        warn: told about variables that cannot be taken along.

    Raises:
        UsageError: a name is not set, so that the task would not find what it was promised.
    """
    word = choice.lower()
    if word == "none":
        return {}
    if word == "all":
        return carried(environ, warn)
    names = [name for name in choice.split(",") if name]
    missing = [name for name in names if name not in environ]
    if missing or not names:
        from ant_tui.errors import UsageError

        if not names:
            raise UsageError("--export takes all, none, or names of variables with commas between them.")
        raise UsageError(f"--export names {', '.join(missing)}, which is not set here.")
    return _texts({name: environ[name] for name in names}, warn)


def first_folder() -> str:
    """Where this process was started; the home where that is gone."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return os.path.expanduser("~")


def _texts(found: dict[str, str], warn: Callable[[str], None]) -> dict[str, str]:
    """Without the variables whose bytes are no UTF-8, which cannot travel as text."""
    try:
        "".join(map("".join, found.items())).encode()
    except UnicodeEncodeError:
        for name in [name for name, value in found.items() if not _is_text(name + value)]:
            del found[name]
            warn(f"The variable {os.fsencode(name)!r} is not UTF-8 and was left out.")
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
