"""What a scheduler is started with: the settings that it needs, resolved, and where it keeps its things."""

from __future__ import annotations

import os
import socket

from msgspec import Struct

from ant_tui import paths
from ant_tui.config import Settings
from ant_tui.config.schema import GpuSettings, LogSettings, NotifySettings
from ant_tui.core.policy import Limits
from ant_tui.executors.log_folder import start_folder
from ant_tui.monitor.busy import BusySettings
from ant_tui.notify.notifier import NotifyOptions
from ant_tui.scheduler.external_use import ExternalUseOptions
from ant_tui.scheduler.log_retention import LogLimits
from ant_tui.scheduler.recovery import RecoveryChoices

__all__ = ["LogOptions", "SchedulerOptions"]


class LogOptions(Struct, frozen=True):
    """Where the output of tasks goes, and how much of it is kept.

    Attributes:
        root: absolute path of the directory for logs; empty leaves them in the job directories.
        per_start_folder: whether there is a folder in ``root`` for each start of the scheduler.
        header_in_file: whether each log gets a header and a footer.
        limits: how many logs are kept.
    """

    root: str = ""
    per_start_folder: bool = False
    header_in_file: bool = False
    limits: LogLimits = LogLimits()

    def folder(self, started_at: float) -> str:
        """Absolute path of the directory for the logs of a start; empty for the job directories.

        Args:
            started_at: epoch seconds at which the scheduler started.
        """
        return f"{self.root}/{start_folder(started_at)}" if self.root and self.per_start_folder else self.root


class SchedulerOptions(Struct, frozen=True, kw_only=True):
    """Everything that a scheduler does not find out by itself.

    Attributes:
        data_dir: absolute path of the data directory.
        jobs_dir: absolute path of the job directories.
        machine: name of this machine, for people.
        limits: what may run at once.
        max_queued: most tasks that wait; a submission beyond is refused.
        max_gpus_per_task: most GPUs that one task may ask for; 0 means no bound.
        default_gpus: GPUs of a task that does not say.
        shell: absolute path of the shell that reads commands.
        grace_s: seconds between TERM and KILL.
        keep_ended: how many ended tasks are remembered; 0 means all.
        kill_on_stop: whether stopping the scheduler ends the running tasks, unless the request says otherwise.
        simulate_gpus: number of simulated GPUs; None uses the driver.
        only_gpus: indices or UUIDs of the GPUs to manage; empty means all.
        sample_interval_s: seconds between looks at the GPUs.
        deadline_s: seconds that a GPU may take to answer.
        external_use: what keeps it away from a GPU that somebody else uses.
        slot_count: how many sets of variables can be saved.
        recovery: what becomes of tasks that an earlier session left.
        logs: where output goes, and how much of it is kept.
        notify: who is told of ends.
    """

    data_dir: str
    jobs_dir: str
    machine: str
    limits: Limits = Limits()
    max_queued: int = 100_000
    max_gpus_per_task: int = 0
    default_gpus: int = 0
    shell: str = "/bin/sh"
    grace_s: float = 10.0
    keep_ended: int = 10_000
    kill_on_stop: bool = False
    simulate_gpus: int | None = None
    only_gpus: tuple[str, ...] = ()
    sample_interval_s: float = 1.0
    deadline_s: float = 2.0
    external_use: ExternalUseOptions = ExternalUseOptions()
    slot_count: int = 8
    recovery: RecoveryChoices = RecoveryChoices()
    logs: LogOptions = LogOptions()
    notify: NotifyOptions = NotifyOptions()

    @classmethod
    def of(
        cls,
        settings: Settings,
        data_dir: str,
        *,
        gpus: tuple[str, ...] = (),
        simulate_gpus: int | None = None,
        headless: bool = True,
    ) -> SchedulerOptions:
        """Take what a scheduler needs out of the settings.

        Args:
            settings: as loaded.
            data_dir: the data directory.
            gpus: indices or UUIDs of the GPUs to manage; empty means all.
            simulate_gpus: how many simulated GPUs to use; None uses the driver.
            headless: False where somebody looks at a screen and can be asked.
        """
        recovery = settings.recovery.resolved(headless=headless)
        scheduler = settings.scheduler
        cores = os.cpu_count() or 1
        data_dir = os.path.realpath(data_dir)
        return cls(
            data_dir=data_dir,
            jobs_dir=paths.jobs_dir(data_dir),
            machine=socket.gethostname(),
            limits=Limits(cpu_tasks=scheduler.cpu_task_limit(cores), gpus=scheduler.max_gpus),
            max_queued=scheduler.max_queued,
            max_gpus_per_task=scheduler.max_gpus_per_task,
            default_gpus=scheduler.default_gpus,
            shell=scheduler.shell,
            grace_s=settings.cancel.grace_s,
            keep_ended=settings.history.keep,
            kill_on_stop=settings.shutdown.tasks == "kill",
            simulate_gpus=simulate_gpus,
            only_gpus=gpus,
            sample_interval_s=settings.gpus.sample_interval_s,
            deadline_s=settings.gpus.deadline_s,
            external_use=_external_use(settings.gpus),
            slot_count=settings.environment.slot_count,
            recovery=RecoveryChoices(recovery.interrupted, recovery.queued, recovery.completed),
            logs=_logs(settings.logs, data_dir),
            notify=_notify(settings.notify, data_dir),
        )


def _external_use(gpus: GpuSettings) -> ExternalUseOptions:
    detection = None
    if gpus.busy_detection != "off":
        detection = BusySettings(
            mode=gpus.busy_detection,
            window_s=gpus.window_s,
            utilization=gpus.utilization_threshold,
            memory=gpus.memory_threshold,
            process_memory=gpus.process_memory_mib * 2**20,
            ignored_pids=frozenset(gpus.ignore_pids),
            ignored_users=frozenset(gpus.ignore_users),
        )
    return ExternalUseOptions(detection, gpus.start_max_utilization, gpus.start_max_memory)


def _logs(logs: LogSettings, data_dir: str) -> LogOptions:
    root = os.path.expanduser(logs.root)
    if not root and logs.per_start_folder:
        root = paths.logs_dir(data_dir)
    limits = LogLimits(
        max_age_s=logs.max_age_days * 86_400.0,
        max_count=logs.max_count,
        max_total=logs.max_total_mib * 2**20,
        max_size=logs.max_size_mib * 2**20,
    )
    return LogOptions(root.rstrip("/"), logs.per_start_folder, logs.header_in_file, limits)


def _notify(notify: NotifySettings, data_dir: str) -> NotifyOptions:
    return NotifyOptions(frozenset(notify.states), notify.command, notify.webhook, paths.notify_log_file(data_dir))
