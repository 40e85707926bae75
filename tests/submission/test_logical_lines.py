"""Splitting a Multi text into commands."""

from __future__ import annotations

import pytest

from tests.submission.world import commands, multi, one, refused


def test_every_line_is_a_command_in_order() -> None:
    """Row 052, row 076: one command per line, order kept; blank lines are nothing; the line is remembered."""
    drafts = multi("a\n\n  b --x  \n\t\nc")
    assert [(draft.command, draft.line) for draft in drafts] == [("a", 1), ("b --x", 3), ("c", 5)]


def test_comment_lines_are_no_commands() -> None:
    """Row 053: lines that begin with # are ignored, indented or not."""
    assert commands("# one\na\n   # two\nb\n#") == ["a", "b"]


@pytest.mark.parametrize(
    "command",
    [
        'plot --color "#fff"',
        "plot --color '#fff'",
        "curl http://host/page#part",
        "sed s#a#b# file",
        "echo $# ${#list} foo#bar",
        "echo \\# no comment",
        "echo a\\ # b",
        "echo \"a # b\" x'# c'",
        "echo \"$(grep '#' f | tr -d '\"')\"",
        "echo $'it\\'s # here'",
        "python a.py `# an aside` --x",
        "python a.py ` # don't` --x",
        "echo $(date)#x $((1 + (2)))#y",
        'echo "`grep "#" f`"',
    ],
)
def test_a_hash_that_begins_no_unquoted_word_stays(command: str) -> None:
    """Row 054: # inside quotes, inside words and behind a backslash is part of the command, as in a shell."""
    assert commands(command) == [command]


@pytest.mark.parametrize(
    ("line", "command"),
    [("a # x", "a"), ("a;# x", "a;"), ("a\t#x", "a"), ("(a)# x", "(a)"), ("'b' # 'x", "'b'"), ("a \\  # x", "a \\ ")],
)
def test_a_trailing_comment_is_cut(line: str, command: str) -> None:
    """Row 055: `a # x` is `a`; what stands in the comment, an open quote say, does not matter."""
    assert commands(line) == [command]


def test_a_backslash_at_the_end_joins_with_one_blank() -> None:
    """Row 056: a continuation is joined with one blank, whatever blanks stand around it."""
    assert commands("python x \\\n    --a 1\\\n--b 2 \\  \n\t--c\nnext") == ["python x --a 1 --b 2 --c", "next"]


def test_a_continuation_inside_double_quotes_is_joined_as_a_shell_joins_it() -> None:
    """Row 056: inside double quotes nothing is inserted and the blanks of the next line stay."""
    assert commands('echo "a \\\n  # b" c') == ['echo "a   # b" c']


def test_a_continuation_at_the_end_of_the_text_is_an_error() -> None:
    """Row 057: an unfinished continuation is not lost but an error that says where."""
    assert refused(lambda: multi("a\nb \\\n\n# c")) == (
        "line 2, column 3: the line goes on after this backslash, but the text ends here.",
    )
    assert refused(lambda: multi("a\\\\\\"))[0].startswith("line 1, column 4: ")


def test_a_continuation_inside_backticks() -> None:
    """Row 056: a command in backticks may go on as well."""
    assert commands("echo `a \\\n b` c") == ["echo `a b` c"]


def test_two_backslashes_are_no_continuation() -> None:
    """Row 056: an escaped backslash ends a line like any other character."""
    assert commands("a\\\\\nb") == ["a\\\\", "b"]


def test_blank_and_comment_lines_in_a_continuation_are_passed_over() -> None:
    """Row 058: they neither end the command nor become part of it."""
    assert commands("a \\\n\n# why\n  # and why not\n  b") == ["a b"]


