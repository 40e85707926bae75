"""The end of a task's output in the page about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ant_tui.core.task import TaskState
from ant_tui.ui.last_lines import last_lines
from tests.ui.apps import app_for, screen_says, until
from tests.ui.fake_client import FakeClient


def test_the_last_lines_are_those_that_one_would_see(tmp_path: Path) -> None:
    """Row 193: so many lines at most, bars in their last state, without colours."""
    log = tmp_path / "log"
    log.write_bytes(b"one\n\x1b[31mtwo\x1b[0m\n\n10%\r20%\n")
    assert last_lines(str(log), 3) == [
        ("", ""), ("", "Its last 3 lines of output"), (" ", "two"), (" ", " "), (" ", "20%"),
    ]  # fmt: skip
    assert last_lines(str(log), 1)[1:] == [("", "Its last line of output"), (" ", "20%")]


@pytest.mark.parametrize("content", [None, b"", b"\n\n"])
def test_without_output_there_is_nothing(tmp_path: Path, content: bytes | None) -> None:
    """No log, an empty one, a task that has not started: no rows, and no error."""
    log = tmp_path / "log"
    if content is not None:
        log.write_bytes(content)
    assert last_lines(str(log), 5) == last_lines("", 5) == []


def test_a_log_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    """The sentence stands where the lines would."""
    (rows,) = [rows for rows in last_lines(str(tmp_path), 5) if rows[1]]
    assert rows[0] == "output"
    assert "is not a file" in rows[1]


async def test_running_and_ended_tasks_have_their_own_number_of_lines(tmp_path: Path) -> None:
    """Row 188: W shows output.live_lines of a running task and output.preview_lines of one that has ended."""
    client = FakeClient(jobs_dir=str(tmp_path))
    client.has_gpus(1)
    number = client.run("train", 0)
    (tmp_path / f"{number}.1").mkdir()
    (tmp_path / f"{number}.1" / "output.log").write_text("".join(f"line {n}\n" for n in range(100)))
    app = app_for(client)
    async with app.run_test(size=(120, 90)) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
        for ended, words in ((False, "Its last 20 lines of output"), (True, "Its last 50 lines of output")):
            if ended:
                client.end(number, TaskState.COMPLETED)
            app.main.table.move_to(number)
            await pilot.press("w")
            await until(pilot, lambda words=words: words in screen_says(app), words)  # type: ignore[misc]
            await pilot.press("q")
            await until(pilot, lambda: app.screen is app.main)
