"""The scheduler is disposable: killed at any moment, stopped, interrupted, started twice, without room on the disk."""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.house import House, living, until, until_gone
from tests.e2e.tmux import Tmux

_WAITS = "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo ended; exit 7"
"""A task that runs until the test creates ``go``, and whose end is told from any other."""


def _begun(house: House, name: str) -> int:
    """Wait until a task that ``_WAITS`` is at work; returns its process."""
    house.until_log(name, b"begun\n")
    return int(house.task(name)["pid"])


def _until_count(count: Callable[[], int], enough: int) -> None:
    until(f"there are {enough}", lambda: count() >= enough)


def _finish(house: House, name: str) -> None:
    """Let it end, and see that it ended by itself, with its whole output."""
    (house.work / "go").touch()
    house.run("wait", name, code=7)
    task = house.task(name)
    assert (task["state"], task["exit_code"], task["attempt"]) == ("failed", 7, 1)
    assert house.log(name) == b"begun\nended\n"


class TestKilled:
    def test_while_submitting_keeps_what_it_acknowledged_and_nothing_twice(self, house: House) -> None:
        """Three clients submit without a pause, kill -9 comes three times: each that returned 0 is there, once."""
        counter = itertools.count(1)
        acknowledged: dict[str, str] = {}
        refused: list[int] = []
        for kills in range(1, 4):
            house.start("--simulate-gpus", "1")

            def submit_until_it_fails() -> None:
                while True:
                    name = f"t{next(counter)}"
                    done = house.run("submit", "--no-start", "--parsable", "-H", "-J", name, "true", code=None)
                    if done.returncode:
                        refused.append(done.returncode)
                        return
                    acknowledged[name] = done.stdout.strip()

            clients = [threading.Thread(target=submit_until_it_fails) for _ in range(3)]
            for client in clients:
                client.start()
            _until_count(partial(len, acknowledged), len(acknowledged) + 8)
            house.kill()
            for client in clients:
                client.join()
            assert len(refused) == 3 * kills
        assert set(refused) == {3}, "no scheduler can be reached"

        house.start()
        assert all(name == id_ for name, id_ in acknowledged.items())
        tasks = house.tasks()
        assert acknowledged.keys() <= tasks.keys()
        # At most the ones under way when the scheduler died were recorded without an answer.
        assert len(tasks) <= len(acknowledged) + len(refused)
        assert {task["state"] for task in tasks.values()} == {"queued"}
        submitted = [event["id"] for event in house.events() if event["type"] == "task_submitted"]
        assert sorted(submitted) == sorted(tasks)

    def test_before_the_answer_submitting_again_with_the_key_is_safe(self, house: House) -> None:
        """Whoever got no answer asks again with the same key, and gets the task that was recorded, if it was."""
        house.start()
        first = house.submit("--key", "night-1", "-H", "true")
        house.kill()
        house.run("submit", "--no-start", "--key", "night-1", "-H", "true", code=3)
        house.start()
        assert house.submit("--key", "night-1", "-H", "true") == first
        assert len(house.tasks()) == 1

    def test_five_times_during_forty_short_tasks_runs_each_once(self, house: House) -> None:
        """Whenever the kill comes (before, in or after a start or an end), each task runs exactly once."""
        ran = house.work / "ran"

        def count() -> int:
            return len(ran.read_text().split()) if ran.exists() else 0

        house.start("--simulate-gpus", "4", env={"ANT_TUI_SCHEDULER__MAX_CPU_TASKS": "4"})
        commands = [f"ant_n_gpus={n % 2} echo {n} >> ran; sleep 0.1; exit {n % 3}" for n in range(1, 41)]
        house.run("submit", "-", stdin="\n".join(commands))
        for enough in (4, 10, 16, 24, 32):
            _until_count(count, enough)
            house.kill()
            house.start()
        house.run("wait", "1-40", code=1)
        assert sorted(map(int, ran.read_text().split())) == list(range(1, 41))
        tasks = {task["number"]: task for task in house.tasks().values()}
        assert {number: task["exit_code"] for number, task in tasks.items()} == {n: n % 3 for n in range(1, 41)}

    def test_takes_running_tasks_over_with_their_codes(self, house: House) -> None:
        """What is cancelled, killed or ends by itself after a new scheduler took it over ends as with the first."""
        house.start()
        for name in ("ends", "cancelled", "killed", "stopped"):
            house.submit("-J", name, "-G", "1", _WAITS)
            _begun(house, name)
        house.run("suspend", "stopped")
        house.kill()
        house.start()
        assert [house.task(name)["state"] for name in ("ends", "stopped")] == ["running", "suspended"]
        assert [gpu["state"] for gpu in house.ask("gpus")["gpus"]] == ["busy"] * 4
        house.run("cancel", "cancelled")
        house.run("kill", "-s", "KILL", "killed")
        house.run("wait", "cancelled", code=143)
        house.run("wait", "killed", code=137)
        assert house.task("cancelled")["state"] == "cancelled"
        assert (house.task("killed")["state"], house.task("killed")["signal"]) == ("failed", 9)
        house.run("resume", "stopped")
        _finish(house, "stopped")
        _finish(house, "ends")

    def test_leaves_tasks_their_terminals(self, house: House) -> None:
        """A task on a terminal of its own (``--pty``) keeps it, and is taken over like any other."""
        if shutil.which("script") is None:
            pytest.skip("util-linux's script is not installed")
        house.start()
        house.submit("-J", "typed", "--pty", f"test -t 1 && test -t 2 && {_WAITS}")
        house.until_log("typed", b"begun\r\n")
        house.kill()
        house.start()
        assert house.task("typed")["state"] == "running"
        (house.work / "go").touch()
        house.run("wait", "typed", code=7)
        assert house.log("typed") == b"begun\r\nended\r\n"


