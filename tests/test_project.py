"""Defaults of a project: where they are found, what is stronger, and what cannot be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.errors import ConfigError
from ant_tui.project import FILE_NAME, KEYS, complete, find_file, project_defaults, text_of


def write(directory: Path, text: str) -> Path:
    directory.mkdir(parents=True, exist_ok=True)
    path = directory / FILE_NAME
    path.write_text(text)
    path.chmod(0o644)
    return path


def test_nearest_file_upward_counts(tmp_path: Path) -> None:
    """The file is looked for from a directory upward, and only the nearest is used (row 330)."""
    outer = write(tmp_path, "gpus = 1")
    inner = write(tmp_path / "a", "gpus = 2")
    (tmp_path / "a" / "b" / "c").mkdir(parents=True)
    (tmp_path / "d").mkdir()
    assert find_file(str(tmp_path / "a" / "b" / "c")) == str(inner)
    assert find_file(str(tmp_path / "d")) == str(outer)


def test_every_key_is_read(tmp_path: Path) -> None:
    """Relative paths begin at the file, ``~`` is the home, everything else is as written."""
    write(
        tmp_path,
        'conda_env = "train"\nconda_env_path = "envs/x"\nconda_path = "/opt/conda"\nworkdir = "src/../src"\ngpus = 0\n'
        'tags = ["a", "b c"]\n',
    )
    (tmp_path / "deep").mkdir()
    found = project_defaults(str(tmp_path / "deep"), {})
    assert found.values == {
        "conda_env": "train",
        "conda_env_path": str(tmp_path / "envs" / "x"),
        "conda_path": "/opt/conda",
        "workdir": str(tmp_path / "src"),
        "gpus": 0,
        "tags": ["a", "b c"],
    }
    assert set(found.origins.values()) == {str(tmp_path / FILE_NAME)}


def test_environment_wins_over_the_file(tmp_path: Path) -> None:
    """A variable is stronger than the file, ``none`` takes back what the file says, an empty one is none (row 330)."""
    write(tmp_path, 'conda_env = "train"\ngpus = 2\ntags = ["a"]\nworkdir = "."\n')
    environ = {
        "ANT_TUI_CONDA_ENV": "none",
        "ANT_TUI_GPUS": "4",
        "ANT_TUI_TAGS": "x, y",
        "ANT_TUI_CONDA_PATH": "",
        "ANT_TUI_DATA_DIR": "/elsewhere",
    }
    found = project_defaults(str(tmp_path), environ)
    assert found.values == {"gpus": 4, "tags": ["x", "y"], "workdir": str(tmp_path)}
    assert (found.origins["gpus"], found.origins["workdir"]) == ("ANT_TUI_GPUS", str(tmp_path / FILE_NAME))


def test_environment_counts_without_a_file(tmp_path: Path) -> None:
    """Variables alone are enough; a relative directory begins where one stands."""
    found = project_defaults(str(tmp_path), {"ANT_TUI_WORKDIR": "x", "ANT_TUI_GPUS": "0"})
    assert found.values == {"workdir": str(tmp_path / "x"), "gpus": 0}
    assert found.file == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("gpus = -1", "gpus = -1"),
        ("gpus = true", "gpus = True"),
        ('gpus = "2"', "a whole number"),
        ('tags = "a"', "tags"),
        ('tags = [""]', "tags"),
        ("conda_env = 3", "a text in quotes"),
        ('conda_env = "a\\u0000b"', "conda_env"),
        ('conda = "x"', "conda_env"),
        ("gpus = ", "is not TOML"),
        ("[gpus]\nx = 1", "gpus"),
        ("#" * 70_000, "64 KiB"),
    ],
)
def test_unusable_file_is_refused_by_name(tmp_path: Path, text: str, said: str) -> None:
    """What cannot be names the file and what would be right."""
    path = write(tmp_path, text)
    with pytest.raises(ConfigError) as refused:
        project_defaults(str(tmp_path), {})
    assert str(path) in refused.value.sentence
    assert said in refused.value.sentence


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    """A file that is not UTF-8 is told as such."""
    write(tmp_path, "").write_bytes(b'conda_env = "\xff"')
    with pytest.raises(ConfigError, match="not UTF-8"):
        project_defaults(str(tmp_path), {})


@pytest.mark.parametrize("text", ["two", "-1", "1.5", "99999999999"])
def test_unusable_variable_is_refused_by_name(tmp_path: Path, text: str) -> None:
    """A number that is none names the variable."""
    with pytest.raises(ConfigError, match="ANT_TUI_GPUS"):
        project_defaults(str(tmp_path), {"ANT_TUI_GPUS": text})


def test_file_that_others_can_write_is_not_used(tmp_path: Path) -> None:
    """Whoever can write the file could name the conda executable: it is not used, and that is said."""
    path = write(tmp_path, "gpus = 3")
    path.chmod(0o666)
    found = project_defaults(str(tmp_path), {"ANT_TUI_TAGS": "x"})
    assert (found.values, found.file) == ({"tags": ["x"]}, "")
    assert f"chmod o-w {path}" in found.warning


def test_file_of_somebody_else_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file in a shared directory that belongs to another user does not run its owner's program in our name."""
    path = write(tmp_path, "gpus = 3")
    owner = os.stat(path).st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    if owner == 0:  # what root wrote is trusted, so it must be somebody else's
        os.chown(path, 12345, -1)
    found = project_defaults(str(tmp_path), {})
    assert found.values == {}
    assert "belongs to somebody else" in found.warning


