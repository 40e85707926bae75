"""The list of tasks under somebody's hands: filter, order, and what both mean for marks and moves."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from ant_tui.api.documents import OutcomesDocument
from ant_tui.api.schema import Move
from ant_tui.config import load_settings
from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.ui.app import AntApp
from ant_tui.ui.dialogs.columns import ColumnsDialog
from ant_tui.ui.dialogs.sort import SortMenu
from ant_tui.ui.situation import Pane
from ant_tui.ui.widgets.filter_bar import FilterInput
from ant_tui.ui.widgets.virtual_table import VirtualTable
from tests.ui.apps import app_for, said, screen_says, until
from tests.ui.fake_client import FakeClient, FakePlace, busy_machine
from tests.ui.sources import HOSTILE


class Hands:
    """Somebody at the list."""

    def __init__(self, app: AntApp, pilot: Pilot[Any], client: FakeClient) -> None:
        self.app, self.pilot, self.client, self.main = app, pilot, client, app.main

    @property
    def listed(self) -> list[int]:
        return [number for section in self.main.painter.order.sections for number in section.numbers]

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        names = {" ": "space", ":": "colon", "!": "exclamation_mark", '"': "quotation_mark", ",": "comma", "-": "minus"}
        await self.pilot.press(*(names.get(character, character) for character in text))

    async def until_listed(self, *numbers: int) -> None:
        await until(self.pilot, lambda: self.listed == list(numbers), f"the list {numbers}")

    async def until_said(self, part: str) -> None:
        await until(self.pilot, lambda: part in said(self.app), f"{part!r} in the last line")

    async def until_shown(self, part: str) -> None:
        await until(self.pilot, lambda: part in screen_says(self.app), f"{part!r} on the screen")

    async def choose(self, action: str) -> None:
        """Do something that has no key, as the palette does."""
        self.main.action_act(action)
        await self.pilot.pause()

    async def filter(self, text: str) -> None:
        """Press / and type."""
        await self.press("slash")
        await until(self.pilot, lambda: self.main.filtering.is_open, "the bar")
        await self.write(text)


@asynccontextmanager
async def at_the_list(
    client: FakeClient | None = None, size: tuple[int, int] = (120, 40), **more: Any
) -> AsyncIterator[Hands]:
    client = client or busy_machine()
    app = app_for(client, **more)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table") and app.main.table.has_focus)
        yield Hands(app, pilot, client)


ALL = (4, 5, 6, 7, 8, 9, 10, 3, 2, 1)


class TestFilter:
    @pytest.mark.parametrize("size", [(120, 40), (80, 24)])
    async def test_follows_what_is_typed_and_stays_after_enter(self, size: tuple[int, int]) -> None:
        """Every key narrows the list; the border says what is shown of how many; enter goes back to the list."""
        async with at_the_list(size=size) as hands:
            await hands.filter("vi")
            await hands.until_listed(5, 1)
            await hands.write("t-s")
            await hands.until_listed(5)
            await hands.until_shown("3 Output  · 1 of 10 · /vit-s" if size[0] < 100 else "2 Tasks · 1 of 10 · /vit-s")
            await hands.press("enter")
            await until(hands.pilot, lambda: hands.main.table.has_focus and not hands.main.filtering.is_open)
            await hands.until_listed(5)

    async def test_looks_at_one_thing_alone(self) -> None:
        """state:, tag: and gpu: work, several values and the opposite too."""
        async with at_the_list() as hands:
            hands.client.happens(ev.TaskTagged, number=8, tags=("night",))
            for text, listed in (
                ("state:failed,cancelled", (3, 2)), ("tag:ni", (8,)), ("gpu:2", (5, 3)), ("!state:queued vit", (5, 1)),
            ):  # fmt: skip
                await hands.filter(text)
                await hands.until_listed(*listed)
                await hands.press("escape")
                await hands.until_listed(*ALL)

    async def test_that_means_nothing_is_told_and_changes_nothing(self) -> None:
        """A typing mistake never empties the list: it is as it was without that word, and enter is refused."""
        async with at_the_list() as hands:
            await hands.filter("vit state:x")
            await hands.until_said('There is no state "x"; try queued,')
            await hands.until_shown("not understood")
            assert hands.listed == [5, 1]
            await hands.press("enter")
            assert hands.main.filtering.is_open
            await hands.press("backspace")
            await until(hands.pilot, lambda: not said(hands.app) and "not understood" not in screen_says(hands.app))
            await hands.press("enter")
            await until(hands.pilot, lambda: hands.main.table.has_focus)

    async def test_that_means_nothing_shows_the_list_of_before(self) -> None:
        """What the word matched while it was half typed counts no more; the sentence is whole on a small screen."""
        async with at_the_list(size=(80, 24)) as hands:
            await hands.filter("stat")
            await hands.until_listed()
            await hands.write(":x")
            await hands.until_listed(*ALL)
            await hands.until_shown('No stat: here, only state:, tag: and gpu:. As a word, put it in "quotes".')
            await hands.until_shown("not understood")

    async def test_without_a_match_does_not_lose_the_cursor(self) -> None:
        """Esc, or another filter, and it is where it was; so it is when the filter was kept in between."""
        async with at_the_list() as hands:
            hands.main.table.move_to(8)
            for keys in (("escape",), ("enter", "escape"), ("enter", "slash", "backspace", "backspace", "backspace")):
                await hands.filter("qqq")
                await hands.until_listed()
                assert hands.main.table.cursor_key is None
                await hands.press(*keys)
                await hands.until_listed(*ALL)
                await until(hands.pilot, lambda: hands.main.table.cursor_key == 8)
                await hands.press("escape")
                await until(hands.pilot, lambda: hands.main.table.has_focus)

    async def test_with_matches_leaves_the_cursor_on_the_one_that_was_found(self) -> None:
        """Esc then shows all tasks around it: finding one was what it was for."""
        async with at_the_list() as hands:
            hands.main.table.move_to(8)
            await hands.filter("vit-s")
            await hands.until_listed(5)
            await hands.press("escape")
            await hands.until_listed(*ALL)
            assert hands.main.table.cursor_key == 5

    async def test_esc_takes_bar_filter_marks_and_zoom_away_one_after_the_other(self) -> None:
        """First the bar and what it says, then marks, then the way back."""
        async with at_the_list() as hands:
            await hands.press("z")
            await hands.filter("vit")
            await hands.until_listed(5, 1)
            await hands.press("enter")
            await until(hands.pilot, lambda: hands.main.table.has_focus)
            await hands.press("asterisk", "slash")
            await until(hands.pilot, lambda: hands.main.filtering.is_open and not hands.main.table.has_focus)
            await hands.press("enter")
            await until(hands.pilot, lambda: hands.main.table.has_focus)
            assert hands.main.table.marks == {1, 5}
            await hands.press("escape")
            await hands.until_listed(*ALL)
            assert hands.main.table.marks == {1, 5}
            assert hands.main.zoomed
            await hands.press("escape")
            await until(hands.pilot, lambda: not hands.main.table.marks)
            assert hands.main.zoomed
            await hands.press("escape")
            await until(hands.pilot, lambda: not hands.main.zoomed)

    async def test_all_means_all_that_are_shown(self) -> None:
        """* marks what the filter leaves; an act reaches those and no others (row 275)."""
        async with at_the_list() as hands:
            hands.client.answers["hold"] = OutcomesDocument(())
            await hands.filter("moe")
            await hands.until_listed(7, 8)
            await hands.press("enter")
            await until(hands.pilot, lambda: hands.main.table.has_focus)
            await hands.press("asterisk", "H")
            await until(hands.pilot, lambda: hands.client.asked)
            assert hands.client.asked[0][1].tasks == ("7", "8")

    async def test_marks_that_go_out_of_sight_are_gone(self) -> None:
        """Nobody acts on tasks that are not seen."""
        async with at_the_list() as hands:
            await hands.press("asterisk")
            await hands.filter("moe")
            await until(hands.pilot, lambda: hands.main.table.marks == {7, 8})

    async def test_follows_what_happens(self) -> None:
        """New, changed and ended tasks come and go while a filter holds."""
        async with at_the_list() as hands:
            await hands.filter("state:queued")
            await hands.until_listed(7, 8, 9, 10)
            await hands.press("enter")
            new = hands.client.submit("another")
            hands.client.end(8, TaskState.CANCELLED)
            await hands.until_listed(7, 9, 10, new)
            await hands.filter(" night")
            await hands.until_listed()
            hands.client.happens(ev.TaskTagged, number=9, tags=("night",))
            await hands.until_listed(9)
            hands.client.happens(ev.TaskTagged, number=9, tags=())
            await hands.until_listed()

    async def test_that_matches_nothing_says_what_to_press(self) -> None:
        """An empty list names the filter and the keys; old tasks that would match are counted."""
        async with at_the_list(finished_hours=1) as hands:
            await hands.filter("vit-base")
            await hands.until_shown("No task matches vit-base")
            await hands.until_shown("esc  show all tasks")
            await hands.until_shown("1 matching task ended too long ago")

    async def test_up_and_down_walk_through_earlier_ones(self) -> None:
        """The newest first; down comes back to what was being typed."""
        async with at_the_list() as hands:
            for text in ("vit", "moe"):
                await hands.filter(text)
                await hands.press("enter", "escape")
                await hands.until_listed(*ALL)
            await hands.filter("to")
            await hands.press("up")
            await hands.until_listed(7, 8)
            await hands.press("up")
            await hands.until_listed(5, 1)
            await hands.press("down", "down")
            await hands.until_listed(*(n for n in ALL if n in (7, 9, 4)))

    async def test_leaves_the_bar_when_the_focus_goes_elsewhere(self) -> None:
        """The filter stays, the bar goes."""
        async with at_the_list() as hands:
            await hands.filter("vit")
            await hands.press("tab")
            await until(hands.pilot, lambda: not hands.main.filtering.is_open and hands.main.output.has_focus)
            await hands.until_listed(5, 1)

    async def test_of_a_long_list_is_searched_for_in_the_background(self) -> None:
        """The list of thousands changes in one step, and every key is taken meanwhile."""
        client = FakeClient()
        for n in range(20_000):
            client.submit(f"task-{n}")
        async with at_the_list(client) as hands:
            await hands.filter("task-1999")
            await until(hands.pilot, lambda: len(hands.listed) == 11)
            await hands.until_shown("11 of 20,000")

    async def test_is_reached_from_every_pane_by_the_palette(self) -> None:
        """Where one pane has the screen, the list comes forward with the bar."""
        async with at_the_list(size=(80, 24)) as hands:
            await hands.press("1")
            await until(hands.pilot, lambda: hands.main.gpus.has_focus)
            await hands.choose("list.filter")
            await until(hands.pilot, lambda: hands.main.filtering.is_open and hands.main.pane is Pane.TASKS)
            await hands.write("moe")
            await hands.until_listed(7, 8)

    @pytest.mark.parametrize("text", HOSTILE)
    async def test_lets_nothing_through_to_the_terminal(self, text: str) -> None:
        """Whatever is pasted into the bar, neither bar nor border nor list show a character that a terminal obeys."""
        async with at_the_list() as hands:
            await hands.filter("x")
            hands.main.query_one(FilterInput).value = text
            await until(hands.pilot, lambda: "x" not in hands.main.filtering.filter.text.split() or said(hands.app))
            await hands.pilot.pause()
            shown = screen_says(hands.app)
            assert all(character.isprintable() or character == "\n" for character in shown)

    async def test_keys_of_the_bar_are_named_and_can_be_clicked(self) -> None:
        async with at_the_list() as hands:
            await hands.filter("vit")
            await hands.until_shown("enter keep the filter")
            await hands.pilot.click("#hints", offset=(2, 0))
            await until(hands.pilot, lambda: not hands.main.filtering.is_open)
            await hands.until_listed(5, 1)


class TestOrder:
    async def test_is_chosen_from_a_menu(self) -> None:
        """The key s lists the orders; the border says which one holds; r turns it round (row 272)."""
        async with at_the_list() as hands:
            await hands.press("s")
            await until(hands.pilot, lambda: isinstance(hands.app.screen, SortMenu))
            await hands.press("down", "down", "down", "enter")
            await hands.until_listed(4, 5, 6, 10, 8, 7, 9, 3, 2, 1)
            await hands.until_shown("sorted: name, A to Z")
            await hands.press("s")
            await until(hands.pilot, lambda: isinstance(hands.app.screen, SortMenu))
            await hands.press("r")
            await hands.until_listed(6, 5, 4, 9, 7, 8, 10, 1, 2, 3)

    async def test_keys_go_round(self) -> None:
        """> and < go through all orders and come back to the queue's."""
        async with at_the_list() as hands:
            seen = []
            for _ in range(7):
                await hands.press("greater_than_sign")
                await until(hands.pilot, lambda: hands.main.host.sort().words not in seen)
                seen.append(hands.main.host.sort().words)
            assert seen[-1] == "queue order"
            await hands.press("less_than_sign")
            await until(hands.pilot, lambda: hands.main.host.sort().words == seen[-2])

    async def test_is_chosen_by_a_click_on_a_title(self) -> None:
        """The title of a column sorts by it, turns it round, and gives the queue's order back."""
        async with at_the_list() as hands:
            table = hands.main.table
            seen = []
            for _ in range(3):
                table.post_message(VirtualTable.HeaderClicked(table, "id"))
                await hands.pilot.pause()
                seen.append(hands.main.host.sort().words)
            assert seen == ["name, A to Z", "name, Z to A", "queue order"]

    async def test_other_than_the_queues_forbids_moving(self) -> None:
        """By key and by mouse, with the reason; by times, waiting tasks stay in queue order and can be moved."""
        async with at_the_list() as hands:
            hands.client.answers["move"] = OutcomesDocument(())
            hands.main.table.move_to(8)
            await hands.press("greater_than_sign", "greater_than_sign", "greater_than_sign", "T")
            await hands.until_said("The list is sorted by name, A to Z; put it in queue order to move tasks.")
            hands.main.post_message(VirtualTable.RowMoved(hands.main.table, 8, 10))
            await hands.until_said("put it in queue order to move tasks.")
            assert hands.client.asked == []
            await hands.press("less_than_sign", "T")
            await until(hands.pilot, lambda: hands.client.asked)

    async def test_follows_what_happens(self) -> None:
        """A renamed task goes to its new place, a new one to its own."""
        async with at_the_list() as hands:
            await hands.press("greater_than_sign", "greater_than_sign", "greater_than_sign")
            await hands.until_listed(4, 5, 6, 10, 8, 7, 9, 3, 2, 1)
            hands.client.happens(ev.TaskRenamed, number=9, id="b-tokens")
            new = hands.client.submit("moe-2")
            await hands.until_listed(4, 5, 6, 10, 9, new, 8, 7, 3, 2, 1)

    async def test_a_row_dropped_behind_the_last_that_is_shown_goes_behind_that_one(self) -> None:
        """Where a filter hides the end of the queue, the place that one sees is meant."""
        async with at_the_list() as hands:
            hands.client.answers["move"] = OutcomesDocument(())
            await hands.filter("moe")
            await hands.until_listed(7, 8)
            hands.main.post_message(VirtualTable.RowMoved(hands.main.table, 7, None))
            await until(hands.pilot, lambda: hands.client.asked)
            assert hands.client.asked == [("move", Move(("7",), "after", other="8"))]


