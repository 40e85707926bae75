"""Output as plain text."""

from __future__ import annotations

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.ansi_text import looks_binary, render_plain


def test_what_a_person_would_see() -> None:
    """Row 189: a progress bar is one line, colours are gone, lines stay."""
    data = b"start\n\r 10%\r 50%\r100%\n\x1b[1;32mdone\x1b[0m \x1b]0;t\x07here  \n\n"
    assert render_plain(data) == "start\n100%\ndone here"


def test_long_lines_are_whole() -> None:
    """Row 190: what the terminal keeps in several rows is one line of text."""
    assert render_plain(b"x" * 200_000 + b"\ny") == "x" * 200_000 + "\ny"


def test_all_rows_are_kept() -> None:
    """Row 192: there is no limit on the number of lines here."""
    assert render_plain(b"line\n" * 30_000).count("line") == 30_000


@given(st.binary())
@settings(deadline=None)
def test_nothing_but_newlines_and_printable_text_comes_out(data: bytes) -> None:
    """Row 196: binary output is no error, and nothing of it reaches a terminal raw."""
    assert all(line.isprintable() for line in render_plain(data).split("\n"))


def test_binary_output_is_told_from_text() -> None:
    """Row 196: random bytes and zeros are binary; text of any script, colours and a torn character are not."""
    assert looks_binary(random.Random(1).randbytes(65536))
    assert looks_binary(bytes(1000))
    assert not looks_binary(b"")
    assert not looks_binary("Größe 中文 \x1b[31mred\x1b[0m\r\n\t".encode() * 100)
    assert not looks_binary("中文".encode()[1:-1] * 1 + b"and some more text behind it")
    assert not looks_binary("élan ".encode("latin-1") * 100)
