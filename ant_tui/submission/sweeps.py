"""Sweeps: ``{sweep lr 1e-3 1e-4}``, the product of several, and the same from and to CSV.

Values are kept as what was written, ranges as ranges: a sweep of a million values costs nothing until it is expanded.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn, Protocol

from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.faults import Fault, excerpt
from ant_tui.submission.groups import Group, Word
from ant_tui.submission.identifiers import TOKENS

__all__ = [
    "COUNTABLE",
    "MOST_TASKS",
    "Axis",
    "combinations",
    "count_of",
    "expansion_to_csv",
    "how_many",
    "parameters_from_csv",
    "read_sweep",
]

MOST_TASKS = 100_000
"""How many tasks one text may expand to."""

COUNTABLE = 10**18
"""Where counting stops."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_RANGE = re.compile(r"([+-]?[0-9]{1,15})\.\.([+-]?[0-9]{1,15})(?:\.\.([+-]?[0-9]{1,15}))?")
_RANGE_LIKE = re.compile(r"[-+0-9.eE]*[0-9]\.\.[-+0-9.eE]+")
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")
_MOST_REASONS = 1000
_PADDED = re.compile(r"[+-]?0[0-9]")


class Values(Protocol):
    """Values in order, of which the number is known without making them."""

    def __len__(self) -> int: ...
    def __iter__(self) -> Iterator[str]: ...


@dataclass(frozen=True, slots=True)
class Axis:
    """A name and the values that it takes, in order.

    Attributes:
        name: as written; distinguishes upper and lower case.
        values: at least one.
    """

    name: str
    values: Values


@dataclass(frozen=True, slots=True)
class _Range:
    """Whole numbers as text, made one by one; a ``width`` pads them with zeros as in a shell."""

    numbers: range
    width: int

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[str]:
        return (f"{number:0{self.width}d}" for number in self.numbers)


@dataclass(frozen=True, slots=True)
class _Chain:
    """Several values as one."""

    parts: Sequence[Values]

    def __len__(self) -> int:
        return min(sum(len(part) for part in self.parts), COUNTABLE)  # Python counts no further than 2^63

    def __iter__(self) -> Iterator[str]:
        return itertools.chain.from_iterable(self.parts)


def read_sweep(group: Group) -> Axis | str:
    """Understand a group.

    Args:
        group: one whose kind is ``sweep``.

    Returns:
        The axis that it defines; or, where it has no values, the name to which it refers.

    Raises:
        Fault: it has no name or one that means something else, or a range in it is none.
    """
    if not group.words:
        raise Fault(group.start, "a sweep needs a name and values: {sweep lr 1e-3 1e-4}.")
    name = group.words[0].text
    if not _NAME.fullmatch(name) or group.words[0].quoted:
        raise Fault(group.words[0].offset, f"{excerpt(name)} is no name of a sweep; write {{sweep lr 1e-3 1e-4}}.")
    if name.lower() in TOKENS or name.startswith("ant_"):
        raise Fault(group.words[0].offset, f"{excerpt(name)} means something else already; name the sweep otherwise.")
    if len(group.words) == 1:
        return name
    parts = [_values(word) for word in group.words[1:]]
    return Axis(name, parts[0] if len(parts) == 1 else _Chain(parts))


def _values(word: Word) -> Values:
    if word.quoted or ".." not in word.text:
        return [word.text]
    bounds = _RANGE.fullmatch(word.text)
    if bounds is None:
        if _RANGE_LIKE.fullmatch(word.text):
            raise Fault(word.offset, f"{excerpt(word.text)} is no range; write whole numbers: 1..5 or 0..10..2.")
        return [word.text]
    first, last, step = int(bounds[1]), int(bounds[2]), abs(int(bounds[3] or 1))
    if step == 0:
        raise Fault(word.offset, f"the range {excerpt(word.text)} has a step of 0; it would never end.")
    width = max(len(bounds[1]), len(bounds[2])) if _PADDED.match(bounds[1]) or _PADDED.match(bounds[2]) else 0
    numbers = range(first, last + 1, step) if first <= last else range(first, last - 1, -step)
    return _Range(numbers, width)


