"""``docs/from-ant.md``: each example of ANT's README does here what the page says.

All commands of the page run in their order by a plain shell, on eight simulated GPUs, and what they print is compared.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pages import commands, console, run_in_shell
from tests.service import command_directory, running

PAGE = (ROOT / "docs" / "from-ant.md").read_text(encoding="utf-8")
TASKS = """\
# Running three commands with partially-defined parameters:
ant_n_gpus=4 ant_task_id="first_task" python first_task_.py \\
--dataset my_dataset \\
--batch_size 4
ant_n_gpus=2 python second_task.py \\
--batch_size 8
python thrid_task.py
"""
CONDA = '#!/bin/sh\necho "(conda $1 $2 $3 $4)"\nshift 4\nexec "$@"\n'
STATE = {
    "version": 2,
    "sessions": [
        {
            "session_id": "1-a",
            "saved_at": 1.0,
            "queued": [{"task_id": "next", "command": "python next.py", "n_gpus": 0, "envar": {}}],
            "ongoing": [{"task_id": "long-run", "command": "python train.py --all", "n_gpus": 4, "envar": {}}],
            "completed": [],
        }
    ],
}
SLOTS = {"version": 1, "slots": [{"name": "my project", "envar": {"ant_wd": "/p", "ant_conda_env": "e"}}]}


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home and the directory of somebody who has used ANT."""
    files = {
        "config/default.json": json.dumps({"ADGS_enabled": True, "backend_port": 5000}),
        "ant_runner_logs/ant_recovery_state.json": json.dumps(STATE),
        "ant_runner_logs/ant_envar_slots.json": json.dumps(SLOTS),
        "tasks.txt": TASKS,
        "anaconda/bin/conda": CONDA,
    }
    for name, text in files.items():
        path = tmp_path / "home" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (tmp_path / "home" / "anaconda" / "bin" / "conda").chmod(0o755)
    (tmp_path / "home" / "my" / "work" / "dir").mkdir(parents=True)
    return tmp_path / "home"


@pytest.fixture
def env(tmp_path: Path, home: Path) -> Iterator[dict[str, str]]:
    path = f"{command_directory(tmp_path / 'bin')}:{os.environ['PATH']}"
    with running(tmp_path / "data", gpus=8, PATH=path, HOME=str(home)) as found:
        yield found


def matches(shown: str, wanted: str) -> bool:
    """Whether an output is the one on the page, where ``…`` stands for anything."""
    pattern = "".join(".*" if piece == "…" else re.escape(piece) for piece in re.split("(…)", wanted))
    return re.fullmatch(pattern, shown, re.DOTALL) is not None


def test_every_example_does_what_the_page_says(home: Path, env: dict[str, str]) -> None:
    """Hello World, three commands with 4, 2 and default GPUs, random numbers, templates, environment rows, slots.

    Rows 020, 024-030, 034, 035, 050, 052, 056, 060-065, 068, 069, 090, 091, 093, 095, 096, 105, 133, 137, 150, 230.
    """
    found = console(PAGE)
    assert len(found) > 30
    for command in found:
        done = run_in_shell(command.text, home, env)
        shown = done.stdout
        if not shown:  # what is refused stands on stderr alone
            shown = "".join(line for line in done.stderr.splitlines(True) if line.startswith("ant-tui: "))
        shown = "\n".join(" ".join(line.split()) for line in shown.splitlines())
        wanted = "\n".join(" ".join(line.split()) for line in command.output.rstrip("\n").splitlines())
        assert matches(shown, wanted), f"line {command.line}: {command.text}\n{done.stdout}{done.stderr}"


def test_page_shows_nothing_that_is_not_run() -> None:
    """Besides the examples there are only two texts: how one starts the screen, and what one wrote in ANT."""
    assert commands(PAGE) == []
    assert len(re.findall(r"```text\n", PAGE)) == 2


def test_secrets_are_masked_as_the_page_says(home: Path, env: dict[str, str]) -> None:
    """A variable whose name looks secret reaches the task, and is masked where it is shown (row 106)."""
    command = "ant-tui submit -J s -e API_KEY=hidden --wait 'echo $API_KEY'; ant-tui show s; ant-tui show s --json"
    done = run_in_shell(command, home, env)
    assert "hidden" not in done.stdout
    assert run_in_shell("ant-tui logs s", home, env).stdout == "hidden\n"
