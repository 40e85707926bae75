"""The output pane: the whole file, lines by number, searching, attempts, copying."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.app import App
from textual.pilot import Pilot

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import UsageError
from ant_tui.ui.app import AntApp
from ant_tui.ui.panes.output_pane import parse_place
from tests.output.sparse import filled, write_with_hole
from tests.ui.apps import app_for, said, screen_says, until
from tests.ui.fake_client import NOW, FakeClient

Golden = Callable[[App[Any], str], None]


class Reader:
    """Somebody who reads the output of one running task."""

    def __init__(self, app: AntApp, pilot: Pilot[Any], client: FakeClient, log: Path, number: int) -> None:
        self.app = app
        self.pilot = pilot
        self.client = client
        self.log = log
        self.number = number

    @property
    def output(self) -> Any:
        return self.app.main.output

    def border(self) -> str:
        """The lower border."""
        return str(self.output.border_subtitle)

    def top(self) -> str:
        """The first line in view."""
        return str(self.output.visible_text().split("\n")[0])

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def write(self, text: str) -> None:
        names = {" ": "space", "%": "percent_sign", ".": "full_stop", "[": "left_square_bracket", "(":
                 "left_parenthesis", "\\": "backslash", "+": "plus", "/": "slash"}  # fmt: skip
        await self.pilot.press(*(names.get(character, character) for character in text))

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        await until(self.pilot, condition, what)

    async def search(self, text: str) -> None:
        await self.press("slash")
        await self.until(lambda: self.app.main.output_pane.is_open, "the prompt")
        await self.write(text)
        await self.press("enter")
        await self.until(lambda: not self.app.main.output_pane.is_open, "the prompt closed")

    async def go_to(self, place: str) -> None:
        await self.press("L")
        await self.until(lambda: self.app.main.output_pane.is_open, "the prompt")
        await self.write(place)
        await self.press("enter")

    def append(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(text)


@asynccontextmanager
async def reading(
    folder: Path,
    content: bytes | str | None,
    *,
    size: tuple[int, int] = (120, 40),
    shown: str = "",
    ended: bool = False,
) -> AsyncIterator[Reader]:
    """The output of a task, with the focus on it."""
    client = FakeClient(jobs_dir=str(folder))
    client.has_gpus(1)
    number = client.run("train", 0, command="python train.py")
    log = folder / f"{number}.1" / "output.log"
    log.parent.mkdir()
    if content is not None:
        log.write_bytes(content.encode() if isinstance(content, str) else content)
    if ended:
        client.end(number)
    app = app_for(client)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "output_pane"))
        app.main.table.move_to(number)
        await pilot.press("3")
        reader = Reader(app, pilot, client, log, number)
        await reader.until(lambda: shown in screen_says(app) and app.main.output.has_focus, shown)
        yield reader


def lines(count: int) -> str:
    return "".join(f"line {number}\n" for number in range(1, count + 1))


# The whole file


async def test_the_whole_file_can_be_read(tmp_path: Path) -> None:
    """Row 192: above the live end earlier lines are read from the file; the border says which line one is at."""
    async with reading(tmp_path, lines(60_000), shown="line 60000") as reader:
        await reader.until(lambda: "FOLLOW · line 60,000 · 634K" in reader.border(), reader.border())
        await reader.press("pageup")
        await reader.until(lambda: reader.border().startswith("PAUSED · line 59,"))
        await reader.press("g")
        await reader.until(lambda: reader.top() == "line 1")
        assert reader.border().startswith("PAUSED · line 1 of 60,000")
        await reader.press("pagedown", "down")
        await reader.until(lambda: reader.top() == f"line {reader.output.size.height + 1}")
        await reader.press("end")
        await reader.until(lambda: "FOLLOW" in reader.border())
        assert "line 60000" in screen_says(reader.app)


async def test_lines_are_read_across_the_edge_of_the_live_end(tmp_path: Path) -> None:
    """Scrolling from the live end into the file, line after line, misses and doubles none."""
    async with reading(tmp_path, lines(12_000), shown="line 12000") as reader:
        seen: list[str] = []
        await reader.go_to("1990")
        await reader.until(lambda: reader.top() == "line 1990")
        for _ in range(30):
            seen.append(reader.top())
            reader.output.action_rows(1)
        assert seen == [f"line {number}" for number in range(1990, 2020)]


async def test_who_reads_stays_where_he_is_while_the_log_grows(tmp_path: Path) -> None:
    """Row 199: more lines than the live end keeps come in, and what one reads neither moves nor is lost."""
    async with reading(tmp_path, lines(9000), shown="line 9000") as reader:
        await reader.press("pageup", "pageup")
        await reader.until(lambda: "PAUSED" in reader.border())
        before = reader.output.visible_text()
        reader.append("".join(f"line {number}\n" for number in range(9001, 40_001)))
        await reader.until(lambda: "of 40,000" in reader.border(), "counted")
        assert reader.output.visible_text() == before
        await reader.press("up")
        assert reader.output.visible_text().split("\n")[1:] == before.split("\n")[:-1]
        await reader.press("G")
        await reader.until(lambda: "FOLLOW · line 40,000" in reader.border())


async def test_a_huge_log_opens_at_its_end_and_its_beginning_comes_when_it_is_counted(tmp_path: Path) -> None:
    """The end is there at once; home pressed meanwhile is not forgotten."""
    content = b"first line\n" + b"x" * 100 + b"\n" + b"y\n" * (24 << 20) + b"last line\n"
    async with reading(tmp_path, content, shown="last line") as reader:
        await reader.press("home")
        await reader.until(lambda: reader.top() == "first line")
        assert reader.border().startswith("PAUSED · line 1 of 25,165,827")


async def test_a_huge_log_is_not_read_through_unasked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who only passes a task in the list does not make its gigabytes be read; who goes to its output does."""
    monkeypatch.setattr("ant_tui.ui.panes.output._COUNTED_UNASKED", 0)
    monkeypatch.setattr("ant_tui.ui.output_history._AT_ONCE", 0)
    async with reading(tmp_path, lines(30_000), shown="line 30000") as reader:
        await reader.until(lambda: "FOLLOW · line 30,000" in reader.border(), "counted")
        other = reader.client.run("other")
        log = tmp_path / f"{other}.1" / "output.log"
        log.parent.mkdir()
        log.write_text(lines(40_000))
        await reader.press("2")
        await reader.until(lambda: "other" in screen_says(reader.app))
        reader.app.main.table.move_to(other)
        await reader.until(lambda: "line 40000" in screen_says(reader.app))
        assert reader.border().startswith("FOLLOW · 4")
        assert not reader.output._feed.counting
        await reader.press("3")
        await reader.until(lambda: "FOLLOW · line 40,000" in reader.border(), "counted")


