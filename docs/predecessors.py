"""What users of earlier programs rely on, and the tests that prove it: ``python -m docs.predecessors``.

The claims are in ``predecessors.toml``; the proofs are the tests whose name or docstring carries a row's number
(``row 062``, ``rows 062-064``, ``rows 020, 021 and 034``). Both together become ``predecessors.md``. A row without a
test and without a reason is an error, and so is a number that no row has.
"""

from __future__ import annotations

import argparse
import ast
import re
import sys
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["CHECKLIST", "PAGE", "Row", "main", "numbers_in", "page", "proofs", "read_checklist", "wrong"]

ROOT = Path(__file__).resolve().parent.parent
CHECKLIST = ROOT / "docs" / "predecessors.toml"
PAGE = ROOT / "docs" / "predecessors.md"

_NUMBER = r"(?:[0-9]{3}(?![0-9])|1\.20)"
_MENTION = re.compile(
    rf"(?<![A-Za-z])rows?[\s_]+({_NUMBER}(?:(?:[\s,_]|and|or|to|rows?|-|–)+{_NUMBER})*)", re.IGNORECASE
)
_STEP = re.compile(rf"{_NUMBER}|to|-|–")

_HEAD = """\
# What users of earlier programs rely on

ant-tui follows ANT, Auto, ml-scheduler and GPUPeasy. This page lists what their users rely on or trip over there, what
became of it here, and the tests (in `tests/`) that prove it: `true`, `better` where it was wrong or weak, or why it is
not there. It is written by `python -m docs.predecessors` from `docs/predecessors.toml` and the tests' own words; a test
fails when a row has neither test nor reason.
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the checklist.

    Attributes:
        number: as tests name it.
        claim: what is true here.
        group: the heading that it stands under.
        better: whether it was wrong or weak before.
        later: what it comes with, where it is not there yet.
        left: why it is not meant to be, where it is not.
        measured: the page that holds the figure which stands in a test's place.
    """

    number: str
    claim: str
    group: str
    better: bool = False
    later: str = ""
    left: str = ""
    measured: str = ""

    @property
    def reason(self) -> str:
        """Why there need be no test; empty where there must be one."""
        return self.later or self.left or self.measured

    @property
    def state(self) -> str:
        """What became of it, in a few words."""
        if self.later:
            return f"comes with {self.later}"
        if self.left:
            return f"not meant: {self.left}"
        what = "better" if self.better else "true"
        return f"{what}; measured: [{self.measured}]({self.measured})" if self.measured else what


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page, or see whether it is as it should be.

    Returns:
        0, or 1 with each problem on stderr.
    """
    options = argparse.ArgumentParser(prog="python -m docs.predecessors", description=(__doc__ or "").split("\n")[0])
    options.add_argument("--check", action="store_true", help="write nothing; fail where the page would change")
    given = options.parse_args(arguments)
    rows = read_checklist(CHECKLIST.read_text(encoding="utf-8"))
    found = proofs(ROOT / "tests")
    problems = wrong(rows, found)
    written = page(rows, found)
    if not problems and not given.check:
        PAGE.write_text(written, encoding="utf-8")
    elif not problems and (not PAGE.exists() or PAGE.read_text(encoding="utf-8") != written):
        problems.append("docs/predecessors.md is not what the tests say; run: python -m docs.predecessors")
    for problem in problems:
        sys.stderr.write(f"{problem}\n")
    return 1 if problems else 0


def read_checklist(text: str) -> list[Row]:
    """Read the checklist.

    Raises:
        TypeError: a row lacks its number or claim, or says something that rows do not have.
        ValueError: a number stands twice, or the text is no TOML.
    """
    groups = tomllib.loads(text)["group"]
    rows = [
        Row(number=row.pop("row", ""), group=group["title"], **row)
        for group in groups
        for row in map(dict, group["rows"])
    ]
    numbers = [row.number for row in rows]
    if twice := sorted({number for number in numbers if numbers.count(number) > 1 or not number}):
        raise ValueError(f"These numbers stand twice, or nowhere: {', '.join(twice)}")
    return rows


def numbers_in(text: str) -> Iterator[str]:
    """The numbers of the rows that a text names; ranges are spelt out."""
    for mention in _MENTION.finditer(text):
        before, through = "", False
        for step in _STEP.findall(mention[1].lower()):
            if not step[0].isdigit():
                through = True
                continue
            if through and before.isdigit() and step.isdigit():
                yield from (f"{number:03}" for number in range(int(before) + 1, int(step)))
            yield step
            before, through = step, False


def proofs(tests: Path) -> dict[str, list[str]]:
    """Find the tests of each row.

    Args:
        tests: the folder of tests.

    Returns:
        By number, the tests in the order of their files: ``folder/test_file.py::TestClass::test_name``.
    """
    found: dict[str, list[str]] = {}
    for file in sorted(tests.rglob("test_*.py")):
        tree = ast.parse(file.read_text(encoding="utf-8"))
        for name, words in _said(tree, file.relative_to(tests).as_posix()):
            for number in dict.fromkeys(numbers_in(words)):
                found.setdefault(number, []).append(name)
    return found


def _said(node: ast.Module | ast.ClassDef, name: str) -> Iterator[tuple[str, str]]:
    """The tests of a file or a class, each with its name and docstring; those that hold others speak for them all."""
    yield name, ast.get_docstring(node) or ""
    for child in node.body:
        if isinstance(child, ast.ClassDef) and child.name.startswith("Test"):
            yield from _said(child, f"{name}::{child.name}")
        elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) and child.name.startswith("test"):
            yield f"{name}::{child.name}", f"{child.name}\n{ast.get_docstring(child) or ''}"


def wrong(rows: Sequence[Row], found: Mapping[str, Sequence[str]]) -> list[str]:
    """What is wrong: rows with neither test nor reason, and numbers that no row has, a sentence each."""
    known = {row.number for row in rows}
    problems = [
        f"row {row.number} ({row.claim}) has neither a test nor a reason"
        for row in rows
        if not row.reason and not found.get(row.number)
    ]
    return problems + [
        f"there is no row {number}, which {', '.join(tests)} names"
        for number, tests in sorted(found.items())
        if number not in known
    ]


def page(rows: Sequence[Row], found: Mapping[str, Sequence[str]]) -> str:
    """The whole page."""
    lines = [_HEAD]
    for group in dict.fromkeys(row.group for row in rows):
        lines += [f"## {group}\n", "| row | what | state | tests |", "| --- | --- | --- | --- |"]
        for row in rows:
            if row.group == group:
                tests = "<br>".join(f"`{name}`" for name in found.get(row.number, ()))
                lines.append(f"| {row.number} | {_cell(row.claim)} | {_cell(row.state)} | {tests} |")
        lines.append("")
    return "\n".join(lines)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    raise SystemExit(main())
