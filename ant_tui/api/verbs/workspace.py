"""The workspace of variables that are applied to new tasks, and its saved sets: ``env`` and ``env slot``."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from ant_tui.api.documents import SlotDocument, WorkspaceDocument, iso
from ant_tui.api.schema import SaveSlot, ShowWorkspace, SlotName, UseSlot, Workspace
from ant_tui.core import events as ev
from ant_tui.core.image import Slot
from ant_tui.core.secrets import masked
from ant_tui.core.state import State
from ant_tui.errors import Refused, UsageError
from ant_tui.scheduler.scheduler import Scheduler
from ant_tui.submission.env_values import name_problem, value_problem

__all__ = ["clear_slot", "env", "env_set", "load_slot", "rename_slot", "save_slot"]


async def env(scheduler: Scheduler, request: ShowWorkspace) -> WorkspaceDocument:
    """Show the workspace and the slots; values of names that look secret only where that is asked for."""
    return _document(scheduler, secrets=request.secrets)


async def env_set(scheduler: Scheduler, request: Workspace) -> WorkspaceDocument:
    """Change the workspace: set and unset names, or with ``replace`` put ``values`` in its place.

    Raises:
        UsageError: a name cannot be a variable, or no task could have such a value.
    """
    _check_rows(request.values)
    values = dict(request.values) if request.replace else {**scheduler.state.workspace, **request.values}
    for name in request.unset:
        if values.pop(name, None) is None and not request.replace and name not in scheduler.state.workspace:
            raise Refused(f"There is no variable '{name}' in the workspace.")
    if values != scheduler.state.workspace:
        await scheduler.recorder.record(ev.WorkspaceChanged(at=time.time(), values=values))
    return _document(scheduler)


async def save_slot(scheduler: Scheduler, request: SaveSlot) -> WorkspaceDocument:
    """Save the workspace, or other values, in a slot.

    Raises:
        Refused: there is nothing to save, or the slot is taken and ``overwrite`` was not said.
        UsageError: a name cannot be a variable, or no task could have such a value.
    """
    state = scheduler.state
    number = _checked(scheduler, request.slot)
    values = state.workspace if request.values is None else request.values
    _check_rows(values)
    if not values:
        raise Refused("The workspace is empty; there is nothing to save.")
    if number in state.slots and not request.overwrite:
        raise Refused(f"Slot {number} holds '{state.slots[number].name}' already; overwrite it or take another.")
    name = request.name.strip() or (state.slots[number].name if number in state.slots else f"Slot {number}")
    event = ev.SlotChanged(at=time.time(), slot=number, name=name, values=dict(values))
    await scheduler.recorder.record(event)
    return _document(scheduler)


async def load_slot(scheduler: Scheduler, request: UseSlot) -> WorkspaceDocument:
    """Put a slot's variables in the workspace's place.

    Raises:
        Refused: the slot is empty, or the workspace is not and ``overwrite`` was not said.
        UsageError: no task could have what is in it.
    """
    slot = _filled(scheduler, request.slot)
    _check_rows(slot.values)  # one that an earlier version saved
    current = scheduler.state.workspace
    if current and current != slot.values and not request.overwrite:
        raise Refused("The workspace is not empty; overwrite it, or save it in a slot first.")
    await scheduler.recorder.record(ev.WorkspaceChanged(at=time.time(), values=dict(slot.values)))
    return _document(scheduler)


async def rename_slot(scheduler: Scheduler, request: SlotName) -> WorkspaceDocument:
    """Call a slot something else; an empty name gives it its number back."""
    slot = _filled(scheduler, request.slot)
    name = request.name.strip() or f"Slot {request.slot}"
    event = ev.SlotChanged(at=time.time(), slot=request.slot, name=name, values=slot.values)
    await scheduler.recorder.record(event)
    return _document(scheduler)


async def clear_slot(scheduler: Scheduler, request: UseSlot) -> WorkspaceDocument:
    """Empty a slot."""
    _filled(scheduler, request.slot)
    await scheduler.recorder.record(ev.SlotChanged(at=time.time(), slot=request.slot))
    return _document(scheduler)


def _check_rows(values: Mapping[str, Any]) -> None:
    """Refuse what would have every submission refused afterwards."""
    judged = (name_problem(name) or value_problem(name, value) for name, value in values.items())
    problems = [problem for problem in judged if problem]
    if problems:
        raise UsageError(f"The variables were not changed: {problems[0]}", reasons=tuple(problems))


def _checked(scheduler: Scheduler, number: int) -> int:
    count = scheduler.options.slot_count
    if not 1 <= number <= count:
        raise UsageError(f"There is no slot {number}; the slots are 1 to {count} (environment.slot_count).")
    return number


def _filled(scheduler: Scheduler, number: int) -> Slot:
    slot = scheduler.state.slots.get(_checked(scheduler, number))
    if slot is None:
        raise Refused(f"Slot {number} is empty.")
    return slot


def _document(scheduler: Scheduler, *, secrets: bool = False) -> WorkspaceDocument:
    state: State = scheduler.state
    shown: Callable[[Mapping[str, Any]], dict[str, Any]] = dict if secrets else masked
    numbers = range(1, scheduler.options.slot_count + 1)
    return WorkspaceDocument(shown(state.workspace), tuple(_slot(n, state.slots.get(n), shown) for n in numbers))


def _slot(number: int, slot: Slot | None, shown: Callable[[Mapping[str, Any]], dict[str, Any]]) -> SlotDocument:
    if slot is None:
        return SlotDocument(number, "", True, {}, None)
    return SlotDocument(number, slot.name, False, shown(slot.values), iso(slot.saved_at))
