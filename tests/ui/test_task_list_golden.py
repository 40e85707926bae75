"""What filter, orders, columns and the questions about many tasks look like."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.widgets import Input

from tests.ui.apps import until
from tests.ui.fake_client import busy_machine
from tests.ui.test_app_golden import opened, settled, shown

Golden = Callable[[App[Any], str], None]


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing moves, and nothing of this machine is seen."""
    monkeypatch.setenv("TEXTUAL_ANIMATIONS", "none")
    monkeypatch.setattr("ant_tui.ui.app.glyphs_for", lambda wish, encoding: "braille")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize(
    ("name", "action", "keys"),
    [
        ("sort", "list.sort", ()),
        ("columns", "list.columns", ("down", "J")),
        ("copy", "task.copy", ()),
        ("tags", "task.tag", ()),
        ("export", "task.export", ()),
        ("retry_many", "task.retry", ()),
    ],
)
async def test_dialogs(
    name: str, action: str, keys: tuple[str, ...], size: tuple[int, int], tmp_path: Path, golden: Golden
) -> None:
    """The question over the screen that it is about."""
    async with shown(busy_machine(tmp_path), size) as (app, pilot):
        await pilot.press("shift+down", "shift+down")
        await settled(app, pilot)  # nobody waits for what is painted behind a dialog
        app.main.action_act(action)
        await opened(app, pilot)
        await pilot.press(*keys)
        await settled(app, pilot)
        golden(app, f"{name}_{size[0]}x{size[1]}_dark")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
@pytest.mark.parametrize(("name", "text"), [("filter", "state:q"), ("filter_nothing", "qqq"), ("filter_wrong", "q:1")])
async def test_filter(name: str, text: str, size: tuple[int, int], tmp_path: Path, golden: Golden) -> None:
    """The bar below the list, with something found, with nothing, and with a mistake."""
    async with shown(busy_machine(tmp_path), size) as (app, pilot):
        await app.main.filtering.open()
        field = app.main.query_one("#filter Input", Input)
        field.cursor_blink = False
        field.value = text
        if name == "filter_wrong":
            await until(pilot, lambda: app.main.hints.message, "the sentence")
        else:
            await until(pilot, lambda: app.main.filtering.filter.text == text, "the filter")
        await settled(app, pilot)
        golden(app, f"{name}_{size[0]}x{size[1]}_dark")
