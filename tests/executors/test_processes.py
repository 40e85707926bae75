"""Who a pid is, and who belongs to a task: against real processes of this machine."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ant_tui.executors import processes
from tests.executors.bench import REGROUP, Bench, Words

Popen = subprocess.Popen[bytes]


@pytest.fixture
def said(tmp_path: Path) -> Iterator[Words]:
    """What the processes of a test say."""
    words = Words(tmp_path / "said-by-processes")
    yield words
    words.close()


class Starter:
    """Starts shells that say when they are there, and ends them with the test."""

    def __init__(self, said: Words) -> None:
        self._said = said
        self._started: list[Popen] = []

    def __call__(self, script: str = "exec sleep 100", *, marker: str | None = None, **options: Any) -> Popen:
        environment = {**os.environ, "SAID": str(self._said.path)}
        if marker is not None:
            environment[processes.MARKER] = marker
        process = subprocess.Popen(["/bin/sh", "-c", f"echo on > $SAID; {script}"], env=environment, **options)
        self._started.append(process)
        self._said.next()
        return process

    def end(self) -> None:
        for process in self._started:
            process.kill()
            process.wait(20)


@pytest.fixture
def start(said: Words, nothing_left: str) -> Iterator[Starter]:
    starter = Starter(said)
    yield starter
    starter.end()


class TestStat:
    @pytest.mark.parametrize("name", ["plain", "with blank", ") S 1 2 3", "((", ")", "a)b (c", "tab\tname"])
    def test_is_read_whatever_the_process_is_called(self, tmp_path: Path, start: Starter, name: str) -> None:
        """A name stands in parentheses and may hold blanks and parentheses itself."""
        program = tmp_path / name
        shutil.copy(shutil.which("sleep") or "/bin/sleep", program)
        odd = subprocess.Popen([str(program), "100"], start_new_session=True)
        start._started.append(odd)
        found = processes.stat_of(odd.pid)
        assert found is not None
        assert (found.pid, found.group, found.session) == (odd.pid, odd.pid, odd.pid)
        assert found.alive
        assert found.start == int(Path(f"/proc/{odd.pid}/stat").read_text().rpartition(")")[2].split()[19])

    def test_of_ourselves_is_true(self) -> None:
        """Group and session are what the kernel says they are."""
        found = processes.stat_of(os.getpid())
        assert found is not None
        assert (found.group, found.session, found.state) == (os.getpgid(0), os.getsid(0), "R")

    def test_of_nobody_is_none(self, start: Starter) -> None:
        """A process that was collected is not there."""
        process = start("exit 0")
        process.wait(20)
        assert processes.stat_of(process.pid) is None

    def test_a_zombie_is_there_but_not_alive(self, start: Starter) -> None:
        """A signal 0 would say that it lives; the state letter does not."""
        process = start("exit 0")
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        found = processes.stat_of(process.pid)
        assert found is not None
        assert not found.alive
        os.kill(process.pid, 0)

    def test_a_stopped_process_is_alive(self, start: Starter) -> None:
        process = start()
        os.kill(process.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
        found = processes.stat_of(process.pid)
        assert found is not None
        assert (found.state, found.alive) == ("T", True)

    def test_what_we_may_not_see_is_nobody(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where /proc hides other users' processes, looking at one of them is no error."""

        def hidden(*_: object, **__: object) -> None:
            raise PermissionError(1, "Operation not permitted")

        monkeypatch.setattr("builtins.open", hidden)
        assert processes.stat_of(1) is None


class TestMarker:
    def test_is_found_only_whole(self, start: Starter) -> None:
        """Task 1.1 is not task 1.11, and a variable whose name ends like the marker's is another."""
        process = start(marker="bench:1.1")
        assert processes.carries(process.pid, b"ANT_TUI_TASK=bench:1.1")
        for wrong in (b"ANT_TUI_TASK=bench:1", b"ANT_TUI_TASK=bench:1.11", b"TUI_TASK=bench:1.1", b"ANT_TUI_TASK="):
            assert not processes.carries(process.pid, wrong), wrong

    def test_is_found_at_either_end_of_the_environment(self, nothing_left: str) -> None:
        """The first and the last variable count like those between."""
        for environment in ({"ANT_TUI_TASK": "x:1.1", "Z": "1"}, {"A": "1", "ANT_TUI_TASK": "x:1.1"}):
            process = subprocess.Popen(["/bin/sleep", "100"], env=environment)
            try:
                assert processes.carries(process.pid, b"ANT_TUI_TASK=x:1.1")
            finally:
                process.kill()
                process.wait(20)

    def test_of_nobody_is_not_there(self, start: Starter) -> None:
        process = start("exit 0", marker="x:1.1")
        process.wait(20)
        assert not processes.carries(process.pid, b"ANT_TUI_TASK=x:1.1")


