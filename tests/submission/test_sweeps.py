"""Sweeps, parameters from CSV, and the expansion as CSV."""

from __future__ import annotations

import shlex

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import FormValues
from ant_tui.submission.multi import count_multi, count_single
from ant_tui.submission.substitution import quoted_for
from ant_tui.submission.sweeps import expansion_to_csv, parameters_from_csv
from tests.submission.world import attempt, commands, multi, one, refused, single


def test_a_sweep_is_one_task_for_each_value() -> None:
    """Row 077: {sweep NAME VALUES} expands in the order of the values, on the line where it stands."""
    assert commands("a\nb --lr {sweep lr 1e-3 1e-4}\nc") == ["a", "b --lr 1e-3", "b --lr 1e-4", "c"]


def test_several_sweeps_make_the_product() -> None:
    """Row 077: the leftmost changes slowest."""
    assert commands("p {sweep a x y} {sweep b 1..2}") == ["p x 1", "p x 2", "p y 1", "p y 2"]


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ("1..4", "1 2 3 4"),
        ("0..10..4", "0 4 8"),
        ("5..1..2", "5 3 1"),
        ("-1..1", "-1 0 1"),
        ("08..10", "08 09 10"),
        ("1..2 7 9..8", "1 2 7 9 8"),
        ("'1..2' ../a a..b", "1..2 ../a a..b"),
        ("3..3", "3"),
    ],
)
def test_ranges(values: str, expected: str) -> None:
    """Row 077: A..B and A..B..STEP count up or down; quoted they are text."""
    assert commands(f"{{sweep s {values}}}") == expected.split()


def test_a_reference_has_the_value_of_its_sweep() -> None:
    """Row 077: {sweep lr} again, before or behind, in arguments and variables, is the same value."""
    drafts = multi(
        "ant_task_id=run-[lr]-{g} ant_n_gpus={sweep g 1 2} ant_envar={'LR': '{sweep lr}', 'ant_wd': 'out/{sweep lr}'} "
        "p {sweep lr 0.1 0.2} {sweep lr} '{sweep g}'"
    )
    assert [(d.id, d.gpus, d.variables, d.workdir, d.command) for d in drafts] == [
        ("run-0.1-1", 1, {"LR": "0.1"}, "out/0.1", "p 0.1 0.1 '1'"),
        ("run-0.2-1", 1, {"LR": "0.2"}, "out/0.2", "p 0.2 0.2 '1'"),
        ("run-0.1-2", 2, {"LR": "0.1"}, "out/0.1", "p 0.1 0.1 '2'"),
        ("run-0.2-2", 2, {"LR": "0.2"}, "out/0.2", "p 0.2 0.2 '2'"),
    ]
    assert drafts[1].parameters == {"g": "1", "lr": "0.2"}


def test_values_are_pieces_of_the_command() -> None:
    """Row 077: quotes only hold a value together; an empty value drops a flag."""
    text = "train {sweep opt '--opt sgd --lr 1' \"--opt 'a b'\" ''} x"
    assert commands(text) == ["train --opt sgd --lr 1 x", "train --opt 'a b' x", "train  x"]


def test_a_value_is_not_looked_at_again() -> None:
    """Row 077: braces in a quoted value are text, in the command, and in what runs."""
    draft = one("p {sweep v '{rand int 1 2}'}")
    assert (draft.command, draft.resolved_command) == ("p {rand int 1 2}", "p {rand int 1 2}")


def test_random_numbers_are_drawn_for_each_task_of_a_sweep() -> None:
    """Row 068: every task of a sweep draws for itself."""
    drafts = multi("p {sweep s 1..20} {rand int 1 1000000}")
    assert len({draft.resolved_command.split()[2] for draft in drafts}) == 20


def test_sweeps_in_single_and_in_scripts() -> None:
    """Row 077: a single command, or a script, expands as well; the form's id is a template for all of it."""
    drafts = single("cd x\npython --s {sweep s 1..2}\n", form=FormValues(id="t-[s]", gpus=2))
    assert [(d.id, d.gpus, d.command) for d in drafts] == [
        ("t-1", 2, "cd x\npython --s 1"),
        ("t-2", 2, "cd x\npython --s 2"),
    ]


def test_a_sweep_under_one_id_is_refused() -> None:
    """Row 042: the reason says what to put into the id."""
    (reason,) = refused(lambda: multi("ant_task_id=t p {sweep s 1..3}"))
    assert (
        reason
        == "line 1, column 1: the id 't' must be unique, but this line makes it more than once; put [uuid8] into it."
    )


