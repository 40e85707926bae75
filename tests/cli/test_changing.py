"""Verbs that change tasks that are there: what is asked, what is told, which code comes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, outcome

PLAIN = ("cancel", "hold", "release", "suspend", "resume", "retry", "forget")


@pytest.mark.parametrize("verb", PLAIN)
def test_names_are_passed_on_as_they_were_typed(run: Run, fake: FakeScheduler, verb: str) -> None:
    """Ids, numbers, ranges, lists and ``last`` are the scheduler's to understand (row 334)."""
    fake.answers[verb] = {"results": [outcome("a", message="a is done.")], "schema": 1}
    result = run(verb, "a", "3-9", "--quiet", "@", "3,5")
    assert fake.last == (verb, {"tasks": ["a", "3-9", "@", "3,5"]})
    assert (result.code, result.out, result.err) == (0, "", "")


@pytest.mark.parametrize("verb", PLAIN)
def test_selectors_select(run: Run, fake: FakeScheduler, verb: str) -> None:
    """``--state``, ``--tag`` and ``--all`` are sent as such."""
    fake.answers[verb] = {"results": [], "schema": 1}
    result = run(verb, "--state", "queued,running", "--state", "failed", "--tag", "x", "--all")
    assert fake.last == (verb, {"states": ["queued", "running", "failed"], "tag": "x", "all": True})
    assert result.code == 0
    assert "No task matches" in result.err


@pytest.mark.parametrize("words", [["--all", "--tag", ""], ["--tag="], ["--state", "", "a"]])
def test_an_empty_selector_selects_nothing(run: Run, fake: FakeScheduler, words: list[str]) -> None:
    """A script whose variable is not set must not end all tasks instead of some."""
    result = run("cancel", *words)
    assert (result.code, fake.requests) == (2, [])
    assert "is empty; give a value, or leave the option out" in result.err


def test_very_many_outcomes_are_counted_not_listed(run: Run, fake: FakeScheduler) -> None:
    """Fifty complaints, and how many more; what went well is all there for a pipe, and so is a document."""
    results = [outcome(f"t{n}", n % 2 == 0, f"t{n} is so.", "" if n % 2 == 0 else "refused") for n in range(3000)]
    fake.answers["hold"] = {"results": results, "schema": 1}
    result = run("hold", "--all")
    assert result.out.splitlines()[-1] == "t2998 is so."
    assert result.err.splitlines()[-2:] == [
        "ant-tui: t99 is so.",
        "ant-tui: … and 1,450 more; --json names all of them",
    ]
    assert len(json.loads(run("hold", "--all", "--json").out)["results"]) == 3000


@pytest.mark.parametrize(("alias", "verb"), [("rerun", "retry"), ("requeue", "retry")])
def test_aliases_are_the_same_verb(run: Run, fake: FakeScheduler, alias: str, verb: str) -> None:
    """What other schedulers call it works as well."""
    fake.answers[verb] = {"results": [outcome("a-restart-1", number=9)], "schema": 1}
    assert run(alias, "a").code == 0
    assert fake.last[0] == verb


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([outcome("a"), outcome("b")], 0),
        ([outcome("a"), outcome("b", False, "b is running.", "refused")], 5),
        ([outcome("b", False, "b is running.", "refused"), outcome("c", False, "No c.", "no_such_task")], 4),
        ([outcome("a", False, "The disk is full.", "journal_unavailable")], 5),
    ],
)
def test_each_is_reported_and_one_failure_fails(
    run: Run, fake: FakeScheduler, results: list[dict[str, Any]], code: int
) -> None:
    """What worked goes to stdout, what did not to stderr; 4 if one is unknown, else 5 (row 224)."""
    fake.answers["hold"] = {"results": results, "schema": 1}
    result = run("hold", "a", "b")
    assert result.code == code
    assert result.out.splitlines() == [one["message"] for one in results if one["ok"]]
    assert result.err.splitlines() == [f"ant-tui: {one['message']}" for one in results if not one["ok"]]


def test_json_is_passed_through_with_the_same_code(run: Run, fake: FakeScheduler) -> None:
    """``--json`` prints the socket's result unchanged, and the code still tells."""
    answer = {"results": [outcome("a", False, "No a.", "no_such_task")], "schema": 1, "later": {"field": [1, None]}}
    fake.answers["cancel"] = answer
    result = run("cancel", "--json", "a")
    assert json.loads(result.out) == answer
    assert result.code == 4


def test_kill_sends_its_signal(run: Run, fake: FakeScheduler) -> None:
    """The signal is sent as it was typed, to the tasks that were named."""
    fake.answers["kill"] = {"results": [outcome("a")], "schema": 1}
    assert run("kill", "-s", "USR1", "a", "b").code == 0
    assert fake.last == ("kill", {"signal": "USR1", "tasks": ["a", "b"]})


@pytest.mark.parametrize("verb", ["tag", "untag"])
def test_last_word_is_the_tag(run: Run, fake: FakeScheduler, verb: str) -> None:
    """``tag ID… TAG`` takes the last word as the tag; selectors can stand for the ids."""
    fake.answers[verb] = {"results": [outcome("a")], "schema": 1}
    run(verb, "a", "b", "night")
    assert fake.last == (verb, {"label": "night", "tasks": ["a", "b"]})
    run(verb, "--state", "queued", "night")
    assert fake.last == (verb, {"label": "night", "states": ["queued"]})


def test_forget_takes_a_time_and_the_logs(run: Run, fake: FakeScheduler) -> None:
    """``--before`` is sent in epoch seconds and alone means all that ended before; ``--logs`` removes logs too."""
    fake.answers["forget"] = {"results": [], "schema": 1}
    run("forget", "--before", "2026-11-21T10:00:00Z", "--logs")
    assert fake.last == ("forget", {"before": 1795255200.0, "logs": True, "all": True})
    run("forget", "--before", "2026-11-21T10:00:00Z", "--state", "failed")
    assert fake.last == ("forget", {"before": 1795255200.0, "states": ["failed"]})


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["cancel"], "Which task?"),
        (["cancel", "a", "--all"], "not both"),
        (["hold", "--state", "runing"], "did you mean running?"),
        (["hold", "--state", "xyz"], "queued, starting"),
        (["kill", "a"], "-s USR1"),
        (["kill", "-s", "TERM"], "Which task?"),
        (["tag"], "ID… TAG"),
        (["tag", "a"], "which tasks"),
        (["tag", "a", "x,y"], "one word"),
        (["tag", "a", " "], "one word"),
        (["forget"], "Which task?"),
        (["forget", "--before", "soon"], "2026-11-21"),
        (["release", "--tga", "x"], "did you mean --tag?"),
        (["cancel", "--json=1", "a"], "--json"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(
    run: Run, fake: FakeScheduler, words: list[str], said: str
) -> None:
    """Every mistake is a usage error of one sentence, and nothing is asked of the scheduler (row 338)."""
    result = run(*words)
    assert result.code == 2
    assert said in result.err
    assert len(result.err.splitlines()) == 1
    assert not fake.requests
