"""The line terminal: what bytes of a task become which rows."""

from __future__ import annotations

import random

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.line_terminal import MAX_SEQUENCE, MAX_WINDOW, ROW_LIMIT, LineTerminal
from ant_tui.output.row import MAX_RUNS, Row
from ant_tui.output.style import PLAIN, RGB, Style

RED = Style(fg=1)


def fed(*parts: bytes, window: int = 50, max_rows: int | None = 10_000) -> LineTerminal:
    terminal = LineTerminal(window=window, max_rows=max_rows)
    for part in parts:
        terminal.feed(part)
    return terminal


def texts(terminal: LineTerminal) -> list[str]:
    return [row.text for row in terminal.rows(terminal.first_row, terminal.end_row)]


def everything(terminal: LineTerminal) -> list[Row]:
    return terminal.rows(terminal.first_row, terminal.end_row)


# What it acts on.


@pytest.mark.parametrize(
    ("data", "rows"),
    [
        (b"", []),
        (b"a\nb\n", ["a", "b"]),
        (b"a\n\nb", ["a", "", "b"]),
        (b"a\r\nb\r\n", ["a", "b"]),
        (b"10%\r20%\r100%\n", ["100%"]),
        (b"longer\rab\n", ["abnger"]),
        (b"abc\b\bX\n", ["aXc"]),
        (b"a\tb\n", ["a       b"]),
        (b"12345678\tb\n", ["12345678        b"]),
        (b"abc\r\tX", ["abc     X"]),
        (b"one\ntwo\x1b[1Aup\n", ["oneup", "two"]),
        (b"one\ntwo\n\x1b[2F\x1b[KX", ["X", "two"]),
        (b"one\x1b[2Ex", ["one", "", "x"]),
        (b"a\x1b[3Cb", ["a   b"]),
        (b"abcdef\x1b[4Dx", ["abxdef"]),
        (b"abcdef\x1b[2Gx", ["axcdef"]),
        (b"abcdef\x1b[3D\x1b[K", ["abc"]),
        (b"abcdef\x1b[3D\x1b[1K", ["    ef"]),
        (b"abcdef\x1b[2Kx", ["      x"]),
        (b"a\nb\nc\x1b[2A\x1b[Jx", ["ax"]),
        (b"a\nb\x1b[1J", ["", ""]),
        (b"a\nb\n\x1b[H\x1b[2Jnew", ["new"]),
        (b"a\nb\nc\x1b[2;3Hx", ["a", "b x", "c"]),
        ("中文\rab".encode(), ["ab文"]),
        ("中文\rX".encode(), ["X 文"]),
        ("中文\b\bX".encode(), ["中X "]),
    ],
)
def test_controls_do_what_a_terminal_does(data: bytes, rows: list[str]) -> None:
    """Row 189: newline, return, backspace, tab, cursor movement and erasing give the text that a person would see."""
    assert texts(fed(data)) == rows


def test_colours_become_runs() -> None:
    """Row 189: a run counts characters, plain stretches have none, and a style goes on over lines."""
    terminal = fed("a \x1b[31mréd\x1b[0m b \x1b[1;48;2;1;2;3mx\ny".encode())
    bold = Style(bold=True, bg=RGB | 0x010203)
    assert everything(terminal) == [Row("a réd b x", ((2, 5, RED), (8, 9, bold))), Row("y", ((0, 1, bold),))]


def test_styles_stay_with_their_characters_when_a_row_is_written_over() -> None:
    """What remains of the old text keeps its colour."""
    terminal = fed(b"\x1b[31mabcdef\x1b[m\rXY")
    assert terminal.row(0) == Row("XYcdef", ((2, 6, RED),))


def test_links_are_kept_when_a_browser_should_open_them() -> None:
    """OSC 8 keeps http and https addresses and nothing else."""
    data = b"\x1b]8;;https://x.org/a\x1b\\one\x1b]8;;\x1b\\ \x1b]8;id=1;file:///etc/passwd\x07two\x1b]8;;\x07"
    assert fed(data).row(0) == Row("one two", ((0, 3, Style(link="https://x.org/a")),))


