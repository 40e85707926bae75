"""ANT's state for recovery, versions 1 and 2: tasks that waited or ran are taken, what had ended is left.

Version 1 is one session; version 2 has a list of them, and hidden tasks. An id that comes in several sessions means the
task of the newest.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any

from ant_tui.errors import SubmissionError
from ant_tui.importing.ant_variables import split
from ant_tui.importing.plan import Left, Plan, TaskTaken
from ant_tui.submission.arguments import Unreadable, read_count
from ant_tui.submission.identifiers import check_id, has_tokens

__all__ = ["recovery_plan"]

_BRACKETS = str.maketrans("[]{}", "()()")
_ENDED = "It had ended in ANT, and only what ran here is history here."
_SECTIONS = {"ongoing": "interrupted", "queued": "queued", "completed": ""}


class _Untakable(ValueError):
    """A task that cannot be taken; ``args[0]`` says why."""


def recovery_plan(path: str, found: Mapping[str, Any]) -> Plan:
    """Plan what to take of a state for recovery: interrupted tasks first, then those that queued, in their order.

    Args:
        path: the file.
        found: what is in it.
    """
    tasks: list[TaskTaken] = []
    left: list[Left] = []
    taken: set[str] = set()
    for session, section, state in _entries(found):
        what = _name(state)
        if not _SECTIONS[section]:
            left.append(Left(what, f"{_ENDED}{_log_of(state)}"))
            continue
        try:
            task = _task(state, session, _SECTIONS[section])
        except (_Untakable, SubmissionError) as problem:
            left.append(Left(what, str(problem)))
            continue
        if task.id in taken:
            left.append(Left(what, "A newer session has a task of this id, which was taken."))
        else:
            taken.add(task.id)
            tasks.append(task)
    left.extend(Left(_name(state), "It was hidden in ANT.") for state in _tasks_in(found, "hidden"))
    return Plan(path, "tasks of ANT", tasks=tuple(tasks), left=tuple(left))


def _entries(found: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """(session, section, task) for all of them, newest session first."""
    listed = found.get("sessions")
    sessions = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else [found]
    for session in sorted(sessions, key=_saved_at, reverse=True):
        name = str(session.get("session_id") or _saved_at(session))
        for section in _SECTIONS:
            for state in _tasks_in(session, section):
                yield name, section, state


def _tasks_in(session: Mapping[str, Any], section: str) -> list[Mapping[str, Any]]:
    listed = session.get(section)
    return [state for state in listed if isinstance(state, dict)] if isinstance(listed, list) else []


def _saved_at(session: Mapping[str, Any]) -> float:
    at = session.get("saved_at")
    return at if isinstance(at, int | float) and not isinstance(at, bool) else 0.0


def _name(state: Mapping[str, Any]) -> str:
    return str(state.get("task_id") or "").strip() or "(no id)"


def _log_of(state: Mapping[str, Any]) -> str:
    path = state.get("log_file_name")
    return f" Its log is {os.path.abspath(path)}" if isinstance(path, str) and os.path.isfile(path) else ""


def _task(state: Mapping[str, Any], session: str, was: str) -> TaskTaken:
    command = state.get("command")
    if not isinstance(command, str) or not command.strip():
        raise _Untakable("It has no command.")
    given = state.get("envar")
    special, variables, notes = split(given if isinstance(given, dict) else {})
    what = _name(state)
    made = _id(what)
    if made != what:
        notes.append(f"It is called {made} here.")
    return TaskTaken(
        what=what,
        id=made,
        key=f"ant:{session}:{what}",
        command=command,
        gpus=_gpus(state),
        variables=variables,
        workdir=special.get("ant_wd", ""),
        conda_env=special.get("ant_conda_env", ""),
        conda_env_path=special.get("ant_conda_env_path", ""),
        conda_path=special.get("ant_conda_path", ""),
        was=was,
        notes=tuple(notes),
    )


def _id(name: str) -> str:
    """An id that means no number and no template here."""
    if name == "(no id)":
        raise _Untakable("It has no id.")
    if name.isdigit():
        name = f"ant-{name}"
    return check_id(name.translate(_BRACKETS) if has_tokens(name) else name)


def _gpus(state: Mapping[str, Any]) -> int:
    """ANT took any value; one that is no count stopped it for ever."""
    try:
        return read_count(state.get("n_gpus", 0))
    except Unreadable as problem:
        raise _Untakable(str(problem)) from None
