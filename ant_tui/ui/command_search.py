"""How well an action of the table answers to what somebody types in the palette.

Its own words are its label, its id, its keys and its verbs on the command line. One of these wins, then the beginning
of one, then what stands in its sentence; letters that are merely scattered count in a short name alone. What is shown,
and where, is not decided here.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from functools import cache

from ant_tui.ui.actions import BY_ID

__all__ = ["quality"]

_WORD = re.compile(r"[^\W_]+")
_PLACEHOLDER = re.compile(r"[A-Z]+(=[A-Z]+)?…?$")
"""``ID…`` or ``K=V``: stands for something else and is nobody's word."""

_LIKE = 0.8
"""From which likeness on a mistyped name is recognised: two letters that changed their places, one that is missing."""

_LABEL, _ID, _TAIL, _VERB = 1.0, 0.99, 0.98, 0.97


def quality(query: str, action: str, keys: Iterable[str] = ()) -> float:
    """How well an action answers to a query.

    Args:
        query: what was typed.
        action: the id of an action.
        keys: its keys, in each way in which somebody may write them.

    Returns:
        From 0 for not at all to 1 for its very name.
    """
    typed = query.strip()
    low = " ".join(typed.lower().split())
    if not low:
        return 0.0
    names = _names(action)
    if low in names:
        return names[low]
    if typed in keys:
        return 0.9
    words = _WORD.findall(low)
    return max(_by_words(words, action), _by_letters(low, names)) if words else 0.0


@cache
def _names(action: str) -> Mapping[str, float]:
    """What it is called, and how good each name is: label, id, id without its group, verbs."""
    known = BY_ID[action]
    _, _, tail = action.partition(".")
    names = {_verb(cli): _VERB for cli in known.cli}
    return {**names, tail.replace("_", " "): _TAIL, action: _ID, known.label.lower(): _LABEL}


def _verb(cli: str) -> str:
    """``env slot`` of ``env slot NAME``."""
    words: list[str] = []
    for word in cli.split():
        if word.startswith("-") or _PLACEHOLDER.match(word):
            break
        words.append(word)
    return " ".join(words)


@cache
def _words(action: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """All words of its names and options, and those of its sentence."""
    known = BY_ID[action]
    options = [word for cli in known.cli for word in cli.split() if not _PLACEHOLDER.match(word)]
    own = _WORD.findall(" ".join((*_names(action), *options)).lower())
    return tuple(word for word in own if len(word) > 1), tuple(_WORD.findall(known.help.lower()))


def _by_words(words: list[str], action: str) -> float:
    """All of some words are among its own, or begin them, or stand in its sentence."""
    own, sentence = _words(action)
    label = _WORD.findall(BY_ID[action].label)
    every = (*own, *sentence)
    for score, there in (
        (0.8, all(word in own for word in words)),
        (0.7, _begin(words, label[:1])),
        (0.65, _begin(words, label)),
        (0.6, _begin(words, own)),
        (0.45, all(word in every for word in words)),
        (0.4, _begin(words, every)),
        (0.2, all(len(word) > 2 and any(word in other for other in every) for word in words)),
    ):
        if there:
            return score
    return 0.0


def _begin(words: Iterable[str], others: Iterable[str]) -> bool:
    known = tuple(others)
    return all(any(other.startswith(word) for other in known) for word in words)


def _by_letters(low: str, names: Mapping[str, float]) -> float:
    """Its letters stand in a name in their order, from the first letter on; or the name is mistyped."""
    best = 0.0
    for name, how_good in names.items():
        if len(low) == 1 or name[:1] != low[0]:
            continue
        if span := _span(low, name):
            best = max(best, 0.1 * how_good * len(low) / span)
        elif difflib.SequenceMatcher(None, low, name).ratio() >= _LIKE:
            best = max(best, 0.01)
    return best


def _span(letters: str, name: str) -> int:
    """How many characters of a name it takes to find some letters in their order; 0 where they are not there."""
    at = -1
    for letter in letters:
        at = name.find(letter, at + 1)
        if at < 0:
            return 0
    return at + 1
