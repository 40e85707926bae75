"""How the room is shared among the panes."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.ui.layout import LEAST, Layout, Room, gpu_card_size, lay_out
from ant_tui.ui.situation import Pane

rooms = st.builds(
    Room,
    width=st.integers(1, 300),
    height=st.integers(1, 100),
    gpus=st.integers(0, 16),
    pane=st.sampled_from(Pane),
    zoomed=st.booleans(),
    wish=st.sampled_from(["auto", "panes", "tabs"]),
)


@pytest.mark.parametrize("size", [(100, 24), (120, 40), (200, 60), (250, 80)])
def test_wide_screens_show_all_panes(size: tuple[int, int]) -> None:
    """At 120x40 and above nothing is hidden."""
    layout = lay_out(Room(*size, gpus=8))
    assert layout.panes == frozenset(Pane)
    assert not layout.single


@pytest.mark.parametrize("size", [(80, 24), (99, 60), (140, 23)])
def test_narrow_and_short_screens_show_one_pane_and_the_rest_in_brief(size: tuple[int, int]) -> None:
    """At 80x24 panes become tabs: the tasks, the GPUs in two lines, the last line of output."""
    layout = lay_out(Room(*size, gpus=16))
    assert layout == Layout(single=True, panes=frozenset({Pane.TASKS}), summary_rows=2, tail=True)


@pytest.mark.parametrize("size", [(39, 40), (80, 7)])
def test_screens_that_are_too_small_say_so(size: tuple[int, int]) -> None:
    """Below the least size nothing but a sentence is shown."""
    assert lay_out(Room(*size)).too_small


@pytest.mark.parametrize("pane", list(Pane))
def test_zoom_gives_one_pane_the_whole_screen(pane: Pane) -> None:
    """A zoomed pane stands alone, without summary and tail."""
    assert lay_out(Room(200, 60, gpus=8, pane=pane, zoomed=True)) == Layout(single=True, panes=frozenset({pane}))


@pytest.mark.parametrize(("wish", "single"), [("panes", False), ("tabs", True)])
def test_a_wish_decides(wish: Literal["panes", "tabs"], single: bool) -> None:
    """The setting ``screen.layout`` holds whatever the size."""
    assert lay_out(Room(80, 24, wish=wish)).single is single
    assert lay_out(Room(200, 60, wish=wish)).single is single


@settings(deadline=None)
@given(rooms)
def test_every_room_can_be_shared(room: Room) -> None:
    """The pane with the focus is always seen, and every pane that is seen has room."""
    layout = lay_out(room)
    if room.width < LEAST[0] or room.height < LEAST[1]:
        assert layout.too_small
        return
    assert room.pane in layout.panes
    if not layout.single and room.width >= 100 and room.height >= 24:
        assert 3 <= layout.gpu_rows <= room.height - 10
        assert 20 <= layout.task_columns <= room.width - 20


@settings(deadline=None)
@given(st.integers(1, 17), st.integers(20, 300), st.integers(1, 80))
def test_cards_fit_where_there_is_a_line_for_each(cards: int, width: int, height: int) -> None:
    """One to sixteen GPUs and the host find room wherever there is a line for each."""
    columns, rows = gpu_card_size(cards, width, height)
    assert 1 <= columns <= cards
    if cards <= height:
        assert -(-cards // columns) * rows <= height


@pytest.mark.parametrize(
    ("cards", "width", "height", "size"),
    [(9, 118, 12, (2, 2)), (5, 118, 12, (2, 4)), (17, 118, 12, (2, 1)), (9, 198, 20, (2, 4)), (2, 118, 12, (1, 6))],
)
def test_graphs_shrink_to_rows(cards: int, width: int, height: int, size: tuple[int, int]) -> None:
    """Few GPUs get tall graphs, many get one row each."""
    assert gpu_card_size(cards, width, height) == size