async def test_a_log_that_begins_anew_is_shown_anew(tmp_path: Path) -> None:
    """A log that was cut is read from its new end, and what was found in the old one is forgotten."""
    async with reading(tmp_path, lines(500), shown="line 500") as reader:
        await reader.search("line 7")
        await reader.until(lambda: "/line 7 11 of 11" in reader.border())
        reader.log.write_text("anew\n")
        await reader.until(lambda: "anew" in screen_says(reader.app))
        assert "/line 7" not in reader.border()
        await reader.until(lambda: "FOLLOW · line 1 · 5B" in reader.border(), reader.border())


async def test_an_ended_task_says_so(tmp_path: Path) -> None:
    """FOLLOW would be a lie when nothing can follow."""
    async with reading(tmp_path, lines(10), shown="line 10", ended=True) as reader:
        assert reader.border().startswith("ENDED · line 10 · ")


async def test_following_ends_with_the_task(tmp_path: Path) -> None:
    """While it runs FOLLOW, after its end ENDED; its last words are there."""
    async with reading(tmp_path, lines(10), shown="line 10") as reader:
        assert reader.border().startswith("FOLLOW")
        reader.append("bye\n")
        reader.client.end(reader.number)
        await reader.until(lambda: reader.border().startswith("ENDED · line 11"))
        assert "bye" in screen_says(reader.app)


