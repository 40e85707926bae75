"""``gpus``: the table, and the switches."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, outcome


def gpu(index: int, **changes: Any) -> dict[str, Any]:
    document: dict[str, Any] = {
        "index": index,
        "uuid": f"GPU-{index}",
        "name": "H200",
        "state": "free",
        "detail": "",
        "task_ids": [],
        "enabled": True,
        "utilization": None,
        "memory_used": None,
        "memory_total": None,
        "power_w": None,
        "power_limit_w": None,
        "temperature_c": None,
        "processes": [],
        "external": None,
    }
    return document | changes


def test_table_shows_holder_metrics_and_foreign_users(run: Run, fake: FakeScheduler) -> None:
    """Each GPU tells state, load, memory, power, temperature, its tasks, and who else is on it (row 333)."""
    busy = gpu(
        0,
        state="busy",
        task_ids=["train"],
        utilization=0.934,
        memory_used=21 << 30,
        memory_total=140 << 30,
        power_w=350.4,
        power_limit_w=700.0,
        temperature_c=61.0,
        processes=[{"pid": 1, "user": "me", "memory": 1, "task_id": "train"}],
    )
    eve = {"pid": 99, "user": "eve", "memory": 1, "task_id": None}
    idle = {"pid": 98, "user": "", "memory": 1, "task_id": None, "ignored": True}
    taken = gpu(1, state="external", processes=[eve, idle])
    lost = gpu(2, state="lost", detail="fallen off the bus")
    fake.answers["gpus"] = {"gpus": [busy, taken, lost], "reason": "", "removed": ["GPU-3"], "schema": 1}
    result = run("gpus")
    lines = [line.split() for line in result.out.splitlines()]
    assert lines[0] == ["GPU", "STATE", "LOAD", "MEMORY", "POWER", "TEMP", "NAME", "TASKS"]
    assert lines[1] == ["0", "busy", "93%", "21.0/140", "GiB", "350/700", "W", "61", "C", "H200", "train"]
    assert lines[2][:7] == ["1", "external", "-", "-", "-", "-", "H200"]
    assert " ".join(lines[2][7:]) == "eve: process 99; somebody: process 98 (ignored)"
    assert lines[3] == ["2", "lost", "-", "-", "-", "-", "H200", "fallen", "off", "the", "bus"]
    assert "GPU-3" in result.err


def test_no_gpu_is_explained(run: Run, fake: FakeScheduler) -> None:
    """Without a GPU the driver's reason is told, and the code is 0: that is the answer."""
    fake.answers["gpus"] = {"gpus": [], "reason": "There is no driver.", "removed": [], "schema": 1}
    result = run("gpus")
    assert (result.code, result.out, result.err) == (0, "", "No GPU: There is no driver.\n")


def test_json_is_passed_through(run: Run, fake: FakeScheduler) -> None:
    """``--json`` is the socket's result unchanged."""
    fake.answers["gpus"] = {"gpus": [gpu(0)], "reason": "", "removed": [], "driver": "x", "schema": 1}
    assert json.loads(run("gpus", "--json").out) == fake.answers["gpus"]


@pytest.mark.parametrize("action", ["enable", "disable", "add", "remove"])
def test_switches_take_indices_ranges_and_uuids(run: Run, fake: FakeScheduler, action: str) -> None:
    """Every GPU that was named is sent, and each is reported (rows 151, 335)."""
    fake.answers[f"gpus_{action}"] = {"results": [outcome("0")], "schema": 1}
    assert run("gpus", action, "0,2-3", "GPU-a").code == 0
    assert fake.last == (f"gpus_{action}", {"gpus": ["0", "2", "3", "GPU-a"]})


@pytest.mark.parametrize(
    ("words", "said"),
    [(["enabel", "0"], "did you mean enable?"), (["disable"], "Which GPUs?"), (["0"], "enable, disable")],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    result = run("gpus", *words)
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err


def test_ignoring_takes_process_numbers_and_users(run: Run, fake: FakeScheduler) -> None:
    """``gpus ignore 31337 alice`` names a process and a user; without a name it says what to write."""
    fake.answers["gpus_ignore"] = {"results": [outcome("31337"), outcome("alice")]}
    assert run("gpus", "ignore", "31337", "alice").code == 0
    assert fake.last == ("gpus_ignore", {"pids": [31337], "users": ["alice"]})
    refused = run("gpus", "unignore")
    assert refused.code == 2
    assert "ant-tui gpus unignore alice" in refused.err
