"""What a task is called on the screen."""

from __future__ import annotations

import pytest

from ant_tui.core.task import Task, TaskSpec, TaskState
from ant_tui.ui.task_cells import RowFacts, cells_of, columns_for
from ant_tui.ui.task_name import id_was_made_up, name_of
from tests.ui.apps import app_for, screen_says, until
from tests.ui.fake_client import NOW, FakeClient

MADE_UP = "2b4a3a19-5d0c-4f2e-9a77-0123456789ab"


def task(id_: str, command: str = "python train.py\n  --lr 0.1") -> Task:
    return Task(7, id_, TaskSpec(command=command, workdir="/"), NOW, 1.0)


@pytest.mark.parametrize(
    ("id_", "made_up"),
    [
        (MADE_UP, True), (MADE_UP.upper(), False), (f"run-{MADE_UP}", False), (MADE_UP[:8], False),
        (MADE_UP.replace("-4f", "-1f"), False), ("train", False),
    ],
)  # fmt: skip
def test_only_a_random_uuid_is_nobodys_choice(id_: str, made_up: bool) -> None:
    """Whatever somebody chose stays its name, also where it looks odd."""
    assert id_was_made_up(task(id_)) is made_up
    assert name_of(task(id_)) == ("python train.py --lr 0.1" if made_up else id_)


def test_a_long_command_is_cut() -> None:
    """A name fits into a line."""
    assert name_of(task(MADE_UP, "x" * 5000)) == "x" * 59 + "…"


@pytest.mark.parametrize(("width", "shown"), [(200, "2b4a3a19"), (70, "python train.py --lr 0.1")])
def test_a_row_shows_what_tells_tasks_apart(width: int, shown: str) -> None:
    """The command where it has no column of its own, the beginning of the id where it has."""
    columns = columns_for(["number", "id", "state", "command"], width)
    cells = dict(zip((column.key for column in columns), cells_of(task(MADE_UP), RowFacts(NOW), columns), strict=True))
    assert cells["id"] == ((shown, "quiet"),)
    assert ("command" in cells) == (width == 200)


async def test_the_screen_calls_it_by_its_command() -> None:
    """In the list, above its output, and in the notice of its end."""
    client = FakeClient()
    client.has_gpus(1)
    number = client.run(MADE_UP, 0, command="python train.py --lr 0.1")
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: f"{number} python train.py" in screen_says(app))
        assert MADE_UP[:8] not in screen_says(app)
        client.end(number)
        assert app.main.board.notices[-1].text == "python train.py --lr 0.1: completed"


async def test_a_notice_of_a_long_command_says_how_it_ended() -> None:
    """At 80 columns the list of notices is not filled by the command alone."""
    client = FakeClient()
    number = client.run(MADE_UP, command="python train.py --lr 0.1 --out runs/a/very/long/path/that/goes/on")
    app = app_for(client)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "running" in screen_says(app))
        client.end(number, TaskState.FAILED, exit_code=137, signal=9)
        await pilot.press("M")
        await until(pilot, lambda: "python train.py --lr 0.…: failed, ended by SIGKILL" in screen_says(app))
