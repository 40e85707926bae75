"""Files in GPUPeasy's paste format: several become one batch, of which each reason still names file and line."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeVar

from ant_tui.errors import AntError, SubmissionError
from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.gpupeasy import parse_gpupeasy

__all__ = ["Batch", "batch_of", "placed"]

_Error = TypeVar("_Error", bound=AntError)

_END = ";;;"
_LINE = re.compile(
    r"(^(?:Nothing was queued: )?(?:[\d,]+ problems, the first: )?|\bthe job on |\bis that of )line (\d+)"
)
"""Where a sentence about a text names one of its lines."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The jobs of all files.

    Attributes:
        text: all files, one behind the other.
        drafts: what each job is.
        begins: of each file, the line of ``text`` on which it begins, and its name.
    """

    text: str
    drafts: tuple[TaskDraft, ...]
    begins: tuple[tuple[int, str], ...]


def batch_of(files: Sequence[tuple[str, str]]) -> Batch:
    """Put files together.

    Args:
        files: one or more; of each its name and its text.

    Raises:
        SubmissionError: one of them cannot be read, or two of them have a name or an outfile in common; ``reasons``
            names each problem of all files.
    """
    begins: list[tuple[int, str]] = []
    ended: list[str] = []
    reasons: list[str] = []
    line = 1
    for name, text in files:
        begins.append((line, name))
        ended.append(text if text.rstrip().endswith(_END) else f"{text} {_END}")
        line += ended[-1].count("\n") + 1
        if len(files) > 1:  # by itself, so that what one file leaves open does not run on into the next
            reasons += [f"{name}, {reason}" for reason in _reasons(text)]
    if reasons:
        what = reasons[0] if len(reasons) == 1 else f"{len(reasons):,} problems, the first: {reasons[0]}"
        raise SubmissionError(f"Nothing was queued: {what}", reasons=tuple(reasons))
    whole = files[0][1] if len(files) == 1 else "\n".join(ended)
    try:
        return Batch(whole, parse_gpupeasy(whole), tuple(begins))
    except SubmissionError as error:
        raise placed(error, begins) from error


def placed(error: _Error, begins: Sequence[tuple[int, str]]) -> _Error:
    """The same error about a batch, told by the lines of its files; of one file alone it is that already.

    Args:
        error: with the lines of ``Batch.text``.
        begins: as in ``Batch``.
    """

    def in_file(match: re.Match[str]) -> str:
        line = int(match[2])
        first, name = begins[bisect_right(begins, line, key=lambda begin: begin[0]) - 1]
        return f"{match[1]}{name}, line {line - first + 1}"

    if len(begins) == 1:
        return error
    reasons = tuple(_LINE.sub(in_file, reason) for reason in error.reasons)
    return type(error)(_LINE.sub(in_file, error.sentence), reasons=reasons)


def _reasons(text: str) -> tuple[str, ...]:
    try:
        parse_gpupeasy(text)
    except SubmissionError as error:
        return error.reasons
    return ()