async def test_redrawn_bars_keep_lines_and_numbers_in_order(tmp_path: Path) -> None:
    """Where rows of the live end stand for many lines, reading back still meets every line once."""
    bars = "".join(f"bar a {n}\nbar b {n}\n\x1b[2A" for n in range(3000))
    content = lines(500) + bars + "\n\n" + "".join(f"after {n}\n" for n in range(12_000))
    async with reading(tmp_path, content, shown="after 11999") as reader:
        total = content.count("\n")
        await reader.until(lambda: f"line {total:,}" in reader.border(), "counted")
        await reader.press("g")
        await reader.until(lambda: reader.top() == "line 1")
        reader.append("".join(f"more {n}\n" for n in range(12_000)))
        await reader.until(lambda: f"of {total + 12_000:,}" in reader.border(), "grown")
        assert reader.top() == "line 1"


# Lines by number


@pytest.mark.parametrize(("text", "place"), [("7", 7), ("1,200", 1200), ("50%", 0.5), ("0", 1), (" 100 % ", 1.0)])
def test_places_that_are_understood(text: str, place: float) -> None:
    """A number, with or without commas, or a share."""
    assert parse_place(text) == place
    assert type(parse_place(text)) is type(place)


@pytest.mark.parametrize("text", ["", "x", "-3", "1.5", "101%", "٣", "9" * 30, "%", "\x1b[2J"])
def test_places_that_are_not(text: str) -> None:
    """Everything else is answered with one sentence that says what to type."""
    with pytest.raises(UsageError, match=r"Type the number of a line"):
        parse_place(text)


async def test_going_to_a_line(tmp_path: Path) -> None:
    """L asks for a line or a share; what is neither is said, and can be typed anew."""
    async with reading(tmp_path, lines(50_000), shown="line 50000") as reader:
        await reader.go_to("321")
        await reader.until(lambda: reader.top() == "line 321")
        assert reader.output.has_focus
        await reader.go_to("50%")
        await reader.until(lambda: reader.top() == "line 25001")
        await reader.go_to("x9")
        await reader.until(lambda: said(reader.app).startswith("Type the number of a line"))
        assert reader.app.main.output_pane.is_open
        await reader.press("escape")
        await reader.until(lambda: reader.output.has_focus)
        assert reader.top() == "line 25001"
        await reader.go_to("9999999")
        await reader.until(lambda: "line 50000" in screen_says(reader.app))


# Searching


async def test_searching_the_whole_file(tmp_path: Path) -> None:
    """From the end upwards: the nearest match first, n and N go on in both directions and round, and say so."""
    content = "".join(f"line {n} ERROR {n}\n" if n % 1000 == 0 else f"line {n}\n" for n in range(1, 50_001))
    async with reading(tmp_path, content, shown="line 50000") as reader:
        await reader.search("error")
        await reader.until(lambda: "/error 50 of 50" in reader.border(), "found")
        assert "PAUSED" in reader.border()
        await reader.press("N")
        await reader.until(lambda: "/error 49 of 50" in reader.border())
        assert "line 49000 ERROR 49000" in screen_says(reader.app)
        await reader.press("n", "n")
        await reader.until(lambda: "/error 1 of 50" in reader.border())
        assert said(reader.app) == "On from the first match again."
        assert "line 1000 ERROR 1000" in screen_says(reader.app)
        await reader.press("N")
        await reader.until(lambda: "/error 50 of 50" in reader.border())
        assert said(reader.app) == "On from the last match again."


async def test_a_search_from_where_one_stands_goes_downwards(tmp_path: Path) -> None:
    """Who does not follow gets the first match below the top of the view."""
    content = "".join(f"step {n}{' hit' if n % 100 == 0 else ''}\n" for n in range(1, 20_001))
    async with reading(tmp_path, content, shown="step 20000") as reader:
        await reader.go_to("5050")
        await reader.until(lambda: reader.top() == "step 5050")
        await reader.search("hit")
        await reader.until(lambda: "/hit 51 of 200" in reader.border(), reader.border())
        await reader.press("N")
        await reader.until(lambda: "/hit 50 of 200" in reader.border())


async def test_matches_are_highlighted_and_capitals_count_when_typed(tmp_path: Path) -> None:
    """Small letters find both, capitals only themselves; the match one is at looks different from the others."""
    async with reading(tmp_path, "Loss loss LOSS\nnothing\nloss\n", shown="nothing") as reader:
        await reader.search("loss")
        await reader.until(lambda: "/loss 4 of 4" in reader.border())
        await reader.search("Loss")
        await reader.until(lambda: "/Loss 1 of 1" in reader.border())
        assert reader.output._current == (0, 0, 4)


