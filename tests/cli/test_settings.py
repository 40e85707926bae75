"""``config``: settings with their origin, mistakes with their place."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from tests.cli.conftest import Run


@pytest.fixture
def file() -> Path:
    path = Path(os.environ["XDG_CONFIG_HOME"]) / "ant-tui" / "config.toml"
    path.parent.mkdir(parents=True)
    path.write_text("[scheduler]\ndefault_gpus = 2\n")
    return path


def test_every_setting_tells_where_it_comes_from(run: Run, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """``config show`` names default, file with line, and environment."""
    monkeypatch.setenv("ANT_TUI_CANCEL__GRACE_S", "3")
    lines = {line.split()[0]: line.split() for line in run("config", "show").out.splitlines()}
    assert lines["scheduler.default_gpus"][1:] == ["2", f"{file}:2"]
    assert lines["cancel.grace_s"][1:] == ["3.0", "environment"]
    assert lines["scheduler.shell"][1:] == ['"/bin/sh"', "default"]
    assert run("config").out == run("config", "show").out


def test_single_settings_and_sections_can_be_shown(run: Run, file: Path) -> None:
    """``config show`` takes names."""
    out = run("config", "show", "scheduler.default_gpus", "cancel").out
    assert [line.split()[0] for line in out.splitlines()] == ["KEY", "scheduler.default_gpus", "cancel.grace_s"]
    document = json.loads(run("config", "show", "cancel", "--json").out)
    assert document["settings"] == [{"key": "cancel.grace_s", "value": 10.0, "origin": "default"}]


def test_path_is_told_though_nothing_is_there(run: Run, data_dir: Path) -> None:
    """``config path`` says where the file would be."""
    expected = os.path.join(os.environ["XDG_CONFIG_HOME"], "ant-tui", "config.toml")
    assert run("config", "path").out == f"{expected}\n"
    document = json.loads(run("config", "path", "--json").out)
    assert document == {"schema": 1, "file": expected, "exists": False, "data_dir": str(data_dir)}


def test_all_mistakes_are_named_with_their_place(run: Run, file: Path) -> None:
    """``config check`` names file, line and key of everything that is wrong, with code 2."""
    file.write_text("[scheduler]\ndefault_gpu = 2\nshell = 3\n")
    result = run("config", "check")
    assert result.code == 2
    assert [f"{file}, line {line}" in text for line, text in zip((2, 3), result.err.splitlines(), strict=True)]
    document = json.loads(run("config", "check", "--json").out)
    assert document["ok"] is False
    assert [(one["line"], one["key"]) for one in document["errors"]] == [
        (2, "scheduler.default_gpu"),
        (3, "scheduler.shell"),
    ]
    assert run("config", "show").code == 2


def test_right_settings_are_told(run: Run, file: Path) -> None:
    """A file without mistakes is code 0."""
    result = run("config", "check")
    assert (result.code, result.out) == (0, "")
    assert json.loads(run("config", "check", "--json").out)["ok"] is True


def test_file_is_made_before_it_is_edited(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """``config edit`` opens a file in which every setting stands, and checks it afterwards."""
    monkeypatch.setenv("EDITOR", "sed -i s/^#.*default_gpus.*/default_gpu=1/")
    monkeypatch.delenv("VISUAL", raising=False)
    result = run("config", "edit")
    file = Path(os.environ["XDG_CONFIG_HOME"]) / "ant-tui" / "config.toml"
    assert "default_gpu=1" in file.read_text()
    assert result.code == 2
    assert "default_gpu" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["shwo"], "did you mean show?"),
        (["check", "x"], "no further word"),
        (["show", "scheduler.default_gpu"], "did you mean scheduler.default_gpus?"),
        (["show", "foo"], "There is no setting 'foo'; all are listed by: ant-tui config show\n"),
        (["show", "max_gpus"], "did you mean scheduler.max_gpus or scheduler.max_gpus_per_task?\n"),
        (["show", "defalt_gpus"], "did you mean scheduler.default_gpus?\n"),
        (["show", "schedler"], "did you mean scheduler?\n"),
        (["show", "--config", "/no/such/file"], "/no/such/file"),
        (["check", "--config", ""], "--config: is empty"),
    ],
)
def test_bad_input_is_refused(run: Run, words: list[str], said: str) -> None:
    """Every mistake is a usage error."""
    result = run("config", *words)
    assert result.code == 2
    assert said in result.err