def _stat(pid: int) -> processes.ProcessStat:
    stat = processes.stat_of(pid)
    assert stat is not None
    return stat


class TestScan:
    def test_finds_group_and_marker(self, start: Starter) -> None:
        """Who is in the group, and who left it but carries the marker, and nobody else."""
        leader = start("sleep 100 & wait", marker="x:1.1", start_new_session=True)
        other_task = start(marker="x:1.11", start_new_session=True)
        stray = start(marker="x:1.1", start_new_session=True)
        found = processes.scan((leader.pid,), (b"ANT_TUI_TASK=x:1.1",))
        assert {leader.pid, stray.pid} <= found.keys()
        assert other_task.pid not in found
        assert sum(one.group == leader.pid for one in found.values()) == 2
        os.killpg(leader.pid, signal.SIGKILL)

    def test_without_a_marker_finds_the_group_only(self, start: Starter) -> None:
        leader = start(marker="x:1.1", start_new_session=True)
        start(marker="x:1.1", start_new_session=True)
        assert processes.scan((leader.pid,), ()).keys() == {leader.pid}

    def test_finds_a_session_that_a_group_began(self, start: Starter, said: Words, tmp_path: Path) -> None:
        """Who changed its group and lost its parent and its mark is still in the session."""
        program = tmp_path / "regroup.py"
        program.write_text(REGROUP)
        leader = start(f"(env -i {sys.executable} {program} $SAID sleep 100 &); sleep 100", start_new_session=True)
        stray = int(said.next())
        assert os.getpgid(stray) != leader.pid
        assert stray in processes.scan((leader.pid,), ())
        os.kill(stray, signal.SIGKILL)
        os.killpg(leader.pid, signal.SIGKILL)

    def test_finds_children_who_left_everything_behind(self, start: Starter, said: Words) -> None:
        """Who is in a session of its own without a mark is found by its parent; once known also without one."""
        inner = 'setsid sh -c "echo \\$\\$ > $0; exec sleep 100" $0; :'
        leader = start(f"setsid env -i sh -c '{inner}' $SAID & wait", start_new_session=True)
        grandchild = int(said.next())
        child = _stat(grandchild).parent
        found = processes.scan((leader.pid,), ())
        assert found.keys() == {leader.pid, child, grandchild}
        assert (found[child].parent, found[child].session) == (leader.pid, child)
        leader.kill()
        leader.wait(20)
        known = {pid: stat.start for pid, stat in found.items()}
        assert processes.scan((leader.pid,), ()) == {}
        assert processes.scan((leader.pid,), (), 0, known).keys() == {child, grandchild}
        assert processes.scan((), (), 0, {grandchild: known[grandchild] + 1}) == {}
        os.killpg(child, signal.SIGKILL)
        os.killpg(grandchild, signal.SIGKILL)

    def test_does_not_follow_into_another_task(self, start: Starter, said: Words) -> None:
        """A child with another task's mark is that task's, and so is what it starts."""
        inner = 'env -i sh -c "echo \\$\\$ > $0; exec sleep 100" $0; :'
        script = f"ANT_TUI_TASK=y:2.1 setsid sh -c '{inner}' $SAID & wait"
        leader = start(script, marker="x:1.1", start_new_session=True)
        group = os.getpgid(int(said.next()))
        assert group != leader.pid
        assert processes.scan((leader.pid,), (b"ANT_TUI_TASK=x:1.1",)).keys() == {leader.pid}
        os.killpg(group, signal.SIGKILL)

    def test_leaves_the_dead_out(self, start: Starter) -> None:
        """A zombie holds nothing and is no member any more."""
        process = start("exit 0", marker="x:1.1", start_new_session=True)
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert processes.scan((process.pid,), (b"ANT_TUI_TASK=x:1.1",)) == {}


class TestGroups:
    def test_exist_until_the_last_member_is_gone(self, start: Starter) -> None:
        leader = start("sleep 100 & exit 0", start_new_session=True)
        leader.wait(20)
        assert processes.group_exists(leader.pid)
        (left,) = processes.scan((leader.pid,), ())
        descriptor = os.pidfd_open(left)
        os.kill(left, signal.SIGKILL)
        os.waitid(os.P_PIDFD, descriptor, os.WEXITED) if left in processes.children() else _until_gone(descriptor)
        os.close(descriptor)
        assert not processes.scan((leader.pid,), ())

    def test_of_nobody_does_not_exist(self, start: Starter) -> None:
        process = start("exit 0", start_new_session=True)
        process.wait(20)
        assert not processes.group_exists(process.pid)


