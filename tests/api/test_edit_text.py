"""Queued tasks as text that can be changed."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.api.edit_text import KEYS, difference, differences, read_text, text_of, values_of
from ant_tui.errors import UsageError

BEFORE: dict[str, Any] = {
    "command": "echo one\necho two",
    "id": "a",
    "gpus": 1,
    "gpu_ids": ["GPU-a"],
    "exclude_gpus": [],
    "priority": 10,
    "workdir": "/data",
    "output": "/data/out.txt",
    "tags": ["x"],
    "env": {"A": "1", "B": "2"},
}
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=20)


@given(TEXT, TEXT, st.lists(TEXT, max_size=3), st.dictionaries(TEXT, TEXT, max_size=3))
def test_what_nobody_touches_is_not_different(command: str, id: str, tags: list[str], env: dict[str, str]) -> None:
    """Out and in again: whatever a task holds, an unchanged text changes nothing."""
    values = {**BEFORE, "command": command, "id": id, "tags": tags, "env": env}
    assert difference(values, read_text(text_of(values, head="About this"))) == {}
    table = {"7": values, "12": BEFORE}
    assert differences(table, read_text(text_of(table, head="Two\nlines"))) == {}


def test_values_of_a_document() -> None:
    """All that can be changed is there, and nothing else."""
    document = {
        **BEFORE,
        "number": 3,
        "resources": {"gpus": 1, "gpu_ids": ("GPU-a",), "exclude_gpus": (), "cpus": None},
        "tags": ("x",),
    }
    assert values_of(document) == BEFORE
    assert set(BEFORE) == {*KEYS, "env"}


def test_only_what_is_different_is_found() -> None:
    """Changed, added and removed values, as the method ``edit`` takes them."""
    after = {**BEFORE, "gpus": 0, "tags": ["x", "y"], "gpu_ids": [], "env": {"A": "9", "C": "3"}}
    assert difference(BEFORE, after) == {
        "gpus": "0", "gpu_ids": "", "tags": "x,y", "env.A": "9", "env.B": "", "env.C": "3",
    }  # fmt: skip
    assert difference(BEFORE, {key: value for key, value in BEFORE.items() if key != "gpus"}) == {}


def test_several_tasks_are_told_apart_by_their_numbers() -> None:
    """A table that is gone leaves its task alone; the others get their own difference."""
    before = {"3": BEFORE, "12": {**BEFORE, "id": "b"}, "13": BEFORE}
    text = text_of(before)
    assert tomllib.loads(text)["12"]["id"] == "b"
    after = read_text(text.replace('id = "b"', 'id = "c"').replace("priority = 10", "priority = 5", 1))
    del after["13"]
    assert differences(before, after) == {"3": {"priority": "5"}, "12": {"id": "c"}}


@pytest.mark.parametrize(
    ("after", "part"),
    [
        ({"3": {**BEFORE, "gpsu": 1}}, "Task [3]: There is no key 'gpsu'; did you mean gpus?"),
        ({"3": {**BEFORE, "gpus": "one"}}, "gpus must be a whole number"),
        ({"3": {**BEFORE, "gpus": True}}, "gpus must be a whole number"),
        ({"3": {**BEFORE, "tags": "x"}}, "tags must be a list"),
        ({"3": {**BEFORE, "command": 1}}, "command must be a text"),
        ({"3": {**BEFORE, "env": {"A": 1}}}, "The variable A"),
        ({"3": {**BEFORE, "env": 1}}, "env must be a table"),
        ({"3": 1}, "Task [3] must be a table"),
        ({"4": BEFORE}, "There is no task [4] in this text; there are: 3."),
    ],
)
def test_what_cannot_be_is_named(after: dict[str, Any], part: str) -> None:
    """Unknown tasks and keys, and values of the wrong type; nothing is guessed."""
    with pytest.raises(UsageError) as refused:
        differences({"3": BEFORE}, after)
    assert part in refused.value.sentence


def test_text_that_is_none() -> None:
    """No TOML, and no UTF-8."""
    with pytest.raises(UsageError, match="not TOML"):
        read_text("[3\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_text(b"a = '\xff'")
    assert read_text(b"\xef\xbb\xbfa = 1") == {"a": 1}
