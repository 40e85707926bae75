"""The footer: what has room, what always has, and where a click lands."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from ant_tui.ui.widgets.key_hints import Hint, KeyHints
from tests.ui.apps import screen_says

FIRST = [Hint(letter, f"label {letter}", f"act.{letter}") for letter in "abcdefgh"]
LAST = [
    Hint(":", "commands", "palette", last=True),
    Hint("?", "help", "help", last=True),
    Hint("q", "quit", "quit", last=True),
]


class Footer(App[None]):
    def __init__(self) -> None:
        super().__init__()
        self.pressed: list[str] = []

    def compose(self) -> ComposeResult:
        yield KeyHints(id="hints")

    def on_mount(self) -> None:
        self.query_one(KeyHints).set_hints([*FIRST[:4], *LAST, *FIRST[4:]])

    def on_key_hints_pressed(self, message: KeyHints.Pressed) -> None:
        self.pressed.append(message.action)


@pytest.mark.parametrize(
    ("width", "first", "last"),
    [(120, "abcdefgh", 3), (80, "abcd", 3), (60, "ab", 3), (40, "ab", 2), (30, "a", 1)],
)
async def test_the_ways_out_have_room_before_all_others(width: int, first: str, last: int) -> None:
    """At every width the right end names quit, with a little room help and commands; the rest is cut from behind."""
    app = Footer()
    async with app.run_test(size=(width, 3)) as pilot:
        await pilot.pause()
        line = screen_says(app).splitlines()[0]
        shown = [f"{hint.key} {hint.label}" for hint in (*FIRST[: len(first)], *LAST[-last:])]
        assert line.split() == " ".join(shown).split()
        assert line.rstrip().endswith("q quit")


@pytest.mark.parametrize("width", [40, 80, 120])
async def test_a_click_does_what_stands_there(width: int) -> None:
    """Each shown hint can be clicked on its key and on its label; the gap between both ends does nothing."""
    app = Footer()
    async with app.run_test(size=(width, 3)) as pilot:
        await pilot.pause()
        line = screen_says(app).splitlines()[0]
        wanted = []
        for hint in (*FIRST, *LAST):
            text = f"{hint.key} {hint.label}"
            if text in line:
                wanted += [hint.action] * 2
                await pilot.click("#hints", offset=(line.index(text), 0))
                await pilot.click("#hints", offset=(line.index(text) + len(text) - 1, 0))
        await pilot.click("#hints", offset=(0, 0))
        await pilot.pause()
        assert app.pressed == wanted


async def test_a_message_takes_the_whole_line() -> None:
    """What an act came to is said in place of all keys; a click takes it away and does nothing else."""
    app = Footer()
    async with app.run_test(size=(80, 3)) as pilot:
        hints = app.query_one(KeyHints)
        hints.say("It is done.", "good")
        await pilot.pause()
        assert screen_says(app).splitlines()[0].strip() == "It is done."
        await pilot.click("#hints", offset=(75, 0))
        await pilot.pause()
        assert "q quit" in screen_says(app)
        assert app.pressed == []
