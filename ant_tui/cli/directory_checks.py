"""What the doctor looks at around the data directory: the place, the disk, the journal, settings, the scheduler."""

from __future__ import annotations

import json
import os
from pathlib import Path

from ant_tui import __version__, paths
from ant_tui.cli.findings import Finding
from ant_tui.client.connection import connect
from ant_tui.errors import AntError, NoScheduler

__all__ = ["data_directory", "disk", "file_system", "journal", "scheduler", "settings"]

_MIB = 1 << 20
_GIB = 1 << 30
_FULL = 100 * _MIB
_NARROW = 2 * _GIB
_FEW_FILES = 10_000
_REMOTE = ("nfs", "cifs", "smb", "9p", "afs", "lustre", "gpfs", "beegfs", "ceph", "glusterfs", "fuse.")
_PATIENCE_S = 5.0


def data_directory(path: str) -> Finding:
    """Whether it is there, ours, and can be written, and whether its file system keeps locks and its promises."""
    if os.path.isdir(path):
        try:
            paths.prepare_data_directory(path)
        except AntError as problem:
            return Finding("data", "error", problem.sentence, f"chmod 700 {path}")
    elif os.path.lexists(path):
        return Finding("data", "error", f"{path} is not a directory.", f"mv {path} {path}.old")
    elif not os.access(_nearest(path), os.W_OK | os.X_OK):
        message = f"{path} does not exist, and {_nearest(path)} may not be written."
        return Finding("data", "error", message, "export ANT_TUI_DATA_DIR=/some/directory/of/yours")
    kind = file_system(_nearest(path))
    if kind.startswith(_REMOTE):
        message = f"{path} is on {kind}: slow to make durable, and a lock there may not keep two machines apart."
        return Finding("data", "warning", message, "export ANT_TUI_DATA_DIR=/a/local/disk/ant-tui")
    if kind in ("tmpfs", "ramfs"):
        message = f"{path} is on {kind}: a reboot loses everything."
        return Finding("data", "warning", message, "unset ANT_TUI_DATA_DIR")
    there = "" if os.path.isdir(path) else " (will be made)"
    return Finding("data", "ok", f"{path}{there} on {kind}.")


def file_system(path: str, mounts: str = "/proc/self/mountinfo") -> str:
    """The type of the file system that holds a path; ``unknown`` where the kernel does not say."""
    best, kind = "", "unknown"
    try:
        with open(mounts, encoding="utf-8", errors="replace") as file:
            for line in file:
                left, dash, right = line.partition(" - ")
                fields = left.split()
                if not dash or len(fields) < 5 or not right.split():
                    continue
                point = fields[4].replace("\\040", " ")
                inside = path == point or path.startswith(point.rstrip("/") + "/")
                if inside and len(point) >= len(best):  # a later mount on the same point hides the earlier one
                    best, kind = point, right.split()[0]
    except OSError:
        return "unknown"
    return kind


def disk(path: str) -> Finding:
    """Whether there is room for logs and for the journal."""
    found = os.statvfs(_nearest(path))
    free = found.f_bavail * found.f_frsize
    text = f"{free / _GIB:.1f} GiB free"
    fix = "ant-tui forget --before 30d --logs"
    if free < _FULL:
        return Finding("disk", "error", f"Only {free // _MIB} MiB free: tasks cannot be recorded.", fix)
    if found.f_files and found.f_favail < _FEW_FILES:
        return Finding("disk", "error", f"Only {found.f_favail} more files fit on it.", fix)
    if free < _NARROW:
        return Finding("disk", "warning", f"{text}; logs of tasks go there as well.", fix)
    return Finding("disk", "ok", f"{text}.")


def journal(path: str) -> Finding:
    """Whether everything that was recorded can be read."""
    from ant_tui.journal.replay import read

    if not os.path.isdir(paths.journal_dir(path)):
        return Finding("journal", "ok", "Nothing has been recorded yet.")
    try:
        found = read(Path(paths.journal_dir(path)))
    except AntError as problem:
        return Finding("journal", "error", problem.sentence, "ant-tui --version")
    if found.notes:
        message = " ".join(found.notes)
        return Finding("journal", "warning", message, "ant-tui --no-ui --daemon" if found.needs_repair else "")
    return Finding("journal", "ok", f"{len(found.state.tasks)} tasks, {found.seq} events; all can be read.")


def settings(option: str | None) -> Finding:
    """Whether the settings can be used."""
    from ant_tui.config import check

    mistakes = check(paths.chosen_config_file(option))
    if mistakes:
        return Finding("settings", "error", " ".join(one.sentence for one in mistakes), "ant-tui config edit")
    file = paths.config_file(option)
    return Finding("settings", "ok", f"{file} is in order." if os.path.exists(file) else "All as delivered.")


def scheduler(path: str) -> Finding:
    """Whether one runs, answers, and is of this version."""
    try:
        with connect(path) as connection:
            pid = connection.address.pid
            said = connection.call("ping", timeout=_PATIENCE_S)
    except NoScheduler as problem:
        pid, letter = _process(path)
        if letter in ("T", "t"):
            return Finding("scheduler", "error", f"The scheduler (process {pid}) is stopped.", f"kill -CONT {pid}")
        if "has not answered" in problem.sentence:
            return Finding("scheduler", "error", problem.sentence, f"tail {paths.log_file(path)}")
        if letter not in ("", "Z"):
            message = f"The scheduler (process {pid}) runs, but its socket is gone; its tasks would go on without it."
            return Finding("scheduler", "error", message, f"kill {pid} && sleep 1 && ant-tui --no-ui --daemon")
        return Finding("scheduler", "ok", "None runs; to start one: ant-tui --no-ui --daemon")
    except AntError as problem:
        return Finding("scheduler", "error", problem.sentence, "ant-tui stop")
    if said["trouble"]:
        return Finding("scheduler", "error", said["trouble"], "df -h " + path)
    if said["version"] != __version__:
        message = f"The scheduler (process {pid}) is version {said['version']}, this is {__version__}."
        return Finding("scheduler", "warning", message, "ant-tui stop && ant-tui --no-ui --daemon")
    return Finding("scheduler", "ok", f"Process {pid} answers (version {said['version']}).")


def _process(path: str) -> tuple[int, str]:
    """The process that left its address here, and the letter of its state; none if it lives no more.

    A process number is given again one day, so the start of the process must be the one that it noted.
    """
    try:
        with open(paths.address_file(path), encoding="utf-8") as file:
            address = json.load(file)
        pid, start = int(address["pid"]), int(address["pid_start"])
        with open(f"/proc/{pid}/stat", "rb") as file_:
            fields = file_.read().rpartition(b")")[2].split()
    except (OSError, ValueError, KeyError, TypeError):
        return 0, ""
    return (pid, fields[0].decode()) if int(fields[19]) == start else (0, "")


def _nearest(path: str) -> str:
    """The path itself, or the closest directory above it that exists."""
    while not os.path.isdir(path) and os.path.dirname(path) != path:
        path = os.path.dirname(path)
    return path
