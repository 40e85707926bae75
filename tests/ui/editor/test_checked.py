"""Whose fault the reasons of a refusal are."""

from __future__ import annotations

from ant_tui.ui.editor.checked import Checked, Fault, Line, sort_reasons


def test_reasons_are_told_apart_by_their_places() -> None:
    """Line and column, fields, variables, and what nobody in particular is to blame for."""
    found = sort_reasons(
        (
            "line 2, column 5: this ' is never closed.",
            "line 4: The id 'x' is taken: task 1 is queued.",
            "id: the id holds the unknown token '[x]'; known are …",
            "conda_env: it cannot be.",
            "variable A: the value is too odd.",
            "100000 tasks wait already, which is the limit (scheduler.max_queued).",
        )
    )
    assert found.faults == [
        Fault(2, 5, "This ' is never closed."),
        Fault(4, 0, "The id 'x' is taken: task 1 is queued."),
    ]
    assert found.fields == {"id": "The id holds the unknown token '[x]'; known are …", "conda": "It cannot be."}
    assert found.variables == {"A": "The value is too odd."}
    assert found.others == ["100000 tasks wait already, which is the limit (scheduler.max_queued)."]


def test_what_every_line_is_told_is_no_lines_fault() -> None:
    """A folder that is not there is said once, not once for each of a thousand lines."""
    reasons = [f"line {number}: The working directory '/x' does not exist." for number in range(1, 9)]
    found = sort_reasons(reasons)
    assert found.faults == []
    assert found.others == ["The working directory '/x' does not exist."]
    assert sort_reasons(reasons, told={"The working directory '/x' does not exist."}).others == []


def test_the_same_slip_on_two_lines_is_told_on_both() -> None:
    """With a column it is the line's own."""
    found = sort_reasons(["line 1, column 1: 'a' is wrong.", "line 2, column 1: 'a' is wrong."])
    assert [fault.line for fault in found.faults] == [1, 2]


def test_sentences_of_several_lines_are_understood() -> None:
    """A reason may quote a command with line breaks."""
    assert sort_reasons(["line 1, column 2: this\nis odd"]).faults == [Fault(1, 2, "This\nis odd")]


def test_an_identifier_keeps_its_small_letter() -> None:
    """A sentence that begins with an argument is not spelt with a capital."""
    assert sort_reasons(["line 1, column 1: ant_gpus is no argument."]).faults[0].sentence[0] == "a"


def test_good_means_something_to_do_and_nothing_wrong() -> None:
    """Each kind of problem counts."""
    assert Checked(count=1, lines=(Line("a", "", "b"),)).good
    assert not Checked().good
    for wrong in (
        Checked(count=1, fields={"id": "x"}),
        Checked(count=1, rows={0: "x"}),
        Checked(count=1, variables="x"),
        Checked(count=1, faults=(Fault(1, 1, "x"),)),
        Checked(count=1, problems=("x",)),
    ):
        assert not wrong.good
        assert wrong.wrong == 1
