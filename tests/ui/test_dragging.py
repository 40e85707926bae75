"""Rows under the mouse: when one is held and when no longer, and where in the queue a dropped task goes."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.events import MouseDown, MouseMove, MouseUp
from textual.pilot import Pilot
from textual.widget import Widget

from ant_tui.api.documents import OutcomesDocument
from ant_tui.api.schema import Move
from ant_tui.core import events as ev
from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.ui.widgets.table_rows import Column
from ant_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.apps import until
from tests.ui.fake_client import NOW, FakeClient
from tests.ui.sources import Stage, numbered
from tests.ui.test_list_lines import rows, write
from tests.ui.test_task_list import Hands, at_the_list


class Mouse:
    """One event after the other, without those that a pilot adds; lines count from a widget's border."""

    def __init__(self, pilot: Pilot[None]) -> None:
        self._pilot = pilot

    async def press(self, widget: Widget, y: int) -> None:
        await self._pilot._post_mouse_events([MouseDown], widget, (8, y), button=1)

    async def move(self, widget: Widget, y: int, *, button: int = 1) -> None:
        await self._pilot._post_mouse_events([MouseMove], widget, (8, y), button=button)

    async def let_go(self, widget: Widget, y: int) -> None:
        await self._pilot._post_mouse_events([MouseUp], widget, (8, y), button=1)
        await self._pilot.pause()

    async def drag(self, widget: Widget, start: int, end: int) -> None:
        await self.press(widget, start)
        for y in range(start, end, 1 if end > start else -1):
            await self.move(widget, y)
        await self.move(widget, end)
        await self.let_go(widget, end)


COLUMNS = (Column(key="name", title="NAME", width=10, flex=1),)


class TestHold:
    async def test_ends_where_a_row_is_let_go_elsewhere(self) -> None:
        """The next move without a button shows that it was; what is pressed later elsewhere drags nothing."""
        table, other = (VirtualTable(COLUMNS, source=numbered(0, 1, 2, 3)) for _ in range(2))
        app = Stage(table, other)
        async with app.run_test(size=(30, 20)) as pilot:
            mouse = Mouse(pilot)
            await mouse.press(table, 3)
            await mouse.let_go(other, 3)
            await mouse.move(table, 4, button=0)
            await mouse.move(table, 5)
            assert not table.dragging
            await mouse.let_go(table, 5)
            assert not any(isinstance(message, VirtualTable.RowMoved) for message in app.kept)

    async def test_ends_with_the_next_press(self) -> None:
        """A heading that is pressed does not take along a row that was let go elsewhere."""
        table, other = (VirtualTable(COLUMNS, source=numbered("head", 0, 1, 2)) for _ in range(2))
        app = Stage(table, other)
        async with app.run_test(size=(30, 20)) as pilot:
            mouse = Mouse(pilot)
            await mouse.press(table, 3)
            await mouse.let_go(other, 3)
            await mouse.drag(table, 2, 5)
            assert not table.dragging
            assert not any(isinstance(message, VirtualTable.RowMoved) for message in app.kept)

    async def test_of_a_row_in_a_list_that_was_emptied_does_nothing(self) -> None:
        """All tasks may go while one is held; there is no place to drag it to, and the mouse is free."""
        client = FakeClient()
        number = client.submit("only")
        async with at_the_list(client) as hands:
            table, mouse = hands.main.table, Mouse(hands.pilot)
            await mouse.press(table, 3)
            client.end(number, TaskState.CANCELLED)
            client.happens(ev.TaskForgotten, number=number)
            await until(hands.pilot, lambda: table.cursor_key is None)
            await mouse.move(table, 4)
            assert not table.dragging
            assert hands.app.mouse_captured is None
            await mouse.let_go(table, 4)


def machine(folder: Path) -> FakeClient:
    """Task 1 has ended, 2 runs, 3 to 5 wait."""
    client = FakeClient(jobs_dir=str(folder))
    client.has_gpus(2)
    client.end(client.run("ended", 0))
    client.run("runs", 0)
    for name in ("one", "two", "three"):
        client.submit(name)
    client.answers["move"] = OutcomesDocument(())
    return client


async def dropped(hands: Hands, start: int, end: int) -> Move:
    """Drag from line to line of the table, and take what is asked of the scheduler."""
    await Mouse(hands.pilot).drag(hands.main.table, start, end)
    await until(hands.pilot, lambda: hands.client.asked)
    ((method, request),) = hands.client.asked
    assert method == "move"
    assert isinstance(request, Move)
    return request


# Lines: 1 titles, 2 Running, 3 runs, 4 Queued, 5 one, 6 two, 7 three, 8 Finished, 9 ended


