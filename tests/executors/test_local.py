"""Starting attempts on this machine, and what it means when that is not possible."""

from __future__ import annotations

import errno
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ant_tui.executors import local, processes, wrapper
from ant_tui.executors.job_directory import Finding, JobDirectory
from ant_tui.executors.local import Fault, LocalExecutor, StartFailed, send, send_to_all
from tests.executors.bench import Bench

MACHINES = [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EMFILE, errno.EACCES, errno.ENOTDIR]


def fails_with(number: int) -> Any:
    """A stand-in for a system call that fails."""

    def fail(*_: object, **__: object) -> None:
        raise OSError(number, os.strerror(number), "some/where")

    return fail


class TestStart:
    def test_the_task_gets_exactly_its_environment(self, bench: Bench, nothing_left: str) -> None:
        """What the job says and the marker, nothing of the scheduler's own environment."""
        environment = {"A": "1", "ODD": "a b\n'\"$x", "ANT_TEST_TOKEN": nothing_left, "PATH": os.environ["PATH"]}
        status, output = bench.run("exec env -0", environment=environment)
        told = dict(entry.split("=", 1) for entry in output.split("\0") if entry)
        # A shell adds its own notes.
        assert {name: told[name] for name in told if name not in ("PWD", "OLDPWD", "SHLVL", "_")} == {
            **environment,
            processes.MARKER: bench.executor.marker(1, 1),
        }
        assert status == 0

    def test_the_marker_cannot_be_set_from_outside(self, bench: Bench) -> None:
        """A task that was submitted by a task of another scheduler is known by its own marker."""
        environment = {**os.environ, processes.MARKER: "other:7.1"}
        assert bench.run("echo $ANT_TUI_TASK", environment=environment) == (0, bench.executor.marker(1, 1) + "\n")

    def test_says_who_was_started(self, bench: Bench) -> None:
        """Pid and start time are those of the wrapper."""
        said, go = bench.words("said"), bench.words("go")
        started = bench.start(bench.job("echo on > said; read line < go"))
        said.next()
        found = processes.stat_of(started.pid)
        assert found is not None
        assert found.start == started.pid_start > 0
        assert bench.executor.members(1, 1, started.pid, started.pid_start).keys() >= {started.pid}
        go.say("on")
        bench.wait(started.pid)

    def test_the_clock_and_the_kernel_agree_when_it_was(self, bench: Bench) -> None:
        """Where the start time is told by the clock, it is the one that /proc has, in every tick."""
        for attempt in range(1, 101):
            started = bench.start(bench.job("true", attempt=attempt))
            found = processes.stat_of(started.pid)  # dead or alive, it is there until it is waited for
            bench.wait(started.pid)
            assert found is not None
            assert found.start == started.pid_start

    @pytest.mark.parametrize("error", [OSError(errno.EMFILE, "no descriptor"), MemoryError()], ids=repr)
    def test_the_process_counts_even_if_it_cannot_be_looked_at(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, error: Exception
    ) -> None:
        """Nothing was left to read its start time with: it was started all the same."""

        def fails(pid: int) -> None:
            raise error

        with monkeypatch.context() as patch:
            patch.setattr(processes, "stat_of", fails)
            patch.setattr(processes, "ticks", iter((1, 2)).__next__)  # the clock has gone on meanwhile
            started = bench.start(bench.job("exit 4"))
        assert started.pid_start == 0
        assert bench.wait(started.pid) == 4


