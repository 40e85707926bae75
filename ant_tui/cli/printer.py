"""What a verb may print: data on stdout, talk on stderr, colour only where somebody looks.

Whatever a task or a person wrote must have passed ``output.sanitise.plain`` before it comes here; ``Table`` does it
for its cells.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TextIO

__all__ = ["Printer"]

_COLOURS = {
    "running": "32",
    "starting": "32",
    "completed": "2",
    "completing": "33",
    "suspended": "33",
    "failed": "31",
    "timeout": "31",
    "out_of_memory": "31",
    "lost": "31",
    "cancelled": "35",
    "free": "32",
    "busy": "36",
    "external": "33",
    "disabled": "2",
    "ok": "32",
    "warning": "33",
    "error": "31",
    "heading": "1",
}


class Printer:
    """The two streams, and what is known of them.

    Attributes:
        json: whether stdout gets JSON documents instead of text.
        quiet: whether talk is left out.
        is_terminal: whether stdout is a terminal.
        gone: whether the reader of stdout has hung up, as ``head`` does when it has enough. That is no error, and what
            is printed afterwards is dropped; who prints without end looks here.
    """

    def __init__(self, *, json: bool = False, quiet: bool = False, colour: bool = True) -> None:
        """Look at the process's own streams, either of which may have been closed by the caller."""
        self.json = json
        self.quiet = quiet
        self.gone = False
        self._out: TextIO | None = sys.stdout
        self._err: TextIO | None = sys.stderr
        self.is_terminal = self._out is not None and self._out.isatty()
        plain = "NO_COLOR" in os.environ or os.environ.get("TERM") == "dumb"
        self._coloured = colour and not plain and self.is_terminal

    @property
    def width(self) -> int | None:
        """Cells that a line may take; None where lines are not cut because no terminal shows them."""
        if not self.is_terminal or self._out is None:
            return None
        try:
            return os.get_terminal_size(self._out.fileno()).columns or None
        except (OSError, ValueError):
            return None

    def line(self, text: str = "") -> None:
        """Print a line of data."""
        self.text(text + "\n")

    def text(self, text: str) -> None:
        """Print data that need not be a whole line."""
        if self._out is None or self.gone:
            return
        try:
            self._out.write(text)
        except UnicodeEncodeError:  # an old locale without UTF-8: better a mark than an error
            self.text(text.encode(self._out.encoding, "replace").decode(self._out.encoding))
        except BrokenPipeError:
            self.gone = True

    def bytes(self, data: bytes) -> None:
        """Print data as it is."""
        self.flush()
        if self._out is None or self.gone:
            return
        try:
            self._out.buffer.write(data)
        except BrokenPipeError:
            self.gone = True

    def document(self, document: Any) -> None:
        """Print one JSON document: on one line for programs, indented for people."""
        import json

        self.line(json.dumps(document, indent=2 if self.is_terminal else None))

    def say(self, text: str) -> None:
        """Tell the person something that is not the data."""
        if not self.quiet:
            self.complain(text)

    def complain(self, text: str) -> None:
        """Tell what went wrong, also when asked to be quiet."""
        if self._err is None:
            return
        self.flush()  # so that the two come in the right order where both are one terminal
        try:
            self._err.write(text + "\n")
            self._err.flush()
        except UnicodeEncodeError:
            self._err.write(text.encode("ascii", "backslashreplace").decode() + "\n")
        except OSError:
            pass  # nobody reads it; the exit code still tells

    def paint(self, text: str, word: str) -> str:
        """Colour a text as a state or another known word is coloured; unchanged where there is no colour."""
        code = _COLOURS.get(word) if self._coloured else None
        return f"\x1b[{code}m{text}\x1b[0m" if code else text

    def flush(self) -> None:
        """Hand over to the operating system what was printed.

        Raises:
            OSError: it cannot be written, as on a full disk.
        """
        if self._out is None or self.gone:
            return
        try:
            self._out.flush()
        except BrokenPipeError:
            self.gone = True
