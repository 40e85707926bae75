"""Random numbers in commands and variables."""

from __future__ import annotations

import pytest

from tests.submission.world import commands, multi, one, refused, single, sources


def test_a_whole_number_is_drawn_with_both_ends() -> None:
    """Row 068: {rand int A B} draws from A to B, both included."""
    drafts = multi("p {rand int -1 1}\n" * 100)
    assert {draft.resolved_command for draft in drafts} == {"p -1", "p 0", "p 1"}


def test_a_number_is_drawn() -> None:
    """Row 069: {rand float A B} draws a number between them."""
    drafts = multi("{rand float .25 7.5e-1}\n" * 50)
    numbers = [float(draft.resolved_command) for draft in drafts]
    assert all(0.25 <= number <= 0.75 for number in numbers)
    assert len(set(numbers)) == 50


def test_it_is_drawn_once_and_kept_beside_what_was_written() -> None:
    """Row 068, row 073: the draft holds the command as written and, once and for all, as drawn."""
    draft = one("PORT={rand int 4000 5000} python '{rand int 1 9}'")
    assert draft.command == "PORT={rand int 4000 5000} python '{rand int 1 9}'"
    assert draft.resolved_command.startswith("PORT=4")
    assert "{" not in draft.resolved_command


def test_the_same_chance_gives_the_same_numbers() -> None:
    """Row 068: numbers come from the sources that were handed in."""
    text = "a {rand int 1 1000000} {rand float 0 1}"
    assert multi(text, chance=sources(3)) == multi(text, chance=sources(3)) != multi(text, chance=sources(4))


def test_numbers_in_variables() -> None:
    """Row 070: in variables of the command and of environment rows, drawn when the draft is made and for each task."""
    drafts = multi('ant_envar={"A": "x{rand int 1 1}"} c\nd\ne', rows={"B": "{rand int 1 1000000}"})
    assert drafts[0].variables["A"] == "x1"
    assert len({draft.variables["B"] for draft in drafts}) == 3


def test_numbers_in_arguments() -> None:
    """Row 070: an argument's value may hold one, an id may not: it has [randint:A:B]."""
    assert one("ant_n_gpus={rand int 2 2} x").gpus == 2
    assert "unknown token" in refused(lambda: multi("ant_task_id={rand int 2 2} x"))[0]


@pytest.mark.parametrize(
    ("group", "column", "because"),
    [
        ("{rand int 1.5 2}", 13, "'1.5' is no whole number"),
        ("{rand int 1 2e3}", 15, "'2e3' is no whole number"),
        ("{rand float a 2}", 15, "'a' is no number"),
        ("{rand int 3 2}", 3, "no number lies between 3 and 2"),
        ("{rand float 3 2.5}", 3, "no number lies between 3 and 2.5"),
        ("{rand int 1}", 3, "is no random number"),
        ("{rand int 1 2 3}", 3, "is no random number"),
        ("{rand bool 1 2}", 3, "is no random number"),
        ("{rand INT 1 2}", 3, "is no random number"),
        ("{rand int 1 99999999999999999999}", 15, "is no whole number"),
        ("{rand float 0 1e301}", 3, "a random number is at most 1e+300"),
        ("{rand float 0 1e999}", 3, "a random number is at most 1e+300"),
        ("{rand int 1 2", 3, "{rand is never closed"),
        ("{rand int 1 {2}}", 15, "a brace inside {rand …} must be in quotes"),
    ],
)
def test_bad_random_numbers_are_errors(group: str, column: int, because: str) -> None:
    """Row 071: decimals for int, an empty range and anything else that is wrong is an error with its position."""
    for parse in (multi, single):
        (reason,) = refused(lambda parse=parse: parse(f"p {group}"))  # type: ignore[misc]
        assert reason.startswith(f"line 1, column {column}: ")
        assert because in reason


@pytest.mark.parametrize(
    "command",
    [
        "echo ${HOME} ${rand int} ${rand} ${sweep x}",
        "awk '{print $1; x = rand()}' f",
        "awk '{rand}'",
        'curl -d \'{"a": {"b": [1]}}\' url',
        "mkdir {a,b} {1..3}",
        "echo {} {rand} {sweep} {random int 1 2} {date}",
    ],
)
def test_other_braces_are_left_alone(command: str) -> None:
    """Row 072: ${VAR}, awk, JSON and brace expansion are the shell's own."""
    assert commands(command) == [command]
    assert one(command).resolved_command == command