def test_a_comment_does_not_go_on() -> None:
    """Row 055: a backslash at the end of a comment is part of the comment."""
    assert commands("a # x \\\nb\n# y \\\nc") == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("ok\necho 'don\nok", "line 2, column 6: this ' is never closed on its line"),
        ('echo "a\nb"', 'line 1, column 6: this " is never closed on its line'),
        ('echo "$(date"', 'line 1, column 6: this " is never closed on its line'),
        ("echo $(date", "line 1, column 6: this $( is never closed on its line"),
        ("echo `a", "line 1, column 6: this ` is never closed on its line"),
        ("echo $'a", "line 1, column 6: this $' is never closed on its line"),
        ('  x "a \\\n  b', 'line 1, column 5: this " is never closed on its line'),
    ],
)
def test_an_open_quote_is_an_error_at_the_quote(text: str, reason: str) -> None:
    """Row 044: an unterminated quote is an error with line and column, and never swallows the next lines."""
    assert refused(lambda: multi(text))[0].startswith(reason)


def test_two_apostrophes_on_two_lines_are_two_errors() -> None:
    """Row 052: a line's quote never reaches into the next line, so no two tasks become one."""
    assert len(refused(lambda: multi("echo don't\necho won't"))) == 2


def test_line_breaks_of_windows_and_a_byte_order_mark_do_no_harm() -> None:
    """Row 052: CRLF text and a text with a byte order mark are read like any other."""
    assert commands("\ufeffa \\\r\n  b\r\nc # d\r\n\r\n'e' \r\n") == ["a b", "c", "'e'"]


def test_operators_are_left_alone() -> None:
    """Row 074: &&, ;, pipes and redirects belong to the shell."""
    command = "cd x && a | b > 'c d' 2>&1; e || f &"
    assert commands(command) == [command]


def test_nul_and_half_characters_are_refused_where_they_stand() -> None:
    """Row 037: no command can hold NUL; the position is told."""
    assert refused(lambda: multi("a\nb\0 \ud800")) == (
        "line 2, column 2: a NUL character cannot be part of a task; remove it.",
        "line 2, column 4: half a character (U+D800) cannot be part of a task; remove it.",
    )


@pytest.mark.parametrize("text", ["", "\n\n", "# only\n  # comments", " \t \r\n"])
def test_a_text_without_a_command_is_refused_readably(text: str) -> None:
    """Row 059: empty Multi text gives a readable error."""
    assert refused(lambda: multi(text)) == (
        "line 1, column 1: there is no command in this text; write one on each line.",
    )


def test_a_position_behind_a_continuation_is_that_of_the_text() -> None:
    """Row 044: line and column are those that the author sees, also in the middle of a joined line."""
    assert refused(lambda: multi("\npython x \\\n   --p {rand int 5 2}"))[0].startswith("line 3, column 8: ")
    assert refused(lambda: multi('a \\\n "b \\\n c" {rand int 5 2}'))[0].startswith("line 3, column 5: ")


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Row 044: every reason is listed, in the order of the text, and the good lines do not matter."""
    reasons = refused(lambda: multi("ant_n_gpus=two a\ngood\nant_task_id=last b\necho '", rows={"ant_n_gpus": "x"}))
    assert [reason.split(":")[0] for reason in reasons] == [
        "environment row ant_n_gpus",
        "line 1, column 1",
        "line 3, column 1",
        "line 4, column 6",
    ]


def test_a_thousand_reasons_are_enough() -> None:
    """Row 044: of more problems than anybody reads, the first thousand are told and the others counted."""
    reasons = refused(lambda: multi("ant_n_gpus=x a\n" * 1500))
    assert len(reasons) == 1000
    assert reasons[-1].endswith("(and 500 more problems)")


def test_a_broken_line_does_not_make_its_continuation_a_command() -> None:
    """Row 044: one mistake is one reason."""
    assert len(refused(lambda: multi("echo 'a \\\n b' \\\n c'\nd"))) == 1


def test_inner_text_is_byte_for_byte() -> None:
    """Row 050: blanks inside the command and inside quotes are not touched."""
    assert one("a   'b   c'\t\"d  e\"   f").command == "a   'b   c'\t\"d  e\"   f"
