"""What is usual is read a short way, for long texts; here it is proved that it says what the long one says."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ant_tui.errors import SubmissionError
from ant_tui.submission import env_values, inline, lexer, literals, multi
from ant_tui.submission.drafts import FormValues, TaskDraft
from ant_tui.submission.env_values import name_problem, text_of
from ant_tui.submission.faults import Fault, SourceText
from ant_tui.submission.identifiers import IdTemplates
from ant_tui.submission.inline import Given
from ant_tui.submission.layers import base_of, plain_variables
from ant_tui.submission.lexer import Reader, is_plain
from ant_tui.submission.literals import read_object
from ant_tui.submission.substitution import drawn, find_draws, find_holes
from tests.submission import world
from tests.submission.world import TEXTS, WORDS, attempt, sources

NEVER = re.compile(r"(?!)")

LINES = (
    *(
        "\n",
        "\n",
        "\n",
        " ",
        "python train.py ",
        "'a # b' ",
        '"$HOME/x" ',
        "x",
        "# why",
        "\\\n",
        "$(date) ",
        "{'a': 1} ",
    ),
    *(
        "ant_n_gpus=2 ",
        "ant_n_gpus='1' ",
        "ant_priority=x ",
        "ant_tags=a,b ",
        'ant_tags="b c" ',
        " ant_foo=1 ",
        "ant_wd=/x ",
    ),
    *(
        "ant_task_id=r-[uuid8] ",
        'ant_task_id="r [date]-[phrase]" ',
        "ant_task_id=a ",
        "ant_task_id={uuid} ",
        "ant_task_id=a{sweep lr}b{ Date } ",
        "ant_task_id={rand int 1 2} ",
        "ant_tags=a{b} ",
        "ant_n_gpus=${rand int 1 2} ",
        "ant_id=x ",
    ),
    *(
        "ant_envar={'A': 1, \"B\": 'x y'} ",
        'ant_envar={"A": 0.5, "C": true,} ',
        "ant_envar = {'A': 1} ",
        "ant_envar={} ",
    ),
    *("ant_envar={'A': [1, {'b': None}]} ", "ant_envar={'A': '{rand int 1 9}'} ", "ant_envar={'ant_wd': 'w'} "),
    *(
        "ant_envar={'A': 1}x ",
        "ant_envar={'A B': 1} ",
        "ant_envar='' ",
        "ant_envar=''{'A': 1} ",
        "ant_envar={'A': null} ",
    ),
    *("{rand int 1 6} ", "{rand float 0 1} ", "{rand int 6 1} ", "{rand int ", "{sweep lr 1 2} ", "${rand int 1 2} "),
    *(
        "'ant_n_gpus=3 x' ",
        "'x ant_n_gpus=3 ' ",
        "x ' ant_tags=a \" ",
        "$'a' ",
        "my_ant_n_gpus=7 ",
        "(ant_n_gpus=1) ",
        "ant_command='a b' ",
        "ant_resolved_command=r ",
    ),
)

USUAL = st.lists(st.sampled_from(LINES), max_size=12).map("".join)
"""Texts as people write them, more often right than wrong."""

LITERALS = st.one_of(
    st.lists(
        st.sampled_from(
            (
                *"{}[]()'\":, \t\n\\\v",
                "'A'",
                '"B"',
                "'A': 1",
                '"B": "x y"',
                ", ",
                "'C': true",
                "None",
                "1.5",
                "-.5e3",
                "1e999",
                "9" * 401,
                "'\\u00e9'",
                "trueish",
                "1x",
                "''",
                ": ",
                "{'D': 2}",
                "'A': '1'",
                "é",
            )
        ),
        max_size=12,
    ).map("".join),
    st.dictionaries(st.text(max_size=5), world.VALUES, max_size=4).map(lambda value: repr(value)[1:]),
    st.dictionaries(st.text(max_size=5), world.VALUES, max_size=4).map(lambda value: json.dumps(value)[1:]),
)


@contextmanager
def the_long_way() -> Iterator[None]:
    """Everything is read as if nothing were usual."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(inline, "_take_plain", lambda _: None)
        patch.setattr(literals, "_ITEM", NEVER)
        patch.setattr(env_values, "_USUAL_NAME", NEVER)
        patch.setattr(multi, "plain_variables", lambda _: None)
        patch.setattr(multi, "find_draws", lambda _: None)
        yield


