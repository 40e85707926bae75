"""What the verbs are asked with: one typed struct per method of the control socket.

A request that does not fit is refused with the path of the wrong field. Unknown fields are refused too, so that a
typing mistake never silently does something else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field

__all__ = [
    "Edit",
    "Entries",
    "GpuHistory",
    "GpuNames",
    "History",
    "Move",
    "NoArguments",
    "Queue",
    "RecoverList",
    "Rename",
    "Retry",
    "SaveSlot",
    "Selection",
    "Signal",
    "SlotName",
    "Stop",
    "Strangers",
    "Submission",
    "Submit",
    "SubmitText",
    "Subscribe",
    "Tag",
    "UseSlot",
    "Wait",
    "Workspace",
]


class NoArguments(Struct, frozen=True, forbid_unknown_fields=True):
    """Nothing is asked for beyond the method itself."""


class Submission(Struct, frozen=True, forbid_unknown_fields=True):
    """One task.

    Attributes:
        command: shell text; one line, or several that run as one script.
        workdir: absolute path of an existing directory.
        id: a task id or a template of one; empty for a random one.
        gpus: how many GPUs; None takes the setting's default (or the number of ``gpu_ids``).
        gpu_ids: indices or UUIDs to choose from.
        exclude_gpus: indices or UUIDs to stay away from.
        priority: lower goes first.
        variables: the task's own environment variables.
        tags: free words.
        key: the same key again returns the first task.
        hold: True keeps it from starting until it is released.
        pty: True gives the command a terminal.
        conda_env: name of the conda environment to run in; empty for none.
        conda_env_path: directory of one, which wins over the name.
        conda_path: the conda executable; empty for ``conda``.
        output: file for the output, absolute or as seen from the task's directory, ``~`` too; it must not exist. Empty
            for a log of the scheduler's.
        verbatim: True takes the command as it is; otherwise it is read in Single mode (see ``submission``).
        workdir_default: True where ``workdir`` is only where the submitter happens to be, so that an ``ant_wd`` of the
            command or the workspace is stronger.
    """

    command: str
    workdir: str
    id: str = ""
    gpus: int | None = None
    gpu_ids: tuple[str, ...] = ()
    exclude_gpus: tuple[str, ...] = ()
    priority: int = 10
    variables: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()
    key: str = ""
    hold: bool = False
    pty: bool = False
    conda_env: str = ""
    conda_env_path: str = ""
    conda_path: str = ""
    output: str = ""
    verbatim: bool = False
    workdir_default: bool = False


class Submit(Struct, frozen=True, forbid_unknown_fields=True):
    """One or many tasks: all are queued or none.

    ``environment`` is what they all take along from the submitter. ``dry_run`` only says what would be queued.
    """

    tasks: tuple[Submission, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False


class SubmitText(Struct, frozen=True, forbid_unknown_fields=True):
    """Many tasks from a text: one a line (``multi``), one script (``single``), or jobs of GPUPeasy (``gpupeasy``).

    ``form`` holds what the text does not say itself; its ``command`` is not used. ``parameters`` is a CSV table whose
    columns the text names as ``{column}``; jobs of GPUPeasy have none.
    """

    text: str
    form: Submission
    mode: Literal["multi", "single", "gpupeasy"] = "multi"
    parameters: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    dry_run: bool = False


class Selection(Struct, frozen=True, forbid_unknown_fields=True):
    """Which tasks a verb is for: names (ids, numbers, ranges, lists, ``last``), or all in some states or with a tag.

    ``all`` means every task that the verb can be applied to.
    """

    tasks: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    tag: str = ""
    all: bool = False
    secrets: bool = False
    before: float | None = None
    """Epoch seconds: only tasks that ended earlier (``forget``)."""
    logs: bool = False
    """Remove the logs as well (``forget``)."""


class Retry(Struct, frozen=True, forbid_unknown_fields=True):
    """Which tasks to queue once more; ``values`` (as for ``edit``) change the repetition of one task."""

    tasks: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    tag: str = ""
    all: bool = False
    values: Mapping[str, str] = field(default_factory=dict)


class Queue(Struct, frozen=True, forbid_unknown_fields=True):
    """Which tasks to list: without ``all``, ``states`` or ``tag`` those not over and those just ended.

    ``limit`` bounds how many are listed (0: no bound); ``text`` keeps those in which every word occurs somewhere.
    """

    states: tuple[str, ...] = ()
    tag: str = ""
    all: bool = False
    limit: int = 0
    text: str = ""
    secrets: bool = False


class History(Struct, frozen=True, forbid_unknown_fields=True):
    """Which ended tasks to list, oldest first: the newest ``limit`` (-1: all), failed ones only, or since a time."""

    limit: int = -1
    failed: bool = False
    since: float | None = None
    text: str = ""


class Signal(Struct, frozen=True, forbid_unknown_fields=True):
    """Which signal (``TERM``, ``SIGUSR1`` or a number) to send to which tasks."""

    signal: str
    tasks: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    tag: str = ""
    all: bool = False


class Tag(Struct, frozen=True, forbid_unknown_fields=True):
    """Which tag to give to or take from which tasks."""

    label: str
    tasks: tuple[str, ...] = ()
    states: tuple[str, ...] = ()
    tag: str = ""
    all: bool = False


class Edit(Struct, frozen=True, forbid_unknown_fields=True):
    """New values for a queued task, by key.

    Keys: ``command``, ``id``, ``gpus``, ``gpu_ids``, ``exclude_gpus``, ``priority``, ``workdir``, ``output``, ``tags``,
    ``env.X`` (an empty text removes the variable, or the output file).
    """

    task: str
    values: Mapping[str, str]


class Move(Struct, frozen=True, forbid_unknown_fields=True):
    """Where queued tasks go: ``up`` and ``down`` by ``by`` places, ``before`` and ``after`` the task ``other``."""

    tasks: tuple[str, ...]
    to: Literal["top", "bottom", "up", "down", "before", "after"]
    by: int = 1
    other: str = ""


class Rename(Struct, frozen=True, forbid_unknown_fields=True):
    """A new id for a task."""

    task: str
    id: str


class GpuNames(Struct, frozen=True, forbid_unknown_fields=True):
    """Which GPUs: indices or UUIDs."""

    gpus: tuple[str, ...]


class GpuHistory(Struct, frozen=True, forbid_unknown_fields=True):
    """What the GPUs did.

    Attributes:
        gpus: indices or UUIDs, or ``host``; empty for all of them and the host.
        metrics: of ``utilization``, ``memory``, ``power``, ``temperature``; empty for all.
        window_s: seconds, up to a week; it ends at the last sample.
    """

    gpus: tuple[str, ...] = ()
    metrics: tuple[Literal["utilization", "memory", "power", "temperature"], ...] = ()
    window_s: Annotated[float, Meta(gt=0, le=604_800)] = 600.0


class Strangers(Struct, frozen=True, forbid_unknown_fields=True):
    """Whose processes: by number, or by owner."""

    pids: tuple[Annotated[int, Meta(ge=1)], ...] = ()
    users: tuple[str, ...] = ()


class ShowWorkspace(Struct, frozen=True, forbid_unknown_fields=True):
    """The workspace and the slots; ``secrets`` shows the values of variables whose names look secret."""

    secrets: bool = False


class Workspace(Struct, frozen=True, forbid_unknown_fields=True):
    """Changes to the variables of new tasks: what to set (values as JSON) and unset; ``replace`` drops the rest."""

    values: Mapping[str, Any] = field(default_factory=dict)
    unset: tuple[str, ...] = ()
    replace: bool = False


class SaveSlot(Struct, frozen=True, forbid_unknown_fields=True):
    """Where to save the workspace, under which name, and whether a filled slot may be overwritten.

    ``values`` are saved instead of the workspace, which then stays as it is (an import does that).
    """

    slot: int
    name: str = ""
    overwrite: bool = False
    values: Mapping[str, Any] | None = None


class UseSlot(Struct, frozen=True, forbid_unknown_fields=True):
    """Which slot to load or to clear, and whether a workspace that is not empty may be overwritten."""

    slot: int
    overwrite: bool = False


class SlotName(Struct, frozen=True, forbid_unknown_fields=True):
    """What to call a slot."""

    slot: int
    name: str


class RecoverList(Struct, frozen=True, forbid_unknown_fields=True):
    """Show what earlier sessions left; ``consume`` takes the prompt that comes once per start."""

    consume: bool = False


class Entries(Struct, frozen=True, forbid_unknown_fields=True):
    """Which of the tasks that earlier sessions left: by number or id, or all, or all of a group or a session.

    ``hidden`` includes hidden ones in ``all``, ``group`` and ``session``; ``logs`` removes logs too (``forget``).
    """

    entries: tuple[str, ...] = ()
    all: bool = False
    group: Literal["", "interrupted", "queued", "completed"] = ""
    session: str = ""
    hidden: bool = False
    logs: bool = False


class Wait(Struct, frozen=True, forbid_unknown_fields=True):
    """Answer when the tasks have ended (with ``any``: one of them); ``timeout`` in seconds, None waits for ever."""

    tasks: tuple[str, ...]
    any: bool = False
    timeout: float | None = None


class Subscribe(Struct, frozen=True, forbid_unknown_fields=True):
    """Events from now on, or after sequence number ``since``.

    ``image`` asks for the state as it is first; ``samples`` for the monitor's samples in between.
    """

    since: int | None = None
    image: bool = False
    samples: bool = False


class Stop(Struct, frozen=True, forbid_unknown_fields=True):
    """End the scheduler; what becomes of running tasks (None: as the setting ``shutdown.tasks`` says)."""

    tasks: Literal["leave", "kill"] | None = None
