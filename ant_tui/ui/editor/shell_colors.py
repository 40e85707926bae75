"""Which parts of a command are what, for the eye: strings, options, variables, and this program's own words.

Light and forgiving: it colours, it does not judge (that is ``submission``'s). What is open at the end of a line goes on
in the next. No widget and no colour here.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

__all__ = ["Piece", "pieces_of"]

_LONGEST = 20_000
"""Characters; a longer text stays plain, so that typing in it stays quick."""

_GROUP = re.compile(r"(?<!\$)\{(?:sweep|rand)[ \t][^}\n]*\}?")
_WORD_START = r"(?:(?<=[\s;&|()])|^)"


def _tokens(string: str) -> re.Pattern[str]:
    """What is told apart, with a spelling for strings."""
    return re.compile(
        rf"""
        (?P<group>{_GROUP.pattern})
      | (?P<argument>{_WORD_START}ant_[a-z_]+=(?:"(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s;&|'"]*))
      | (?P<comment>{_WORD_START}\#[^\n]*)
      | (?P<string>{string})
      | (?P<variable>\$(?:\{{[^}}\n]*\}}?|[A-Za-z_]\w*|[0-9@\#?$!*-]))
      | (?P<escape>\\.)
      | (?P<operator>[;&|<>]+|\\\n)
      | (?P<option>{_WORD_START}--?[A-Za-z][\w-]*)
      | (?P<word>[^\s;&|<>'"\\$\#{{]+|[\#{{])
        """,
        re.VERBOSE | re.MULTILINE | re.DOTALL,
    )


_SCRIPT = _tokens(r"""\$?'[^']*'?|"(?:[^"\\]|\\.)*"?""")
_LINES = _tokens(r"""\$?'[^'\n]*'?|"(?:[^"\\\n]|\\.)*"?""")
"""In Multi a quote ends with its line."""

_ASSIGNMENT = re.compile(r"[A-Za-z_]\w*=")
_AGAIN = frozenset({";", "&", "&&", "|", "||", "|&", ";;"})
"""Operators behind which a program's name stands."""
_KEYWORDS = frozenset(
    ("if", "then", "else", "elif", "fi", "for", "while", "until", "do", "done", "case", "esac", "in", "time", "exec")
)
_KINDS = {"group", "argument", "comment", "string", "variable", "operator", "option"}


class Piece(NamedTuple):
    """A part of one line: from a column up to, not including, another, and what it is."""

    start: int
    end: int
    kind: str


def pieces_of(text: str, *, multi: bool = False) -> list[list[Piece]]:
    """The coloured parts of every line.

    Args:
        text: a command, a script or a Multi text.
        multi: whether every line is a task.

    Returns:
        For each line its parts from left to right, a group in quotes behind its string; what is in none is plain.
        Kinds are ``argument``, ``comment``, ``group``, ``keyword``, ``operator``, ``option``, ``program``, ``string``
        and ``variable``.
    """
    lines: list[list[Piece]] = [[] for _ in range(text.count("\n") + 1)]
    if len(text) > _LONGEST:
        return lines
    starts = [0]
    for match in re.finditer("\n", text):
        starts.append(match.end())
    expects_program = True
    line = 0
    for match in (_LINES if multi else _SCRIPT).finditer(text):
        kind = str(match.lastgroup)
        while line + 1 < len(starts) and starts[line + 1] <= match.start():
            line += 1
            expects_program = text[starts[line] - 2 : starts[line] - 1] != "\\"
        if kind == "word":
            kind, expects_program = _word(match[0], expects_program)
        elif kind == "operator":
            expects_program = match[0] in _AGAIN
        elif kind not in ("argument", "comment", "variable"):
            expects_program = False
        if kind in _KINDS or kind in ("program", "keyword"):
            _put(lines, starts, line, Piece(match.start(), match.end(), kind))
        if kind == "string" and "{" in match[0]:
            for group in _GROUP.finditer(match[0]):
                first = match.start() + group.start()
                _put(lines, starts, bisect_right(starts, first) - 1, Piece(first, first + len(group[0]), "group"))
    return lines


def _word(word: str, expects_program: bool) -> tuple[str, bool]:
    if not expects_program:
        return "plain", False
    if word in _KEYWORDS:
        return "keyword", True
    if _ASSIGNMENT.match(word):
        return "variable", True
    return "program", False


def _put(lines: list[list[Piece]], starts: list[int], line: int, piece: Piece) -> None:
    """Cut a piece where lines end."""
    start, end, kind = piece
    while start < end:
        edge = starts[line + 1] if line + 1 < len(starts) else end + 1
        upto = min(end, edge - 1)
        if upto > start:
            lines[line].append(Piece(start - starts[line], upto - starts[line], kind))
        start = edge
        line += 1
