"""The output view: following, standing still, selecting, and what it repaints."""

from __future__ import annotations

import inspect
import random
import re
from collections.abc import Callable, Iterable

import pytest
from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding
from textual.events import MouseMove, MouseScrollDown, MouseScrollUp
from textual.geometry import Offset
from textual.scrollbar import ScrollDown, ScrollTo, ScrollUp
from textual.selection import Selection
from textual.timer import Timer

from ant_tui.output.line_terminal import LineTerminal
from ant_tui.output.style import Style
from ant_tui.ui.widgets import output_view
from ant_tui.ui.widgets.output_view import OutputView
from tests.ui import sources
from tests.ui.apps import until
from tests.ui.golden_screens import screen_strips
from tests.ui.pty_bytes import pty_bytes, strangers
from tests.ui.sources import HOSTILE, Lines, Repaints, Stage, content_strips, segments_with, text_of

SIZE = (30, 10)  # 8 rows in view


def lines(count: int) -> Lines:
    source = Lines()
    source.add(count)
    return source


def followed(app: Stage) -> list[bool]:
    return [message.following for message in app.kept if isinstance(message, OutputView.FollowChanged)]


def top(view: OutputView) -> str:
    return text_of(view)[0]


def border(app: App[None]) -> str:
    return screen_strips(app)[-1].text


def is_following(view: OutputView) -> bool:
    return view.following


# Following and standing still


async def test_a_view_follows_the_end() -> None:
    """A view opens at its end and stays there while lines come; its border says so (rows 187, 199)."""
    view = OutputView(source := lines(100))
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        assert text_of(view) == [f"line {n}" for n in range(92, 100)]
        source.add(5)
        view.source_changed()
        await pilot.pause()
        assert text_of(view)[-1] == "line 104"
        assert " FOLLOW " in border(app)
        assert followed(app) == []


async def test_a_view_that_was_scrolled_up_stands_still(monkeypatch: pytest.MonkeyPatch) -> None:
    """New lines neither move nor repaint what one reads; the border counts them (SCREEN, finding 5)."""
    view = OutputView(source := lines(100), fps=1000)
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("k")
        await pilot.pause()
        assert followed(app) == [False]
        before, size = text_of(view), view.virtual_size
        monkeypatch.setattr(output_view, "_PAUSE_STANDING", 0)
        repaints = Repaints(view, monkeypatch)
        for expected in (313, 626):
            source.add(313)
            view.source_changed()
            view._tick()
            assert view.new_lines == expected
        await pilot.pause()
        assert text_of(view) == before
        assert view.virtual_size == size
        assert set(repaints.taken()) == {8}  # the border alone
        assert "↓ 626 new" in border(app)


async def test_lines_that_were_seen_are_not_new() -> None:
    """Scrolling down towards the end takes what is seen off the count; at the end the view follows again."""
    view = OutputView(source := lines(100))
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("k")
        source.add(20)
        assert view.new_lines == 20
        await pilot.press("pagedown")
        assert view.new_lines == 14
        await pilot.press("pagedown", "pagedown")
        assert view.new_lines == 0
        assert followed(app) == [False, True]


@pytest.mark.parametrize(
    ("keys", "first", "following"),
    [
        ("k", 91, False),
        ("up up", 90, False),
        ("k j", 92, True),
        ("pageup", 85, False),
        ("pageup pageup pagedown", 85, False),
        ("ctrl+u", 89, False),
        ("ctrl+u ctrl+d", 92, True),
        ("g", 0, False),
        ("home G", 92, True),
        ("g end", 92, True),
        ("g j j down", 3, False),
        ("f", 92, False),
        ("f f", 92, True),
        ("k f", 92, True),
    ],
)
async def test_keys_move_the_view(keys: str, first: int, following: bool) -> None:
    """Rows, pages, halves, g and G; up leaves the end, G, end and f come back to it."""
    view = OutputView(lines(100))
    async with Stage(view).run_test(size=SIZE) as pilot:
        await pilot.press(*keys.split())
        assert top(view) == f"line {first}"
        assert view.following == following


