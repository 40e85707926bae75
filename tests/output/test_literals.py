"""What a regular expression cannot match without."""

from __future__ import annotations

import re

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ant_tui.output.literals import required_literals


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
    ],
)
def test_the_longest_sure_text_is_taken(pattern: str, literals: tuple[str, ...]) -> None:
    """Quantified, optional and grouped parts are not counted on."""
    assert required_literals(pattern) == literals


ATOMS = ["a", "b", "ab", "ba", "[ab]", "[^a]", ".", r"\w", r"\.", "(a|b)", "(?:ab|ba)", "(ab)", "[]a]", r"[\]b]"]
QUANTIFIED = ["a?", "b*", "a+", "(ab)?", "b{0,2}", "b{2}", "a*?"]
PARTS = st.sampled_from([*ATOMS, *QUANTIFIED, "|", "(?=a)", "(?!b)", r"\b", "^", "$"])


@given(st.lists(PARTS, min_size=1, max_size=6).map("".join), st.text(alphabet="ab.] ", max_size=12))
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
