"""Arguments inside a command."""

from __future__ import annotations

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ant_tui.submission.faults import Fault
from ant_tui.submission.inline import Taken, take_arguments
from ant_tui.submission.lexer import Reader, is_plain
from tests.submission.world import TEXTS, commands, multi, one, refused, single

README = """\
# Running three commands with partially-defined parameters:
ant_n_gpus=4 ant_task_id="first_task" python first_task_.py \\
--dataset my_dataset \\
--batch_size 4
ant_n_gpus=2 python second_task.py \\
--batch_size 8
python thrid_task.py
"""


def test_the_three_commands_of_the_readme() -> None:
    """Row 062: three tasks with 4, 2 and the default number of GPUs; the first id is first_task."""
    drafts = multi(README, default_gpus=1)
    assert [(draft.id, draft.gpus, draft.command) for draft in drafts] == [
        ("first_task", 4, "python first_task_.py --dataset my_dataset --batch_size 4"),
        (None, 2, "python second_task.py --batch_size 8"),
        (None, 1, "python thrid_task.py"),
    ]


def test_the_number_of_gpus() -> None:
    """Row 063: digits, the last wins, an explicit 0 counts, in quotes or not."""
    assert one("ant_n_gpus=4 x").gpus == 4
    assert one("x ant_n_gpus=4 y ant_n_gpus='0'", {"ant_n_gpus": 3}).gpus == 0
    assert one("x", {"ant_n_gpus": 3}).gpus == 3


def test_of_several_ids_the_last_wins_and_all_go() -> None:
    """Row 023: several inline ids: the last wins, all are removed from the command."""
    draft = one("ant_task_id=a python ant_task_id=b x ant_task_id=c")
    assert (draft.id, draft.command) == ("c", "python x")


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ('ant_task_id="first task" x', "first-task"),
        ("ant_task_id='first task' x", "first-task"),
        ("ant_task_id=fi'rst t'ask x", "first-task"),
        ('ant_task_id="a\\"b" x', 'a"b'),
        ("ant_task_id=a\\b x", "a-backslash-b"),
        ("ant_task_id=a\\ b x", "a-b"),
        ("ant_task_id=a&b x", "a-and-b"),
        ("ant_task_id=a/b+c x", "a-slash-b-plus-c"),
    ],
)
def test_quoted_ids(text: str, made: str) -> None:
    """Row 024: double and single quotes quote an id; blanks in it become dashes."""
    draft = one(text)
    assert (draft.id, draft.command) == (made, "x")


@pytest.mark.parametrize(
    "command",
    [
        "my_ant_n_gpus=7 x",
        "x --ant_n_gpus=7",
        "x 'ant_n_gpus=7'",
        'x "a ant_n_gpus=7 b"',
        "x ant_n_gpus",
        "x \\ ant_n_gpus=7",
        "x ant_wd=/tmp ant_conda_env=e ant_anything=1",
        "ls ant_data/x",
    ],
)
def test_only_whole_unquoted_words_are_arguments(command: str) -> None:
    """Row 064: part of a word, an option or a quoted text is not taken; ant_wd and ant_conda_* stay shell text."""
    draft = one(command)
    assert (draft.command, draft.gpus) == (command, 0)


@pytest.mark.parametrize(
    "value", ["two", "-1", "3x", "99999999999999999999", "10001", "1.5", "", "''", "2;python", "none"]
)
def test_a_bad_number_of_gpus_is_an_error(value: str) -> None:
    """Row 065, row 122: it is refused with its position, not left in the command."""
    (reason,) = refused(lambda: multi(f"ok\n  x ant_n_gpus={value} y"))
    assert reason.startswith("line 2, column ")


@pytest.mark.parametrize("name", ["ant_gpus", "ant_id", "ant_env", "ant_tag"])
def test_a_misspelt_argument_is_an_error_that_names_the_right_one(name: str) -> None:
    """Row 006: a name that people mistake for an argument is not silently left in the command."""
    (reason,) = refused(lambda: multi(f"python x {name}=4"))
    assert reason.startswith(f"line 1, column 10: {name} is no argument; did you mean ant_")


def test_an_argument_must_end_at_a_blank() -> None:
    """Row 065: an operator at the end of an unquoted value is a slip, not part of an id."""
    (reason,) = refused(lambda: multi("ant_task_id=a;python x"))
    assert reason == "line 1, column 14: an argument ends at a blank: write one before ;, or quote the value."
    assert one("ant_task_id='a;b' x").id == "a;b"