async def test_wheel_and_scrollbar_move_the_view() -> None:
    """The wheel scrolls by rows, a click beside the thumb by a page, a dragged thumb to its place."""
    view = OutputView(lines(100))
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        await pilot._post_mouse_events([MouseScrollUp], view, (3, 3))
        assert top(view) == "line 90"
        await pilot._post_mouse_events([MouseScrollDown], view, (3, 3))
        assert is_following(view)
        for message, first in ((ScrollUp(), 85), (ScrollTo(y=40.0), 40), (ScrollDown(), 47), (ScrollTo(y=95.0), 92)):
            view.post_message(message)
            await pilot.pause()
            assert top(view) == f"line {first}"
        assert is_following(view)


async def test_the_scrollbar_says_where_the_view_is() -> None:
    """The thumb is at the bottom while following and moves up with the view, without a layout of the screen."""
    view = OutputView(lines(80))
    async with Stage(view).run_test(size=SIZE) as pilot:
        await pilot.pause()
        bar = view.vertical_scrollbar
        assert (bar.window_virtual_size, bar.window_size, bar.position) == (80, 8, 72)
        await pilot.press("g")
        assert bar.position == 0


async def test_a_short_output_is_always_at_its_end() -> None:
    """Where everything is in view no key stops following, and nothing is scrolled."""
    view = OutputView(source := lines(3))
    async with Stage(view).run_test(size=SIZE) as pilot:
        await pilot.press("k", "pageup", "j", "G")
        assert text_of(view)[:4] == ["line 0", "line 1", "line 2", ""]
        assert view.following
        source.add(20)
        view.source_changed()
        await pilot.pause()
        assert text_of(view)[-1] == "line 22"


async def test_lines_that_are_dropped_do_not_move_the_view() -> None:
    """A ring that loses its oldest lines leaves the view on its lines; if they are lost it goes to the oldest left."""
    view = OutputView(source := lines(100))
    async with Stage(view).run_test(size=SIZE) as pilot:
        view.show_line(50)
        await pilot.press(*["k"] * 3)
        first = top(view)
        source.drop(20)
        view.source_changed()
        view._tick()
        await pilot.pause()
        assert top(view) == first
        source.drop(60)
        view.source_changed()
        view._tick()
        await pilot.pause()
        assert top(view) == "line 80"


async def test_another_source_is_shown_from_its_end() -> None:
    """Another task's output is shown at its end and followed, whatever was done with the one before."""
    view = OutputView(lines(100))
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.press("g", "right")
        view.set_source(Lines(["other"]))
        await pilot.pause()
        assert text_of(view)[:2] == ["other", ""]
        assert followed(app) == [False, True]


async def test_the_border_ends_with_the_owners_words() -> None:
    """What the owner wants to say stands behind the view's own words, and is never markup or a control."""
    view = OutputView(lines(1))
    app = Stage(view)
    async with app.run_test(size=(60, 10)) as pilot:
        view.set_status("6.1 MB [b]x[/] \x1b]0;t\x07")
        await pilot.pause()
        assert "FOLLOW · 6.1 MB [b]x[/] ␛]0;t␇" in border(app)


# Long lines


async def test_wrap_breaks_lines_and_keeps_the_place() -> None:
    """The key w breaks long lines, the line at the top stays; w again cuts them."""
    view = OutputView(Lines([f"{n}:" + "abcdefghij" * 3 for n in range(50)]))
    async with Stage(view).run_test(size=(22, 6)) as pilot:  # 19 cells of text
        await pilot.press("g", "j", "w")
        assert text_of(view) == ["1:abcdefghijabcdefg", "hijabcdefghij", "2:abcdefghijabcdefg", "hijabcdefghij"]
        await pilot.press("j")
        assert top(view) == "hijabcdefghij"
        assert view.wrapping
        await pilot.press("w")
        assert text_of(view)[0] == "1:abcdefghijabcdef…"
        await pilot.press("G", "w")
        assert text_of(view)[-1] == "ghijabcdefghij"


