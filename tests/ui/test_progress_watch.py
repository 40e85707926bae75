"""How far running tasks say that they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from ant_tui.ui.progress_watch import ProgressWatch
from ant_tui.ui.task_cells import TaskProgress


def test_logs_say_how_far_tasks_are(tmp_path: Path) -> None:
    """A percentage and, where the output says so, the time that is left."""
    (tmp_path / "a").write_text("\r 41%|####      | 41/100 [02:13<03:11, 3.1it/s]")
    (tmp_path / "b").write_text("hello\n")
    watch = ProgressWatch()
    logs = [(1, str(tmp_path / "a")), (2, str(tmp_path / "b")), (3, str(tmp_path / "none"))]
    assert watch.look(logs) == {1}
    assert watch.known == {1: TaskProgress(0.41, "41% ~3m")}


def test_a_log_that_did_not_grow_is_not_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Looking again costs one question about the file's size."""
    log = tmp_path / "a"
    log.write_text("step 10/100\n")
    watch = ProgressWatch()
    watch.look([(1, str(log))])
    read: list[str] = []
    monkeypatch.setattr("ant_tui.ui.progress_watch._read", lambda path, length: read.append(path))
    assert watch.look([(1, str(log))]) == set()
    assert read == []
    log.write_text("step 10/100\nnothing more\n")
    assert watch.look([(1, str(log))]) == {1}
    assert (read, watch.known) == ([str(log)], {})


def test_tasks_that_are_not_looked_at_are_forgotten(tmp_path: Path) -> None:
    """What scrolled out of view or ended takes no memory, and is read anew when it comes back."""
    log = tmp_path / "a"
    log.write_text("step 10/100\n")
    watch = ProgressWatch()
    watch.look([(1, str(log))])
    assert watch.look([]) == set()
    assert watch.known == {}
    assert watch.look([(1, str(log))]) == {1}
