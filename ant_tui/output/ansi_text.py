"""Task output as plain text, for a terminal, a pipe or an agent: what a person would see, without how it got there.

One-shot functions over bytes; following a growing log and styles are for ``line_terminal``.
"""

from __future__ import annotations

from ant_tui.output.line_terminal import LineTerminal

__all__ = ["looks_binary", "render_plain"]

_BINARY_SHARE = 0.3
_NOT_TEXT = bytes(code for code in range(0x20) if code not in b"\a\b\t\n\f\r\x1b")


def render_plain(data: bytes, *, window: int = 50) -> str:
    """Give the final text of output: carriage returns and cursor movements resolved, escape sequences removed.

    Args:
        data: output from its beginning, or from the beginning of a line.
        window: rows that the cursor may go back, 1..200.

    Returns:
        Printable lines, parted by newlines, without trailing blanks and without trailing empty lines. Memory is a
        few times that of ``data``.
    """
    terminal = LineTerminal(max_rows=None, window=window)
    terminal.feed(data)
    terminal.finish()
    return terminal.text()


def looks_binary(block: bytes) -> bool:
    """Whether a part of a log (some KiB of it) is not text: over 30 % is undecodable or control characters."""
    if not block:
        return False
    controls = len(block) - len(block.translate(None, _NOT_TEXT))
    undecodable = 0 if block.isascii() else block.decode("utf-8", "replace").count("\ufffd")
    return controls + undecodable > _BINARY_SHARE * len(block)
