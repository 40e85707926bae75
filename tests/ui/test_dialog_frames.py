"""What dialogs show in their very first frame, which is what they go on to show."""

from __future__ import annotations

from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.screen import ModalScreen
from textual.widgets import Label

from ant_tui.ui.dialogs.dialog import Dialog
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.widgets.hanging import Hanging


class _ByWidth(Dialog[None]):
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall"), (50, "-high")]  # noqa: RUF012
    CSS = "_ByWidth.-narrow #beside, _ByWidth.-short #below { display: none; }"

    def contents(self) -> ComposeResult:
        yield Label("always")
        yield Label("beside", id="beside")
        yield Label("below", id="below")


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Ids of the labels that any frame held."""
    seen: set[str] = set()
    render = Label.render_line

    def noting(label: Label, y: int) -> Any:
        seen.add(label.id or "always")
        return render(label, y)

    monkeypatch.setattr(Label, "render_line", noting)
    return seen


@pytest.mark.parametrize(
    ("size", "shown"),
    [
        ((80, 24), {"always"}),
        ((110, 24), {"always", "beside"}),
        ((109, 30), {"always", "below"}),
        ((160, 60), {"always", "beside", "below"}),
    ],
)
async def test_what_has_no_room_is_not_seen_for_a_moment(
    painted: set[str], size: tuple[int, int], shown: set[str]
) -> None:
    """A dialog that leaves something out on a small terminal leaves it out from its first frame on."""
    app: App[None] = App()
    async with app.run_test(size=size) as pilot:
        screen: ModalScreen[None] = _ByWidth("title")
        await app.push_screen(screen)
        await pilot.pause()
        assert painted == shown


async def test_a_long_text_is_broken_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its lines do not change when it turns out that they need a scrollbar."""
    widths: set[int] = set()
    render = Hanging.render_strips

    def noting(hanging: Hanging, width: int, *rest: Any) -> Any:
        widths.add(width)
        return render(hanging, width, *rest)

    monkeypatch.setattr(Hanging, "render_strips", noting)
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(TextDialog("title", [("key", "some words " * 20)] * 30))
        await pilot.pause()
        assert len(widths) == 1
