"""Taking ``name=value`` arguments out of a command, and reading what each of them holds.

What stays is the command byte for byte: of the blanks around an argument those behind it go with it (at the end of a
line, those before it), and nothing else is touched.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

from ant_tui.submission.arguments import INLINE_NAMES
from ant_tui.submission.faults import Fault
from ant_tui.submission.groups import GROUP_START, read_group, unquoted
from ant_tui.submission.lexer import BLANKS, Reader, Span, is_plain, trim_end
from ant_tui.submission.literals import read_json_string, read_object

__all__ = ["Given", "Taken", "take_arguments"]

_PIECE = re.compile(r"""'([^']*)'|"((?:[^"\\]|\\.)*)"|\\([ \t"'\\])|([^'"\\{;|<>&]+|[^'"])""", re.DOTALL)
_BARE = rf"""[^{BLANKS}\n'"\\{{;|<>&]*+"""
_PLAIN = re.compile(
    r"""(ant_(?<![^ \t\r\v\f\n;&|()<>]ant_)[A-Za-z0-9_]*)="""
    rf"""(?:'([^']*+)'|"([^"]*+)"|({_BARE}(?:(?<!ant_envar=)\{{(?!sweep[ \t]|rand[ \t]){_BARE})*+))"""
    rf"""([^{BLANKS}\n]?)[{BLANKS}]*+"""
)
_BALANCED = re.compile(r"""(?:[^'"]++|'[^']*+'|"[^"]*+")*+""")
_ENVAR = "ant_envar"
_AS_WRITTEN = re.compile(r"""[^'"\\{;|<>&]*""")
_BLANKS = re.compile(f"[{BLANKS}]*")
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


def take_arguments(text: str, known: Sequence[Span] | None = None, *, script: bool, plain: bool = False) -> Taken:
    """Take all arguments out of a command.

    Only whole unquoted words are arguments: ``my_ant_n_gpus=7`` and ``"ant_n_gpus=7"`` are part of the command.

    Args:
        text: a logical line, or a whole script.
        known: where the arguments stand, if somebody has read the text before.
        script: which of the two.
        plain: True for a line of which ``is_plain`` has said so.

    Raises:
        Fault: something in it is never closed, or an argument's value cannot be read at all.
    """
    if known is None:
        if (plain or (not script and is_plain(text))) and (taken := _take_plain(text)) is not None:
            return taken
        reader = Reader(script=script)
        reader.read(text)
        reader.finish()
        known = reader.arguments
    if not known:
        return Taken(text, {}, ((0, 0),))
    values = {}
    for span in known:
        equals = text.index("=", span.start)
        name = text[span.start : equals].rstrip(BLANKS)
        values[name] = Given(_value(name, text, equals + 1, span.end), span.start)
    return _without(text, known, values)


def _take_plain(text: str) -> Taken | None:
    """Take the arguments out of a plain line at a fraction of the reader's cost; None where only it can tell."""
    values: dict[str, Given] = {}
    spans: list[tuple[int, int]] = []
    at = lead = 0
    objects = text.count(_ENVAR)
    while (match := _PLAIN.search(text, at)) is not None:
        start, end = match.span()
        name, single, double, bare, odd = match.groups()
        if name not in INLINE_NAMES or (start > at and not _BALANCED.fullmatch(text, at, start)):
            return None
        value: object = bare or single or double or ""
        if name == _ENVAR:
            objects -= 1
            if odd != "{" or bare != "":
                return None
            try:
                value, end = read_object(text, match.start(5))
            except Fault:
                return None
            if end < len(text) and text[end] not in BLANKS:
                return None
            end = _after_blanks(text, end)
        elif odd:
            return None
        values[name] = Given(value, start)
        spans.append((start, end))
        if start == lead:
            lead = end
        at = end
    if objects:  # one that stands otherwise
        return None
    if lead == at < len(text):
        return Taken(text[lead:], values, ((0, lead),))
    return _without(text, spans, values)


def _without(text: str, spans: Sequence[tuple[int, int]], values: Mapping[str, Given]) -> Taken:
    parts: list[str] = []
    kept: list[tuple[int, int]] = []
    length = done = 0
    for start, end in spans:
        after = _after_blanks(text, end)
        if start > done:
            part = text[done:start]
            if after == len(text) or text[after] == "\n":
                part = trim_end(part)
            kept.append((length, done))
            parts.append(part)
            length += len(part)
        done = after
    kept.append((length, done))
    parts.append(text[done:])
    body = "".join(parts)
    command = body.lstrip(BLANKS + "\n")
    if lead := len(body) - len(command):
        kept = [(here - lead, there) for here, there in kept]
    return Taken(trim_end(command).rstrip("\n"), values, kept)


def _after_blanks(text: str, at: int) -> int:
    match = _BLANKS.match(text, at)
    return match.end() if match else at


def _value(name: str, text: str, at: int, until: int) -> object:
    """Read the value that stands from one offset up to another."""
    if name == _ENVAR:
        at = _after_blanks(text, at)
        if text[at : at + 1] != "{":
            raise Fault(at, 'ant_envar needs an object: ant_envar={"NAME": "value"}.')
        value, end = read_object(text, at)
        if end < len(text) and text[end] not in BLANKS + "\n":
            raise Fault(end, "a blank must follow the closing brace of ant_envar.")
        return value
    raw = text[at:until]
    if name in _COMMANDS and (command := read_json_string(raw)) is not None:
        return command
    return _decoded(raw, at)


def _decoded(raw: str, offset: int) -> str:
    """A value as meant: quotes taken off as a shell would, groups left whole, a lone backslash left alone."""
    if _AS_WRITTEN.fullmatch(raw):
        return raw
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