class TestMachineTrouble:
    @pytest.mark.parametrize("number", MACHINES, ids=errno.errorcode.get)
    def test_is_a_directory_that_cannot_be_made(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        """Whatever keeps a directory from being made is no fault of this task: it may be tried again."""
        with monkeypatch.context() as patch:
            patch.setattr(os, "mkdir", fails_with(number))
            with pytest.raises(StartFailed) as caught:
                bench.start(bench.job("true"))
        assert caught.value.fault is Fault.MACHINE
        assert os.strerror(number) in caught.value.sentence
        assert "some/where" in caught.value.sentence
        assert bench.run("echo now", attempt=1) == (0, "now\n")

    @pytest.mark.parametrize("full_after", [0, 1])
    def test_of_a_file_leaves_nothing_lying_about(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, full_after: int
    ) -> None:
        """A try that failed half-way is taken away again: hours of a full disk leave no heap of directories."""
        real, calls = os.write, 0

        def write(descriptor: int, data: bytes) -> int:
            nonlocal calls
            calls += 1
            if calls > full_after:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return real(descriptor, data)

        with monkeypatch.context() as patch:
            patch.setattr(os, "write", write)
            with pytest.raises(StartFailed) as caught:
                bench.start(bench.job("true"))
        assert caught.value.fault is Fault.MACHINE
        assert os.listdir(bench.executor.root) == []

    @pytest.mark.parametrize(
        "number", [errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE], ids=errno.errorcode.get
    )
    def test_is_a_process_that_the_kernel_refuses(
        self, bench: Bench, monkeypatch: pytest.MonkeyPatch, number: int
    ) -> None:
        """No processes, no memory, no descriptors left."""
        with monkeypatch.context() as patch:
            patch.setattr(local, "spawn_detached", fails_with(number))
            with pytest.raises(StartFailed) as caught:
                bench.start(bench.job("true"))
        assert caught.value.fault is Fault.MACHINE


class TestOwnFault:
    def test_an_environment_that_no_process_can_be_given(self, bench: Bench) -> None:
        """E2BIG: this task can never start as it is, and its reason is told."""
        with pytest.raises(StartFailed) as caught:
            bench.start(bench.job("touch ran", environment={"BIG": "x" * 200_000}))
        assert caught.value.fault is Fault.TASK
        assert os.strerror(errno.E2BIG) in caught.value.sentence
        assert bench.executor.look(1, 1).finding is Finding.VOID

    @pytest.mark.parametrize(
        "changes",
        [
            {"environment": {"A": "b\0c"}},
            {"environment": {"A\0": "b"}},
            {"environment": {"A=B": "b"}},
            {"shell": "/bin\0"},
        ],
    )
    def test_a_value_that_no_process_can_be_given(self, bench: Bench, changes: dict[str, Any]) -> None:
        """A NUL in a value or a name that cannot be one."""
        with pytest.raises(StartFailed) as caught:
            bench.start(bench.job("touch ran", **changes))
        assert caught.value.fault is Fault.TASK
        assert bench.executor.look(1, 1).finding is Finding.VOID

    def test_a_command_that_cannot_be_written(self, bench: Bench) -> None:
        """Half a surrogate pair is no text: nothing is started."""
        with pytest.raises(StartFailed) as caught:
            bench.start(bench.job("echo \ud800"))
        assert caught.value.fault is Fault.TASK

    @pytest.mark.parametrize(("shell", "reason"), [("/no/such/shell", errno.ENOENT), ("/etc/passwd", errno.EACCES)])
    def test_a_shell_that_is_none(self, bench: Bench, shell: str, reason: int) -> None:
        """The sentence names the shell."""
        with pytest.raises(StartFailed) as caught:
            bench.start(bench.job("true", shell=shell))
        assert caught.value.fault is Fault.TASK
        assert shell in caught.value.sentence
        assert os.strerror(reason) in caught.value.sentence

    def test_keeps_what_was_laid_out_for_the_eye(self, bench: Bench) -> None:
        with pytest.raises(StartFailed):
            bench.start(bench.job("echo precious", shell="/no/such/shell"))
        assert "precious" in Path(bench.directory().path, wrapper.RUN).read_text()


class TestDirectoryInTheWay:
    def test_is_told_apart_and_left_as_it_is(self, bench: Bench) -> None:
        """An old attempt's directory is never touched: only this number of an attempt is taken (row 045)."""
        bench.run("echo old")
        with pytest.raises(StartFailed) as caught:
            bench.start(bench.job("echo new"))
        assert caught.value.fault is Fault.DIRECTORY
        assert Path(bench.directory().output).read_text() == "old\n"
        assert bench.executor.look(1, 1).finding is Finding.EXITED

    def test_is_not_made_void(self, bench: Bench) -> None:
        """A wrapper that has yet to begin in it still may."""
        job = bench.job("touch ran")
        bench.laid_out(job)
        with pytest.raises(StartFailed):
            bench.start(job)
        assert bench.wrapper(job).wait(20) == 0
        assert (bench.place / "ran").exists()


class TestMembers:
    def test_include_who_left_the_group(self, bench: Bench) -> None:
        """A process in a session of its own is known by its marker; nobody else's is."""
        said = bench.words("said")
        command = "setsid sh -c 'echo $$ > said; exec sleep 100' & sleep 100 & wait"
        started = bench.start(bench.job(command))
        bench.start(bench.job("exec sleep 100", number=2))
        stray = int(said.next())
        members = bench.executor.members(1, 1, started.pid, started.pid_start)
        assert members.keys() >= {started.pid, stray}
        assert {stat.group for stat in members.values()} == {started.pid, stray}
        assert bench.executor.is_member(stray, 1, 1)
        assert not bench.executor.is_member(stray, 2, 1)
        send_to_all(started.pid, [stray], signal.SIGKILL)
        bench.wait(started.pid)

    def test_are_found_while_they_become_another_program(self, bench: Bench) -> None:
        """A process whose environment cannot be read for a moment, because it is just executing, is not missed."""
        said = bench.words("said")
        body = 'n=$1; [ $n -gt 0 ] || { echo done > said; exec sleep 100; }; exec sh -c "$2" x $((n - 1)) "$2"'
        quoted = wrapper.shell_quote(body)
        started = bench.start(bench.job(f"setsid sh -c {quoted} x 300 {quoted} & echo $! > said; wait"))
        stray = int(said.next())
        looked = 0
        while bench.executor.is_member(stray, 1, 1) and looked < 2000:
            looked += 1
        assert looked == 2000
        said.next()
        send_to_all(started.pid, [stray], signal.SIGKILL)
        bench.wait(started.pid)


class TestSend:
    def test_to_nobody_is_no_error(self, bench: Bench) -> None:
        started = bench.start(bench.job("true"))
        bench.wait(started.pid)
        send(started.pid, signal.SIGTERM)
        send_to_all(started.pid, [started.pid], signal.SIGTERM)

    def test_to_somebody_elses_process_is_no_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A task's process that took another user's rights must not keep the signal from the others."""
        sent: list[int] = []

        def kill(pid: int, number: int) -> None:
            if pid == 1:
                raise PermissionError(errno.EPERM, "Operation not permitted")
            sent.append(pid)

        monkeypatch.setattr(os, "kill", kill)
        monkeypatch.setattr(os, "killpg", kill)
        send_to_all(1, [1, 2], signal.SIGTERM)
        assert sent == [2]


def test_attempts_are_listed_by_their_directories(bench: Bench) -> None:
    """Every attempt that is on disk, in order, and nothing that is called otherwise."""
    for number, attempt in ((3, 2), (3, 10), (3, 1), (12, 1)):
        JobDirectory(bench.executor.root, number, attempt).void()
    for other in ("x.1", "4.y", "5", "6.1.2", ".1"):
        os.mkdir(f"{bench.executor.root}/{other}")
    assert bench.executor.attempts() == {3: [1, 2, 10], 12: [1]}


def test_the_root_is_made(tmp_path: Path) -> None:
    """The directory of all job directories is private."""
    executor = LocalExecutor(str(tmp_path / "a" / "b"), "x")
    assert os.stat(executor.root).st_mode & 0o777 == 0o700
