"""The one sanitiser: every string that comes from a task, a person or a machine passes here before it is shown.

A terminal obeys control characters wherever they come from, and invisible characters make two different texts look the
same. What comes out of here is printable, stands on one line, and says with visible marks what was taken out. Nothing
here knows about terminals' sequences (that is ``line_terminal``) or about a screen's markup. It is on the command
line's hot path, so it imports nothing.
"""

from __future__ import annotations

__all__ = ["INVISIBLE", "plain", "plain_lines"]

_NEWLINE = "⏎"
_HIDDEN = "·"  # something was here that shows nothing or reorders its neighbours
_NO_CHARACTER = "\ufffd"  # a lone surrogate, private use, or not assigned: nobody knows its shape or width

# Python calls these printable, yet they show nothing (Unicode: Default_Ignorable_Code_Point).
INVISIBLE = "\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef"
"""Characters that ``str.isprintable`` lets pass although they show nothing, as the inside of a regular expression's
character class."""

_LINE_BREAKS = "\n\x85\u2028\u2029"
_MARKS_LIMIT = 4096  # a hostile text may hold every character there is; the cache must not


def plain(text: str, *, newline: str = _NEWLINE) -> str:
    r"""Make a text safe to show on one line of a terminal.

    C0 controls and DEL become their pictures (ESC ``␛``, tab ``␉``), line breaks of every kind become ``newline``,
    C1 controls, bidirectional controls, zero-width and other format characters become ``·``, lone surrogates, private
    and unassigned characters U+FFFD, spaces of other widths become plain spaces. The emoji and text variation
    selectors U+FE00 to U+FE0F are dropped: terminals disagree on the width that they cause.

    Args:
        text: anything.
        newline: what stands for a line break; the caller's own text, taken as it is.

    Returns:
        Text for which ``str.isprintable`` holds (given a printable ``newline``). Applying it again changes nothing.
    """
    if text.isascii() and text.isprintable():
        return text
    text = text.replace("\r\n", "\n")
    if newline == _NEWLINE:
        return text.translate(_MARKS)
    for mark in _LINE_BREAKS[1:]:
        text = text.replace(mark, "\n")
    return newline.join([line.translate(_MARKS) for line in text.split("\n")])


def plain_lines(text: str) -> list[str]:
    r"""Make a text of several lines safe to show, line by line.

    Only ``\n`` and ``\r\n`` end a line, as they do in a file; a line break at the very end opens no further line.

    Returns:
        The lines, each as :func:`plain` gives it; none for an empty text.
    """
    lines = text.replace("\r\n", "\n").split("\n")
    if not lines[-1]:
        lines.pop()
    return [plain(line) for line in lines]


def _is_invisible(code: int) -> bool:
    return (
        code in (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x3164, 0xFFA0)
        or 0x180B <= code <= 0x180F
        or 0xE0100 <= code <= 0xE01EF
    )


def _mark(code: int) -> str:
    """What stands for one character, which may be the character itself."""
    character = chr(code)
    if character in _LINE_BREAKS:
        return _NEWLINE
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "␡"
    if 0xFE00 <= code <= 0xFE0F:
        return ""
    if character.isprintable():
        return _HIDDEN if _is_invisible(code) else character
    if character.isspace():
        return "  " if code == 0x3000 else " "  # U+3000 is as wide as two
    # Controls and format characters live below U+3000 (but for the byte order mark); above are lone surrogates, private
    # use, tags and what is not assigned.
    return _HIDDEN if code < 0x3000 or code == 0xFEFF else _NO_CHARACTER


class _Marks(dict[int, str]):
    """The table for ``str.translate``, filled with what has been met."""

    def __missing__(self, code: int) -> str:
        mark = _mark(code)
        if len(self) < _MARKS_LIMIT:
            self[code] = mark
        return mark


_MARKS = _Marks()
