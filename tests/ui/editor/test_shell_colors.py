"""Which parts of a command are what."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from ant_tui.ui.editor.shell_colors import pieces_of


def parts(text: str, *, multi: bool = False) -> list[list[tuple[str, str]]]:
    """For each line: (text, kind) of its pieces."""
    lines = pieces_of(text, multi=multi)
    return [
        [(line[start:end], kind) for start, end, kind in pieces]
        for line, pieces in zip(text.split("\n"), lines, strict=True)
    ]


def test_words_of_a_command() -> None:
    """Our arguments, assignments, the program, options, sweeps, variables, strings and comments."""
    (line,) = parts("""ant_n_gpus=2 A=1 python x.py --lr {sweep lr 1 2} -v "$H b" 'c#' $X # all""")
    assert line == [
        ("ant_n_gpus=2", "argument"),
        ("A=1", "variable"),
        ("python", "program"),
        ("--lr", "option"),
        ("{sweep lr 1 2}", "group"),
        ("-v", "option"),
        ('"$H b"', "string"),
        ("'c#'", "string"),
        ("$X", "variable"),
        ("# all", "comment"),
    ]


def test_every_command_of_a_line_has_its_program() -> None:
    """Behind ; && and | a program's name stands, behind > a file's."""
    (line,) = parts("cd x && if true; then a | b > c; fi")
    assert [text for text, kind in line if kind == "program"] == ["cd", "true", "a", "b"]
    assert [text for text, kind in line if kind == "keyword"] == ["if", "then", "fi"]


def test_lines_of_a_script_and_of_multi() -> None:
    """In a script a quote goes on in the next line; in Multi it ends with its own, so a slip colours one task."""
    text = "echo don't\npython x.py"
    assert parts(text)[1] == [("python x.py", "string")]
    assert parts(text, multi=True)[1] == [("python", "program")]


def test_a_line_that_goes_on_begins_no_command() -> None:
    """A backslash at the end of a line joins it with the next."""
    assert parts("python \\\nx.py")[1] == []
    assert parts("python\nx.py")[1] == [("x.py", "program")]


def test_a_sweep_in_quotes_is_seen() -> None:
    """It is filled in there too."""
    assert ("{sweep lr}", "group") in parts('x "out/{sweep lr}"')[0]


@given(st.text(st.sampled_from("ab$'\"\\#{}; &|\n=-ant_gpus sweep "), max_size=60), st.booleans())
def test_pieces_stay_in_their_lines(text: str, multi: bool) -> None:
    """Whatever is typed: a list for each line, every piece inside of its line and not empty."""
    lines = pieces_of(text, multi=multi)
    assert len(lines) == text.count("\n") + 1
    for line, pieces in zip(text.split("\n"), lines, strict=True):
        for start, end, kind in pieces:
            assert 0 <= start < end <= len(line)
            assert kind


def test_a_very_long_text_stays_plain() -> None:
    """Colours never make typing slow."""
    assert pieces_of("python x\n" * 10_000) == [[] for _ in range(10_001)]
