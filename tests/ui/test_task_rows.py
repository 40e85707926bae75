"""What the rows of the task table say."""

from __future__ import annotations

from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.config import Settings
from ant_tui.config.schema import Column
from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.ui.looks import LOOKS, STYLES
from ant_tui.ui.task_cells import ABOUT, COLUMNS, TaskProgress, cells_of, columns_for
from ant_tui.ui.task_listing import TaskListing
from ant_tui.ui.task_rows import TaskRows
from ant_tui.ui.widgets.table_rows import Cell
from tests.ui.fake_client import NOW, FakeClient, busy_machine

NAMES = Settings().screen.columns
ALL = tuple(COLUMNS[name] for name in NAMES)


def rows_of(client: FakeClient, **more: Any) -> TaskRows:
    return TaskRows(client, TaskListing().arrange(client.state, NOW), ALL, NOW, **more)


def words(cell: Cell) -> str:
    return cell if isinstance(cell, str) else "".join(text for text, _ in cell)


def row(rows: TaskRows, number: int) -> list[str]:
    """The cells of one task, as text."""
    place = rows.index_of(number)
    assert place is not None
    return [words(cell) for cell in rows.cells(place)]


@pytest.mark.parametrize(
    ("number", "cells"),
    [
        (4, ["4", "llama-ft", "► running", "0,1", "", "2h 14m",
             "torchrun --nproc 2 train.py --model llama-8b --lr 3e-4"]),
        (6, ["6", "whisper-eval", "◌ completing", "3", "being ended", "5m 00s", "python evaluate.py whisper-large"]),
        (8, ["8", "moe-eval", "· queued", "×4", "behind moe-pretrain (task 7)", "1h 21m", "python evaluate.py moe"]),
        (9, ["9", "tokenise", "‖ held", "–", "", "30s",
             "sh tokenise.sh /data/raw | gzip > /data/tokens.gz"]),
        (3, ["3", "clip-bs512", "✗ failed", "2", "exit code 1", "41s", "python clip.py --batch 512"]),
        (2, ["2", "debug", "⊘ cancelled", "1", "", "10m 00s", "true"]),
        (1, ["1", "vit-base", "✓ completed", "0", "", "1h 01m", "python train.py --model vit-b16"]),
    ],
)  # fmt: skip
def test_a_row_says_what_a_task_does_and_why(number: int, cells: list[str]) -> None:
    """Number, id, state by glyph and word, GPUs, progress or reason, time, command."""
    assert row(rows_of(busy_machine()), number) == cells


def test_why_does_not_repeat_what_stands_beside_it() -> None:
    """The state says held and cancelled already, the heading says that the queue is paused."""
    client = FakeClient()
    client.submit("one")
    client.end(client.submit("two"), TaskState.CANCELLED, detail="cancelled before its start")
    client.end(client.submit("three"), TaskState.CANCELLED, detail="cancelled, ended by SIGTERM")
    client.happens(ev.QueuePaused)
    rows = rows_of(client)
    assert [row(rows, number)[4] for number in (1, 2, 3)] == ["queue paused", "before its start", "ended by SIGTERM"]


def test_every_column_of_the_settings_can_be_shown() -> None:
    """Settings, columns and what is said about them name the same; the further ones say what the task has."""
    assert set(get_args(Column)) == set(COLUMNS) == set(ABOUT)
    client = FakeClient()
    client.submit("one")
    client.happens(ev.TaskTagged, number=1, tags=("night", "abl"))
    columns = tuple(COLUMNS[name] for name in ("priority", "tags", "folder"))
    rows = TaskRows(client, TaskListing().arrange(client.state, NOW), columns, NOW)
    assert row(rows, 1) == ["10", "night abl", "/home/bo"]


def test_neighbouring_gpus_are_written_together() -> None:
    """Eight GPUs have room in a few cells."""
    client = FakeClient()
    client.has_gpus(12)
    client.run("a", 0, 1, 2, 3)
    client.run("b", 4, 5)
    client.run("c", 6, 8, 9, 10, 11)
    rows = rows_of(client)
    assert [row(rows, number)[3] for number in (1, 2, 3)] == ["0-3", "4,5", "6,8-11"]