class TestOrphans:
    def test_are_named_while_they_live_and_collected_when_dead(self, start: Starter, said: Words) -> None:
        """A process that left its task comes to us when its parent ends; who is waited for elsewhere is left alone."""
        assert processes.become_subreaper()
        leader = start("(setsid sh -c 'echo $$ > $SAID; exec sleep 100' &); exec sleep 100")
        stray = int(said.next())
        leader.kill()
        os.waitid(os.P_PID, leader.pid, os.WEXITED | os.WNOWAIT)
        assert processes.reap_orphans({leader.pid}) == [stray]
        os.kill(stray, signal.SIGKILL)
        os.waitid(os.P_PID, stray, os.WEXITED | os.WNOWAIT)
        assert processes.reap_orphans({leader.pid}) == []
        assert processes.stat_of(stray) is None
        assert leader.wait(20) == -signal.SIGKILL

    def test_do_not_include_what_belongs_to_our_own_session(self, start: Starter) -> None:
        """An editor or a helper of the program itself is not a task's, and somebody else waits for it."""
        process = start("exit 3")
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert process.pid not in processes.reap_orphans(())
        assert process.wait(20) == 3

    def test_children_are_found_without_the_kernels_list(self, start: Starter, monkeypatch: pytest.MonkeyPatch) -> None:
        """A kernel without that list costs time, not truth."""
        process = start()
        listed = processes.children()
        real = open

        def without(path: object, *rest: Any, **more: Any) -> Any:
            if str(path).endswith("/children"):
                raise FileNotFoundError(2, "No such file or directory")
            return real(path, *rest, **more)  # type: ignore[call-overload]

        monkeypatch.setattr("builtins.open", without)
        assert process.pid in listed
        assert process.pid in processes.children()


class TestIdentity:
    def test_a_pid_means_something_only_with_start_and_boot(self, bench: Bench, start: Starter) -> None:
        """The same pid with another start time, or of another boot, is somebody else."""
        process = start()
        found = processes.stat_of(process.pid)
        assert found is not None
        boot = bench.executor.boot_id
        assert bench.executor.is_there(process.pid, found.start, boot)
        assert not bench.executor.is_there(process.pid, found.start + 1, boot)
        assert not bench.executor.is_there(process.pid, found.start, "another-boot")
        assert not bench.executor.is_there(0, found.start, boot)

    def test_a_group_under_a_pid_that_was_used_again_is_not_the_tasks(self, bench: Bench, start: Starter) -> None:
        """Somebody else's process has the leader's pid now: neither it nor its group is taken for the task's."""
        process = start(start_new_session=True)
        found = processes.stat_of(process.pid)
        assert found is not None
        assert bench.executor.members(1, 1, process.pid, found.start).keys() == {process.pid}
        assert bench.executor.members(1, 1, process.pid, found.start - 1) == {}

    def test_the_boot_id_is_the_kernels(self) -> None:
        assert processes.boot_id() == Path("/proc/sys/kernel/random/boot_id").read_text().strip()

    def test_a_name_is_known_while_the_process_lives(self, start: Starter) -> None:
        process = start()
        assert processes.name_of(process.pid) in ("sh", "sleep")
        process.kill()
        process.wait(20)
        assert processes.name_of(process.pid) == ""


def _until_gone(descriptor: int) -> None:
    import select

    ready, _, _ = select.select([descriptor], [], [], 20)
    assert ready


def test_descriptors_are_kept_from_children() -> None:
    """What this program inherited open is not passed on; its standard streams are."""
    code = (
        "import os, subprocess; from ant_tui.executors import processes; processes.keep_descriptors();"
        "print(subprocess.run(['ls', '/proc/self/fd'], close_fds=False, stdout=-1, text=True).stdout.split())"
    )
    reading, writing = os.pipe()
    try:
        out = subprocess.run(
            [sys.executable, "-c", code],
            pass_fds=(reading, writing),
            stdout=subprocess.PIPE,
            cwd=Path(__file__).resolve().parents[2],
            text=True,
            check=True,
        ).stdout
    finally:
        os.close(reading)
        os.close(writing)
    assert out.strip() == str(["0", "1", "2", "3"])  # 3 is the directory that ls itself reads


@pytest.mark.parametrize(
    ("trap", "dies"), [("", True), ("trap '' TERM; ", False), ("trap : TERM; ", False), ("trap : INT; ", True)]
)
def test_who_dies_of_a_signal(trap: str, dies: bool) -> None:
    """Neither handled nor ignored; nobody can tell of a process that is gone."""
    process = subprocess.Popen(["sh", "-c", f"{trap}echo; read x"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    assert processes.dies_of(process.pid, signal.SIGTERM) is dies
    process.communicate()
    assert processes.dies_of(process.pid, signal.SIGTERM) is False
