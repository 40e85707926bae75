"""What a verb imports is what every call of it costs.

A static check is not enough: a harmless module may import a heavy one, and an import inside of a function is free only
as long as that function is not called. So each verb is run as a process, against a scheduler, and asked at its end.
"""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.cli.fake_scheduler import FakeScheduler, ended, outcome, task
from tests.cli.terminal import environment

HEAVY = frozenset(
    (
        *("textual", "rich", "asyncio", "msgspec", "psutil", "platformdirs", "pynvml", "tomlkit", "tomli_w", "tomllib"),
        *("typing", "pathlib", "dataclasses", "inspect", "subprocess", "logging", "concurrent", "threading", "ssl"),
        *("shutil", "tempfile", "random", "hashlib", "datetime", "traceback", "contextlib", "shlex", "difflib", "uuid"),
        *("ant_tui.core", "ant_tui.api", "ant_tui.scheduler", "ant_tui.journal", "ant_tui.config", "ant_tui.ui"),
        *("ant_tui.submission", "ant_tui.monitor", "ant_tui.executors"),
    )
)
PROGRAM = """
import sys
before = set(sys.modules)
from ant_tui.cli.main import main
code = main(sys.argv[1:])
print("\\n".join(sorted(set(sys.modules) - before)), file=sys.stderr)
sys.exit(code)
"""


@pytest.mark.parametrize(
    ("words", "allowed"),
    [
        (["submit", "--", "true"], ()),
        (["submit", "-J", "a", "-G", "1", "-e", "A=1", "--tag", "x", "true"], ()),
        (["submit", "--json", "--parsable", "true"], ()),
        (["submit", "--wait", "true"], ()),
        (["queue"], ()),
        (["queue", "--json"], ()),
        (["queue", "--parsable"], ()),
        (["show", "7"], ("datetime",)),
        (["show", "7", "--json"], ()),
        (["explain", "7"], ()),
        (["wait", "7"], ()),
        (["history"], ("datetime",)),
        (["cancel", "7"], ()),
        (["hold", "7"], ()),
        (["move", "7", "--top"], ()),
        (["pause"], ()),
        (["gpus"], ()),
        (["--version"], ()),
    ],
)
def test_hot_path_imports_nothing_heavy(fake: FakeScheduler, words: list[str], allowed: tuple[str, ...]) -> None:
    """With a scheduler running, a verb needs sys, os, socket, json, argparse and our small modules."""
    submitted = {"id": "a", "number": 7, "resolved_command": "x", "gpus": 0, "existing": False}
    outcomes = {"results": [outcome("a")]}
    explained = {"id": "a", "number": 7, "state": "queued", "reason": "Held", "sentence": "held", "position": 1}
    fake.answers |= {
        "submit": {"tasks": [submitted], "dry_run": False, "warnings": []},
        "queue": {"tasks": [task(7)], "counts": {}, "paused": False, "trouble": ""},
        "show": {"tasks": [task(7)]},
        "explain": {"tasks": [explained]},
        "wait": {"tasks": [ended(7)]},
        "history": {"tasks": [ended(7)]},
        "gpus": {"gpus": [], "reason": "", "removed": []},
        "pause": {"paused": True},
        **dict.fromkeys(("cancel", "hold", "move"), outcomes),
    }
    program = f"import sys; sys.path.append({environment()['PYTHONPATH']!r})\n{PROGRAM}"
    done = subprocess.run(
        # -I -S: what a site imports at its start, and what happens to be installed there, is not ours
        [sys.executable, "-I", "-S", "-c", program, *words],
        env=environment(),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    imported = done.stderr.split("\n")
    assert "ant_tui.cli.main" in imported
    found = {name for name in imported if name in HEAVY or name.partition(".")[0] in HEAVY}
    assert found <= set(allowed)


@pytest.mark.parametrize("words", [["queue", "--json"], ["logs", "1"], ["doctor"], ["config", "show"]])
def test_no_verb_imports_the_screen(words: list[str]) -> None:
    """Also where a verb may take its time, the screen stays out."""
    program = f"import sys; sys.path.append({environment()['PYTHONPATH']!r})\n{PROGRAM.replace('sys.exit(code)', '')}"
    done = subprocess.run(
        [sys.executable, "-c", program, *words],
        env=environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    imported = {name.partition(".")[0] for name in done.stderr.split("\n")}
    assert "ant_tui" in imported
    assert not imported & {"textual", "rich"}
