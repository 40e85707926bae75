"""What a form says about a task to be: texts of fields → a submission, and whose fault an error is. No widget."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from ant_tui.api.documents import SubmittedDocument
from ant_tui.api.schema import Submission
from ant_tui.errors import AntError, SubmissionError

__all__ = ["FIELDS", "Checked", "Form", "Try", "check", "command_line"]

FIELDS = ("command", "id", "gpus", "priority", "workdir", "tags")
"""The fields in the order in which they are shown."""

Try = Callable[[Submission], Awaitable[SubmittedDocument]]
"""Ask the scheduler what a submission would come to; raises AntError where it would be refused."""


@dataclass(frozen=True, slots=True)
class Form:
    """The text of every field, as typed."""

    command: str = ""
    id: str = ""
    gpus: str = ""
    priority: str = ""
    workdir: str = ""
    tags: str = ""
    hold: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing worth keeping was typed."""
        return not self.command.strip()

    def submission(self) -> Submission:
        """The task that the form describes.

        Raises:
            FieldError: a field holds no number where one is needed.
        """
        return Submission(
            command=self.command.rstrip(),
            workdir=os.path.expanduser(self.workdir.strip()),
            id=self.id.strip(),
            gpus=_number("gpus", self.gpus),
            priority=10 if (priority := _number("priority", self.priority)) is None else priority,
            tags=tuple(word for word in re.split(r"[,\s]+", self.tags) if word),
            hold=self.hold,
        )


class FieldError(SubmissionError):
    """What is wrong with one field."""

    def __init__(self, field: str, sentence: str) -> None:
        """Make an error about a field."""
        super().__init__(sentence)
        self.field = field


def _number(field: str, text: str) -> int | None:
    text = text.strip()
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        raise FieldError(field, f"{text!r} is no whole number.") from None


@dataclass(frozen=True, slots=True)
class Checked:
    """What a form would come to.

    Attributes:
        submission: the task, or None where the fields do not even make one.
        would: what the scheduler would queue; None where it would refuse.
        errors: field → what is wrong with it; the key "" is for what no single field is to blame for.
    """

    submission: Submission | None
    would: SubmittedDocument | None
    errors: Mapping[str, str]


async def check(form: Form, attempt: Try) -> Checked:
    """Find out what a form would come to, and which fields are to blame if it would be refused.

    A scheduler's refusal names no field. So each field is tried once more, with nothing else that could be wrong.
    """
    errors: dict[str, str] = {}
    for field in ("gpus", "priority"):
        try:
            _number(field, getattr(form, field))
        except FieldError as error:
            errors[field] = error.sentence
    if errors:
        return Checked(None, None, errors)
    submission = form.submission()
    try:
        return Checked(submission, await attempt(submission), {})
    except AntError as error:
        whole = error.sentence
    harmless = Submission(command=":", workdir="/", gpus=0)
    try:
        await attempt(harmless)
    except AntError:
        return Checked(submission, None, {"": whole})  # nothing at all can be queued: no field is to blame
    for field in FIELDS:
        try:
            await attempt(replace(harmless, **{field: getattr(submission, field)}))
        except AntError as error:
            errors[field] = error.sentence
    return Checked(submission, None, errors or {"": whole})


def command_line(submission: Submission, here: str) -> str:
    """The same as a verb of the command line.

    Args:
        submission: the task.
        here: the folder in which the verb would be typed.
    """
    words = ["ant-tui", "submit"]
    if submission.id:
        words += ["-J", submission.id]
    if submission.gpus is not None:
        words += ["-G", str(submission.gpus)]
    if submission.priority != 10:
        words += ["-p", str(submission.priority)]
    words += [word for tag in submission.tags for word in ("--tag", tag)]
    if submission.hold:
        words.append("-H")
    if submission.workdir != here:
        words += ["-D", submission.workdir]
    return shlex.join([*words, "--", submission.command])
