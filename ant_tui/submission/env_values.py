"""Environment variables as people type and see them: types of values, their text for a task, names, and presets.

Rows are what the environment editor, environment slots and ``env set`` hold: a name and a typed value. Nothing here
knows where they are kept.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NoReturn

from ant_tui.errors import SubmissionError
from ant_tui.submission.arguments import ARGUMENTS, MISSPELT, ROW_NAMES, Unreadable, is_absent
from ant_tui.submission.faults import excerpt, uncapitalised
from ant_tui.submission.identifiers import check_id

__all__ = [
    "PRESETS",
    "RESERVED",
    "Preset",
    "cell",
    "name_problem",
    "presets_left",
    "row_problems",
    "rows_from_json",
    "rows_to_json",
    "rows_to_values",
    "text_of",
    "typed",
    "value_problem",
]

RESERVED = frozenset({"CUDA_VISIBLE_DEVICES", "CUDA_DEVICE_ORDER"})
"""Variables that the scheduler sets itself for every task; setting them is refused, not overruled in silence."""

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_USUAL_NAME = re.compile(r"(?!ant_|CUDA_)[A-Za-z_][A-Za-z0-9_]*")
_WRITTEN_AS_JSON = (int, float, list, tuple, dict)
_JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=True)
_NOT_TEXT = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Preset:
    """A row that the editor offers.

    Attributes:
        name: of the variable; empty for the row that the user fills in.
        value: its typed value.
        about: what it does, in a few words.
    """

    name: str
    value: object
    about: str


PRESETS = (
    Preset("ant_task_id", "[uuid]", "id of the task, or a template of one"),
    Preset("ant_n_gpus", 0, "number of GPUs"),
    Preset("ant_wd", "./", "directory to run in"),
    Preset("ant_conda_env", None, "conda environment, by name"),
    Preset("ant_conda_env_path", None, "conda environment, by directory; wins over the name"),
    Preset("ant_conda_path", "conda", "conda executable"),
    Preset("", "", "a variable of your own"),
)
"""The seven rows that the editor offers."""


def presets_left(names: Collection[str]) -> tuple[Preset, ...]:
    """The presets that are not in use yet; a row of one's own can always be added."""
    return tuple(preset for preset in PRESETS if not preset.name or preset.name not in names)


def typed(text: str) -> object:
    """Read a value as it is typed into a table.

    In quotes (either kind) it is text; otherwise what JSON makes of it (a number, ``true``, ``null``, a list, an
    object), and text when JSON makes nothing of it.
    """
    trimmed = text.strip()
    if len(trimmed) > 1 and trimmed[0] == trimmed[-1] == "'":
        return trimmed[1:-1]
    try:
        value: object = json.loads(trimmed, parse_constant=_no_constant, parse_float=_finite)
    except (ValueError, RecursionError):
        quoted = len(trimmed) > 1 and trimmed[0] == trimmed[-1] == '"'
        return trimmed[1:-1] if quoted else trimmed
    return value


def cell(value: object) -> str:
    """Write a value so that ``typed`` reads the same value again: text bare where that is unmistakable."""
    if isinstance(value, str) and typed(value) == value and isinstance(typed(value), str):
        return value
    return json.dumps(value, ensure_ascii=False)


def text_of(value: object) -> str:
    """The text with which a value reaches a task: numbers and booleans plain, lists and objects as JSON.

    Args:
        value: text, number, boolean (``true``, ``false``), list or object. Null has none: such a variable is not set.

    Raises:
        SubmissionError: the value has no text, or holds NUL or half a character.
    """
    if isinstance(value, str):
        text = value
    elif isinstance(value, bool):
        text = "true" if value else "false"
    elif isinstance(value, _WRITTEN_AS_JSON):
        try:
            usual = type(value) is int or (type(value) is float and math.isfinite(value))
            text = repr(value) if usual else _JSON.encode(value)  # the same, at a fraction of the cost
        except (TypeError, ValueError, RecursionError):
            _refuse("A value holds something that has no text; write it in quotes.")
    else:
        _refuse(f"A value of type {type(value).__name__} has no text; write it in quotes.")
    if _NOT_TEXT.search(text):
        _refuse(f"The value {excerpt(text)} holds a NUL character or half a character; remove it.")
    return text


