"""Starting and signalling tasks on this machine.

A start is one ``posix_spawn`` of a shell in a session of its own, with its output on its own file: no thread, no pipe
and no Python process per task. Everything else about a task's end is learned from a pidfd and its job directory.
"""

from __future__ import annotations

import errno
import logging
import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from enum import StrEnum

from msgspec import Struct

from ant_tui.executors import output_file, processes, wrapper
from ant_tui.executors.job_directory import Found, Job, JobDirectory
from ant_tui.executors.log_folder import LogFolder
from ant_tui.executors.spawn import spawn_detached

__all__ = ["Fault", "LocalExecutor", "StartFailed", "Started", "send", "send_to_all"]

log = logging.getLogger(__name__)

_NO_PROCESS = frozenset({errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EIO})
"""Failures to start a process that are the machine's. All others come with the task: its shell, its environment."""


class Fault(StrEnum):
    """What a start failed for: the task as it is, the machine as it is now, or a directory that was in the way."""

    TASK = "task"
    MACHINE = "machine"
    DIRECTORY = "directory"


class Started(Struct, frozen=True):
    """A process that was started.

    Attributes:
        pid: its process id.
        pid_start: its start time in ticks since boot; 0: could not be read.
        at: when it was started, in epoch seconds.
    """

    pid: int
    pid_start: int
    at: float


class StartFailed(Exception):
    """A start did not happen.

    Attributes:
        sentence: what went wrong, for the user.
        fault: ``TASK`` when it can never start as it is; ``MACHINE`` (disk full, no processes left) when it may be
            tried again later; ``DIRECTORY`` when only this attempt's number is taken.
    """

    def __init__(self, sentence: str, fault: Fault) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.fault = fault


