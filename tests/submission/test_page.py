"""The user's page of the language: every example on it is run."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from ant_tui.errors import SubmissionError
from ant_tui.submission.arguments import ARGUMENTS
from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.gpupeasy import parse_gpupeasy
from ant_tui.submission.identifiers import TOKENS
from ant_tui.submission.multi import print_draft
from ant_tui.submission.sweeps import parameters_from_csv
from tests.submission.world import attempt, multi, single

PAGE = Path(__file__).parents[2] / "docs" / "submission.md"


class Example(NamedTuple):
    line: int
    kind: str
    text: str
    rows: dict[str, object]
    csv: str
    outcome: str
    expected: str


def examples() -> Iterator[Example]:
    page = PAGE.read_text("utf-8")
    before: dict[str, str] = {}
    for fence in re.finditer(r"^```(\w+)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL):
        kind, text = fence.groups()
        if kind not in ("tasks", "refused"):
            before[kind] = text
            continue
        rows = json.loads(before.pop("rows", "{}"))
        table = before.pop("csv", "")
        ((asked, source),) = before.items()
        before.clear()
        yield Example(page.count("\n", 0, fence.start()) + 1, asked, source, rows, table, kind, text)
    assert not before


def shown(draft: TaskDraft) -> str:
    words = [draft.id or "(random)", str(draft.gpus), draft.resolved_command.strip().replace("\n", "⏎")]
    words += [f"priority {draft.priority}"] if draft.priority is not None else []
    words += [f"tags {', '.join(draft.tags)}"] if draft.tags else []
    words += [f"directory {draft.workdir}"] if draft.workdir else []
    words += [f"output {draft.output}"] if draft.output else []
    return " | ".join([*words, *(f"{name}={value}" for name, value in draft.variables.items())])


@pytest.mark.parametrize("example", list(examples()), ids=lambda example: f"line{example.line}")
def test_every_example_is_true(example: Example) -> None:
    """Row 033, row 051, row 058, row 062, row 073: each decision of the page is what the program does."""
    parameters = parameters_from_csv(example.csv) if example.csv else ()
    parse = {
        "multi": lambda: multi(example.text, rows=example.rows, parameters=parameters),
        "single": lambda: single(example.text, rows=example.rows, parameters=parameters),
        "gpupeasy": lambda: parse_gpupeasy(example.text),
    }[example.kind]
    found = attempt(parse)
    told = list(found.reasons) if isinstance(found, SubmissionError) else [shown(draft) for draft in found]
    assert isinstance(found, SubmissionError) == (example.outcome == "refused")
    expected = example.expected.splitlines()
    assert len(told) == len(expected)
    for text, pattern in zip(told, expected, strict=True):
        assert re.fullmatch(".+".join(map(re.escape, pattern.split("…"))), text) or text == pattern
    if not isinstance(found, SubmissionError):
        assert all(multi(print_draft(draft)) == (draft,) for draft in found)


def test_the_page_names_every_argument_and_token() -> None:
    """Row 031: nothing of the language is missing from its page."""
    page = PAGE.read_text("utf-8")
    assert all(f"`{name}" in page for name in ARGUMENTS)
    assert all(f"[{token}]" in page for token in TOKENS)
    assert len(list(examples())) > 15
