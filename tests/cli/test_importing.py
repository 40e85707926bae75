"""``import ant``: what is put where, what is told, and that it can be repeated."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, error
from tests.service import ant_tui, running

STATE = {
    "version": 2,
    "sessions": [
        {
            "session_id": "1-a",
            "saved_at": 1.0,
            "queued": [{"task_id": "q", "command": "echo $A", "n_gpus": 1, "envar": {"A": "x", "ant_wd": "sub"}}],
            "ongoing": [{"task_id": "r", "command": "echo {rand int 1 9} {x}", "n_gpus": 0, "envar": {}}],
            "completed": [{"task_id": "done", "command": "true"}],
        }
    ],
    "hidden": [],
}
SLOTS = {"version": 1, "slots": [{"name": "night", "envar": {"LR": 0.1, "API_KEY": "s"}}, {"name": "", "envar": {}}]}
CONFIG = {"RUNNER_default_n_gpus": 2, "ADGS_enabled": True, "backend_port": 5000}


@pytest.fixture
def ant(tmp_path: Path) -> Path:
    """A directory from which ANT was started."""
    files = {
        "config/default.json": CONFIG,
        "ant_runner_logs/ant_recovery_state.json": STATE,
        "ant_runner_logs/ant_envar_slots.json": SLOTS,
    }
    for name, content in files.items():
        path = tmp_path / "ant" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    (tmp_path / "ant" / "sub").mkdir()
    return tmp_path / "ant"


@pytest.fixture(autouse=True)
def answering(fake: FakeScheduler) -> None:
    made = {"id": "a", "number": 7, "state": "queued", "resolved_command": "x", "gpus": 0, "existing": False}
    slots = [{"slot": 1, "name": "", "empty": True, "values": {}, "saved_at": None}]
    fake.answers |= {
        "submit": {"tasks": [made], "dry_run": False, "warnings": []},
        "env": {"values": {}, "slots": slots},
        "env_slot_save": {"values": {}, "slots": slots},
    }


def settings(tmp_path: Path) -> dict[str, Any]:
    path = tmp_path / "config" / "ant-tui" / "config.toml"
    return tomllib.loads(path.read_text()) if path.exists() else {}


def test_settings_go_into_the_file_with_its_comments(run: Run, fake: FakeScheduler, ant: Path, tmp_path: Path) -> None:
    """What is taken stands in config.toml, comments stay, and no scheduler is asked."""
    path = tmp_path / "config" / "ant-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("# mine\n[cancel]\ngrace_s = 3\n")
    result = run("import", "ant", str(ant / "config" / "default.json"))
    assert (result.code, fake.requests) == (0, [])
    assert "# mine" in path.read_text()
    assert settings(tmp_path) == {
        "cancel": {"grace_s": 3},
        "scheduler": {"default_gpus": 2},
        "gpus": {"busy_detection": "load"},
    }
    assert "took  RUNNER_default_n_gpus: scheduler.default_gpus = 2\n" in result.out
    assert "left  backend_port: There is no port" in result.out


def test_own_settings_have_the_last_word(run: Run, ant: Path, tmp_path: Path) -> None:
    """What the person's file says already stays, and the difference is told; so does a second import."""
    path = tmp_path / "config" / "ant-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[scheduler]\ndefault_gpus = 1\n")
    file = str(ant / "config" / "default.json")
    assert f"scheduler.default_gpus would be 2, but {path}:2 says 1." in run("import", "ant", file).out
    assert settings(tmp_path)["scheduler"] == {"default_gpus": 1}
    assert 'gpus.busy_detection is "load" already.' in run("import", "ant", file).out


def test_tasks_are_submitted_held_with_a_key(run: Run, fake: FakeScheduler, ant: Path) -> None:
    """Each task is one submission: word by word, held, tagged, in ANT's directory, with a key (rows 244, 248, 249)."""
    assert run("import", "ant", str(ant)).code == 0
    asked = [params["tasks"][0] for method, params in fake.requests if method == "submit"]
    assert [(task["id"], task["gpus"], task["workdir"]) for task in asked] == [
        ("r", 0, str(ant)),
        ("q", 1, str(ant / "sub")),
    ]
    for task in asked:
        assert (task["hold"], task["verbatim"], task["tags"]) == (True, True, ["from-ant"])
    assert (asked[1]["variables"], asked[1]["key"]) == ({"A": "x"}, "ant:1-a:q")