def count_of(axes: Iterable[Axis], rows: int = 1) -> int:
    """How many combinations there are, known without making them; beyond 10^18 it stops counting and says 10^18."""
    count = rows
    for axis in axes:
        count *= len(axis.values)
        if count >= COUNTABLE:
            return COUNTABLE
    return count


def how_many(count: int) -> str:
    """A count for a sentence."""
    return "more than 10^18" if count >= COUNTABLE else f"{count:,}"


def combinations(axes: Sequence[Axis]) -> Iterator[dict[str, str]]:
    """All combinations of values by name, in order: the first axis changes slowest."""
    names = [axis.name for axis in axes]
    for values in itertools.product(*(axis.values for axis in axes)):
        yield dict(zip(names, values, strict=True))


def parameters_from_csv(text: str) -> tuple[dict[str, str], ...]:
    """Read a table of parameters: names in the first line, one combination in each further one.

    Cells are separated by commas, or by semicolons or tabs where the first line has those and no comma. Empty lines are
    passed over. Blanks around names are dropped, cells are kept as they are.

    Raises:
        SubmissionError: there are no names or no rows, a name is bad or comes twice, a line has another number of
            cells, or there are more than 100,000 rows; ``reasons`` names each line.
    """
    text = text.removeprefix("\ufeff")
    if _NOT_TEXT.search(text):
        _refuse(["the parameters hold a NUL character or half a character; this is no CSV file."])
    first = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = next((mark for mark in ",;\t" if mark in first), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows: list[dict[str, str]] = []
    reasons: list[str] = []
    names: list[str] = []
    try:
        for cells in reader:
            if len(reasons) >= _MOST_REASONS:
                break
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = [cell.strip() for cell in cells]
                reasons += _name_problems(names, reader.line_num)
            elif len(cells) != len(names):
                reasons.append(f"line {reader.line_num}: {len(cells)} cells, but there are {len(names)} names.")
            else:
                rows.append(dict(zip(names, cells, strict=True)))
    except csv.Error as error:
        reasons.append(f"line {reader.line_num}: this is no CSV: {error}.")
    if not reasons and not rows:
        reasons.append("the parameters need a first line with names and at least one line with values.")
    if len(rows) > MOST_TASKS:
        reasons.append(f"{len(rows):,} lines of parameters are too many; up to {MOST_TASKS:,} are possible.")
    if reasons:
        _refuse(reasons)
    return tuple(rows)


def _name_problems(names: Sequence[str], line: int) -> list[str]:
    problems = []
    for column, name in enumerate(names, 1):
        if not _NAME.fullmatch(name) or name.lower() in TOKENS:
            problems.append(f"line {line}: column {column}: {excerpt(name)} is no name of a parameter; use letters.")
        elif name in names[: column - 1]:
            problems.append(f"line {line}: column {column}: {excerpt(name)} stands twice.")
    return problems


def expansion_to_csv(drafts: Iterable[TaskDraft]) -> str:
    """Write what a sweep expanded to: a column for each parameter, then id, number of GPUs and final command.

    ``parameters_from_csv`` reads it again, so that rows can be taken out or added with any tool in between.
    """
    drafts = list(drafts)
    names = list(dict.fromkeys(name for draft in drafts for name in draft.parameters))
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    own = [name for name in ("ant_task_id", "ant_n_gpus", "ant_resolved_command") if name not in names]
    writer.writerow([*names, *own])
    for draft in drafts:
        said: Mapping[str, str] = {
            "ant_task_id": draft.id or "",
            "ant_n_gpus": "" if draft.gpus is None else str(draft.gpus),
            "ant_resolved_command": draft.resolved_command,
        }
        writer.writerow([*(draft.parameters.get(name, "") for name in names), *(said[name] for name in own)])
    return out.getvalue()


def _refuse(reasons: Sequence[str]) -> NoReturn:
    what = reasons[0] if len(reasons) == 1 else f"{len(reasons):,} problems, the first: {reasons[0]}"
    raise SubmissionError(f"The parameters cannot be used: {what}", reasons=tuple(reasons))
