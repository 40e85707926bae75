"""Reading shell text as far as this language needs it: quotes, escapes, comments, continuations, and our arguments.

The reader knows which parts of a text are quoted, where a comment begins, whether a line goes on, and where a whole
unquoted word is one of our arguments. It knows no commands and changes nothing; what it does not need to know (most of
a shell's grammar) it passes over. A quoted text inside ``"$(…)"`` is read as a shell reads it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Final, NamedTuple

from ant_tui.submission.arguments import INLINE_NAMES, MISSPELT
from ant_tui.submission.faults import Fault
from ant_tui.submission.groups import GROUP_START, read_group

__all__ = ["BLANKS", "Reader", "Span", "is_plain", "trim_end"]

BLANKS: Final = " \t\r\v\f"
"""What separates words, line breaks apart."""

_AT_WORD = r"(?<![^ \t\r\v\f\n;&|()<>])"  # at the start, or behind a blank or an operator
_UNQUOTED = re.compile(rf"""\$['(]|['"\\\n`]|<<|{_AT_WORD}(?:\#|ant_)""")
_SUBSTITUTED = re.compile(rf"""\$['(]|['"\\\n()`]|<<|{_AT_WORD}(?:\#|ant_)""")
_STOPS = {
    "": _UNQUOTED,
    "(": _SUBSTITUTED,
    "`": re.compile(r"[`\\]"),
    '"': re.compile(r'["\\`]|\$\('),
    "{": re.compile(r"""['"\\{}\[\]()]"""),
}
_NAMES = {'"': '"', "(": "$(", "`": "`", "{": "{ of ant_envar"}

_GOES_ON = re.compile(rf"\\[{BLANKS}]*\Z")
_ANSI_REST = re.compile(r"(?:[^'\\]|\\.)*'", re.DOTALL)
_STRING = {"'": re.compile(r"'[^']*'"), '"': re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)}
_LITERAL_STRING = {**_STRING, "'": re.compile(r"'(?:[^'\\]|\\.)*'", re.DOTALL)}
_PLAIN = re.compile(r"""(?:[^'"#$]++|'[^']*+'|"[^"]*+"|\$(?!'))*+""")
_ARGUMENT = re.compile(r"ant_[A-Za-z0-9_]*")
_LITERAL = re.compile(r"ant_envar[ \t]*=[ \t]*\{")
_VALUE_STOP = re.compile(rf"""[ \t\r\v\f\n'"\\]|{GROUP_START.pattern}""")
_HERE = re.compile(r"""<<(-?)[ \t]*(?:'([^'\n]+)'|"([^"\n]+)"|\\?([\w./-]+))""", re.ASCII)


class Span(NamedTuple):
    """From an offset up to, not including, another."""

    start: int
    end: int


def trim_end(text: str) -> str:
    """Take the blanks off the end of a text, but never the one that a backslash protects."""
    trimmed = text.rstrip(BLANKS)
    if len(trimmed) < len(text) and (len(trimmed) - len(trimmed.rstrip("\\"))) % 2:
        return text[: len(trimmed) + 1]
    return trimmed


def is_plain(line: str) -> bool:
    """Whether a line holds nothing that the reader would have to look at: no escape, comment or substitution.

    Quotes may be in it where they are closed on it and hold nothing of that kind either.
    """
    if "\\" in line or "`" in line or "$(" in line:  # some searches are faster than one pattern
        return False
    single, double, bare = "'" in line, '"' in line, "#" not in line
    if single != double and bare and "$'" not in line:
        return line.count("'" if single else '"') % 2 == 0
    return _PLAIN.fullmatch(line) is not None if single or double else bare


