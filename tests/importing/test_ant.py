"""Which file of ANT a file is, and which it is not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.errors import UsageError
from ant_tui.importing.ant import files_in, plan_of

SETTINGS = {"backend_port": 5000, "step_interval": 1}
STATE_1 = {"version": 1, "saved_at": 1.0, "queued": [], "ongoing": [], "completed": []}
STATE_2: dict[str, Any] = {"version": 2, "sessions": [], "hidden": []}
SLOTS = {"version": 1, "slot_count": 1, "slots": [{"index": 0, "name": "Slot 1", "envar": {}, "is_empty": True}]}


def write(directory: Path, content: object, name: str = "file.json") -> str:
    path = directory / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return str(path)


@pytest.mark.parametrize(
    ("content", "about"),
    [(SETTINGS, "settings"), (STATE_1, "tasks"), (STATE_2, "tasks"), (SLOTS, "slots"), ({"queued": []}, "tasks")],
)
def test_files_are_told_apart_by_their_content(tmp_path: Path, content: object, about: str) -> None:
    """Whatever a file is called, what is in it says what it is (row 244)."""
    assert about in plan_of(write(tmp_path, content)).about


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "line 1, column 1"),
        ('{"a": }', "line 1, column 7"),
        ("[]", "none of ANT's files"),
        ({"hello": 1}, "none of ANT's files"),
        ({"queued": 3}, "none of ANT's files"),
        ({**STATE_2, "version": 3}, "version 3"),
        ({**STATE_2, "version": "2"}, "version '2'"),
        ({**SLOTS, "version": 2}, "version 2"),
        ("[" * 100_000, "no JSON"),
    ],
)
def test_other_files_are_refused(tmp_path: Path, content: object, said: str) -> None:
    """What is no file of ANT, or one of a newer version, is refused by name and left as it is (rows 243, 244)."""
    path = write(tmp_path, content)
    with pytest.raises(UsageError) as refused:
        plan_of(path)
    assert path in refused.value.sentence
    assert said in refused.value.sentence


def test_directory_stands_for_its_files(tmp_path: Path) -> None:
    """The directory from which ANT was started is enough."""
    config = write(tmp_path, SETTINGS, "config/default.json")
    slots = write(tmp_path, SLOTS, "ant_runner_logs/ant_envar_slots.json")
    assert files_in(str(tmp_path)) == [config, slots]
    with pytest.raises(UsageError, match=r"config/default\.json"):
        files_in(str(tmp_path / "config" / ".." / "ant_runner_logs" / "nothing"))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from(
    ["version", "sessions", "queued", "ongoing", "completed", "hidden", "slots", "ADGS_enabled", "LOGGER_log_dir",
     "ENVVAR_slot_count", "MONITORING_history_size", "RUNNER_default_n_gpus", "LOGGER_level"]
)  # fmt: skip
TASKS = st.lists(
    st.dictionaries(st.sampled_from(["task_id", "command", "n_gpus", "envar", "log_file_name"]), JSON), max_size=3
)


@given(st.dictionaries(NAMES, JSON | TASKS | st.lists(st.fixed_dictionaries({"queued": TASKS}), max_size=2)))
def test_no_content_makes_it_stumble(tmp_path_factory: pytest.TempPathFactory, content: dict[str, Any]) -> None:
    """Whatever stands in a file, it becomes a plan or a refusal."""
    path = write(tmp_path_factory.mktemp("any"), content)
    refused = ""
    try:
        plan_of(path)
    except UsageError as refusal:
        refused = refusal.sentence
    assert not refused or path in refused
