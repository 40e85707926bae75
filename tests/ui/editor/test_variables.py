"""Variables as a table and as JSON text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.core.secrets import MASK
from ant_tui.errors import SubmissionError
from ant_tui.submission.env_values import name_problem
from ant_tui.ui.editor.variables import Variables, as_table, as_text, of_texts, of_values, said_by

NAMES = st.from_regex(r"[A-Z_][A-Z0-9_]{0,5}", fullmatch=True).filter(lambda name: not name_problem(name))
TEXT = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
LEAVES = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    LEAVES | TEXT, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3), max_leaves=6
)


@given(st.dictionaries(NAMES, VALUES, max_size=5))
def test_table_and_text_say_the_same(values: dict[str, object]) -> None:
    """Row 100: from values to the table, to the text and back nothing is lost, whatever the values are."""
    table = of_values(values)
    assert said_by(table).values == values
    text = as_text(table)
    assert said_by(text).values == values
    assert said_by(as_table(text)).values == values
    assert all(shown.isprintable() for row in table.rows for shown in row)


@given(st.dictionaries(NAMES, TEXT, max_size=5))
def test_the_variables_of_a_task_are_shown_so_that_they_stay_text(texts: dict[str, str]) -> None:
    """What a task has is text; shown in the table and read again it is the same text, also ``1e5`` and ``null``."""
    assert said_by(of_texts(texts)).texts == texts


def test_plain_numbers_and_words_stand_bare() -> None:
    """Only what would be read as something else has quotes."""
    rows = of_texts({"A": "1", "B": "word", "C": "1e5", "D": "null", "E": '"q"', "F": "true"}).rows
    assert dict(rows) == {"A": "1", "B": "word", "C": '"1e5"', "D": '"null"', "E": '"\\"q\\""', "F": "true"}


def test_types_are_those_of_the_language() -> None:
    """Row 101: in quotes it is text, otherwise what JSON makes of it, otherwise text."""
    said = said_by(Variables((("A", "3"), ("B", '"3"'), ("C", "x y"), ("D", "null"), ("E", '{"k": [1]}'))))
    assert said.good
    assert said.values == {"A": 3, "B": "3", "C": "x y", "D": None, "E": {"k": [1]}}
    assert said.texts == {"A": "3", "B": "3", "C": "x y", "E": '{"k":[1]}'}


def test_each_wrong_row_is_named() -> None:
    """Row 102: a missing, a bad and a doubled name are told at their rows; empty rows count for nothing."""
    rows = (("A", "1"), ("", ""), ("", "x"), ("2b", "y"), ("A", "2"), ("CUDA_VISIBLE_DEVICES", "0"), ("OK", "fine"))
    said = said_by(Variables(rows))
    assert set(said.rows) == {2, 3, 4, 5}
    assert said.rows[2] == "A name is missing."
    assert "'2b' is no name" in said.rows[3]
    assert said.rows[4] == "A is already in row 1."
    assert "set by the scheduler itself" in said.rows[5]
    assert said.values == {"A": 1, "OK": "fine"}


def test_a_doubled_name_is_told_with_the_row_that_is_seen() -> None:
    """Rows are numbered as they stand on the screen, empty ones included."""
    said = said_by(Variables((("", ""), ("A", "1"), ("A", "2"))))
    assert said.rows == {2: "A is already in row 2."}


def test_arguments_are_told_apart_from_variables() -> None:
    """Rows that begin with ant_ say something about the task; null, empty, none say nothing (rows 067, 094)."""
    rows = (("ant_n_gpus", '"4"'), ("ant_conda_env", "null"), ("ant_wd", "~/x"), ("ant_tags", "a,b"), ("X", "1"))
    said = said_by(Variables(rows))
    assert said.good
    assert said.arguments == {"gpus": 4, "workdir": "~/x", "tags": ("a", "b")}
    assert said.texts == {"X": "1"}


def test_an_argument_that_cannot_be_is_told_at_its_row() -> None:
    """A number of GPUs must be one, and a name that is often mistaken is corrected."""
    said = said_by(Variables((("ant_n_gpus", "two"), ("ant_gpus", "1"))))
    assert "'two' is no number of GPUs" in said.rows[0]
    assert "did you mean ant_n_gpus?" in said.rows[1]
    assert said.arguments == {}


def test_secrets_are_masked_in_the_text_and_kept() -> None:
    """Row 106: the JSON text shows no secret, and switching back brings it back unless it was written anew."""
    table = of_values({"API_KEY": "s3cret", "A": 1})
    text = as_text(table)
    assert text.text is not None
    assert "s3cret" not in text.text
    assert MASK in text.text
    assert said_by(as_table(text)).values == {"API_KEY": "s3cret", "A": 1}
    changed = Variables(text.rows, text.text.replace(MASK, "other"))
    assert said_by(changed).values == {"API_KEY": "other", "A": 1}


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("[1]", "must be a JSON object"),
        ('{"A": 1,}', "line 1, column"),
        ('{"A": 1, "A": 2}', "A is already"),
        ('{"2b": 1}', "no name of a variable"),
        ('{"A": "\\u0000"}', "NUL"),
    ],
)
def test_wrong_text_says_what_is_wrong(text: str, part: str) -> None:
    """Row 102: text that is no object, or names what no variable can be, is told as a whole."""
    said = said_by(Variables((), text))
    assert not said.good
    assert part in said.problem


def test_a_wrong_table_does_not_become_text() -> None:
    """Switching never loses a row: first it must be right."""
    with pytest.raises(SubmissionError, match="Row 2: A is already in row 1"):
        as_text(Variables((("A", "1"), ("A", "2"))))
    with pytest.raises(SubmissionError, match="JSON"):
        as_table(Variables((), "nonsense"))


def test_empty() -> None:
    """Blank rows and an empty object are nothing."""
    assert Variables().empty
    assert Variables((("", " "),)).empty
    assert Variables((), "{ }\n").empty
    assert said_by(Variables((), "")).values == {}
    assert not Variables((("A", ""),)).empty
