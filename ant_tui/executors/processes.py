"""Processes of this machine, as ``/proc`` shows them: who a pid is, and who belongs to a task.

A pid means something only with its start time and the boot id. A process belongs to a task when it is in the task's
process group or session, when it carries the task's marker in its environment, which children inherit whatever else
they leave behind, or when its parent belongs to the task.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from functools import cache
from types import MappingProxyType

from msgspec import Struct

__all__ = [
    "MARKER",
    "NOBODY",
    "ProcessStat",
    "become_subreaper",
    "boot_id",
    "carries",
    "children",
    "dies_of",
    "group_exists",
    "keep_descriptors",
    "name_of",
    "reap_orphans",
    "scan",
    "stat_of",
    "ticks",
]

MARKER = "ANT_TUI_TASK"
"""Name of the environment variable that marks every process of a task."""

_EMPTY_LOOKS_S = (0.0, 0.0, 0.0, 0.001, 0.002, 0.004, 0.0)
"""Seconds after each look at an environment that reads as empty."""

NOBODY: Mapping[int, int] = MappingProxyType({})
"""No processes that were found before."""

_CHILDREN_SIZE = 65536
_PR_SET_CHILD_SUBREAPER = 36
_TICK_NS = 1_000_000_000 // os.sysconf("SC_CLK_TCK")


class ProcessStat(Struct, frozen=True):
    """What ``/proc/PID/stat`` says of a process (proc_pid_stat(5)).

    Attributes:
        pid: process id.
        state: the state letter; ``Z`` and ``X`` are dead.
        parent: process id of its parent, or of whoever takes orphans in.
        group: process group id.
        session: session id.
        start: start time in clock ticks since boot.
    """

    pid: int
    state: str
    parent: int
    group: int
    session: int
    start: int

    @property
    def alive(self) -> bool:
        """Whether it can still do anything."""
        return self.state not in "ZXx"


def boot_id() -> str:
    """The kernel's name for the present boot; another one means that every pid we knew is gone."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:
        return file.read().strip()


def stat_of(pid: int) -> ProcessStat | None:
    """Look a process up; None when there is none, or none that we may see (proc mounted with ``hidepid``)."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            text = file.read()
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return None
    # The name stands in parentheses and may itself hold blanks and parentheses.
    fields = text[text.rindex(b")") + 2 :].split()
    return ProcessStat(pid, fields[0].decode(), int(fields[1]), int(fields[2]), int(fields[3]), int(fields[19]))


def ticks() -> int:
    """How long the machine is up, in clock ticks: in the same tick the kernel gives a new process this start time.

    See proc_pid_stat(5), field 22, which counts on the clock ``CLOCK_BOOTTIME``.
    """
    return time.clock_gettime_ns(time.CLOCK_BOOTTIME) // _TICK_NS


def name_of(pid: int) -> str:
    """The short name of a process; empty when it is gone."""
    try:
        with open(f"/proc/{pid}/comm", encoding="utf-8", errors="replace") as file:
            return file.read().strip()
    except OSError:
        return ""


def carries(pid: int, marker: bytes) -> bool:
    """Whether a process has a marker (``NAME=value``) in its environment; False when that cannot be read."""
    environment = _environment(pid)
    return environment.startswith(marker + b"\0") or b"\0" + marker + b"\0" in environment


def dies_of(pid: int, number: int) -> bool:
    """Whether a process neither handles nor ignores a signal (proc_pid_status(5)); False when that cannot be read."""
    try:
        with open(f"/proc/{pid}/status", "rb") as file:
            lines = dict(line.split(b":", 1) for line in file.read().splitlines() if b":" in line)
        caught = int(lines[b"SigCgt"], 16) | int(lines[b"SigIgn"], 16)
    except (OSError, KeyError, ValueError):
        return False
    return not caught >> (number - 1) & 1


def _environment(pid: int) -> bytes:
    """The environment block with which a process began; empty when it cannot be read.

    It also reads as empty for a moment while a process changes into another program, which is just what those do that
    leave their task as it ends: so an empty one is looked at again.
    """
    for pause in _EMPTY_LOOKS_S:
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                environment = file.read()
        except OSError:
            return b""
        if environment:
            return environment
        stat = stat_of(pid)
        if stat is None or not stat.alive:
            return b""
        time.sleep(pause)
    return b""


def group_exists(group: int) -> bool:
    """Whether any process is left in a process group, a zombie included."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def children() -> list[int]:
    """Pids of the main thread's own children, orphans that were handed to this process included.

    What another thread began is not among them as long as that thread lives.
    """
    try:
        descriptor = _children_file(os.getpid())
    except FileNotFoundError:  # a kernel without CONFIG_PROC_CHILDREN
        import psutil

        return [child.pid for child in psutil.Process().children()]
    told = b""
    while part := os.pread(descriptor, _CHILDREN_SIZE, len(told)):
        told += part
    return [int(word) for word in told.split()]


