"""A line-oriented terminal: turns the bytes that a task wrote into rows of clean text with styles.

It is not a screen of fixed size but a growing list of rows in which the cursor may go back a little (the window):
what progress bars need, and nothing else. What it acts on: newline, carriage return, backspace, tab, colours and
attributes, cursor movement and erasing within the window, links. Every other sequence is dropped and never answered,
so nothing of a task's output can reach the real terminal. Here is the reading of bytes; ``canvas`` holds the rows. No
file access and no drawing. All bounds (of a sequence, a row, the rows) hold whatever is fed.
"""

from __future__ import annotations

import codecs
import re

from ant_tui.output.canvas import MAX_WINDOW, ROW_LIMIT, Canvas
from ant_tui.output.cells import is_narrow
from ant_tui.output.row import MAX_RUNS, Run, Runs
from ant_tui.output.sanitise import INVISIBLE, plain
from ant_tui.output.style import PLAIN, Pen, Style, apply_sgr

__all__ = ["MAX_SEQUENCE", "MAX_WINDOW", "ROW_LIMIT", "LineTerminal"]

MAX_SEQUENCE = 4096
"""Characters of an unfinished escape sequence that are kept; a longer one is junk and dropped."""

_SLICE = 64 * 1024  # bytes worked on at once: the feed of a whole log makes no copy of it
_MAX_LINK = 2083
_MAX_TURNS = 8192  # ways from one style to another that are remembered

_PLAIN_BYTES = bytes(range(0x20, 0x7F)) + b"\n"
_INVISIBLE = re.compile(f"[{INVISIBLE}]")
_SGR = re.compile(r"\x1b\[([0-9;:]{0,256})m")
_CONTROL = re.compile(  # all that is acted on or dropped, but for _SGR; other controls become pictures, as text
    r"[\x08\t\r]|(?P<nothing>[\x00\x07\x0e\x0f\x18\x1a]+)"
    r"|\x1b(?!\[[0-9;:]{0,256}m)(?:"
    r"\[(?P<parameters>[0-?]{0,4096})(?P<between>[ -/]{0,16})(?P<final>[@-~])"
    r"|\]8;[^;\x00-\x1f\x7f]{0,1024};(?P<link>[^\x00-\x1f\x7f]{0,4096})(?:\x07|\x1b\\)"
    r"|[\]PX^_][^\x07\x18\x1a\x1b\r\n]*(?:\x07|\x1b\\)"  # OSC, DCS, SOS, PM, APC up to their end
    r"|[ -/]{1,16}[0-~]|[0-OQ-WYZ\\`-~]"  # character sets, two-character sequences
    r"|(?P<cut>\[[0-?]{0,4096}[ -/]{0,16}|[\]PX^_][^\x07\x18\x1a\x1b\r\n]*(?:\x1b\Z)?|[ -/]{0,16}))"
)
_STRING_END = re.compile(r"[\x07\x18\x1a\x1b\r\n]")
_ALTERNATE = ("?1049", "?1047", "?47")


def _is_clean(text: str) -> bool:
    """Whether ``plain`` would leave a text as it is."""
    return text.isprintable() and (text.isascii() or _INVISIBLE.search(text) is None)


