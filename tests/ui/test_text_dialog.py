"""Pages to read: what changes while somebody reads them."""

from __future__ import annotations

import pytest
from textual.app import App
from textual.containers import VerticalScroll

from ant_tui.ui.dialogs import text as text_dialog
from ant_tui.ui.dialogs.text import Rows, TextDialog
from tests.ui.apps import screen_says, until


class Counting:
    """Rows that are others whenever they are asked for."""

    def __init__(self) -> None:
        self.asked = 0

    async def rows(self) -> Rows:
        self.asked += 1
        return [("", f"It has been running for {self.asked}s."), *([("line", "of output")] * 60)]


async def test_a_page_goes_on_with_what_it_tells(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is asked for again stands in the place of what stood there; nobody is scrolled away from where they read."""
    monkeypatch.setattr(text_dialog, "_AGAIN_S", 0.1)
    app: App[None] = App()
    told = Counting()
    async with app.run_test(size=(80, 24)) as pilot:
        dialog = TextDialog("title", await told.rows(), again=told.rows)
        await app.push_screen(dialog)
        await until(pilot, lambda: "running for 1s" not in screen_says(app) and "running for" in screen_says(app))
        await pilot.press("down", "down")
        page = dialog.query_one(VerticalScroll)
        await until(pilot, lambda: page.scroll_offset.y == 2)
        asked = told.asked
        await until(pilot, lambda: told.asked > asked + 2)
        assert page.scroll_offset.y == 2
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is not dialog)
