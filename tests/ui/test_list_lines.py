"""Lines of output below the tasks of the list: for all that run, for all that have ended."""

from __future__ import annotations

from collections.abc import AsyncIterator, Hashable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from msgspec.structs import replace

from ant_tui.core.task import TaskState
from ant_tui.ui import output_peeks
from ant_tui.ui.settings.live import take_over
from tests.ui.apps import screen_says, until
from tests.ui.fake_client import FakeClient, FakePlace
from tests.ui.sources import text_of
from tests.ui.test_app_golden import Golden, settled
from tests.ui.test_task_list import Hands, at_the_list


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves, and nothing of this machine is seen."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("ant_tui.ui.app.glyphs_for", lambda wish, encoding: "braille")


def machine(folder: Path) -> FakeClient:
    """Two tasks that run, one that waits, one that has ended."""
    client = FakeClient(jobs_dir=str(folder))
    client.has_gpus(3)
    ended = client.run("ended", 0)
    client.end(ended, TaskState.FAILED, exit_code=1)
    client.run("one", 0)
    client.run("two", 1)
    client.submit("waits", 1)
    for number in (1, 2, 3):
        write(client, number, "".join(f"{number}: line {line}\n" for line in range(1, 6)))
    return client


def write(client: FakeClient, number: int, text: str) -> None:
    log = Path(client.place.jobs_dir, f"{number}.1", "output.log")
    log.parent.mkdir(exist_ok=True)
    with log.open("a") as file:
        file.write(text)


def rows(hands: Hands) -> list[str]:
    """The list as it is painted, a task by its id."""
    lines = [line for line in text_of(hands.main.table)[1:] if line]
    return [line.strip() if "│" in line or line[0] in "▾▸" else line[1:].split()[1] for line in lines]


async def until_rows(hands: Hands, *wanted: str) -> None:
    await until(hands.pilot, lambda: rows(hands) == list(wanted), f"the rows {wanted}")


def cursor(hands: Hands) -> Hashable:
    return hands.main.table.cursor_key


class TestLines:
    async def test_stand_below_all_that_run_and_below_all_that_has_ended(self, tmp_path: Path) -> None:
        """The key o unfolds every running task at once, and folds them; on an ended one all that ended (row 281)."""
        async with at_the_list(machine(tmp_path)) as hands:
            await hands.press("o")
            two = ["one", *(f"│ 2: line {n}" for n in (3, 4, 5)), "two", *(f"│ 3: line {n}" for n in (3, 4, 5))]
            await until_rows(hands, "▾Running 2", *two, "▾Queued 1", "waits", "▾Finished 1", "ended")
            hands.main.table.move_to(1)
            await hands.press("o")
            ended = ["ended", "│ 1: line 3", "│ 1: line 4", "│ 1: line 5"]
            await until_rows(hands, "▾Running 2", *two, "▾Queued 1", "waits", "▾Finished 1", *ended)
            hands.main.table.move_to(3)
            await hands.press("o")
            await until_rows(hands, "▾Running 2", "one", "two", "▾Queued 1", "waits", "▾Finished 1", *ended)
            assert cursor(hands) == 3

    async def test_follow_what_tasks_write(self, tmp_path: Path) -> None:
        """Every second; a task without output says so."""
        client = machine(tmp_path)
        quiet = client.run("quiet", 2)
        async with at_the_list(client) as hands:
            await hands.press("o")
            await until(hands.pilot, lambda: "│ 3: line 5" in rows(hands))
            assert "│ no output" in rows(hands)
            write(client, 3, "10%\r20%")
            write(client, quiet, "at last\n")
            hands.main.painter.second()
            await until(hands.pilot, lambda: {"│ 20%", "│ at last"} <= set(rows(hands)))
            assert "│ no output" not in rows(hands)

    async def test_are_passed_over_by_the_cursor_and_by_marks(self, tmp_path: Path) -> None:
        """Keys go from task to task; a click on a line selects its task, a double click opens it."""
        async with at_the_list(machine(tmp_path)) as hands:
            table = hands.main.table
            await hands.press("o")
            await until(hands.pilot, lambda: "│ 3: line 5" in rows(hands))
            await hands.press("j")
            assert cursor(hands) == 3
            await hands.press("asterisk")
            assert table.marks == {1, 2, 3, 4}
            await hands.press("escape")
            await hands.pilot.click("#tasks", offset=(8, 5))  # border, titles, heading, one, its second line
            assert cursor(hands) == 2
            await hands.pilot.click("#tasks", offset=(8, 8), times=2)
            await until(hands.pilot, lambda: hands.main.output.has_focus)
            assert cursor(hands) == 3

    async def test_are_those_of_tasks_that_have_begun(self, tmp_path: Path) -> None:
        """Waiting tasks have none, and say so."""
        async with at_the_list(machine(tmp_path)) as hands:
            hands.main.table.move_to(4)
            await hands.press("o")
            await hands.until_said("Waiting tasks have no output yet.")

    async def test_unfold_a_folded_section(self, tmp_path: Path) -> None:
        """On a folded heading the key shows the tasks with their lines."""
        async with at_the_list(machine(tmp_path)) as hands:
            await hands.press("f", "o")
            await until(hands.pilot, lambda: "│ 3: line 5" in rows(hands))
            assert cursor(hands) == 2

    async def test_are_as_many_as_the_settings_say_and_remembered(self, tmp_path: Path) -> None:
        """``screen.list_lines`` holds at once, and what is shown comes back with the next start (row 279)."""
        client = machine(tmp_path)
        client.place = FakePlace(data_dir=str(tmp_path), jobs_dir=str(tmp_path))
        async with at_the_list(client) as hands:
            await hands.press("o")
            await until(hands.pilot, lambda: "│ 3: line 3" in rows(hands))
            settings = hands.main.settings
            take_over(hands.main, replace(settings, screen=replace(settings.screen, list_lines=1)))
            await until_rows(
                hands, "▾Running 2", "one", "│ 2: line 5", "two", "│ 3: line 5", "▾Queued 1", "waits", "▾Finished 1",
                "ended",
            )  # fmt: skip
        async with at_the_list(client) as hands:
            await until(hands.pilot, lambda: "│ 3: line 3" in rows(hands))
            assert hands.main.folding.lined == ("Running",)

    async def test_let_nothing_through_to_the_terminal(self, tmp_path: Path) -> None:
        """What a task prints is text."""
        client = machine(tmp_path)
        write(client, 2, "a\x1b]52;c;aGFjaw==\x1b\\b\n\x9b31m\u202ex\n")
        async with at_the_list(client) as hands:
            await hands.press("o")
            await until(hands.pilot, lambda: "│ 3: line 5" in rows(hands))
            assert all(character.isprintable() or character == "\n" for character in screen_says(hands.app))

    async def test_that_do_not_fit_below_the_last_task_are_scrolled_to(self, tmp_path: Path) -> None:
        """Whoever goes to the last task sees its lines too."""
        async with at_the_list(machine(tmp_path), size=(80, 14)) as hands:
            await hands.press("o", "G", "o")
            await until(hands.pilot, lambda: "│ 1: line 5" in rows(hands))
            await hands.press("g", "G")
            await until(hands.pilot, lambda: "│ 1: line 5" in rows(hands))