async def test_regular_expressions(tmp_path: Path) -> None:
    """Ctrl+r makes what is typed a regular expression; a bad one is told and can be mended."""
    async with reading(tmp_path, lines(300), shown="line 300") as reader:
        await reader.press("slash")
        await reader.until(lambda: reader.app.main.output_pane.is_open)
        await reader.press("ctrl+r")
        await reader.write("line [12]5(")
        await reader.press("enter")
        await reader.until(lambda: "is no regular expression" in said(reader.app))
        await reader.press("backspace", "enter")
        await reader.until(lambda: "22 of 22" in reader.border(), reader.border())


async def test_what_is_typed_is_highlighted_at_once_and_esc_takes_it_back(tmp_path: Path) -> None:
    """Before enter nothing moves, but what is in view shows what would be found; earlier searches come by up."""
    async with reading(tmp_path, lines(300), shown="line 300") as reader:
        await reader.search("29")
        await reader.until(lambda: "/29 " in reader.border())
        await reader.press("slash")
        await reader.until(lambda: reader.app.main.output_pane.is_open)
        await reader.write("line 3")
        assert list(reader.output._highlighter(0, "line 300")) == [(0, 6)]
        await reader.press("escape")
        await reader.until(lambda: reader.output.has_focus)
        assert list(reader.output._highlighter(0, "line 290")) == [(5, 7)]
        await reader.press("slash", "up", "enter")
        await reader.until(lambda: "/29 " in reader.border() and reader.output.has_focus)


async def test_nothing_found_is_said(tmp_path: Path) -> None:
    """One sentence, and the border says so too; n before any search says that there was none."""
    async with reading(tmp_path, lines(100), shown="line 100") as reader:
        await reader.press("n")
        await reader.until(lambda: said(reader.app) == "Nothing was searched for yet.")
        await reader.search("nowhere")
        await reader.until(lambda: said(reader.app) == "Nothing here matches nowhere.")
        assert "/nowhere not found" in reader.border()
        await reader.search("line 7")
        await reader.until(lambda: "/line 7 11 of 11" in reader.border())


async def test_esc_stops_a_search_then_forgets_it_then_goes_back(tmp_path: Path) -> None:
    """Esc takes back one thing at a time."""
    async with reading(tmp_path, b"needle\n" + b"hay in a stack\n" * 4_000_000, shown="hay") as reader:
        await reader.search("needle")
        await reader.until(lambda: reader.output.search.going or "1 of 1" in reader.border())
        await reader.press("escape")
        assert not reader.output.search.going or "found in" in reader.border()
        while reader.output.search.words:
            await reader.press("escape")
        assert reader.output.has_focus
        await reader.press("escape")
        await reader.until(lambda: reader.app.main.table.has_focus)


async def test_a_log_that_grows_is_searched_on(tmp_path: Path) -> None:
    """Matches in what comes later are counted and can be gone to."""
    async with reading(tmp_path, "needle 1\n" + lines(50), shown="line 50") as reader:
        await reader.search("needle")
        await reader.until(lambda: "1 of 1" in reader.border())
        reader.append("needle 2\n" + lines(100) + "needle 3\n")
        await reader.until(lambda: "1 of 3" in reader.border(), "counted")
        await reader.press("n")
        await reader.until(lambda: "2 of 3" in reader.border())
        assert "needle 2" in screen_says(reader.app)
        await reader.press("n", "n")
        await reader.until(lambda: "1 of 3" in reader.border())


async def test_another_task_has_no_search(tmp_path: Path) -> None:
    """A search belongs to its log."""
    async with reading(tmp_path, lines(100), shown="line 100") as reader:
        await reader.search("line")
        await reader.until(lambda: "100 of 100" in reader.border())
        other = reader.client.submit("other")
        await reader.until(lambda: "other" in screen_says(reader.app))
        reader.app.main.table.move_to(other)
        await reader.until(lambda: "/line" not in reader.border())


