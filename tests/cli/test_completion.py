"""``completion``: the scripts are taken by the shells, and complete verbs, options and tasks."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ant_tui.cli.completion import SHELLS
from ant_tui.cli.verbs import VERBS
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, task
from tests.cli.terminal import environment


@pytest.mark.parametrize("shell", SHELLS)
def test_every_verb_is_in_every_script(run: Run, shell: str) -> None:
    """A script names each verb and each alias."""
    script = run("completion", shell).out
    for verb in VERBS:
        for name in (verb.name, *verb.aliases):
            assert name in script


@pytest.mark.parametrize("shell", SHELLS)
def test_shell_takes_the_script(run: Run, shell: str) -> None:
    """The shell's own syntax check finds nothing."""
    program = shutil.which(shell)
    if program is None:
        pytest.skip(f"{shell} is not installed")
    script = run("completion", shell).out
    done = subprocess.run([program, "-n", "/dev/stdin"], input=script, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.fixture
def path(tmp_path: Path) -> str:
    """A search path on which ``ant-tui`` is this program."""
    program = tmp_path / "bin" / "ant-tui"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ant_tui "$@"\n')
    program.chmod(0o755)
    return f"{program.parent}:{environment()['PATH']}"


LINES = [
    ("sub", ["submit"]),
    ("submit --gpu", ["--gpu-ids", "--gpus"]),
    ("--data-dir /tmp canc", ["cancel"]),
    ("show tr", ["train-1", "train-2"]),
    ("-q hold train-1 train-", ["train-1", "train-2"]),
    ("queue --state comp", ["completed", "completing"]),
    ("gpus en", ["enable"]),
    ("config ch", ["check"]),
    ("move 3 --before train-1", ["train-1"]),
    ("--simul", ["--simulate-gpus"]),
]


@pytest.fixture
def tasks(fake: FakeScheduler) -> None:
    listed = [task(1, id="train-1"), task(2, id="train-2"), task(3, id="eval")]
    fake.answers["queue"] = {"tasks": listed, "paused": False, "trouble": ""}


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(("typed", "expected"), LINES)
def test_bash_completes(run: Run, path: str, typed: str, expected: list[str]) -> None:
    """In bash, what was begun is completed: verbs, options, states, tasks."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("bash is not installed")
    words = ["ant-tui", *typed.split(" ")]
    quoted = " ".join(f"'{word}'" for word in words)
    ask = f"COMP_WORDS=({quoted}); COMP_CWORD={len(words) - 1}; _ant_tui; printf '%s\\n' \"${{COMPREPLY[@]}}\""
    script = f"{run('completion', 'bash').out}\n{ask}\n"
    done = subprocess.run(
        [bash, "--norc", "-s"],
        input=script,
        env={**environment(), "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert sorted(done.stdout.split()) == expected
    assert done.stderr == ""


@pytest.mark.usefixtures("tasks")
@pytest.mark.parametrize(("typed", "expected"), LINES)
def test_fish_completes(run: Run, path: str, typed: str, expected: list[str]) -> None:
    """In fish, too."""
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("fish is not installed")
    script = f"{run('completion', 'fish').out}\ncomplete -C 'ant-tui {typed}'\n"
    done = subprocess.run(
        [fish, "--no-config"],
        input=script,
        env={**environment(), "PATH": path},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = sorted(line.partition("\t")[0] for line in done.stdout.splitlines())
    assert [word for word in found if word in expected] == expected
    assert set(found) - set(expected) <= {"submit", "add"}


@pytest.mark.parametrize("words", [[], ["bash", "zsh"], ["tcsh"], ["bsh"]])
def test_unknown_shell_is_refused(run: Run, words: list[str]) -> None:
    """One shell, of those that are known."""
    assert run("completion", *words).code == 2