@pytest.mark.parametrize(
    ("form", "values", "became"),
    [
        ({"workdir": "/here", "workdir_default": True}, {"workdir": "/there"}, {"workdir": "/there"}),
        ({"workdir": "/said"}, {"workdir": "/there"}, {"workdir": "/said"}),
        ({"gpus": 0}, {"gpus": 2}, {"gpus": 0}),
        ({"gpu_ids": ["1"]}, {"gpus": 2}, {"gpu_ids": ["1"]}),
        ({"conda_env": "said"}, {"conda_env": "x", "conda_env_path": "/y"}, {"conda_env": "said"}),
        ({"conda_env_path": "/s"}, {"conda_env": "x", "conda_path": "c"}, {"conda_env_path": "/s", "conda_path": "c"}),
        ({"tags": ["said"]}, {"tags": ["x"]}, {"tags": ["said"]}),
        ({}, {"tags": ["x"], "gpus": 1}, {"tags": ["x"], "gpus": 1}),
    ],
)
def test_what_is_said_wins_over_defaults(form: dict[str, Any], values: dict[str, Any], became: dict[str, Any]) -> None:
    """Options win over all; the two ways to name a conda environment are one decision."""
    complete(form, values)
    form.pop("workdir_default", None)
    assert form == became


NAMES = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20).filter(
    lambda text: text.strip() == text and text.lower() not in ("none", "null")
)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "conda_env": NAMES,
            "conda_path": NAMES,
            "gpus": st.integers(0, 10_000),
            "tags": st.lists(NAMES, min_size=1, max_size=3),
        },
    )
)
def test_written_file_says_what_was_meant(tmp_path_factory: pytest.TempPathFactory, values: dict[str, Any]) -> None:
    """Quotes, backslashes and anything else in a value survive writing and reading (row 331)."""
    directory = tmp_path_factory.mktemp("project")
    write(directory, text_of(values))
    assert project_defaults(str(directory), {}).values == values


def test_written_file_explains_every_key() -> None:
    """Also what has no value stands in the file, as a comment."""
    lines = text_of({"gpus": 2}).splitlines()
    assert "gpus = 2" in lines
    for name in KEYS:
        assert any(line.startswith((f"{name} = ", f"# {name} = ")) for line in lines), name