@pytest.mark.parametrize(("size", "lines"), [((80, 24), 20), ((60, 16), 20), ((40, 10), 20), ((40, 8), 3)])
async def test_a_list_too_low_for_heading_task_and_lines_stands_still(
    size: tuple[int, int], lines: int, tmp_path: Path
) -> None:
    """Where the three do not fit together, no repaint scrolls from one to the other."""
    client = machine(tmp_path)
    async with at_the_list(client, size=size, list_lines=lines) as hands:
        await hands.press("o")
        await until(hands.pilot, lambda: hands.main.folding.lined == ("Running",))
        seen = []
        for _ in range(4):
            client.submit()
            hands.main.painter.repaint()
            await hands.pilot.pause()
            seen.append(hands.main.table.scroll_offset.y)
        assert len(set(seen)) == 1


async def test_of_100_000_rows_only_the_logs_in_view_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many tasks have lines below them, painting and reading cost what is in view."""
    client = FakeClient(jobs_dir=str(tmp_path))
    client.has_gpus(1)
    first = client.run("first", 0)
    client.end(first)
    for n in range(25_000):
        client.end(client.submit(f"task-{n}"))
    looked: set[int] = set()
    look = output_peeks.OutputPeeks.look

    def recorded(peeks: output_peeks.OutputPeeks, logs: list[tuple[int, str]], most: int) -> bool:
        looked.update(number for number, _ in logs)
        return look(peeks, logs, most)

    monkeypatch.setattr(output_peeks.OutputPeeks, "look", recorded)
    async with at_the_list(client) as hands:
        page = hands.main.table.size.height
        await hands.press("o")
        await until(hands.pilot, lambda: looked)
        await hands.press("G")
        await until(hands.pilot, lambda: first in looked and "│ no output" in rows(hands))
        assert len(looked) <= 2 * page


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_list_with_lines(size: tuple[int, int], tmp_path: Path, golden: Golden) -> None:
    """What runs has its last lines below it."""
    async with lined(tmp_path, size) as hands:
        await settled(hands.app, hands.pilot)
        golden(hands.app, f"lines_{size[0]}x{size[1]}_dark")


@asynccontextmanager
async def lined(folder: Path, size: tuple[int, int]) -> AsyncIterator[Hands]:
    client = machine(folder)
    client.samples()
    async with at_the_list(client, size=size) as hands:
        await hands.press("o")
        await until(hands.pilot, lambda: "│ 3: line 5" in rows(hands))
        hands.main.painter.second()
        yield hands
