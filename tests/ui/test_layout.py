"""How the room is shared among the panes."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from ant_tui.ui.layout import LEAST, Layout, Room, gpu_card_size, lay_out, resized_gpus, resized_tasks
from ant_tui.ui.situation import Pane

rooms = st.builds(
    Room,
    width=st.integers(1, 300),
    height=st.integers(1, 100),
    gpus=st.integers(0, 16),
    pane=st.sampled_from(Pane),
    zoomed=st.booleans(),
    wish=st.sampled_from(["auto", "panes", "tabs"]),
    gpu_share=st.none() | st.floats(0, 1),
    task_share=st.none() | st.floats(0, 1),
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
    [
        (9, 118, 12, (2, 2)), (5, 118, 12, (2, 4)), (17, 118, 12, (2, 1)), (9, 198, 20, (2, 4)), (2, 118, 12, (1, 6)),
        (2, 198, 56, (2, 56)),
    ],
)  # fmt: skip
def test_graphs_shrink_to_rows(cards: int, width: int, height: int, size: tuple[int, int]) -> None:
    """Few GPUs get tall graphs, many get one row each."""
    assert gpu_card_size(cards, width, height) == size


@settings(deadline=None)
@given(
    st.integers(100, 250),
    st.integers(24, 80),
    st.integers(0, 16),
    st.none() | st.floats(0, 1),
    st.sampled_from([1, -1]),
)
def test_the_gpus_grow_and_shrink_by_a_step_until_there_is_no_room(
    width: int, height: int, gpus: int, share: float | None, sign: int
) -> None:
    """Each step makes the GPU pane taller (or lower), until it has all that the other panes can spare (or needs)."""
    room = Room(width, height, gpus=gpus, gpu_share=share)
    rows = lay_out(room).gpu_rows
    for _ in range(height):
        bigger = replace(room, gpu_share=resized_gpus(room, sign))
        now = lay_out(bigger).gpu_rows
        if now == rows:
            assert bigger.gpu_share == room.gpu_share
            break
        assert (now - rows) * sign > 0
        assert now <= height - 10
        room, rows = bigger, now
    else:
        raise AssertionError("there is always an end")


@settings(deadline=None)
@given(st.integers(100, 250), st.none() | st.floats(0, 1), st.integers(-80, 80))
def test_the_border_beside_the_tasks_moves_within_bounds(width: int, share: float | None, steps: int) -> None:
    """By four columns a step, and both panes keep the room that they need."""
    room = Room(width, 40, gpus=4, task_share=share)
    before = lay_out(room).task_columns
    after = lay_out(replace(room, task_share=resized_tasks(room, steps))).task_columns
    assert 24 <= after <= width - 24
    assert abs(after - before - 4 * steps) <= 1 or after in (24, width - 24)


def test_a_remembered_size_gives_way_to_a_small_window() -> None:
    """What was wanted on a large screen is cut on a small one, and holds again when it grows."""
    wanted = Room(200, 60, gpus=4, gpu_share=0.7, task_share=0.9)
    large = lay_out(wanted)
    small = lay_out(replace(wanted, width=100, height=24))
    assert large.gpu_rows > 30
    assert small.gpu_rows <= 24 - 13
    assert small.task_columns <= 100 - 24
    assert lay_out(wanted) == large
