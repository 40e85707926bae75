"""Taking ``name=value`` arguments out of a command, and reading what each of them holds.

What stays is the command byte for byte: of the blanks around an argument those behind it go with it (at the end of a
line, those before it), and nothing else is touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ant_tui.submission.faults import Fault
from ant_tui.submission.groups import GROUP_START, read_group, unquoted
from ant_tui.submission.lexer import BLANKS, Reader, Span, trim_end
from ant_tui.submission.literals import read_json_string, read_object

__all__ = ["Given", "Taken", "take_arguments"]

_PIECE = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\([ \t"'\\])|([^'"\\{;|<>&]+|[^'"])""", re.DOTALL)
_MISPLACED = re.compile(r"[;|<>]|&&|&$")
_COMMANDS = ("ant_command", "ant_resolved_command")


class Given(NamedTuple):
    """A value that was given, and the offset at which."""

    value: object
    offset: int


class Taken(NamedTuple):
    """A command without its arguments.

    Attributes:
        body: the command.
        values: the value of each argument, by name; text, or an object for ``ant_envar``. Of several the last.
        kept: (offset in ``body``, offset in the whole) of each part that was kept.
    """

    body: str
    values: Mapping[str, Given]
    kept: Sequence[tuple[int, int]]

    def source(self, at: int) -> int:
        """The offset in the whole of an offset in ``body``."""
        here, there = max(pair for pair in self.kept if pair[0] <= at)
        return there + at - here


def take_arguments(text: str, known: Sequence[Span] | None = None, *, script: bool) -> Taken:
    """Take all arguments out of a command.

    Only whole unquoted words are arguments: ``my_ant_n_gpus=7`` and ``"ant_n_gpus=7"`` are part of the command.

    Args:
        text: a logical line, or a whole script.
        known: where the arguments stand, if somebody has read the text before.
        script: which of the two.

    Raises:
        Fault: something in it is never closed, or an argument's value cannot be read at all.
    """
    if known is None:
        reader = Reader(script=script)
        reader.read(text)
        reader.finish()
        known = reader.arguments
    if not known:
        return Taken(text, {}, ((0, 0),))
    values = {}
    for span in known:
        name = text[span.start : text.index("=", span.start)].rstrip(BLANKS)
        values[name] = Given(_value(name, text, span), span.start)
    return _without(text, known, values)


def _without(text: str, spans: Sequence[Span], values: Mapping[str, Given]) -> Taken:
    parts: list[str] = []
    kept: list[tuple[int, int]] = []
    length = done = 0
    for start, end in [*spans, Span(len(text), len(text))]:
        part = text[done:start]
        while end < len(text) and text[end] in BLANKS:
            end += 1
        if end == len(text) or text[end] == "\n":
            part = trim_end(part)
        kept.append((length, done))
        parts.append(part)
        length += len(part)
        done = end
    body = "".join(parts)
    lead = len(body) - len(body.lstrip(BLANKS + "\n"))
    return Taken(trim_end(body[lead:]).rstrip("\n"), values, [(here - lead, there) for here, there in kept])


def _value(name: str, text: str, span: Span) -> object:
    at = text.index("=", span.start) + 1
    if name == "ant_envar":
        at += len(text[at : span.end]) - len(text[at : span.end].lstrip(BLANKS))
        if text[at : at + 1] != "{":
            raise Fault(at, 'ant_envar needs an object: ant_envar={"NAME": "value"}.')
        value, end = read_object(text, at)
        if end < len(text) and text[end] not in BLANKS + "\n":
            raise Fault(end, "a blank must follow the closing brace of ant_envar.")
        return value
    raw = text[at : span.end]
    if name in _COMMANDS and (command := read_json_string(raw)) is not None:
        return command
    return _decoded(raw, at)


def _decoded(raw: str, offset: int) -> str:
    """A value as meant: quotes taken off as a shell would, groups left whole, a lone backslash left alone."""
    pieces: list[str] = []
    at = 0
    while at < len(raw):
        if GROUP_START.match(raw, at):
            end = read_group(raw, at).end  # the lexer has seen it closed
            pieces.append(raw[at:end])
            at = end
            continue
        piece = _PIECE.match(raw, at)
        if piece is None:
            raise Fault(offset + at, f"this {raw[at]} is never closed.")
        single, double, escaped, bare = piece.groups()
        if double is not None:
            pieces.append(unquoted(double))
        elif bare is not None:
            if _MISPLACED.match(raw, at):
                raise Fault(offset + at, f"an argument ends at a blank: write one before {bare}, or quote the value.")
            pieces.append(bare)
        else:
            pieces.append(single if single is not None else escaped)
        at = piece.end()
    return "".join(pieces)
