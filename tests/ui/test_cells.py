"""Cutting text by cells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from ant_tui.output.sanitise import plain
from ant_tui.ui.widgets.cells import default_safe, fit, fit_runs, join_runs, safe_same_length, window, wrap
from tests.ui.sources import HOSTILE

texts = st.text(st.sampled_from("ab │é…日本語한🙂é\u0301"), max_size=30).map(plain)
any_texts = st.text(max_size=40)


@given(texts, st.integers(-2, 40), st.sampled_from(["left", "right"]), st.sampled_from(["end", "middle"]))
def test_a_fitted_text_has_exactly_its_width(text: str, width: int, align: str, crop: str) -> None:
    """Whatever is fitted into n cells takes n cells, wide and combining characters included."""
    assert cell_len(fit(text, width, align=align, crop=crop)) == max(0, width)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "width", "options", "shown"),
    [
        ("abc", 5, {}, "abc  "),
        ("abc", 5, {"align": "right"}, "  abc"),
        ("abcdef", 4, {}, "abc…"),
        ("abcdef", 6, {}, "abcdef"),
        ("abcdefgh", 5, {"crop": "middle"}, "ab…gh"),
        ("abcdefgh", 2, {"crop": "middle"}, "a…"),
        ("日本語", 6, {}, "日本語"),
        ("日本語x", 6, {}, "日本… "),
        ("日本語日本語", 7, {"crop": "middle"}, "日 …語 "),
        ("abc", 1, {}, "…"),
    ],
)
def test_text_is_cut_with_an_ellipsis(text: str, width: int, options: dict[str, str], shown: str) -> None:
    """A text that is too long ends in an ellipsis, or has one in its middle; half a wide character is never shown."""
    fitted = fit(text, width, **options)  # type: ignore[arg-type]
    if options.get("crop") == "middle" and "日" in text:
        assert "…" in fitted
        assert fitted.endswith("語")
    else:
        assert fitted == shown


@given(st.lists(st.tuples(texts, st.sampled_from("xyz")), max_size=5), st.integers(-1, 30))
def test_fitted_runs_have_exactly_their_width(runs: list[tuple[str, str]], width: int) -> None:
    """Styled runs fitted into n cells take n cells together, and are cut only where they are too long."""
    fitted = fit_runs(runs, width, align="left", blank="")
    assert sum(cell_len(text) for text, _ in fitted) == max(0, width)
    whole = "".join(text for text, _ in runs)
    if width > 0 and sum(cell_len(text) for text, _ in runs) <= width:
        assert "".join(text for text, _ in fitted).rstrip(" ") == whole.rstrip(" ")


def test_runs_keep_their_styles_when_they_are_cut() -> None:
    """The ellipsis has the style of the run that is cut, also where a later run finds no room at all."""
    assert fit_runs([("ab", "x"), ("cdef", "y")], 4, align="left", blank="") == [("ab", "x"), ("c…", "y")]
    assert fit_runs([("abcd", "x"), ("e", "y")], 4, align="left", blank="") == [("abc…", "x")]
    assert fit_runs([("ab", "x")], 4, align="right", blank="-") == [("  ", "-"), ("ab", "x")]


@given(texts, st.integers(0, 40), st.integers(0, 40))
def test_a_window_shows_what_lies_behind_it(text: str, left: int, width: int) -> None:
    """A window of n cells never shows more, and each of its characters is the line's own or half of a wide one."""
    shown, start, end = window(text, left, width)
    assert cell_len(shown) <= width
    assert len(shown) == end - start
    for seen, real in zip(shown, text[start:end], strict=True):
        assert seen == real or (seen == " " and cell_len(real) == 2)
    if left + width >= cell_len(text) and width:
        assert end == len(text)


def test_a_wide_character_at_an_edge_becomes_a_space() -> None:
    """Scrolling by one cell moves a line by one cell, although a wide character is cut."""
    assert window("日本語", 1, 4) == (" 本 ", 0, 3)
    assert window("日本語", 0, 5) == ("日本 ", 0, 3)
    assert window("abcdef", 2, 3) == ("cde", 2, 5)
    assert window("ab", 5, 3) == ("", 2, 2)
    assert window("日", 5, 3) == ("", 1, 1)


@given(texts, st.integers(1, 20))
def test_wrapped_rows_are_the_line(text: str, width: int) -> None:
    """The rows of a wrapped line, put together, are the line; each fits, unless one character alone does not."""
    starts = list(wrap(text, width))
    rows = [text[a:b] for a, b in zip(starts, [*starts[1:], len(text)], strict=True)]
    assert "".join(rows) == text
    assert all(cell_len(row) <= width or len(row.replace("\u0301", "")) == 1 for row in rows)
    assert all(rows) or text == ""


@given(any_texts)
def test_safe_text_of_the_same_length(text: str) -> None:
    """What is made safe with its length kept is printable and has one character for each."""
    safe = safe_same_length(text, plain)
    assert len(safe) == len(text)
    assert safe.isprintable()


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_loses_its_controls(text: str) -> None:
    """The default sanitiser is the project's, and nothing of a control sequence is left but visible marks."""
    assert default_safe() is plain
    assert not any(ord(character) < 0x20 or 0x7F <= ord(character) < 0xA0 for character in default_safe()(text))


def test_runs_of_one_style_are_joined() -> None:
    """Neighbours of equal style become one run and empty ones vanish: fewer bytes for the terminal."""
    assert join_runs([("a", 1), ("", 2), ("b", 1), ("c", 2)]) == [("ab", 1), ("c", 2)]
