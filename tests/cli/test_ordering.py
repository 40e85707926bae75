"""``move`` and ``rename``."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, error, outcome, task


@pytest.mark.parametrize(
    ("words", "params"),
    [
        (["--top"], {"to": "top"}),
        (["--bottom"], {"to": "bottom"}),
        (["--up", "3"], {"to": "up", "by": 3}),
        (["--down", "1"], {"to": "down", "by": 1}),
        (["--before", "b"], {"to": "before", "other": "b"}),
        (["--after=7"], {"to": "after", "other": "7"}),
    ],
)
def test_every_way_to_move_is_sent(run: Run, fake: FakeScheduler, words: list[str], params: dict[str, Any]) -> None:
    """``move`` says where to, and of which tasks."""
    fake.answers["move"] = {"results": [outcome("a")], "schema": 1}
    assert run("move", "a", *words, "c").code == 0
    assert fake.last == ("move", {"tasks": ["a", "c"], **params})


def test_rename_tells_the_new_name(run: Run, fake: FakeScheduler) -> None:
    """``rename`` sends both names and tells what the task is called now."""
    fake.answers["rename"] = {"tasks": [task(7, id="new")], "schema": 1}
    result = run("rename", "old", "new")
    assert fake.last == ("rename", {"task": "old", "id": "new"})
    assert "Task 7 is called new now." in result.err


def test_refused_name_tells_why(run: Run, fake: FakeScheduler) -> None:
    """A name that is taken is a refusal."""
    fake.answers["rename"] = error("refused", 5, "The id 'new' is taken.")
    assert run("rename", "old", "new").code == 5


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["move", "a"], "Where to?"),
        (["move", "--top"], "Which task?"),
        (["move", "a", "--up", "0"], "from 1"),
        (["move", "a", "--up", "x"], "--up"),
        (["move", "a", "--top", "--bottom"], "not allowed with"),
        (["move", "a", "--topp"], "did you mean --top?"),
        (["rename", "a"], "rename ID NEW"),
        (["rename", "a", "b", "c"], "rename ID NEW"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    result = run(*words)
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err
