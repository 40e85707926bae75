"""Every setting: its section, name, type, range, unit and default, declared here and nowhere else.

What each one means stands beside it in ``config/default.toml``, whose values a test holds equal to these defaults.
Values only: reading is ``loading``, words for what a type allows are ``values``. In names, ``_s`` are seconds and
``_mib`` are MiB (1,048,576 bytes). Where a limit can be off, 0 is off.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from msgspec import Meta, Struct, field, structs

from ant_tui.bounds import MOST_GPUS

__all__ = [
    "CancelSettings",
    "EnvironmentSettings",
    "GpuSettings",
    "HistorySettings",
    "LogSettings",
    "MonitorSettings",
    "NotifySettings",
    "OutputSettings",
    "RecoverySettings",
    "SchedulerLogSettings",
    "SchedulerSettings",
    "ScreenSettings",
    "Settings",
    "ShutdownSettings",
    "SubmitSettings",
    "inconsistencies",
]

# --- kinds of values: ``unit`` and ``words`` are shown to people, the rest is checked -----------------------------
CpuTasks = Annotated[int, Meta(ge=0, le=100_000, extra={"unit": "tasks"})]
Gpus = Annotated[int, Meta(ge=0, le=MOST_GPUS, extra={"unit": "GPUs"})]
QueueLength = Annotated[int, Meta(ge=1, le=10_000_000, extra={"unit": "tasks"})]
TaskCount = Annotated[int, Meta(ge=0, le=10_000_000, extra={"unit": "tasks"})]
Interval = Annotated[float, Meta(ge=0.1, le=60, extra={"unit": "seconds"})]
Window = Annotated[float, Meta(ge=1, le=3_600, extra={"unit": "seconds"})]
Grace = Annotated[float, Meta(ge=0, le=3_600, extra={"unit": "seconds"})]
HistoryWindow = Annotated[int, Meta(ge=60, le=3_600, extra={"unit": "seconds"})]
Fraction = Annotated[float, Meta(ge=0, le=1)]
Alpha = Annotated[float, Meta(gt=0, le=1)]
Mebibytes = Annotated[int, Meta(ge=0, le=1_073_741_824, extra={"unit": "MiB"})]
Days = Annotated[int, Meta(ge=0, le=36_500, extra={"unit": "days"})]
Hours = Annotated[int, Meta(ge=0, le=87_600, extra={"unit": "hours"})]
LiveLines = Annotated[int, Meta(ge=1, le=5_000, extra={"unit": "lines"})]
ListLines = Annotated[int, Meta(ge=1, le=20, extra={"unit": "lines"})]
ViewLines = Annotated[int, Meta(ge=2, le=5_000, extra={"unit": "lines"})]
Slots = Annotated[int, Meta(ge=1, le=64, extra={"unit": "slots"})]
Pid = Annotated[int, Meta(ge=1, le=4_194_304)]
UserName = Annotated[str, Meta(pattern=r"\A[^\s:\0]+\Z", extra={"words": "a user name"})]
Program = Annotated[str, Meta(pattern=r"\A/[^\0\n]*[^\0\n/]\Z", extra={"words": "the absolute path of a program"})]
Directory = Annotated[
    str,
    Meta(pattern=r"\A(?:(?:/|~)[^\0\n]*)?\Z", extra={"words": 'an absolute path, also with ~ for the home, or ""'}),
]
Exported = Annotated[
    str,
    Meta(
        pattern=r"\A(?:[A-Za-z_][A-Za-z0-9_]*)(?:,[A-Za-z_][A-Za-z0-9_]*)*\Z",
        extra={"words": '"all", "none", or names of variables with commas between them'},
    ),
]
ShellLine = Annotated[str, Meta(pattern=r"\A[^\0]*\Z", extra={"words": 'a shell command, or ""'})]
Address = Annotated[
    str, Meta(pattern=r"\A(?:https?://[^\s\0]+)?\Z", extra={"words": 'an http:// or https:// address, or ""'})
]
ThemeName = Annotated[str, Meta(pattern=r"\A[\w.-]+\Z", extra={"words": '"auto" or the name of a theme'})]
Keys = Annotated[str, Meta(pattern=r"\A[^\s,\0]+(?:,[^\s,\0]+)*\Z", extra={"words": "keys with commas between them"})]
EndedState = Literal["completed", "failed", "cancelled", "timeout", "out_of_memory", "lost"]
Column = Literal["number", "id", "state", "gpus", "progress", "time", "command", "priority", "tags", "folder"]
RecoveryChoice = Literal["auto", "ask", "restore", "keep"]


class SchedulerSettings(Struct, frozen=True):
    """``[scheduler]``: how much runs and waits at once, and what a task gets that asks for nothing."""

    max_cpu_tasks: CpuTasks = 0
    max_gpus: Gpus = 0
    max_gpus_per_task: Gpus = 0
    max_queued: QueueLength = 100_000
    default_gpus: Gpus = 0
    shell: Program = "/bin/sh"

    def cpu_task_limit(self, cores: int) -> int:
        """Most tasks without a GPU that run at once on a machine with so many CPU cores."""
        return self.max_cpu_tasks or max(16, 4 * cores)


class ShutdownSettings(Struct, frozen=True):
    """``[shutdown]``: what becomes of running tasks when the scheduler is told to end."""

    tasks: Literal["leave", "kill"] = "leave"


class CancelSettings(Struct, frozen=True):
    """``[cancel]``: how a task is ended."""

    grace_s: Grace = 10.0


class GpuSettings(Struct, frozen=True):
    """``[gpus]``: how GPUs are read, and when one is left to somebody else."""

    sample_interval_s: Interval = 1.0
    deadline_s: Interval = 2.0
    busy_detection: Literal["off", "load", "processes"] = "off"
    utilization_threshold: Fraction = 0.5
    memory_threshold: Fraction = 0.5
    window_s: Window = 20.0
    process_memory_mib: Mebibytes = 100
    ignore_pids: tuple[Pid, ...] = ()
    ignore_users: tuple[UserName, ...] = ()
    start_max_utilization: Fraction = 1.0
    start_max_memory: Fraction = 1.0


class HistorySettings(Struct, frozen=True):
    """``[history]``: how many ended tasks are remembered."""

    keep: TaskCount = 10_000


class LogSettings(Struct, frozen=True):
    """``[logs]``: where the output of tasks is kept, and for how long."""

    root: Directory = ""
    per_start_folder: bool = False
    max_age_days: Days = 0
    max_count: TaskCount = 0
    max_total_mib: Mebibytes = 0
    max_size_mib: Mebibytes = 0
    header_in_file: bool = False


class SchedulerLogSettings(Struct, frozen=True):
    """``[scheduler_log]``: what the scheduler writes about itself."""

    level: Literal["debug", "info", "warning", "error"] = "info"
    to_file: bool = True
    to_stderr: bool = True


class MonitorSettings(Struct, frozen=True):
    """``[monitor]``: the history behind the graphs."""

    smoothing_alpha: Alpha = 0.1
    window_s: HistoryWindow = 300


class OutputSettings(Struct, frozen=True):
    """``[output]``: how much of a task's output is shown where."""

    live_lines: LiveLines = 20
    preview_lines: LiveLines = 50
    view_lines: ViewLines = 200
    wrap: bool = False