async def test_cut_lines_scroll_sideways() -> None:
    """Left, right and the wheel with shift scroll lines that are cut; wide characters stay in their cells."""
    view = OutputView(Lines(["0123456789" * 4, "日本語" * 9]))
    async with Stage(view).run_test(size=(22, 6)) as pilot:
        await pilot.press("right")
        assert text_of(view)[:2] == ["890123456789012345…", "本語日本語日本語日…"]
        await pilot._post_mouse_events([MouseScrollUp], view, (3, 3), shift=True)
        assert text_of(view)[0] == "012345678901234567…"
        await pilot.press("l", "h")
        assert text_of(view)[0] == "012345678901234567…"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ("0123456789012345678", "0123456789012345678"),
        ("0123456789012345678      ", "0123456789012345678"),
        ("01234567890123456789", "012345678901234567…"),
        ("本語日本語日本語日x", "本語日本語日本語日x"),
        ("本語日本語日本語日本", "本語日本語日本語日…"),
        ("x本語日本語日本語日本", "x本語日本語日本語 …"),
        ("", ""),
    ],
)
async def test_a_line_that_is_cut_says_so(line: str, seen: str) -> None:
    """Its last cell is a mark where more of it follows than blanks; none of that is in what is selected or copied."""
    view = OutputView(Lines([line]))
    app = Stage(view)
    async with app.run_test(size=(22, 6)) as pilot:
        assert text_of(view)[0].rstrip() == seen
        assert cell_len(text_of(view)[0]) <= 19
        app.screen.selections = {view: Selection(None, None)}
        await pilot.pause()
        assert view.get_selection(Selection(None, None)) == (line, "\n")
        assert view.visible_text() == line
        await pilot.press("w")
        assert "…" not in "".join(text_of(view))


# Highlights


async def test_matches_are_highlighted_where_they_are_seen() -> None:
    """Matches are asked for line by line, of visible lines only; one of them stands out."""
    asked: list[int] = []

    def find(number: int, text: str) -> Iterable[tuple[int, int]]:
        asked.append(number)
        return [match.span() for match in re.finditer("8", text)]

    view = OutputView(lines(100))
    async with Stage(view).run_test(size=SIZE) as pilot:
        view.show_line(88)
        view.set_highlights(find, current=(88, 6, 7))
        await pilot.pause()
        assert set(asked) == set(view.visible_lines)
        first, second = [segment.style for segment in segments_with(view, "8") if segment.text == "8"][-2:]
        assert first is not None
        assert second is not None
        row = next(strip for strip in content_strips(view) if strip.text.startswith("line 88"))
        looks = [(segment.text, bool(segment.style and segment.style.underline)) for segment in row][:3]
        assert looks == [("line ", False), ("8", True), ("8", False)]
        view.set_highlights(None)
        await pilot.pause()
        assert segments_with(view, "line 88")


@pytest.mark.parametrize(("number", "first"), [(50, 48), (0, 0), (99, 92), (95, 92), (500, 92), (-3, 0)])
async def test_a_line_can_be_shown(number: int, first: int) -> None:
    """A jump brings a line into the upper third, or what the ends allow; it stops following and is not undone."""
    view = OutputView(source := lines(100))
    async with Stage(view).run_test(size=SIZE) as pilot:
        view.show_line(number)
        await pilot.pause()
        assert top(view) == f"line {first}"
        assert not view.following
        source.add(50)
        view.source_changed()
        await pilot.pause()
        assert top(view) == f"line {first}"


async def test_a_match_far_to_the_right_is_scrolled_to() -> None:
    """A jump to characters that are cut off brings them into view."""
    view = OutputView(Lines(["x" * 200 + "needle" + "x" * 100]))
    async with Stage(view).run_test(size=SIZE) as pilot:
        view.show_line(0, 200, 206)
        await pilot.pause()
        assert "needle" in top(view)
        view.show_line(0, 0, 1)
        await pilot.pause()
        assert "needle" not in top(view)