@given(st.one_of(USUAL, TEXTS), st.sampled_from([{}, {"B": "row", "ant_priority": 2}, {"ant_task_id": "t-[uuid8]"}]))
@settings(max_examples=500, deadline=None)
def test_a_text_is_the_same_read_in_either_way(text: str, rows: dict[str, object]) -> None:
    """Row 143, row 044: the same drafts with the same chance, or the same reasons at the same positions."""

    def read() -> tuple[object, ...]:
        found = attempt(lambda: world.multi(text, rows=rows, chance=sources(7)))
        count = attempt(lambda: multi.count_multi(text, env_rows=rows))
        return told(found), count if isinstance(count, int) else count.reasons

    short = read()
    with the_long_way():
        assert read() == short


def told(found: tuple[TaskDraft, ...] | SubmissionError) -> object:
    """All that a result says, the lines of drafts and the order of reasons included."""
    if isinstance(found, SubmissionError):
        return found.sentence, found.reasons
    return [(draft, draft.line, list(draft.variables), draft.parameters) for draft in found]


def outcome(call: Callable[[], object]) -> object:
    """What a call gives, numbers told from truth values, or the fault that it finds."""
    try:
        return repr(call())
    except Fault as fault:
        return fault.offset, fault.sentence


@given(LITERALS)
@settings(max_examples=500, deadline=None)
def test_the_items_of_an_object(inside: str) -> None:
    """Row 066: the object, its end and what is wrong with it do not depend on how its items are read."""
    for text in ("{" + inside, "{" + inside + "}"):
        short = outcome(lambda text=text: read_object(text, 0))  # type: ignore[misc]
        with the_long_way():
            assert outcome(lambda text=text: read_object(text, 0)) == short  # type: ignore[misc]


def test_items_that_stand_too_deep() -> None:
    """Row 066: the bound of depth holds for what is usual, too."""
    for depth in (50, 51, 52):
        text = "{'a': " * depth + "1" + "}" * depth
        short = outcome(lambda text=text: read_object(text, 0))  # type: ignore[misc]
        assert isinstance(short, str) == (depth <= 50)
        with the_long_way():
            assert outcome(lambda text=text: read_object(text, 0)) == short  # type: ignore[misc]


@given(st.one_of(USUAL, st.lists(st.sampled_from(["a", " ", "'", "'", '"', "#", "$", "$'"]), max_size=12).map("".join)))
@settings(max_examples=500)
def test_lines_without_anything_to_look_at(line: str) -> None:
    """Row 050: counting quotes says what reading them says."""
    assume(not any(mark in line for mark in ("\\", "`", "$(")))
    quoted = "'" in line or '"' in line
    assert is_plain(line) == (lexer._PLAIN.fullmatch(line) is not None if quoted else "#" not in line)


@given(st.lists(st.sampled_from([*LINES, *WORDS, "{rand int 1 {", "{sweep a '", "$", "}"]), max_size=8).map("".join))
@settings(max_examples=500)
def test_random_numbers_of_a_command(text: str) -> None:
    """Row 068: where all holes are random numbers the same ones are drawn; where they are not, none are found."""
    draws = find_draws(text)
    try:
        pattern = find_holes(text, ())
    except Fault:
        assert draws is None
        return
    if draws is None:
        assert not all(hole.number and not set("'\"") & set(hole.number.source) for hole in pattern.holes)
        return
    assert all(hole.number for hole in pattern.holes)
    for chance in range(3):
        filled = pattern.fill({}, sources(chance).random)
        assert (drawn(draws, sources(chance).random) if draws else text) == filled


@given(
    st.dictionaries(
        st.one_of(world.NAMES, st.sampled_from(["ant_wd", "ant_x", "", "CUDA_VISIBLE_DEVICES"])), world.VALUES
    )
)
def test_variables_of_a_command(envar: dict[str, object]) -> None:
    """Row 066, row 096: variables alone have the texts that they have among all that holds for a line."""
    layers = base_of(FormValues(), {}, multi=True).with_line({"ant_envar": Given(envar, 0)}, lambda at: at)
    plain = plain_variables(envar)
    if plain is None:
        assert layers.problems or layers.settings or None in envar.values()
    else:
        assert not layers.problems
        assert plain == {name: said.value for name, said in layers.variables.items()}


