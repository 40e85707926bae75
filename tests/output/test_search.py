"""Searching logs forwards and backwards."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.errors import UsageError
from ant_tui.output import search as search_module
from ant_tui.output.log_file import LogFile
from ant_tui.output.search import BadPattern, Match, Query, Searched, search, search_in_steps


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "output.log"


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Read 64 bytes at a time, so that a short text has many borders."""
    monkeypatch.setattr(search_module, "_CHUNK", 64)
    monkeypatch.setattr(search_module, "_REACH", 16)


def found(data: bytes, path: Path, query: Query, start: int | None = None, *, backwards: bool = False) -> list[bytes]:
    return [data[match.start : match.end] for match in matches(data, path, query, start, backwards=backwards)]


def matches(data: bytes, path: Path, query: Query, start: int | None = None, *, backwards: bool = False) -> list[Match]:
    path.write_bytes(data)
    if start is None:
        start = len(data) if backwards else 0
    with LogFile(path) as log:
        return [item for item in search(log, query, start, backwards=backwards) if isinstance(item, Match)]


LOG = "step 1 loss=0.5\nWARNING: Größe\nstep 2 loss=nan\nError: größe\n".encode()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query("step"), ["step", "step"]),
        (Query("STEP"), []),
        (Query("STEP", ignore_case=True), ["step", "step"]),
        (Query("GRÖSSE", ignore_case=True), []),
        (Query("GRÖßE", ignore_case=True), ["Größe", "größe"]),
        (Query(r"loss=\S+", regex=True), ["loss=0.5", "loss=nan"]),
        (Query(r"^\w+:", regex=True), ["WARNING:", "Error:"]),
        (Query(r"\d$", regex=True), ["5"]),
        (Query("warning|error", regex=True, ignore_case=True), ["WARNING", "Error"]),
        (Query("Gr.ße", regex=True), ["Größe"]),
        (Query("[äö]", regex=True), ["ö", "ö"]),
        (Query("."), ["."]),
        (Query("x*", regex=True), []),
        (Query(r"5\s+W", regex=True), []),
        (Query("nowhere"), []),
    ],
)
def test_what_is_found(path: Path, query: Query, expected: list[str]) -> None:
    """Literal and regular, with and without case, in any script; a match lies within a line and is never empty."""
    assert [text.decode() for text in found(LOG, path, query)] == expected
    assert [text.decode() for text in found(LOG, path, query, backwards=True)] == expected[::-1]


def test_next_and_previous_from_where_one_is(path: Path) -> None:
    """Forwards a match begins at the offset or later, backwards before it."""
    data = b"ab ab ab"
    query = Query("ab")
    assert [match.start for match in matches(data, path, query, 3)] == [3, 6]
    assert [match.start for match in matches(data, path, query, 4)] == [6]
    assert [match.start for match in matches(data, path, query, 4, backwards=True)] == [3, 0]
    assert [match.start for match in matches(data, path, query, 3, backwards=True)] == [0]
    assert matches(data, path, query, 99) == matches(data, path, query, 0, backwards=True) == []


def test_colours_do_not_hide_a_word(path: Path) -> None:
    """A text is found although its parts are coloured differently; the offsets are those of the file."""
    data = b"\x1b[32mlo\x1b[1mss\x1b[0m=0.\x1b[31m5\x1b[0m plain loss=0.5\n"
    for query in (
        Query("loss=0.5"),
        Query(r"loss=\S+", regex=True),
        Query(r"l\w+=[0-9.]+", regex=True),
        Query("LOSS=0.5", ignore_case=True),
    ):
        assert found(data, path, query) == [b"lo\x1b[1mss\x1b[0m=0.\x1b[31m5", b"loss=0.5"]
        assert found(data, path, query, backwards=True) == [b"loss=0.5", b"lo\x1b[1mss\x1b[0m=0.\x1b[31m5"]
    assert found(data, path, Query("loss", through_colours=False)) == [b"loss"]
    assert found(data, path, Query("32m")) == []
    assert found(data, path, Query("\x1b[32m")) == [b"\x1b[32m"]


