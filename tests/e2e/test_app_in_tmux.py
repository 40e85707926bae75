"""The full screen as a person at a terminal has it: a real tmux, real keys, the screen read back.

Between two keys a test waits for what the first one shows, as a person does.
"""

from __future__ import annotations

import itertools
import json
import os
import re
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from tests.e2e.house import House, living, until, until_gone
from tests.e2e.tmux import PROMPT, Tmux

Terminal = Callable[[int, int], Tmux]

_SIZES = ((120, 40), (80, 24))
_START = "ant-tui --simulate-gpus 4"
_WAITS = "echo begun; while [ ! -e go ]; do sleep 0.02; done; echo ended; exit 7"
_RUNNING, _QUEUED, _HELD = "► running", "· queued", "‖ held"


@pytest.fixture(params=_SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
def screen(terminal: Terminal, request: pytest.FixtureRequest) -> Tmux:
    """A terminal with the app in it, with a scheduler of its own."""
    made = terminal(*request.param)
    _start(made)
    return made


def _start(screen: Tmux, line: str = _START) -> None:
    screen.shell(line)
    screen.until_shows("queue runs")
    screen.until_shows("2 Tasks")


def _selected(screen: Tmux) -> str:
    """The row of the table under the cursor."""
    return next((line for line in screen.lines if re.match(r"[┃│]>", line)), "")


def _select(screen: Tmux, name: str) -> None:
    """Move the cursor to a task with the keys."""
    screen.until_shows(name)
    screen.press("g")
    for _ in range(20):
        at = until("a row is selected", lambda: _selected(screen))
        if f" {name} " in at:
            return
        screen.press("j")
        until("the cursor moves", partial(_selected_other_than, screen, at))
    raise AssertionError(f"{name} cannot be selected:\n{screen.screen}")


def _selected_other_than(screen: Tmux, row: str) -> bool:
    return _selected(screen) not in ("", row)


def _leave(screen: Tmux, choice: str) -> None:
    """Leave with q, and answer what becomes of open work."""
    screen.press("q")
    screen.until_shows("Leave ant-tui")
    downs = ("Keep the scheduler", "Stop the scheduler", "End everything").index(choice)
    screen.press(*["Down"] * downs, "Enter")
    screen.until_shows(PROMPT.strip())
    screen.until_clean()


class TestJourneys:
    def test_write_a_task_watch_it_run_see_its_output(self, house: House, screen: Tmux) -> None:
        """The dialog says what would be queued; the task runs, its output is live, its end is seen."""
        screen.press("a")
        screen.until_shows("New task")
        command = _WAITS.replace("echo begun", "echo be''gun")
        screen.write(command)
        screen.until_shows("1 task would be queued")
        screen.until_shows("(random)", "0 GPUs")
        at = screen.flag("cursor_y")
        screen.press("Tab")
        until("the next field has the cursor", lambda: screen.flag("cursor_y") != at)
        screen.write("first")
        screen.until_shows("first", "0 GPUs")
        screen.press("C-s")
        screen.until_shows("first", _RUNNING)
        assert house.task("first")["command"] == command
        screen.press("3")
        screen.until_shows("begun")
        assert not screen.row("ended")
        (house.work / "go").touch()
        screen.until_shows("ended")
        screen.press("2")
        screen.until_shows("first", "failed", "exit code 7")
        screen.until_shows("0 running", "1 failed")
        screen.press("P")
        screen.until_shows("queue paused")  # the keys are the main screen's again

    def test_cancel_asks_first(self, house: House, screen: Tmux) -> None:
        """The key x asks; n lets it run, y ends it (row 225)."""
        house.submit("-J", "long", "-G", "2", "sleep 1000")
        _select(screen, "long")
        screen.until_shows("long", _RUNNING, "0,1")
        screen.press("x")
        screen.until_shows("Cancel task 1?")
        screen.press("n")
        screen.until_hides("Cancel task 1?")
        assert house.task("long")["state"] == "running"
        screen.press("x")
        screen.until_shows("Cancel task 1?")
        screen.press("y")
        screen.until_shows("long", "⊘ cancelled")
        assert house.task("long")["exit_code"] == 143

    def test_hold_and_release(self, house: House, screen: Tmux) -> None:
        """H keeps a waiting task from starting, though its GPU becomes free; H again lets it go."""
        house.submit("-J", "first", "-G", "4", _WAITS)
        house.submit("-J", "second", "-G", "1", "echo done")
        screen.until_shows("second", _QUEUED)
        _select(screen, "second")
        screen.press("H")
        screen.until_shows("second", _HELD)
        (house.work / "go").touch()
        screen.until_shows("first", "failed")
        assert house.task("second")["state"] == "queued"
        _select(screen, "second")
        screen.press("H")
        screen.until_shows("second", "completed")

    def test_retry(self, house: House, screen: Tmux) -> None:
        """R queues an ended task once more, as a new one."""
        house.submit("-J", "again", "echo x >> times; exit 3")
        screen.until_shows("again", "failed")
        _select(screen, "again")
        screen.press("R")
        until("it ran twice", lambda: (house.work / "times").read_text() == "x\nx\n")
        house.run("wait", "again-restart-1", code=3)
        screen.until_shows("2 failed")
        assert len(house.tasks()) == 2

    def test_move(self, house: House, screen: Tmux) -> None:
        """T brings a task to the top, ctrl+down one place further: the queue starts in that order."""
        house.run("pause")
        for name in ("one", "two", "three"):
            house.submit("-J", name, "true")
        _select(screen, "three")

        def order() -> list[str]:
            return re.findall(rf"^[┃│][> ] +\d+ (\w+) +{_QUEUED}", screen.screen, re.MULTILINE)

        screen.press("T")
        until("three is first", lambda: order() == ["three", "one", "two"])
        screen.press("C-Down")
        until("three is second", lambda: order() == ["one", "three", "two"])
        assert [task["id"] for task in house.ask("queue")["tasks"]] == ["one", "three", "two"]
        house.run("cancel", "--all")

    def test_pause(self, house: House, screen: Tmux) -> None:
        """P: nothing starts, what runs goes on; P again: what waited starts."""
        house.submit("-J", "runs", _WAITS)
        screen.until_shows("runs", _RUNNING)
        screen.press("P")
        screen.until_shows("queue paused")
        house.submit("-J", "waits", "true")
        screen.until_shows("waits", _QUEUED)
        (house.work / "go").touch()
        screen.until_shows("runs", "failed")
        assert house.task("waits")["state"] == "queued"
        screen.press("P")
        screen.until_shows("waits", "completed")
        screen.until_shows("queue runs")

    def test_variables_in_one_go(self, house: House, screen: Tmux) -> None:
        """Names and values that come in one piece, as a paste or a slow line brings them, go into their own fields."""
        screen.press("V", *"LR", "Tab", *"0.1", "Enter", *"FOO", "Tab", *"two", "C-s")
        screen.until_shows("2 variables")
        assert house.ask("env")["values"] == {"LR": 0.1, "FOO": "two"}
        screen.press("Escape")
        screen.until_hides("Variables of new tasks")


class TestLeaving:
    def test_to_the_background_and_attach_again(self, house: House, screen: Tmux) -> None:
        """The scheduler goes on in another process, no task is touched, and the next start shows everything."""
        house.submit("-J", "runs", "-G", "2", _WAITS)
        house.submit("-J", "waits", "-G", "4", "echo at last")
        screen.until_shows("waits", _QUEUED)
        app, task = house.pid, house.task("runs")["pid"]
        _leave(screen, "Keep the scheduler")
        assert house.pid not in (0, app)
        assert not living(app)
        assert house.task("runs")["pid"] == task
        _start(screen, "ant-tui")
        screen.until_shows("runs", _RUNNING, "0,1")
        screen.until_shows("waits", _QUEUED)
        (house.work / "go").touch()
        screen.until_shows("waits", "completed")
        assert house.log("runs") == b"begun\nended\n"
        scheduler = house.pid
        screen.press("q")
        screen.until_clean()
        assert house.pid == scheduler, "who was attached leaves without a question and without ending it"

    def test_stops_the_scheduler_and_leaves_the_tasks(self, house: House, terminal: Terminal) -> None:
        """The task goes on without a scheduler; the next one takes it over."""
        screen = terminal(*_SIZES[1])
        _start(screen)
        house.submit("-J", "runs", _WAITS)
        screen.until_shows("runs", _RUNNING)
        task = house.task("runs")["pid"]
        _leave(screen, "Stop the scheduler")
        assert not house.pid
        assert living(task)
        _start(screen)
        screen.until_shows("runs", _RUNNING)
        (house.work / "go").touch()
        house.run("wait", "runs", code=7)

    def test_ends_everything(self, house: House, terminal: Terminal) -> None:
        """Neither scheduler nor task is left."""
        screen = terminal(*_SIZES[0])
        _start(screen)
        house.submit("-J", "runs", "sleep 1000")
        screen.until_shows("runs", _RUNNING)
        task = house.task("runs")["pid"]
        _leave(screen, "End everything")
        assert not house.pid
        assert not living(task)
        assert house.task("runs")["state"] == "cancelled"

    def test_with_no_open_work_asks_nothing(self, house: House, terminal: Terminal) -> None:
        """The key q on an idle scheduler ends both at once."""
        screen = terminal(*_SIZES[1])
        _start(screen)
        screen.press("q")
        screen.until_shows(PROMPT.strip())
        screen.until_clean()
        until("the scheduler has ended", lambda: not house.pid)


class TestTwoScreens:
    def test_show_the_same(self, house: House, terminal: Terminal) -> None:
        """A second app attaches to the first one's scheduler: what either does, both show."""
        first, second = terminal(*_SIZES[0]), terminal(*_SIZES[1])
        _start(first)
        _start(second, "ant-tui")
        assert len([event for event in house.events() if event["type"] == "scheduler_started"]) == 1
        house.submit("-J", "shared", "-G", "1", "sleep 1000")
        for screen in (first, second):
            screen.until_shows("shared", _RUNNING)
        second.press("P")
        first.until_shows("queue paused")
        _select(second, "shared")
        second.press("x")
        second.until_shows("Cancel task 1?")
        second.press("y")
        first.until_shows("shared", "cancelled")
        # The first one leaves; the second says that its scheduler is gone, and does not fall over.
        first.press("q")
        first.until_clean()
        until("the scheduler has ended", lambda: not house.pid)
        second.until_hides("queue paused")
        second.press("q")
        second.until_clean()

    def test_beside_a_scheduler_without_one(self, house: House, terminal: Terminal) -> None:
        """The app beside ``--no-ui`` shows it, acts on it, and says when it is gone and when it is back."""
        house.start()
        screen = terminal(*_SIZES[0])
        _start(screen, "ant-tui")
        house.submit("-J", "runs", _WAITS)
        screen.until_shows("runs", _RUNNING)
        screen.until_shows(f"process {house.pid}")
        house.kill()
        screen.until_hides("queue runs")
        house.start()
        screen.until_shows("queue runs")
        (house.work / "go").touch()
        screen.until_shows("runs", "failed", "exit code 7")


class TestTerminal:
    def test_stands_twenty_sizes_in_a_second(self, house: House, screen: Tmux) -> None:
        """A resize storm, down to sizes at which nothing fits: afterwards everything is in its place."""
        house.submit("-J", "runs", "-G", "1", _WAITS)
        screen.until_shows("runs", _RUNNING)
        width, height = int(screen.flag("window_width")), int(screen.flag("window_height"))
        sizes = itertools.cycle([(200, 60), (40, 10), (81, 25), (20, 5), (160, 12), (3, 2), (60, 50), (100, 24)])
        for number, (columns, rows) in enumerate(itertools.islice(sizes, 20)):
            begun = time.monotonic()
            screen.resize(columns + number % 3, rows)
            # A pace, not a wait: so many a second are what is tested.
            time.sleep(max(0.0, 0.05 - (time.monotonic() - begun)))
        screen.resize(width, height)
        screen.until_shows("runs", _RUNNING)
        screen.until_shows("2 Tasks")
        screen.until_shows("queue runs", "1 running")
        _select(screen, "runs")
        assert all(len(line) <= width for line in screen.lines)

    def test_is_left_clean_by_sigterm(self, house: House, terminal: Terminal) -> None:
        """SIGTERM ends app and scheduler, the task goes on, and the shell has its terminal back."""
        screen = terminal(*_SIZES[0])
        _start(screen)
        house.submit("-J", "runs", _WAITS)
        screen.until_shows("runs", _RUNNING)
        app, task = house.pid, house.task("runs")["pid"]
        os.kill(app, signal.SIGTERM)
        until_gone(app)
        screen.until_clean()
        assert living(task)
        _start(screen)
        (house.work / "go").touch()
        screen.until_shows("runs", "failed", "exit code 7")

    def test_comes_back_after_ctrl_z_and_fg(self, house: House, screen: Tmux) -> None:
        """ctrl+z gives the shell a clean terminal, fg brings the screen back without a key."""
        house.submit("-J", "runs", "sleep 1000")
        screen.until_shows("runs", _RUNNING)
        screen.press("C-z")
        screen.until_clean()
        screen.shell("clear; fg")
        screen.until_shows("runs", _RUNNING)
        screen.until_shows("queue runs", "1 running")
        _select(screen, "runs")

    def test_may_be_lost(self, house: House, terminal: Terminal) -> None:
        """The SSH connection breaks with work open: the scheduler goes on in the background, and starts what waits."""
        screen = terminal(*_SIZES[0])
        _start(screen)
        house.submit("-J", "runs", "-G", "4", _WAITS)
        screen.until_shows("runs", _RUNNING)
        house.submit("-J", "next", "-G", "1", "true")
        app, task = house.pid, house.task("runs")["pid"]
        screen.close()
        until_gone(app)
        until("a scheduler is in the background", lambda: house.pid not in (0, app))
        assert house.task("runs")["pid"] == task
        (house.work / "go").touch()
        house.run("wait", "runs", code=7)
        house.run("wait", "next")


def _kill(house: House, screen: Tmux) -> None:
    """End app and scheduler with kill -9."""
    house.kill()
    screen.until_shows("Killed")
    # Nobody has tidied the terminal up: ctrl+j, for enter is no newline now.
    screen.write("stty sane; clear")
    screen.press("C-j")
    screen.until_hides("queue runs")


def test_a_killed_app_costs_nothing(house: House, terminal: Terminal) -> None:
    """A kill -9 of app and scheduler in one: the running task goes on and the next start takes it over."""
    screen = terminal(*_SIZES[1])
    _start(screen)
    house.submit("-J", "runs", "-G", "2", _WAITS)
    screen.until_shows("runs", _RUNNING)
    task = house.task("runs")["pid"]
    _kill(house, screen)
    _start(screen)
    screen.until_shows("runs", _RUNNING, "0,1")
    assert house.task("runs")["pid"] == task
    (house.work / "go").touch()
    screen.until_shows("runs", "failed", "exit code 7")
    assert house.log("runs") == b"begun\nended\n"


def test_what_waited_in_a_killed_app_is_asked_about(house: House, screen: Tmux) -> None:
    """Queued tasks of an earlier app wait for an answer, once; what ran goes on without one."""
    house.submit("-J", "runs", "-G", "4", _WAITS)
    house.submit("-J", "waits", "-G", "4", "echo at last")
    screen.until_shows("waits", _QUEUED)
    _kill(house, screen)
    screen.shell(_START)
    screen.until_shows("Recovery")
    screen.until_shows("waits")
    assert house.task("runs")["state"] == "running"
    screen.press("r")
    screen.until_hides("Recovery")
    screen.until_shows("waits", _QUEUED)
    (house.work / "go").touch()
    screen.until_shows("waits", "completed")
    assert house.task("waits")["number"] == 2
    assert house.log("waits") == b"at last\n"


@pytest.mark.parametrize("way", ["q", "SIGTERM", "hang-up"])
def test_a_demo_leaves_no_trace(house: House, terminal: Terminal, tmp_path: Path, way: str) -> None:
    """``--demo`` touches neither the data directory nor anything else and ends all its processes, however it ends."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    house.env["TMPDIR"] = str(temporary)
    screen = terminal(*_SIZES[0])
    screen.shell("ant-tui --demo")
    screen.until_shows("llama-8b-ft", _RUNNING)
    screen.until_shows("moe-pretrain", _QUEUED)
    (folder,) = temporary.iterdir()
    address: dict[str, int] = json.loads((folder / "data" / "scheduler.json").read_text())
    if way == "hang-up":
        screen.close()
    else:
        screen.press("q") if way == "q" else os.kill(address["pid"], signal.SIGTERM)
        screen.until_shows(PROMPT.strip())
        screen.until_clean()
        screen.close()
    until("every process of the demo has ended", lambda: not house.left())
    assert not list(temporary.iterdir())
    assert not house.data.exists()
