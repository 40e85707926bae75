"""``init``, and what ``submit`` makes of a project's defaults."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler
from tests.service import environment, running

ACCEPTED = {"id": "a", "number": 7, "resolved_command": "x", "gpus": 0, "existing": False}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project's directory, in which the command line is called."""
    directory = tmp_path / "project"
    directory.mkdir()
    monkeypatch.chdir(directory)
    for name in list(os.environ):
        if name.startswith("ANT_TUI_") and name != "ANT_TUI_DATA_DIR":
            monkeypatch.delenv(name)
    return directory


def submitted(run: Run, fake: FakeScheduler, *words: str) -> dict[str, Any]:
    """What a ``submit`` asks for."""
    fake.answers["submit"] = {"tasks": [ACCEPTED], "dry_run": False, "warnings": []}
    result = run("submit", *words)
    assert result.code == 0, result.err
    task: dict[str, Any] = fake.last[1]["tasks"][0]
    return task


def test_init_writes_quoted_values_and_prints_the_path(run: Run, project: Path) -> None:
    """Whatever a value holds, the file is TOML that says it; stdout is the path alone (row 331)."""
    words = ['--conda-env=my "env"\\', "--gpus", "2", "--tag", "a", "--tag", "b'c", "--workdir", "src"]
    result = run("init", *words)
    path = project / ".ant-tui.toml"
    assert (result.code, result.out) == (0, f"{path}\n")
    assert tomllib.loads(path.read_text()) == {
        "conda_env": 'my "env"\\',
        "gpus": 2,
        "tags": ["a", "b'c"],
        "workdir": "src",
    }


def test_init_replaces_only_when_told(run: Run, project: Path) -> None:
    """Without a terminal nobody can be asked, so a file that is there stays, unless ``--yes`` is said (row 331)."""
    (project / ".ant-tui.toml").write_text("gpus = 7\n")
    result = run("init", "--gpus", "1")
    assert result.code == 5
    assert "--yes" in result.err
    assert (project / ".ant-tui.toml").read_text() == "gpus = 7\n"
    assert run("init", "--gpus", "1", "--yes").code == 0
    assert tomllib.loads((project / ".ant-tui.toml").read_text()) == {"gpus": 1}
    assert sorted(path.name for path in project.iterdir()) == [".ant-tui.toml"]


@pytest.mark.parametrize(("answer", "code", "written"), [("y\n", 0, True), ("\n", 5, False), ("no\n", 5, False)])
def test_init_asks_first_on_a_terminal(project: Path, data_dir: Path, answer: str, code: int, written: bool) -> None:
    """Somebody who sits at a terminal sees the file before it is written, and only ``y`` writes it (row 331)."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "ant_tui", "init", "--gpus", "2"],
        stdin=theirs,
        stderr=theirs,
        stdout=subprocess.PIPE,
        env=environment(data_dir),
        cwd=project,
    )
    os.close(theirs)
    shown = b""
    while b"[y/N]" not in shown:
        shown += os.read(ours, 65536)
    assert b"gpus = 2" in shown
    os.write(ours, answer.encode())
    out, _ = process.communicate(timeout=60)
    os.close(ours)
    assert process.returncode == code
    assert (project / ".ant-tui.toml").exists() is written
    assert (out != b"") is written


def test_show_tells_what_holds_and_who_says_so(run: Run, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``init --show`` names each default with its origin; where there are none, it says how to make them (row 330)."""
    result = run("init", "--show")
    assert result.code == 1
    assert "ant-tui init" in result.err
    (project / ".ant-tui.toml").write_text('gpus = 2\ntags = ["a"]\n')
    monkeypatch.setenv("ANT_TUI_GPUS", "1")
    assert [line.split()[:2] for line in run("init", "--show").out.splitlines()[1:]] == [["tags", "a"], ["gpus", "1"]]
    document = json.loads(run("init", "--show", "--json").out)
    assert document["defaults"]["gpus"] == {"value": 1, "origin": "ANT_TUI_GPUS"}
    assert document["file"] == str(project / ".ant-tui.toml")


def test_submit_applies_the_project(
    run: Run, fake: FakeScheduler, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found upward from where one stands; environment over file, options over all (rows 099, 330)."""
    (project / ".ant-tui.toml").write_text('conda_env = "train"\nworkdir = "src"\ngpus = 2\ntags = ["p"]\n')
    deep = project / "src" / "deep"
    deep.mkdir(parents=True)
    monkeypatch.chdir(deep)
    assert submitted(run, fake, "true") == {
        "command": "true",
        "workdir": str(project / "src"),
        "workdir_default": True,
        "conda_env": "train",
        "gpus": 2,
        "tags": ["p"],
    }
    monkeypatch.setenv("ANT_TUI_CONDA_ENV", "other")
    words = ["-G", "0", "--tag", "mine", "-D", str(project), "true"]
    assert submitted(run, fake, *words) == {
        "command": "true",
        "workdir": str(project),
        "conda_env": "other",
        "gpus": 0,
        "tags": ["mine"],
    }
    assert "conda_env" not in submitted(run, fake, "--conda-env-path", "/envs/x", "true")


def test_multi_takes_the_project_along(run: Run, fake: FakeScheduler, project: Path) -> None:
    """Defaults hold for files of tasks, too."""
    (project / ".ant-tui.toml").write_text("gpus = 2\n")
    (project / "tasks").write_text("true\n")
    fake.answers["submit_text"] = {"tasks": [ACCEPTED], "dry_run": False, "warnings": []}
    assert run("submit", "--file", "tasks").code == 0
    assert fake.last[1]["form"]["gpus"] == 2


def test_unusable_project_queues_nothing(run: Run, fake: FakeScheduler, project: Path) -> None:
    """A mistake in the file is a usage error that names it; a file that is not trusted is told and passed over."""
    path = project / ".ant-tui.toml"
    path.write_text("gpu = 2\n")
    result = run("submit", "true")
    assert (result.code, fake.requests) == (2, [])
    assert str(path) in result.err
    path.write_text("gpus = 2\n")
    path.chmod(0o666)
    assert "gpus" not in submitted(run, fake, "true")
    assert "everybody can write" in run("submit", "true").err


def test_verbose_tells_where_defaults_come_from(run: Run, fake: FakeScheduler, project: Path) -> None:
    """``-v`` names what was taken from the project."""
    (project / ".ant-tui.toml").write_text("gpus = 2\n")
    submitted(run, fake, "true")
    assert f"gpus is 2 in {project / '.ant-tui.toml'}" in run("submit", "-v", "true").err


def test_task_runs_as_the_project_says(project: Path, tmp_path: Path) -> None:
    """With a real scheduler: directory, GPUs and tags of the project reach the task."""
    (project / "src").mkdir()
    with running(tmp_path / "real") as env:

        def ant_tui(*words: str) -> str:
            command = [sys.executable, "-m", "ant_tui", *words]
            return subprocess.run(
                command, env=env, cwd=project, capture_output=True, text=True, check=True, timeout=60
            ).stdout

        ant_tui("init", "--gpus", "2", "--tag", "p", "--workdir", "src")
        ant_tui("submit", "-J", "x", "--wait", 'pwd; echo "$CUDA_VISIBLE_DEVICES"')
        assert ant_tui("logs", "x") == f"{project / 'src'}\n0,1\n"
        assert ant_tui("queue", "--tag", "p", "--parsable") == "x\n"
