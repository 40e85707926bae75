"""Task ids: which texts can be one, and what templates of ids become."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType
from typing import Final, NoReturn

from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import Sources
from ant_tui.submission.faults import excerpt
from ant_tui.submission.phrases import ADJECTIVES, NOUNS

__all__ = ["TOKENS", "IdTemplates", "check_id", "draws_at_random", "has_tokens", "token_names"]

LONGEST_ID = 200
_LONGEST_TEMPLATE = 2000
_MOST_KNOWN = 256

_SAFE: Final = {"+": "-plus-", "&": "-and-", "/": "-slash-", "\\": "-backslash-"}
_TABLE = str.maketrans({**_SAFE, " ": "-"})
_REFUSED = {
    "Cc": "a control character",
    "Cf": "an invisible or direction-changing character",
    "Cs": "half a character",
    "Zl": "a line break",
    "Zp": "a line break",
    "Co": "a character that nobody else can show",
    "Cn": "a character that does not exist",
}
_USUAL = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,199}")
_RANGE = re.compile(r"\d+-\d+")

TOKENS = ("uuid", "uuid4", "uuid8", "date", "time", "datetime", "random_phrase", "phrase", "randint:A:B")
"""What may stand in the brackets of a template."""

_TOKEN = re.compile(r"(\[[^\]]*\]|\{[^}]*\}|uuid\.uuid4\(\))")
_RANDINT = re.compile(r"randint\s*:\s*([+-]?[0-9]{1,18})\s*:\s*([+-]?[0-9]{1,18})", re.ASCII)
_REFERENCE = re.compile(r"sweep[ \t]+(\S+)")
_NO_VALUES: Mapping[str, str] = MappingProxyType({})

_DRAWS: Final[Mapping[str, Callable[[Sources], str]]] = {
    "uuid": lambda sources: str(sources.uuid4()),
    "uuid4": lambda sources: str(sources.uuid4()),
    "uuid.uuid4()": lambda sources: str(sources.uuid4()),
    "uuid8": lambda sources: sources.random.getrandbits(32).to_bytes(4).hex(),
    "random_phrase": lambda sources: _phrase(sources),
    "phrase": lambda sources: _phrase(sources),
}
_TIMES: Final = {"date": "%Y%m%d", "time": "%H%M%S", "datetime": "%Y%m%d-%H%M%S"}


def check_id(text: str) -> str:
    r"""Make a text safe as a task's id, or say why it cannot be one.

    Blanks around it are dropped; a blank becomes ``-``, ``+`` ``-plus-``, ``&`` ``-and-``, ``/`` ``-slash-`` and ``\``
    ``-backslash-``. Doing it twice changes nothing.

    Args:
        text: as typed; a template is expanded before.

    Returns:
        The id: 1 to 200 bytes of UTF-8 that stand on one line and cannot be mistaken for a number, a range, a list,
        ``last``, an option or a directory.

    Raises:
        SubmissionError: it cannot be one; the sentence names what is in the way.
    """
    if _USUAL.fullmatch(text) and text != "last":
        return text  # as nearly all are; what follows would say the same
    trimmed = text.strip(" ")
    if not trimmed:
        _refuse("A task's id is empty; write one, or leave it out for a random one.")
    if trimmed.isascii() and trimmed.isprintable():
        made = trimmed.translate(_TABLE)
    else:
        made = "".join([_safe(char, trimmed) for char in trimmed])
    if len(made.encode()) > LONGEST_ID:
        _refuse(f"The id {excerpt(made)} is {len(made.encode()):,} bytes long; up to {LONGEST_ID} are possible.")
    if made in (".", ".."):
        _refuse(f"The id {excerpt(made)} would be taken for a directory; choose another.")
    if made.isdigit():
        _refuse(f"The id {excerpt(made)} is made of digits only and would be taken for a task's number; add a letter.")
    if made in ("last", "@") or _RANGE.fullmatch(made) or "," in made:
        _clash(made)
    if made.startswith("-"):
        _refuse(f"The id {excerpt(made)} begins with - and would be taken for an option; begin it otherwise.")
    return made


class IdTemplates:
    """Fills in many templates with the same chance and the same time: each token is understood once, drawn anew."""

    def __init__(self, sources: Sources) -> None:
        """Start with no token known.

        Args:
            sources: chance and time.
        """
        self._sources = sources
        self._known: dict[str, Callable[[], str]] = {}

    def expand(self, template: str, values: Mapping[str, str] = _NO_VALUES) -> str:
        """Fill in the tokens of one template.

        Tokens stand in square brackets or braces, in any case, with blanks around if you like: ``[uuid]`` (also
        ``[uuid4]`` and the text ``uuid.uuid4()``), ``[uuid8]``, ``[date]``, ``[time]``, ``[datetime]``,
        ``[random_phrase]`` or ``[phrase]``, ``[randint:A:B]`` (both ends included), and the names of ``values``. Empty
        brackets and brackets that are never closed stay as they are. Each token is drawn by itself.

        Args:
            template: as typed.
            values: what sweeps and columns are at this point; not looked at any further.

        Raises:
            SubmissionError: a token is not known, its numbers are none, or the template is too long.
        """
        if len(template) > _LONGEST_TEMPLATE:
            _refuse(f"The id {excerpt(template)} is longer than {_LONGEST_TEMPLATE:,} characters.")
        if "[" not in template and "{" not in template and "(" not in template:
            return template
        pieces = _TOKEN.split(template)
        for at in range(1, len(pieces), 2):
            token = pieces[at]
            value = _value(token, values) if values else None
            pieces[at] = self._drawn(token, values) if value is None else value
        return "".join(pieces)

    def _drawn(self, token: str, values: Mapping[str, str]) -> str:
        if (draw := self._known.get(token)) is None:
            draw = _draw(token, self._sources, values)
            if len(self._known) < _MOST_KNOWN:
                self._known[token] = draw
        return draw()


def has_tokens(template: str) -> bool:
    """Whether anything in a text would be filled in."""
    return any(token not in ("[]", "{}") for token in _TOKEN.findall(template[:_LONGEST_TEMPLATE]))


def token_names(template: str) -> set[str]:
    """What stands in the brackets of a template."""
    return {_inside(token) for token in _TOKEN.findall(template[:_LONGEST_TEMPLATE])}


def draws_at_random(template: str) -> bool:
    """Whether expanding a template again can give another id."""
    tokens = [_inside(token).lower() for token in _TOKEN.findall(template[:_LONGEST_TEMPLATE])]
    return any(token in _DRAWS or token.startswith("randint") for token in tokens)


def _inside(token: str) -> str:
    """What stands in the brackets of a token; one has none."""
    return token[1:-1].strip() if token[0] in "[{" else token


def _value(token: str, values: Mapping[str, str]) -> str | None:
    """The value of a sweep or a column to which a token refers; None if it refers to none."""
    inside = _inside(token)
    if inside in values:
        return values[inside]
    reference = _REFERENCE.fullmatch(inside)
    return values.get(reference[1]) if reference else None


def _draw(shown: str, sources: Sources, values: Mapping[str, str]) -> Callable[[], str]:
    """What gives the text of a token that is no value, each time that it is called."""
    token = _inside(shown).lower()
    if not token:
        return partial(str, shown[0] + shown[-1])
    if token in _TIMES:
        return partial(str, sources.now.strftime(_TIMES[token]))
    if token in _DRAWS:
        return partial(_DRAWS[token], sources)
    if not token.startswith("randint"):
        _unknown(shown, values)
    return _randint(token, shown, sources)


def _unknown(shown: str, values: Mapping[str, str]) -> NoReturn:
    known = ", ".join(f"[{name}]" for name in (*values, *TOKENS))
    _refuse(f"The id holds the unknown token {excerpt(shown)}; known are {known}.")


def _randint(token: str, shown: str, sources: Sources) -> Callable[[], str]:
    bounds = _RANDINT.fullmatch(token)
    if bounds is None:
        _refuse(f"The token {excerpt(shown)} needs two whole numbers: [randint:A:B].")
    low, high = int(bounds[1]), int(bounds[2])
    if low > high:
        _refuse(f"The token {excerpt(shown)} has no number in it: {low} is more than {high}.")
    return lambda: str(sources.random.randint(low, high))


def _phrase(sources: Sources) -> str:
    adjective, noun = divmod(sources.random.randrange(len(ADJECTIVES) * len(NOUNS)), len(NOUNS))
    return f"{ADJECTIVES[adjective]}-{NOUNS[noun]}"


def _safe(char: str, whole: str) -> str:
    if char.isascii() and char.isprintable():
        return char.translate(_TABLE)
    category = unicodedata.category(char)
    if category == "Zs":
        return "-"
    if category in _REFUSED:
        _refuse(f"The id {excerpt(whole)} holds {_REFUSED[category]} (U+{ord(char):04X}); leave it out.")
    return char


def _clash(made: str) -> NoReturn:
    _refuse(f"The id {excerpt(made)} would be taken for a list, a range or the last task; choose another.")


def _refuse(sentence: str) -> NoReturn:
    raise SubmissionError(sentence)
