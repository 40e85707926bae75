"""Output that goes to a file of the user."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ant_tui.executors import output_file
from ant_tui.executors.job_directory import Finding
from ant_tui.executors.local import Fault, LocalExecutor, StartFailed
from ant_tui.executors.log_cut import cut_middle
from ant_tui.executors.log_folder import LogFolder
from ant_tui.executors.output_file import OutputRefused, place, take_back
from ant_tui.output.log_file import LogFile
from tests.executors.bench import Bench


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where the output is to go; its directory is there."""
    path = tmp_path / "results" / "out put.txt"
    path.parent.mkdir()
    return path


def refusal(bench: Bench, file: Path, **changes: Any) -> StartFailed:
    """How a start fails."""
    with pytest.raises(StartFailed) as caught:
        bench.start(bench.job("echo x", output=str(file), **changes))
    return caught.value


def test_output_goes_there_and_is_found_by_the_logs_path(bench: Bench, file: Path) -> None:
    """Row 185: both streams are in the user's file, private as any log, and readers find them by the path as ever."""
    status, output = bench.run("echo out; echo err >&2; exit 3", output=str(file))
    assert (status, output) == (3, "out\nerr\n")
    assert file.read_text() == "out\nerr\n"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert os.path.realpath(bench.directory().output) == os.path.realpath(file)
    with LogFile(bench.directory().output) as read:
        assert read.read(0, 100) == b"out\nerr\n"
        assert read.changed() == "same"


def test_a_log_root_does_not_hold_for_it(bench: Bench, file: Path, tmp_path: Path) -> None:
    """Who says where one task's output goes is stronger than the setting for all."""
    root = tmp_path / "logs"
    bench.executor = LocalExecutor(bench.executor.root, bench.executor.owner, LogFolder(str(root)))
    bench.run("echo x", output=str(file))
    assert file.read_text() == "x\n"
    assert not root.exists()


@pytest.mark.parametrize("what", ["file", "empty file", "directory", "dangling link"])
def test_what_is_there_is_not_touched(bench: Bench, file: Path, what: str) -> None:
    """Row 185: whatever bears the name at the start stays as it is; the task says why it could not be started."""
    match what:
        case "directory":
            file.mkdir()
        case "dangling link":
            file.symlink_to(file.parent / "nowhere")
        case _:
            file.write_text("precious" if what == "file" else "")
    failed = refusal(bench, file)
    assert failed.fault is Fault.TASK
    assert failed.sentence == (
        f"could not be started: the output file {file} exists already, and nothing is written over"
    )
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert what != "file" or file.read_text() == "precious"
    assert bench.executor.look(1, 1).finding is Finding.VOID
    bench.directory().remove()
    assert os.path.lexists(file)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("missing/out", "cannot be made: its directory is not there"),
        ("a file/out", "cannot be made: its directory is none"),
        ("x" * 300, "cannot be made: File name too long"),
    ],
)
def test_a_place_that_cannot_be_used_fails_the_task(bench: Bench, file: Path, path: str, why: str) -> None:
    """A directory that went away since the submission, and so on: that task fails with the reason, no other."""
    (file.parent / "a file").touch()
    failed = refusal(bench, file.parent / path)
    assert failed.fault is Fault.TASK
    assert failed.sentence == f"could not be started: the output file {file.parent / path} {why}"


def test_a_later_start_takes_a_name_of_its_own(bench: Bench, file: Path) -> None:
    """Row 185: a task that is started again does not fail for its own earlier file, and does not touch it."""
    bench.run("echo first", output=str(file))
    for attempt in (2, 3):
        bench.wait(bench.start(bench.job(f"echo {attempt}", 1, attempt, output=str(file), output_again=True)).pid)
    assert file.read_text() == "first\n"
    assert Path(f"{file}~2").read_text() == "2\n"
    assert Path(f"{file}~3").read_text() == "3\n"
    assert Path(bench.directory(1, 3).output).read_text() == "3\n"