def lines_of(generator: random.Random, parts: list[bytes]) -> bytes:
    return b"".join(generator.choice(parts) for _ in range(generator.randrange(400)))


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("pattern", ["abba", "a+b", "^a", "b$", "[ab]{3}", "b.a", "aé", r"(aé|bb)\b"])
@pytest.mark.parametrize("ignore_case", [False, True])
def test_borders_of_chunks_hide_and_double_nothing(path: Path, pattern: str, ignore_case: bool) -> None:
    """The result is that of a regular expression over each line, whatever way the file is cut into chunks."""
    generator = random.Random(pattern)
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    for _ in range(20):
        data = lines_of(generator, [b"a", b"b", b"abba", b"\n", "é".encode(), b" ", b"AB", b"aaaa\n"])
        text = data.decode()
        expected = [
            (line_start + found.start(), line_start + found.end())
            for line_start, line in lines_with_starts(text)
            for found in re.finditer(pattern, line, flags)
            if found[0]
        ]
        spans = [(len(text[:start].encode()), len(text[:end].encode())) for start, end in expected]
        query = Query(pattern, regex=True, ignore_case=ignore_case)
        assert matches(data, path, query) == spans
        assert matches(data, path, query, backwards=True) == spans[::-1]


def lines_with_starts(text: str) -> Iterator[tuple[int, str]]:
    at = 0
    for line in text.split("\n"):
        yield at, line
        at += len(line) + 1


@pytest.mark.usefixtures("small_chunks")
def test_a_line_longer_than_a_chunk(path: Path) -> None:
    """Matches across the borders inside of one long line are found once."""
    data = b"x" * 60 + b"needle" + b"y" * 55 + b"needle" + b"z" * 200
    for query in (Query("needle"), Query("ne+dle", regex=True), Query("NEEDLE", ignore_case=True)):
        assert [match.start for match in matches(data, path, query)] == [60, 121]
        assert [match.start for match in matches(data, path, query, backwards=True)] == [121, 60]


@given(st.binary(max_size=300), st.sampled_from(["a", "ab", "\x00", "é", "\udcff", "m", "1"]), st.booleans())
@settings(deadline=None)
def test_any_bytes_can_be_searched(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, text: str, ignore_case: bool
) -> None:
    """Row 196: binary output is no error; without escape sequences the result is that of counting bytes."""
    path = tmp_path_factory.mktemp("search") / "log"
    query = Query(text, ignore_case=ignore_case)
    spans = matches(data, path, query)
    assert spans == sorted(spans)
    if b"\x1b" not in data and not ignore_case:
        assert len(spans) == data.count(text.encode("utf-8", "surrogateescape"))


def test_progress_is_told_and_a_search_can_be_left(path: Path) -> None:
    """After each slice the caller hears how far it is, and may stop asking."""
    path.write_bytes(b"nothing here\n" * 1_000_000)
    with LogFile(path) as log:
        steps = list(search(log, Query("needle"), 0, slice_bytes=4 << 20))
        assert steps[-1] == Searched(13_000_000, 0)
        offsets = [step.offset for step in steps if isinstance(step, Searched)]
        assert len(offsets) == len(steps) == 3
        assert offsets == sorted(offsets)
        back = list(search(log, Query("needle"), 13_000_000, backwards=True, slice_bytes=4 << 20))
        assert [type(step) for step in back] == [Searched] * 3
        assert back[-1] == Searched(0, 0)
        assert next(search(log, Query("nothing"), 0)) == Match(0, 7)


def test_a_long_text_can_be_searched(path: Path) -> None:
    """A text longer than what is looked for first is still compared as a whole."""
    text = "0123456789" * 12
    data = (text[:-1] + "x\n" + text + "\n\x1b[1m" + text[:60] + "\x1b[0m" + text[60:] + "\n").encode()
    assert len(matches(data, path, Query(text))) == 2


def test_many_hits_of_a_common_word(path: Path) -> None:
    """Where nearly every line matches, the search changes its way and still finds all."""
    data = b"".join(b"worker %d step %d\n" % (number % 8, number) for number in range(30_000))
    assert len(matches(data, path, Query("worker 3"))) == 3750
    assert len(matches(data, path, Query(r"worker [37] ", regex=True))) == 7500
    coloured = data.replace(b"worker", b"\x1b[1mwork\x1b[0mer")
    assert len(matches(coloured, path, Query("worker 3"))) == 3750
    assert len(matches(coloured, path, Query(r"worker [37] ", regex=True))) == 7500
    assert len(matches(coloured, path, Query(r"worker [37] ", regex=True), backwards=True)) == 7500


@pytest.mark.parametrize("pattern", ["", "a\nb"])
def test_nothing_to_search_for_is_told(pattern: str) -> None:
    """One clear sentence, the exit code of wrong usage."""
    with pytest.raises(BadPattern) as caught:
        Query(pattern)
    assert isinstance(caught.value, UsageError)