def test_numbers_of_any_length_have_room() -> None:
    """The column of the numbers grows with them."""
    for largest, width in ((7, 2), (99, 2), (100, 3), (123_456, 6)):
        assert columns_for(("number", "id"), 80, largest)[0].width == width


def test_progress_is_a_bar_and_words() -> None:
    """Where a running task says how far it is, a small bar shows it."""
    rows = rows_of(busy_machine(), progress={4: TaskProgress(0.5, "50% ~9:00"), 5: TaskProgress(None, "warming up")})
    assert row(rows, 4)[4] == "███░░░ 50% ~9:00"
    assert row(rows, 5)[4] == "warming up"


def test_without_utf8_nothing_but_ascii_is_drawn() -> None:
    """On a terminal without UTF-8 states and bars are drawn with ASCII."""
    rows = rows_of(busy_machine(), progress={4: TaskProgress(0.5, "50%")}, ascii_only=True)
    for number in (1, 2, 3, 4, 6, 7):
        assert row(rows, number)[2].isascii()
    assert row(rows, 4)[4] == "###... 50%"


def test_every_state_has_a_look_of_its_own_style() -> None:
    """No state is told by colour alone, and every style that is used is known."""
    assert set(LOOKS) == set(TaskState)
    assert all(look.glyph and look.ascii.isascii() and len(look.word) <= 11 for look in LOOKS.values())
    assert {look.style for look in LOOKS.values()} <= set(STYLES)
    assert len({(look.glyph, look.word) for look in LOOKS.values()}) == len(LOOKS)


def test_rows_change_their_version_when_and_only_when_they_say_something_else() -> None:
    """Time passes for what runs; what waits and what has ended stands still from second to second."""
    client = busy_machine()
    rows = rows_of(client)
    before = {number: rows.version(rows.index_of(number) or 0) for number in (5, 7, 1)}
    rows.refresh(NOW + 1)
    after = {number: rows.version(rows.index_of(number) or 0) for number in (5, 7, 1)}
    assert before[5] != after[5]
    assert (before[7], before[1]) == (after[7], after[1])


def test_only_rows_that_are_looked_at_are_described(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of any length costs what is seen of it."""
    import ant_tui.ui.task_rows as module

    described: list[int] = []

    def counting(task: Any, *rest: Any) -> Any:
        described.append(task.number)
        return cells_of(task, *rest)

    monkeypatch.setattr(module, "cells_of", counting)
    client = FakeClient()
    for _ in range(500):
        client.submit()
    rows = rows_of(client)
    for _ in range(3):
        rows.cells(7)
        rows.version(7)
    assert described == [7]


def test_a_task_that_was_forgotten_leaves_an_empty_row_until_the_next_order() -> None:
    """Between two orders a row may have lost its task; that is no error."""
    client = busy_machine()
    rows = rows_of(client)
    client.happens(ev.TaskForgotten, number=1)
    rows.refresh(NOW)
    assert rows.cells(rows.index_of(1) or 0) == ()


@settings(deadline=None)
@given(st.integers(0, 250), st.permutations(list(COLUMNS)))
def test_columns_keep_their_wanted_order_at_every_width(width: int, names: list[str]) -> None:
    """Narrow tables have fewer columns, never other ones, and never none."""
    chosen = [column.key for column in columns_for(names, width)]
    assert chosen == [name for name in names if name in chosen]
    assert {"number", "id", "state"} <= set(chosen)


def test_columns_are_left_out_in_the_order_of_their_worth() -> None:
    """The command goes first, then GPUs, time, progress."""
    widths = [len(columns_for(NAMES, width)) for width in (200, 79, 59, 47, 30)]
    assert widths == [7, 6, 5, 4, 3]
    assert [column.key for column in columns_for(("id", "nonsense"), 100)] == ["id"]