@pytest.mark.parametrize(
    "sequence",
    [
        "\x1b]52;c;aGVsbG8=\x07",
        "\x1b]0;title\x1b\\",
        "\x1b]777;notify;a;b\x07",
        "\x1bP1;2q#0;2;0;0;0\x1b\\",
        "\x1b_apc\x1b\\",
        "\x1b^pm\x1b\\",
        "\x1bXsos\x1b\\",
        "\x1b[?25l",
        "\x1b[?2004h",
        "\x1b[6n",
        "\x1b[c",
        "\x1b[>4;2m",
        "\x1b(B",
        "\x1b)0",
        "\x1b#8",
        "\x1b7",
        "\x1b8",
        "\x1bc",
        "\x1bM",
        "\x1b[3J",
        "\x1b[1;20r",
        "\x1b[5L",
        "\x07",
        "\x0e\x0f",
        "\x00\x00",
    ],
)
def test_everything_else_is_dropped(sequence: str) -> None:
    """Clipboard, title, notifications, images, modes, queries, character sets leave no trace, however they are cut."""
    data = f"before{sequence}after\n".encode()
    assert texts(fed(data)) == ["beforeafter"]
    assert texts(fed(*(data[at : at + 1] for at in range(len(data))))) == ["beforeafter"]


def test_other_controls_become_visible() -> None:
    """What is neither acted on nor dropped is shown as a mark (8-bit controls, bidi, invisible characters)."""
    assert texts(fed("a\x0bb\x9b31mc\u202ed\u200be\x7f".encode())) == ["a␋b·31mc·d·e␡"]


def test_an_unfinished_sequence_ends_with_its_line() -> None:
    """A program that was killed inside a sequence hides nothing of the next line."""
    assert texts(fed(b"a\x1b]0;never ends\nnext\n")) == ["a", "next"]
    assert texts(fed(b"a\x1b[12\nnext\n")) == ["a", "next"]


# Cut anywhere.


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_where_the_output_is_cut_makes_no_difference(data: st.DataObject) -> None:
    """Sequences and characters may be torn between two feeds."""
    tokens = data.draw(st.lists(st.sampled_from(TOKENS + WORDS), max_size=30))
    output = b"".join(tokens)
    parts: list[bytes] = []
    at = 0
    while at < len(output):
        size = data.draw(st.integers(1, 12))
        parts.append(output[at : at + size])
        at += size
    whole, torn = fed(output), fed(*parts)
    assert everything(torn) == everything(whole)
    assert torn.cursor == whole.cursor


def test_torn_utf8_is_put_together_and_bad_utf8_replaced() -> None:
    """Row 196: characters survive any cut; bytes that are none become a mark, at the end too."""
    terminal = fed(b"\xe4", b"\xb8", b"\xad\xff", b"x\xe4\xb8")
    terminal.finish()
    assert texts(terminal) == ["中\ufffdx\ufffd"]


TOKENS = [
    b"\r\n",
    b"\r",
    b"\b",
    b"\t",
    b"\x1b[31m",
    b"\x1b[0m",
    b"\x1b[1;4m",
    b"\x1b[K",
    b"\x1b[1K",
    b"\x1b[2K",
    b"\x1b[J",
]
TOKENS += [b"\x1b[1J", b"\x1b[2J", b"\x1b[H", b"\x1b[3;4H"]
TOKENS += [b"\x1b[%d%c" % (count, final) for count in (0, 1, 2, 5) for final in b"ABCDEFG"]
ASCII = [b"abc", b"x", b"hello world ", b"0123456789", b"a\tb"]
WORDS = [*ASCII, "█▏é".encode(), "中文".encode(), b"\x1b]0;t\x07", b"\x1b]8;;http://a.b\x1b\\"]


def pyte_text(data: bytes, *, lines: int, columns: int = 200) -> str:
    screen = pyte.HistoryScreen(columns, lines, history=100_000, ratio=0.5)
    pyte.ByteStream(screen).feed(data)
    rows = ["".join(line[x].data for x in range(columns)) for line in screen.history.top]
    return "\n".join(row.rstrip() for row in [*rows, *screen.display]).rstrip("\n")


@given(st.lists(st.sampled_from(TOKENS + ASCII), max_size=40))
@settings(deadline=None, max_examples=400)
def test_text_is_that_of_a_real_terminal(tokens: list[bytes]) -> None:
    """Any mixture of text, movement and erasing gives what pyte shows in a window of the same height."""
    data = b"".join(tokens)
    assert fed(data, window=10).text() == pyte_text(data, lines=10)


# Bounds.