@pytest.mark.parametrize(
    ("group", "column", "because"),
    [
        ("{sweep 1..5}", 10, "'1..5' is no name of a sweep"),
        ("{sweep }", 3, "a sweep needs a name and values"),
        ("{sweep a-b! 1}", 10, "is no name of a sweep"),
        ("{sweep date 1}", 10, "'date' means something else already"),
        ("{sweep ant_x 1}", 10, "'ant_x' means something else already"),
        ("{sweep lr}", 3, "{sweep lr} refers to values that are given nowhere"),
        ("{sweep a 1} {sweep a 2}", 15, "the sweep a is given values twice"),
        ("{sweep a 1..5..0}", 12, "has a step of 0"),
        ("{sweep a 0.1..0.5}", 12, "'0.1..0.5' is no range"),
        ("{sweep a 1..2..3..4}", 12, "is no range"),
        ("{sweep a 'x}", 12, "this ' is never closed"),
        ("{sweep a 1 2", 3, "{sweep is never closed on its line"),
        ("{sweep a {b}}", 12, "a brace inside {sweep …} must be in quotes"),
    ],
)
def test_bad_sweeps_are_errors(group: str, column: int, because: str) -> None:
    """Row 044: whatever is wrong with a sweep is told with its position."""
    (reason,) = refused(lambda: single(f"p {group}"))
    assert reason.startswith(f"line 1, column {column}: ")
    assert because in reason


def test_bad_groups_in_variables_and_arguments_are_errors() -> None:
    """Row 044: they are told at the argument in which they stand."""
    assert refused(lambda: multi("x ant_envar={'A': '{rand int 2 1}'}"))[0].startswith("line 1, column 3: no number")
    assert refused(lambda: multi("x ant_n_gpus={rand bool}"))[0].startswith("line 1, column 3: '{rand bool}' is no")
    assert refused(lambda: multi("x", rows={"A": "{sweep lr}"}))[0].startswith("environment row A: {sweep lr} refers")


def test_a_sweep_in_an_argument_may_go_on_on_the_next_line() -> None:
    """Row 056: a continuation may stand inside the braces."""
    assert [draft.gpus for draft in multi("x ant_n_gpus={sweep g 1 \\\n  2} \\\n y")] == [1, 2]


def test_too_many_tasks_are_refused_with_their_number() -> None:
    """Row 138: the number is known before anything is expanded, and more than 100,000 tasks are refused with it."""
    assert refused(lambda: multi("a\np {sweep a 1..1000} {sweep b 1..1000}")) == (
        "line 2, column 1: the sweeps of this text make 1,000,001 tasks; up to 100,000 are possible at once.",
    )
    assert "more than 10^18 tasks" in refused(lambda: multi("".join(f"{{sweep a{n} 1..9}}" for n in range(5000))))[0]
    assert "characters of commands" in refused(lambda: multi("x" * 20_000 + "{sweep a 1..100000}"))[0]


def test_the_number_is_there_for_a_preview() -> None:
    """Row 079: a dialog can say how many tasks a text makes without making them."""
    assert count_multi("a\nb {sweep x 1..5} {sweep y 1 2}") == 11
    assert count_multi("{sweep x 1..1000000000}") == 1_000_000_000
    assert count_multi("".join(f"{{sweep a{n} 1 2}}" for n in range(100))) == 10**18
    assert count_multi("{sweep x" + " 0..999999999999999" * 10_000 + "}") == 10**18
    assert count_multi("a {lr}\nb", parameters=[{"lr": "1"}, {"lr": "2"}]) == 3
    assert count_single("a\nb {sweep x 1..5}") == 5
    assert refused(lambda: count_multi("'"))


def test_sweeps_in_environment_rows() -> None:
    """Row 077: a row may hold a sweep, which then holds for every command."""
    drafts = multi("a\nb {sweep s}", rows={"S": "{sweep s 1 2}"})
    assert [(d.command, d.variables) for d in drafts] == [
        ("a", {"S": "1"}),
        ("a", {"S": "2"}),
        ("b 1", {"S": "1"}),
        ("b 2", {"S": "2"}),
    ]


# -- CSV -------------------------------------------------------------------------------------------------------


def test_a_table_of_parameters() -> None:
    """Row 077: a CSV file does by column name what a sweep does; rows change slowest."""
    rows = parameters_from_csv("lr, seed\n0.1,1\n\n0.2,2\n")
    drafts = multi("prepare\ntrain --lr {lr} {sweep m a b} ant_task_id=t-[seed]-[m]", parameters=rows)
    assert [(d.id, d.command) for d in drafts] == [
        (None, "prepare"),
        ("t-1-a", "train --lr 0.1 a"),
        ("t-1-b", "train --lr 0.1 b"),
        ("t-2-a", "train --lr 0.2 a"),
        ("t-2-b", "train --lr 0.2 b"),
    ]


