"""``recover``: what earlier sessions left, listed, restored, hidden, forgotten."""

from __future__ import annotations

import json
import os
import signal
from pathlib import Path
from typing import Any

import pytest

from ant_tui.cli.recovering import GROUPS
from ant_tui.client.connection import address_of
from ant_tui.core.task import Group
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, error, outcome, task
from tests.service import ant_tui, running


def entry(number: int, group: str = "queued", was: str = "queued", conflict: str = "") -> dict[str, Any]:
    document = task(number, state="recoverable", command=f"command {number}")
    return {"group": group, "was": was, "conflict": conflict, "task": document}


LEFT = {
    "prompt": True,
    "sessions": [
        {
            "session_id": "s-new",
            "last": True,
            "left_at": "2026-11-21T10:00:00.000Z",
            "entries": [entry(4, "interrupted", "lost"), entry(5), entry(6, "completed", "failed", "The id is taken.")],
        },
        {"session_id": "s-old", "last": False, "left_at": "2026-11-20T10:00:00.000Z", "entries": [entry(2)]},
    ],
    "hidden": [entry(1)],
    "schema": 1,
}


@pytest.fixture(autouse=True)
def answering(fake: FakeScheduler) -> None:
    fake.answers["recover_list"] = LEFT
    verbs = ("restore", "forget", "hide", "show")
    fake.answers |= {f"recover_{verb}": {"results": [outcome("a")], "schema": 1} for verb in verbs}


def test_groups_are_those_of_the_scheduler() -> None:
    """The words that the command line knows are the ones that the core has."""
    assert set(GROUPS) == {group.value for group in Group}


def test_list_shows_sessions_newest_first(run: Run, fake: FakeScheduler) -> None:
    """Each entry tells number, id, group, what it was, its session, and what stands in its way (rows 245, 252)."""
    result = run("recover")
    lines = [line.split() for line in result.out.splitlines()]
    assert [line[:4] for line in lines[1:]] == [
        ["4", "task-4", "interrupted", "lost"],
        ["5", "task-5", "queued", "queued"],
        ["6", "task-6", "completed", "failed"],
        ["2", "task-2", "queued", "queued"],
    ]
    assert [line[5] for line in lines[1:]] == ["s-new", "s-new", "s-new", "s-old"]
    assert "cannot be restored now: The id is taken." in result.out
    assert "1 hidden one is shown by" in result.err
    assert run("recover", "list").out == result.out


def test_looking_does_not_take_the_prompt(run: Run, fake: FakeScheduler) -> None:
    """A listing consumes nothing, so whoever opens the screen is still asked (rows 246, 247)."""
    run("recover")
    assert fake.last == ("recover_list", {})


def test_list_can_be_narrowed(run: Run, fake: FakeScheduler) -> None:
    """By group, by session (also shortened, or ``last``), and with hidden ones (row 256)."""

    def numbers(*words: str) -> list[str]:
        return [line.split()[0] for line in run("recover", *words).out.splitlines()[1:]]

    assert numbers("--group", "queued") == ["5", "2"]
    assert numbers("--session", "s-old") == ["2"]
    assert numbers("--session", "last") == ["4", "5", "6"]
    assert numbers("--session", "s-n") == ["4", "5", "6"]
    assert numbers("--hidden") == ["4", "5", "6", "2", "1"]
    assert run("recover", "--session", "s-").code == 5
    assert json.loads(run("recover", "--json").out) == LEFT


@pytest.mark.parametrize("verb", ["restore", "forget", "hide", "show"])
@pytest.mark.parametrize(
    ("words", "params"),
    [
        (["4", "task-5"], {"entries": ["4", "task-5"]}),
        (["--all"], {"all": True}),
        (["--group", "interrupted"], {"group": "interrupted"}),
        (["--session", "last", "--group", "queued"], {"group": "queued", "session": "s-new"}),
    ],
)
def test_verbs_take_entries_groups_and_sessions(
    run: Run, fake: FakeScheduler, verb: str, words: list[str], params: dict[str, Any]
) -> None:
    """Single ones, all of a group, all of a session, or all (rows 251, 253, 255)."""
    assert run("recover", verb, *words).code == 0
    hidden = {"hidden": True} if verb == "show" else {}
    assert fake.last == (f"recover_{verb}", {**params, **hidden})


