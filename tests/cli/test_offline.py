"""Verbs that read the data directory where no scheduler runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ant_tui.core import events as ev
from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.journal.journal import Journal
from tests.cli.conftest import Run

ENDED_AT = 1_795_255_275.0


def submitted(number: int, name: str, gpus: int = 0, held: bool = False) -> ev.TaskSubmitted:
    spec = TaskSpec(command=f"echo {name}", workdir="/tmp", resources=ResourceRequest(gpus=gpus))
    return ev.TaskSubmitted(at=ENDED_AT - 100, number=number, id=name, spec=spec, held=held)


@pytest.fixture
def recorded(data_dir: Path) -> Path:
    """A data directory with an ended, a held and a waiting task; returns the log of the first."""
    journal, _ = Journal.open(data_dir / "journal", on_durable=lambda seq: None, on_failure=lambda failure: None)
    journal.append(
        [
            submitted(1, "done"),
            ev.TaskStarting(at=ENDED_AT - 75, number=1, attempt=1),
            ev.TaskStarted(at=ENDED_AT - 75, number=1, attempt=1, pid=99, pid_start=1, boot_id="b"),
            ev.TaskEnded(at=ENDED_AT, number=1, state=TaskState.FAILED, exit_code=3, detail="exit code 3"),
            submitted(2, "waits", gpus=2),
            submitted(3, "held", held=True),
        ]
    )
    journal.close()
    log = data_dir / "jobs" / "1.1" / "output.log"
    log.parent.mkdir(parents=True)
    log.write_text("printed\n")
    return log


@pytest.mark.usefixtures("recorded")
class TestReading:
    def test_queue_is_read(self, run: Run, data_dir: Path) -> None:
        """``queue`` shows what was recorded, and says on stderr that nobody runs."""
        result = run("queue")
        assert result.code == 0
        assert [line.split()[1] for line in result.out.splitlines()] == ["ID", "waits", "held", "done"]
        assert "failed (exit 3)" in result.out
        assert str(data_dir) in result.err

    def test_json_is_the_same_document(self, run: Run) -> None:
        """Programs get the document that a scheduler would have sent; times and states are those of the journal."""
        document = json.loads(run("queue", "--json", "--state", "failed").out)
        assert document["schema"] == 1
        (task,) = document["tasks"]
        assert (task["state"], task["exit_code"], task["finished_at"]) == ("failed", 3, "2026-11-21T10:01:15.000Z")

    def test_that_nobody_looks_at_gpus_is_no_refusal(self, run: Run) -> None:
        """A task that wants GPUs waits for resources, and for somebody who looks; it is not impossible."""
        (task,) = json.loads(run("show", "waits", "--json").out)["tasks"]
        assert task["reason"] == "Resources"
        assert "no scheduler runs" in run("explain", "waits").out
        assert "Held" in run("explain", "held").out

    def test_show_and_history_are_read(self, run: Run) -> None:
        """``show`` and ``history`` know what was recorded; unknown names are unknown."""
        assert "exit code   3" in run("show", "done").out
        assert "done" in run("history", "--failed").out
        result = run("show", "nobody")
        assert result.code == 4
        assert "nobody" in result.err
        assert run("show", "done", "-q").err == ""

    def test_output_is_read(self, run: Run, recorded: Path) -> None:
        """``logs``, also with ``-f`` for a task that has ended, needs no scheduler."""
        assert run("logs", "done").out == "printed\n"
        assert run("logs", "done", "-f").out == "printed\n"
        assert run("logs", "@", "--path").code == 5
        assert run("logs", "1", "--path").out == f"{recorded}\n"

    def test_end_of_a_waiting_task_cannot_be_followed(self, run: Run) -> None:
        """``-f`` on a task that has not ended needs somebody who tells its end."""
        result = run("logs", "waits", "-f")
        assert result.code == 3
        assert "ant-tui --no-ui --daemon" in result.err

    def test_verbs_that_change_do_not_touch_it(self, run: Run) -> None:
        """Nothing is changed without a scheduler."""
        assert run("cancel", "waits").code == 3
        assert run("forget", "done").code == 3


def test_nothing_recorded_is_an_empty_queue(run: Run, data_dir: Path) -> None:
    """A data directory that is not there yet is an empty one, and stays unmade."""
    data_dir.rmdir()
    assert json.loads(run("queue", "--json").out)["tasks"] == []
    assert run("history").code == 0
    assert run("show", "1").code == 4
    assert not data_dir.exists()


def test_damage_is_told(run: Run, data_dir: Path, recorded: Path) -> None:
    """What cannot be read of the journal is told on stderr; the rest is shown."""
    (segment,) = (data_dir / "journal").glob("*.jsonl")
    lines = segment.read_bytes().splitlines(keepends=True)
    segment.write_bytes(b"".join(lines[:-1]) + lines[-1][:-5])
    result = run("queue")
    assert result.code == 0
    assert len(result.err.splitlines()) > 1
    assert "waits" in result.out
