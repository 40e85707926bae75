"""Texts with holes: found once, filled in for every combination of a sweep, every row of a table, every draw.

A hole is a sweep, a random number or a column of parameters. What is filled in is never looked at again, so no value
can bring in another hole. A sweep's value is a piece of the author's own text and goes in as it is; a column's value
is data and is quoted for the place where it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from ant_tui.submission.faults import Fault
from ant_tui.submission.groups import GROUP_START, read_group
from ant_tui.submission.random_values import RandomNumber, read_random
from ant_tui.submission.sweeps import Axis, read_sweep

if TYPE_CHECKING:
    from random import Random

__all__ = ["Draws", "Hole", "Pattern", "drawn", "find_draws", "find_holes", "has_groups", "quoted_for"]

Draws = Sequence["str | RandomNumber"]
"""A text without other holes, cut at its random numbers."""

_COLUMN = re.compile(r"(?<!\$)\{([A-Za-z_][A-Za-z0-9_.-]*)\}")
_PLAIN_RANDOM = re.compile(r"""(\{(?<!\$\{)rand[ \t][^\n{}'"]*+\})""")
_START = re.compile(rf"{GROUP_START.pattern}|{_COLUMN.pattern}")
_SAFE = re.compile(r"[A-Za-z0-9_@%+=:,./-]+")
_SPECIAL_IN_DOUBLE = re.compile(r'([\\"$`])')


@dataclass(frozen=True, slots=True)
class Hole:
    """One place to fill in.

    Attributes:
        offset: where it stands in its text.
        name: of a sweep or a column; empty for a random number.
        axis: the sweep that it defines, if it does.
        number: the random number, if it is one.
        quoting: for a column, what it stands in: ``'``, ``"``, ``$'``, or nothing for unquoted shell text; None where
            the text is no shell text and values go in as they are.
    """

    offset: int
    name: str = ""
    axis: Axis | None = None
    number: RandomNumber | None = None
    quoting: str | None = None


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text cut at its holes.

    Attributes:
        pieces: what stands before each hole, and behind the last.
        holes: one fewer than pieces.
    """

    pieces: tuple[str, ...]
    holes: tuple[Hole, ...] = ()

    @property
    def draws(self) -> bool:
        """Whether chance has a part in it."""
        return any(hole.number for hole in self.holes)

    def fill(self, values: Mapping[str, str], random: Random | None) -> str:
        """Fill in the holes.

        Args:
            values: by name, for sweeps and columns.
            random: draws random numbers; None leaves them as they were written.
        """
        filled = [self.pieces[0]]
        for hole, piece in zip(self.holes, self.pieces[1:], strict=True):
            if hole.number is not None:
                filled.append(hole.number.source if random is None else hole.number.draw(random))
            elif hole.quoting is None:
                filled.append(values[hole.name])
            else:
                filled.append(quoted_for(hole.quoting, values[hole.name]))
            filled.append(piece)
        return "".join(filled)


def has_groups(text: str) -> bool:
    """Whether a text holds the beginning of a sweep or a random number."""
    return "{" in text and GROUP_START.search(text) is not None


def find_holes(text: str, columns: Collection[str], context: Callable[[int], str] | None = None) -> Pattern:
    """Find the holes of a text.

    Args:
        text: any text.
        columns: the names for which ``{name}`` is a hole.
        context: for shell text, tells what an offset stands in; see ``Hole.quoting``.

    Raises:
        Fault: a group is never closed or says something impossible.
    """
    if "{" not in text:
        return Pattern((text,))
    pieces: list[str] = []
    holes: list[Hole] = []
    done = at = 0
    while (start := _START.search(text, at)) is not None:
        if start["kind"] is None:
            at = start.end()
            if (name := text[start.start() + 1 : at - 1]) not in columns:
                continue
            quoting = context(start.start()) if context else None
            if quoting == "`":
                raise Fault(start.start(), f"{{{name}}} cannot be quoted inside backticks; write $(…) instead.")
            hole = Hole(start.start(), name, quoting=quoting)
        elif (plain := _PLAIN_RANDOM.match(text, start.start())) is not None and (number := _number(plain[0])):
            at = plain.end()
            hole = Hole(start.start(), number=number)
        else:
            group = read_group(text, start.start())
            at = group.end
            if group.kind == "rand":
                hole = Hole(group.start, number=read_random(group, text))
            else:
                sweep = read_sweep(group)
                axis = sweep if isinstance(sweep, Axis) else None
                hole = Hole(group.start, axis.name if axis else str(sweep), axis)
                if hole.name in columns:
                    raise Fault(group.start, f"{hole.name} is a column of the parameters and a sweep; rename one.")
        pieces.append(text[done : hole.offset])
        holes.append(hole)
        done = at
    return Pattern((*pieces, text[done:]), tuple(holes))


def find_draws(text: str) -> Draws | None:
    """Find the holes of a text the short way; None where they are no plain random numbers, or where one is wrong.

    Args:
        text: any text, in which no ``{column}`` has a meaning.

    Returns:
        The text cut at its random numbers; empty where it has none.
    """
    if "{" not in text:
        return ()
    found: list[str | RandomNumber] = list(_PLAIN_RANDOM.split(text))
    for at, piece in enumerate(found):
        if at % 2 == 0:
            if has_groups(str(piece)):
                return None
        elif (number := _number(str(piece))) is not None:
            found[at] = number
        else:
            return None
    return found if len(found) > 1 else ()


def drawn(draws: Draws, random: Random) -> str:
    """Draw the random numbers of a text."""
    return "".join([piece if isinstance(piece, str) else piece.draw(random) for piece in draws])


@lru_cache(maxsize=64)  # the lines of a long text mostly draw from the same range
def _number(source: str) -> RandomNumber | None:
    """Read a whole group; None where it is no random number, which is told by whoever knows where it stands."""
    try:
        return read_random(read_group(source, 0), source)
    except Fault:
        return None


def quoted_for(context: str, value: str) -> str:
    """Write a value so that a shell reads it as data where it stands; an empty one in unquoted text leaves nothing.

    Args:
        context: ``'``, ``"``, ``$'``, or nothing for unquoted text.
        value: any text.
    """
    if context == '"':
        return _SPECIAL_IN_DOUBLE.sub(r"\\\1", value)
    if context == "'":
        return value.replace("'", "'\\''")
    if context == "$'":
        return value.replace("\\", "\\\\").replace("'", "\\'")
    if not value or _SAFE.fullmatch(value):
        return value
    return "'" + value.replace("'", "'\\''") + "'"
