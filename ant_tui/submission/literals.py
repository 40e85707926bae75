"""Reading the value of ``ant_envar={…}``: JSON and Python literals alike, with the offset of what is wrong.

``true`` and ``True``, ``null`` and ``None``, both kinds of quotes and a trailing comma are all understood, so that what
people have lying about in either notation works. Nothing is ever evaluated.
"""

from __future__ import annotations

import math
import re
from typing import Final

from ant_tui.submission.faults import Fault, excerpt

__all__ = ["read_json_string", "read_object"]

_DEEPEST = 50
_NO_CHARACTER = 0x110000  # the first number that is none
_LONGEST_NUMBER = 400
_SPACE = re.compile(r"[ \t\r\v\f\n]*")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_WORD = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_WORDS: Final[dict[str, object]] = {
    "true": True,
    "True": True,
    "false": False,
    "False": False,
    "null": None,
    "None": None,
}
_ITEM = re.compile(
    r"""(?:'([^'\\]*+)'|"([^"\\]*+)")[ \t\r\v\f\n]*+:[ \t\r\v\f\n]*+"""
    rf"""(?:'([^'\\]*+)'|"([^"\\]*+)"|({"|".join(_WORDS)})|"""
    rf"""([+-]?[0-9]{{1,18}})(?![0-9.eE])|((?>{_NUMBER.pattern})))"""
    r"""[ \t\r\v\f\n]*+(?:,[ \t\r\v\f\n]*+|(?=\}))"""
)
"""A name, its value and what must follow, where the value is no list, no object and no text with escapes."""
_WORD_ITEM, _WHOLE_ITEM, _NUMBER_ITEM = 5, 6, 7
_STRING = {"'": re.compile(r"'((?:[^'\\]|\\.)*)'", re.DOTALL), '"': re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)}
_ESCAPE = re.compile(r"\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "0": "\0", "\n": ""}
_PLAIN_ESCAPES = "\"'\\/"


def read_object(text: str, at: int) -> tuple[dict[str, object], int]:
    """Read the object that begins at an offset.

    Args:
        text: any text.
        at: the offset of its opening brace.

    Returns:
        The object, and the offset behind its closing brace.

    Raises:
        Fault: it is no object with texts as keys, a key comes twice, or it is nested more than 50 deep.
    """
    return _object(text, at, 0)


def read_json_string(text: str) -> str | None:
    """The content of a whole text that is one string in double quotes with JSON's escapes; None when it is not."""
    match = _STRING['"'].fullmatch(text)
    try:
        return None if match is None else _unescaped(match[1])
    except ValueError:
        return None


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, depth: int) -> tuple[object, int]:
    if depth > _DEEPEST:
        raise Fault(at, f"values may be nested {_DEEPEST} deep.")
    first = text[at : at + 1]
    if first == "{":
        return _object(text, at, depth)
    if first in ("[", "("):
        return _list(text, at, "]" if first == "[" else ")", depth)
    if first in ("'", '"'):
        return _string(text, at)
    if number := _NUMBER.match(text, at):
        return _number(number[0], at), number.end()
    if (word := _WORD.match(text, at)) and word[0] in _WORDS:
        return _WORDS[word[0]], word.end()
    found = word[0] if word else text[at : at + 10]
    raise Fault(at, f"{excerpt(found)} is no value; write texts in quotes, numbers, true, false, null, […] or {{…}}.")


def _object(text: str, at: int, depth: int) -> tuple[dict[str, object], int]:
    found: dict[str, object] = {}
    start = at
    at = _skip(text, at + 1)
    while text[at : at + 1] != "}":
        name_at = at
        usual = _ITEM.match(text, at) if depth < _DEEPEST else None
        name, at = (usual[1] or usual[2] or "", usual.end()) if usual is not None else _name(text, at, start)
        if name in found:
            raise Fault(name_at, f"{excerpt(name)} stands twice in these braces.")
        if usual is not None:
            found[name] = _usual_value(usual)
            continue
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            _refuse_end(text, at, start)
            raise Fault(at, f"a colon must follow the name {excerpt(name)}.")
        found[name], at = _value(text, _skip(text, at + 1), depth + 1)
        at = _comma(text, _skip(text, at), "}", start)
    return found, at + 1


def _usual_value(item: re.Match[str]) -> object:
    kind = item.lastindex
    if kind == _WHOLE_ITEM:
        return int(item[_WHOLE_ITEM])
    if kind == _NUMBER_ITEM:
        return _number(item[_NUMBER_ITEM], item.start(_NUMBER_ITEM))
    return _WORDS[item[_WORD_ITEM]] if kind == _WORD_ITEM else item[kind or 0]


def _name(text: str, at: int, start: int) -> tuple[str, int]:
    if text[at : at + 1] not in ("'", '"'):
        _refuse_end(text, at, start)
        raise Fault(at, "a name in quotes must stand here.")
    return _string(text, at)


def _list(text: str, at: int, closing: str, depth: int) -> tuple[list[object], int]:
    found: list[object] = []
    start = at
    at = _skip(text, at + 1)
    while text[at : at + 1] != closing:
        _refuse_end(text, at, start)
        value, at = _value(text, at, depth + 1)
        found.append(value)
        at = _comma(text, _skip(text, at), closing, start)
    return found, at + 1


def _comma(text: str, at: int, closing: str, start: int) -> int:
    if text[at : at + 1] == ",":
        return _skip(text, at + 1)
    if text[at : at + 1] != closing:
        _refuse_end(text, at, start)
        raise Fault(at, f"a comma or {closing} must stand here.")
    return at


def _refuse_end(text: str, at: int, start: int) -> None:
    if at >= len(text):
        raise Fault(start, f"this {text[start]} is never closed.")


def _string(text: str, at: int) -> tuple[str, int]:
    match = _STRING[text[at]].match(text, at)
    if match is None:
        raise Fault(at, f"this {text[at]} is never closed.")
    try:
        return _unescaped(match[1]), match.end()
    except ValueError:
        raise Fault(at, "this text holds an escape for a character that does not exist.") from None


def _unescaped(inside: str) -> str:
    if "\\" not in inside:
        return inside
    text = _ESCAPE.sub(_character, inside)
    return _SURROGATES.sub(lambda pair: pair[0].encode("utf-16", "surrogatepass").decode("utf-16"), text)


def _character(escape: re.Match[str]) -> str:
    code = escape[0][1:]
    if len(code) > 1:
        return chr(min(int(code[1:], 16), _NO_CHARACTER))
    return code if code in _PLAIN_ESCAPES else _ESCAPES.get(code, escape[0])


def _number(text: str, at: int) -> int | float:
    if len(text) > _LONGEST_NUMBER:
        raise Fault(at, f"a number has up to {_LONGEST_NUMBER} digits; put it in quotes.")
    if _WHOLE.fullmatch(text):
        return int(text)
    value = float(text)
    if math.isinf(value):
        raise Fault(at, f"{excerpt(text)} is too large for a number; put it in quotes.")
    return value
