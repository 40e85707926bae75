"""The doctor's look at ``[notify]``: whether who is to be told of ended tasks can be told. Nothing is sent or run."""

from __future__ import annotations

import os
import re
import subprocess
from urllib.parse import urlsplit

from ant_tui.cli.findings import Finding

__all__ = ["notify"]

_CHECK = "notify"
_FIX = "ant-tui config edit"
_SHELL = "/bin/sh"
_PATIENCE_S = 5.0
_FIRST_WORD = re.compile(r"\s*(?:[A-Za-z_][A-Za-z0-9_]*=[^\s'\"$`\\]*\s+)*([A-Za-z0-9_./+~-]+)(?=\s|;|$)")
"""The program of a simple command, behind its variables; of others, what runs is known only when they run."""


def notify(option: str | None) -> Finding:
    """Whether the command exists and the address can be one.

    Args:
        option: the settings file that was named, if one was.
    """
    from ant_tui import paths
    from ant_tui.config import load_settings
    from ant_tui.errors import AntError

    try:
        told = load_settings(paths.chosen_config_file(option)).notify
    except AntError:
        return Finding(_CHECK, "warning", "Nothing can be said about it while the settings have mistakes.", _FIX)
    problems = [problem for problem in (_of_command(told.command), _of_address(told.webhook)) if problem]
    if problems:
        return Finding(_CHECK, "error", " ".join(problems), _FIX)
    ways = [name for name in ("bell", "desktop", "command", "webhook") if getattr(told, name)]
    if ways and not told.states:
        return Finding(_CHECK, "warning", "notify.states names no end, so nobody is ever told.", _FIX)
    return Finding(
        _CHECK, "ok", f"Told of ended tasks: {', '.join(ways)}." if ways else "Nobody is told of ended tasks."
    )


def _of_command(command: str) -> str:
    """What is wrong with ``notify.command``, as a sentence."""
    if not command.strip():
        return ""
    try:
        if _shell("-n", "-c", command).returncode:
            return "notify.command is nothing that a shell understands."
        program = _FIRST_WORD.match(command)
        if program is not None and not _is_there(os.path.expanduser(program[1])):
            return f"notify.command runs {program[1]}, which is not there or cannot be run."
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        return f"notify.command cannot be checked: {error}."
    return ""


def _is_there(program: str) -> bool:
    """Whether a shell would find it: a file that may be run, or a name of the search path or of the shell's own."""
    if "/" in program:
        return os.path.isfile(program) and os.access(program, os.X_OK)
    return _shell("-c", 'command -v -- "$1"', "sh", program).returncode == 0


def _shell(*words: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([_SHELL, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S)


def _of_address(address: str) -> str:
    """What is wrong with ``notify.webhook``, as a sentence without the address, which may hold a secret."""
    if not address:
        return ""
    try:
        parts = urlsplit(address)
        possible = parts.hostname and parts.port != 0
    except ValueError:  # its text would quote the address
        possible = None
    return "" if possible else "notify.webhook is no address: check its host and port, as in https://host:443/path."
