"""Reading ``{sweep …}`` and ``{rand …}``: where such a group ends and which words it holds, not what they mean."""

from __future__ import annotations

import re
from typing import NamedTuple

from ant_tui.submission.faults import Fault

__all__ = ["GROUP_START", "Group", "Word", "read_group", "unquoted"]

GROUP_START = re.compile(r"(?<!\$)\{(?P<kind>sweep|rand)[ \t]")
"""The beginning of a group; ``${…}`` is the shell's own."""

_PLAIN = re.compile(r"""[^\n{}'"]*\}""")
_WORD = re.compile(r"[^ \t]+")
_STOP = re.compile(r"""[ \t\n{}'"]""")
_DOUBLE = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_ESCAPE = re.compile(r'\\(["\\$`])')


class Word(NamedTuple):
    """One word of a group: its text with the quotes taken off, whether it had any, and where it stands."""

    text: str
    quoted: bool
    offset: int


class Group(NamedTuple):
    """A group: ``kind`` is its first word, ``end`` the offset behind its closing brace."""

    kind: str
    words: tuple[Word, ...]
    start: int
    end: int


def read_group(text: str, at: int) -> Group:
    """Read the group that begins at an offset.

    Args:
        text: any text.
        at: where ``GROUP_START`` matches.

    Raises:
        Fault: the group is never closed, or a brace in it is not in quotes.
    """
    start = GROUP_START.match(text, at)
    if start is None:
        raise ValueError(f"no group at {at}")
    kind = start["kind"]
    here = start.end()
    if (plain := _PLAIN.match(text, here)) is not None:
        found = tuple([Word(word[0], False, word.start()) for word in _WORD.finditer(text, here, plain.end() - 1)])
        return Group(kind, found, at, plain.end())
    words: list[Word] = []
    while True:
        here = _skip_blanks(text, here)
        if text[here : here + 1] == "}":
            return Group(kind, tuple(words), at, here + 1)
        word, here = _word(text, here, at, kind)
        words.append(word)


def unquoted(text: str) -> str:
    """The content of a text in double quotes, given without them; backslash escapes ``"``, itself, ``$``, backtick."""
    return _ESCAPE.sub(r"\1", text) if "\\" in text else text


def _skip_blanks(text: str, at: int) -> int:
    while text[at : at + 1] in (" ", "\t"):
        at += 1
    return at


def _word(text: str, at: int, group: int, kind: str) -> tuple[Word, int]:
    pieces: list[str] = []
    quoted = False
    here = at
    while True:
        stop = _STOP.search(text, here)
        if stop is None or stop[0] == "\n":
            raise Fault(group, f"{{{kind} is never closed on its line; close it with }} (a value with # needs quotes).")
        pieces.append(text[here : stop.start()])
        here = stop.start()
        if stop[0] in " \t}":
            return Word("".join(pieces), quoted, at), here
        if stop[0] == "{":
            raise Fault(here, f"a brace inside {{{kind} …}} must be in quotes.")
        inside, here = _quoted(text, here)
        pieces.append(inside)
        quoted = True


def _quoted(text: str, at: int) -> tuple[str, int]:
    if text[at] == "'":
        end = text.find("'", at + 1)
        if end >= 0:
            return text[at + 1 : end], end + 1
    elif (match := _DOUBLE.match(text, at)) is not None:
        return unquoted(match[0][1:-1]), match.end()
    raise Fault(at, f"this {text[at]} is never closed.")