def test_a_later_start_takes_the_name_itself_if_it_is_free(bench: Bench, file: Path) -> None:
    """The earlier start came to nothing, or somebody took its file away."""
    bench.run("echo x", output=str(file), output_again=True)
    assert file.read_text() == "x\n"


def test_names_come_to_an_end(bench: Bench, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory full of such files costs a bounded search."""
    monkeypatch.setattr(output_file, "_MOST", 2)
    file.touch()
    Path(f"{file}~2").touch()
    assert f"and so do {file}~2 to ~2" in refusal(bench, file, output_again=True).sentence


def test_removal_leaves_the_users_file(bench: Bench, file: Path) -> None:
    """Row 185: whoever removes a job directory removes the link, never the user's file."""
    bench.run("echo mine", output=str(file))
    assert bench.directory().log == bench.directory().output
    bench.directory().remove()
    assert not Path(bench.directory().path).exists()
    assert file.read_text() == "mine\n"


def test_a_file_named_like_a_log_of_ours_stays_too(bench: Bench, tmp_path: Path) -> None:
    """The user's file may bear the name that a log in ``logs.root`` would have."""
    file = tmp_path / "1.1-a-task.log"
    bench.run("echo mine", output=str(file))
    bench.directory().remove()
    assert file.read_text() == "mine\n"


def test_a_limit_on_the_size_does_not_reach_it(bench: Bench, file: Path) -> None:
    """Row 185: no hole is ever punched into the user's file."""
    bench.run("head -c 4194304 /dev/zero | tr '\\0' x", output=str(file))
    assert cut_middle(bench.directory().log, 1 << 20) == 0
    assert file.read_bytes() == b"x" * (4 << 20)


def test_the_working_directory_may_go_while_the_task_runs(bench: Bench, file: Path) -> None:
    """The task writes on, its end is known; only its output is gone with the directory."""
    said, go = bench.words("said"), bench.words("go")
    work = file.parent
    job = bench.job(f"echo started > {said.path}; read x < {go.path}; echo late; exit 4", output=str(file))
    started = bench.start(replace(job, workdir=str(work)))
    assert said.next() == "started"
    shutil.rmtree(work)
    go.say("on")
    bench.wait(started.pid)
    assert bench.executor.look(1, 1).status == 4
    assert not os.path.exists(bench.directory().output)
    bench.directory().remove()


def test_a_start_that_fails_afterwards_leaves_no_file(bench: Bench, file: Path) -> None:
    """No process came into being, so the name is free again for the next try."""
    assert refusal(bench, file, shell="/no/such/shell").fault is Fault.TASK
    assert not file.exists()


def test_the_machines_fault_is_none_of_the_task(bench: Bench, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where descriptors or memory have run out, the start is tried again, and nothing is left in the way."""

    def no_link(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "symlink", no_link)
        assert refusal(bench, file).fault is Fault.MACHINE
    assert not file.exists()
    real_open = os.open

    def no_descriptor(path: str, flags: int, mode: int = 0o777, **more: int) -> int:
        if path == str(file):
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return real_open(path, flags, mode, **more)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", no_descriptor)
        assert refusal(bench, file).fault is Fault.MACHINE
    bench.run("echo x", output=str(file))
    assert file.read_text() == "x\n"


def test_only_an_empty_file_is_taken_back(bench: Bench, file: Path) -> None:
    """If something has come into it meanwhile, it stays."""
    directory = bench.directory()
    os.mkdir(directory.path)
    place(directory, str(file), again=False)
    file.write_text("somebody's")
    take_back(directory)
    assert file.read_text() == "somebody's"
    file.write_text("")
    take_back(directory)
    take_back(directory)
    assert not file.exists()
    with pytest.raises(OutputRefused, match="directory is not there"):
        place(directory, str(file / "x"), again=True)