def name_problem(name: str) -> str:
    """Why a text cannot be the name of a row, as a sentence; empty when it can."""
    if not name:
        return "A name is missing."
    if _USUAL_NAME.fullmatch(name):
        return ""  # as nearly all are; what follows would say the same
    if name in ROW_NAMES:
        return ""
    if name.startswith("ant_"):
        meant = MISSPELT.get(name, "")
        known = f"did you mean {meant}?" if meant in ROW_NAMES else f"known are {', '.join(sorted(ROW_NAMES))}."
        return f"{excerpt(name)} is no argument; {known}"
    if name in RESERVED:
        return f"{name} is set by the scheduler itself; choose GPUs with ant_n_gpus or ant_gpu_ids."
    if not _NAME.fullmatch(name):
        return f"{excerpt(name)} is no name of a variable; use letters, digits and _, a letter or _ first."
    return ""


def value_problem(name: str, value: object) -> str:
    """Why no task could have what a row says, as a sentence that begins with its name; empty when one could.

    What each task fills in by itself (sweeps, random numbers, columns, the tokens of an id) is not known here, and not
    judged.

    Args:
        name: of the row; one that can be (see ``name_problem``).
        value: typed.
    """
    try:
        if name not in ROW_NAMES:
            if value is not None:
                text_of(value)
        elif not is_absent(value) and not (isinstance(value, str) and "{" in value):
            said = ARGUMENTS[name].read(value)
            if name == "ant_task_id" and isinstance(said, str) and "[" not in said and "(" not in said:
                check_id(said)
    except Unreadable as error:
        return f"{name}: {uncapitalised(str(error))}"
    except SubmissionError as error:
        return f"{name}: {uncapitalised(error.sentence)}"
    return ""


def row_problems(names: Sequence[str]) -> tuple[str, ...]:
    """What is wrong with each row of a table, judged by the names: a sentence, or an empty text."""
    seen: dict[str, int] = {}
    problems = []
    for number, name in enumerate(names, 1):
        problem = name_problem(name)
        if not problem and name in seen:
            problem = f"{name} is already in row {seen[name]}."
        seen.setdefault(name, number)
        problems.append(problem)
    return tuple(problems)


def rows_to_values(rows: Iterable[tuple[str, str]]) -> dict[str, object]:
    """The values of a table as typed: (name, text of the value) each.

    Raises:
        SubmissionError: rows have no name, a bad one, or one that comes twice; ``reasons`` names each row.
    """
    table = list(rows)
    problems = row_problems([name for name, _ in table])
    reasons = tuple(f"row {number}: {problem}" for number, problem in enumerate(problems, 1) if problem)
    if reasons:
        raise SubmissionError(f"The variables were not saved: {reasons[0]}", reasons=reasons)
    return {name: typed(text) for name, text in table}


def rows_to_json(values: Mapping[str, object]) -> str:
    """The same values as JSON text, one a line, for the editor's other mode."""
    return json.dumps(dict(values), indent=2, ensure_ascii=False)


def rows_from_json(text: str) -> dict[str, object]:
    """Read the editor's JSON text: an object with variables' names as keys.

    Raises:
        SubmissionError: it is no JSON object, or a name is bad or comes twice.
    """
    try:
        pairs = json.loads(text, object_pairs_hook=_Pairs, parse_constant=_no_constant, parse_float=_finite)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        _refuse(f"The variables are no JSON: {where}: {error.msg}.")
    except (ValueError, RecursionError):
        _refuse("The variables are no JSON: a number is too large, or they are nested too deep.")
    if not isinstance(pairs, _Pairs):
        _refuse('The variables must be a JSON object: {"NAME": value, …}.')
    problems = row_problems([name for name, _ in pairs])
    if any(problems):
        reasons = tuple(filter(None, problems))
        raise SubmissionError(f"The variables were not saved: {reasons[0]}", reasons=reasons)
    return {name: _settled(value) for name, value in pairs}


class _Pairs(list[tuple[str, object]]):
    """An object while it is read, so that a name that comes twice is seen."""


def _settled(value: object) -> object:
    if isinstance(value, _Pairs):
        return {name: _settled(inner) for name, inner in value}
    return [_settled(inner) for inner in value] if isinstance(value, list) else value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"{text} is too large")
    return value


def _refuse(sentence: str) -> NoReturn:
    raise SubmissionError(sentence)