# Selecting


async def test_text_is_selected_by_the_mouse() -> None:
    """Dragging selects from character to character over lines; the screen's copy gets just that text."""
    view = OutputView(Lines(["alpha beta", "gamma", "日本語 delta"]))
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.mouse_down(view, (7, 1))
        await pilot._post_mouse_events([MouseMove], view, (3, 3))
        await pilot.mouse_up(view, (3, 3))
        assert app.screen.get_selected_text() == "beta\ngamma\n日本"
        marked = [segment.text for segment in segments_with(view, "") if segment.style and segment.style.bgcolor]
        assert marked == ["beta", "gamma", "日本"]
        assert not view.following


@pytest.mark.parametrize("wrapping", [False, True])
async def test_a_selection_stays_with_its_text(wrapping: bool) -> None:
    """A selection is of text, not of places: it survives scrolling, new lines and lost ones, wrapped or not."""
    source = Lines([f"{n}: " + "word " * 8 for n in range(50)])
    view = OutputView(source, wrap=wrapping)
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        view.show_line(20)
        app.screen.selections = {view: Selection(Offset(4, 20), Offset(8, 21))}
        await pilot.pause()
        source.add(100)
        source.drop(10)
        view.source_changed()
        await pilot.press("j")
        assert app.screen.get_selected_text() == ("word " * 8) + "\n21: word"
        assert any(strip.text.startswith("21: word") for strip in content_strips(view))


async def test_two_clicks_select_a_word_and_three_a_line() -> None:
    """A double click selects the word under the mouse, a triple click its line, never the whole log."""
    view = OutputView(Lines(["alpha /path/to.log:3 beta", "gamma"]))
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        await pilot.click(view, (9, 1), times=2)
        assert app.screen.get_selected_text() == "/path/to.log:3"
        await pilot.click(view, (9, 1), times=3)
        assert app.screen.get_selected_text() == "alpha /path/to.log:3 beta"
        await pilot.click(view, (9, 5), times=2)
        assert app.screen.get_selected_text() is None


async def test_selecting_everything_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """To select all gives whole lines up to a limit: a log of gigabytes cannot stop the screen."""
    view = OutputView(source := lines(1000))
    async with Stage(view).run_test(size=SIZE):
        monkeypatch.setattr(OutputView, "SELECTION_LIMIT", 30)
        source.asked.clear()
        assert view.get_selection(Selection(None, None)) == ("line 0\nline 1\nline 2\nline 3", "\n")
        assert len(source.asked) == 5


async def test_the_visible_text_can_be_had() -> None:
    """What is in view can be copied without a selection: whole lines, though the view cuts them."""
    view = OutputView(Lines(["x" * 50, "y"]))
    async with Stage(view).run_test(size=SIZE):
        assert view.visible_text() == "x" * 50 + "\ny"


# What is painted, and when


async def test_only_rows_that_change_are_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """A progress bar that rewrites its line costs one row; a change to nothing new costs none."""
    view = OutputView(source := lines(100))
    async with Stage(view).run_test(size=SIZE) as pilot:
        await pilot.pause()
        repaints = Repaints(view, monkeypatch)
        view._sync()
        assert repaints.taken() == []
        source.lines[-1] = "99%"
        view._sync()
        assert repaints.taken() == [7]
        source.runs[97] = ((0, 4, Style(fg=2)),)
        view._sync()
        assert repaints.taken() == [5]


