"""``submit`` with a table of parameters and with sweeps, their expansion as a table, and which commands are read."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, error
from tests.service import ant_tui, running


def made(name: str, **parameters: str) -> dict[str, Any]:
    return {
        "id": name,
        "number": 1,
        "state": "queued",
        "command": f"run {name}",
        "resolved_command": f"run {name}",
        "gpus": 2,
        "existing": False,
        "parameters": parameters,
    }


@pytest.fixture(autouse=True)
def answering(fake: FakeScheduler) -> None:
    result = {"tasks": [made("a", lr="1", note="x, y"), made("b", lr="2", note="")], "dry_run": False, "warnings": []}
    fake.answers |= {"submit": result, "submit_text": result}


@pytest.fixture
def table(tmp_path: Path) -> Path:
    path = tmp_path / "grid.csv"
    path.write_text("lr,seed\n0.1,1\n0.2,2\n")
    return path


@pytest.mark.parametrize(
    ("words", "verbatim"),
    [
        (["echo {rand int 1 2}"], False),
        (["--", "ant_n_gpus=1 true"], False),
        (["--", "echo", "{rand int 1 2}"], True),
        (["echo", "#", "no comment"], True),
    ],
)
def test_only_a_single_quoted_line_is_read(run: Run, fake: FakeScheduler, words: list[str], verbatim: bool) -> None:
    """One word is a line of the submission language; several words are what they are (row 075)."""
    run("submit", *words)
    assert fake.last[1]["tasks"][0].get("verbatim", False) is verbatim


def test_conda_options_reach_the_request(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """Name, directory and executable each have their field; a directory is made absolute (rows 091, 092, 093)."""
    run("submit", "--conda-env", "e", "--conda-env-path", "envs/x", "--conda-path", "mamba", "true")
    task = fake.last[1]["tasks"][0]
    assert (task["conda_env"], task["conda_path"]) == ("e", "mamba")
    assert task["conda_env_path"] == str(Path.cwd() / "envs" / "x")


def test_parameters_go_along_with_a_command(run: Run, fake: FakeScheduler, table: Path) -> None:
    """A command and a table are one text in Single mode (row 077)."""
    assert run("submit", "-G", "1", "--params", str(table), "train --lr {lr}").code == 0
    method, params = fake.last
    assert method == "submit_text"
    assert (params["text"], params["mode"]) == ("train --lr {lr}", "single")
    assert params["parameters"] == table.read_text()
    assert params["form"]["gpus"] == 1


def test_parameters_go_along_with_a_file(run: Run, fake: FakeScheduler, table: Path, tmp_path: Path) -> None:
    """A file of tasks and a table are one text in Multi mode (row 077)."""
    (tmp_path / "tasks").write_text("train --lr {lr}\n")
    assert run("submit", "--params", str(table), "--file", str(tmp_path / "tasks")).code == 0
    _, params = fake.last
    assert "mode" not in params
    assert params["parameters"] == table.read_text()


def test_expansion_is_written_as_a_table(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """Each task is a row: its parameters, id, GPUs and final command; the table can be a source again (row 077)."""
    out = tmp_path / "out.csv"
    result = run("submit", "--export-csv", str(out), "train --lr {sweep lr 1 2}")
    assert result.code == 0
    assert str(out) in result.err
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert rows == [
        {"lr": "1", "note": "x, y", "ant_task_id": "a", "ant_n_gpus": "2", "ant_resolved_command": "run a"},
        {"lr": "2", "note": "", "ant_task_id": "b", "ant_n_gpus": "2", "ant_resolved_command": "run b"},
    ]
    assert run("submit", "--export-csv", "-", "x").out == out.read_text()


@pytest.mark.parametrize("more", [(), ("--dry-run",)])
def test_no_file_is_written_over(run: Run, fake: FakeScheduler, tmp_path: Path, more: tuple[str, ...]) -> None:
    """What is there stays as it is, and nothing is queued; a link that leads nowhere is there, too."""
    precious, link = tmp_path / "results.csv", tmp_path / "link"
    precious.write_text("mine\n")
    link.symlink_to(tmp_path / "nowhere")
    for file in (precious, link):
        result = run("submit", *more, "--export-csv", str(file), "x")
        assert (result.code, fake.requests) == (5, [])
        assert f"{file} is there already" in result.err
    assert precious.read_text() == "mine\n"
    assert not (tmp_path / "nowhere").exists()


def test_refused_submission_leaves_no_table(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """After a mistake is mended the same line can be typed again."""
    answer = fake.answers["submit"]
    fake.answers["submit"] = error("submission", 2, "The command is empty.")
    out = tmp_path / "out.csv"
    assert run("submit", "--export-csv", str(out), "x").code == 2
    assert not out.exists()
    fake.answers["submit"] = answer
    assert run("submit", "--export-csv", str(out), "x").code == 0
    assert out.read_text().startswith("lr,note,")


def test_what_is_no_file_takes_a_table(run: Run, fake: FakeScheduler) -> None:
    """A device or a pipe holds nothing that could be lost; a directory takes none."""
    assert run("submit", "--export-csv", "/dev/null", "x").code == 0
    assert Path("/dev/null").is_char_device()
    result = run("submit", "--export-csv", "/", "x")
    assert (result.code, len(fake.requests)) == (1, 1)


def test_table_that_cannot_be_written_after_all_is_told(run: Run, fake: FakeScheduler) -> None:
    """A full disk: the tasks are queued all the same, which is said."""
    result = run("submit", "--export-csv", "/dev/full", "x")
    assert result.code == 1
    assert "The tasks are queued, but their table could not be written: /dev/full: No space" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--key", "k", "--params", "{table}", "x {lr}"], "--key names one task"),
        (["--params", "-", "-"], "stdin can be read once"),
        (["--params", "-", "--file", "-"], "stdin can be read once"),
        (["--params", "{table}"], "There is no command"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, table: Path, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    result = run("submit", *(str(table) if word == "{table}" else word for word in words))
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err


@pytest.mark.parametrize("option", ["--params", "--export-csv"])
def test_missing_places_are_told_before_anything_is_queued(
    run: Run, fake: FakeScheduler, tmp_path: Path, option: str
) -> None:
    """A table that is not there, or cannot be written, queues nothing."""
    place = tmp_path / "missing" / "x.csv"
    result = run("submit", option, str(place), "x")
    assert (result.code, fake.requests) == (1, [])
    assert str(place) in result.err


def test_sweeps_run(tmp_path: Path) -> None:
    """With a real scheduler: a sweep and a table become tasks, a dry run only shows them (rows 077, 079)."""
    grid = tmp_path / "grid.csv"
    grid.write_text("name,lr\nx,0.1\ny z,0.2\n")
    out = tmp_path / "out.csv"
    with running(tmp_path / "real") as env:
        words = ["submit", "--params", str(grid), "-J", "run-[lr]", "--export-csv", str(out)]
        tried = ant_tui([*words, "--dry-run", "echo {name} {lr}"], env)
        assert tried.stdout.count("would be queued") == 2
        assert ant_tui(["queue", "--parsable"], env).stdout == ""
        assert [row["name"] for row in csv.DictReader(out.open())] == ["x", "y z"]
        assert ant_tui([*words, "--wait", "echo {name} {lr}"], env).returncode == 5
        out.unlink()
        assert ant_tui([*words, "--wait", "echo {name} {lr}"], env).returncode == 0
        assert ant_tui(["logs", "run-0.2"], env).stdout == "y z 0.2\n"
        assert [row["name"] for row in csv.DictReader(out.open())] == ["x", "y z"]
        several = ["submit", "--params", str(grid), "-J", "several-[lr]", "--wait", "--", "echo", "<{name}>"]
        assert ant_tui(several, env).returncode == 0
        assert ant_tui(["logs", "several-0.2"], env).stdout == "<y z>\n"
        swept = ant_tui(["submit", "-J", "s-[seed]", "--parsable", "echo {sweep seed 1..3}"], env)
        assert swept.stdout.split() == ["s-1", "s-2", "s-3"]
        braces = ant_tui(["submit", "-J", "braces", "--wait", "--", "echo", "{sweep a 1 2}", "ant_n_gpus=1"], env)
        assert braces.returncode == 0
        assert ant_tui(["logs", "braces"], env).stdout == "{sweep a 1 2} ant_n_gpus=1\n"
