"""What a verb came to, in one sentence."""

from __future__ import annotations

import pytest

from ant_tui.api.documents import OutcomeDocument
from ant_tui.ui.acts.outcomes import summary


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
