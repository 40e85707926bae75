"""Which of the caller's environment variables a task takes along (``--export``), and which it sets itself (``-e``)."""

from __future__ import annotations

import os

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

__all__ = ["assignments", "exported"]

_NOT_EXPORTED = frozenset(
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


def exported(choice: str, environ: Mapping[str, str], warn: Callable[[str], None]) -> dict[str, str]:
    """The variables that a task takes along.

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
        found = {name: value for name, value in environ.items() if name not in _NOT_EXPORTED}
    else:
        names = [name for name in choice.split(",") if name]
        missing = [name for name in names if name not in environ]
        if missing or not names:
            from ant_tui.errors import UsageError

            if not names:
                raise UsageError("--export takes all, none, or names of variables with commas between them.")
            raise UsageError(f"--export names {', '.join(missing)}, which is not set here.")
        found = {name: environ[name] for name in names}
    try:
        "".join(map("".join, found.items())).encode()
    except UnicodeEncodeError:
        for name in [name for name, value in found.items() if not _is_text(name + value)]:
            del found[name]
            warn(f"The variable {os.fsencode(name)!r} is not UTF-8 and was left out.")
    return found


def assignments(words: Iterable[str]) -> dict[str, str]:
    """Read ``NAME=VALUE`` words; the last of a name counts.

    Raises:
        UsageError: one of them is none.
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name.isidentifier() or not name.isascii():
            from ant_tui.errors import UsageError

            raise UsageError(f"-e takes NAME=VALUE, not {word!r}.")
        found[name] = value
    return found


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
