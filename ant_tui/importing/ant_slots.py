"""ANT's environment slots."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ant_tui.importing.ant_variables import rows_of
from ant_tui.importing.plan import Left, Plan, SlotTaken
from ant_tui.submission.env_values import value_problem

__all__ = ["slots_plan"]

_LONGEST_NAME = 200


def slots_plan(path: str, found: Mapping[str, Any]) -> Plan:
    """Plan what to take of a file of slots: all that are not empty.

    Args:
        path: the file.
        found: what is in it.
    """
    slots: list[SlotTaken] = []
    left: list[Left] = []
    for number, slot in enumerate(found["slots"], 1):
        given = slot.get("envar") if isinstance(slot, dict) else None
        what = f"slot {number}"
        if not isinstance(given, dict) or not given:
            left.append(Left(what, "It is empty."))
            continue
        name = str(slot.get("name") or "").strip()[:_LONGEST_NAME] or f"Slot {number}"
        rows, notes = rows_of(given)
        for row in [row for row in rows if value_problem(row, rows[row])]:  # with one of them none would be kept
            notes.append(f"A variable was left out: {value_problem(row, rows.pop(row))}")
        if rows:
            slots.append(SlotTaken(f"{what}, {name}", number, name, rows, tuple(notes)))
        else:
            left.append(Left(f"{what}, {name}", " ".join(notes)))
    return Plan(path, "environment slots of ANT", slots=tuple(slots), left=tuple(left))