@cache
def _children_file(pid: int) -> int:
    """The file in which the kernel lists our children: kept open, as it is read at every end of a task."""
    return os.open(f"/proc/self/task/{pid}/children", os.O_RDONLY | os.O_CLOEXEC)


def scan(
    groups: Iterable[int],
    markers: Iterable[bytes],
    since: int = 0,
    known: Mapping[int, int] = NOBODY,
) -> dict[int, ProcessStat]:
    """Find every living process of some groups or with one of some markers, by reading all of ``/proc``.

    Whoever began as a child of one of these is one of them too, unless another task's marker says whose it is: so those
    are found that changed group and session and emptied their environment, as long as their parent lives.

    This costs some milliseconds on a busy machine: for ends that leave something behind, not for every end.

    Args:
        groups: ids of process groups, and of the sessions that began with them.
        markers: entries of the environment, ``NAME=value``.
        since: start time in ticks; who began earlier is not looked at any further.
        known: pid → start time in ticks of processes that were found before, whoever their parent is by now.
    """
    wanted_groups, wanted = frozenset(groups), tuple(markers)
    found: dict[int, ProcessStat] = {}
    others: list[ProcessStat] = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit():
            continue
        stat = stat_of(int(entry))
        if stat is None or not stat.alive or stat.start < since:
            continue
        if (
            stat.group in wanted_groups
            or stat.session in wanted_groups
            or known.get(stat.pid) == stat.start
            or any(carries(stat.pid, marker) for marker in wanted)
        ):
            found[stat.pid] = stat
        else:
            others.append(stat)
    _add_descendants(found, others)
    return found


def _add_descendants(found: dict[int, ProcessStat], others: Iterable[ProcessStat]) -> None:
    """Add the children of those that were found, their children, and so on, but for what belongs to another task."""
    children: dict[int, list[ProcessStat]] = {}
    for stat in others:
        children.setdefault(stat.parent, []).append(stat)
    parents = list(found)
    while parents:
        for child in children.pop(parents.pop(), ()):
            if not _is_marked(child.pid):
                found[child.pid] = child
                parents.append(child.pid)


def _is_marked(pid: int) -> bool:
    """Whether a process carries the marker of any task."""
    return (b"\0" + _environment(pid)).find(f"\0{MARKER}=".encode()) >= 0


def keep_descriptors() -> None:
    """Keep from processes that are started later what this one inherited open itself, beyond its standard streams.

    Python does so with what it opens; but a pipe of whoever started us would be held open by our tasks for days.
    """
    for name in os.listdir("/proc/self/fd"):
        descriptor = int(name)
        if descriptor > 2:
            with suppress(OSError):  # the one that listed the directory is closed again
                os.set_inheritable(descriptor, False)


def become_subreaper() -> bool:
    """Ask the kernel to hand orphaned descendants to this process instead of init (prctl(2)).

    So a process that left its task's group can be found among our children, without reading all of ``/proc``.

    Returns:
        Whether the kernel agreed.
    """
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    return bool(libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0)


def reap_orphans(known: Iterable[int]) -> list[int]:
    """Collect dead orphans that were handed to us, and name the living ones.

    Args:
        known: children that somebody else waits for (the wrappers); they are left alone.

    Returns:
        Pids of living children that are not known and not in our own session: strays of some task.
    """
    ours = os.getsid(0)
    waited_for = frozenset(known)
    strays: list[int] = []
    for pid in children():
        if pid in waited_for or (stat := stat_of(pid)) is None or stat.session == ours:
            continue
        if stat.alive:
            strays.append(pid)
        else:
            try:
                os.waitpid(pid, os.WNOHANG)
            except ChildProcessError:
                continue  # somebody else collected it between our look and now
    return strays