class LineTerminal(Canvas):
    """A canvas that is fed with a task's bytes. Not safe for use by several threads at once.

    Attributes:
        saw_full_screen: a program has switched to the alternate screen at some time.
    """

    def __init__(self, *, max_rows: int | None = 10_000, window: int = 50, max_chars: int = 16 << 20) -> None:
        """Make an empty terminal; the arguments are those of :class:`ant_tui.output.canvas.Canvas`."""
        super().__init__(max_rows=max_rows, window=window, max_chars=max_chars)
        self._pens = {PLAIN: Pen(PLAIN)}
        self._pen = self._pens[PLAIN]
        self._turns = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._undecoded = False  # the decoder holds the beginning of a character
        self._carry = ""  # the beginning of a sequence
        self._skipping = False  # inside a string sequence that grew too long
        self.saw_full_screen = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the output, cut anywhere."""
        if not data:
            return
        self.version += 1
        if len(data) <= _SLICE:
            self._feed_slice(data)
            return
        view = memoryview(data)
        for start in range(0, len(data), _SLICE):
            self._feed_slice(bytes(view[start : start + _SLICE]))

    def finish(self) -> None:
        """Say that nothing follows: half a character becomes a replacement mark, half a sequence is dropped."""
        rest = self._decoder.decode(b"", True)
        self._carry, self._skipping, self._undecoded = "", False, False
        if rest:
            self.version += 1
            self._print(rest)
            self._trim()

    def _feed_slice(self, data: bytes) -> None:
        if b"\r\n" in data:
            data = data.replace(b"\r\n", b"\n")
        if data.isascii() and not self._undecoded:
            text = data.decode("ascii")
            simple = not data.translate(None, _PLAIN_BYTES)
        else:
            text = self._decoder.decode(data)
            self._undecoded = bool(self._decoder.getstate()[0])
            simple = False
        if self._carry:
            text, self._carry = self._carry + text, ""
        if self._skipping:
            text = self._skip_string(text)
        head, newline, text = text.partition("\n")
        if head:
            self._line(head, unfinished=not newline)
        if newline:
            self._newline()
            lines, newline, tail = text.rpartition("\n")
            if newline:
                self._lines(lines, simple)
            if tail:
                self._line(tail, unfinished=True)
        self._trim()

    def _lines(self, text: str, simple: bool) -> None:
        """Take whole lines, the last one's end left out; ``simple`` when they are known to be clean."""
        if self._y == self.end_row:
            if not simple and "\x1b" not in text and "\r" not in text and "\b" not in text:
                if "\t" in text and text.isascii() and self._pen.style is PLAIN:
                    text = text.expandtabs(8)
                simple = _is_clean(text.replace("\n", " "))
            lines = text.split("\n")
            if simple and (len(text) <= ROW_LIMIT or max(map(len, lines)) <= ROW_LIMIT):
                self._extend(lines, self._pen.style)
                return
        for line in text.split("\n"):
            if line:
                self._line(line, unfinished=False)
            self._newline()

    def _skip_string(self, text: str) -> str:
        """Drop the rest of an overlong string sequence; give back what follows it."""
        found = _STRING_END.search(text)
        if found is None:
            return ""
        self._skipping = False
        return text[found.start() + (found[0] == "\x07") :]  # ESC stays: together with a backslash it is the end

    def _line(self, line: str, *, unfinished: bool) -> None:
        """Take a line, or the beginning of one, without its end."""
        if "\x1b" in line:
            if self._colours(line):
                return
        elif _is_clean(line):
            self._print(line)
            return
        elif "\r" in line and self._pen.style is PLAIN and self._returns(line):
            return
        at = 0
        for found in _CONTROL.finditer(line):
            start, end = found.span()
            if start > at:
                self._print(line[at:start])
            at = end
            if unfinished and at == len(line) and found["cut"] is not None:
                self._keep(found[0])
            else:
                self._act(found)
        if at < len(line):
            self._print(line[at:])

    def _colours(self, line: str) -> bool:
        """Take text in which colours are the only controls.

        Returns:
            False when there are others; nothing was done then.
        """
        if "\x1b[K" in line and self._at_row_end:
            line = line.replace("\x1b[K", "")  # nothing to erase there
        pieces = _SGR.split(line)
        if line.count("\x1b") != len(pieces) // 2 or not _is_clean("".join(pieces[::2])):
            return False
        text, runs = self._styled(pieces)
        if text:
            self._write(text, runs)
        return True

    def _returns(self, line: str) -> bool:
        """Take text in which carriage returns are the only controls, many redraws of a bar at once.

        Returns:
            False when the line needs a closer look; nothing was done then.
        """
        text = line.replace("\r", "")
        if not text or not is_narrow(text) or not _is_clean(text):
            return False
        head, *redraws = line.split("\r")
        if head:
            self._print(head)
        self._x = 0
        if any(redraws) and not self._redraw(redraws):
            for redraw in redraws:
                self._x = 0
                if redraw:
                    self._print(redraw)
        return True

    def _print(self, text: str) -> None:
        """Write text that may hold colours and invisible characters, but no controls."""
        if "\x1b" in text:
            pieces = _SGR.split(text)
            if not _is_clean("".join(pieces[::2])):
                pieces[::2] = map(plain, pieces[::2])
            text, runs = self._styled(pieces)
        else:
            if not _is_clean(text):
                text = plain(text)
            style = self._pen.style
            runs = () if style is PLAIN else ((0, len(text), style),)
        if text:
            self._write(text, runs)

    # Sequences.

    def _act(self, found: re.Match[str]) -> None:
        kind = found.lastgroup
        if kind == "final":
            if not found["between"]:
                self._command(found["final"], found["parameters"])
        elif kind == "link":
            self._link(found["link"])
        elif kind is None:
            control = found[0]
            if control == "\r":
                self._x = 0
            elif control == "\b":
                self._move(0, -1)
            elif control == "\t":
                self._tab()

    def _keep(self, sequence: str) -> None:
        """Keep the beginning of a sequence that the next feed may complete."""
        if len(sequence) <= MAX_SEQUENCE:
            self._carry = sequence
        elif sequence[1] != "[":
            self._print("\ufffd")  # there was something
            if sequence.endswith("\x1b"):
                self._carry = "\x1b"
            else:
                self._skipping = True

    def _command(self, final: str, parameters: str) -> None:
        """Act on a control sequence, CSI parameters final."""
        if final in "hl":
            if parameters in _ALTERNATE and final == "h":
                self.saw_full_screen = True
                self._enter_alternate()
            elif parameters in _ALTERNATE:
                self._leave_alternate()
            return
        if final not in "ABCDEFGHJKf" or parameters[:1] in ("<", "=", ">", "?"):
            return
        first, *others = [int(part[:6]) if part.isdecimal() else 0 for part in parameters.split(";")]
        count = max(first, 1)
        match final:
            case "A" | "B" | "E" | "F":
                self._move(count if final in "BE" else -count, 0)
                if final in "EF":
                    self._x = 0
            case "C" | "D":
                self._move(0, count if final == "C" else -count)
            case "G":
                self._move_to(None, count - 1)
            case "H" | "f":
                self._move_to(count - 1, max(others[0], 1) - 1 if others else 0)
            case "K" if first <= 2:
                self._erase_in_row(first)
            case "J" if first <= 2:
                self._erase_in_window(first)

    def _link(self, address: str) -> None:
        """Begin a link, or end one when the address is empty or not of a kind that a browser should open."""
        known = address.startswith(("http://", "https://")) and len(address) <= _MAX_LINK
        good = known and _is_clean(address) and " " not in address
        self._pen = self._pen_for(self._pen.style._replace(link=address if good else ""))

    # Styles.

    def _styled(self, pieces: list[str]) -> tuple[str, Runs]:
        """Make text and runs of pieces that are text and colour parameters by turns."""
        runs: list[Run] = []
        pen = self._pen
        at = len(pieces[0])
        if at and pen.style is not PLAIN:
            runs.append((0, at, pen.style))
        for index in range(1, len(pieces), 2):
            parameters = pieces[index]
            pen = pen.next.get(parameters) or self._turn(pen, parameters)
            piece = pieces[index + 1]
            if piece:
                end = at + len(piece)
                style = pen.style
                if style is not PLAIN:
                    if runs and runs[-1][2] is style and runs[-1][1] == at:
                        runs[-1] = (runs[-1][0], end, style)
                    else:
                        runs.append((at, end, style))
                at = end
        self._pen = pen
        return "".join(pieces[::2]), tuple(runs[:MAX_RUNS])

    def _turn(self, pen: Pen, parameters: str) -> Pen:
        """Work out where a colour sequence leads, and remember it as long as that stays small."""
        following = self._pen_for(apply_sgr(pen.style, parameters))
        if len(parameters) <= 64:
            pen.next[parameters] = following
        return following

    def _pen_for(self, style: Style) -> Pen:
        self._turns += 1
        if self._turns > _MAX_TURNS:
            self._turns = 0
            self._pens = {PLAIN: Pen(PLAIN)}
        known = self._pens.get(style)
        if known is None:
            known = self._pens[style] = Pen(style)
        return known
