"""From a text to task drafts: Multi (a task a line) and Single (one command or script), and back.

All that is wrong is collected and told at once; either every task of a text becomes a draft, or none does.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from types import MappingProxyType

from ant_tui.submission.drafts import FormValues, Sources, TaskDraft
from ant_tui.submission.faults import Fault, Problem, SourceText, refusal
from ant_tui.submission.inline import Given, Taken, take_arguments
from ant_tui.submission.layers import Base, Layers, Said, base_of, plain_variables
from ant_tui.submission.lexer import BLANKS, is_plain, trim_end
from ant_tui.submission.logical_lines import LogicalLine, each_line
from ant_tui.submission.plans import Command, Common, Drafter, Plan, make_plan
from ant_tui.submission.printing import print_draft
from ant_tui.submission.substitution import Draws, find_draws, has_groups
from ant_tui.submission.sweeps import COUNTABLE, MOST_TASKS, how_many

__all__ = ["count_multi", "count_single", "is_alike", "parse_multi", "parse_script", "parse_single", "print_draft"]

MOST_CHARACTERS = 500_000_000
"""How much text the commands of one sweep may hold all together."""

_COMMANDS = frozenset({"ant_command", "ant_resolved_command"})
_ID = "ant_task_id"
_ENVAR = "ant_envar"
_ITS_OWN = frozenset({_ID, _ENVAR})
_NOTHING = Common({}, {})
_NO_ROWS: Mapping[str, object] = MappingProxyType({})


def parse_multi(
    text: str,
    *,
    form: FormValues,
    env_rows: Mapping[str, object],
    sources: Sources,
    default_gpus: int | None = 0,
    parameters: Sequence[Mapping[str, str]] = (),
    most: int | None = None,
) -> tuple[TaskDraft, ...]:
    """Read a Multi text: every logical line is a task (or, with a sweep, several), in order.

    Args:
        text: as typed, pasted or read from a file.
        form: what was given beside it; its id and its number of GPUs are ignored.
        env_rows: typed values by name: variables and ``ant_…`` rows.
        sources: chance and time.
        default_gpus: the number of GPUs of tasks for which nothing says one: that of their ``ant_gpu_ids``, or else
            this. None leaves it open.
        parameters: rows of a table (``sweeps.parameters_from_csv``); a line with ``{column}`` becomes a task for each.
        most: make no further drafts than so many, for a first look at a large sweep; None makes all of them.

    Returns:
        At least one draft. An ``id`` is unique among them; whether it is unique among tasks is the caller's to check.

    Raises:
        SubmissionError: nothing of it can be submitted; ``reasons`` names each problem with line and column.
    """
    reading = _Reading(SourceText(text), base_of(form, env_rows, multi=True), parameters, multi=True)
    reading.draft_with(sources, default_gpus)
    reading.read_lines()
    return reading.drafts(most)


def parse_single(
    text: str,
    *,
    form: FormValues,
    env_rows: Mapping[str, object],
    sources: Sources,
    default_gpus: int | None = 0,
    parameters: Sequence[Mapping[str, str]] = (),
    most: int | None = None,
) -> tuple[TaskDraft, ...]:
    """Read one command; several lines are one shell script, kept line by line with its comments.

    Arguments and return value are those of ``parse_multi``, but for ``form``, whose id and number of GPUs count here.
    There is one draft, or with a sweep or parameters one for each combination.

    Raises:
        SubmissionError: it cannot be submitted; ``reasons`` names each problem with line and column.
    """
    base = base_of(form, env_rows, multi=False)
    return parse_script(text, base, sources=sources, default_gpus=default_gpus, parameters=parameters, most=most)


def parse_script(
    text: str,
    base: Base,
    *,
    sources: Sources,
    default_gpus: int | None = 0,
    parameters: Sequence[Mapping[str, str]] = (),
    most: int | None = None,
) -> tuple[TaskDraft, ...]:
    """Like ``parse_single``, for many texts with the same form and the same rows.

    Args:
        text: as for ``parse_single``, like all that is not named here.
        base: what ``layers.base_of`` made of form and rows, not for Multi.
        sources: chance and time.
        default_gpus: the number of GPUs of tasks for which nothing says one.
        parameters: rows of a table.
        most: make no further drafts than so many.

    Raises:
        SubmissionError: it cannot be submitted; ``reasons`` names each problem with line and column.
    """
    reading = _Reading(_script_source(text), base, parameters, multi=False)
    reading.draft_with(sources, default_gpus)
    reading.read_script()
    return reading.drafts(most)


def is_alike(base: Base) -> bool:
    """Whether commands that say nothing themselves differ in nothing but the command, however often they are read.

    They do where there is an id, of which each must have its own, or a place to be filled in by chance or a sweep.
    """
    return _ID not in base.layers.settings and not _has_holes(base.layers, ())


def count_multi(
    text: str, *, env_rows: Mapping[str, object] = _NO_ROWS, parameters: Sequence[Mapping[str, str]] = ()
) -> int:
    """How many tasks a Multi text would become, without making them; 10^18 stands for any number above.

    Raises:
        SubmissionError: it cannot be understood. Too many tasks are no error here.
    """
    reading = _Reading(SourceText(text), base_of(FormValues(), env_rows, multi=True), parameters, multi=True)
    reading.read_lines()
    return reading.count()


def count_single(
    text: str, *, env_rows: Mapping[str, object] = _NO_ROWS, parameters: Sequence[Mapping[str, str]] = ()
) -> int:
    """How many tasks a Single text would become; like ``count_multi``."""
    reading = _Reading(_script_source(text), base_of(FormValues(), env_rows, multi=False), parameters, multi=False)
    reading.read_script()
    return reading.count()


def _script_source(text: str) -> SourceText:
    return SourceText(text.replace("\r\n", "\n"))


class _Reading:
    """One text while it is read: what is one task is drafted at once, what is several is counted first."""

    def __init__(
        self,
        source: SourceText,
        base: Base,
        parameters: Sequence[Mapping[str, str]],
        *,
        multi: bool,
    ) -> None:
        self._source = source
        self._base = base
        self._rows = parameters
        self._columns: Collection[str] = frozenset(parameters[0]) if parameters else frozenset()
        self._script = not multi
        self._problems = [*source.unprintable(), *self._base.layers.problems]
        self._all_planned = _has_holes(self._base.layers, self._columns)
        self._drafter: Drafter | None = None
        self._shared: dict[tuple[tuple[str, object], ...], Common] = {}
        self._entries: list[TaskDraft | Plan | None] = []
        self._total = 0
        self._characters = 0
        self._largest: Plan | None = None
        self._by_row = False

    def draft_with(self, sources: Sources, default_gpus: int | None) -> None:
        """Say that drafts are wanted, not only their number."""
        self._drafter = Drafter(sources, default_gpus, self._rows, self._problems)

    def read_lines(self) -> None:
        """Read the text as Multi."""
        faults: list[Fault] = []
        line: LogicalLine | None = None
        for line in each_line(self._source.text, faults):
            if self._all_planned or "{" in line.text or "ant_" in line.text:
                self._plan(line)
            else:
                self._draft(line.text, (), line, {})
        self._problems += [Problem(fault.offset, fault.sentence) for fault in faults]
        if line is None and not faults:
            self._problems.append(Problem(0, "there is no command in this text; write one on each line."))

    def read_script(self) -> None:
        """Read the text as Single."""
        text = self._source.text
        start = len(text) - len(text.lstrip(BLANKS + "\n"))
        script = trim_end(text.rstrip(BLANKS + "\n") if text.endswith("\n") else text)[start:]
        if all(not line.strip(BLANKS) or line.lstrip(BLANKS)[0] == "#" for line in script.split("\n")):
            self._problems.append(Problem(start if script else 0, "there is no command in this text; write one."))
            return
        line = LogicalLine(script, text.count("\n", 0, start) + 1, start)
        if self._all_planned or "{" in script or "ant_" in script or "\n" in script or not is_plain(script):
            self._plan(line)
        else:
            self._draft(script, (), line, {})

    def _draft(self, text: str, draws: Draws, line: LogicalLine, given: Mapping[str, Given]) -> None:
        """Draft what is one task at once; lines that say the same share what is made of it."""
        self._total += 1
        id, said = self._said(line, given)
        if self._drafter is not None:
            self._entries.append(self._drafter.plain_draft(text, draws, line.line, id, said))

    def _said(self, line: LogicalLine, given: Mapping[str, Given]) -> tuple[Said | None, Common]:
        """What holds for a line: the template of its id, and all else."""
        own, envar = given.get(_ID), given.get(_ENVAR)
        variables = None if envar is None else plain_variables(envar.value)
        if envar is not None and variables is None:
            layers = self._base.with_line(given, line.source)
            return layers.settings.get(_ID), self._common(layers)
        id = Said(own.value, line.source(own.offset)) if own else self._base.layers.settings.get(_ID)
        same = tuple([(name, value) for name, (value, _) in given.items() if name not in _ITS_OWN])
        if (said := self._shared.get(same)) is None:
            before = len(self._problems)
            shared = {name: value for name, value in given.items() if name not in _ITS_OWN}
            said = self._common(self._base.with_line(shared, line.source))
            if len(self._problems) == before:
                self._shared[same] = said
        return id, Common(said.fields, {**said.variables, **variables}) if variables else said

    def _common(self, layers: Layers) -> Common:
        self._problems += layers.problems
        return self._drafter.common(layers) if self._drafter is not None else _NOTHING

    def _plan(self, line: LogicalLine) -> None:
        try:
            taken = take_arguments(line.text, line.arguments, script=self._script, plain=line.plain)
        except Fault as fault:
            self._problems.append(Problem(line.source(fault.offset), fault.sentence))
            return
        if taken.body and not self._all_planned and _COMMANDS.isdisjoint(taken.values):
            draws = self._only_draws(taken) if "{" in line.text or self._columns else ()
            if draws is not None:
                self._draft(taken.body, draws, line, taken.values)
                return
        layers = self._base.with_line(taken.values, line.source)
        self._problems += layers.problems
        body, resolved = taken.body, None
        if (given := taken.values.get("ant_command")) is not None:
            if body:
                at = line.source(given.offset)
                self._problems.append(Problem(at, "there is a command in ant_command and another beside it."))
            body = str(given.value)
        if (given := taken.values.get("ant_resolved_command")) is not None:
            resolved = str(given.value)
            body = body or resolved
        written = bool(body) and body is taken.body

        def place(at: int) -> int:
            return line.source(taken.source(at)) if written else line.offset

        before = len(self._problems)
        plan = make_plan(Command(body, resolved, line.line, place, layers), self._columns, self._problems)
        self._by_row |= plan.by_row
        if len(self._problems) == before:
            self._enter(plan)

    def _only_draws(self, taken: Taken) -> Draws | None:
        """A command cut at its holes when they are random numbers and nothing but the id has any; else None."""
        if self._columns:
            return None
        for name, (value, _) in taken.values.items():
            if isinstance(value, dict):
                for one in value.values():
                    if has_groups(str(one)):
                        return None
            elif name != _ID and "{" in str(value):
                return None
        return find_draws(taken.body)

    def _enter(self, plan: Plan) -> None:
        count = plan.count(len(self._rows))
        self._total += count
        self._characters += count * len(plan.command.text)
        if count == 1 and self._drafter is not None:
            self._entries.extend(self._drafter.drafts(plan))
            return
        self._entries.append(plan)
        if self._largest is None or count > self._largest.count(len(self._rows)):
            self._largest = plan

    def count(self) -> int:
        """How many tasks there are.

        Raises:
            SubmissionError: the text cannot be understood.
        """
        self._check_columns()
        if self._problems:
            raise refusal(self._source, self._problems)
        return min(self._total, COUNTABLE)

    def drafts(self, most: int | None) -> tuple[TaskDraft, ...]:
        """Make the drafts of what is several tasks; too many are refused before the first.

        Args:
            most: how many at most; None for all.

        Raises:
            SubmissionError: anything is wrong with any of them.
        """
        self._check_columns()
        made: list[TaskDraft] = []
        if self._is_possible() and self._drafter is not None:
            for entry in self._entries:
                if most is not None and len(made) >= most:
                    break
                if isinstance(entry, Plan):
                    made.extend(islice(self._drafter.drafts(entry), None if most is None else most - len(made)))
                elif entry is not None:
                    made.append(entry)
        if self._problems:
            raise refusal(self._source, self._problems)
        return tuple(made)

    def _check_columns(self) -> None:
        if self._columns and self._total and not self._by_row:
            names = ", ".join(f"{{{name}}}" for name in list(self._rows[0])[:10])
            self._problems.append(Problem(0, f"none of the parameters is used; write {names} where a value belongs."))

    def _is_possible(self) -> bool:
        """Whether the sweeps stay within bounds."""
        if self._largest is None:
            return True
        place = self._largest.command.place(0)
        if self._total > MOST_TASKS:
            makes = f"{how_many(self._total)} tasks; up to {MOST_TASKS:,} are possible at once."
            self._problems.append(Problem(place, f"the sweeps of this text make {makes}"))
        elif self._characters > MOST_CHARACTERS:
            makes = f"{self._characters:,} characters of commands; up to {MOST_CHARACTERS:,} are possible."
            self._problems.append(Problem(place, f"the sweeps of this text make {makes}"))
        else:
            return True
        return False


def _has_holes(layers: Layers, columns: Collection[str]) -> bool:
    """Whether what holds for all lines must be filled in for each."""
    said = [*layers.settings.values(), *layers.variables.values()]
    texts = [one.value for one in said if isinstance(one.value, str)]
    return any(has_groups(text) or (bool(columns) and ("{" in text or "[" in text)) for text in texts)
