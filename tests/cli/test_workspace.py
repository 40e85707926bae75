"""``env``: the workspace of variables, and the slots."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from ant_tui.client.connection import connect
from ant_tui.errors import UsageError
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, error
from tests.service import ant_tui, environment, running


def slot(number: int, name: str = "", **values: Any) -> dict[str, Any]:
    saved_at = "2026-11-21T10:00:00.000Z" if values else None
    return {"slot": number, "name": name, "empty": not values, "values": values, "saved_at": saved_at}


def workspace(*slots: dict[str, Any], **values: Any) -> dict[str, Any]:
    return {"values": values, "slots": list(slots) or [slot(1), slot(2)], "schema": 1}


@pytest.fixture(autouse=True)
def answering(fake: FakeScheduler) -> None:
    names = ("env", "env_set", "env_slot_save", "env_slot_load", "env_slot_rename", "env_slot_clear")
    fake.answers |= dict.fromkeys(names, workspace())


def test_workspace_is_shown_as_it_is_typed(run: Run, fake: FakeScheduler) -> None:
    """Each variable is a line; a text that looks like a number has quotes, a number has none (row 101)."""
    fake.answers["env"] = workspace(LR=0.1, NAME="x y", VERSION="3", ant_conda_env=None, API_KEY="********")
    result = run("env")
    assert [line.split(None, 1) for line in result.out.splitlines()] == [
        ["NAME", "VALUE"],
        ["LR", "0.1"],
        ["NAME", "x y"],
        ["VERSION", '"3"'],
        ["ant_conda_env", "null"],
        ["API_KEY", "********"],
    ]
    assert json.loads(run("env", "--json").out) == fake.answers["env"]


@pytest.mark.parametrize("words", [("env",), ("env", "slot", "list")], ids=" ".join)
def test_secrets_are_shown_when_asked_for(run: Run, fake: FakeScheduler, words: tuple[str, ...]) -> None:
    """Only ``--secrets`` asks for the values that look secret (row 106)."""
    run(*words)
    assert fake.last == ("env", {})
    run(*words, "--secrets", "--json")
    assert fake.last == ("env", {"secrets": True})


def test_empty_workspace_says_how_to_fill_it(run: Run) -> None:
    """An empty answer is no data, but a hint."""
    result = run("env")
    assert (result.code, result.out) == (0, "")
    assert "ant-tui env set NAME=VALUE" in result.err


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("A=3", 3),
        ('A="3"', "3"),
        ("A='3'", "3"),
        ("A=true", True),
        ("A=null", None),
        ("A=", ""),
        ("A=x=y", "x=y"),
        ('A={"k": [1]}', {"k": [1]}),
        ("A=1.5e3", 1500.0),
        ("A=[uuid]", "[uuid]"),
    ],
)
def test_values_are_typed_as_in_the_editor(run: Run, fake: FakeScheduler, word: str, value: object) -> None:
    """Quoted is text, JSON is what it says, everything else is text (row 101)."""
    assert run("env", "set", word).code == 0
    assert fake.last == ("env_set", {"values": {"A": value}})


def test_several_are_set_and_unset_at_once(run: Run, fake: FakeScheduler) -> None:
    """One request for all, so that all hold or none."""
    run("env", "set", "A=1", "B=x")
    run("env", "unset", "A", "B")
    assert fake.requests == [("env_set", {"values": {"A": 1, "B": "x"}}), ("env_set", {"unset": ["A", "B"]})]


@pytest.mark.parametrize(
    ("words", "method", "params"),
    [
        (["save", "2"], "env_slot_save", {"slot": 2, "name": "", "overwrite": False}),
        (["save", "2", "my", "set"], "env_slot_save", {"slot": 2, "name": "my set", "overwrite": False}),
        (["save", "2", "-y"], "env_slot_save", {"slot": 2, "name": "", "overwrite": True}),
        (["load", "1"], "env_slot_load", {"slot": 1, "overwrite": False}),
        (["rename", "1", "new name"], "env_slot_rename", {"slot": 1, "name": "new name"}),
        (["clear", "1"], "env_slot_clear", {"slot": 1}),
    ],
)
def test_slots_are_asked_for(
    run: Run, fake: FakeScheduler, words: list[str], method: str, params: dict[str, Any]
) -> None:
    """Save, load, rename and clear each are one request (row 105)."""
    assert run("env", "slot", *words).code == 0
    assert fake.last == (method, params)


def test_slots_are_listed(run: Run, fake: FakeScheduler) -> None:
    """Each slot tells its name, when it was saved, and which variables it holds; an empty one says so (row 105)."""
    fake.answers["env"] = workspace(slot(1, "night", A=1, B=2), slot(2))
    lines = [line.split() for line in run("env", "slot").out.splitlines()]
    assert lines[1][:2] == ["1", "night"]
    assert lines[1][-2:] == ["A,", "B"]
    assert lines[2] == ["2", "(empty)", "-", "-"]
    assert run("env", "slot", "list").out == run("env", "slot").out


@pytest.mark.parametrize(
    ("words", "present", "said"),
    [
        (["save", "1"], workspace(slot(1, "night", A=1), B=1), "Slot 1 holds 'night' (1 variable)"),
        (["load", "1"], workspace(slot(1, "night", A=1), B=1, C=2), "The workspace holds 2 variables"),
    ],
)
def test_nothing_is_overwritten_unasked(
    run: Run, fake: FakeScheduler, words: list[str], present: dict[str, Any], said: str
) -> None:
    """Where nobody can be asked, overwriting needs ``--yes``, and the refusal says what would be lost (row 105)."""
    fake.answers["env"] = present
    result = run("env", "slot", *words)
    assert result.code == 5
    assert said in result.err
    assert "--yes" in result.err
    assert [method for method, _ in fake.requests] == ["env"]
    assert run("env", "slot", *words, "--yes").code == 0
    assert fake.last[1]["overwrite"] is True


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 5)])
def test_overwriting_is_asked_on_a_terminal(fake: FakeScheduler, data_dir: Path, answer: str, code: int) -> None:
    """Somebody at a terminal is asked before a filled slot is emptied (row 105)."""
    fake.answers["env"] = workspace(slot(1, "night", A=1))
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ant_tui", "env", "slot", "clear", "1"],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.DEVNULL,
        env=environment(data_dir),
    )
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 65536)
    os.write(ours, answer.encode())
    assert process.wait(60) == code
    os.close(ours)
    assert ("env_slot_clear" in [method for method, _ in fake.requests]) is (code == 0)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sett", "A=1"], "did you mean set?"),
        (["set"], "Which variables?"),
        (["set", "A"], "NAME=VALUE"),
        (["set", "=1"], "NAME=VALUE"),
        (["unset"], "Which variables?"),
        (["slot", "store", "1"], "there are: list"),
        (["slot", "save"], "Which slot?"),
        (["slot", "save", "0"], "from 1"),
        (["slot", "load", "x"], "from 1"),
        (["slot", "load", "1", "2"], "one slot"),
        (["slot", "rename", "1"], "called"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    result = run("env", *words)
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err


def test_scheduler_has_the_last_word(run: Run, fake: FakeScheduler) -> None:
    """What the scheduler refuses is told with its code (row 102)."""
    fake.answers["env_set"] = error("usage", 2, "The variables were not changed: A name is missing.")
    result = run("env", "set", "A b=1")
    assert (result.code, result.err) == (2, "ant-tui: The variables were not changed: A name is missing.\n")


def test_variables_reach_tasks_and_survive_restarts(tmp_path: Path) -> None:
    """With a real scheduler: new tasks get the workspace; it and the slots survive a restart (rows 104, 105)."""
    data_dir = tmp_path / "real"
    with running(data_dir) as env:
        for words in (["set", "LR=0.1", "ant_n_gpus=2", "TOKEN=secret"], ["slot", "save", "3", "big"], ["unset", "LR"]):
            assert ant_tui(["env", *words], env).returncode == 0
        assert ant_tui(["stop"], env).returncode == 0
    with running(data_dir) as env:
        shown = json.loads(ant_tui(["env", "--json"], env).stdout)
        assert shown["values"] == {"ant_n_gpus": 2, "TOKEN": "********"}
        refused = ant_tui(["env", "slot", "load", "3"], env)
        assert (refused.returncode, "--yes" in refused.stderr) == (5, True)
        assert ant_tui(["env", "slot", "load", "3", "--yes"], env).returncode == 0
        command = 'echo "$LR $TOKEN $CUDA_VISIBLE_DEVICES"'
        assert ant_tui(["submit", "-J", "one", "--wait", command], env).returncode == 0
        assert ant_tui(["logs", "one"], env).stdout == "0.1 secret 0,1\n"
        words = ["submit", "-J", "two", "--wait", "-e", "LR=1", "-G", "1", "--", "sh", "-c", command]
        assert ant_tui(words, env).returncode == 0
        assert json.loads(ant_tui(["env", "--json"], env).stdout)["values"]["TOKEN"] == "********"
        shown = json.loads(ant_tui(["env", "--secrets", "--json"], env).stdout)
        assert (shown["values"]["TOKEN"], shown["slots"][2]["values"]["TOKEN"]) == ("secret", "secret")
        assert ant_tui(["logs", "two"], env).stdout in ("1 secret 0\n", "1 secret 1\n")


def test_value_that_no_task_could_have_is_refused(tmp_path: Path) -> None:
    """With a real scheduler: a row that would have every submission refused is refused itself, saved or loaded, too."""
    with running(tmp_path / "real") as env:
        refused = ant_tui(["env", "set", "LR=1", "ant_n_gpus=two"], env)
        said = "ant-tui: The variables were not changed: ant_n_gpus: 'two' is no number of GPUs; write a whole number"
        assert (refused.returncode, refused.stderr) == (2, f"{said} from 0 to 10,000.\n")
        assert json.loads(ant_tui(["env", "--json"], env).stdout)["values"] == {}
        assert ant_tui(["submit", "true"], env).returncode == 0
        with connect(env["ANT_TUI_DATA_DIR"]) as connection, pytest.raises(UsageError, match="ant_priority"):
            connection.call("env_slot_save", {"slot": 1, "values": {"ant_priority": "soon"}})