def test_slots_go_to_their_place_or_the_next_empty_one(run: Run, fake: FakeScheduler, ant: Path) -> None:
    """A slot that is taken is not overwritten; where all are full, that is a failure (row 105)."""
    file = str(ant / "ant_runner_logs" / "ant_envar_slots.json")

    def slot(number: int, name: str = "", **values: Any) -> dict[str, Any]:
        return {"slot": number, "name": name, "empty": not values, "values": values, "saved_at": None}

    fake.answers["env"] = {"values": {}, "slots": [slot(1, "other", B=1), slot(2)]}
    assert run("import", "ant", file).code == 0
    assert fake.last == ("env_slot_save", {"slot": 2, "name": "night", "values": {"LR": 0.1, "API_KEY": "s"}})
    fake.answers["env"] = {"values": {}, "slots": [slot(1, "other", B=1)]}
    full = run("import", "ant", file)
    assert (full.code, "All slots are full" in full.out) == (5, True)
    fake.answers["env"] = {"values": {}, "slots": [slot(1, "night", LR=0.1, API_KEY="********"), slot(2)]}
    assert "it is slot 1" in run("import", "ant", file).out


def test_dry_run_changes_nothing(run: Run, fake: FakeScheduler, ant: Path, tmp_path: Path) -> None:
    """The whole story is told, and nothing is asked or written (row 079)."""
    result = run("import", "ant", str(ant), "--dry-run")
    assert (result.code, fake.requests, settings(tmp_path)) == (0, [], {})
    assert "took  q: held with 1 GPU: echo $A\n" in result.out
    assert "took  slot 1, night: slot 1 (LR, API_KEY)" in result.out
    assert "would be taken" in result.err


def test_refusal_of_one_keeps_the_others(run: Run, fake: FakeScheduler, ant: Path) -> None:
    """What the scheduler refuses is told with its reason and the code says so; the rest is taken (row 252)."""
    made = fake.answers["submit"]
    assert isinstance(made, dict)
    refusal = error("refused", 5, "The id 'r' is taken.")
    fake.answers["submit"] = lambda params: refusal if params["tasks"][0]["id"] == "r" else made
    result = run("import", "ant", str(ant), "--json")
    document = json.loads(result.out)
    assert result.code == 5
    assert [one["what"] for one in document["left"] if one["failed"]] == ["r"]
    assert "q" in [one["what"] for one in document["took"]]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "Say whose files"),
        (["ant"], "Say whose files"),
        (["auto", "x"], "there are: ant"),
        (["ant", "{}"], "none of"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, tmp_path: Path, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    (tmp_path / "other.json").write_text("{}")
    result = run("import", *(str(tmp_path / "other.json") if word == "{}" else word for word in words))
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err


def test_one_bad_file_keeps_all_out(run: Run, fake: FakeScheduler, ant: Path, tmp_path: Path) -> None:
    """All files are read before anything is taken of any."""
    assert run("import", "ant", str(ant), str(tmp_path / "missing.json")).code == 1
    assert (fake.requests, settings(tmp_path)) == ([], {})


def test_tasks_of_ant_run_here(ant: Path, tmp_path: Path) -> None:
    """With a real scheduler: imported twice, tasks are there once, run as they were, slots load (row 244)."""
    with running(tmp_path / "real") as env:
        assert ant_tui(["import", "ant", str(ant)], env).returncode == 0
        again = json.loads(ant_tui(["import", "ant", str(ant), "--json"], env).stdout)
        assert again["took"] == []
        assert ant_tui(["queue", "--parsable"], env).stdout.split() == ["r", "q"]
        assert ant_tui(["release", "--tag", "from-ant"], env).returncode == 0
        assert ant_tui(["wait", "q", "r"], env).returncode == 0
        assert ant_tui(["logs", "q"], env).stdout == "x\n"
        assert ant_tui(["logs", "r"], env).stdout == "{rand int 1 9} {x}\n"
        assert ant_tui(["env", "slot", "load", "1"], env).returncode == 0
        assert json.loads(ant_tui(["env", "--json"], env).stdout)["values"] == {"LR": 0.1, "API_KEY": "********"}