class LocalExecutor:
    """Runs attempts in job directories below one root."""

    def __init__(self, root: str, owner: str, logs: LogFolder | None = None) -> None:
        """Take a root for job directories.

        Args:
            root: absolute path; made if it is not there.
            owner: a word that tells this scheduler's tasks from those of any other on the machine.
            logs: where logs go; None leaves them in the job directories.
        """
        os.makedirs(root, 0o700, exist_ok=True)
        self.root = root
        self.owner = owner
        self._logs = logs
        self.boot_id = processes.boot_id()

    def directory(self, number: int, attempt: int) -> JobDirectory:
        """The job directory of an attempt."""
        return JobDirectory(self.root, number, attempt)

    def remove_logs(self, number: int, attempt: int) -> None:
        """Remove what is on disk of an attempt; what cannot be removed is logged and stays."""
        try:
            self.directory(number, attempt).remove()
        except OSError as error:
            log.warning("The directory of task %d, attempt %d could not be removed: %s", number, attempt, error)

    def remove_all_logs(self, number: int) -> None:
        """Remove what is on disk of a task, every attempt of it."""
        for name in os.listdir(self.root):
            task, _, attempt = name.partition(".")
            if task == str(number) and attempt.isdecimal():
                self.remove_logs(number, int(attempt))

    def attempts(self) -> dict[int, list[int]]:
        """Which attempts have a job directory, in order, by the task's number."""
        found: dict[int, list[int]] = {}
        for name in os.listdir(self.root):
            number, _, attempt = name.partition(".")
            if number.isdecimal() and attempt.isdecimal():
                found.setdefault(int(number), []).append(int(attempt))
        return {number: sorted(attempts) for number, attempts in found.items()}

    def marker(self, number: int, attempt: int) -> str:
        """The value by which processes of an attempt are known."""
        return f"{self.owner}:{number}.{attempt}"

    def lay_out(self, job: Job) -> None:
        """Make the job directory of an attempt: all that a start needs, and nothing that anybody else can see.

        Like ``start`` it may be called from any thread, and keeps only that one waiting.

        Raises:
            StartFailed: it could not be made, and the attempt will not be started.
        """
        directory = self.directory(job.number, job.attempt)
        try:
            directory.create(job, self.boot_id)
        except FileExistsError as error:
            raise StartFailed(f"could not be started: {_reason(error)}", Fault.DIRECTORY) from error
        except OSError as error:
            raise _failed(directory, error, Fault.MACHINE) from error
        except ValueError as error:  # text that cannot be written as UTF-8
            raise _failed(directory, error, Fault.TASK) from error

    def start(self, job: Job) -> Started:
        """Start an attempt that is laid out.

        Raises:
            StartFailed: no process was started and none will be.
        """
        directory = self.directory(job.number, job.attempt)
        try:
            if job.output:
                output_file.place(directory, job.output, again=job.output_again)
            elif self._logs is not None:
                self._logs.place(directory, job)
        except OSError as error:
            raise _failed(directory, error, Fault.MACHINE) from error
        except output_file.OutputRefused as error:
            raise _failed(directory, error, Fault.TASK) from error
        at, before = time.time(), processes.ticks()
        try:
            pid = self._spawn(job, directory)
        except OSError as error:
            raise _failed(directory, error, Fault.MACHINE if error.errno in _NO_PROCESS else Fault.TASK) from error
        except ValueError as error:  # a NUL in a value, which no process can be given
            raise _failed(directory, error, Fault.TASK) from error
        # Mostly the clock tells when it began, in a tenth of the time that reading /proc takes.
        return Started(pid, before if before == processes.ticks() else _start_of(pid), at)

    def _spawn(self, job: Job, directory: JobDirectory) -> int:
        environment = dict(job.environment)
        environment[processes.MARKER] = self.marker(job.number, job.attempt)
        script = f"{directory.path}/{wrapper.RUN}"
        return spawn_detached([job.shell, script], environment, directory.output)

    def look(self, number: int, attempt: int) -> Found:
        """What became of an attempt that somebody started."""
        marker = f"{processes.MARKER}={self.marker(number, attempt)}".encode()
        return self.directory(number, attempt).look(self.boot_id, marker)

    def members(
        self,
        number: int,
        attempt: int,
        pid: int,
        pid_start: int = 0,
        known: Mapping[int, int] = processes.NOBODY,
    ) -> dict[int, processes.ProcessStat]:
        """Every living process of an attempt, by pid; reads all of ``/proc``.

        Args:
            number: the task.
            attempt: which start.
            pid: the group's leader, or 0 where it is not known.
            pid_start: the leader's start time in ticks; when another process bears its pid now, the group is not ours.
            known: pid → start time in ticks of members that were found before.
        """
        marker = f"{processes.MARKER}={self.marker(number, attempt)}".encode()
        leader = processes.stat_of(pid) if pid else None
        reused = leader is not None and pid_start and leader.start != pid_start
        return processes.scan((pid,) if pid and not reused else (), (marker,), pid_start, known)

    def is_there(self, pid: int, pid_start: int, boot_id: str) -> bool:
        """Whether a process that was seen in some boot still lives: same boot, same pid, same start time in ticks."""
        if not pid or boot_id != self.boot_id:
            return False
        stat = processes.stat_of(pid)
        return stat is not None and stat.alive and stat.start == pid_start

    def is_member(self, pid: int, number: int, attempt: int, leader: int = 0) -> bool:
        """Whether one process carries an attempt's marker, or is in the session of its leader (0: not known)."""
        if leader and (stat := processes.stat_of(pid)) is not None and stat.session == leader:
            return True
        return processes.carries(pid, f"{processes.MARKER}={self.marker(number, attempt)}".encode())


def _start_of(pid: int) -> int:
    """Start time of a process in ticks; 0 where that cannot be found out."""
    try:
        stat = processes.stat_of(pid)
    except Exception as error:  # nothing left to look with; the process is there all the same, and must not be denied
        log.warning("When process %d began could not be read: %s", pid, error)
        return 0
    return stat.start if stat else 0


def send(pid: int, number: int) -> None:
    """Send a signal to one process; one that is gone, or that took another user's rights, is no error."""
    with suppress(ProcessLookupError, PermissionError):
        os.kill(pid, number)


def send_to_all(group: int, strays: Iterable[int], number: int) -> None:
    """Send a signal to a whole process group (0: none) and to processes that left it; see ``send``."""
    if group:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(group, number)
    for pid in strays:
        send(pid, number)


def _failed(directory: JobDirectory, error: Exception, fault: Fault) -> StartFailed:
    """The failure of a start that got as far as its directory.

    No process was started, so no wrapper can come late. What was made of the directory is kept for the eye where the
    task is at fault; where the machine is, it would only pile up with every further try.
    """
    with suppress(OSError):
        output_file.take_back(directory)
    if fault is Fault.MACHINE:
        with suppress(OSError):
            directory.remove()
    else:
        with suppress(OSError):
            directory.void()
    return StartFailed(f"could not be started: {_reason(error)}", fault)


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or error}{where}"
    return str(error)
