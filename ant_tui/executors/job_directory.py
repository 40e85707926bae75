"""One attempt of a task on disk: what its directory holds and how to read it.

Whoever finds the directory can tell: not started, alive, ended with a status, or gone without one. Only the wrapper
writes ``started``; the one exception is ``void``, by which a scheduler takes an attempt back before its wrapper began.
"""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from enum import StrEnum

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from ant_tui.core.resources import GpuRef
from ant_tui.executors import processes, wrapper
from ant_tui.executors.harmless import is_harmless
from ant_tui.output.header import describe_header

__all__ = ["Finding", "Found", "Job", "JobDirectory"]


_STARTED = re.compile(rf"({wrapper.VOID})?(?:(\d+) (\S+)\n)?(?:(\d{{1,3}})\n)?", re.ASCII)
"""What a wrapper writes: its pid and boot, and at the end the status. A line without its end is not written yet.

``void`` is a scheduler's. A status behind it is that of an attempt whose directory had been removed while it ran.
"""

_STARTED_SIZE = 256


class Job(Struct, frozen=True):
    """Everything that is needed to start one attempt.

    Attributes:
        number: the task's number.
        attempt: which start this is, from 1.
        id: the task's id.
        command: the final shell text.
        shell: absolute path of the shell that reads it.
        workdir: absolute path.
        environment: the complete environment.
        gpus: what it was given.
        submitted_at: epoch seconds.
        starting_at: epoch seconds.
        submitted_command: the command as it was submitted.
        variables: the task's own variables as they may be shown, secrets masked.
        header_in_file: whether the log itself gets a header and a footer.
        output: absolute path of the file that is to be the log; empty for one of ours (see ``output_file``).
        output_again: whether the task may have been started before, so that its own file may be there.
    """

    number: int
    attempt: int
    id: str
    command: str
    shell: str
    workdir: str
    environment: Mapping[str, str]
    gpus: tuple[GpuRef, ...]
    submitted_at: float
    starting_at: float
    submitted_command: str = ""
    variables: Mapping[str, str] = {}
    header_in_file: bool = False
    output: str = ""
    output_again: bool = False


class JobRecord(Struct, frozen=True, omit_defaults=True):
    """What ``job.json`` tells whoever finds the directory; not the environment, which may hold secrets.

    ``submitted_command`` is empty where it is the command that was run.
    """

    number: int
    attempt: int
    id: str
    command: str
    shell: str
    workdir: str
    gpus: tuple[GpuRef, ...]
    submitted_at: float
    starting_at: float
    submitted_command: str = ""
    variables: Mapping[str, str] = {}


class Finding(StrEnum):
    """What a job directory says about its attempt."""

    NOT_STARTED = "not started"
    VOID = "void"
    ALIVE = "alive"
    EXITED = "exited"
    GONE = "gone"


class Found(Struct, frozen=True):
    """A finding and what belongs to it.

    Attributes:
        finding: which case it is.
        pid: the wrapper, where it is or was known; else 0.
        pid_start: its start time in ticks, when alive.
        started_at: epoch seconds, where the wrapper began; else None.
        status: what the shell reported, 0 to 255, when exited.
        exited_at: epoch seconds, when exited.
        boot_id: the boot in which the wrapper began, where that is known.
    """

    finding: Finding
    pid: int = 0
    pid_start: int = 0
    started_at: float | None = None
    status: int | None = None
    exited_at: float | None = None
    boot_id: str = ""


class _Claim(Struct, frozen=True):
    """What the file ``started`` says.

    Attributes:
        void: whether a scheduler took the attempt back.
        pid: the wrapper, 0 where that could not be written.
        boot_id: the boot in which it began, empty likewise.
        status: what the shell reported, 0 to 255; None while there is none.
        changed_at: epoch seconds of the last word in it.
    """

    void: bool
    pid: int
    boot_id: str
    status: int | None
    changed_at: float