def test_logs_are_removed_only_when_asked(run: Run, fake: FakeScheduler) -> None:
    """``forget`` keeps logs unless ``--logs`` is said (row 253)."""
    run("recover", "forget", "4", "--logs")
    assert fake.last == ("recover_forget", {"entries": ["4"], "logs": True})


def test_conflicts_are_told(run: Run, fake: FakeScheduler) -> None:
    """An entry that could not be restored is a failure with its reason (row 252)."""
    results = [outcome("a", message="a is queued again."), outcome("b", False, "The id 'b' is taken.", "refused")]
    fake.answers["recover_restore"] = {"results": results, "schema": 1}
    result = run("recover", "restore", "a", "b")
    assert (result.code, result.out) == (5, "a is queued again.\n")
    assert "The id 'b' is taken." in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["restor", "4"], "did you mean restore?"),
        (["restore"], "Which ones?"),
        (["restore", "4", "--all"], "not both"),
        (["restore", "--group", "lost"], "group"),
        (["list", "4"], "no further word"),
        (["hide", "4", "--logs"], "--logs goes with forget"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    result = run("recover", *words)
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err


def test_unknown_session_is_named(run: Run, fake: FakeScheduler) -> None:
    """A session that left nothing is a mistake; that nothing was left by the last one is none."""
    result = run("recover", "--session", "x")
    assert (result.code, result.out) == (2, "")
    assert "There is no session 'x'" in result.err
    assert run("recover", "--session", "x", "--hidden").out.split()[7] == "1"
    fake.answers["recover_list"] = {"prompt": False, "sessions": [], "hidden": [], "schema": 1}
    for words in (("restore", "--session", "last"), ("list", "--session", "last")):
        assert run("recover", *words).code == 0
    assert "recover_restore" not in [method for method, _ in fake.requests]


def test_refusal_of_the_scheduler_is_told(run: Run, fake: FakeScheduler) -> None:
    """What the scheduler refuses is told with its code."""
    fake.answers["recover_restore"] = error("usage", 2, "No entry was named.")
    assert run("recover", "restore", "9").code == 2


def test_what_a_crash_left_is_decided_about(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a real scheduler: queued tasks of an earlier session are kept, listed (also offline), hidden and restored.

    Rows 245, 249, 251, 256.
    """
    data_dir = tmp_path / "real"
    with running(data_dir) as env:
        assert ant_tui(["pause"], env).returncode == 0
        for name in ("a", "b", "c"):
            assert ant_tui(["submit", "-J", name, "true"], env).returncode == 0
        address = address_of(str(data_dir))
        assert address is not None
        gone = os.pidfd_open(address.pid)
        os.kill(address.pid, signal.SIGKILL)
        _ended(gone)
    monkeypatch.setenv("ANT_TUI_RECOVERY__QUEUED", "keep")
    with running(data_dir) as env:
        listed = json.loads(ant_tui(["recover", "--json"], env).stdout)
        assert [one["task"]["id"] for one in listed["sessions"][0]["entries"]] == ["a", "b", "c"]
        assert ant_tui(["recover", "hide", "b"], env).returncode == 0
        assert ant_tui(["recover", "restore", "--group", "queued"], env).stdout.count("queued again") == 2
        assert ant_tui(["queue", "--state", "queued", "--parsable"], env).stdout.split() == ["a", "c"]
        assert ant_tui(["stop"], env).returncode == 0
    monkeypatch.setenv("ANT_TUI_DATA_DIR", str(data_dir))
    offline = run("recover", "--hidden")
    assert [line.split()[1] for line in offline.out.splitlines()[1:]] == ["b"]
    assert "No scheduler runs" in offline.err


def _ended(process: int) -> None:
    import select

    select.select([process], [], [], 30)
    os.close(process)
