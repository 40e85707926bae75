"""Which of several places wins: the text itself, environment rows, the form. What a value means is not decided here.

Strongest first, for everything that is said about a task: an inline argument; a key of ``ant_envar``, or else the
environment row of that name; the form. For variables: ``ant_envar``, the form's variables, environment rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from ant_tui.errors import SubmissionError
from ant_tui.submission.arguments import ARGUMENTS, ROW_NAMES, is_absent
from ant_tui.submission.drafts import FormValues
from ant_tui.submission.env_values import name_problem, text_of
from ant_tui.submission.faults import Place, Problem, uncapitalised
from ant_tui.submission.inline import Given

__all__ = ["Base", "Layers", "Said", "base_of", "plain_variables"]


class Said(NamedTuple):
    """A value, and where it was given."""

    value: object
    place: Place


class Layers(NamedTuple):
    """What holds for one task, or for all tasks of a line.

    Attributes:
        settings: what was said about each argument; those about which nothing was said are not in it.
        variables: the text of each variable.
        problems: what cannot be.
    """

    settings: Mapping[str, Said]
    variables: Mapping[str, Said]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class Base:
    """What holds for a whole text, before its lines say anything.

    Attributes:
        form: what the form says, by argument.
        rows: what environment rows say, by argument.
        layers: both together, with the variables of both.
    """

    form: Mapping[str, Said]
    rows: Mapping[str, Said]
    layers: Layers

    def with_line(self, given: Mapping[str, Given], place: Callable[[int], int]) -> Layers:
        """Put what a line says itself on top.

        Args:
            given: the line's inline arguments.
            place: an offset in the line → its offset in the whole text.
        """
        if not given:
            return self.layers
        inline = {name: Said(value, place(at)) for name, (value, at) in given.items() if name != "ant_envar"}
        envar = given.get("ant_envar")
        if envar is None or not isinstance(envar.value, dict):
            return Layers({**self.layers.settings, **inline}, self.layers.variables, ())
        problems: list[Problem] = []
        rows = dict(self.rows)
        variables = dict(self.layers.variables)
        at = place(envar.offset)
        _add((((name, value), at) for name, value in envar.value.items()), rows, variables, problems)
        return Layers({**self.form, **_present(rows), **inline}, variables, tuple(problems))


def base_of(form: FormValues, env_rows: Mapping[str, object], *, multi: bool) -> Base:
    """Put the form and the environment rows together.

    Args:
        form: its id and its number of GPUs count only in Single.
        env_rows: typed values by name; null, or for an argument also an empty text, ``none`` or ``null``, says nothing.
        multi: whether this is for a Multi text.
    """
    said: dict[str, Said] = {}
    for argument in ARGUMENTS.values():
        if argument.field and not (multi and argument.field in ("id", "gpus")):
            value = getattr(form, argument.field)
            if value not in (None, ()) and not (isinstance(value, str) and not value.strip()):
                said[argument.name] = Said(value, argument.field)
    problems: list[Problem] = []
    rows: dict[str, Said] = {}
    variables: dict[str, Said] = {}
    _add(((row, f"environment row {row[0] or '(no name)'}") for row in env_rows.items()), rows, variables, problems)
    plain = [(row, f"variable {row[0]}") for row in form.variables.items()]
    for (name, _), where in plain:
        if name in ROW_NAMES:
            problems.append(Problem(where, "this is no variable but an argument; give it as one."))
    _add((row for row in plain if row[0][0] not in ROW_NAMES), rows, variables, problems)
    rows = _present(rows)
    return Base(said, rows, Layers({**said, **rows}, variables, tuple(problems)))


def plain_variables(envar: object) -> dict[str, str] | None:
    """The texts of the variables of an ``ant_envar``, the short way; None where it says more, or what is wrong.

    Args:
        envar: the value of the argument.
    """
    texts: dict[str, str] = {}
    for name, value in envar.items() if isinstance(envar, dict) else ():
        if name in ROW_NAMES or name_problem(name):
            return None
        try:
            texts[name] = text_of(value)
        except SubmissionError:  # or there is nothing to set
            return None
    return texts


def _present(rows: Mapping[str, Said]) -> dict[str, Said]:
    return {name: said for name, said in rows.items() if not is_absent(said.value)}


def _add(
    given: Iterable[tuple[tuple[str, object], Place]],
    rows: dict[str, Said],
    variables: dict[str, Said],
    problems: list[Problem],
) -> None:
    """Sort names and values into arguments and variables, over what is there already."""
    for (name, value), place in given:
        if problem := name_problem(name):
            problems.append(Problem(place, problem))
        elif name in ROW_NAMES:
            rows[name] = Said(value, place)
        elif value is None:
            variables.pop(name, None)
        else:
            try:
                variables[name] = Said(text_of(value), place)
            except SubmissionError as error:
                problems.append(Problem(place, f"{name}: {uncapitalised(error.sentence)}"))