BYTES = st.binary(max_size=400) | st.lists(
    st.sampled_from(
        [b"\x1b", b"\x1b[", b"\x1b]", b";", b"1", b"m", b"\n", b"\r", b"\xe4", b"\xc2\x9b", b"A", b"\\", b"\x07"]
    )
).map(b"".join)


@given(st.lists(BYTES, max_size=6), st.integers(1, 60), st.integers(1, 30))
@settings(deadline=None, max_examples=400)
def test_random_bytes_do_no_harm(parts: list[bytes], window: int, max_rows: int) -> None:
    """Whatever a task prints: no exception, no control character in a row, runs in order, no more rows than allowed."""
    terminal = fed(*parts, window=window, max_rows=max_rows)
    terminal.finish()
    assert terminal.end_row - terminal.first_row <= max_rows
    for row in everything(terminal):
        assert row.text.isprintable()
        at = 0
        for start, end, style in row.runs:
            assert at <= start < end <= len(row.text)
            assert style != PLAIN
            at = end


def test_a_long_line_goes_on_in_further_rows() -> None:
    """Row 190: a line of megabytes without newline is cut into rows that say so, and is whole again in the text."""
    line = b"0123456789" * 50_000
    terminal = fed(line + b"\nnext")
    rows = everything(terminal)
    assert {len(row.text) for row in rows[:-2]} == {ROW_LIMIT}
    assert [row.continued for row in rows] == [False] + [True] * (len(rows) - 2) + [False]
    assert terminal.text() == line.decode() + "\nnext"


def test_a_long_coloured_line_keeps_its_colours_in_further_rows() -> None:
    """Runs are cut where the row is."""
    terminal = fed(b"x" * (ROW_LIMIT - 2) + b"\x1b[31m" + b"y" * 5)
    assert terminal.row(0).runs == ((ROW_LIMIT - 2, ROW_LIMIT, RED),)
    assert terminal.row(1) == Row("yyy", ((0, 3, RED),), True)


def test_what_returns_on_an_overlong_line_begins_a_row() -> None:
    """A line wider than any terminal has wrapped there, so a progress bar behind it does not write over it."""
    terminal = fed(b"x" * 2000 + b"\r 10%\r 20%\r\n", b"y" * 2000 + b"\r\n")
    assert texts(terminal) == ["x" * 2000, " 20%", "y" * 2000]


def test_runs_of_a_row_are_bounded() -> None:
    """A row in which every character has its colour stops at the limit, and stays readable."""
    terminal = fed(b"".join(b"\x1b[38;5;%dm#" % (at % 256) for at in range(5000)))
    assert len(terminal.row(0).runs) == MAX_RUNS
    assert terminal.row(0).text == "#" * 5000


def test_the_ring_forgets_the_oldest_rows_and_keeps_their_numbers() -> None:
    """Rows keep their numbers for ever; those that are gone raise."""
    terminal = fed(b"".join(b"line %d\n" % number for number in range(1000)), max_rows=100)
    assert (terminal.first_row, terminal.end_row) == (900, 1000)
    assert terminal.row(950).text == "line 950"
    assert terminal.rows(0, 902) == [Row("line 900"), Row("line 901")]
    with pytest.raises(IndexError):
        terminal.row(899)
    with pytest.raises(IndexError):
        terminal.row_version(1000)


def test_few_huge_rows_are_bounded_by_their_characters() -> None:
    """Ten thousand rows of 64 KiB would be 640 MB: the ring also counts characters."""
    terminal = LineTerminal(max_chars=1_000_000, window=2)
    for _ in range(100):
        terminal.feed(b"x" * 60_000 + b"\n")
    assert sum(map(len, texts(terminal))) <= 1_000_000
    assert terminal.end_row == 100


def test_the_cursor_goes_back_no_further_than_the_window() -> None:
    """What has left the window is settled; 200 rows are the most."""
    terminal = fed(b"\n" * 20 + b"\x1b[99Ax", window=5)
    assert terminal.cursor[0] == terminal.settled_row == 16
    assert texts(terminal)[16] == "x"
    assert LineTerminal(window=5000)._window == MAX_WINDOW


def test_a_far_column_makes_no_huge_row() -> None:
    """Seven bytes must not make 64 KiB of blanks."""
    assert len(texts(fed(b"\x1b[65000Gx"))[0]) <= 1024
    assert len(texts(fed(b"\x1b[65000Cx"))[0]) <= 1024


