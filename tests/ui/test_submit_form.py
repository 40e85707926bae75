"""The form of a task: what it comes to, and which field is to blame."""

from __future__ import annotations

import shlex

import pytest

from ant_tui.api.documents import SubmittedDocument, SubmittedTask
from ant_tui.api.schema import Submission
from ant_tui.errors import NoScheduler, Refused, SubmissionError
from ant_tui.ui.submit_form import Form, check, command_line


async def judge(submission: Submission) -> SubmittedDocument:
    """A scheduler with two GPUs that knows the id ``taken``."""
    if not submission.command.strip():
        raise SubmissionError("The command is empty.")
    if submission.id == "taken":
        raise Refused("The id 'taken' is taken.")
    if (submission.gpus or 0) > 2:
        raise Refused(f"{submission.gpus} GPUs asked for, but this machine has 2.")
    if not submission.workdir.startswith("/"):
        raise SubmissionError("The working directory is not absolute.")
    task = SubmittedTask("it", 1, "queued", submission.command, submission.command, submission.gpus or 0)
    return SubmittedDocument((task,), dry_run=True)


GOOD = Form(command="python train.py\n", id=" run ", gpus="2", priority="5", workdir="/data", tags="a, b  c", hold=True)


async def test_a_good_form_becomes_a_task() -> None:
    """Blanks around fields do not count, tags are words, nothing is to blame."""
    checked = await check(GOOD, judge)
    assert checked.submission == Submission(
        command="python train.py", workdir="/data", id="run", gpus=2, priority=5, tags=("a", "b", "c"), hold=True
    )
    assert checked.would is not None
    assert checked.errors == {}


async def test_empty_fields_take_the_defaults() -> None:
    """What is left empty is left to the settings."""
    submission = (await check(Form(command="x", workdir="/"), judge)).submission
    assert submission == Submission(command="x", workdir="/")


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        ({"command": "  "}, "command", "The command is empty."),
        ({"id": "taken"}, "id", "The id 'taken' is taken."),
        ({"gpus": "3"}, "gpus", "3 GPUs asked for, but this machine has 2."),
        ({"gpus": "two"}, "gpus", "'two' is no whole number."),
        ({"priority": "high"}, "priority", "'high' is no whole number."),
        ({"workdir": "here"}, "workdir", "The working directory is not absolute."),
    ],
)
async def test_an_error_stands_beside_its_field(change: dict[str, str], field: str, sentence: str) -> None:
    """A refusal names no field; the form finds out which one it was."""
    fields = {"command": "x", "workdir": "/", **change}
    checked = await check(Form(**fields), judge)  # type: ignore[arg-type]
    assert checked.would is None
    assert checked.errors == {field: sentence}


async def test_all_fields_that_are_wrong_are_told_at_once() -> None:
    """Nobody corrects one field to be told of the next."""
    checked = await check(Form(command="", id="taken", gpus="9", workdir="here"), judge)
    assert set(checked.errors) == {"command", "id", "gpus", "workdir"}


async def test_what_is_nobodys_fault_is_told_as_a_whole() -> None:
    """A limit, or a scheduler that is gone, is no field's error."""

    async def full(submission: Submission) -> SubmittedDocument:
        if submission.command == ":":
            return await judge(submission)
        if submission.id:
            raise Refused("100000 tasks wait already, which is the limit.")
        return await judge(submission)

    checked = await check(Form(command="x", workdir="/", id="it"), full)
    assert checked.errors == {"": "100000 tasks wait already, which is the limit."}

    async def gone(_: Submission) -> SubmittedDocument:
        raise NoScheduler("The connection to the scheduler was lost.")

    assert (await check(Form(command="x", workdir="/"), gone)).errors == {
        "": "The connection to the scheduler was lost."
    }


def test_the_same_on_the_command_line() -> None:
    """The line that is shown queues the same task."""
    words = shlex.split(command_line(GOOD.submission(), "/elsewhere"))
    assert words == [
        "ant-tui", "submit", "-J", "run", "-G", "2", "-p", "5", "--tag", "a", "--tag", "b", "--tag", "c", "-H",
        "-D", "/data", "--", "python train.py",
    ]  # fmt: skip
    assert command_line(Form(command="ls", workdir="/data").submission(), "/data") == "ant-tui submit -- ls"
