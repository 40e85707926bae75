"""ANT's state for recovery: which tasks are taken, how, and which are left."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ant_tui.importing.ant_recovery import recovery_plan
from ant_tui.importing.plan import Plan


def state(name: object = "a", **changes: Any) -> dict[str, Any]:
    """A task as ANT writes it."""
    task = {
        "task_id": name,
        "command": f"run {name}",
        "envar": {},
        "runner_envar": {"CUDA_VISIBLE_DEVICES": "3"},
        "n_gpus": 0,
        "terminated": False,
        "_start_time": None,
        "_stop_time": None,
        "_is_running": False,
        "_is_stopped": False,
    }
    return {**task, **changes}


def session(name: str, saved_at: float, **lists: list[dict[str, Any]]) -> dict[str, Any]:
    empty: dict[str, Any] = {"queued": [], "ongoing": [], "completed": []}
    return {"session_id": name, "saved_at": saved_at, **empty, **lists}


def planned(*sessions: dict[str, Any], hidden: list[dict[str, Any]] | None = None) -> Plan:
    return recovery_plan("f", {"version": 2, "sessions": list(sessions), "hidden": hidden or []})


def test_version_1_is_one_session() -> None:
    """The older form has the same lists without sessions around them (row 244)."""
    plan = recovery_plan("f", {"version": 1, "saved_at": 5.5, "queued": [state("q")], "ongoing": [state("o")]})
    assert [(task.id, task.was, task.key) for task in plan.tasks] == [
        ("o", "interrupted", "ant:5.5:o"),
        ("q", "queued", "ant:5.5:q"),
    ]


def test_interrupted_ones_come_first_and_the_newest_session_wins() -> None:
    """The order is that in which ANT restored; an id of two sessions is that of the newer (rows 245, 248, 249)."""
    plan = planned(
        session("old", 1.0, queued=[state("x", command="old"), state("y")]),
        session("new", 2.0, queued=[state("b"), state("x", command="new")], ongoing=[state("r")]),
    )
    assert [(task.id, task.command) for task in plan.tasks] == [
        ("r", "run r"), ("b", "run b"), ("x", "new"), ("y", "run y"),
    ]  # fmt: skip
    assert [(one.what, "newer session" in one.why) for one in plan.left] == [("x", True)]


def test_what_is_over_or_hidden_is_left(tmp_path: Path) -> None:
    """Completed ones are told with the path of their log where it is still there; hidden ones are told as such."""
    log = tmp_path / "done.log"
    log.write_text("output")
    completed = [state("done", log_file_name=str(log)), state("gone", log_file_name="/nowhere")]
    plan = planned(session("s", 1.0, completed=completed), hidden=[state("h")])
    assert plan.tasks == ()
    whys = {one.what: one.why for one in plan.left}
    assert str(log) in whys["done"]
    assert "log" not in whys["gone"]
    assert "hidden" in whys["h"]


def test_variables_and_special_rows_find_their_places() -> None:
    """Directory and conda have fields of their own, values become text, what cannot be is told (rows 090-097)."""
    envar = {
        "A": 1,
        "B": True,
        "C": None,
        "D": "x } y",
        "ant_wd": "~/p",
        "ant_conda_env": "none",
        "ant_conda_env_path": "/envs/x",
        "ant_conda_path": "/opt/conda",
        "ant_n_gpus": 4,
        "ant_task_id": "[uuid]",
        "CUDA_VISIBLE_DEVICES": "0",
        "not a name": "x",
    }
    (task,) = planned(session("s", 1.0, queued=[state("a", envar=envar, n_gpus=2)])).tasks
    assert task.variables == {"A": "1", "B": "true", "D": "x } y"}
    assert (task.workdir, task.conda_env, task.conda_env_path) == ("~/p", "", "/envs/x")
    assert (task.conda_path, task.gpus, task.id) == ("/opt/conda", 2, "a")
    assert ["CUDA_VISIBLE_DEVICES" in note for note in task.notes] == [True, False]
    assert "not a name" in task.notes[1]


@pytest.mark.parametrize(
    ("name", "made"),
    [("77", "ant-77"), ("lr[0.1]", "lr(0.1)"), ("a/b", "a-slash-b"), ("[]", "[]"), ("x{y}", "x(y)")],
)
def test_ids_that_mean_something_else_here_are_changed(name: str, made: str) -> None:
    """Digits alone are numbers here and brackets are templates: the id changes, and that is told (row 038)."""
    (task,) = planned(session("s", 1.0, queued=[state(name)])).tasks
    assert (task.what, task.id) == (name, made)
    assert bool(task.notes) is (name != made)


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"command": " "}, "no command"),
        ({"command": None}, "no command"),
        ({"n_gpus": -1}, "no number of GPUs"),
        ({"n_gpus": "two"}, "no number of GPUs"),
        ({"n_gpus": None}, "no number of GPUs"),
        ({"task_id": ""}, "no id"),
        ({"task_id": "a\nb"}, "control character"),
        ({"task_id": "last"}, "last"),
    ],
)
def test_what_cannot_be_a_task_is_left_with_a_reason(changes: dict[str, Any], why: str) -> None:
    """What stopped ANT's own loop never gets here (rows 037, 067, 122)."""
    plan = planned(session("s", 1.0, queued=[state("a", **changes)]))
    assert plan.tasks == ()
    assert [why in one.why for one in plan.left] == [True]


def test_count_that_is_text_is_a_count() -> None:
    """``"4"``, as the editor's table stored it, means four GPUs (row 067)."""
    (task,) = planned(session("s", 1.0, queued=[state("a", n_gpus="4")])).tasks
    assert task.gpus == 4


@pytest.mark.parametrize("lists", [{"queued": "x"}, {"queued": [3, None, "x"]}, {"queued": [], "ongoing": {}}])
def test_damaged_lists_are_no_tasks(lists: dict[str, Any]) -> None:
    """What is no list of tasks is none."""
    assert recovery_plan("f", {"sessions": [lists, 7]}).tasks == ()
