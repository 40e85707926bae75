"""On which line of a TOML text something stands, and which comment stands above it.

``tomllib`` gives values without positions. Here a text is cut into its statements (a ``[table]`` line, or ``key =
value``, which may run over several lines), and each statement, being a TOML document of its own, is read by
``tomllib`` to learn which key it sets. So no rule about quoted, dotted or nested keys is written a second time.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any, NamedTuple

__all__ = ["Path", "Statement", "first_unreadable", "key_lines", "leaves", "statements"]

Path = tuple[str, ...]
"""A key with the tables that it lies in, outermost first."""

_TOKEN = re.compile(
    r'"""(?:[^\\]|\\.)*?"""'  # the opening quotes of a text over several lines hide everything up to the closing ones
    r"|'''.*?'''"
    r'|"(?:[^"\\\n]|\\[^\n])*"'
    r"|'[^'\n]*'"
    r"|\#[^\n]*"
    r"|[\[\]{}\n]",
    re.DOTALL,
)


class Statement(NamedTuple):
    """One statement of a TOML text.

    Attributes:
        line: number of its first line, from 1.
        text: what it says, without the comments above it.
        comment: the lines of comment directly above it, without their ``#``.
        path: the key that it sets or the table that it opens; empty when it cannot be read.
        value: what it sets; an empty table for a ``[table]`` line.
    """

    line: int
    text: str
    comment: tuple[str, ...]
    path: Path
    value: Any


def statements(text: str) -> Iterator[Statement]:
    """Cut a TOML text into statements, in the order of the file. A text with errors gives what can be read."""
    table: Path = ()
    comment: list[str] = []
    for line, piece in _pieces(text.replace("\r\n", "\n")):
        content = piece.strip()
        if content.startswith("#"):
            comment.append(content[1:].strip())
            continue
        if content:
            path, value = _read(content)
            if content.startswith("["):
                table = path
            elif path:
                path = table + path
            yield Statement(line, content, tuple(comment), path, value)
        comment = []


def key_lines(text: str) -> dict[Path, int]:
    """Every key, every value of an inline table and every table of a TOML text -> the line on which it begins."""
    lines: dict[Path, int] = {}
    for statement in statements(text):
        for depth in range(1, len(statement.path) + 1):
            lines.setdefault(statement.path[:depth], statement.line)
        for path, _ in leaves(statement.value, statement.path):
            lines.setdefault(path, statement.line)
    return lines


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """What is no table in nested tables, each with its path, in their order."""
    waiting = [(path, value)]  # no recursion: dots nest as deep as somebody cares to type
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(((*path, key), inner) for key, inner in reversed(value.items()))
        else:
            yield path, value


def first_unreadable(text: str) -> int:
    """The line of the first statement that is no TOML by itself; 1 when each is."""
    return next((statement.line for statement in statements(text) if not statement.path), 1)


def _pieces(text: str) -> Iterator[tuple[int, str]]:
    """Cut after each end of line that lies neither in a text nor between brackets; each piece with its first line."""
    start, line, depth = 0, 1, 0
    for token in _TOKEN.finditer(text):
        match token.group()[0]:
            case "[" | "{":
                depth += 1
            case "]" | "}":
                depth = max(0, depth - 1)
            case "\n" if not depth:
                yield line, text[start : token.start()]
                line += text.count("\n", start, token.end())
                start = token.end()
    yield line, text[start:]


def _read(content: str) -> tuple[Path, Any]:
    try:
        value: Any = tomllib.loads(content)
    except (ValueError, RecursionError):
        return (), None
    path: list[str] = []
    while isinstance(value, dict) and len(value) == 1:
        [(key, value)] = value.items()
        path.append(key)
        if content.startswith("[["):
            value = value[0] if isinstance(value, list) else value
    return tuple(path), value
