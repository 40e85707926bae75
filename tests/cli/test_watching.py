"""``watch``: the event stream."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler

SUBMITTED = {
    "method": "event",
    "params": {
        "seq": 12,
        "event": {"type": "task_submitted", "at": 0.0, "number": 7, "id": "a\x1b", "spec": {"command": "echo hi"}},
    },
}
ENVIRONMENT = {
    "method": "event",
    "params": {"seq": 13, "event": {"type": "environment_recorded", "at": 0.0, "variables": {"TOKEN": "secret"}}},
}
RESET = {"method": "reset", "params": {"reason": "the disk was full"}}


def test_events_are_told_a_line_each(run: Run, fake: FakeScheduler) -> None:
    """People read time, number, kind and the facts; whole environments stay out; the end is code 3."""
    fake.answers["subscribe"] = {"schema": 1, "seq": 11}
    fake.after["subscribe"] = [SUBMITTED, ENVIRONMENT, RESET, None]
    result = run("watch")
    lines = result.out.splitlines()
    assert lines[0].endswith("12 task_submitted number=7 id=a␛ command=echo hi")
    assert lines[1].endswith("13 environment_recorded")
    assert lines[2] == "reset: the disk was full"
    assert "from event 12 on" in result.err
    assert result.code == 3


def test_json_lines_are_what_the_socket_told(run: Run, fake: FakeScheduler) -> None:
    """``events --json`` prints each notification's parameters unchanged, and ``--since`` resumes."""
    fake.answers["subscribe"] = {"schema": 1, "seq": 13}
    fake.after["subscribe"] = [SUBMITTED, RESET, None]
    result = run("events", "--json", "--since", "11")
    assert fake.last == ("subscribe", {"since": 11})
    assert [json.loads(line) for line in result.out.splitlines()] == [SUBMITTED["params"], RESET["params"]]


HIDDEN = [
    ("environment_recorded", {"variables": {"TOKEN": "s3cr3t", "LR": "1"}}),
    ("workspace_changed", {"values": {"API_KEY": "s3cr3t", "LR": "1"}}),
    ("slot_changed", {"slot": 1, "values": {"API_KEY": "s3cr3t", "LR": "1"}}),
    ("task_submitted", {"spec": {"command": "true", "variables": {"WANDB_API_KEY": "s3cr3t", "LR": "1"}}}),
]


@pytest.mark.parametrize("options", [[], ["--json"]], ids=["people", "json"])
@pytest.mark.parametrize(("kind", "said"), HIDDEN, ids=[kind for kind, _ in HIDDEN])
def test_secrets_are_hidden_unless_asked_for(
    run: Run, fake: FakeScheduler, kind: str, said: dict[str, Any], options: list[str]
) -> None:
    """Environments, the workspace, slots and tasks are told without the values that look secret (row 106)."""
    fake.answers["subscribe"] = {"schema": 1, "seq": 11}
    told = {"method": "event", "params": {"seq": 12, "event": {"type": kind, "at": 0.0, **said}}}
    fake.after["subscribe"] = [told, None]
    assert "s3cr3t" not in run("watch", *options).out
    if options:
        assert '"LR": "1"' in run("watch", *options).out
        assert json.loads(run("watch", "--secrets", *options).out) == told["params"]


def test_bad_number_is_refused(run: Run, fake: FakeScheduler) -> None:
    """``--since`` takes a sequence number."""
    assert run("watch", "--since", "yesterday").code == 2
    assert not fake.requests
