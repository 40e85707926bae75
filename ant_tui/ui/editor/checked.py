"""What a form would come to, as values that a screen can show: tasks to be, and whose fault each problem is.

Here the sentences of a refusal are told apart by the places that they name (``submission.faults`` writes them).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

__all__ = ["LISTED", "Checked", "Fault", "Line", "Sorted", "sort_reasons"]

LISTED = 20
"""How many tasks a preview names; of the others it says how many there are."""

_IN_TEXT = re.compile(r"line (\d+)(?:, column (\d+))?: (.*)", re.DOTALL)
_NAMED = re.compile(
    r"(id|gpus|gpu_ids|priority|tags|workdir|output|conda_env|conda_env_path|conda_path|variable (\S+)): (.*)",
    re.DOTALL,
)
_FIELD_OF = {"conda_env": "conda", "conda_env_path": "conda", "conda_path": "conda"}


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong in the text.

    Attributes:
        line: from 1.
        column: from 1, in characters; 0 where the whole line is meant.
        sentence: what is wrong.
    """

    line: int
    column: int
    sentence: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a preview.

    Attributes:
        name: the task's id; empty for one that is made up when it is queued.
        figure: what stands beside it, as its number of GPUs.
        text: the final command, or what changes.
    """

    name: str
    figure: str
    text: str


@dataclass(frozen=True, slots=True)
class Checked:
    """What a form would come to.

    Attributes:
        headline: in a few words; empty for a form in which nothing is written yet.
        lines: the first ``LISTED`` tasks.
        count: how many there are.
        notes: what is worth knowing besides.
        command_line: the same as a verb of the command line; empty where there is none.
        fields: field → what is wrong with it.
        rows: place in the table of variables → what is wrong with it.
        variables: what is wrong with the variables as a whole.
        faults: what is wrong in the text, in its order.
        problems: what no single place is to blame for.
    """

    headline: str = ""
    lines: tuple[Line, ...] = ()
    count: int = 0
    notes: tuple[str, ...] = ()
    command_line: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[int, str] = field(default_factory=dict)
    variables: str = ""
    faults: tuple[Fault, ...] = ()
    problems: tuple[str, ...] = ()

    @property
    def wrong(self) -> int:
        """How many things are wrong."""
        beside = len(self.fields) + len(self.rows) + bool(self.variables)
        return beside + len(self.faults) + len(self.problems)

    @property
    def good(self) -> bool:
        """Whether it can be done."""
        return not self.wrong and self.count > 0


@dataclass(slots=True)
class Sorted:
    """Reasons of a refusal, by whose fault they are."""

    faults: list[Fault] = field(default_factory=list)
    fields: dict[str, str] = field(default_factory=dict)
    variables: dict[str, str] = field(default_factory=dict)
    """By the variable's name."""
    others: list[str] = field(default_factory=list)


def sort_reasons(reasons: Iterable[str], told: Collection[str] = ()) -> Sorted:
    """Tell whose fault the reasons of a refusal are.

    What is said of every line alike, without a column, is the fault of none of them: it is told once, as another one.

    Args:
        reasons: sentences, with a place in front where there is one.
        told: sentences that are told elsewhere already.
    """
    found = Sorted()
    matches = [(reason, _IN_TEXT.fullmatch(reason)) for reason in dict.fromkeys(reasons)]
    alike = Counter(_sentence(match[3]) for _, match in matches if match and not match[2])
    for reason, match in matches:
        if match is None:
            _sort_named(reason, found, told)
            continue
        sentence = _sentence(match[3])
        if sentence in told:
            continue
        if not match[2] and alike[sentence] > 1:
            if sentence not in found.others:
                found.others.append(sentence)
        else:
            found.faults.append(Fault(int(match[1]), int(match[2] or 0), sentence))
    return found


def _sort_named(reason: str, found: Sorted, told: Collection[str]) -> None:
    match = _NAMED.fullmatch(reason)
    if match is None:
        if _sentence(reason) not in told:
            found.others.append(_sentence(reason))
    elif match[2]:
        found.variables.setdefault(match[2], _sentence(match[3]))
    else:
        found.fields.setdefault(_FIELD_OF.get(match[1], match[1]), _sentence(match[3]))


def _sentence(text: str) -> str:
    """With a capital in front, as a sentence of its own; an identifier keeps its small letter."""
    first = text.split(" ", 1)[0]
    return text if "_" in first or "=" in first else text[:1].upper() + text[1:]
