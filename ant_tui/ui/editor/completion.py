"""Completing what is typed into a field: directories from the disk, conda environments from conda.

Nothing here keeps the screen waiting: the disk is asked in a thread, and conda (which takes a second) in one that
nobody waits for, once.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Callable, Mapping

from textual.suggester import Suggester

__all__ = ["CondaEnvironments", "CondaSuggester", "FolderSuggester", "completed_folder"]

_CONDA_PATIENCE_S = 20.0


def completed_folder(text: str, here: str) -> str | None:
    """The first directory by name that goes on with a text; None where there is none.

    Args:
        text: a path as typed; may begin with ``~`` or be relative.
        here: where relative ones begin.
    """
    head, _, start = text.rpartition("/")
    if not text or (text.startswith("~") and "/" not in text):
        return None
    base = os.path.join(here, os.path.expanduser(f"{head}/" if "/" in text else ""))
    try:
        with os.scandir(base) as entries:
            names = [
                entry.name for entry in entries
                if entry.name.startswith(start) and (start or not entry.name.startswith(".")) and entry.is_dir()
            ]  # fmt: skip
    except OSError:
        return None
    shown = sorted(name for name in names if name.isprintable())
    if not shown or (len(shown) == 1 and shown[0] == start):
        return None
    return f"{text[: len(text) - len(start)]}{shown[0]}/"


class FolderSuggester(Suggester):
    """Suggests directories."""

    def __init__(self, here: str | Callable[[], str]) -> None:
        """Complete relative paths from a directory, or from one that is asked for each time."""
        super().__init__(use_cache=False, case_sensitive=True)
        self._here = here

    async def get_suggestion(self, value: str) -> str | None:
        """Look at the disk."""
        here = self._here if isinstance(self._here, str) else self._here()
        return await asyncio.to_thread(completed_folder, value, here)


class CondaEnvironments:
    """Which environments conda knows; asked once for each program and remembered."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._known: dict[str, tuple[str, ...]] = {}

    def names(self, environ: Mapping[str, str], answer: Callable[[tuple[str, ...]], None]) -> None:
        """Ask for the names; the answer comes from another thread, or at once where it is known.

        Args:
            environ: where conda is looked for.
            answer: told the names; none where there is no conda.
        """
        program = shutil.which("conda", path=environ.get("PATH")) or environ.get("CONDA_EXE", "")
        if not program or program in self._known:
            answer(self._known.get(program, ()))
            return

        def ask() -> None:
            self._known[program] = _ask(program)
            answer(self._known[program])

        threading.Thread(target=ask, name="conda env list", daemon=True).start()


def _ask(program: str) -> tuple[str, ...]:
    command = [program, "env", "list", "--json"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_CONDA_PATIENCE_S, check=False
        )
        paths = json.loads(done.stdout)["envs"]
        return tuple(name for name in dict.fromkeys(_name(str(path)) for path in paths) if name.isprintable())
    except (OSError, subprocess.SubprocessError, ValueError, KeyError, TypeError):
        return ()  # then nothing is completed; what is typed counts all the same


def _name(path: str) -> str:
    """The name of an environment by its directory; one without a name keeps its path."""
    head, name = os.path.split(path.rstrip("/"))
    if os.path.basename(head) == "envs":
        return name
    return "base" if os.path.isdir(os.path.join(path, "condabin")) else path


class CondaSuggester(Suggester):
    """Suggests names of environments, and directories."""

    def __init__(self, here: str) -> None:
        """Know no names yet."""
        super().__init__(use_cache=False, case_sensitive=True)
        self.names: tuple[str, ...] = ()
        self._here = here

    async def get_suggestion(self, value: str) -> str | None:
        """A name that begins so, or a directory."""
        if "/" in value:
            return await asyncio.to_thread(completed_folder, value, self._here)
        return next((name for name in self.names if value and name.startswith(value) and name != value), None)
