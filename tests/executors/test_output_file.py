"""Output that goes to a file of the user."""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from ant_tui.executors import output_file
from ant_tui.executors.job_directory import Finding
from ant_tui.executors.local import Fault, LocalExecutor, StartFailed
from ant_tui.executors.log_cut import cut_middle
from ant_tui.executors.log_folder import LogFolder
from ant_tui.executors.output_file import OutputRefused, place, shown, take_back
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
    assert failed.sentence == f"could not be started: the output file {shown(str(file.parent / path))} {why}"
    assert len(failed.sentence) < 300


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
    """Where descriptors, memory or the data directory's disk have run out, the start is tried again; nothing is left.

    The sentence names what could not be made, not the user's file.
    """
    real_link = os.symlink

    def no_link(unwanted: str, target: str, link: str) -> None:
        if link == unwanted:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), target, None, link)  # as the system names them
        real_link(target, link)

    for name in ("output.file", "output.log", "output.made"):
        link = f"{bench.directory().path}/{name}"
        with monkeypatch.context() as patched:
            patched.setattr(os, "symlink", partial(no_link, link))
            failed = refusal(bench, file)
        assert failed.fault is Fault.MACHINE
        assert failed.sentence == f"could not be started: No space left on device ({link})"
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
    """If something has come into it meanwhile, it stays; also if that is gone again."""
    directory = bench.directory()
    os.mkdir(directory.path)
    place(directory, str(file), again=False)
    file.write_text("somebody's")
    take_back(directory)
    assert file.read_text() == "somebody's"
    file.write_text("")
    take_back(directory)
    assert file.read_text() == ""
    file.unlink()
    directory.remove()
    os.mkdir(directory.path)
    place(directory, str(file), again=False)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    take_back(directory)
    take_back(directory)
    assert not file.exists()
    directory.remove()
    os.mkdir(directory.path)
    with pytest.raises(OutputRefused, match="directory is not there"):
        place(directory, str(file / "x"), again=True)


class Died(BaseException):
    """As if the scheduler were killed: nothing is tidied up."""


STEPS = ("output.file", "the file", "output.log", "the mode", "output.made")
"""What is made of a file, in this order."""


def die_after(step: str, patched: pytest.MonkeyPatch) -> None:
    """See to it that placing a file ends in the midst."""

    def dying(call: Callable[..., Any], kind: str) -> Callable[..., Any]:
        def made(*values: Any, **more: Any) -> Any:
            result = call(*values, **more)
            if step == (os.path.basename(values[1]) if kind == "link" else kind):
                raise Died
            return result

        return made

    for name, kind in (("symlink", "link"), ("open", "the file"), ("fchmod", "the mode")):
        patched.setattr(os, name, dying(getattr(os, name), kind))


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("meanwhile", ["nothing", "written", "an empty file", "a file", "a link"])
def test_a_death_in_the_midst_leaves_only_what_is_the_users(
    bench: Bench, file: Path, monkeypatch: pytest.MonkeyPatch, step: str, meanwhile: str
) -> None:
    """Wherever it ends: a file of ours goes if nothing came into it, and whatever else bears its name by then stays."""
    directory = bench.directory()
    os.mkdir(directory.path)
    theirs = file.parent / "theirs"
    theirs.write_text("precious" if meanwhile == "a file" else "")
    with monkeypatch.context() as patched:
        die_after(step, patched)
        with pytest.raises(Died):
            place(directory, str(file), again=False)
    there = step != "output.file"
    assert file.exists() is there
    match meanwhile:
        case "written":
            file.write_text("late")
        case "an empty file" | "a file":
            theirs.rename(file)
        case "a link":
            theirs.rename(file.parent / "target")
            file.unlink(missing_ok=True)
            file.symlink_to("target")
    before = os.lstat(file) if os.path.lexists(file) else None
    take_back(directory)
    if meanwhile == "nothing" and step != "the mode":  # there it is not on record yet what is ours, so it stays
        assert not os.path.lexists(file)
    elif before is not None:
        assert os.lstat(file) == before
    assert meanwhile != "a link" or (file.parent / "target").exists()


@pytest.mark.parametrize("text", ["", "precious"])
@pytest.mark.parametrize("dies", [True, False])
def test_a_file_that_comes_at_the_last_moment_is_the_users(
    bench: Bench, file: Path, monkeypatch: pytest.MonkeyPatch, text: str, *, dies: bool
) -> None:
    """Between the look at the name and the making of the file; also if all ends before the link to it is gone."""
    directory = bench.directory()
    os.mkdir(directory.path)
    real_link = os.symlink

    def link(target: str, path: str) -> None:
        real_link(target, path)
        file.write_text(text)

    def unlink(path: str) -> None:
        raise Died

    with monkeypatch.context() as patched:
        patched.setattr(os, "symlink", link)
        if dies:
            patched.setattr(os, "unlink", unlink)
        with pytest.raises(Died if dies else OutputRefused):
            place(directory, str(file), again=False)
    assert os.path.lexists(f"{directory.path}/output.file") is dies
    take_back(directory)
    assert file.read_text() == text
    assert stat.S_IMODE(file.stat().st_mode) != 0o600
    assert not os.path.lexists(directory.output)


def test_a_path_that_no_link_can_hold_fails_the_task(bench: Bench, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some file systems have a lower limit for links than for paths: that is no reason for other tasks to wait."""

    def too_long(target: str, link: str) -> None:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), target, None, link)

    monkeypatch.setattr(os, "symlink", too_long)
    failed = refusal(bench, file)
    assert failed.fault is Fault.TASK
    assert failed.sentence.endswith("cannot be made: File name too long")
