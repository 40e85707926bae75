"""A command that has been understood but not yet filled in, and the drafts that it becomes."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from ant_tui.errors import SubmissionError
from ant_tui.submission.arguments import ARGUMENTS, Argument, Unreadable
from ant_tui.submission.drafts import Sources, TaskDraft
from ant_tui.submission.faults import Fault, Place, Problem, excerpt
from ant_tui.submission.identifiers import IdTemplates, check_id, draws_at_random, token_names
from ant_tui.submission.layers import Layers, Said
from ant_tui.submission.lexer import BLANKS, Reader
from ant_tui.submission.substitution import Draws, Hole, Pattern, drawn, find_holes
from ant_tui.submission.sweeps import Axis, combinations, count_of

__all__ = ["Command", "Common", "Drafter", "Plan", "make_plan"]

_TRIES = 64
"""How often a template with a random part is drawn again when its id is taken."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, and what was said about it.

    Attributes:
        text: shell text; as submitted.
        resolved: the text that runs, where it was given; then nothing that was said with it is a template, a sweep or a
            random number any more.
        line: the line on which it begins.
        place: an offset in ``text`` → the offset in the whole text.
        layers: what holds for it.
    """

    text: str
    resolved: str | None
    line: int
    place: Callable[[int], int]
    layers: Layers


@dataclass(frozen=True, slots=True)
class Plan:
    """A command with its holes found.

    Attributes:
        command: the command that it was.
        pattern: its text with holes.
        settings: argument, value (a ``Pattern`` where that has holes) and place of each thing that was said.
        variables: name and text with holes of each variable.
        axes: the sweeps, the slowest first.
        by_row: whether it uses a column of the parameters, and so becomes one task (or more) for each row.
    """

    command: Command
    pattern: Pattern
    settings: tuple[tuple[Argument, object, Place], ...]
    variables: tuple[tuple[str, Pattern], ...]
    axes: tuple[Axis, ...] = ()
    by_row: bool = False

    def count(self, rows: int) -> int:
        """How many tasks it becomes with so many rows of parameters."""
        return count_of(self.axes, rows if self.by_row else 1)


def make_plan(command: Command, columns: Collection[str], problems: list[Problem]) -> Plan:
    """Find the holes of a command and of what was said about it.

    Args:
        command: what was read.
        columns: names of parameters.
        problems: takes what is wrong.
    """
    as_it_stands = command.resolved is not None
    holes: list[tuple[Place, Hole]] = []
    pattern = Pattern((command.text,)) if as_it_stands else _command_pattern(command, columns, holes, problems)

    def pattern_of(said: Said) -> Pattern:
        if as_it_stands and isinstance(said.place, int):
            return Pattern((str(said.value),))
        return _pattern(said, columns, holes, problems)

    settings: list[tuple[Argument, object, Place]] = []
    named: set[str] = set()
    for argument, said in ((ARGUMENTS[name], said) for name, said in command.layers.settings.items()):
        value = said.value
        if argument.field == "id":
            named |= token_names(str(value))
        elif argument.field and isinstance(value, str):
            value = pattern_of(said)
        if argument.field:
            settings.append((argument, value, said.place))
    variables = tuple((name, pattern_of(said)) for name, said in command.layers.variables.items())
    named.update(hole.name for _, hole in holes)
    axes = _axes(holes, columns, problems)
    return Plan(command, pattern, tuple(settings), variables, axes, not named.isdisjoint(columns))


def _command_pattern(
    command: Command, columns: Collection[str], holes: list[tuple[Place, Hole]], problems: list[Problem]
) -> Pattern:
    if "{" not in command.text:
        return Pattern((command.text,))
    try:
        context = None
        if columns:
            reader = Reader(script=True)
            reader.read(command.text)
            context = reader.context
        pattern = find_holes(command.text, columns, context)
    except Fault as fault:
        problems.append(Problem(command.place(fault.offset), fault.sentence))
        return Pattern((command.text,))
    holes.extend((command.place(hole.offset), hole) for hole in pattern.holes)
    return pattern


def _pattern(said: Said, columns: Collection[str], holes: list[tuple[Place, Hole]], problems: list[Problem]) -> Pattern:
    text = str(said.value)
    try:
        pattern = find_holes(text, columns)
    except Fault as fault:
        problems.append(Problem(said.place, fault.sentence))
        return Pattern((text,))
    holes.extend((said.place, hole) for hole in pattern.holes)
    return pattern


def _axes(holes: list[tuple[Place, Hole]], columns: Collection[str], problems: list[Problem]) -> tuple[Axis, ...]:
    """The sweeps in the order in which they stand; those of rows and form come last."""
    axes: dict[str, Axis] = {}
    for place, hole in sorted(holes, key=lambda found: found[0] if isinstance(found[0], int) else math.inf):
        if hole.axis is None:
            continue
        if hole.name in axes:
            twice = f"the sweep {hole.name} is given values twice; write {{sweep {hole.name}}} to refer to it."
            problems.append(Problem(place, twice))
        axes.setdefault(hole.name, hole.axis)
    for place, hole in holes:
        if hole.name and hole.name not in axes and hole.name not in columns:
            nowhere = f"{{sweep {hole.name}}} refers to values that are given nowhere in this task."
            problems.append(Problem(place, nowhere))
    return tuple(axes.values())


class Common(NamedTuple):
    """What many commands have in common: the fields of their drafts, and their variables."""

    fields: Mapping[str, Any]
    variables: Mapping[str, str]


@dataclass(slots=True)
class Drafter:
    """Makes the drafts of one text, and remembers which ids it has given.

    Attributes:
        sources: chance and time.
        default_gpus: the number of GPUs where nothing says one; None leaves it open.
        rows: the parameters.
        problems: what was wrong.
    """

    sources: Sources
    default_gpus: int | None
    rows: Sequence[Mapping[str, str]] = ()
    problems: list[Problem] = field(default_factory=list)
    _lines: dict[str, int] = field(default_factory=dict)
    """The ids given so far, each with its line."""
    _templates: IdTemplates = field(init=False)

    def __post_init__(self) -> None:
        """Templates of all tasks are filled in from the same sources."""
        self._templates = IdTemplates(self.sources)

    def drafts(self, plan: Plan) -> Iterator[TaskDraft]:
        """The drafts of a plan in order: rows change slowest, then the first sweep; one with a problem is missing."""
        rows: Sequence[Mapping[str, str]] = self.rows if plan.by_row else ({},)
        for row in rows:
            for values in combinations(plan.axes):
                if (draft := self._draft(plan, {**row, **values})) is not None:
                    yield draft

    def common(self, layers: Layers) -> Common:
        """Read what was said about a command but its id; what is wrong with it is noted.

        Args:
            layers: what holds for it; no value in it has holes.
        """
        settings = ((ARGUMENTS[name], said.value, said.place) for name, said in layers.settings.items())
        variables = {name: str(said.value) for name, said in layers.variables.items()}
        return Common(self._fields(settings, {}), variables)

    def plain_draft(self, text: str, draws: Draws, line: int, id: Said | None, said: Common) -> TaskDraft:
        """The draft of a command that is one task: the short way, for long texts; what is wrong with its id is noted.

        Args:
            text: the command; not empty.
            draws: the same, cut at its random numbers; empty where it has none.
            line: the line on which it begins.
            id: the template of its id, without holes; None for none.
            said: all else that was said about it.
        """
        resolved = drawn(draws, self.sources.random) if draws else text
        made = None if id is None else self._id(id, line, {}, literal=False)
        return TaskDraft(text, resolved, made, variables=said.variables, line=line, **said.fields)

    def _draft(self, plan: Plan, values: dict[str, str]) -> TaskDraft | None:
        before = len(self.problems)
        random = self.sources.random
        command = plan.pattern.fill(values, None)
        resolved = plan.command.resolved
        if resolved is None:
            resolved = plan.pattern.fill(values, random) if plan.pattern.draws else command
        if not resolved.strip(BLANKS + "\n"):
            self.problems.append(
                Problem(plan.command.place(0), "there is no command here; write one behind the arguments.")
            )
        variables = {name: pattern.fill(values, random) for name, pattern in plan.variables}
        fields = self._fields(plan.settings, values)
        made = None
        if (template := plan.command.layers.settings.get("ant_task_id")) is not None:
            literal = plan.command.resolved is not None and isinstance(template.place, int)
            made = self._id(template, plan.command.line, values, literal=literal)
        if len(self.problems) > before:
            return None
        return TaskDraft(
            command, resolved, made, variables=variables, line=plan.command.line, parameters=values, **fields
        )

    def _fields(self, settings: Iterable[tuple[Argument, object, Place]], values: Mapping[str, str]) -> dict[str, Any]:
        """Read all settings but the id."""
        fields: dict[str, Any] = {}
        for argument, value, place in settings:
            if argument.field in ("id", ""):
                continue
            text = value.fill(values, self.sources.random) if isinstance(value, Pattern) else value
            try:
                fields[argument.field] = argument.read(text)
            except Unreadable as error:
                self.problems.append(Problem(place, str(error)))
        if "gpus" not in fields and self.default_gpus is not None:
            fields["gpus"] = len(fields.get("gpu_ids", ())) or self.default_gpus
        return fields

    def _id(self, said: Said, line: int, values: Mapping[str, str], *, literal: bool) -> str | None:
        """Make the id of a task; None, and a problem, where it cannot be one or was given before."""
        try:
            template = str(ARGUMENTS["ant_task_id"].read(said.value))
            for _ in range(_TRIES):
                made = check_id(template if literal else self._templates.expand(template, values))
                free = made not in self._lines and not self.sources.taken(made)
                if free or literal or not draws_at_random(template):
                    break
        except Unreadable as error:
            self.problems.append(Problem(said.place, str(error)))
            return None
        except SubmissionError as error:
            self.problems.append(Problem(said.place, error.sentence))
            return None
        if (other := self._lines.get(made)) is not None:
            where = "this line makes it more than once" if other == line else f"line {other} has it already"
            self.problems.append(
                Problem(said.place, f"the id {excerpt(made)} must be unique, but {where}; put [uuid8] into it.")
            )
            return None
        self._lines[made] = line
        return made