@pytest.mark.parametrize(
    ("text", "command"),
    [
        ("ant_n_gpus=1 python x", "python x"),
        ("python  ant_n_gpus=1  x", "python  x"),
        ("python x  ant_n_gpus=1", "python x"),
        ("a && ant_n_gpus=1 b", "a && b"),
        ("a;ant_n_gpus=1 b", "a;b"),
        ("(ant_n_gpus=1 b)", "(b)"),
        ("ant_n_gpus=1 echo 'a   b'  \"c  d\"", "echo 'a   b'  \"c  d\""),
        ("echo a\\  ant_n_gpus=1", "echo a\\ "),
    ],
)
def test_what_stays_is_byte_for_byte(text: str, command: str) -> None:
    """Row 063: an argument goes with the blanks behind it; nothing else is touched."""
    assert commands(text) == [command]


@pytest.mark.parametrize(
    ("text", "variables"),
    [
        ('ant_envar={"A":"b c","B":1} x', {"A": "b c", "B": "1"}),
        ("ant_envar={'A': 'it\\'s', 'B': True, 'C': None,} x", {"A": "it's", "B": "true"}),
        ('ant_envar={"A": {"b": {"c": "}"}}, "D": [1, "x", null]} x', {"A": '{"b":{"c":"}"}}', "D": '[1,"x",null]'}),
        ('ant_envar={"A": true, "B": false, "C": null} x', {"A": "true", "B": "false"}),
        (
            'ant_envar={"A": "#fff # no comment", "B": "$(x) `y` $HOME"} x',
            {"A": "#fff # no comment", "B": "$(x) `y` $HOME"},
        ),
        ("ant_envar = {'A': 0.001} x", {"A": "0.001"}),
        ('ant_envar={"A": 1, \\\n  "B": 2} x', {"A": "1", "B": "2"}),
        ('ant_envar={"A": 1} ant_envar={"B": 2} x', {"B": "2"}),
        ('x ant_envar={"A": "line\\nbreak \\u00e9 \\ud83d\\ude00"}', {"A": "line\nbreak é 😀"}),
        ("ant_envar={} x", {}),
    ],
)
def test_variables_of_a_command(text: str, variables: dict[str, str]) -> None:
    """Row 066, row 096: JSON or Python literals, nested braces, true, false and null; values become plain text."""
    draft = one(text)
    assert (draft.variables, draft.command) == (variables, "x")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('ant_envar={"A": } x', "line 1, column 17: '} x' is no value"),
        ('ant_envar={"A" 1} x', "line 1, column 16: a colon must follow"),
        ('ant_envar={"A": 1 "B": 2} x', "line 1, column 19: a comma or } must stand here"),
        ("ant_envar={A: 1} x", "line 1, column 12: a name in quotes must stand here"),
        ('ant_envar={"A": 1, "A": 2} x', "line 1, column 20: 'A' stands twice"),
        ('ant_envar={"A": 1 x', "line 1, column 11: this { of ant_envar is never closed"),
        ('ant_envar={"A": "1} x', 'line 1, column 17: this " is never closed'),
        ("ant_envar=[1] x", "line 1, column 11: ant_envar needs an object"),
        ('ant_envar={"A": 1}x', "line 1, column 19: a blank must follow"),
        ('ant_envar={"A B": 1} x', "line 1, column 1: 'A B' is no name of a variable"),
        ('ant_envar={"A": "\\u0000"} x', "line 1, column 1: A: the value"),
        ('ant_envar={"A": "\\ud800"} x', "line 1, column 1: A: the value"),
        ('ant_envar={"A": 1e999} x', "line 1, column 17: '1e999' is too large"),
        ('ant_envar={"A": "\\U99999999"} x', "line 1, column 17: this text holds an escape"),
        ('ant_envar={"ant_foo": 1} x', "line 1, column 1: 'ant_foo' is no argument"),
        ('ant_envar={"ant_gpus": 1} x', "line 1, column 1: 'ant_gpus' is no argument; did you mean ant_n_gpus?"),
    ],
)
def test_bad_variables_are_errors_with_a_position(text: str, reason: str) -> None:
    """Row 066: what cannot be read is refused where it stands."""
    assert refused(lambda: multi(text))[0].startswith(reason)


def test_variables_do_not_leak_into_the_next_command() -> None:
    """Row 098: variables of one command are its own."""
    first, second = multi('ant_envar={"A": "1"} x\ny', rows={"B": "2"})
    assert first.variables == {"B": "2", "A": "1"}
    assert second.variables == {"B": "2"}


def test_priority_devices_and_tags() -> None:
    """Row 132, row 123: ant_priority, ant_gpu_ids and ant_tags are arguments like the others."""
    draft = one("ant_priority=-3 ant_gpu_ids=0,1,GPU-8f1c ant_tags='big one,lr, lr' x")
    assert (draft.priority, draft.gpu_ids, draft.tags) == (-3, ("0", "1", "GPU-8f1c"), ("big one", "lr"))
    assert draft.gpus == 3


