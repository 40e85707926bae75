"""What a check of the doctor finds: how it is, a sentence, and the one command that mends it."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Literal

__all__ = ["Finding", "install", "output_of"]

_PATIENCE_S = 5.0


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        check: what was looked at, one word.
        status: ``ok``; ``warning``: works, but may disappoint later; ``error``: does not work.
        message: how it is, one sentence.
        fix: the command that mends it; empty where nothing needs mending.
    """

    check: str
    status: Literal["ok", "warning", "error"]
    message: str
    fix: str = ""


def output_of(command: Sequence[str], *, timeout: float = _PATIENCE_S) -> str | None:
    """What a program prints; None when it is not there, fails, or does not end in time."""
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout, check=True, text=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    return done.stdout.strip()


def install(package: str) -> str:
    """The command that installs a package here."""
    for program, words in (
        ("apt-get", "apt-get install"),
        ("dnf", "dnf install"),
        ("yum", "yum install"),
        ("pacman", "pacman -S"),
        ("zypper", "zypper install"),
        ("apk", "apk add"),
    ):
        if shutil.which(program):
            return f"sudo {words} {package}"
    return f"install the package {package}"