class JobDirectory:
    """The directory of one attempt."""

    def __init__(self, root: str, number: int, attempt: int) -> None:
        """Name the directory; nothing is made or read.

        Args:
            root: absolute path of the directory of all job directories.
            number: the task's number.
            attempt: which start.
        """
        self.path = f"{root}/{number}.{attempt}"

    @property
    def output(self) -> str:
        """Path of the log that the command writes."""
        return f"{self.path}/{wrapper.OUTPUT}"

    @property
    def log(self) -> str:
        """Path of the file that is the log: ``output``, or what ``log_folder`` made ``output`` a link to."""
        try:
            target = os.readlink(self.output)
        except OSError:
            return self.output
        ours = os.path.isabs(target) and os.path.basename(target).startswith(f"{os.path.basename(self.path)}-")
        return target if ours else self.output

    def remove(self) -> None:
        """Remove the directory and the log, wherever that is; what is gone already is no error.

        Raises:
            OSError: something could not be removed.
        """
        with suppress(FileNotFoundError):
            os.unlink(self.log)
        with suppress(FileNotFoundError):
            shutil.rmtree(self.path)

    def create(self, job: Job, boot_id: str) -> None:
        """Make the directory and what the wrapper needs; the directory of all of them too, if somebody removed it.

        Raises:
            FileExistsError: there is such a directory already; it was not touched.
            OSError: it could not be made.
        """
        try:
            os.mkdir(self.path, 0o700)
        except FileNotFoundError:
            os.makedirs(self.path, 0o700)
        record = JobRecord(
            number=job.number,
            attempt=job.attempt,
            id=job.id,
            command=job.command,
            shell=job.shell,
            workdir=job.workdir,
            gpus=job.gpus,
            submitted_at=job.submitted_at,
            starting_at=job.starting_at,
            submitted_command=job.submitted_command if job.submitted_command != job.command else "",
            variables=job.variables,
        )
        _write(f"{self.path}/job.json", msgspec.json.encode(record) + b"\n")
        script = wrapper.run_script(
            title=f"task {job.number}, attempt {job.attempt}",
            command=job.command,
            shell=job.shell,
            workdir=job.workdir,
            directory=self.path,
            boot_id=boot_id,
            header=describe_header(msgspec.to_builtins(record)) if job.header_in_file else (),
            since=job.starting_at,
            apart=not is_harmless(job.command, job.shell, job.workdir),
        )
        _write(f"{self.path}/{wrapper.RUN}", script.encode())

    def gpus(self) -> tuple[GpuRef, ...]:
        """The GPUs that the attempt was given, as ``job.json`` says; empty where that cannot be read."""
        try:
            with open(f"{self.path}/job.json", "rb") as file:
                return msgspec.json.decode(file.read(), type=JobRecord).gpus
        except (OSError, msgspec.DecodeError):
            return ()

    def status(self) -> tuple[int, float] | None:
        """The exit status that the wrapper left and when (epoch seconds); None while there is none.

        A status without its newline is one that was still being written: not there yet.
        """
        claim = self._claim()
        return (claim.status, claim.changed_at) if claim is not None and claim.status is not None else None

    def exited_at(self, pid: int, boot_id: str) -> float | None:
        """When the status came (epoch seconds), for whoever knows it already; None while there is none.

        Only looks at the file: what it costs to read it is felt by short tasks.

        Args:
            pid: the wrapper.
            boot_id: the boot in which it began.
        """
        try:
            found = os.stat(f"{self.path}/{wrapper.STARTED}")
        except FileNotFoundError:
            return None
        return found.st_mtime if found.st_size > len(f"{pid} {boot_id}\n") else None

    def look(self, boot_id: str, marker: bytes) -> Found:
        """Find out what became of the attempt.

        Args:
            boot_id: the present boot.
            marker: the environment entry that its wrapper carries.
        """
        claim = self._claim()
        if claim is None:
            return Found(Finding.NOT_STARTED)
        if claim.void:
            return Found(Finding.VOID)
        pid, boot, started_at = claim.pid, claim.boot_id, self._started_at(claim)
        if claim.status is not None:
            return Found(Finding.EXITED, pid, 0, started_at, claim.status, claim.changed_at, boot)
        if pid and boot == boot_id and (stat := processes.stat_of(pid)) and stat.alive:
            if processes.carries(pid, marker):
                return Found(Finding.ALIVE, pid, stat.start, started_at, boot_id=boot)
        elif not boot:
            # An empty claim: the wrapper is between making the file and filling it, or there was no room to fill it.
            for stat in processes.scan((), (marker,)).values():
                if stat.pid == stat.session:
                    return Found(Finding.ALIVE, stat.pid, stat.start, started_at, boot_id=boot_id)
            if not os.path.lexists(self.output):  # which is made before the wrapper: this is a ``void`` cut short
                return Found(Finding.VOID)
        # It may have ended between the look at its status and the look at its process.
        if (ended := self.status()) is not None:
            return Found(Finding.EXITED, pid, 0, started_at, *ended, boot)
        return Found(Finding.GONE, pid, 0, started_at, boot_id=boot)

    def _started_at(self, claim: _Claim) -> float:
        """When the wrapper began: it did as soon as its text was written, in a file which nobody changes later."""
        if claim.status is None:
            return claim.changed_at
        try:
            return os.stat(f"{self.path}/{wrapper.RUN}").st_mtime
        except FileNotFoundError:
            return claim.changed_at

    def void(self) -> bool:
        """Take the attempt back, unless its wrapper has already claimed it.

        Returns:
            True if from now on nothing of this attempt will ever run.
        """
        try:
            os.makedirs(self.path, 0o700, exist_ok=True)
            descriptor = os.open(f"{self.path}/{wrapper.STARTED}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return False
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(wrapper.VOID)
        return True

    def never_began(self) -> bool:
        """Whether all is laid out for the attempt, but no wrapper has claimed it; for one whose wrapper is dead."""
        if not os.path.exists(f"{self.path}/{wrapper.RUN}"):
            return False  # somebody removed the directory: that says nothing
        claim = self._claim()
        return claim is None or claim.void

    def _claim(self) -> _Claim | None:
        """What ``started`` says; None without it."""
        try:
            descriptor = os.open(f"{self.path}/{wrapper.STARTED}", os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return None
        try:  # past the layers of ``open``, which would take longer than all the rest of a task's end
            text, at = os.read(descriptor, _STARTED_SIZE), os.fstat(descriptor).st_mtime
        finally:
            os.close(descriptor)
        claim = _claim_of(text.decode("ascii", "replace"), at)
        return claim if claim.void or claim.status is not None else self._with_exit_file(claim)

    def _with_exit_file(self, claim: _Claim) -> _Claim:
        """The claim of a wrapper of an earlier version, which left its status in a file of its own."""
        try:
            with open(f"{self.path}/{wrapper.EXIT}", "rb") as file:
                text, at = file.read(16), os.fstat(file.fileno()).st_mtime
        except FileNotFoundError:
            return claim
        done = text.endswith(b"\n") and text[:-1].isdigit()
        return replace(claim, status=_folded(int(text)), changed_at=at) if done else claim


def _claim_of(text: str, at: float) -> _Claim:
    """Read ``started``: a line with pid and boot, and at the end one with the status; the first may not have fitted."""
    found = _STARTED.match(text)
    assert found is not None  # it may be empty
    void, pid, boot_id, status = found.groups()
    if status is None:
        return _Claim(bool(void), int(pid or 0), boot_id or "", None, at)
    return _Claim(False, int(pid or 0), boot_id or "", _folded(int(status)), at)


def _folded(status: int) -> int:
    """A status as all shells but two tell it: of signal N ksh makes 256 + N and yash 384 + N, and not 128 + N."""
    return status if status < 256 else 128 + status % 128


def _write(path: str, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        while data:
            data = data[os.write(descriptor, data) :]
    finally:
        os.close(descriptor)
