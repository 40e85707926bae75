"""Starting and signalling tasks on this machine.

A start is one ``posix_spawn`` of a shell in a session of its own, with its output on its own file: no thread, no pipe
and no Python process per task. Everything else about a task's end is learned from a pidfd and its job directory.
"""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterable
from contextlib import suppress

from msgspec import Struct

from ant_tui.executors import processes, wrapper
from ant_tui.executors.job_directory import Found, Job, JobDirectory

__all__ = ["LocalExecutor", "StartFailed", "Started"]

_RESET = (
    signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGPIPE, signal.SIGTERM, signal.SIGTSTP, signal.SIGTTIN,
    signal.SIGTTOU, signal.SIGCHLD, signal.SIGWINCH, signal.SIGUSR1, signal.SIGUSR2, signal.SIGXFSZ,
)  # fmt: skip
"""Signals that a task finds in their default disposition, whatever this program does with them."""

_MACHINE_TROUBLE = frozenset(
    {errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM}
)
"""Failures of a start that are the machine's, not the task's: the task waits and is tried again."""


class Started(Struct, frozen=True):
    """A process that was started: its pid and its start time in ticks since boot."""

    pid: int
    pid_start: int


class StartFailed(Exception):
    """A start did not happen.

    Attributes:
        sentence: what went wrong, for the user.
        machine_trouble: True when the machine is at fault (disk full, no processes left) and the task may be tried
            again; False when this task can never start as it is.
    """

    def __init__(self, sentence: str, *, machine_trouble: bool) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.machine_trouble = machine_trouble


class LocalExecutor:
    """Runs attempts in job directories below one root."""

    def __init__(self, root: str, owner: str) -> None:
        """Take a root for job directories.

        Args:
            root: absolute path; made if it is not there.
            owner: a word that tells this scheduler's tasks from those of any other on the machine.
        """
        os.makedirs(root, 0o700, exist_ok=True)
        self.root = root
        self.owner = owner
        self.boot_id = processes.boot_id()

    def directory(self, number: int, attempt: int) -> JobDirectory:
        """The job directory of an attempt."""
        return JobDirectory(self.root, number, attempt)

    def directories(self, number: int) -> list[str]:
        """Paths of all job directories of a task that are on disk."""
        return sorted(f"{self.root}/{name}" for name in os.listdir(self.root) if name.partition(".")[0] == str(number))

    def marker(self, number: int, attempt: int) -> str:
        """The value by which processes of an attempt are known."""
        return f"{self.owner}:{number}.{attempt}"

    def start(self, job: Job) -> Started:
        """Start an attempt.

        Raises:
            StartFailed: no process was started and none will be.
        """
        directory = self.directory(job.number, job.attempt)
        try:
            directory.create(job, self.boot_id)
            pid = self._spawn(job, directory)
        except (OSError, ValueError) as error:
            # ValueError: a NUL in a value, which no process can be given.
            directory_void = _void(directory)
            trouble = isinstance(error, OSError) and error.errno in _MACHINE_TROUBLE and directory_void
            raise StartFailed(f"could not be started: {_reason(error)}", machine_trouble=trouble) from error
        stat = processes.stat_of(pid)
        return Started(pid, stat.start if stat else 0)

    def _spawn(self, job: Job, directory: JobDirectory) -> int:
        environment = dict(job.environment)
        environment[processes.MARKER] = self.marker(job.number, job.attempt)
        script = f"{directory.path}/{wrapper.RUN}"
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        return os.posix_spawn(
            job.shell,
            [job.shell, script],
            environment,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, directory.output, append, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=_RESET,
        )

    def look(self, number: int, attempt: int) -> Found:
        """What became of an attempt that somebody started."""
        marker = f"{processes.MARKER}={self.marker(number, attempt)}".encode()
        return self.directory(number, attempt).look(self.boot_id, marker)

    def members(self, number: int, attempt: int, pid: int, pid_start: int = 0) -> dict[int, processes.ProcessStat]:
        """Every living process of an attempt, by pid; reads all of ``/proc``.

        Args:
            number: the task.
            attempt: which start.
            pid: the group's leader, or 0 where it is not known.
            pid_start: the leader's start time in ticks; when another process bears its pid now, the group is not ours.
        """
        marker = f"{processes.MARKER}={self.marker(number, attempt)}".encode()
        leader = processes.stat_of(pid) if pid else None
        reused = leader is not None and pid_start and leader.start != pid_start
        return processes.scan((pid,) if pid and not reused else (), (marker,))

    def is_member(self, pid: int, number: int, attempt: int) -> bool:
        """Whether one process carries an attempt's marker."""
        return processes.carries(pid, f"{processes.MARKER}={self.marker(number, attempt)}".encode())


def send(pid: int, number: int) -> None:
    """Send a signal to one process; one that is gone is no error."""
    with suppress(ProcessLookupError):
        os.kill(pid, number)


def send_to_all(group: int, strays: Iterable[int], number: int) -> None:
    """Send a signal to a whole process group (0: none) and to processes that left it; who is gone is no error."""
    if group:
        with suppress(ProcessLookupError):
            os.killpg(group, number)
    for pid in strays:
        send(pid, number)


def _void(directory: JobDirectory) -> bool:
    try:
        return directory.void()
    except OSError:
        # No room even for the mark: nothing was spawned, and no wrapper can come late.
        return True


def _reason(error: Exception) -> str:
    if isinstance(error, OSError):
        where = f" ({error.filename})" if error.filename else ""
        return f"{error.strerror or error}{where}"
    return str(error)
