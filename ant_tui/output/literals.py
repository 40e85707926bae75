"""Which plain texts a regular expression cannot do without: finding those first makes its search many times faster.

Reads the pattern's syntax only as far as it is sure of it, and says nothing where it is not. No searching here.
"""

from __future__ import annotations

import re

__all__ = ["one_case", "required_literals", "required_together"]

_FLAGS = re.compile(r"\(\?[aiLmsux-]")
_HEX = "[0-9a-fA-F]"
_ESCAPE = re.compile(
    rf"\\(?:x{_HEX}{{2}}|u{_HEX}{{4}}|U{_HEX}{{8}}|N\{{[^}}]*\}}|0[0-7]{{0,2}}|[1-3][0-7]{{2}}|[1-9][0-9]?|.|$)",
    re.DOTALL,
)
"""One escape as a whole: a character by its number or name, a group that is referred to, or anything else."""

_WITH_KIN = "iks"
"""The letters of ASCII that are the same as others outside of it, but for their case: the dotless i, the long s, K of
Kelvin."""

_SHORTEST = 2


def required_literals(pattern: str) -> tuple[str, ...]:
    """Find texts one of which occurs in everything that a pattern matches.

    Args:
        pattern: a regular expression that compiles, without flags for verbose syntax.

    Returns:
        The texts, each at least two characters long; none when nothing can be said.
    """
    if _FLAGS.search(pattern):
        return ()
    return _of_alternatives(pattern)


def required_together(pattern: str) -> tuple[str, ...]:
    """Find texts all of which occur in everything that a pattern matches, so that the rarest can be looked for.

    Args:
        pattern: as for :func:`required_literals`.

    Returns:
        The texts, each at least two characters long; none when nothing can be said.
    """
    if _FLAGS.search(pattern):
        return ()
    alternatives = _split(pattern)
    if len(alternatives) > 1:
        return ()
    inner = _group_inside(pattern)
    if inner is not None:
        return required_together(inner)
    return tuple(dict.fromkeys(run for run in _runs(pattern) if len(run) >= _SHORTEST))


def one_case(text: str) -> str:
    """Find the longest part of a text that stands in everything that is the same text but for upper and lower case.

    Returns:
        The part; letters of ASCII in it may stand there in upper case. May be empty.
    """
    parts = [""]
    for letter in text:
        if letter.lower() not in _WITH_KIN if letter.isascii() else letter.lower() == letter == letter.upper():
            parts[-1] += letter
        else:
            parts.append("")
    return max(parts, key=len)


def _of_alternatives(pattern: str) -> tuple[str, ...]:
    found: list[str] = []
    for alternative in _split(pattern):
        inner = _group_inside(alternative)
        if inner is not None:
            literals = _of_alternatives(inner)
        else:
            longest = max(_runs(alternative), key=len, default="")
            literals = (longest,) if len(longest) >= _SHORTEST else ()
        if not literals:
            return ()
        found += literals
    return tuple(dict.fromkeys(found)) if len(found) <= 8 else ()


def _tokens(pattern: str) -> list[str]:
    """Cut a pattern into characters, escapes, classes, whole groups and quantifiers."""
    tokens: list[str] = []
    at = 0
    while at < len(pattern):
        end = at + 1
        if pattern[at] == "\\":
            end = _escape_end(pattern, at)
        elif pattern[at] == "[":
            end = _class_end(pattern, at)
        elif pattern[at] == "(":
            end = _group_end(pattern, at)
        elif pattern[at] == "{":
            end = pattern.find("}", at) + 1 or len(pattern)
        tokens.append(pattern[at:end])
        at = end
    return tokens


def _escape_end(pattern: str, at: int) -> int:
    found = _ESCAPE.match(pattern, at)
    assert found is not None  # of a backslash with anything behind it
    return found.end()


def _class_end(pattern: str, at: int) -> int:
    at += 2 if pattern[at + 1 : at + 2] == "^" else 1
    at += pattern[at : at + 1] == "]"  # first in its class it is a character
    while at < len(pattern) and pattern[at] != "]":
        at += 2 if pattern[at] == "\\" else 1
    return at + 1


def _group_end(pattern: str, at: int) -> int:
    at += 1
    while at < len(pattern) and pattern[at] != ")":
        match pattern[at]:
            case "\\":
                at += 2
            case "[":
                at = _class_end(pattern, at)
            case "(":
                at = _group_end(pattern, at)
            case _:
                at += 1
    return at + 1


def _split(pattern: str) -> list[str]:
    """The alternatives of a pattern."""
    alternatives = [""]
    for token in _tokens(pattern):
        if token == "|":
            alternatives.append("")
        else:
            alternatives[-1] += token
    return alternatives


def _group_inside(alternative: str) -> str | None:
    """What is in the group that a pattern consists of, if it is one that captures or not and does no more."""
    if not alternative.startswith("(") or _group_end(alternative, 0) != len(alternative):
        return None
    if not alternative.startswith("(?"):
        return alternative[1:-1]
    return alternative[3:-1] if alternative.startswith("(?:") else None


def _runs(alternative: str) -> list[str]:
    """The stretches of characters that stand for themselves and occur at least once."""
    runs = [""]
    for token in _tokens(alternative):
        if token in ("*", "?") or token[0] == "{":
            runs[-1] = runs[-1][:-1]
            runs.append("")
        elif token == "+" or token in (".", "^", "$") or token[0] in "[(":
            runs.append("")
        elif token[0] != "\\":
            runs[-1] += token
        elif len(token) == 2 and token[1].isascii() and not token[1].isalnum():
            runs[-1] += token[1]
        else:
            runs.append("")
    return runs
