"""What holds for every text, every value and every draft."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.gpupeasy import parse_gpupeasy
from ant_tui.submission.identifiers import check_id
from ant_tui.submission.multi import count_multi, count_single, print_draft
from tests.submission.world import NAMES, PLAIN_TEXTS, TEXTS, WORDS, attempt, multi, single, sources

POSITION = re.compile(r"line [1-9][0-9]*, column [1-9][0-9]*: .+", re.DOTALL)


def check_refusal(error: SubmissionError, text: str) -> None:
    assert error.reasons
    lines = text.replace("\r\n", "\n").split("\n")
    for reason in error.reasons:
        assert POSITION.fullmatch(reason)
        assert reason.isprintable()
        line, column = map(int, re.findall(r"[0-9]+", reason)[:2])
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1]) + 2
    assert error.sentence.startswith("Nothing was queued: ")


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_multi_text_parses_or_is_refused_with_positions(text: str) -> None:
    """Row 044, row 059: any text either gives drafts or an error whose every reason names a line and a column."""
    drafts = attempt(lambda: multi(text))
    if isinstance(drafts, SubmissionError):
        check_refusal(drafts, text)
    else:
        assert drafts
        assert count_multi(text) == len(drafts)
        ids = [draft.id for draft in drafts if draft.id is not None]
        assert len(set(ids)) == len(ids)


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_any_single_text_parses_or_is_refused_with_positions(text: str) -> None:
    """Row 050: the same holds for Single."""
    drafts = attempt(lambda: single(text))
    if isinstance(drafts, SubmissionError):
        check_refusal(drafts, text)
    else:
        assert drafts
        assert count_single(text) == len(drafts)


@given(TEXTS)
@settings(max_examples=200, deadline=None)
def test_any_gpupeasy_text_parses_or_is_refused_with_positions(text: str) -> None:
    """Row 078: so it is with GPUPeasy's format."""
    drafts = attempt(lambda: parse_gpupeasy(text))
    if isinstance(drafts, SubmissionError):
        check_refusal(drafts, text)
    else:
        assert drafts


@given(TEXTS)
@settings(max_examples=400, deadline=None)
def test_what_was_parsed_is_the_same_after_printing_and_parsing_again(text: str) -> None:
    """Row 080, row 073: parse ∘ print is the identity on everything that came out of a text, in Multi and in Single."""
    for parse in (multi, single):
        drafts = attempt(lambda parse=parse: parse(text))  # type: ignore[misc]
        for draft in () if isinstance(drafts, SubmissionError) else drafts[:20]:
            printed = print_draft(draft)
            assert printed.isprintable()
            assert multi(printed) == (draft,)
            assert single(printed) == (draft,)


def ids() -> st.SearchStrategy[str]:
    made = st.one_of(st.text(max_size=30), TEXTS).map(lambda text: attempt(lambda: check_id(text)))
    return made.filter(lambda found: isinstance(found, str)).map(str)


COMMANDS = st.one_of(
    st.lists(st.sampled_from([word for word in WORDS if word not in ("\0", "\ud800")]), min_size=1).map("".join),
    PLAIN_TEXTS,
).filter(lambda text: bool(text.strip()))
SETTINGS = PLAIN_TEXTS.filter(lambda text: text.strip().lower() not in ("", "none", "null") and "\n" not in text)
TAGS = st.text(
    st.characters(categories=["L", "N", "S", "P", "Zs"], exclude_characters=","), min_size=1, max_size=8
).filter(lambda text: text == text.strip(" ") and text.isprintable())
DRAFTS = st.builds(
    TaskDraft,
    command=COMMANDS,
    resolved_command=COMMANDS,
    id=st.none() | ids(),
    gpus=st.none() | st.integers(0, 10_000),
    gpu_ids=st.lists(st.integers(0, 15).map(str), unique=True, max_size=3).map(tuple),
    priority=st.none() | st.integers(-50, 50),
    tags=st.lists(TAGS, unique=True, max_size=3).map(tuple),
    variables=st.dictionaries(NAMES, PLAIN_TEXTS | TEXTS.filter(lambda text: "\0" not in text and text.isprintable())),
    workdir=st.none() | SETTINGS,
    conda_env=st.none() | SETTINGS,
    conda_env_path=st.none() | SETTINGS,
    conda_path=st.none() | SETTINGS,
)


@given(DRAFTS)
@settings(max_examples=400, deadline=None)
def test_any_draft_is_the_same_after_printing_and_parsing(draft: TaskDraft) -> None:
    """Row 080: parse ∘ print is the identity for any values, whatever braces, quotes and line breaks they hold."""
    printed = print_draft(draft)
    assert printed.isprintable()
    assert multi(printed, default_gpus=None) == (draft,)
    assert single(printed, default_gpus=None) == (draft,)
    (copied,) = multi(print_draft(draft, with_id=False), default_gpus=None)
    assert copied.id is None
    assert (copied.resolved_command, copied.variables) == (draft.resolved_command, draft.variables)


@given(TEXTS)
@settings(deadline=None)
def test_making_an_id_safe_twice_changes_nothing(text: str) -> None:
    """Row 036, row 038: every entry point may check an id again."""
    made = attempt(lambda: check_id(text))
    if isinstance(made, SubmissionError):
        assert made.sentence.isprintable()
        return
    assert check_id(made) == made
    assert made.isprintable()
    assert 0 < len(made.encode()) <= 200
    assert not set(made) & set(" +&/\\,\0")


@pytest.mark.parametrize(
    "text",
    [
        "{sweep a 1 " * 100_000,
        "ant_task_id=[" + "[" * 1_000_000 + " x",
        "x " + "ant_n_gpus=1 " * 100_000,
        "echo " + '"$(' * 200_000,
        "\\\n" * 300_000 + "x",
        "echo " + "\\x" * 1_000_000,
        "".join(f"cat <<E{number}\n" for number in range(50_000)),
        "ant_envar={" + "[" * 500_000,
        "'" * 500_001,
        "a #\n" * 50_000 + "{rand int",
        "echo " + "${" * 500_000,
        " ".join(f"{{sweep a{number} 1 2}}" for number in range(10_000)),
        "x;;y;;'" + ";;;" * 300_000,
    ],
    ids=range(13),
)
def test_no_text_makes_it_hang(text: str) -> None:
    """Row 144: texts made to be slow are read in time that grows with their length, not with its square."""
    for parse in (lambda: multi(text), lambda: single(text), lambda: parse_gpupeasy(text)):
        found = attempt(parse)
        assert found.reasons if isinstance(found, SubmissionError) else found


def test_ten_megabytes_of_multi_text_are_a_hundred_thousand_drafts() -> None:
    """Row 143: 10 MB of Multi text with 100,000 lines are read whole, in order."""
    lines = [f"python train.py --seed {number} ".ljust(99, "x") for number in range(100_000)]
    drafts = multi("\n".join(lines), chance=sources())
    assert [draft.command for draft in drafts] == lines
    assert [draft.line for draft in drafts] == list(range(1, 100_001))