class TestInterrupted:
    def test_ctrl_c_in_the_foreground_does_not_reach_tasks(
        self, house: House, terminal: Callable[[int, int], Tmux]
    ) -> None:
        """Ctrl+C ends ``--no-ui`` in the foreground; its tasks neither end nor hear of it."""
        shell = terminal(100, 30)
        shell.shell("ant-tui --no-ui --simulate-gpus 2")
        shell.until_shows("The scheduler is up")
        house.submit("-J", "deaf", f"trap 'echo INT' INT; trap 'echo HUP' HUP; {_WAITS}")
        _begun(house, "deaf")
        pid = house.pid
        shell.press("C-c")
        until_gone(pid)
        shell.until_shows("The scheduler has ended")
        shell.shell("echo code $?")
        shell.until_shows("code 0")
        house.start("--simulate-gpus", "2")
        _finish(house, "deaf")

    def test_a_lost_terminal_ends_neither_scheduler_nor_tasks(
        self, house: House, terminal: Callable[[int, int], Tmux]
    ) -> None:
        """The SSH connection breaks: SIGHUP is no reason to end."""
        shell = terminal(100, 30)
        shell.shell("ant-tui --no-ui --simulate-gpus 2")
        shell.until_shows("The scheduler is up")
        house.submit("-J", "deaf", _WAITS)
        _begun(house, "deaf")
        pid = house.pid
        shell.close()
        until("the scheduler heard of it", lambda: "The terminal is gone" in house.own_log())
        assert house.pid == pid
        assert house.submit("-J", "later", "true") == "later"
        house.run("wait", "later")
        _finish(house, "deaf")

    def test_sigterm_leaves_tasks_running(self, house: House) -> None:
        """A machine's service manager may end the scheduler; the next one takes over."""
        house.start()
        house.submit("-J", "goes-on", "-G", "3", _WAITS)
        task = _begun(house, "goes-on")
        pid = house.pid
        os.kill(pid, signal.SIGTERM)
        until_gone(pid)
        assert house.address is None, "it has tidied up"
        assert living(task)
        # Without a scheduler, what is on disk is told.
        assert "no scheduler runs" in house.run("queue").stderr.lower()
        house.start()
        assert house.task("goes-on")["pid"] == task
        _finish(house, "goes-on")


class TestStopped:
    def test_ends_tasks_where_that_is_asked_for(self, house: House) -> None:
        """``stop --tasks kill`` returns when scheduler and tasks are gone; queued tasks stay queued."""
        house.start("--simulate-gpus", "1")
        house.submit("-J", "runs", "-G", "1", _WAITS)
        house.submit("-J", "waits", "-G", "1", "true")
        task, pid = _begun(house, "runs"), house.pid
        house.run("stop", "--tasks", "kill")
        assert not living(pid)
        assert not living(task)
        assert not house.left()
        tasks = house.tasks()
        assert {name: one["state"] for name, one in tasks.items()} == {"runs": "cancelled", "waits": "queued"}
        house.run("stop", code=3)

    def test_leaves_tasks_otherwise(self, house: House) -> None:
        """``stop`` alone ends the scheduler only."""
        house.start()
        house.submit("-J", "runs", _WAITS)
        task = _begun(house, "runs")
        house.run("stop")
        assert living(task)
        assert not house.pid
        house.start()
        _finish(house, "runs")


