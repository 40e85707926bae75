"""The skill for coding agents: in the open format, and every command in it run as it stands, from start to end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.pages import Command, commands, run_in_shell
from tests.service import command_directory, running

DIRECTORY = ROOT / "skills" / "ant-tui-control"
TEXT = (DIRECTORY / "SKILL.md").read_text(encoding="utf-8")
COMMANDS = commands(TEXT)

TRAIN = """\
import os, sys
print(sys.argv[1:], "on", os.environ["CUDA_VISIBLE_DEVICES"])
if "--seed" in sys.argv and not os.path.exists("failed-once"):
    open("failed-once", "w").close()
    sys.exit("Error: out of luck")
"""
"""Fails the first time that it is run with a seed, as something does that an agent has to mend."""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    directory = tmp_path / "project"
    directory.mkdir()
    (directory / "train.py").write_text(TRAIN)
    return directory


@pytest.fixture
def env(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A shell that finds ``ant-tui`` and ``python``, and a scheduler with four simulated GPUs."""
    with running(tmp_path / "data", gpus=4) as found:
        yield {**found, "PATH": f"{command_directory(tmp_path / 'bin')}:{found['PATH']}"}


def test_skill_has_the_open_format() -> None:
    """Front matter with a name that is the directory's, and a description that fits; no scripts; short."""
    head = re.match(r"---\nname: (.*)\ndescription: (.*)\n---\n", TEXT)
    assert head is not None
    assert head[1] == DIRECTORY.name
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", head[1])
    assert 0 < len(head[1]) <= 64
    assert 0 < len(head[2]) <= 1024
    assert [path.name for path in DIRECTORY.rglob("*") if path.is_file()] == ["SKILL.md"]
    assert len(TEXT.splitlines()) < 150


@pytest.mark.parametrize(
    "rule",
    [
        r"Ask the user which conda environment",
        r"The id is unique",
        r"Write no `cd`",
        r"\{rand int \d+ \d+\}",
        r"Look before you launch",
        r"Read the end of the output first",
        r"## Ask first",
    ],
)
def test_skill_holds_the_rules(rule: str) -> None:
    """When to ask, unique ids, no ``cd``, random ports, checks before a launch, limited log first (rows 1.20, 337)."""
    assert re.search(rule, TEXT)


def test_every_command_runs_from_start_to_end(project: Path, env: dict[str, str]) -> None:
    """Submit, wait, read, retry, GPU off and on: each line as it stands, in order, by a plain shell (rows 332-338)."""
    codes: dict[str, int] = {}
    out: dict[str, str] = {}
    for command in COMMANDS:
        done = run_in_shell(command.text, project, env)
        assert "Traceback" not in done.stderr, done.stderr
        codes[command.text] = done.returncode
        out[command.text] = done.stdout
    unlucky = {
        "ant-tui init --show": 1,  # nothing is there yet, as the text says
        "ant-tui wait lr3-seed1 --timeout 60": 1,  # the task's own code
        "ant-tui cancel ddp-1": codes["ant-tui cancel ddp-1"],  # it may have ended by now
    }
    assert {text: code for text, code in codes.items() if code} == {t: c for t, c in unlucky.items() if c}
    assert "Error: out of luck" in out["ant-tui logs -n 40 lr3-seed1"]
    assert out['grep -n Error "$(ant-tui logs --path lr3-seed1)"'].endswith(":Error: out of luck\n")
    assert out["ant-tui logs -n 5 lr3-seed1-restart-1"].startswith("['--lr', '1e-3', '--seed', '1'] on ")
    assert (project / ".ant-tui.toml").exists()
    done = run_in_shell("ant-tui wait ddp-1 sweep-1e-2 sweep-1e-4; ant-tui queue --json --all", project, env)
    tasks = {task["id"]: task for task in json.loads(done.stdout[done.stdout.index('{"') :])["tasks"]}
    assert set(tasks) == {"lr3-seed1", "lr3-seed1-restart-1", "ddp-1", "sweep-1e-2", "sweep-1e-4"}
    assert tasks["lr3-seed1"]["resources"]["gpus"] == 1
    assert tasks["lr3-seed1"]["tags"] == ["agent"]
    assert re.search(r"--port 2\d{4}$", tasks["ddp-1"]["resolved_command"])


def test_commands_are_repeatable_with_their_key(project: Path, env: dict[str, str]) -> None:
    """The line of the skill that submits, said twice, is one task."""
    (line,) = [command for command in COMMANDS if "--key lr3-seed1" in command.text]
    for _ in range(2):
        assert run_in_shell(line.text, project, env).returncode == 0
    assert run_in_shell("ant-tui queue --all --parsable", project, env).stdout == "lr3-seed1\n"


def test_exit_codes_that_the_skill_promises(project: Path, env: dict[str, str]) -> None:
    """Wrong usage, no such task, refused, time ran out (row 338)."""

    def code(text: str) -> int:
        return run_in_shell(text, project, env).returncode

    assert code("ant-tui submit --gpuss 1 true") == 2
    assert code("ant-tui show nobody") == 4
    assert code("ant-tui submit -G 99 true") == 5
    assert code("ant-tui submit -J held -H true && ant-tui wait held --timeout 0.1") == 124
    assert code("ant-tui --data-dir nowhere gpus") == 3


def test_pages_are_read_as_a_shell_would() -> None:
    """The reader of pages keeps here-documents and continuations together."""
    page = "x\n```sh\na b\n\ncat <<'E'\n1\n2\nE\nc \\\n  d\n```\n```text\nno\n```\n"
    found = [Command("a b", "", 3), Command("cat <<'E'\n1\n2\nE", "", 5), Command("c \\\n  d", "", 9)]
    assert commands(page) == found