async def test_changes_are_painted_at_the_pace_of_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """However often a source changes: one paint at once, the rest waits for one timer, which ends when all is quiet."""
    view = OutputView(source := lines(10), fps=5)
    now = 1000.0
    monkeypatch.setattr(output_view, "monotonic", lambda: now)
    timers: list[float] = []
    paints = 0
    async with Stage(view).run_test(size=SIZE) as pilot:
        await pilot.pause()
        sync = view._sync

        def counted() -> None:
            nonlocal paints
            paints += 1
            sync()

        monkeypatch.setattr(view, "_sync", counted)
        set_timer = view.set_timer

        def kept_timer(delay: float, _callback: Callable[[], None]) -> Timer:
            timers.append(round(delay, 6))
            return set_timer(99)

        monkeypatch.setattr(view, "set_timer", kept_timer)
        for _ in range(1000):
            source.add(1)
            view.source_changed()
        assert (paints, timers) == (1, [0.2])
        now += 0.2
        view._tick()
        view._tick()
        assert paints == 2
        assert view._tick_timer is None
        now += 5
        view.source_changed()
        assert (paints, len(timers)) == (3, 1)


async def test_a_hidden_view_does_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that is not shown reads nothing and has no timer; when it comes back it is up to date."""
    view = OutputView(source := lines(10))
    async with Stage(view).run_test(size=SIZE) as pilot:
        view.source_changed()
        view.source_changed()
        view.display = False
        await until(pilot, lambda: not view.shown and view._tick_timer is None)
        source.asked.clear()
        for _ in range(100):
            source.add(1)
            view.source_changed()
        await pilot.pause()
        assert source.asked == []
        assert view._tick_timer is None
        view.display = True
        await until(pilot, lambda: view.shown and text_of(view)[-1] == "line 109")


async def test_what_a_selection_needs_is_left_out_of_painting() -> None:
    """Places of characters are told when somebody asks, and are no part of what is painted."""
    view = OutputView(Lines(["alpha"]))
    async with Stage(view).run_test(size=SIZE):
        assert all(not segment.style.meta for segment in segments_with(view, "alpha") if segment.style)
        assert view.render_line(0)._segments[0].style.meta == {"offset": (0, 0)}  # type: ignore[union-attr]


async def test_a_storm_of_sizes_does_no_harm() -> None:
    """Sizes of all kinds, wrapped and not, end where they would have without them."""
    view = OutputView(Lines(["日本語 output " * 9] * 60), wrap=True)
    async with Stage(view).run_test(size=SIZE) as pilot:
        before = text_of(view)
        for width, height in ((200, 60), (1, 1), (2, 40), (80, 2), (3, 3), (40, 1), SIZE):
            await pilot.resize_terminal(width, height)
        await until(pilot, lambda: text_of(view) == before)


@pytest.mark.parametrize("seed", [1, 2])
async def test_random_acts_and_lines_do_no_harm(seed: int) -> None:
    """Any acts between any lines that come, go and change: nothing breaks, and following shows the last line."""
    chance = random.Random(seed)
    acts = [binding.action for binding in OutputView.BINDINGS if isinstance(binding, Binding)]
    view = OutputView(source := Lines(), fps=1e9)
    async with Stage(view).run_test(size=(20, 8)) as pilot:
        for _ in range(60):
            for _ in range(chance.randrange(6)):
                source.lines.append("日x" * chance.randrange(40) + "end")
            if source.lines and chance.random() < 0.3:
                source.lines[-1] = "rewritten end"
            source.drop(chance.randrange(len(source.lines) + 1) if chance.random() < 0.2 else 0)
            view.source_changed()
            for act in chance.choices(acts, k=3):
                await view.run_action(act)
            await pilot.pause()
            assert all(
                source.first_line <= number < source.first_line + len(source.lines) for number in view.visible_lines
            )
            if view.following and source.lines:
                assert view.visible_lines.stop == source.first_line + len(source.lines)


# Themes and terminal output


class Terminal:
    """A source over what a task wrote."""

    def __init__(self, data: bytes) -> None:
        self._terminal = LineTerminal()
        self._terminal.feed(data)

    @property
    def first_line(self) -> int:
        return self._terminal.first_row

    @property
    def line_count(self) -> int:
        return self._terminal.end_row - self._terminal.first_row

    def line(self, number: int, /) -> tuple[str, tuple[tuple[int, int, Style], ...]]:
        row = self._terminal.row(number)
        return row.text, row.runs


OUTPUT = (
    b"\x1b[1mEpoch 3/10\x1b[0m\n"
    b"\x1b[32mstep 48000\x1b[0m loss \x1b[38;5;208m2.3100\x1b[0m \x1b[38;2;1;2;3;48;2;200;210;220mexact\x1b[0m\n"
    b"\x1b[2mdim\x1b[0m \x1b[3mitalic\x1b[0m \x1b[4munder\x1b[0m \x1b[7mreverse\x1b[0m \x1b[9mstrike\x1b[0m\n"
    b"\xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e wide\n"
    b"train:  40%|\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88      | 4/10\rtrain:  50%|"
    b"\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88\xe2\x96\x88     | 5/10"
)


@pytest.mark.parametrize("theme", ["ansi-dark", "ansi-light", "textual-dark"])
async def test_golden_output(theme: str, golden: Callable[[App[None], str], None]) -> None:
    """The whole look: colours of every kind, attributes, wide text, a bar, a match, a selection, the border."""
    view = OutputView(Terminal(OUTPUT))
    app = Stage(view, theme=theme)
    async with app.run_test(size=(50, 9)) as pilot:
        view.set_highlights(lambda _, text: [m.span() for m in re.finditer("5", text)], current=(4, 8, 10))
        app.screen.selections = {view: Selection(Offset(0, 3), Offset(3, 3))}
        view.set_status("line 5 · 0.3 kB")
        await pilot.pause()
        golden(app, f"output_view_{theme}")


async def test_selection_and_match_are_seen_without_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under NO_COLOR a selection and the match that stands out are in reverse, other matches underlined."""
    monkeypatch.setenv("NO_COLOR", "1")
    view = OutputView(Lines(["alpha", "beta", "gamma"]))
    app = Stage(view)
    async with app.run_test(size=SIZE) as pilot:
        view.set_highlights(lambda _, text: [(0, 1)] if text == "alpha" else [], current=(1, 0, 4))
        app.screen.selections = {view: Selection(Offset(0, 2), Offset(5, 2))}
        await pilot.pause()
        assert segments_with(view, "a")[0].style.underline  # type: ignore[union-attr]
        assert segments_with(view, "beta")[0].style.reverse  # type: ignore[union-attr]
        assert segments_with(view, "gamma")[0].style.reverse  # type: ignore[union-attr]


