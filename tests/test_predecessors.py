"""The checklist of what users of earlier programs rely on: every row has its proof or its reason."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from docs.predecessors import Row, numbers_in, page, proofs, read_checklist, wrong
from tests.conftest import ROOT

TESTS = '''\
"""What row 007 is about."""

def helper():
    """Row 001."""

async def test_row_002_in_the_name():
    pass

class TestMany:
    """Rows 003-005."""

    def test_one(self):
        """Row 020, row 021 (and of 1000 rows)."""
'''


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Row 062: three tasks.", ["062"]),
        ("told (rows 020, 021 and 034), row 050.", ["020", "021", "034", "050"]),
        ("rows 062-064", ["062", "063", "064"]),
        ("Rows 090 to 093, 096", ["090", "091", "092", "093", "096"]),
        ("rows 098\n    – 101", ["098", "099", "100", "101"]),
        ("rows 1.20, 337", ["1.20", "337"]),
        ("test_row_062_of_it", ["062"]),
        ("200 rows; row 12; rows 1000; arrows 123; Row 106 and issue 3", ["106"]),
    ],
)
def test_numbers_are_found_however_they_are_written(text: str, numbers: list[str]) -> None:
    """Single ones, lists and ranges; other numbers beside the word are none."""
    assert list(numbers_in(text)) == numbers


def test_proofs_are_tests_their_classes_and_their_files(tmp_path: Path) -> None:
    """What is no test proves nothing, whatever it says."""
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "test_it.py").write_text(TESTS)
    (tmp_path / "part" / "world.py").write_text('"""Row 006."""')
    assert proofs(tmp_path) == {
        "007": ["part/test_it.py"],
        "002": ["part/test_it.py::test_row_002_in_the_name"],
        **{number: ["part/test_it.py::TestMany"] for number in ("003", "004", "005")},
        **{number: ["part/test_it.py::TestMany::test_one"] for number in ("020", "021")},
    }


def test_what_is_wrong_is_named() -> None:
    """A row with neither test nor reason, and a number that no row has."""
    rows = [
        Row("001", "it is", "A"),
        Row("002", "it is not", "A"),
        Row("003", "not yet", "A", later="something"),
        Row("004", "never", "A", left="nobody needs it"),
        Row("005", "fast", "A", measured="performance.md"),
    ]
    assert wrong(rows, {"001": ["test_a"], "099": ["test_b", "test_c"]}) == [
        "row 002 (it is not) has neither a test nor a reason",
        "there is no row 099, which test_b, test_c names",
    ]
    written = page(rows, {"001": ["test_a"]})
    assert "| 001 | it is | true | `test_a` |" in written
    assert "| 003 | not yet | comes with something |  |" in written
    assert "| 004 | never | not meant: nobody needs it |  |" in written


@pytest.mark.parametrize(
    "rows", ['{ row = "001", claim = "a" }, { row = "001", claim = "b" }', '{ claim = "a" }', '{ row = "001" }']
)
def test_a_checklist_that_cannot_be_is_an_error(rows: str) -> None:
    """A number stands once, and each row has one, and a claim."""
    with pytest.raises((ValueError, TypeError)):
        read_checklist(f'[[group]]\ntitle = "A"\nrows = [{rows}]\n')


def test_the_page_is_what_the_tests_say() -> None:
    """Every row has a test or a reason, and the page is up to date: ``python -m docs.predecessors`` writes it."""
    command = [sys.executable, "-m", "docs.predecessors", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (0, "")
