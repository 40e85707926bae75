"""Finding a text in bytes as a reader sees them: the fast way finds what the plain way finds."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ant_tui.output import needle as needle_module
from ant_tui.output.needle import Needle, Span, _Probe, may_hold_texts

SEQUENCE = re.compile(
    rb"\x1b(?:\[[0-?]{0,256}[ -/]{0,16}[@-~]|\][^\x07\x1b\n]{0,4096}(?:\x07|\x1b\\)|[ -/]{0,16}[0-OQ-WYZ\\`-~])"
)

TEXTS = [b"a", b"m", b"1", b"ab", b"aa", b"12", b"(B", b"7a", b"mab", b"aba", b" ab", b"ab a", b"b\xc3", b"ab" * 6]
PIECES = [
    b"a", b"b", b"ab", b"aba", b"m", b"1", b"12:", b" ", b"7", b"B", b"/", b"\n", b"\r", b"\xc3\xa9", b"\x07", b"\\",
    b"[", b"\x1b", b"\x1b[", b"\x1b]", b"\x1b(", b"\x1b[m", b"\x1b[31m", b"\x1b[0;1m", b"\x1b[ q", b"\x1b(B", b"\x1b7",
    b"\x1b]0;ab\x07", b"\x1b]8;;ab\x1b\\", b"\x1b[" + b"1" * 300 + b"m", b"2026-11-21 10:11:12 ",
]  # fmt: skip
LOGS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=60).map(b"".join),
    st.lists(st.sampled_from([b"a", b"b", b"\n", b" ", b"\x1b[1m", b"m"]), max_size=60).map(b"".join),
    st.binary(max_size=100),
)


def plainly(data: bytes, text: bytes, start: int) -> list[Span]:
    """Strip each line, search it, and see where in the file the letters are."""
    spans: list[Span] = []
    begin = 0
    for line in data.split(b"\n"):
        hidden = {at for sequence in SEQUENCE.finditer(line) for at in range(*sequence.span())}
        shown = [at for at in range(len(line)) if at not in hidden]
        stripped = bytes(line[at] for at in shown)
        place = sum(begin + at < start for at in shown)
        while (place := stripped.find(text, place)) >= 0:
            spans.append((begin + shown[place], begin + shown[place + len(text) - 1] + 1))
            place += len(text)
        begin += len(line) + 1
    return spans


def every_probe(text: bytes) -> Iterable[_Probe]:
    """All ways to look for a text, whichever of its letters is rare."""
    for at in range(min(len(text), 4)):
        for skip in range(len(text) - at):
            yield _Probe.of(text, at, skip, by_pair=False)
        if text[at : at + 1] != text[at + 1 : at + 2] != b"":
            yield _Probe.of(text, at, 0, by_pair=True)


PROBES = {text: list(every_probe(text)) for text in TEXTS}


@given(st.data(), LOGS, st.sampled_from(TEXTS), st.booleans(), st.sampled_from([0.0, 0.5]))
@settings(deadline=None, max_examples=600)
def test_the_fast_way_finds_what_the_plain_way_finds(
    draw: st.DataObject, log: bytes, text: bytes, leaping: bool, share: float
) -> None:
    """In any bytes, from any place on, whichever letter is looked for first, and with many doubts and with few."""
    start = draw.draw(st.integers(0, len(log)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(needle_module, "_RARE", 2.0 if leaping else 1 / 250)
        patch.setattr(needle_module, "_CROWD", draw.draw(st.sampled_from([0, 10])))
        needle = Needle(text)
        needle._probe = draw.draw(st.sampled_from(PROBES[text]))._replace(share=share)
        expected = plainly(log, text, start)
        assert needle.spans(log, start, bare=False) == expected
        lines = {log.count(b"\n", 0, place) for place in needle.places(log, start, bare=False)}
        assert lines >= {log.count(b"\n", 0, place) for place, _ in expected}
        bare = [(at.start(), at.end()) for at in re.compile(re.escape(text)).finditer(log, start)]
        assert needle.spans(log, start, bare=True) == bare
        assert {place for place, _ in bare} <= set(needle.places(log, start, bare=True))


@given(LOGS, st.sampled_from(TEXTS), st.integers(1, 400))
@example(b"\x1b[mab", b"ab", 1)
@example(b"12:11:10 ab \x1b[1mab\x1b[0m a\x1b[1mb\n", b"ab", 100)
@settings(deadline=None, max_examples=300)
def test_what_is_rare_in_a_log_is_seen_in_a_sample(log: bytes, text: bytes, times: int) -> None:
    """With the letter that a sample makes it choose it finds the same."""
    log = (log + b"\n") * times if len(log) * times < 20_000 else log
    needle = Needle(text)
    letter = needle.look_at(log, folded=False)
    assert letter in text
    assert needle.spans(log, 0, bare=False) == plainly(log, text, 0)


def test_a_rare_letter_is_chosen() -> None:
    """The letter that stands there least is looked for, or one after which it is soon clear that it is another text."""
    needle = Needle(b"step x")
    assert needle.look_at(b"step 1\nstep 2\n" * 500, folded=False) == b"x"
    other = Needle(b"EX")
    assert other.look_at(b"ab" * 900 + b"E", folded=False) == b"X"


@pytest.mark.parametrize(
    ("data", "holds"),
    [(b"\x1b[1m", False), (b"a\\b", False), (b"\x1b]0;x\x07", True), (b"\x1b]8;;x\x1b\\", True), (b"", False)],
)
def test_titles_and_links_are_noticed(data: bytes, holds: bool) -> None:
    """Only they hold any text, so that a word that stands in one piece may yet not be seen."""
    assert may_hold_texts(data) is holds
