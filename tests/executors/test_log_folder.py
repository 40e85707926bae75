"""Logs that lie apart from their job directories."""

from __future__ import annotations

import logging
import os
import stat
import time
from pathlib import Path

import pytest

from ant_tui.executors.job_directory import Finding
from ant_tui.executors.local import LocalExecutor
from ant_tui.executors.log_folder import LogFolder, remove_if_empty, start_folder
from ant_tui.output.log_file import LogFile
from tests.executors.bench import Bench


@pytest.fixture
def folder(bench: Bench, tmp_path: Path) -> Path:
    """The folder that the bench's executor uses for logs."""
    path = tmp_path / "logs" / "of this start"
    bench.executor = LocalExecutor(bench.executor.root, bench.executor.owner, LogFolder(str(path)))
    return path


def test_folder_of_a_start_is_named_by_day_and_time() -> None:
    """Row 181: day, month, year, hour, minute, second, in this order."""
    at = time.mktime((2026, 11, 21, 14, 5, 9, 0, 0, -1))
    assert start_folder(at) == "21_11_2026_14_05_09"


def test_log_goes_there_and_is_found_by_its_old_path(bench: Bench, folder: Path) -> None:
    """Rows 181 and 197: a private file whose name holds number, attempt and id; readers find it by its old path."""
    status, output = bench.run("echo out; echo err >&2", id="train/1")
    assert (status, output) == (0, "out\nerr\n")
    (log,) = folder.iterdir()
    assert log.name == "1.1-train-1.log"
    assert log.read_text() == "out\nerr\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert bench.directory().log == str(log)
    with LogFile(bench.directory().output) as read:
        assert read.read(0, 100) == b"out\nerr\n"
        assert read.changed() == "same"


def test_a_log_of_the_same_name_is_not_touched(bench: Bench, folder: Path) -> None:
    """Two data directories may share a root: each log is a file of its own."""
    folder.mkdir(parents=True)
    (folder / "1.1-a-task.log").write_text("another's\n")
    bench.run("echo mine")
    assert (folder / "1.1-a-task.log").read_text() == "another's\n"
    assert (folder / "1.1-a-task~2.log").read_text() == "mine\n"


def test_a_folder_that_cannot_be_used_costs_no_task(
    bench: Bench, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log stays in the job directory then, which is told once, not for each task."""
    folder.parent.parent.mkdir(exist_ok=True)
    folder.parent.write_text("a file is in the way")
    with caplog.at_level(logging.WARNING):
        assert bench.run("echo one", 1) == (0, "one\n")
        assert bench.run("echo two", 2) == (0, "two\n")
    assert not os.path.islink(bench.directory(2).output)
    assert len(caplog.records) == 1
    assert str(folder) in caplog.text
    folder.parent.unlink()
    assert bench.run("echo three", 3) == (0, "three\n")
    assert (folder / "3.1-a-task.log").read_text() == "three\n"


def test_removal_takes_the_log_along(bench: Bench, folder: Path) -> None:
    """Whoever removes a job directory removes its log as well; doing it twice does no harm."""
    bench.run("echo x")
    bench.directory().remove()
    bench.directory().remove()
    assert list(folder.iterdir()) == []
    assert not Path(bench.directory().path).exists()


def test_a_link_of_somebody_else_is_not_followed(bench: Bench, folder: Path, tmp_path: Path) -> None:
    """A task may put a link in its log's place: what that names is not the log, and stays."""
    victim = tmp_path / "precious"
    victim.write_text("kept")
    bench.run("echo x")
    output = Path(bench.directory().output)
    output.unlink()
    output.symlink_to(victim)
    assert bench.directory().log == str(output)
    bench.directory().remove()
    assert victim.read_text() == "kept"


def test_a_start_whose_claim_is_empty_is_not_run_again_although_its_log_is_gone(bench: Bench, folder: Path) -> None:
    """A vanished log root is no proof that an attempt never began: it must not run twice (row 259)."""
    bench.run("echo x")
    directory = Path(bench.directory().path)
    (directory / "started").write_text("")
    Path(bench.directory().log).unlink()
    assert bench.executor.look(1, 1).finding is Finding.GONE


def test_only_the_empty_folder_of_a_start_is_removed(tmp_path: Path) -> None:
    """The log root itself stays, and so does a folder that still holds a log."""
    start = tmp_path / "21_11_2026_14_05_09"
    start.mkdir()
    (start / "1.1-x.log").touch()
    remove_if_empty(str(start))
    assert start.is_dir()
    (start / "1.1-x.log").unlink()
    remove_if_empty(str(start))
    assert not start.exists()
    remove_if_empty(str(start))
    remove_if_empty(str(tmp_path))
    assert tmp_path.is_dir()