class SubmitSettings(Struct, frozen=True):
    """``[submit]``: what a new task takes along."""

    export: Exported = "all"
    retry_keep_random: bool = True


class EnvironmentSettings(Struct, frozen=True):
    """``[environment]``: saved sets of variables."""

    slot_count: Slots = 8


class ScreenSettings(Struct, frozen=True):
    """``[screen]``: how the full screen looks."""

    theme: ThemeName = "auto"
    graph: Literal["auto", "braille", "block", "ascii"] = "auto"
    mouse: bool = True
    layout: Literal["auto", "panes", "tabs"] = "auto"
    columns: Annotated[tuple[Column, ...], Meta(min_length=1)] = (
        "number",
        "id",
        "state",
        "gpus",
        "progress",
        "time",
        "command",
    )
    finished_hours: Hours = 24
    list_lines: ListLines = 3


class NotifySettings(Struct, frozen=True):
    """``[notify]``: who is told when a task ends."""

    bell: bool = False
    desktop: bool = False
    command: ShellLine = ""
    webhook: Address = ""
    states: tuple[EndedState, ...] = ("failed", "timeout", "out_of_memory", "lost")


class RecoverySettings(Struct, frozen=True):
    """``[recovery]``: what becomes of tasks that an earlier session left."""

    interrupted: RecoveryChoice = "auto"
    queued: RecoveryChoice = "auto"
    completed: RecoveryChoice = "restore"

    def resolved(self, *, headless: bool) -> RecoverySettings:
        """The same without ``auto``: ``restore`` for a scheduler without a screen, ``ask`` for one with a screen.

        What has completed is restored by ``auto`` in both cases: there is nothing to decide about it.
        """
        automatic: RecoveryChoice = "restore" if headless else "ask"
        return structs.replace(
            self,
            interrupted=automatic if self.interrupted == "auto" else self.interrupted,
            queued=automatic if self.queued == "auto" else self.queued,
            completed="restore" if self.completed == "auto" else self.completed,
        )


class Settings(Struct, frozen=True):
    """Everything that can be set; each attribute is a section of the file, ``keys`` a free table.

    Attributes:
        keys: action id -> keys with commas between them. Whether both are known is checked by the screen, which alone
            knows its actions.
    """

    scheduler: SchedulerSettings = SchedulerSettings()
    shutdown: ShutdownSettings = ShutdownSettings()
    cancel: CancelSettings = CancelSettings()
    gpus: GpuSettings = GpuSettings()
    history: HistorySettings = HistorySettings()
    logs: LogSettings = LogSettings()
    scheduler_log: SchedulerLogSettings = SchedulerLogSettings()
    monitor: MonitorSettings = MonitorSettings()
    output: OutputSettings = OutputSettings()
    submit: SubmitSettings = SubmitSettings()
    environment: EnvironmentSettings = EnvironmentSettings()
    screen: ScreenSettings = ScreenSettings()
    keys: Mapping[str, Keys] = field(default_factory=dict)
    notify: NotifySettings = NotifySettings()
    recovery: RecoverySettings = RecoverySettings()


def inconsistencies(settings: Settings) -> list[tuple[str, str]]:
    """What no single value is to blame for: pairs of a key and a sentence's end about it."""
    found = []
    gpus = settings.gpus
    if gpus.window_s < gpus.sample_interval_s:
        found.append(
            ("gpus.window_s", f"is shorter than gpus.sample_interval_s ({gpus.sample_interval_s:g}); make it longer")
        )
    columns = settings.screen.columns
    twice = sorted({column for column in columns if columns.count(column) > 1})
    if twice:
        found.append(("screen.columns", f'names "{twice[0]}" twice; name each column once'))
    return found
