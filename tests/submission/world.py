"""What the tests of the submission language share: sources of known chance, short calls, and texts to try it with."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from random import Random
from typing import TypeVar
from uuid import UUID

import pytest
from hypothesis import strategies as st

from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import FormValues, Sources, TaskDraft
from ant_tui.submission.multi import parse_multi, parse_single

T = TypeVar("T")

NOW = datetime(2026, 5, 29, 23, 59, 1)
NO_FORM = FormValues()


def sources(seed: int = 1, taken: Callable[[str], bool] = lambda _: False) -> Sources:
    """Sources that give the same again for the same seed."""
    random = Random(seed)
    return Sources(random, NOW, lambda: UUID(int=random.getrandbits(128), version=4), taken)


def multi(
    text: str,
    *,
    rows: Mapping[str, object] | None = None,
    form: FormValues = NO_FORM,
    parameters: Sequence[Mapping[str, str]] = (),
    default_gpus: int | None = 0,
    chance: Sources | None = None,
) -> tuple[TaskDraft, ...]:
    return parse_multi(
        text,
        form=form,
        env_rows=rows or {},
        sources=chance or sources(),
        parameters=parameters,
        default_gpus=default_gpus,
    )


def single(
    text: str,
    *,
    rows: Mapping[str, object] | None = None,
    form: FormValues = NO_FORM,
    parameters: Sequence[Mapping[str, str]] = (),
    default_gpus: int | None = 0,
    chance: Sources | None = None,
) -> tuple[TaskDraft, ...]:
    return parse_single(
        text,
        form=form,
        env_rows=rows or {},
        sources=chance or sources(),
        parameters=parameters,
        default_gpus=default_gpus,
    )


def one(text: str, rows: Mapping[str, object] | None = None) -> TaskDraft:
    """The only draft of a Multi text."""
    (draft,) = multi(text, rows=rows)
    return draft


def commands(text: str) -> list[str]:
    return [draft.command for draft in multi(text)]


def refused(call: Callable[[], object]) -> tuple[str, ...]:
    """The reasons with which a call is refused."""
    with pytest.raises(SubmissionError) as caught:
        call()
    assert caught.value.sentence
    assert caught.value.exit_code == 2
    return caught.value.reasons


def attempt(call: Callable[[], T]) -> T | SubmissionError:
    """What a call gives, or the error with which it is refused; any other exception is a fault of ours."""
    try:
        return call()
    except SubmissionError as error:
        return error


WORDS = (
    *"abc \t\n\r\\'\"#{}[]()$`;&|<>=,.@-+/*~\0\ud800é\u202e",
    *("\\\n", "\r\n", "\\ \n", "$(", "$'", "<<E\n", "\nE\n", "${x}", "python train.py", "  ", "12", "..", ";;", ";;;"),
    *(
        "ant_n_gpus=2",
        "ant_n_gpus=",
        "ant_task_id=",
        "ant_task_id=x-[uuid8]",
        'ant_task_id="first task"',
        "ant_tags=a,b",
    ),
    *("ant_envar=", "ant_envar = {", "ant_envar={'A': 1}", 'ant_envar={"A": {"b": null}}', "ant_gpu_ids=0,1", "true"),
    *("ant_command=", 'ant_command="a\\nb"', "ant_resolved_command=", 'ant_resolved_command="r"', "ant_wd=/x", "ant_"),
    *("{rand int 1 6}", "{rand float 0.1 .5}", "{rand int ", "{sweep lr 1e-3 1e-4}", "{sweep lr}", "{sweep s 1..3}"),
    *("{sweep s 1..999999999}", "{sweep ", "[lr]", "{lr}", "[date]", "[randint:1:3]", "[phrase]", "uuid.uuid4()"),
)

TEXTS = st.one_of(st.lists(st.sampled_from(WORDS), max_size=30).map("".join), st.text(max_size=60))
"""Texts in the alphabet of the language, and any others."""

PLAIN_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40)
"""What an environment variable can hold."""

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
"""What JSON can say."""

NAMES = st.text(string.ascii_letters + string.digits + "_", min_size=1, max_size=8).map(lambda name: f"V{name}")