class TestStarted:
    def test_by_submit_in_the_background(self, house: House) -> None:
        """With no scheduler, ``submit`` starts one, says so, and the task runs; it outlives its terminal's session."""
        done = house.run("submit", "-J", "first", "echo here")
        assert "background" in done.stderr
        pid = house.pid
        assert str(pid) in done.stderr
        assert os.getsid(pid) == pid
        house.run("wait", "first")
        assert house.log("first") == b"here\n"
        assert "background" not in house.run("submit", "true").stderr
        assert house.pid == pid

    def test_by_many_at_once_there_is_one(self, house: House) -> None:
        """Eight submissions at the same time without a scheduler: one scheduler, eight tasks."""
        clients = [house.popen("submit", "-q", "-J", f"t{n}", "true") for n in range(8)]
        assert [client.wait(60) for client in clients] == [0] * 8
        assert len(house.tasks()) == 8
        house.run("wait", "1-8")
        assert [event["type"] for event in house.events()].count("scheduler_started") == 1

    @pytest.mark.parametrize("options", [("--no-ui",), ("--no-ui", "--daemon")])
    def test_twice_is_refused_and_names_the_first(self, house: House, options: tuple[str, ...]) -> None:
        """A second scheduler on the data directory is refused with code 5 and the first one's pid."""
        pid = house.start()
        refused = house.run(*options, code=5)
        assert str(pid) in refused.stderr
        assert str(house.data) in refused.stderr
        assert house.pid == pid
        house.run("queue")


_NAMESPACE = ["unshare", "--mount", "--propagation", "private"]


def _may_mount(folder: Path) -> bool:
    """Whether we may mount a small disk where nobody else sees it."""
    if os.geteuid() or not all(map(shutil.which, ("unshare", "nsenter", "mount"))):
        return False
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "none", str(folder)]
    return subprocess.run([*_NAMESPACE, *mount], capture_output=True, check=False).returncode == 0


class TestWithoutRoom:
    def test_refuses_submissions_leaves_tasks_and_goes_on_when_there_is_room(self, house: House) -> None:
        """The disk is full: refused with the reason, running tasks go on, ends are recorded when there is room."""
        house.data.mkdir(0o700)
        if not _may_mount(house.data):
            pytest.skip("only root can mount a small disk in a namespace of its own (util-linux)")
        # A shell that does nothing keeps the namespace with the small disk in it.
        script = f"mount -t tmpfs -o size=2m,mode=700 none '{house.data}' && echo mounted && read word"
        with subprocess.Popen(
            [*_NAMESPACE, "sh", "-c", script], env=house.env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as keeper:
            assert keeper.stdout is not None
            assert keeper.stdout.readline() == "mounted\n"
            house.door = ("nsenter", "--target", str(keeper.pid), "--mount", "--wd=.")
            # What is in that namespace can be seen from here through its keeper's root.
            house.data = Path(f"/proc/{keeper.pid}/root") / house.data.relative_to("/")
            self._fill(house)
            house.end()
            keeper.communicate("end\n")

    @staticmethod
    def _fill(house: House) -> None:
        house.start("--simulate-gpus", "2")
        house.submit("-J", "runs", "-G", "2", _WAITS)
        house.submit("-J", "waits", "-G", "1", "echo at last")
        log = house.data / "jobs/1.1/output.log"
        until("it runs", lambda: log.exists() and log.read_bytes() == b"begun\n")
        task = int(house.task("runs")["pid"])
        filler = house.data / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:  # until there is no space left
                file.write(bytes(4096))
        # More than the journal has laid room for: what fits there is taken, and is on the disk.
        refused = house.run("submit", "-J", "refused", f": {'x' * 100_000}", code=5)
        assert "No space left on device" in refused.stderr
        assert living(task)
        (house.work / "go").touch()
        until_gone(task)
        assert "refused" not in house.tasks()
        until("what waits goes on waiting", lambda: house.tasks()["waits"]["state"] == "queued")
        filler.unlink()
        house.run("wait", "runs", code=7)
        house.run("wait", "waits")
        assert (house.data / "jobs/2.1/output.log").read_bytes() == b"at last\n"
        house.run("submit", "--wait", "-J", "refused", "true")
        assert "Traceback" not in house.own_log()
