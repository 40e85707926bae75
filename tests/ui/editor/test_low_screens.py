"""The editor on screens that are too low or too narrow for all of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.geometry import Region
from textual.widget import Widget

from ant_tui.ui.editor.preview_view import PreviewView
from ant_tui.ui.editor.segments import Segments
from tests.ui.apps import LivePilot, screen_says
from tests.ui.editor.test_screen import editor, here

__all__ = ["here"]

LOW = [(80, 21), (80, 18), (60, 16), (40, 10), (120, 18), (120, 12)]
"""Columns and rows."""


def seen(widget: Widget) -> Region:
    """What is seen of a widget."""
    shown = widget.screen._compositor.visible_widgets.get(widget)
    return widget.region.intersection(shown[1]) if shown is not None else Region()


def seen_with_the_focus(hands: LivePilot) -> bool:
    focused = hands.app.focused
    return focused is not None and seen(focused).area > 0


@pytest.mark.parametrize("size", LOW)
async def test_tab_leads_to_nothing_unseen(tmp_path: Path, size: tuple[int, int]) -> None:
    """The page goes along with the focus, there and back."""
    async with editor(tmp_path, size=size) as (hands, open_):
        for key in ("tab", "shift+tab"):
            visited = []
            while open_.command not in visited:
                await hands.press(key)
                visited.append(hands.app.focused)
                await hands.until(lambda: seen_with_the_focus(hands), f"{hands.app.focused} on the screen")
            assert len(visited) > 12


@pytest.mark.parametrize("size", LOW)
async def test_a_refusal_is_seen(tmp_path: Path, size: tuple[int, int]) -> None:
    """ctrl+s says why not, wherever that stands: no command, one that is wrong, a field that is wrong."""
    async with editor(tmp_path, size=size) as (hands, open_):
        await hands.press("ctrl+s")
        await hands.until_shown("There is no command yet.")
        open_.put("python a_model_with_a_long_name.py --message don't --and more")
        await hands.press("ctrl+s")
        await hands.until_shown("line 1, column")
        await hands.until_shown("closed.")
        await hands.until(lambda: open_.command.has_focus, "the command")
        open_.put("true", gpus="99")
        open_.screen.query_one("#pty").focus()
        await hands.until(lambda: seen_with_the_focus(hands), "the field")
        await hands.press("ctrl+s")
        await hands.until(lambda: open_.field("gpus").has_focus and seen_with_the_focus(hands), "the field")
        await hands.until_shown("GPUs: 99 GPUs")
        assert hands.tasks == {}


async def test_what_is_wrong_with_the_last_field_in_view_is_seen(tmp_path: Path) -> None:
    """The page goes as far as the reason below the field, not only to the field."""
    async with editor(tmp_path, size=(40, 10)) as (hands, open_):
        open_.put("true", output="/nowhere/x")
        await hands.until_shown("/nowhere/x")
        await hands.press("ctrl+s")
        await hands.until_shown("make it first")
        await hands.until(lambda: open_.field("output").has_focus and seen_with_the_focus(hands), "the field")


@pytest.mark.parametrize("size", [(80, 18), (80, 21)])
async def test_field_and_preview_are_seen_together(tmp_path: Path, size: tuple[int, int]) -> None:
    """A row that says what is wrong does not take the last line of the preview."""
    async with editor(tmp_path, size=size) as (hands, open_):
        open_.put("echo {sweep lr 1 2}", id="same")
        await hands.press("ctrl+s")
        await hands.until_shown("must be unique")
        await hands.until_shown("Nothing can be queued yet: 1 problem.")
        assert seen(open_.screen.query_one(PreviewView)).height >= 2


async def test_who_writes_on_sees_it(tmp_path: Path) -> None:
    """Where the page went to the reason, the next key brings the command back."""
    async with editor(tmp_path, size=(40, 10)) as (hands, open_):
        await hands.press("ctrl+s")
        await hands.until_shown("There is no command yet.")
        await hands.until(lambda: not seen(open_.command), "the page to move")
        await hands.write("t")
        await hands.until(lambda: seen(open_.command).area > 0, "the command")
        assert open_.command.text == "t"


async def test_it_opens_at_its_beginning(tmp_path: Path) -> None:
    """The first thing that is seen is the first line, not wherever the focus would be in the middle."""
    async with editor(tmp_path, size=(40, 10)) as (hands, open_):
        open_.put("true")
        panel = open_.screen.query_one("#panel", Segments)
        await hands.until(lambda: "would be queued" in str(panel.render()), "the answer")
        assert screen_says(hands.app).splitlines()[1].startswith("┃ [Single]")


async def test_every_field_has_room_on_a_narrow_screen(tmp_path: Path) -> None:
    """At 40 columns each field has a row to itself."""
    async with editor(tmp_path, size=(40, 30)) as (_, open_):
        for name in ("id", "gpus", "workdir", "output", "tags", "conda", "gpu_ids", "exclude", "priority"):
            assert open_.field(name).size.width >= 20, name
