"""Pages to read: what changes while somebody reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App
from textual.containers import VerticalScroll

from ant_tui.api.schema import Submission, Submit
from ant_tui.core.task import TaskState
from ant_tui.ui.dialogs import text as text_dialog
from ant_tui.ui.dialogs.text import Rows, TextDialog
from tests.ui.apps import live, screen_says, until


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


async def test_all_about_a_task_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``w`` on a running task tells its end when it comes, without being asked again."""
    monkeypatch.setattr(text_dialog, "_AGAIN_S", 0.1)
    async with live(tmp_path / "data") as hands:
        command = "while [ ! -e go ]; do sleep 0.02; done; echo the end"
        await hands.client.call("submit", Submit((Submission(command=command, workdir=str(tmp_path), id="one"),)))
        await hands.until_state("one", TaskState.RUNNING)
        await hands.select("one")
        await hands.press("w")
        await hands.until_shown("It has been running for ")
        (tmp_path / "go").touch()
        await hands.until_shown("It completed after ")
        await hands.until_shown("Its last line of output")
        await hands.until_shown("the end")
