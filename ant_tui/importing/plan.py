"""What an import comes to, as values: what is taken, and what is left and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

__all__ = ["Left", "Plan", "SettingTaken", "SlotTaken", "TaskTaken"]


@dataclass(frozen=True, slots=True)
class Left:
    """Something that is not taken.

    Attributes:
        what: what it is called where it comes from.
        why: a sentence.
    """

    what: str
    why: str


@dataclass(frozen=True, slots=True)
class SettingTaken:
    """A setting.

    Attributes:
        what: what it is called where it comes from.
        key: what it is called here, ``section.key``.
        value: as TOML has it.
        note: what is to be said about it, as a sentence; or nothing.
    """

    what: str
    key: str
    value: object
    note: str = ""


@dataclass(frozen=True, slots=True)
class TaskTaken:
    """A task that did not end.

    Attributes:
        what: its id where it comes from.
        id: its id here.
        key: the same key again is the same task, so that an import can be repeated.
        command: shell text, as it is.
        gpus: how many.
        variables: its own variables, as text.
        workdir: as written; empty for where everything was started.
        conda_env: name of a conda environment, or nothing.
        conda_env_path: directory of one, or nothing.
        conda_path: the conda executable, or nothing.
        was: ``queued`` or ``interrupted``.
        notes: what became different, as sentences.
    """

    what: str
    id: str
    key: str
    command: str
    gpus: int = 0
    variables: Mapping[str, str] = field(default_factory=dict)
    workdir: str = ""
    conda_env: str = ""
    conda_env_path: str = ""
    conda_path: str = ""
    was: str = "queued"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SlotTaken:
    """A saved set of variables.

    Attributes:
        what: what it is called where it comes from.
        slot: the place that it had, from 1.
        name: its name.
        values: typed values by name.
        notes: what became different, as sentences.
    """

    what: str
    slot: int
    name: str
    values: Mapping[str, object]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a file comes to.

    Attributes:
        file: the file.
        about: what it is, in a few words.
        settings: settings to set.
        tasks: tasks to queue, in their order.
        slots: sets to save.
        left: what is not taken.
    """

    file: str
    about: str
    settings: tuple[SettingTaken, ...] = ()
    tasks: tuple[TaskTaken, ...] = ()
    slots: tuple[SlotTaken, ...] = ()
    left: tuple[Left, ...] = ()