@pytest.mark.parametrize("pattern", ["(", "[a", "*", "a{99999999999}", "(?P<x", "\x1b("])
def test_a_bad_expression_is_told(pattern: str) -> None:
    """The sentence names the pattern and the reason, cleaned."""
    with pytest.raises(BadPattern, match="is no regular expression") as caught:
        Query(pattern, regex=True)
    assert caught.value.sentence.isprintable()


def test_a_log_that_is_cut_during_the_search_ends_it(path: Path) -> None:
    """Nothing hangs and nothing is raised."""
    path.write_bytes(b"needle\n" * 500_000)
    with LogFile(path) as log:
        walk = search(log, Query("needle"), 0)
        next(walk)
        path.write_bytes(b"")
        rest = list(walk)
        assert rest[-1] == Searched(3_500_000, 0)


def test_matches_in_a_line_of_clean_text_are_those_of_its_bytes() -> None:
    """What is highlighted on the screen is what was found in the file; the indices count characters."""
    line = "Größe: loss=0.5, LOSS=0.25"
    for query in (
        Query("loss"),
        Query("loss", ignore_case=True),
        Query(r"loss=\S+", regex=True, ignore_case=True),
        Query("größe", ignore_case=True),
        Query("x*", regex=True),
        Query("0" * 60),
    ):
        data = line.encode()
        assert [line[start:end] for start, end in query.text_spans(line)] == [
            data[start:end].decode() for start, end in query.spans(data)
        ]


def test_a_text_with_a_rare_letter_is_found_in_coloured_logs(path: Path) -> None:
    """The lines that hold its rarest letter are looked at, and where these are many, all."""
    rare = b"\x1b[32mstep\x1b[0m 1\n" * 5000 + b"\x1b[31mQu\x1b[1mit\x1b[0m now\n" + b"\x1b[32mstep\x1b[0m\n" * 5000
    assert found(rare, path, Query("Quit")) == [b"Qu\x1b[1mit"]
    many = rare.replace(b" 1\n", b" Q\n")
    assert found(many, path, Query("Quit")) == [b"Qu\x1b[1mit"]
    assert found(many, path, Query("Quit"), backwards=True) == [b"Qu\x1b[1mit"]


COLOURED = st.lists(
    st.sampled_from([b"a", b"b", b"ab", b"AB", b"\n", b"\r", b"\r", b"\r\n", b"\x1b[1m", b"1", b"\xc3\xa9", b"x" * 20]),
    max_size=80,
).map(b"".join)


@given(COLOURED, st.sampled_from(["ab", "b", "aba", "é", "1"]), st.booleans(), st.booleans())
@settings(deadline=None, max_examples=200)
def test_bars_that_are_taken_apart_show_the_same(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, text: str, ignore_case: bool, backwards: bool
) -> None:
    """Whether covered matches are left out before or after they are looked for, what can be seen is found."""
    path = tmp_path_factory.mktemp("search") / "log"
    path.write_bytes(data)
    results: list[list[tuple[int, int]]] = []
    for many in (1 << 30, 0):
        with pytest.MonkeyPatch.context() as patch, LogFile(path) as log:
            patch.setattr(search_module, "_CHUNK", 64)
            patch.setattr(search_module, "_REACH", 16)
            patch.setattr(search_module, "_MANY", many)
            start = len(data) if backwards else 0
            steps = search_in_steps(
                log, Query(text, ignore_case=ignore_case), start, backwards=backwards, only_visible=True
            )
            results.append([match for step in steps for match in step.matches])
    assert results[0] == results[1]


def test_any_script_is_found_without_regard_to_case(path: Path) -> None:
    """What has but one case leads to the lines; letters that have two are compared as Python's expressions do."""
    line = "\x1b[31m损失=77\x1b[0m GRÖ\x1b[1mßE=1\x1b[0m straſse İ\n"
    data = ("nothing here\n" * 3000 + line).encode()
    for text, expected in (
        ("损失=77", "损失=77"),
        ("größe=1", "GRÖ\x1b[1mßE=1"),
        ("straſse", "straſse"),
        ("éß", None),
        ("ßE=1", "ßE=1"),
        ("ö", "Ö"),
    ):
        spans = found(data, path, Query(text, ignore_case=True))
        assert [span.decode() for span in spans] == ([expected] if expected else [])