@given(st.text() | st.from_regex(r"(ant_|CUDA_)?[A-Z_a-z0-9]+\n?", fullmatch=True))
def test_names_of_variables(name: str) -> None:
    """Row 102: a usual name is one that nothing is wrong with."""
    short = name_problem(name)
    with the_long_way():
        assert name_problem(name) == short


@given(st.integers() | st.floats(allow_nan=True, allow_infinity=True))
def test_the_texts_of_numbers(value: float) -> None:
    """Row 096: a number's text is what JSON says."""
    assert text_of(value) == json.dumps(value)


TEMPLATES = st.lists(
    st.sampled_from(
        ["run", "-", "[uuid]", "[uuid8]", "{ Date }", "[time]", "[phrase]", "[randint:1:9]", "[]", "[", "(", "[lr]"]
    )
    | st.from_regex(r"\[randint:[0-9]:[0-9]{3}\]", fullmatch=True),
    max_size=6,
).map("".join)


@given(st.lists(TEMPLATES, max_size=8))
def test_templates_of_many_ids(templates: list[str]) -> None:
    """Row 030, row 034: what was understood once is drawn anew each time, as if each template stood alone."""
    alone, together = sources(3), sources(3)
    known = IdTemplates(together)
    for values in ({}, {"lr": "0.1"}):
        for template in templates:
            assert attempt_id(lambda template=template, values=values: known.expand(template, values)) == attempt_id(  # type: ignore[misc]
                lambda template=template, values=values: IdTemplates(alone).expand(template, values)  # type: ignore[misc]
            )


def attempt_id(call: Callable[[], str]) -> str:
    found = attempt(call)
    return found.sentence if isinstance(found, SubmissionError) else found


def test_any_number_of_tokens_is_understood() -> None:
    """Row 029: more different tokens than are remembered still give what they say."""
    known = IdTemplates(sources())
    made = [known.expand(f"[randint:{number}:{number}]") for number in range(600)]
    assert made == [str(number) for number in range(600)]


@given(st.text(st.characters(), max_size=20))
def test_characters_that_no_command_can_hold(text: str) -> None:
    """Row 044: they are found wherever they stand."""
    bad = [at for at, char in enumerate(text.removeprefix("\ufeff")) if char == "\0" or "\ud800" <= char <= "\udfff"]
    assert [problem.place for problem in SourceText(text).unprintable()] == bad


@pytest.mark.parametrize("template", ["r[lr]", "r{lr}"])
def test_a_column_that_stands_in_an_id_alone(template: str) -> None:
    """Row 077: an id with a column in either kind of brackets makes a line a task for each row."""
    drafts = world.multi(f"ant_task_id={template} x\ny", parameters=({"lr": "1"}, {"lr": "2"}))
    assert [draft.id for draft in drafts] == ["r1", "r2", None]


def test_usual_lines_are_read_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 143: the reader and the plans are for what is harder than quoted values, variables and random numbers."""

    def unwanted(*_: object, **__: object) -> None:
        raise AssertionError("the long way was gone")

    monkeypatch.setattr(Reader, "read", unwanted)
    monkeypatch.setattr(multi, "make_plan", unwanted)
    monkeypatch.setattr(literals, "_value", unwanted)
    lines = [
        "ant_n_gpus='1' ant_task_id=\"run [uuid8]\" python train.py",
        "ant_task_id=run-{uuid8} python train.py",
        "ant_envar={'SEED': 1, \"MODE\": \"a b\", 'LR': 1e-3, 'X': true} python train.py --lr {rand float 0.1 0.5}",
        "python train.py ant_envar={} ant_tags='a b,c'",
    ]
    drafts = world.multi("\n".join(lines))
    assert [draft.gpus for draft in drafts] == [1, 0, 0, 0]
    assert drafts[2].variables == {"SEED": "1", "MODE": "a b", "LR": "0.001", "X": "true"}
    with pytest.raises(AssertionError, match="the long way"):
        world.multi("ant_envar={'A': [1]} x")