class TestDrop:
    @pytest.mark.parametrize(
        ("start", "end", "wanted"),
        [
            (7, 6, Move(("5",), "before", other="4")),
            (7, 5, Move(("5",), "before", other="3")),
            (7, 4, Move(("5",), "top")),  # on their heading
            (7, 3, Move(("5",), "top")),  # on a task that runs
            (7, 2, Move(("5",), "top")),
            (7, 1, Move(("5",), "top")),  # on the titles
            (5, 6, Move(("3",), "before", other="5")),
            (5, 7, Move(("3",), "bottom")),
            (5, 8, Move(("3",), "bottom")),  # on the heading below
            (5, 9, Move(("3",), "bottom")),  # on a task that has ended
            (5, 12, Move(("3",), "bottom")),  # where nothing is
        ],
    )
    async def test_of_a_waiting_task_means_the_nearest_place_in_the_queue(
        self, start: int, end: int, wanted: Move, tmp_path: Path
    ) -> None:
        """Between waiting tasks that place; anywhere above them their front, anywhere below them their end."""
        async with at_the_list(machine(tmp_path)) as hands:
            assert await dropped(hands, start, end) == wanted

    @pytest.mark.parametrize("end", [2, 3, 4, 5, 6, 7])
    async def test_on_lines_of_output_above_the_queue_means_its_front(self, end: int, tmp_path: Path) -> None:
        """A line belongs to the task that wrote it."""
        client = machine(tmp_path)
        write(client, 2, "a\nb\nc\n")
        async with at_the_list(client) as hands:
            await hands.press("o")
            await until(hands.pilot, lambda: "│ c" in rows(hands))
            assert await dropped(hands, 10, end) == Move(("5",), "top")

    async def test_on_lines_of_output_below_the_queue_means_its_end(self, tmp_path: Path) -> None:
        client = machine(tmp_path)
        write(client, 1, "a\nb\nc\n")
        async with at_the_list(client) as hands:
            hands.main.table.move_to(1)
            await hands.press("o")
            await until(hands.pilot, lambda: "│ c" in rows(hands))
            assert await dropped(hands, 5, 11) == Move(("3",), "bottom")

    @pytest.mark.parametrize("end", [2, 3])
    async def test_on_a_folded_heading_above_the_queue_means_its_front(self, end: int, tmp_path: Path) -> None:
        async with at_the_list(machine(tmp_path)) as hands:
            await hands.press("f")
            await until(hands.pilot, lambda: "runs" not in rows(hands))
            assert await dropped(hands, 6, end) == Move(("5",), "top")

    async def test_on_a_folded_heading_below_the_queue_means_its_end(self, tmp_path: Path) -> None:
        async with at_the_list(machine(tmp_path)) as hands:
            hands.main.table.move_to(1)
            await hands.press("f")
            await until(hands.pilot, lambda: "ended" not in rows(hands))
            assert await dropped(hands, 5, 8) == Move(("3",), "bottom")

    @pytest.mark.parametrize(
        ("start", "end", "wanted"),
        [(4, 2, Move(("5",), "before", other="3")), (3, 5, Move(("3",), "after", other="5"))],
    )
    async def test_beyond_the_tasks_that_a_filter_shows_leaves_hidden_ones_alone(
        self, start: int, end: int, wanted: Move, tmp_path: Path
    ) -> None:
        """Front and end are those that one sees; only one and three are shown."""
        async with at_the_list(machine(tmp_path)) as hands:
            await hands.filter("e !two state:queued")
            await hands.until_listed(3, 5)
            await hands.press("enter")
            assert await dropped(hands, start, end) == wanted

    @pytest.mark.parametrize(("start", "end", "word"), [(5, 3, "first"), (6, 8, "last")])
    async def test_where_a_task_stands_anyway_asks_nothing(
        self, start: int, end: int, word: str, tmp_path: Path
    ) -> None:
        """A row too far in a filtered list takes no task past hidden ones."""
        async with at_the_list(machine(tmp_path)) as hands:
            await hands.filter("!two")
            await hands.until_listed(2, 3, 5, 1)
            await hands.press("enter")
            await Mouse(hands.pilot).drag(hands.main.table, start, end)
            await hands.until_said(f"is the {word} of its priority here already.")
            assert hands.client.asked == []

    async def test_goes_no_further_than_the_tasks_of_the_same_priority(self, tmp_path: Path) -> None:
        """The others are out of reach: they would be refused as places."""
        client = machine(tmp_path)
        for _ in range(2):
            number = client.state.next_number
            spec = TaskSpec(command="true", workdir="/", resources=ResourceRequest(gpus=0), priority=5)
            client.happens(ev.TaskSubmitted, NOW, number=number, id=f"early-{number}", spec=spec)
        async with at_the_list(client) as hands:
            await hands.filter("state:queued")
            await hands.until_listed(6, 7, 3, 4, 5)
            await hands.press("enter")
            assert await dropped(hands, 7, 2) == Move(("5",), "before", other="3")