@pytest.mark.parametrize("start", ["\x1b]", "\x1bP", "\x1b_", "\x1b]8;;http://"])
def test_a_string_that_never_ends_is_dropped_without_being_kept(start: str) -> None:
    """Five megabytes behind an opened OSC leave one mark, and no memory is used for them."""
    terminal = fed(b"a" + start.encode())
    for _ in range(50):
        terminal.feed(b"z" * 100_000)
        assert len(terminal._carry) <= MAX_SEQUENCE
    terminal.feed(b"\nnext\n")
    assert texts(terminal) == ["a\ufffd", "next"]


def test_a_string_sequence_of_many_feeds_ends_at_its_terminator() -> None:
    """An image of megabytes is gone when it is over, also when the end is torn."""
    terminal = fed(b"a\x1bP", b"q" * 10_000, b"r" * 10_000 + b"\x1b", b"\\b\n")
    assert texts(terminal) == ["a\ufffdb"]


def test_overlong_parameters_are_junk() -> None:
    """A control sequence longer than the bound is not acted on."""
    terminal = fed(b"a\x1b[" + b"1;" * 5000, b"1" * 5000, b"mb\n")
    assert terminal.row(0).runs == ()


def test_thousands_of_colours_do_not_fill_the_memory() -> None:
    """What is remembered about styles is bounded."""
    terminal = fed(b"".join(b"\x1b[38;2;%d;%d;%dmx" % (at % 256, at // 256, 7) for at in range(30_000)))
    assert len(terminal._pens) <= 8193


def test_hostile_accents_do_not_pile_up() -> None:
    """Combining characters that are put on one cell again and again do not make the row grow."""
    terminal = fed(b"a" + "\r\u0301".encode() * 5000)
    assert len(terminal.row(0).text) < 20


# What a view needs.


def test_a_view_can_tell_which_rows_changed() -> None:
    """Only the rows that were written have a new version; an empty feed changes nothing."""
    terminal = fed(b"one\ntwo\nthree\n")
    before = terminal.version
    terminal.feed(b"")
    assert terminal.version == before
    terminal.feed(b"\x1b[2A\x1b[Ktwo!\n")
    assert [terminal.row_version(number) > before for number in range(3)] == [False, True, False]


def test_plain_rows_that_come_in_bulk_have_versions_too() -> None:
    """The fast way keeps the same books."""
    terminal = fed(b"old\n")
    before = terminal.version
    terminal.feed(b"new\n" * 100)
    assert terminal.row_version(0) == before
    assert all(terminal.row_version(number) > before for number in range(1, 101))


def test_a_full_screen_program_is_noticed_and_leaves_no_trace() -> None:
    """What a program draws on the alternate screen stands below the rest while it runs, and is gone afterwards."""
    terminal = fed(b"before\npart", b"\x1b[?1049h\x1b[H\x1b[2Jeditor\x1b[5;5Hmore")
    assert terminal.full_screen
    assert texts(terminal)[:3] == ["before", "part", "editor"]
    terminal.feed(b"\x1b[?1049l, after\n")
    assert not terminal.full_screen
    assert terminal.saw_full_screen
    assert texts(terminal) == ["before", "part, after"]


def test_the_ring_may_lose_the_main_screen_behind_a_full_screen_program() -> None:
    """A program that scrolls for long on its own screen and then leaves it does no harm."""
    terminal = fed(b"a\nb\n\x1b[?1049h", b"x\n" * 500, b"\x1b[?1049l", b"after\n", max_rows=10, window=5)
    assert texts(terminal) == ["after"]


def test_tabs_and_colours_together() -> None:
    """A tab paints nothing: neither underline nor colour spans the gap."""
    assert fed(b"\x1b[4ma\tb\n").row(0) == Row(
        "a       b", ((0, 1, Style(underline=True)), (8, 9, Style(underline=True)))
    )


def test_one_big_feed_is_the_same_as_many_small_ones() -> None:
    """Slicing inside of a feed is invisible."""
    generator = random.Random(7)
    pieces = TOKENS[:7] + WORDS + [b"\n", "日本語\r\n".encode()]
    data = b"".join(generator.choice(pieces) for _ in range(60_000))
    whole = fed(data)
    torn = fed(*(data[at : at + 10_007] for at in range(0, len(data), 10_007)))
    assert everything(whole) == everything(torn)
