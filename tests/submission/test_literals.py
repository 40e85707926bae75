"""JSON and Python literals."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.submission.faults import Fault
from ant_tui.submission.literals import read_json_string, read_object
from tests.submission.world import VALUES


@given(st.dictionaries(st.text(), VALUES))
def test_what_json_and_python_write_is_read(value: dict[str, object]) -> None:
    """Row 066: an object written by JSON or by Python's repr is read as it was."""
    for text in (json.dumps(value), json.dumps(value, ensure_ascii=False), repr(value)):
        assert read_object(f"x {text} y", 2) == (value, len(text) + 2)


@given(st.text(st.sampled_from("{}[]()'\":,\\ \n1.e-tnA"), max_size=30))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Row 066: what is no object is a fault at an offset in it."""
    try:
        _, offset = read_object("{" + text, 0)
    except Fault as fault:
        offset = fault.offset
    assert 0 <= offset <= len(text) + 1


@given(st.text())
def test_json_strings(text: str) -> None:
    """Row 080: a JSON string is read back; anything else is none."""
    assert read_json_string(json.dumps(text)) == text
    assert read_json_string(text + "x") is None


@pytest.mark.parametrize("text", ['{"a": ' + "[" * 60 + "]" * 60 + "}", '{"a": ' + "1" * 500 + "}"])
def test_bounds(text: str) -> None:
    """Row 066: depth and length of numbers are bounded, with a sentence."""
    with pytest.raises(Fault, match=r"50 deep|400 digits"):
        read_object(text, 0)
