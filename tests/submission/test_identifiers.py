"""Task ids and their templates."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping

import pytest

from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import FormValues, Sources
from ant_tui.submission.identifiers import IdTemplates, check_id
from ant_tui.submission.phrases import ADJECTIVES, NOUNS
from tests.submission.world import multi, one, refused, single, sources

UUID4 = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("a b", "a-b"),
        ("a+b", "a-plus-b"),
        ("a&b", "a-and-b"),
        ("a/b", "a-slash-b"),
        ("a\\b", "a-backslash-b"),
        ("  a  ", "a"),
        ("a\u00a0b\u3000c", "a-b-c"),
        ("résumé 日本", "résumé-日本"),
        ("../../x", "..-slash-..-slash-x"),
        ("a#b%c?d;e$f'g\"", "a#b%c?d;e$f'g\""),
        ("lasting", "lasting"),
        ("3-9a", "3-9a"),
        ("v1.5", "v1.5"),
        ("x" * 200, "x" * 200),
    ],
)
def test_the_table_of_replacements(text: str, made: str) -> None:
    """Row 036: blank, +, &, / and backslash are replaced; no path is left that could leave a directory."""
    assert check_id(text) == made


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "is empty"),
        ("   ", "is empty"),
        (".", "would be taken for a directory"),
        ("..", "would be taken for a directory"),
        ("a\0b", "a control character"),
        ("a\nb", "a control character"),
        ("a\tb", "a control character"),
        ("a\x1b[31m", "a control character"),
        ("a\x85b", "a control character"),
        ("a\u202eb", "an invisible or direction-changing character"),
        ("a\u2066b", "an invisible or direction-changing character"),
        ("a\u200bb", "an invisible or direction-changing character"),
        ("a\u2028b", "a line break"),
        ("a\ud800", "half a character"),
        ("a\ue000", "a character that nobody else can show"),
        ("x" * 201, "201 bytes long"),
        ("é" * 101, "202 bytes long"),
        ("12", "digits only"),
        ("٣", "digits only"),
        ("last", "would be taken for"),
        ("@", "would be taken for"),
        ("3-9", "would be taken for"),
        ("3 9", "would be taken for"),
        ("a,b", "would be taken for"),
        ("-x", "begins with -"),
        ("/abs", "begins with -"),
    ],
)
def test_what_cannot_be_an_id(text: str, because: str) -> None:
    """Row 037: each of these is refused with a sentence that says why, and that is safe to show."""
    with pytest.raises(SubmissionError) as caught:
        check_id(text)
    assert because in caught.value.sentence
    assert caught.value.sentence.isprintable()


def expanded(template: str, chance: Sources, values: Mapping[str, str] | None = None) -> str:
    """One template by itself."""
    return IdTemplates(chance).expand(template, values or {})


@pytest.mark.parametrize("token", ["[uuid]", "[uuid4]", "uuid.uuid4()", "{uuid}", "[ UUID ]", "[uuid.uuid4()]"])
def test_uuids(token: str) -> None:
    """Row 025, row 032, row 033: a UUID4, in any case, with blanks, in braces as well."""
    assert re.fullmatch(f"run-{UUID4}", expanded(f"run-{token}", sources()))


def test_the_uuid_is_the_given_one() -> None:
    """Row 025: chance comes from the sources that were handed in."""
    assert expanded("[uuid]", sources(5)) == str(sources(5).uuid4())
    assert uuid.UUID(expanded("[uuid]", sources())).version == 4


def test_short_uuids() -> None:
    """Row 026: eight hexadecimal characters."""
    assert re.fullmatch("[0-9a-f]{8}", expanded("[UUID8]", sources()))


@pytest.mark.parametrize(
    ("token", "text"),
    [("[date]", "20260529"), ("[time]", "235901"), ("[datetime]", "20260529-235901"), ("{ Date }", "20260529")],
)
def test_dates_and_times(token: str, text: str) -> None:
    """Row 027: YYYYMMDD, HHMMSS and both, of the time that was handed in."""
    assert expanded(token, sources()) == text


def test_phrases() -> None:
    """Row 028: two words; there are more than 200,000 phrases."""
    for token in ("[random_phrase]", "[phrase]"):
        adjective, noun = expanded(token, sources()).split("-")
        assert adjective in ADJECTIVES
        assert noun in NOUNS
    words = (*ADJECTIVES, *NOUNS)
    assert all(re.fullmatch("[a-z]+", word) for word in words)
    assert len(set(ADJECTIVES)) * len(set(NOUNS)) > 200_000


def test_phrases_do_not_clash_inside_a_batch() -> None:
    """Row 028, row 034: a template with a random part is drawn again until its id is free."""
    drafts = multi("ant_task_id=[randint:1:50]-x a\n" * 40)
    assert len({draft.id for draft in drafts}) == 40
    low = {f"{number}-x" for number in range(1, 7)}
    (draft,) = multi("ant_task_id=[randint:1:7]-x a", chance=sources(taken=low.__contains__))
    assert draft.id == "7-x"


def test_random_numbers_in_ids() -> None:
    """Row 029: both ends are included."""
    chance = sources()
    assert {expanded("[randint: -1 :1]", chance) for _ in range(100)} == {"-1", "0", "1"}


@pytest.mark.parametrize("token", ["[randint:2:1]", "[randint:a:b]", "[randint:1]", "[randint]", "[randint:1.5:2]"])
def test_bad_random_numbers_in_ids(token: str) -> None:
    """Row 029: A > B and non-numbers are errors that name the token."""
    with pytest.raises(SubmissionError, match="randint"):
        expanded(token, sources())


def test_several_tokens_and_text() -> None:
    """Row 030: literal text and tokens mix; each token is drawn by itself."""
    made = expanded("experiment-[random_phrase]-[uuid8]-[uuid8]", sources())
    assert re.fullmatch("experiment-[a-z]+-[a-z]+-[0-9a-f]{8}-[0-9a-f]{8}", made)
    assert made[-8:] != made[-17:-9]


@pytest.mark.parametrize("template", ["lr[0.1]", "{rand int 1 2}", "[[uuid8]]", "${USER}", "[unknown]", "{sweep lr}"])
def test_an_unknown_token_is_named(template: str) -> None:
    """Row 031: creation fails, the message names the token, and nothing comes out."""
    with pytest.raises(SubmissionError) as caught:
        expanded(template, sources())
    assert "unknown token" in caught.value.sentence
    (reason,) = refused(lambda: multi(f"a\nant_task_id='{template}' b"))
    assert reason.startswith("line 2, column 1: the id holds the unknown token")


@pytest.mark.parametrize(
    ("template", "made"), [("a[]b", "a[]b"), ("a{}", "a{}"), ("a[ ]", "a[]"), ("a[b", "a[b"), ("a]", "a]")]
)
def test_empty_and_open_brackets_stay(template: str, made: str) -> None:
    """Row 031: [] is left as text, and so is a bracket that is never closed."""
    assert expanded(template, sources()) == made


def test_a_template_has_an_end() -> None:
    """Row 037: a template of thousands of characters is refused before anything is made of it."""
    assert "longer than 2,000 characters" in refused(lambda: multi("x ant_task_id=" + "[date]" * 1000))[0]


def test_values_of_sweeps_are_tokens() -> None:
    """Row 077: the name of a sweep is a token; its value is not looked at again."""
    assert expanded("run-[lr]-{lr}-[sweep lr]", sources(), {"lr": "[uuid]"}) == "run-[uuid]-[uuid]-[uuid]"


def test_every_command_gets_its_own_id() -> None:
    """Row 034: N commands with [uuid8] get N ids, also from an environment row."""
    assert len({draft.id for draft in multi("a\nb\nc", rows={"ant_task_id": "t-[uuid8]"})}) == 3


def test_a_template_works_the_same_in_all_three_places() -> None:
    """Row 035: form, environment row and inline argument give the same id."""
    template = "run [date] {randint:1:1000000}"
    (by_form,) = single("x", form=FormValues(id=template))
    (by_row,) = single("x", rows={"ant_task_id": template})
    (inline,) = single(f"ant_task_id='{template}' x")
    assert by_form.id == by_row.id == inline.id
    assert re.fullmatch("run-20260529-[0-9]+", str(inline.id))


def test_an_id_is_refused_where_it_was_given() -> None:
    """Row 038: the same check holds for inline arguments, environment rows and the form."""
    assert refused(lambda: multi("x ant_task_id=.."))[0].startswith("line 1, column 3: the id '..'")
    assert refused(lambda: multi("x", rows={"ant_task_id": ".."}))[0].startswith("environment row ant_task_id: the id")
    assert refused(lambda: single("x", form=FormValues(id="..")))[0].startswith("id: the id '..'")
    assert refused(lambda: multi("x ant_task_id=''"))[0].startswith("line 1, column 3: an empty value")


def test_one_id_twice_is_refused() -> None:
    """Row 042, row 043: ids are compared as they come out; the reason names the other line."""
    (reason,) = refused(lambda: multi("ant_task_id='a b' x\ny\nant_task_id=a-b z"))
    assert reason == "line 3, column 1: the id 'a-b' must be unique, but line 1 has it already; put [uuid8] into it."
    assert len(refused(lambda: multi("a\nb\nc", rows={"ant_task_id": "same"}))) == 1


def test_no_id_means_none() -> None:
    """Row 020, row 060: where nothing is said the caller gives a random one, for each command of a batch its own."""
    assert [draft.id for draft in multi("a\nb", form=FormValues(id="form"))] == [None, None]
    assert one("a").id is None
