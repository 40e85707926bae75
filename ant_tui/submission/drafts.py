"""The values at the two ends of the submission language: what comes in beside the text, and what comes out.

Values only. Which text gives which draft is decided in ``multi``; whether a draft can become a task (a duplicate id,
too many GPUs for this machine, a directory that is not there) is decided by who asked for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # importing them costs more than all the rest of this package's values
    from datetime import datetime
    from random import Random
    from uuid import UUID

__all__ = ["FormValues", "Sources", "TaskDraft"]


_NOTHING: Mapping[str, str] = {}
"""What most drafts have of variables and parameters: one mapping for all of them."""


@dataclass(frozen=True, slots=True)
class TaskDraft:
    """One task as its author described it.

    Attributes:
        command: shell text as submitted: arguments taken out, sweeps and columns filled in, random numbers not drawn.
        resolved_command: the text that runs; equal to ``command`` when nothing was drawn.
        id: the id, its template expanded and its characters made safe; None: the caller gives a random one.
        gpus: number of GPUs, 0 or more; None: the caller decides.
        gpu_ids: indices or UUIDs to choose from; empty for any.
        priority: lower runs sooner; None: the caller decides.
        tags: free words.
        variables: environment variables, as text.
        workdir: directory to run in, as written (``~`` and relative paths are the caller's to resolve), or None.
        conda_env: name of a conda environment, or None.
        conda_env_path: directory of a conda environment, or None; wins over the name.
        conda_path: the conda executable, or None for ``conda``.
        output: file for the output, as written (like ``workdir``), or None for a log of the scheduler's.
        line: the line of the text on which it began, from 1; where it came from is no part of what it is, so two
            drafts that differ only in this are equal.
        parameters: the values of sweeps and columns that made this one of several; not compared either.
    """

    command: str
    resolved_command: str
    id: str | None = None
    gpus: int | None = None
    gpu_ids: tuple[str, ...] = ()
    priority: int | None = None
    tags: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    workdir: str | None = None
    conda_env: str | None = None
    conda_env_path: str | None = None
    conda_path: str | None = None
    output: str | None = None
    line: int = field(default=1, compare=False)
    parameters: Mapping[str, str] = field(default_factory=lambda: _NOTHING, compare=False)


@dataclass(frozen=True, slots=True)
class FormValues:
    """What is given beside the text, in a dialog or as options: weaker than the text and than environment rows.

    Only ``variables`` are stronger than environment rows: whoever names a variable for one submission means it.

    Attributes:
        id: an id or a template of one; empty or None for none. Multi ignores it.
        gpus: number of GPUs; None for not said. Multi ignores it.
        gpu_ids: indices or UUIDs to choose from.
        priority: lower runs sooner; None for not said.
        tags: free words.
        variables: environment variables.
        workdir: directory to run in.
        conda_env: name of a conda environment.
        conda_env_path: directory of a conda environment.
        conda_path: the conda executable.
        output: file for the output.
    """

    id: str | None = None
    gpus: int | None = None
    gpu_ids: tuple[str, ...] = ()
    priority: int | None = None
    tags: tuple[str, ...] = ()
    variables: Mapping[str, object] = field(default_factory=dict)
    workdir: str | None = None
    conda_env: str | None = None
    conda_env_path: str | None = None
    conda_path: str | None = None
    output: str | None = None


def _nothing_is_taken(_id: str) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Sources:
    """Where chance and time come from, so that the same text with the same sources gives the same drafts.

    Attributes:
        random: draws random numbers, phrases and ``[uuid8]``.
        now: local time for ``[date]``, ``[time]`` and ``[datetime]``.
        uuid4: makes a new random UUID.
        taken: whether an id is in use already; a template with a random part is then drawn again.
    """

    random: Random
    now: datetime
    uuid4: Callable[[], UUID]
    taken: Callable[[str], bool] = _nothing_is_taken
