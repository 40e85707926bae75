"""Several files of GPUPeasy as one batch, and what is wrong with it told by file and line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.errors import Refused, SubmissionError
from ant_tui.importing.gpupeasy import batch_of, placed
from ant_tui.submission.gpupeasy import parse_gpupeasy
from tests.submission.world import attempt


def refused(*texts: str) -> tuple[str, ...]:
    with pytest.raises(SubmissionError) as caught:
        batch_of([(f"f{place}", text) for place, text in enumerate(texts, 1)])
    assert caught.value.sentence.startswith("Nothing was queued: ")
    return caught.value.reasons


def test_files_are_one_batch() -> None:
    """Row 078: the last job of a file may or may not be ended; the next file begins with a job of its own."""
    batch = batch_of([("x", "a;;o1;;echo 'x;;;'"), ("y", "b;;o2;;true # c;;;\n\n"), ("z", "\nc;;o3;;true")])
    assert [(draft.id, draft.command) for draft in batch.drafts] == [
        ("a", "echo 'x;;;'"),
        ("b", "true # c"),
        ("c", "true"),
    ]
    assert parse_gpupeasy(batch.text) == batch.drafts
    assert batch.begins == ((1, "x"), (2, "y"), (5, "z"))


def test_one_file_is_taken_as_it_is() -> None:
    """Its lines are those of the text, and its name need not be told."""
    assert batch_of([("x", "a;;o;;true")]).text == "a;;o;;true"
    assert refused("\n\na;;o") == (
        "line 3, column 1: the outfile is missing or empty; a job is written name;;outfile;;command;;;.",
    )


def test_all_reasons_of_all_files_are_told() -> None:
    """Row 078: every bad job of every file, each by its file and line."""
    told = refused("a;;o1;;true;;;\nb;;;", "c;;o2;;true", "", "d;;o3;;echo 'x")
    assert [reason.partition(": ")[0] for reason in told] == [
        "f1, line 2, column 1",
        "f3, line 1, column 1",
        "f4, line 1, column 13",
    ]


def test_what_one_file_leaves_open_does_not_run_into_the_next() -> None:
    """Two quotes that are never closed are two mistakes, not one command."""
    assert len(refused("a;;o;;echo 'x", "b;;p;;echo 'y")) == 2


def test_what_two_files_have_in_common_is_told_by_both() -> None:
    """Row 078: names and outfiles are unique in the whole batch."""
    assert refused("\na;;o;;true", "b;;p;;true;;;\na;;o;;true") == (
        "f2, line 2, column 1: 'a' belongs to the job on f1, line 2 already.",
        "f2, line 2, column 1: 'o' belongs to the job on f1, line 2 already.",
    )


def test_a_refusal_by_the_scheduler_is_told_by_files() -> None:
    """Its kind, and so the exit code, stays; what is named by no line stays as it is."""
    reasons = ("line 3, job b: The output file '/x/line 1' is that of line 1, job a already.", "The disk is full.")
    error = placed(Refused("Nothing was queued: 2 of 3 tasks cannot be.", reasons=reasons), [(1, "x"), (2, "y")])
    assert type(error) is Refused
    assert error.sentence == "Nothing was queued: 2 of 3 tasks cannot be."
    assert error.reasons == (
        "y, line 2, job b: The output file '/x/line 1' is that of x, line 1, job a already.",
        "The disk is full.",
    )
    assert placed(Refused("line 3, job b: No."), [(1, "x"), (2, "y")]).sentence == "y, line 2, job b: No."


PIECES = ["a", " ", ";", ";;", ";;;", "'", '"', "\\", "#", "\n", "$(", ")", "x;;o;;true;;;"]
JOBS = st.lists(st.sampled_from(PIECES), max_size=12).map("".join)


@given(st.lists(JOBS, min_size=2, max_size=4))
def test_a_batch_is_its_files_one_behind_the_other(texts: list[str]) -> None:
    """Row 078: whatever is in the files, together they are what each is by itself, or are refused."""
    named = [f"j{place};;p{place};;echo {text}" for place, text in enumerate(texts)]
    batch = attempt(lambda: batch_of([(str(place), text) for place, text in enumerate(named)]))
    if isinstance(batch, SubmissionError):
        assert batch.reasons
    else:
        assert batch.drafts == tuple(draft for text in named for draft in parse_gpupeasy(text))