@pytest.mark.parametrize(
    ("argument", "what"),
    [
        ("ant_priority=soon", "no priority"),
        ("ant_gpu_ids=0,,1", "one of them is empty"),
        ("ant_gpu_ids=a", "names no GPU"),
        ("ant_gpu_ids=1,1", "names a GPU twice"),
        ("ant_tags=", "one of them is empty"),
        ("ant_tags='\u202e'", "is no tag"),
    ],
)
def test_other_bad_values_are_errors(argument: str, what: str) -> None:
    """Row 065: so it is with every argument."""
    (reason,) = refused(lambda: multi(f"x {argument}"))
    assert reason.startswith("line 1, column 3: ")
    assert what in reason


def test_a_command_given_as_text() -> None:
    """Row 080: ant_command holds a command that no single line can hold."""
    assert commands('ant_command="a\\n  b \\"c\\"" ant_n_gpus=1') == ['a\n  b "c"']
    assert one("ant_command='echo \"x\"'").command == 'echo "x"'
    assert refused(lambda: multi('ant_command="a" b')) == (
        "line 1, column 1: there is a command in ant_command and another beside it.",
    )


def test_a_resolved_command_is_taken_as_it_stands() -> None:
    """Row 073: with ant_resolved_command nothing on the line is drawn, swept or expanded any more."""
    draft = one('ant_resolved_command="p 4" ant_envar={"A": "{rand int 1 2}"} ant_task_id="a[0]" p {rand int 1 9}')
    assert (draft.command, draft.resolved_command) == ("p {rand int 1 9}", "p 4")
    assert (draft.id, draft.variables) == ("a[0]", {"A": "{rand int 1 2}"})


def test_only_arguments_are_no_command() -> None:
    """Row 059: a line of arguments alone is refused."""
    assert refused(lambda: multi("a\nant_n_gpus=1")) == (
        "line 2, column 1: there is no command here; write one behind the arguments.",
    )


def test_arguments_in_a_script() -> None:
    """Row 051: in a script arguments may stand on any line, but not in its comments, quotes and here-documents."""
    script = "cd x  # ant_n_gpus=3\ncat <<'END'\nant_n_gpus=4 don't\nEND\necho 'ant_n_gpus=5' $((1<<2))"
    (draft,) = single(f"ant_n_gpus=2\n{script} ant_tags=t\n")
    assert (draft.gpus, draft.tags, draft.command) == (2, ("t",), script)


def spelt_out(text: str) -> Taken | str:
    """What is taken out of a line by the reader alone, or why nothing is."""
    try:
        reader = Reader(script=False)
        reader.read(text)
        reader.finish()
        return take_arguments(text, tuple(reader.arguments), script=False)
    except Fault as fault:
        return f"{fault.offset} {fault.sentence}"


def in_short(text: str) -> Taken | str:
    try:
        return take_arguments(text, script=False)
    except Fault as fault:
        return f"{fault.offset} {fault.sentence}"


PLAIN = (
    *("python x", "my_ant_n_gpus=7", "{rand int 1 2}", "(", ")", "|", " ", "\t"),
    *(" ant_n_gpus=2", " ant_n_gpus=", ";ant_tags=a", " ant_tags=a;b", " ant_foo=1", "ant_task_id=r[uuid8] "),
    *(" ant_gpu=1", " ant_priority=3 ", " ant_envar = {}"),
)


@given(st.one_of(TEXTS, st.lists(st.sampled_from(PLAIN), max_size=8).map("".join)))
@settings(max_examples=400, deadline=None)
def test_the_short_way_of_a_plain_line_gives_what_the_reader_gives(text: str) -> None:
    """Row 064: lines without quotes are read a shorter way, which takes exactly what the reader would take."""
    line = " ".join(text.split("\n")).strip(" \t\r\v\f")
    assume(is_plain(line))
    short, long = in_short(line), spelt_out(line)
    if isinstance(short, str) or isinstance(long, str):
        assert short == long
        return
    assert (short.body, dict(short.values)) == (long.body, dict(long.values))
    assert all(short.source(at) == long.source(at) for at in range(len(short.body)))


def test_usual_lines_take_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Arguments, quotes and random numbers of a line cost a look each: the reader is for what is harder."""

    def unwanted(reader: Reader, text: str, origin: int = 0) -> None:
        raise AssertionError(f"the reader was asked about {text!r}")

    monkeypatch.setattr(Reader, "read", unwanted)
    lines = [
        "python train.py --lr 0.1",
        "ant_n_gpus=1 ant_task_id=a[uuid8] python train.py",
        "python train.py --name 'a # b' \"$HOME/x\" ant_tags=a,b ant_priority=3",
        "ant_envar={'SEED': 1} python train.py --port {rand int 1000 1999}",
    ]
    assert [draft.gpus for draft in multi("\n".join(lines))] == [0, 1, 0, 0]
    with pytest.raises(AssertionError, match="the reader was asked"):
        multi("python train.py # why")
