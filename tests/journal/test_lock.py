"""One scheduler at a time on a data directory."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from ant_tui.errors import DataDirectoryError, OtherSchedulerRunning
from ant_tui.journal import lock as module
from ant_tui.journal.lock import DataDirectoryLock

ROOT = Path(__file__).resolve().parents[2]
HOLDER = """
import subprocess, sys
from pathlib import Path
from ant_tui.journal import lock as module
from ant_tui.journal.lock import DataDirectoryLock
lock = DataDirectoryLock.acquire(Path(sys.argv[1]), Path(sys.argv[2]))
child = subprocess.Popen(["sleep", "1000"], close_fds=False)
print(child.pid, flush=True)
sys.stdin.read()
"""


@contextmanager
def holder(data: Path, runtime: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Another process that holds the lock and has started a child, and that child's pid; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(data), str(runtime)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    child = int(process.stdout.readline())
    try:
        yield process, child
    finally:
        process.kill()
        process.wait()
        process.stdin.close()
        process.stdout.close()
        os.kill(child, 9)


def test_a_second_scheduler_is_refused_and_told_the_pid_of_the_first(tmp_path: Path) -> None:
    """Another process holds the lock: refused, with its pid and the data directory. Row 014."""
    with holder(tmp_path / "data", tmp_path / "run") as (first, _):
        with pytest.raises(OtherSchedulerRunning) as refusal:
            DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
        assert f"pid {first.pid}" in refusal.value.sentence
        assert str(tmp_path / "data") in refusal.value.sentence
        assert refusal.value.exit_code == 5


def test_the_lock_is_free_after_kill_9_though_a_child_lives_on(tmp_path: Path) -> None:
    """The kernel gives the lock back, and a process that the holder started does not keep it. Row 014."""
    with holder(tmp_path / "data", tmp_path / "run") as (first, child):
        first.kill()
        first.wait()
        os.kill(child, 0)
        lock = DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
        assert json.loads(lock.path.read_text())["pid"] == os.getpid()
        lock.release()


def test_the_file_says_who_holds_the_lock(tmp_path: Path) -> None:
    """Pid, start time and boot, so that a reused pid is not mistaken; private to the user."""
    lock = DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
    written = json.loads((tmp_path / "data" / "lock").read_text())
    fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
    assert written == {
        "pid": os.getpid(),
        "pid_start": int(fields[19]),
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
    }
    assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(lock.path.parent.stat().st_mode) == 0o700
    assert lock.note == ""
    lock.release()


def test_a_released_lock_can_be_taken_again(tmp_path: Path) -> None:
    """In the same process too; releasing twice is no error."""
    for _ in range(2):
        lock = DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
        with pytest.raises(OtherSchedulerRunning, match=f"pid {os.getpid()}"):
            DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
        lock.release()
        lock.release()


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP])
def test_a_file_system_without_locks_is_locked_in_the_runtime_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """Two schedulers of this machine are kept apart all the same, and the user is told how far that reaches."""
    flock, data, run = fcntl.flock, tmp_path / "data", tmp_path / "run"

    def no_locks_in_data(descriptor: int, operation: int) -> None:
        if os.readlink(f"/proc/self/fd/{descriptor}").startswith(str(data)):
            raise OSError(number, os.strerror(number))
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", no_locks_in_data)
    lock = DataDirectoryLock.acquire(data, run)
    assert lock.path.parent == run
    assert str(data) in lock.note
    assert "has no locks" in lock.note
    with pytest.raises(OtherSchedulerRunning, match=f"pid {os.getpid()}.*{data}"):
        DataDirectoryLock.acquire(data, run)
    other = DataDirectoryLock.acquire(tmp_path / "other", run)
    other.release()
    lock.release()


def test_a_lock_whose_file_was_removed_meanwhile_is_not_held(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Locking a file that has lost its name would keep nobody away, so it is done again."""
    flock, path = fcntl.flock, tmp_path / "lock"
    removed: list[Path] = []

    def remove_then_lock(descriptor: int, operation: int) -> None:
        if not removed:
            removed.append(path)
            path.unlink()
        flock(descriptor, operation)

    monkeypatch.setattr(fcntl, "flock", remove_then_lock)
    lock = DataDirectoryLock.acquire(tmp_path, tmp_path / "run")
    assert removed
    with pytest.raises(OtherSchedulerRunning):
        DataDirectoryLock.acquire(tmp_path, tmp_path / "run")
    lock.release()


def test_a_full_disk_does_not_keep_the_lock_from_being_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The lock needs no room; only its holder's pid is missing from the refusal then."""

    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "pwrite", full)
        lock = DataDirectoryLock.acquire(tmp_path, tmp_path / "run")
    assert "No space left on device" in caplog.text
    with pytest.raises(OtherSchedulerRunning, match=f"see {tmp_path}/lock"):
        DataDirectoryLock.acquire(tmp_path, tmp_path / "run")
    lock.release()


def test_a_data_directory_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """Path, reason, and what to do."""
    (tmp_path / "file").write_text("")
    with pytest.raises(DataDirectoryError, match=r"file/data/lock cannot be made: Not a directory; .*--data-dir"):
        DataDirectoryLock.acquire(tmp_path / "file" / "data", tmp_path / "run")


class TestADeadHolder:
    """A process that the holder had just begun keeps the lock for a moment, until it runs its own program."""

    @pytest.fixture
    def last_breath(self, tmp_path: Path) -> Iterator[int]:
        """A lock that is held by nobody who lives; the descriptor that holds it."""
        lock = DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
        dead = subprocess.Popen(["true"])
        dead.wait()
        named = {**json.loads(lock.path.read_text()), "pid": dead.pid}
        lock.path.write_text(json.dumps(named))
        assert lock._descriptor is not None
        yield lock._descriptor
        lock._descriptor = None

    def test_is_waited_out(self, tmp_path: Path, last_breath: int, monkeypatch: pytest.MonkeyPatch) -> None:
        """The next scheduler that starts at once after kill -9 is not refused."""
        monkeypatch.setattr(time, "sleep", lambda _: os.close(last_breath))
        lock = DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
        assert json.loads(lock.path.read_text())["pid"] == os.getpid()
        lock.release()

    def test_is_not_waited_out_for_ever(
        self, tmp_path: Path, last_breath: int, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(module, "_LAST_BREATH", 0.0)
        with pytest.raises(OtherSchedulerRunning):
            DataDirectoryLock.acquire(tmp_path / "data", tmp_path / "run")
        os.close(last_breath)
