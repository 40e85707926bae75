"""Reading GPUPeasy's paste format: ``name;;outfile;;command;;;``, job after job."""

from __future__ import annotations

import re
from typing import NamedTuple

from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.faults import Fault, Problem, SourceText, excerpt, refusal
from ant_tui.submission.identifiers import check_id
from ant_tui.submission.lexer import Reader

__all__ = ["parse_gpupeasy"]

_FIELD = ";;"
_END = ";;;"
_MOST_ENDS = 16
"""How many ``;;;`` may stand in the quotes of one command."""

_BREAK = re.compile(r"[ \t]*\n\s*")
_SHAPE = "a job is written name;;outfile;;command;;;"


class _Job(NamedTuple):
    offset: int
    name: str
    out: str
    command: str


def parse_gpupeasy(text: str) -> tuple[TaskDraft, ...]:
    """Read jobs in GPUPeasy's paste format.

    A command is shell text here, as GPUPeasy's own page promises, and stays as it is but for line breaks outside of
    quotes, which become blanks. ``;;`` may stand in it, ``;;;`` in quotes. The outfile is where the output goes;
    whether it can be had, and is that of another job, is looked at later. Every job gets one GPU.

    Raises:
        SubmissionError: there is no job, one is malformed, or a name comes twice; ``reasons`` names each.
    """
    source = SourceText(text.replace("\r\n", "\n"))
    problems = list(source.unprintable())
    drafts: list[TaskDraft] = []
    names: dict[str, int] = {}
    for job in _jobs(source.text, problems):
        try:
            name = check_id(job.name)
        except SubmissionError as error:
            problems.append(Problem(job.offset, error.sentence))
            continue
        first = names.setdefault(name, job.offset)
        if first != job.offset:
            line = source.position(first)[0]
            problems.append(Problem(job.offset, f"{excerpt(name)} belongs to the job on line {line} already."))
        line = source.position(job.offset)[0]
        drafts.append(TaskDraft(job.command, job.command, name, 1, output=job.out, line=line))
    if not drafts and not problems:
        problems.append(Problem(0, f"there is no job in this text; {_SHAPE}."))
    if problems:
        raise refusal(source, problems)
    return tuple(drafts)


def _jobs(text: str, problems: list[Problem]) -> list[_Job]:
    jobs = []
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        start = at
        fields = []
        for what in ("name", "outfile"):
            end = text.find(_FIELD, at)
            ended = text.startswith(_END, end) and not text.startswith(_FIELD + _END, end)
            if end < 0 or ended or not text[at:end].strip():
                problems.append(Problem(start, f"the {what} is missing or empty; {_SHAPE}."))
                end = text.find(_END, at)
                break
            fields.append(_BREAK.sub(" ", text[at:end].strip()))
            at = end + len(_FIELD)
        else:
            command, end = _command(text, at, problems)
            if command is not None and not command:
                problems.append(Problem(start, f"the command is missing; {_SHAPE}."))
            elif command is not None:
                jobs.append(_Job(start, fields[0], fields[1], command))
        at = len(text) if end < 0 else end + len(_END)
    return jobs


def _command(text: str, at: int, problems: list[Problem]) -> tuple[str | None, int]:
    """The command that begins at an offset, None where it cannot be read; and where its ``;;;`` is, -1 for nowhere."""
    first: Fault | None = None
    first_end = end = text.find(_END, at)
    for _ in range(_MOST_ENDS):
        command = text[at : end if end >= 0 else len(text)]
        reader = Reader(script=True)
        try:
            reader.read(command, at)
            reader.finish()
        except Fault as fault:
            first = first or fault
            if end < 0:
                break
            end = text.find(_END, end + 1)
        else:
            if end < 0 and command.rstrip().endswith(_END):
                break  # it was meant as the end, where something was still open
            return _one_line(command, reader), end
    if first is not None:
        problems.append(Problem(first.offset, first.sentence))
    return None, first_end


def _one_line(command: str, reader: Reader) -> str:
    def joined(match: re.Match[str]) -> str:
        return match[0] if reader.context(match.start()) else " "

    return _BREAK.sub(joined, command).strip()
