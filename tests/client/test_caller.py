"""What a task takes along from where it is submitted."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from ant_tui.client.caller import STAYS_BEHIND, carried, exported, first_folder
from ant_tui.errors import UsageError
from tests.conftest import ROOT

ODD = b"\xff".decode("utf-8", "surrogateescape")


def test_what_belongs_to_the_terminal_stays_behind() -> None:
    """The screen and ``--export all`` take the same along: everything but what the task does not have."""
    environ = {**dict.fromkeys(STAYS_BEHIND, "x"), "A": "1", "HOME": "/home/bo"}
    assert carried(environ) == exported("ALL", environ, pytest.fail) == {"A": "1", "HOME": "/home/bo"}


def test_a_name_is_taken_also_where_it_would_stay_behind() -> None:
    """Who names a variable means it; one that is not set is told."""
    assert exported("TMUX,A", {"TMUX": "t", "A": "1", "B": "2"}, pytest.fail) == {"TMUX": "t", "A": "1"}
    assert exported("none", {"A": "1"}, pytest.fail) == {}
    with pytest.raises(UsageError, match="names B, which is not set"):
        exported("A,B", {"A": "1"}, pytest.fail)
    with pytest.raises(UsageError, match="--export takes"):
        exported(",", {"A": "1"}, pytest.fail)


def test_bytes_that_are_no_text_are_left_out_and_told() -> None:
    """A variable that cannot travel is named in its own bytes; the others travel. The screen says nothing of it."""
    told: list[str] = []
    environ = {"A": "1", "ODD": ODD, f"N{ODD}": "2"}
    assert exported("all", environ, told.append) == {"A": "1"}
    assert [text.partition(" is ")[0] for text in told] == ["The variable b'ODD'", "The variable b'N\\xff'"]
    assert carried(environ) == {"A": "1"}


def test_a_folder_that_is_gone_is_the_home(tmp_path: Path) -> None:
    """Where the directory was removed under us, the home stands in for it."""
    assert first_folder() == os.getcwd()
    folder = tmp_path / "gone"
    folder.mkdir()
    program = f"""
import os, sys
os.rmdir(os.getcwd())
sys.path.insert(0, {str(ROOT)!r})
from ant_tui.client.caller import first_folder
print(first_folder())
"""
    environment = {**os.environ, "HOME": "/home/bo"}
    done = subprocess.run(
        [sys.executable, "-I", "-c", program], cwd=folder, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout == "/home/bo\n"
