"""``{rand int A B}`` and ``{rand float A B}``: what stands in the braces, and drawing it. Both ends are included."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ant_tui.submission.faults import Fault, excerpt
from ant_tui.submission.groups import Group

if TYPE_CHECKING:
    from random import Random

__all__ = ["RandomNumber", "read_random"]

_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_LONGEST = 40
_LARGEST = 1e300  # beyond, the distance between two numbers has no value


@dataclass(frozen=True, slots=True)
class RandomNumber:
    """A number that is drawn once for each task.

    Attributes:
        low: the smallest that can be drawn.
        high: the largest; of the same kind as ``low``: both ``int`` or both ``float``.
        source: the group as it was written.
    """

    low: int | float
    high: int | float
    source: str

    def draw(self, random: Random) -> str:
        """Draw it."""
        if isinstance(self.low, int) and isinstance(self.high, int):
            return str(random.randint(self.low, self.high))
        return repr(min(max(random.uniform(self.low, self.high), self.low), self.high))


def read_random(group: Group, text: str) -> RandomNumber:
    """Understand a group.

    Args:
        group: one whose kind is ``rand``.
        text: the text in which it stands.

    Raises:
        Fault: it is not ``{rand int A B}`` with whole numbers or ``{rand float A B}``, or no number lies between them.
    """
    words = [word.text for word in group.words]
    if len(words) != 3 or words[0] not in ("int", "float"):
        shown = excerpt(text[group.start : group.end])
        raise Fault(group.start, f"{shown} is no random number; write {{rand int 1 6}} or {{rand float 0.1 0.5}}.")
    number, meant = (_WHOLE, "whole number") if words[0] == "int" else (_NUMBER, "number")
    for word in group.words[1:]:
        if len(word.text) > _LONGEST or not number.fullmatch(word.text):
            raise Fault(word.offset, f"{excerpt(word.text)} is no {meant}, as {{rand {words[0]} …}} needs it.")
    read = int if words[0] == "int" else float
    low, high = read(words[1]), read(words[2])
    if max(abs(low), abs(high)) > _LARGEST:
        raise Fault(group.start, f"a random number is at most {_LARGEST:.0e}.")
    if low > high:
        raise Fault(group.start, f"no number lies between {words[1]} and {words[2]}; write the smaller one first.")
    return RandomNumber(low, high, text[group.start : group.end])