async def test_searches_are_remembered(tmp_path: Path) -> None:
    """What was searched for comes back by up the next time that the screen is started."""
    for turn in range(2):
        folder = tmp_path / str(turn)
        folder.mkdir()
        client = FakeClient(jobs_dir=str(folder))
        client.place = replace(client.place, data_dir=str(tmp_path))
        app = app_for(client)
        async with app.run_test(size=(120, 40)) as pilot:
            await until(pilot, lambda app=app: hasattr(app, "main") and hasattr(app.main, "memory"))  # type: ignore[misc]
            pane = app.main.output_pane
            if turn == 0:
                pane.earlier = ["Traceback", "loss"]
            assert pane.earlier == ["Traceback", "loss"]


# Attempts


async def test_earlier_attempts_can_be_read(tmp_path: Path) -> None:
    """[ and ] show the logs of other attempts, the border says which; the pager gets the one that is shown."""
    client = FakeClient(jobs_dir=str(tmp_path))
    client.has_gpus(1)
    number = client.run("train", 0)
    for attempt, text in ((1, "first try\n"), (2, "second try\n")):
        (tmp_path / f"{number}.{attempt}").mkdir()
        (tmp_path / f"{number}.{attempt}" / "output.log").write_text(text)
    again(client, number)
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "output_pane"))
        app.main.table.move_to(number)
        await pilot.press("3")
        await until(pilot, lambda: "second try" in screen_says(app))
        assert "attempt 2 of 2" in screen_says(app)
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: "first try" in screen_says(app) and "attempt 1 of 2" in screen_says(app))
        await until(pilot, lambda: "ENDED" in str(app.main.output.border_subtitle))
        shown: list[str] = []
        app.main.host.show_in_pager = lambda path: shown.append(path) or ""  # type: ignore[method-assign,func-returns-value]
        await pilot.press("O")
        await until(pilot, lambda: shown)
        assert shown == [str(tmp_path / f"{number}.1" / "output.log")]
        await pilot.press("left_square_bracket")
        await until(pilot, lambda: said(app) == "This is the first attempt.")
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: "second try" in screen_says(app))
        await pilot.press("right_square_bracket")
        await until(pilot, lambda: said(app) == "This is the latest attempt.")


def again(client: FakeClient, number: int) -> None:
    """Let a running task be lost, restored, and started once more."""
    client.happens(ev.TaskEnded, NOW - 50, number=number, state=TaskState.LOST)
    client.happens(ev.LeftAside, NOW - 45, session="s", interrupted=(number,))
    client.happens(ev.TasksRestored, NOW - 40, numbers=(number,))
    client.happens(ev.TaskStarting, NOW - 30, number=number, attempt=2, gpus=())
    client.happens(ev.TaskStarted, NOW - 30, number=number, attempt=2, pid=7000, pid_start=1, boot_id="boot")


# Copying


async def test_lines_are_selected_by_keys_and_copied(tmp_path: Path) -> None:
    """V, up or down, y: whole lines are in the clipboard; without a selection it is what is in view."""
    async with reading(tmp_path, lines(100), shown="line 100") as reader:
        await reader.press("v", "up", "up")
        await reader.until(lambda: "3 lines selected" in reader.border())
        await reader.press("y")
        await reader.until(lambda: said(reader.app).startswith("3 lines copied"))
        assert reader.app.clipboard == "line 98\nline 99\nline 100"
        assert reader.output.text_selection is None
        await reader.press("y")
        await reader.until(lambda: "lines copied" in said(reader.app))
        assert reader.app.clipboard == reader.output.visible_text()


async def test_a_selection_reaches_into_the_file_and_esc_ends_it(tmp_path: Path) -> None:
    """From the end to line 1 of the whole file; what would be too much is cut, and esc selects nothing."""
    async with reading(tmp_path, lines(15_000), shown="line 15000") as reader:
        await reader.press("v", "g")
        await reader.until(lambda: "15,000 lines selected" in reader.border())
        assert reader.top() == "line 1"
        assert reader.output.selected_text().startswith("line 1\nline 2\n")
        await reader.press("escape")
        await reader.until(lambda: "selected" not in reader.border())
        assert reader.output.has_focus


# What stands there instead


async def test_words_in_the_place_of_output_are_not_cut(tmp_path: Path) -> None:
    """At 100x30 long sentences are broken between words; they are broken anew when the pane gets wider."""
    async with reading(tmp_path, None, size=(100, 30), ended=True) as reader:
        await reader.until(lambda: reader.output.visible_text().endswith("removed."), "the whole sentence")
        assert reader.output.visible_text().count("\n") >= 2
        assert reader.border() in ("", "None")
        before = reader.output.visible_text()
        await reader.pilot.resize_terminal(300, 40)
        await reader.until(lambda: reader.output.visible_text().count("\n") < before.count("\n"))


