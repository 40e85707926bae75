"""One command, or one script."""

from __future__ import annotations

import pytest

from tests.submission.world import refused, single


def test_one_line_runs_as_given() -> None:
    """Row 050: a single command is kept as it is, its comment included."""
    for command in ("python x  # why", "a && b | c > 'd e'", 'echo "#" ${X:-y}', "x &"):
        (draft,) = single(f"  {command} \n")
        assert (draft.command, draft.resolved_command, draft.line) == (command, command, 1)


def test_several_lines_are_one_script() -> None:
    """Row 051: lines stay lines, continuations and comments stay, Windows' line ends go; it is one task."""
    (draft,) = single("\n\n# set up\r\ncd x\r\npython a \\\r\n  --b\r\n\nif true; then\n\techo 'c\nd'\nfi\n\n")
    assert draft.command == "# set up\ncd x\npython a \\\n  --b\n\nif true; then\n\techo 'c\nd'\nfi"
    assert draft.line == 3


def test_here_documents_are_not_looked_into() -> None:
    """Row 051: quotes and arguments in a here-document are its text; a shift is no here-document."""
    script = "cat <<-'A B' <<E\n\tdon't \"\n\tA B\nant_n_gpus=3 '\nE\necho $((1<<2)) 'x'"
    (draft,) = single(script)
    assert (draft.command, draft.gpus) == (script, 0)
    assert single('x="$(cat <<E\nit\'s\nE\n)"')[0].command.count("\n") == 3
    assert single("cat <<<'x' # '")[0].command == "cat <<<'x' # '"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "line 1, column 1: there is no command"),
        (" \n\t\n", "line 1, column 1: there is no command"),
        ("\n# only a comment\n", "line 2, column 1: there is no command"),
        ("ant_n_gpus=2", "line 1, column 1: there is no command"),
        ("cd x\necho 'a", "line 2, column 6: this ' is never closed."),
        ('cd x\necho "$(a\n', 'line 2, column 6: this " is never closed.'),
        ("cd x\n  a \\\n", "line 2, column 5: the line goes on after this backslash"),
        ("cd x\nant_n_gpus=two y", "line 2, column 1: 'two' is no number of GPUs"),
        ("cd x\ny {rand int 2 1}", "line 2, column 3: no number lies between"),
        ("cd x\ny \0", "line 2, column 3: a NUL character"),
    ],
)
def test_bad_input(text: str, reason: str) -> None:
    """Row 044: an empty command, an open quote, an unfinished continuation, a bad argument: each with its position."""
    assert refused(lambda: single(text))[0].startswith(reason)
