"""Values and names of environment rows."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.errors import SubmissionError
from ant_tui.submission.env_values import (
    PRESETS,
    cell,
    presets_left,
    row_problems,
    rows_from_json,
    rows_to_json,
    rows_to_values,
    text_of,
    typed,
    value_problem,
)
from tests.submission.world import VALUES, refused, single


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"3"', "3"),
        ("'3'", "3"),
        ("3", 3),
        ("1e-3", 0.001),
        ("true", True),
        ("null", None),
        ('{"a": [1]}', {"a": [1]}),
        ("hello world", "hello world"),
        (" x ", "x"),
        ("True", "True"),
        ("", ""),
        ("NaN", "NaN"),
        ("1e999", "1e999"),
        ('"a\\d"', "a\\d"),
        ("'", "'"),
        ("[" * 100_000, "[" * 100_000),
        ("9" * 5000, "9" * 5000),
    ],
)
def test_typing_of_values(text: str, value: object) -> None:
    """Row 101: in quotes it is text, otherwise JSON if JSON can read it, otherwise text."""
    read = typed(text)
    assert read == value
    assert type(read) is type(value)


@given(VALUES)
def test_a_cell_shows_the_value_that_it_is_read_as(value: object) -> None:
    """Row 100, row 101: what the table shows is read as the same value of the same type."""
    read = typed(cell(value))
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("x $HOME `y`", "x $HOME `y`"),
        (3, "3"),
        (0.5, "0.5"),
        (1e-5, "1e-05"),
        (True, "true"),
        (False, "false"),
        ([1, "é"], '[1,"é"]'),
        ({"a": None}, '{"a":null}'),
        ("", ""),
    ],
)
def test_the_text_of_a_value(value: object, text: str) -> None:
    """Row 096: numbers and booleans are plain text, text is itself, byte for byte."""
    assert text_of(value) == text


@pytest.mark.parametrize("value", [None, "a\0b", "\udcff", {1, 2}, object(), 10**5000, [{1}]], ids=range(7))
def test_values_without_a_text(value: object) -> None:
    """Row 096: what no environment variable can hold is refused with a sentence."""
    with pytest.raises(SubmissionError) as caught:
        text_of(value)
    assert caught.value.sentence.isprintable()


def test_names_of_rows() -> None:
    """Row 102: an empty, a bad and a duplicate name are flagged at their rows, the good ones are not."""
    problems = row_problems(["A", "", "A", "a b", "ant_wd", "ant_gpus", "9a", "é", "CUDA_VISIBLE_DEVICES", "B"])
    assert [bool(problem) for problem in problems] == [False, True, True, True, False, True, True, True, True, False]
    assert problems[2] == "A is already in row 1."
    assert "did you mean ant_n_gpus" in problems[5]


def test_a_table_with_a_bad_row_is_not_saved() -> None:
    """Row 102: every bad row is told, and nothing comes out."""
    assert refused(lambda: rows_to_values([("A", "1"), ("", "2"), ("A", "3")])) == (
        "row 2: A name is missing.",
        "row 3: A is already in row 1.",
    )
    assert rows_to_values([("A", "1"), ("B", "'1'")]) == {"A": 1, "B": "1"}


@given(st.dictionaries(st.from_regex("[A-Z_][A-Z0-9_]{0,5}", fullmatch=True), VALUES))
def test_table_and_json_hold_the_same(values: dict[str, object]) -> None:
    """Row 100: switching between table and JSON text changes nothing."""
    assert rows_from_json(rows_to_json(values)) == values
    assert rows_to_values((name, cell(value)) for name, value in values.items()) == values


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "line 1, column 1"),
        ('{"A": 1,\n}', "line 2, column 1"),
        ("[1]", "must be a JSON object"),
        ('{"A": NaN}', "no JSON"),
        ('{"A": 1, "A": 2}', "A is already in row 1"),
        ('{"A B": 1}', "no name of a variable"),
        ("[" * 100_000, "nested too deep"),
        ('{"A": ' + "9" * 5000 + "}", "a number is too large"),
    ],
)
def test_bad_json_text(text: str, because: str) -> None:
    """Row 100, row 102: what is wrong with the JSON text is told, with its place where there is one."""
    with pytest.raises(SubmissionError) as caught:
        rows_from_json(text)
    assert because in caught.value.sentence


def test_nested_objects_stay_objects() -> None:
    """Row 100: values of JSON text are what JSON says."""
    assert rows_from_json('{"A": {"b": [{"c": null}]}}') == {"A": {"b": [{"c": None}]}}


def test_the_seven_presets() -> None:
    """Row 103: names and defaults of the presets; used ones are not offered again, a row of one's own always is."""
    assert [(preset.name, preset.value) for preset in PRESETS] == [
        ("ant_task_id", "[uuid]"),
        ("ant_n_gpus", 0),
        ("ant_wd", "./"),
        ("ant_conda_env", None),
        ("ant_conda_env_path", None),
        ("ant_conda_path", "conda"),
        ("", ""),
    ]
    left = presets_left({"ant_wd", "ant_n_gpus", "A"})
    assert [preset.name for preset in left] == [
        "ant_task_id",
        "ant_conda_env",
        "ant_conda_env_path",
        "ant_conda_path",
        "",
    ]
    assert json.loads(rows_to_json({preset.name: preset.value for preset in PRESETS[:6]}))["ant_conda_path"] == "conda"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ant_n_gpus", "two"),
        ("ant_n_gpus", 1.5),
        ("ant_n_gpus", -1),
        ("ant_priority", True),
        ("ant_gpu_ids", "0,,1"),
        ("ant_gpu_ids", [0, 0]),
        ("ant_tags", ["a,b"]),
        ("ant_wd", ["x"]),
        ("ant_conda_env", {"a": 1}),
        ("ant_output", "a\x07b"),
        ("ant_task_id", "17"),
        ("ant_task_id", "a,b"),
        ("ant_task_id", ".."),
        ("LR", "a\0b"),
    ],
)
def test_value_that_no_task_could_have_is_told(name: str, value: object) -> None:
    """A row that would have every submission refused is known for one before it is kept."""
    problem = value_problem(name, value)
    assert problem.startswith(f"{name}: ")
    (reason,) = refused(lambda: single("x", rows={name: value}))
    assert problem.removeprefix(f"{name}: ") in reason


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ant_n_gpus", "2"),
        ("ant_n_gpus", None),
        ("ant_n_gpus", "none"),
        ("ant_n_gpus", "{n}"),
        ("ant_priority", "{rand int 1 9}"),
        ("ant_gpu_ids", [0, "1"]),
        ("ant_tags", "a, b"),
        ("ant_wd", 5),
        ("ant_task_id", "[uuid]"),
        ("ant_task_id", "run-[lr]"),
        ("ant_task_id", "run-{datetime}"),
        ("ant_task_id", "uuid.uuid4()"),
        ("LR", None),
        ("LR", [1, 2]),
        ("LR", "{x}"),
    ],
)
def test_value_that_some_task_could_have_is_kept(name: str, value: object) -> None:
    """What a column, a sweep, chance or a template fills in is judged by the task that does so."""
    assert value_problem(name, value) == ""
    assert single("x {n} {x}", rows={name: value}, parameters=({"n": "1", "lr": "3", "x": "y"},))
