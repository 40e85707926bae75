"""What a regular expression cannot match without."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ant_tui.output.literals import one_case, required_literals, required_together


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        ("error", ("error",)),
        (r"loss=\d+", ("loss=",)),
        (r"\d+ errors", (" errors",)),
        ("[Ee]rror", ("rror",)),
        ("WARN|ERROR", ("WARN", "ERROR")),
        ("(WARN|ERROR): x*", (": ",)),
        ("(?:nan|inf)", ("nan", "inf")),
        (r"a\.b\[c", ("a.b[c",)),
        ("colou?r", ("colo",)),
        ("ab{0,3}cd", ("cd",)),
        ("ab+cd", ("ab",)),
        ("abc|d", ()),
        ("a*b*", ()),
        (".*", ()),
        ("(?i)error", ()),
        ("[]ab]cd", ("cd",)),
        (r"[\]x]cd", ("cd",)),
        (r"(a(b)|[)]c)def", ("def",)),
        (r"\bword\b", ("word",)),
        (r"\x41bc", ("bc",)),
        (r"\u0041bc", ("bc",)),
        (r"\U00000041bc", ("bc",)),
        (r"\N{LATIN SMALL LETTER A}bc", ("bc",)),
        (r"\101bc", ("bc",)),
        (r"\0018bc", ("8bc",)),
        (r"\08bc", ("8bc",)),
        (r"(a)\18bc", ("bc",)),
    ],
)
def test_the_longest_sure_text_is_taken(pattern: str, literals: tuple[str, ...]) -> None:
    """Quantified, optional and grouped parts are not counted on."""
    assert required_literals(pattern) == literals


ATOMS = ["a", "b", "ab", "ba", "[ab]", "[^a]", ".", r"\w", r"\.", "(a|b)", "(?:ab|ba)", "(ab)", "[]a]", r"[\]b]"]
QUANTIFIED = ["a?", "b*", "a+", "(ab)?", "b{0,2}", "b{2}", "a*?"]
BY_NUMBER = [
    r"\x61",
    r"\x5D",
    r"\u0062",
    r"\U00000062",
    r"\141",
    r"\142",
    r"\0",
    r"\08",
    r"\1",
    r"\12",
    r"[\x61\135]",
    r"\x61{2}",
]
PARTS = st.sampled_from([*ATOMS, *QUANTIFIED, *BY_NUMBER, "1", "2", "61", "|", "(?=a)", "(?!b)", r"\b", "^", "$"])


@given(st.lists(PARTS, min_size=1, max_size=6).map("".join), st.text(alphabet="ab.] 12\0", max_size=12))
@settings(deadline=None, max_examples=1000)
def test_nothing_is_matched_without_one_of_them(pattern: str, text: str) -> None:
    """Whatever pattern and text: where something matches, one of the texts is in it."""
    try:
        compiled = re.compile(pattern)
    except re.error:
        assume(False)
    literals = required_literals(pattern)
    for found in compiled.finditer(text):
        assert not literals or any(literal in found[0] for literal in literals)
        assert all(literal in found[0] for literal in required_together(pattern))


@pytest.mark.parametrize(
    ("pattern", "literals"),
    [
        (r"loss=\d+\.77", ("loss=", ".77")),
        (r"(?:step \d+ of)", ("step ", " of")),
        ("ab|cd", ()),
        ("(?i)ab.cd", ()),
        ("a.b", ()),
    ],
)
def test_texts_that_must_all_be_there(pattern: str, literals: tuple[str, ...]) -> None:
    """The rarest of them can be looked for; of alternatives none must be there."""
    assert required_together(pattern) == literals


def test_the_part_that_has_one_case() -> None:
    """Letters that may be written otherwise are left out, but for those of ASCII that are looked for in both cases."""
    assert one_case("größe=12") == "e=12"
    assert one_case("损失=77") == "损失=77"
    assert one_case("ÄÖ") == ""
    assert one_case("ä door, ö kiosk") == " door, "


def test_nothing_else_is_the_same_but_for_its_case() -> None:
    """No other character of Unicode matches one that has one case, as Python's expressions see it."""
    characters = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xDC00]
    kept = [one for one in characters if one_case(one)]
    others = "".join(one for one in characters if not one_case(one))
    for some in ([one for one in kept if one.isascii()], [one for one in kept if not one.isascii()]):
        pattern = re.compile("[" + re.escape("".join(some)) + "]", re.IGNORECASE)
        assert not pattern.findall(others)
        assert not pattern.findall("".join(one for one in kept if one.isascii() is not some[0].isascii()))


@given(st.text(alphabet="abB019 é損", min_size=1, max_size=8), st.data(), st.text(alphabet="abB019", max_size=3))
@settings(deadline=None)
def test_a_text_is_found_however_its_characters_are_written(text: str, data: st.DataObject, around: str) -> None:
    """Each character as itself or by its number: no digit of a number is counted on."""
    ways = [r"\x{:02x}", r"\u{:04x}", r"\U{:08X}", r"\{:03o}"]
    pattern = ""
    for char in text:
        way = data.draw(st.sampled_from([None, *(ways if ord(char) < 256 else ways[1:3])]))
        pattern += char if way is None else way.format(ord(char))
    found = re.search(pattern, around + text + around)
    assert found is not None
    assert all(literal in found[0] for literal in (*required_literals(pattern), *required_together(pattern)))
