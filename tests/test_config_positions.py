"""On which line of a TOML text something stands."""

from __future__ import annotations

import tomllib
from textwrap import dedent
from typing import Any

import tomli_w
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.config.positions import first_unreadable, key_lines, leaves, statements

AWKWARD = dedent(
    '''\
    # about nothing

    top = 1
    a.b = 2                      # dotted
    "quoted # key" = "x # y"
    multi = """
    not = "a key"
    [nor a table]
    \\""" still
    """
    raw = \'\'\'
    x = [\'\'\'
    list = [  # comment ]
        "]",
        # ] another
        [1, 2],
    ]
    inline = { x = 1, y = { z = "}" } }

    # about the table
    # in two lines
    [table]  # here
    # about key
    key = "\\"["

    [ table . "in.ner" ]
    'lit' = ']'
    [[many]]
    one = 1
    [[many]]
    one = 2
    '''
)


KEYS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=6)
VALUES = st.recursive(
    st.integers(-9, 9) | st.booleans() | st.text("ab\n\r#\"'\\[]{}=é\u2028", max_size=12) | st.floats(0, 1),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=12,
)


class TestKeyLines:
    def test_every_form_of_statement(self) -> None:
        """Dotted, quoted and nested keys, texts and lists over several lines, comments: each line is found."""
        tomllib.loads(AWKWARD)
        assert key_lines(AWKWARD) == {
            ("top",): 3,
            ("a",): 4,
            ("a", "b"): 4,
            ("quoted # key",): 5,
            ("multi",): 6,
            ("raw",): 11,
            ("list",): 13,
            ("inline",): 18,
            ("inline", "x"): 18,
            ("inline", "y", "z"): 18,
            ("table",): 22,
            ("table", "key"): 24,
            ("table", "in.ner"): 26,
            ("table", "in.ner", "lit"): 27,
            ("many",): 28,
            ("many", "one"): 29,
        }

    def test_windows_line_ends_count_once(self) -> None:
        """A file with CR LF has the same lines."""
        assert key_lines(AWKWARD.replace("\n", "\r\n")) == key_lines(AWKWARD)

    def test_comment_directly_above(self) -> None:
        """A comment belongs to the statement directly below it; a blank line parts them."""
        comments = {statement.path: statement.comment for statement in statements(AWKWARD)}
        assert comments["top",] == ()
        assert comments["table",] == ("about the table", "in two lines")
        assert comments["table", "key"] == ("about key",)

    @given(st.dictionaries(KEYS, VALUES, max_size=5), st.booleans())
    def test_finds_every_key_of_any_document(self, document: dict[str, Any], multiline: bool) -> None:
        """Every value of any TOML document has a line, and the statement there sets it."""
        text = tomli_w.dumps(document, multiline_strings=multiline)
        lines = key_lines(text)
        for path, _ in leaves(tomllib.loads(text)):
            assert path in lines
        starts = [statement.line for statement in statements(text)]
        assert starts == sorted(set(starts))
        assert set(lines.values()) <= set(starts)

    @given(st.text("ab=.#\"'\\[]{}\n\r \t1é", max_size=60))
    def test_any_text_is_cut_without_an_error(self, text: str) -> None:
        """Text that is no TOML at all still gives statements with lines inside the text."""
        for statement in statements(text):
            assert 1 <= statement.line <= text.count("\n") + 1
        assert 1 <= first_unreadable(text) <= text.count("\n") + 1


class TestLeaves:
    def test_in_order_and_without_recursion(self) -> None:
        """Values come in the order of the text, however deep dots have nested them."""
        assert list(leaves({"b": {"x": 1, "a": 2}, "a": []})) == [(("b", "x"), 1), (("b", "a"), 2), (("a",), [])]
        deep = tomllib.loads(".".join(["k"] * 3000) + " = 7")
        [(path, value)] = leaves(deep)
        assert (len(path), value) == (3000, 7)