class TestColumns:
    async def test_are_chosen_and_moved_before_ones_eyes_and_kept(self, tmp_path: Path) -> None:
        """Space shows and hides, J and K move, the list follows; enter keeps it in the settings file."""
        async with at_the_list() as hands:
            hands.main.settings_file = str(tmp_path / "config.toml")

            def shown() -> list[str]:
                return [column.key for column in hands.main.table.columns]

            await hands.choose("list.columns")
            await until(hands.pilot, lambda: isinstance(hands.app.screen, ColumnsDialog))
            await hands.press("space")
            await until(hands.pilot, lambda: "number" not in shown())
            await hands.press("down", "J")
            await until(hands.pilot, lambda: shown()[:2] == ["state", "id"])
            await hands.press("enter")
            await hands.until_said("The columns are kept in")
            kept = load_settings(tmp_path / "config.toml").screen.columns
            assert kept == ("state", "id", "gpus", "progress", "time", "command")
            assert hands.main.settings.screen.columns == kept

    async def test_are_as_before_after_esc_and_never_none(self) -> None:
        """Esc keeps nothing; the last column cannot be hidden; d brings the first ones back."""
        async with at_the_list(columns=("id",)) as hands:
            await hands.choose("list.columns")
            await until(hands.pilot, lambda: isinstance(hands.app.screen, ColumnsDialog))
            await hands.press("space")
            await hands.until_shown("A list needs at least one column.")
            await hands.press("down", "space")
            await until(hands.pilot, lambda: len(hands.main.table.columns) == 2)
            await hands.press("d")
            await until(hands.pilot, lambda: len(hands.main.table.columns) == 6)
            await hands.press("escape")
            await until(hands.pilot, lambda: [one.key for one in hands.main.table.columns] == ["id"])

    async def test_that_cannot_be_written_are_not_kept(self, tmp_path: Path) -> None:
        """A settings file that cannot be changed is told, and the list is as before."""
        (tmp_path / "config.toml").write_text("[screen\n")
        async with at_the_list() as hands:
            hands.main.settings_file = str(tmp_path / "config.toml")
            before = hands.main.table.columns
            await hands.choose("list.columns")
            await until(hands.pilot, lambda: isinstance(hands.app.screen, ColumnsDialog))
            await hands.press("space", "enter")
            await hands.until_said("config.toml")
            assert hands.main.table.columns == before


