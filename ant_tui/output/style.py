"""How a stretch of task output looks: colours, attributes and link, as plain values, and the codes that change it.

No screen library here: a view turns these values into its own. Colours are integers so that a style is small and
hashes fast.
"""

from __future__ import annotations

from typing import NamedTuple

__all__ = ["PLAIN", "RGB", "Pen", "Style", "apply_sgr"]

RGB = 1 << 24
"""A colour with this bit is ``RGB | red << 16 | green << 8 | blue``; without it, an index 0..255 of the palette."""


class Style(NamedTuple):
    """How characters look.

    Attributes:
        fg: text colour: None for the terminal's own, 0..255 for the palette, from ``RGB`` on for true colour.
        bg: background, likewise.
        link: http or https address that the text points to, or "".
    """

    fg: int | None = None
    bg: int | None = None
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False
    reverse: bool = False
    strike: bool = False
    link: str = ""


PLAIN = Style()

_SWITCHES: dict[int, tuple[tuple[str, bool], ...]] = {
    1: (("bold", True),),
    2: (("dim", True),),
    3: (("italic", True),),
    4: (("underline", True),),
    7: (("reverse", True),),
    9: (("strike", True),),
    21: (("underline", True),),
    22: (("bold", False), ("dim", False)),
    23: (("italic", False),),
    24: (("underline", False),),
    27: (("reverse", False),),
    29: (("strike", False),),
}
_COLOUR_FIELDS = {38: "fg", 48: "bg", 58: ""}  # 58 is the underline's colour: read over, not kept


def _number(text: str) -> int:
    return int(text[:6]) if text.isdecimal() else 0


def _extended(parts: list[int]) -> tuple[int | None, int]:
    """Read what follows 38, 48 or 58.

    Returns:
        The colour, or None for one that makes no sense; and how many of the numbers it took.
    """
    match parts:
        case [5, index, *_]:
            return (index if index <= 255 else None), 2
        case [2, red, green, blue, *_]:
            good = red <= 255 and green <= 255 and blue <= 255
            return (RGB | red << 16 | green << 8 | blue if good else None), 4
        case _:
            return None, len(parts)


def apply_sgr(style: Style, parameters: str) -> Style:
    """Apply the parameters of one "select graphic rendition" sequence (``ESC [ parameters m``).

    Args:
        style: how text looked before.
        parameters: digits, ``;`` and ``:`` as they stand in the sequence. Codes that are unknown are passed over.

    Returns:
        How text looks from here on; the link stays.
    """
    now: dict[str, object] = style._asdict()
    groups = parameters.split(";")
    at = 0
    while at < len(groups):
        code, *rest = map(_number, groups[at].split(":"))
        at += 1
        if code in _COLOUR_FIELDS:
            if rest:  # 38:5:n, 38:2:r:g:b or 38:2:space:r:g:b
                colour, _ = _extended([2, *rest[2:]] if rest[0] == 2 and len(rest) > 4 else rest)
            else:
                colour, taken = _extended([_number(group) for group in groups[at : at + 4]])
                at += taken
            if colour is not None and _COLOUR_FIELDS[code]:
                now[_COLOUR_FIELDS[code]] = colour
        elif code == 4 and rest:
            now["underline"] = rest[0] != 0  # 4:3 is a curly underline, 4:0 is none
        else:
            _simple(now, code)
    return Style(**now)  # type: ignore[arg-type]  # the keys and types are those of _asdict


def _simple(now: dict[str, object], code: int) -> None:
    if code == 0:
        now.update(PLAIN._replace(link=str(now["link"]))._asdict())
    elif code in _SWITCHES:
        now.update(_SWITCHES[code])
    elif 30 <= code <= 37 or 90 <= code <= 97:
        now["fg"] = code - 30 if code < 90 else code - 82
    elif 40 <= code <= 47 or 100 <= code <= 107:
        now["bg"] = code - 40 if code < 100 else code - 92
    elif code in (39, 49):
        now["fg" if code == 39 else "bg"] = None


class Pen:
    """A style together with the styles that sequences lead to from it, so that each is worked out once."""

    __slots__ = ("next", "style")

    def __init__(self, style: Style) -> None:
        self.style = style
        self.next: dict[str, Pen] = {}
