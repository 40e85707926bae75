"""Sections of the list that are folded to their headings: keys, mouse, cursor, marks, memory."""

from __future__ import annotations

from collections.abc import Hashable
from pathlib import Path

import pytest

from ant_tui.api.documents import OutcomesDocument
from ant_tui.core.task import TaskState
from ant_tui.ui.task_rows import TaskRows
from ant_tui.ui.widgets.table_rows import Cell
from tests.ui.apps import until
from tests.ui.fake_client import FakeClient, FakePlace, busy_machine
from tests.ui.sources import text_of
from tests.ui.test_app_golden import Golden, settled, shown
from tests.ui.test_task_list import ALL, Hands, at_the_list


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves, and nothing of this machine is seen."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("ant_tui.ui.app.glyphs_for", lambda wish, encoding: "braille")


FOLDED = ["▸Running 3", "▸Queued 4", "▸Finished 3"]


def rows(hands: Hands) -> list[str]:
    """The list as it is painted: of a task its number, a heading as it stands, without the cursor's sign."""
    lines = [line for line in text_of(hands.main.table)[1:] if line]
    return [line if line[0] in "▾▸-+" else line[1:].split()[0] for line in lines]


async def until_rows(hands: Hands, *wanted: str) -> None:
    await until(hands.pilot, lambda: rows(hands) == list(wanted), f"the rows {wanted}, not {rows(hands)}")


def cursor(hands: Hands) -> Hashable:
    return hands.main.table.cursor_key


def ids(text: str) -> list[str]:
    return text.split()


class TestKeys:
    async def test_fold_the_section_of_the_selected_task_and_unfold_it(self) -> None:
        """The key f leaves a section's heading with its count, and the cursor on it; again, the task is back."""
        async with at_the_list() as hands:
            await hands.press("j", "f")
            await until_rows(hands, "Running", "▾Queued 4", *ids("7 8 9 10"), "▾Finished 3", *ids("3 2 1"))
            assert cursor(hands) == "Running"
            await hands.until_shown(">Running 3")
            await hands.press("f")
            await until_rows(
                hands, "▾Running 3", *ids("4 5 6"), "▾Queued 4", *ids("7 8 9 10"), "▾Finished 3", *ids("3 2 1")
            )
            assert cursor(hands) == 5

    @pytest.mark.parametrize("size", [(120, 40), (80, 24)])
    async def test_fold_all_and_unfold_all(self, size: tuple[int, int]) -> None:
        """F folds what runs, what waits and what has ended at once, and unfolds all again (row 281)."""
        async with at_the_list(size=size) as hands:
            hands.main.table.move_to(9)
            await hands.press("F")
            await until_rows(hands, FOLDED[0], "Queued", FOLDED[2])
            await hands.until_said("All sections are folded; F unfolds them.")
            await hands.press("F")
            await until(hands.pilot, lambda: len(rows(hands)) == 13)
            await hands.until_said("All sections are unfolded.")
            assert cursor(hands) == 9

    async def test_fold_all_folds_the_rest_where_some_are_folded(self) -> None:
        """One fold is no reason to unfold: F always folds until there is nothing left to be folded."""
        async with at_the_list() as hands:
            await hands.press("f", "F")
            await until_rows(hands, "Running", *FOLDED[1:])

    async def test_move_from_heading_to_heading_and_enter_unfolds(self) -> None:
        """The cursor stands on folded headings, passes open ones, and enter shows what is below."""
        async with at_the_list() as hands:
            await hands.press("F", "j", "j")
            assert cursor(hands) == "Finished"
            await hands.until_shown("enter unfold")
            await hands.press("enter")
            await until_rows(hands, *FOLDED[:2], "▾Finished 3", *ids("3 2 1"))
            assert cursor(hands) == 3
            await hands.press("k")
            assert cursor(hands) == "Queued"

    async def test_in_an_empty_list_say_that_there_is_nothing(self) -> None:
        async with at_the_list(FakeClient()) as hands:
            await hands.press("f")
            await hands.until_said("There is no task whose section could be folded.")

    async def test_can_be_changed(self) -> None:
        """The settings may give folding other keys, and every word on the screen follows."""
        keys = {"list.fold": "left", "list.fold_all": "Z", "table.open": "right"}
        async with at_the_list(keys=keys) as hands:
            await hands.press("left")
            await until_rows(hands, "Running", "▾Queued 4", *ids("7 8 9 10"), "▾Finished 3", *ids("3 2 1"))
            await hands.until_shown("3 tasks are folded away; → or ← shows them.")
            await hands.until_shown("→ unfold")
            await hands.press("Z")
            await hands.until_said("All sections are folded; Z unfolds them.")

    @pytest.mark.parametrize(
        ("keys", "says", "hint"),
        [
            ({"list.fold": ""}, "3 tasks are folded away; enter shows them.", "enter unfold"),
            ({"table.open": ""}, "3 tasks are folded away; f shows them.", ""),
            ({"list.fold": "", "table.open": ""}, "3 tasks are folded away.", ""),
        ],
    )
    async def test_that_are_taken_away_are_named_nowhere(self, keys: dict[str, str], says: str, hint: str) -> None:
        """What has no key is still there in the palette; no sentence and no line of keys has a hole in its place."""
        async with at_the_list(keys={**keys, "list.fold_all": ""}) as hands:
            await hands.choose("list.fold")
            await hands.until_shown(says)
            assert [f"{shown.key} {shown.label}" for shown in hands.main.folding.hints()] == ([hint] if hint else [])
            await hands.choose("list.fold_all")
            await hands.until_said("All sections are folded.")