class TestMemory:
    async def test_keeps_order_filter_and_earlier_filters(self, tmp_path: Path) -> None:
        """What the list showed is shown again at the next start (row 279)."""
        client = busy_machine()
        client.place = FakePlace(data_dir=str(tmp_path))
        async with at_the_list(client) as hands:
            await hands.press("greater_than_sign", "greater_than_sign")
            await hands.filter("vit")
            await hands.press("enter")
            await until(hands.pilot, lambda: hands.main.table.has_focus)
        async with at_the_list(client) as hands:
            await hands.until_listed(5, 1)
            await hands.until_shown("sorted: ended, oldest first")
            await hands.press("escape", "slash")
            await until(hands.pilot, lambda: hands.main.filtering.is_open)
            await hands.press("up")
            await hands.until_listed(5, 1)
            assert hands.main.pane is Pane.TASKS

    async def test_of_what_nobody_understands_is_dropped(self, tmp_path: Path) -> None:
        """Words of another version do no harm."""
        (tmp_path / "ui-state.json").write_text('{"sort": "colour", "filter": "user:bo"}')
        client = busy_machine()
        client.place = FakePlace(data_dir=str(tmp_path))
        async with at_the_list(client) as hands:
            await hands.until_listed(*ALL)
            assert hands.main.host.sort().words == "queue order"
