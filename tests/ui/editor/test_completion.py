"""Completing directories and conda environments."""

from __future__ import annotations

import os
import queue
from pathlib import Path

import pytest

from ant_tui.ui.editor.completion import CondaEnvironments, CondaSuggester, FolderSuggester, completed_folder


@pytest.fixture
def here(tmp_path: Path) -> str:
    for name in ("data/raw", "data/tokens", "docs", ".hidden", "odd\x1bname"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "data.txt").write_text("")
    return str(tmp_path)


def test_the_first_directory_that_goes_on(here: str) -> None:
    """Relative and absolute, level by level; files are no directories."""
    assert completed_folder("d", here) == "data/"
    assert completed_folder("do", here) == "docs/"
    assert completed_folder("data/", here) == "data/raw/"
    assert completed_folder("data/t", here) == "data/tokens/"
    assert completed_folder(f"{here}/da", "/") == f"{here}/data/"


def test_hidden_ones_only_when_asked_for(here: str) -> None:
    """A dot asks for them; names that a terminal would obey are never suggested."""
    assert completed_folder("./", here) == "./data/"
    assert completed_folder(".h", here) == ".hidden/"
    assert completed_folder("o", here) is None


def test_nothing_where_there_is_nothing(here: str) -> None:
    """No guess for an empty field, an unknown start, or a directory that cannot be read."""
    for text in ("", "~", "x", "nowhere/", "data.txt/", "data/raw"):
        assert completed_folder(text, here) is None


def test_the_home(monkeypatch: pytest.MonkeyPatch, here: str) -> None:
    """What begins with ~ stays so."""
    monkeypatch.setenv("HOME", here)
    assert completed_folder("~/do", "/") == "~/docs/"


async def test_suggestions_for_the_folder(here: str) -> None:
    """The suggester looks at the disk each time: directories come and go."""
    suggester = FolderSuggester(here)
    assert await suggester.get_suggestion("do") == "docs/"
    os.rmdir(f"{here}/docs")
    assert await suggester.get_suggestion("do") is None


async def test_suggestions_from_a_folder_that_changes(here: str) -> None:
    """Where relative ones begin may be asked for each time."""
    base = here
    suggester = FolderSuggester(lambda: base)
    assert await suggester.get_suggestion("r") is None
    base = f"{here}/data"
    assert await suggester.get_suggestion("r") == "raw/"


async def test_suggestions_for_conda(here: str) -> None:
    """Names as conda knows them, and directories behind a slash."""
    suggester = CondaSuggester(here)
    assert await suggester.get_suggestion("to") is None
    suggester.names = ("base", "torch", "torch2")
    assert await suggester.get_suggestion("to") == "torch"
    assert await suggester.get_suggestion("torch") == "torch2"
    assert await suggester.get_suggestion("") is None
    assert await suggester.get_suggestion("./do") == "./docs/"


def conda(folder: Path, says: str, code: int = 0) -> dict[str, str]:
    """A conda that counts its calls."""
    program = folder / "conda"
    program.write_text(f"#!/bin/sh\necho x >> {folder}/calls\ncat <<'END'\n{says}\nEND\nexit {code}\n")
    program.chmod(0o755)
    return {"PATH": f"{folder}:{os.environ['PATH']}"}


def answer_of(known: CondaEnvironments, environ: dict[str, str]) -> tuple[str, ...]:
    answers: queue.Queue[tuple[str, ...]] = queue.Queue()
    known.names(environ, answers.put)
    return answers.get(timeout=20)


def test_conda_is_asked_once(tmp_path: Path) -> None:
    """Names come from the directories; conda, which takes a second, is not asked again."""
    base = tmp_path / "miniconda"
    (base / "condabin").mkdir(parents=True)
    environ = conda(tmp_path, f'{{"envs": ["{base}", "{base}/envs/torch", "/scratch/own", "{base}/envs/torch"]}}')
    known = CondaEnvironments()
    assert answer_of(known, environ) == ("base", "torch", "/scratch/own")
    assert answer_of(known, environ) == ("base", "torch", "/scratch/own")
    assert (tmp_path / "calls").read_text() == "x\n"


@pytest.mark.parametrize("says", ["no JSON", "[]", '{"envs": 3}', '{"other": []}'])
def test_a_conda_that_says_nothing_useful(tmp_path: Path, says: str) -> None:
    """Then nothing is suggested, and nothing goes wrong."""
    assert answer_of(CondaEnvironments(), conda(tmp_path, says)) == ()


def test_without_conda(tmp_path: Path) -> None:
    """The answer comes at once."""
    assert answer_of(CondaEnvironments(), {"PATH": str(tmp_path)}) == ()


def test_conda_is_found_by_its_own_variable(tmp_path: Path) -> None:
    """An activated shell knows it even where it is not on the search path."""
    conda(tmp_path, '{"envs": ["/c/envs/a"]}')
    environ = {"PATH": "/nonexistent", "CONDA_EXE": str(tmp_path / "conda")}
    assert answer_of(CondaEnvironments(), environ) == ("a",)
