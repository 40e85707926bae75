"""ANT's variables: its special rows are ours as well; what could never reach a task is left out, and told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ant_tui.errors import SubmissionError
from ant_tui.submission.arguments import ROW_NAMES, is_absent
from ant_tui.submission.env_values import RESERVED, name_problem, text_of

__all__ = ["rows_of", "split"]


def rows_of(given: Mapping[str, Any]) -> tuple[dict[str, object], list[str]]:
    """The rows that can be kept as they are, and a sentence for each of the others.

    Args:
        given: typed values by name, as in ANT's editor.
    """
    rows: dict[str, object] = {}
    notes: list[str] = []
    for name, value in given.items():
        if name in RESERVED:
            notes.append(f"{name} was left out: the scheduler sets it itself.")
        elif problem := name_problem(name):
            notes.append(f"A variable was left out: {problem}")
        else:
            try:
                if value is not None:
                    text_of(value)
            except SubmissionError as error:
                notes.append(f"{name} was left out: {error.sentence}")
            else:
                rows[name] = value
    return rows, notes


def split(given: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str], list[str]]:
    """The special rows that say something, the texts of the variables, and a sentence for each that was left out.

    Null reached a task of ANT as the word ``None``, which nobody wants; here it says nothing.
    """
    rows, notes = rows_of(given)
    special = {name: str(value) for name, value in rows.items() if name in ROW_NAMES and not is_absent(value)}
    plain = {name: text_of(value) for name, value in rows.items() if name not in ROW_NAMES and value is not None}
    return special, plain, notes