async def test_an_empty_log_says_so(tmp_path: Path) -> None:
    """No output yet while the task runs; that it wrote nothing once it ended."""
    async with reading(tmp_path, "", shown="No output yet.") as reader:
        reader.client.end(reader.number, TaskState.COMPLETED)
        await reader.until(lambda: "It wrote nothing." in screen_says(reader.app))


async def test_a_log_that_was_cut_says_where(tmp_path: Path) -> None:
    """Row 200: reading back over the removed middle of a log, one line tells what is missing."""
    (tmp_path / "hole").mkdir()
    async with reading(tmp_path, None) as reader:
        write_with_hole(reader.log, filled(lines(100).encode()), 1 << 30, ("\n" + lines(20_000)).encode())
        await reader.until(lambda: "line 20,101" in reader.border(), "counted")
        await reader.press("g")
        await reader.until(lambda: reader.top() == "line 1")
        await reader.go_to("99")
        await reader.until(lambda: reader.top() == "line 99")
        assert "1.0 GiB of output were removed here" in reader.output.visible_text()


# Anything at all


@pytest.mark.parametrize("seed", range(3))
async def test_random_bytes_and_keys_do_no_harm(tmp_path: Path, seed: int) -> None:
    """A fuzzer writes bytes and escape sequences while another one scrolls, searches, jumps and selects."""
    chance = random.Random(seed)
    parts = [
        b"\x1b[2J", b"\x1b[5A", b"\x1b[?1049h", b"\x1b[?1049l", b"\x1b]52;c;aGFjaw==\x1b\\", b"\x1b[31m", b"\r", b"\n",
        b"\b\b", b"\xff\xfe", b"\x00" * 9, "wörld 世界 ".encode(), b"needle ", b"\x9b31m", b"x" * 3000, b"\t",
        b"[/red]", b"\x1b[1;1H", b"\n" * 50, b"\x1b[K", b"\x1b]unfinished",
    ]  # fmt: skip
    keys = [
        "g", "G", "up", "down", "pageup", "pagedown", "home", "end", "n", "N", "v", "y", "w", "left", "right", "f",
        "left_square_bracket", "escape", "k", "j",
    ]  # fmt: skip
    async with reading(tmp_path, b"begin\n", size=(90, 30), shown="begin") as reader:
        await reader.search("needle")
        for turn in range(16):
            with reader.log.open("ab") as file:
                file.write(b"".join(chance.choice(parts) for _ in range(chance.randrange(400))))
                file.write(chance.randbytes(chance.randrange(2000)))
            reader.output.poll()
            await reader.press(*(chance.choice(keys) for _ in range(4)))
            while not reader.output.has_focus:  # esc may have led to the tasks, and y there to a dialog
                await reader.press("escape", "3")
            if turn % 5 == 4:
                await reader.go_to(f"{chance.randrange(100)}%")
                await reader.search(chance.choice(["needle", "x", "w", "1"]))
            if turn == 9:
                reader.log.write_bytes(b"cut short\n")
        await reader.pilot.pause()
        assert reader.app.is_running
        assert all(line.isprintable() for line in screen_says(reader.app).split("\n"))


# Goldens


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_golden_search(size: tuple[int, int], tmp_path: Path, golden: Golden, monkeypatch: Any) -> None:
    """What a search looks like: matches, the one that one is at, how many there are."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    content = "".join(
        f"\x1b[2m10:{n // 60:02d}:{n % 60:02d}\x1b[0m step {n} \x1b[36mloss {3 - n / 500:.4f}\x1b[0m\n"
        for n in range(600)
    )
    async with reading(tmp_path, content, size=size, shown="step 599") as reader:
        await reader.go_to("40")
        await reader.until(lambda: "step 39" in reader.top())
        await reader.search("loss 2.9")
        await reader.until(lambda: "/loss 2.9 39 of 50" in reader.border(), reader.border())
        reader.app.main.hints.hush()
        await reader.pilot.pause()
        golden(reader.app, f"output_search_{size[0]}x{size[1]}_dark")