def test_hostile_text_never_reaches_the_terminal() -> None:
    """Even a source that cleans nothing, and an owner's words, leave no control or direction character behind."""
    program = (
        inspect.getsource(sources)
        + f"""
class Hostile(Stage):
    def on_mount(self):
        super().on_mount()
        self.call_after_refresh(self.call_after_refresh, self.exit)

class Raw(Lines):
    def line(self, number, /):
        text, runs = super().line(number)
        return text, ((1, 4, Style(bold=True)), (4, 9, Style(fg=1)))

views = [OutputView(Raw(list({HOSTILE!r})), wrap=wrap) for wrap in (False, True)]
for view, text in zip(views, {HOSTILE!r}):
    view.set_status(text)
Hostile(*views).run()
"""
    )
    data = pty_bytes(program, size=(120, 40))
    assert "␛]52" in data.decode()
    assert strangers(data) == []


def test_the_bytes_helper_finds_what_does_leak() -> None:
    """The check of bytes is no empty one: a ready widget that passes escape codes on is caught."""
    program = """
from textual.app import App
from textual.content import Content
from textual.widgets import Static

class Leaky(App):
    def compose(self):
        yield Static(Content("a\\x1b]52;c;aGFjaw==\\x1b\\\\b\\u202e\\x9b31m"))

    def on_mount(self):
        self.call_after_refresh(self.call_after_refresh, self.exit)

Leaky().run()
"""
    found = strangers(pty_bytes(program, size=(60, 5)))
    assert any("]52;" in piece for piece in found)
    assert any("\u202e" in piece for piece in found)
    assert any("\x9b" in piece for piece in found)