def test_cells_are_data() -> None:
    """Row 096: a cell is quoted for the place where it stands and cannot bring in shell text, a draw or a sweep."""
    cell = "a b'$(x)\"`y`{rand int 1 2}"
    (draft,) = single("p {v} '{v}' \"{v}\" ${v} x", parameters=[{"v": cell}])
    assert shlex.split(draft.command.replace("\\$", "$").replace("\\`", "`")) == ["p", cell, cell, cell, "${v}", "x"]
    assert draft.resolved_command == draft.command
    assert "inside backticks" in refused(lambda: multi("p `{v}`", parameters=[{"v": "a"}]))[0]
    assert [d.command for d in multi("p {v} x", parameters=[{"v": ""}])] == ["p  x"]
    assert [d.command for d in multi("p $'{v}'", parameters=[{"v": "a\\'b"}])] == ["p $'a\\\\\\'b'"]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_a_quoted_value_is_one_word_with_that_value(value: str) -> None:
    """Row 096: whatever a cell holds, a shell reads it as one word."""
    assert shlex.split(f"x{quoted_for('', value)}") == [f"x{value}"]
    assert shlex.split(f"'{quoted_for(chr(39), value)}'") == [value]
    double = quoted_for('"', value)
    assert shlex.split(f'"{double}"'.replace("\\$", "$").replace("\\`", "`")) == [value]


def test_cells_in_variables_and_arguments() -> None:
    """Row 077: columns fill variables, environment rows and arguments too."""
    (draft,) = multi(
        "x ant_n_gpus={g} ant_envar={'A': '{v}'}", rows={"B": "b{v}"}, parameters=[{"g": "2", "v": "it's"}]
    )
    assert (draft.gpus, draft.variables) == (2, {"A": "it's", "B": "bit's"})


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("", "need a first line with names"),
        ("a,b\n", "need a first line with names"),
        ("a,a\n1,2\n", "line 1: column 2: 'a' stands twice"),
        ("a,\n1,2\n", "line 1: column 2: '' is no name"),
        ("date\n1\n", "'date' is no name"),
        ("a,b\n1\n2,3\n4\n", "line 2: 1 cells, but there are 2 names"),
        ('a\n"x\n', "line 2: this is no CSV"),
        ("a\n\0\n", "a NUL character"),
        ("a,b\n" + "1\n" * 5000, "line 2: 1 cells"),
        ("a\n" + "1\n" * 100_001, "100,001 lines of parameters are too many"),
    ],
)
def test_bad_tables_are_errors(text: str, because: str) -> None:
    """Row 077: what is wrong with a table is told by line."""
    assert because in refused(lambda: parameters_from_csv(text))[0]


def test_other_separators_and_byte_order_marks() -> None:
    """Row 077: semicolons and tabs separate too; what spreadsheet programs put in front does no harm."""
    assert parameters_from_csv("\ufeffa;b\r\n1;x,y\r\n") == ({"a": "1", "b": "x,y"},)
    assert parameters_from_csv("a\tb\n1\t2") == ({"a": "1", "b": "2"},)
    assert parameters_from_csv('a,b\n"1\n2"," 3"') == ({"a": "1\n2", "b": " 3"},)


def test_a_table_that_is_not_used_is_refused() -> None:
    """Row 044: parameters without a place for them are a slip."""
    (reason,) = refused(lambda: multi("train", parameters=[{"lr": "1", "seed": "2"}]))
    assert reason == "line 1, column 1: none of the parameters is used; write {lr}, {seed} where a value belongs."
    assert "is a column" in refused(lambda: multi("{sweep lr 1} x", parameters=[{"lr": "1"}]))[0]


def test_the_expansion_can_be_written_and_read_again() -> None:
    """Row 077: the CSV of the grid has a column for each parameter, can be filtered, and gives the same tasks again."""
    text = "train {sweep lr 1e-3 1e-4} ant_task_id=t-[lr]-[name] ant_n_gpus=2 {sweep name 'a,b' c}"
    with pytest.raises(SubmissionError):
        multi(text)  # a comma cannot be in an id
    drafts = multi(text.replace("a,b", "a;b"))
    table = expansion_to_csv(drafts)
    assert table.splitlines()[:2] == [
        "lr,name,ant_task_id,ant_n_gpus,ant_resolved_command",
        "1e-3,a;b,t-1e-3-a;b,2,train 1e-3 a;b",
    ]
    rows = [row for row in parameters_from_csv(table) if row["lr"] == "1e-4"]
    again = multi("train {lr} ant_task_id=t-[lr]-[name] ant_n_gpus=2 {name}", parameters=rows)
    assert [draft.id for draft in again] == [draft.id for draft in drafts[2:]]
    assert expansion_to_csv(()) == "ant_task_id,ant_n_gpus,ant_resolved_command\n"


@given(st.text(max_size=80))
def test_any_table_is_read_or_refused(text: str) -> None:
    """Row 077: no table is the end of the program."""
    found = attempt(lambda: parameters_from_csv(text))
    assert found.reasons if isinstance(found, SubmissionError) else found
