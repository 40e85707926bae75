"""A real terminal for a test: a private tmux server without anybody's settings, one window, one shell in it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from pathlib import Path

from tests.e2e.house import PATIENCE_S, until

__all__ = ["PROMPT", "Tmux"]

PROMPT = "ready$ "


class Tmux:
    """One window of a tmux server of its own."""

    def __init__(self, name: str, sockets: Path, env: Mapping[str, str], cwd: Path, width: int, height: int) -> None:
        """Open it and wait for the shell's prompt.

        Args:
            name: of the server; unique in ``sockets``.
            sockets: folder for the server's socket.
            env: environment of the shell.
            cwd: where the shell stands.
            width: columns.
            height: rows.
        """
        self._command = ["tmux", "-L", name, "-f", "/dev/null"]
        self._env = {**env, "TMUX_TMPDIR": str(sockets), "PS1": PROMPT, "TERM": "xterm-256color"}
        self._env.pop("ENV", None)
        size = ["-x", str(width), "-y", str(height)]
        self.do("new-session", "-d", *size, "-c", str(cwd), "-s", "main", "sh", "-i")
        self.until_shows(PROMPT.strip())

    def do(self, *words: str) -> str:
        """Run a tmux command; returns what it prints."""
        done = subprocess.run(
            [*self._command, *words], env=self._env, capture_output=True, text=True, timeout=PATIENCE_S, check=False
        )
        assert done.returncode == 0, f"tmux {' '.join(words)}: {done.stderr}"
        return done.stdout

    # -- what a person does ------------------------------------------------------------------------------------

    def press(self, *keys: str) -> None:
        """Press keys, named as tmux names them: Enter, C-c, x."""
        self.do("send-keys", "-t", "main", *keys)

    def write(self, text: str) -> None:
        """Type a text, letter by letter."""
        self.do("send-keys", "-t", "main", "-l", "--", text)

    def shell(self, line: str) -> None:
        """Type a line into the shell."""
        self.write(line)
        self.press("Enter")

    def resize(self, width: int, height: int) -> None:
        """Give the window another size."""
        self.do("resize-window", "-t", "main", "-x", str(width), "-y", str(height))

    # -- what a person sees ------------------------------------------------------------------------------------

    @property
    def screen(self) -> str:
        """The text on the screen."""
        return self.do("capture-pane", "-p", "-t", "main")

    @property
    def lines(self) -> list[str]:
        """The rows of the screen."""
        return self.screen.split("\n")

    def row(self, *words: str) -> str:
        """The first row with all of some words; empty when there is none."""
        return next((line for line in self.lines if all(word in line for word in words)), "")

    def until_shows(self, *words: str) -> str:
        """Wait until a row has all of some words; returns it."""
        return self._until(f"a row with {words}", lambda: self.row(*words))

    def until_hides(self, *words: str) -> None:
        """Wait until no row has all of some words."""
        self._until(f"no row with {words}", lambda: "" if self.row(*words) else "gone")

    def _until(self, what: str, ask: Callable[[], str]) -> str:
        try:
            return until(what, ask)
        except AssertionError as problem:
            raise AssertionError(f"{problem}\n{self.screen}") from None

    def flag(self, name: str) -> str:
        """What tmux knows of the window: ``alternate_on``, ``mouse_any_flag``, ``cursor_flag``, ``pane_pid`` …"""
        return self.do("display-message", "-p", "-t", "main", f"#{{{name}}}").strip()

    def until_clean(self) -> None:
        """Wait for the prompt of a terminal as a shell wants it: no alternate screen, no mouse, a cursor, echo."""
        flags = "#{alternate_on} #{mouse_any_flag} #{cursor_flag}"
        self._until(
            "the terminal is as it was",
            lambda: "yes" if self.do("display-message", "-p", "-t", "main", flags).split() == ["0", "0", "1"] else "",
        )
        self.shell("clear; stty -a")
        self.until_shows(" icanon ")
        self.until_shows(" echo ")

    def close(self) -> None:
        """End the server and whatever still runs in its window."""
        subprocess.run([*self._command, "kill-server"], env=self._env, capture_output=True, check=False)