class TestMouse:
    async def test_folds_and_unfolds_by_a_click_on_a_heading(self) -> None:
        """A click on a heading; a second one undoes it, also when both come as a double click."""
        async with at_the_list() as hands:
            await hands.pilot.click("#tasks", offset=(6, 6))  # border, titles, Running, three tasks
            await until(hands.pilot, lambda: "▸Queued 4" in rows(hands))
            assert cursor(hands) == 4
            await hands.pilot.click("#tasks", offset=(6, 6))
            await until(hands.pilot, lambda: "▾Queued 4" in rows(hands))
            await hands.pilot.click("#tasks", offset=(6, 6), times=2)
            await hands.pilot.pause()
            assert "▾Queued 4" in rows(hands)
            assert hands.app.screen is hands.main


class TestTasks:
    async def test_that_come_and_go_change_the_count_of_a_folded_section(self) -> None:
        """New tasks do not unfold it; the heading says how many there are."""
        async with at_the_list() as hands:
            await hands.press("F")
            hands.client.submit("another")
            hands.client.end(4, TaskState.COMPLETED)
            await until_rows(hands, "Running", "▸Queued 5", "▸Finished 4")

    async def test_take_the_cursor_along_into_a_folded_section(self) -> None:
        """A task that ends below a folded heading leaves the cursor on that, so that no key hits its neighbour."""
        async with at_the_list() as hands:
            hands.main.table.move_to(3)
            await hands.press("f")
            hands.main.table.move_to(5)
            hands.client.end(5, TaskState.COMPLETED)
            await until(hands.pilot, lambda: cursor(hands) == "Finished")
            await hands.press("x")
            await hands.until_said("No task is selected.")
            assert hands.client.asked == []

    async def test_that_are_sought_are_unfolded(self) -> None:
        """Whoever goes to a task from a notice or a GPU sees it, wherever it is; its section alone is unfolded."""
        async with at_the_list() as hands:
            await hands.press("F")
            assert hands.main.host.show_task(8)
            await until_rows(hands, FOLDED[0], "▾Queued 4", *ids("7 8 9 10"), FOLDED[2])
            assert cursor(hands) == 8
            assert not hands.main.host.show_task(999)

    async def test_that_a_filter_finds_are_counted_below_a_folded_heading(self) -> None:
        """A filter unfolds nothing; headings and border say what it has found."""
        async with at_the_list() as hands:
            await hands.press("F")
            await hands.filter("vit")
            await hands.until_shown("2 of 10")
            await until_rows(hands, "Running", "▸Finished 1 of 3")
            await hands.press("escape")
            await until_rows(hands, "Running", *FOLDED[1:])

    async def test_that_are_folded_away_are_marked_by_nothing(self) -> None:
        """* and ranges reach what is seen and no more, and folding takes marks away: no act on unseen tasks."""
        async with at_the_list() as hands:
            hands.client.answers["hold"] = OutcomesDocument(())
            await hands.press("asterisk")
            assert hands.main.table.marks == set(ALL)
            await hands.press("f")
            await until(hands.pilot, lambda: hands.main.table.marks == set(ALL) - {4, 5, 6})
            await hands.press("escape", "space", "asterisk")
            assert hands.main.table.marks == set(ALL) - {4, 5, 6}
            await hands.press("escape", "shift+down", "shift+down")
            assert hands.main.table.marks == {7, 8}
            await hands.press("H")
            await until(hands.pilot, lambda: hands.client.asked)
            assert hands.client.asked[0][1].tasks == ("7", "8")


class TestMemory:
    async def test_keeps_what_is_folded(self, tmp_path: Path) -> None:
        """The next start folds the same sections; a title that nobody knows any more is dropped (row 279)."""
        client = busy_machine()
        client.place = FakePlace(data_dir=str(tmp_path))
        async with at_the_list(client) as hands:
            hands.main.table.move_to(1)
            await hands.press("f")
            await hands.until_shown(">Finished 3")
        state = tmp_path / "ui-state.json"
        assert '"folded": [\n    "Finished"\n  ]' in state.read_text()
        state.write_text(state.read_text().replace('"Finished"', '"Finished", "Elsewhere"'))
        async with at_the_list(client) as hands:
            await until(hands.pilot, lambda: "▸Finished 3" in rows(hands))
            assert hands.main.folding.folded == ("Finished",)


async def test_of_100_000_tasks_none_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """Folding and unfolding a long list describes the rows that come into view, and no task besides."""
    client = FakeClient()
    for n in range(100_000):
        client.submit(f"task-{n}")
    described: list[int] = []
    async with at_the_list(client) as hands:
        await hands.press("G")
        await until(hands.pilot, lambda: cursor(hands) == 100_000)
        describe = TaskRows._describe

        def recorded(rows: TaskRows, number: int) -> tuple[Cell, ...]:
            described.append(number)
            return describe(rows, number)

        monkeypatch.setattr(TaskRows, "_describe", recorded)
        await hands.press("f")
        await until(hands.pilot, lambda: rows(hands) == ["Queued"])
        assert described == []
        await hands.press("f")
        await until(hands.pilot, lambda: cursor(hands) == 100_000)
        await hands.pilot.pause()
        assert 0 < len(set(described)) <= hands.main.table.size.height


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_folded_list(size: tuple[int, int], tmp_path: Path, golden: Golden) -> None:
    """What has ended is folded away, and the cursor stands on its heading."""
    async with shown(busy_machine(tmp_path), size) as (app, pilot):
        app.main.table.move_to(1)
        await pilot.press("f")
        await settled(app, pilot)
        golden(app, f"folded_{size[0]}x{size[1]}_dark")