class Reader:
    """Reads one piece of shell text after another; what is open at the end of one is still open in the next.

    Attributes:
        arguments: where our arguments stood in the piece read last, ``name=value`` each.
        comment: where a comment began in it, or -1 (not set in a script, which keeps its comments).
        continuation: where the backslash was by which it goes on, or -1.
    """

    def __init__(self, *, script: bool) -> None:
        """Start outside of all quotes.

        Args:
            script: True to read a whole script in one piece, line breaks, comments and here-documents included;
                False to read a line piece by piece.
        """
        self._script = script
        self._open: list[tuple[str, int]] = []
        self._begin("", 0)

    def _begin(self, text: str, origin: int) -> None:
        self._text = text
        self._origin = origin
        self._glued = -1  # behind an escape: what stands here is no beginning of a word
        self._argument = 0
        self._here: list[tuple[bool, str]] = []
        self._lines: dict[str, list[int]] = {}
        self._contexts = [(0, self._open[-1][0] if self._open else "")]
        self.arguments: list[Span] = []
        self.comment = -1
        self.continuation = -1

    @property
    def in_double_quotes(self) -> bool:
        """Whether the next piece begins inside double quotes."""
        return bool(self._open) and self._open[-1][0] == '"'

    def read(self, text: str, origin: int = 0) -> None:
        """Read a piece.

        Args:
            text: the piece; without line breaks unless it is a script.
            origin: the offset of its beginning, added to those of faults.

        Raises:
            Fault: a quote is never closed, or an argument's value is.
        """
        self._begin(text, origin)
        at = 0
        while at < len(text):
            kind = self._open[-1][0] if self._open else ""
            stop = _STOPS[kind].search(text, at)
            if stop is None:
                return
            if kind == '"':
                at = self._in_double(stop[0], stop.start())
            elif kind == "`":
                at = self._in_backticks(stop[0], stop.start())
            elif kind == "{":
                at = self._in_literal(stop[0], stop.start())
            else:
                at = self._unquoted(stop[0], stop.start())

    def finish(self) -> None:
        """Say that nothing follows.

        Raises:
            Fault: something is still open.
        """
        if self._open:
            kind, offset = self._open[0]
            raise Fault(offset, self._never_closed(_NAMES[kind]))

    def context(self, offset: int) -> str:
        """What an offset of the piece read last stands in: a quote, ``$'``, a backtick, or nothing if unquoted."""
        kind = self._contexts[bisect_right(self._contexts, offset, key=lambda mark: mark[0]) - 1][1]
        return "" if kind in ("(", "{") else kind

    def _never_closed(self, what: str) -> str:
        if self._script:
            return f"this {what} is never closed."
        return f"this {what} is never closed on its line; in Multi every line is a task of its own."

    def _push(self, kind: str, at: int, length: int) -> int:
        self._open.append((kind, self._origin + at))
        self._contexts.append((at + length, kind))
        return at + length

    def _pop(self, at: int) -> int:
        self._open.pop()
        self._contexts.append((at, self._open[-1][0] if self._open else ""))
        return at + 1

    # -- unquoted text -----------------------------------------------------------------------------------------

    def _unquoted(self, stop: str, at: int) -> int:
        if stop == "\\":
            return self._escape(at)
        if stop in ("'", "$'"):
            return self._single(stop, at)
        if stop in ('"', "$(", "(", ")", "`"):
            return self._nested(stop, at)
        if stop == "\n":
            return self._after_here_documents(at)
        if stop == "<<":
            return self._here_document(at)
        if at == self._glued:
            return at + len(stop)
        return self._comment(at) if stop == "#" else self._word(at)

    def _escape(self, at: int) -> int:
        text = self._text
        if self._script:
            if at + 1 == len(text):
                raise Fault(self._origin + at, "the line goes on after this backslash, but the text ends here.")
        elif _GOES_ON.match(text, at):
            self.continuation = at
            return len(text)
        self._glued = at + 2
        return at + 2

    def _single(self, stop: str, at: int) -> int:
        inside = at + len(stop)
        if stop == "'":
            end = self._text.find("'", inside)
        else:
            rest = _ANSI_REST.match(self._text, inside)
            end = rest.end() - 1 if rest else -1
        if end < 0:
            raise Fault(self._origin + at, self._never_closed(stop))
        self._contexts.append((inside, stop))
        self._contexts.append((end, self._open[-1][0] if self._open else ""))
        return end + 1

    def _nested(self, stop: str, at: int) -> int:
        kind = self._open[-1][0] if self._open else ""
        if stop != ")":
            return self._push(stop[-1], at, len(stop))
        self._glued = at + 1 if kind == "(" else self._glued
        return self._pop(at) if kind == "(" else at + 1

    def _comment(self, at: int) -> int:
        if self._script:
            end = self._text.find("\n", at)
            return len(self._text) if end < 0 else end
        self.comment = at
        return len(self._text)

    def _word(self, at: int) -> int:
        if (literal := _LITERAL.match(self._text, at)) is not None:
            self._argument = at
            return self._push("{", literal.end() - 1, 1)
        name = _ARGUMENT.match(self._text, at)
        if name is None or self._text[name.end() : name.end() + 1] != "=":
            return at + len("ant_")
        if name[0] in MISSPELT:
            raise Fault(self._origin + at, f"{name[0]} is no argument; did you mean {MISSPELT[name[0]]}?")
        if name[0] not in INLINE_NAMES:
            return name.end()
        end = self._value_end(name.end() + 1)
        self.arguments.append(Span(at, end))
        return end

    def _value_end(self, at: int) -> int:
        text = self._text
        while (stop := _VALUE_STOP.search(text, at)) is not None:
            here = stop.start()
            if stop[0] in _STRING:
                at = self._string_end(stop[0], here)
            elif stop[0] == "\\":
                if _GOES_ON.match(text, here):
                    return here
                at = here + 2
            elif stop[0][0] == "{":
                at = self._group_end(here)
            else:
                return here
        return len(text)

    def _string_end(self, quote: str, at: int) -> int:
        string = _STRING[quote].match(self._text, at)
        if string is None:
            raise Fault(self._origin + at, self._never_closed(quote))
        return string.end()

    def _group_end(self, at: int) -> int:
        try:
            return read_group(self._text, at).end
        except Fault as fault:
            goes_on = None if self._script else _GOES_ON.search(self._text, at)
            if goes_on is None:
                raise Fault(self._origin + fault.offset, fault.sentence) from None
            return goes_on.start()

    # -- double quotes, backticks, and the braces of ant_envar -------------------------------------------------

    def _in_double(self, stop: str, at: int) -> int:
        if stop == '"':
            return self._pop(at)
        if stop == "\\":
            if at + 1 == len(self._text):
                self.continuation = at
            return at + 2
        return self._push(stop[-1], at, len(stop))

    def _in_backticks(self, stop: str, at: int) -> int:
        """Up to the next backtick nothing has a meaning, as in a shell."""
        if stop == "`":
            return self._pop(at)
        if not self._script and _GOES_ON.match(self._text, at):
            self.continuation = at
            return len(self._text)
        return at + 2

    def _in_literal(self, stop: str, at: int) -> int:
        if stop in "{[(":
            return self._push("{", at, 1)
        if stop == "\\":
            if not self._script and _GOES_ON.match(self._text, at):
                self.continuation = at
                return len(self._text)
            return at + 1
        if stop in _STRING:
            string = _LITERAL_STRING[stop].match(self._text, at)
            if string is None:
                raise Fault(self._origin + at, self._never_closed(stop))
            return string.end()
        end = self._pop(at)
        if not self._open or self._open[-1][0] != "{":
            self.arguments.append(Span(self._argument, end))
        return end

    # -- here-documents ----------------------------------------------------------------------------------------

    def _here_document(self, at: int) -> int:
        if self._text.startswith("<<<", at):
            return at + 3
        here = _HERE.match(self._text, at) if self._script else None
        if here is None:
            return at + 2
        self._here.append((bool(here[1]), here[2] or here[3] or here[4]))
        return here.end()

    def _after_here_documents(self, at: int) -> int:
        """Pass over the bodies that begin on the next line; one whose end never comes is none (``1<<2``)."""
        for tabs, word in self._here:
            if not self._lines:
                self._index_lines()
            ends = self._lines.get(("\t" if tabs else "") + word, [])
            after = bisect_right(ends, at)
            if after < len(ends):
                end = self._text.find("\n", ends[after])
                at = len(self._text) if end < 0 else end
        self._here.clear()
        return at + 1

    def _index_lines(self) -> None:
        start = 0
        for line in self._text.split("\n"):
            self._lines.setdefault(line, []).append(start)
            self._lines.setdefault("\t" + line.lstrip("\t"), []).append(start)
            start += len(line) + 1
