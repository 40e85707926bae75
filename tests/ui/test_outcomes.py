"""What a verb came to, in one sentence."""

from __future__ import annotations

import pytest

from ant_tui.api.documents import OutcomeDocument
from ant_tui.ui.acts.outcomes import left_out, merged, summary


def ok(name: str) -> OutcomeDocument:
    return OutcomeDocument(name, True, f"{name} is being ended.")


def no(name: str) -> OutcomeDocument:
    return OutcomeDocument(name, False, f"{name} is completed already.", kind="refused")


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ((), ("There was nothing to be done.", "warn")),
        ((ok("a"),), ("a is being ended.", "good")),
        ((no("a"),), ("a is completed already.", "bad")),
        ((ok("a"), ok("b")), ("2 tasks cancelled.", "good")),
        ((ok("a"), no("b")), ("1 task cancelled; 1 not: b is completed already.", "warn")),
        ((no("a"), no("b"), no("c")), ("0 tasks cancelled; 3 not: a is completed already (and 2 more).", "bad")),
    ],
)
def test_a_result_says_how_many_worked_and_why_the_others_did_not(
    results: tuple[OutcomeDocument, ...], said: tuple[str, str]
) -> None:
    """One task speaks for itself; several are counted, and the first refusal gives its reason."""
    assert summary(results, "cancelled") == said


@pytest.mark.parametrize(
    ("results", "said"),
    [
        ((ok("a"),), ("a is being ended. 2 others are not waiting.", "warn")),
        ((ok("a"), ok("b")), ("2 tasks cancelled; 2 others are not waiting.", "warn")),
        ((ok("a"), no("b")), ("1 task cancelled; 1 not: b is completed already; 2 others are not waiting.", "warn")),
    ],
)
def test_selected_tasks_that_were_left_out_are_told(
    results: tuple[OutcomeDocument, ...], said: tuple[str, str]
) -> None:
    """Whoever selects five tasks hears about five (row 274)."""
    assert summary(results, "cancelled", left_out(2, "not waiting")) == said
    assert left_out(1, "not waiting") == "1 other is not waiting"
    assert left_out(0, "not waiting") == ""


def test_several_requests_for_one_task_are_one_result() -> None:
    """It worked if all of them did; the first refusal gives the reason."""
    found = merged([[ok("a"), ok("b")], [ok("a"), no("b")], [ok("a"), ok("b")]])
    assert [(result.id, result.ok) for result in found] == [("a", True), ("b", False)]
    assert found[0].message == "a is being ended. a is being ended. a is being ended."
    assert found[1].message == "b is completed already."
