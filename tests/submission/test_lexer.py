"""What the reader knows about a piece of shell text."""

from __future__ import annotations

import pytest

from ant_tui.submission.lexer import Reader, trim_end


@pytest.mark.parametrize(
    ("text", "context"),
    [
        ("@", ""),
        ("'@'", "'"),
        ('"@"', '"'),
        ("$'\\'@'", "$'"),
        ("'a'@", ""),
        ('"a"@', ""),
        ('"$(@)"', ""),
        ("\"$('@')\"", "'"),
        ('"$("@")"', '"'),
        ('"$((1))@"', '"'),
        ('"`@`"', "`"),
        ("`a '` @", ""),
        ('"$(`a`@)"', ""),
        ('"\\"@"', '"'),
        ("\\'@", ""),
        ('"$(a (b) c)@"', '"'),
        ("# '\n@", ""),
    ],
)
def test_the_context_of_a_place(text: str, context: str) -> None:
    """Row 096: for each place it is known which quotes it stands in, in substitutions as well."""
    reader = Reader(script=True)
    reader.read(text)
    reader.finish()
    assert reader.context(text.index("@")) == context


@pytest.mark.parametrize(
    ("text", "arguments"),
    [
        ("ant_n_gpus=1 x ant_tags=a", ["ant_n_gpus=1", "ant_tags=a"]),
        ("ant_task_id='a b'c\"d\" x", ["ant_task_id='a b'c\"d\""]),
        ("ant_n_gpus={sweep g 1 2} x", ["ant_n_gpus={sweep g 1 2}"]),
        ('ant_envar={"a": [1, (2)]} x', ['ant_envar={"a": [1, (2)]}']),
        ("'ant_n_gpus=1' xant_n_gpus=1 ant_wd=1 ant_n_gpus ant_n_gpus = 1", []),
    ],
)
def test_where_arguments_stand(text: str, arguments: list[str]) -> None:
    """Row 064: the span of each whole unquoted argument is known."""
    reader = Reader(script=False)
    reader.read(text)
    assert [text[start:end] for start, end in reader.arguments] == arguments


@pytest.mark.parametrize(
    ("text", "trimmed"), [("a  ", "a"), ("a\\  ", "a\\ "), ("a\\\\  ", "a\\\\"), ("a", "a"), (" ", ""), ("\\ ", "\\ ")]
)
def test_trimming_keeps_a_protected_blank(text: str, trimmed: str) -> None:
    """Row 050: a blank behind a backslash belongs to the command."""
    assert trim_end(text) == trimmed
