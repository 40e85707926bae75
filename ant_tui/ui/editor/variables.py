"""Variables while they are written: as rows of a table or as JSON text, two ways to say the same. No widget here.

A row has a name and the text of a value; which value that is, and what a name may be, is ``submission.env_values``'.
Rows whose name begins with ``ant_`` are no variables but say something about the task.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec import Struct

from ant_tui.core.secrets import MASK, looks_secret
from ant_tui.errors import SubmissionError
from ant_tui.submission.arguments import ARGUMENTS, ROW_NAMES, Unreadable, is_absent
from ant_tui.submission.env_values import cell, row_problems, rows_from_json, rows_to_json, text_of, typed

__all__ = ["Row", "Said", "Variables", "as_table", "as_text", "names_of", "of_texts", "of_values", "said_by"]

Row = tuple[str, str]
"""Name, and text of the value."""


class Variables(Struct, frozen=True, omit_defaults=True):
    """What stands in the table, or in the text.

    Attributes:
        rows: (name, text of the value) each; while the text is written, the rows from which it was made.
        text: the JSON text; None while the table is written.
    """

    rows: tuple[Row, ...] = ()
    text: str | None = None

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        if self.text is not None:
            return not self.text.strip().strip("{} \n")
        return not any(name.strip() or text.strip() for name, text in self.rows)


@dataclass(frozen=True, slots=True)
class Said:
    """What variables come to.

    Attributes:
        values: typed values by name, in order; without those that are wrong.
        rows: place in the table → what is wrong with that row.
        problem: what is wrong with the text.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    rows: Mapping[int, str] = field(default_factory=dict)
    problem: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing is wrong."""
        return not self.rows and not self.problem

    @property
    def texts(self) -> dict[str, str]:
        """The variables alone, as a task gets them; null is left out."""
        return {
            name: text_of(value)
            for name, value in self.values.items()
            if name not in ROW_NAMES and value is not None
        }  # fmt: skip

    @property
    def arguments(self) -> dict[str, object]:
        """What ``ant_…`` rows say: field of a submission → its value."""
        return {
            ARGUMENTS[name].field: ARGUMENTS[name].read(value)
            for name, value in self.values.items()
            if name in ROW_NAMES and not is_absent(value)
        }  # fmt: skip


def of_values(values: Mapping[str, object]) -> Variables:
    """The table of typed values."""
    return Variables(tuple((name, _cell(value)) for name, value in values.items()))


def of_texts(texts: Mapping[str, str]) -> Variables:
    """The table of a task's variables; a text that would be read as another one stands in quotes."""
    return Variables(tuple((name, _bare(text)) for name, text in texts.items()))


def said_by(variables: Variables) -> Said:
    """Find out what variables come to; rows without name and value say nothing."""
    if variables.text is not None:
        return _by_text(variables)
    places = [place for place, (name, text) in enumerate(variables.rows) if name.strip() or text.strip()]
    names = [variables.rows[place][0].strip() for place in places]
    problems = row_problems(names)
    values: dict[str, object] = {}
    wrong: dict[int, str] = {}
    number_of = {number: place + 1 for number, place in enumerate(places, 1)}
    for place, name, problem in zip(places, names, problems, strict=True):
        if not problem:
            problem = _value_problem(name, values, variables.rows[place][1])
        if problem:
            wrong[place] = _renumbered(problem, number_of)
    return Said(values, wrong)


def as_text(variables: Variables) -> Variables:
    """The same as JSON text; values of names that look secret are masked in it, and stay what they are.

    Raises:
        SubmissionError: a row is wrong.
    """
    said = said_by(variables)
    if said.rows:
        raise SubmissionError(f"Row {min(said.rows) + 1}: {said.rows[min(said.rows)]}")
    shown = {name: MASK if value and looks_secret(name) else value for name, value in said.values.items()}
    kept = tuple((name, text) for name, text in variables.rows if name.strip())
    return Variables(kept, rows_to_json(shown))


def as_table(variables: Variables) -> Variables:
    """The same as a table.

    Raises:
        SubmissionError: the text is no JSON object, or a name in it is bad.
    """
    if variables.text is None:
        return variables
    return of_values(_read(variables))


def _by_text(variables: Variables) -> Said:
    values: dict[str, object] = {}
    try:
        found = _read(variables)
    except SubmissionError as error:
        return Said(problem=error.reasons[0] if error.reasons else error.sentence)
    problems = [problem for name, value in found.items() if (problem := _typed_problem(name, value, values))]
    return Said(values, problem=problems[0] if problems else "")


def _read(variables: Variables) -> dict[str, object]:
    text = variables.text or ""
    found = rows_from_json(text) if text.strip() else {}
    secrets = {name.strip(): typed(value) for name, value in variables.rows if looks_secret(name)}
    return {name: secrets.get(name, value) if value == MASK else value for name, value in found.items()}


def _value_problem(name: str, values: dict[str, object], text: str) -> str:
    return _typed_problem(name, typed(text), values)


def _typed_problem(name: str, value: object, values: dict[str, object]) -> str:
    """What is wrong with a value; a good one goes to the others."""
    try:
        if name in ROW_NAMES:
            if not is_absent(value):
                ARGUMENTS[name].read(value)
        elif value is not None:
            text_of(value)
    except Unreadable as problem:
        return str(problem)
    except SubmissionError as problem:
        return problem.sentence
    values[name] = value
    return ""


def _cell(value: object) -> str:
    """A value on one line, without anything that does not show."""
    text = cell(value)
    return text if text.isprintable() else json.dumps(value)


def _bare(text: str) -> str:
    value = typed(text)
    same = value is not None and text.isprintable() and _text_or_none(value) == text
    return text if same else _cell(text)


def _text_or_none(value: object) -> str | None:
    try:
        return text_of(value)
    except SubmissionError:
        return None


def _renumbered(problem: str, number_of: Mapping[int, int]) -> str:
    """A sentence that names another row, which counts only filled ones, with the number that is seen."""
    head, found, number = problem.rpartition(" is already in row ")
    if not found:
        return problem
    return f"{head}{found}{number_of[int(number.rstrip('.'))]}."


def names_of(rows: Iterable[Row]) -> set[str]:
    """The names in a table."""
    return {name.strip() for name, _ in rows if name.strip()}
