"""``submit --export-csv``: what a text with sweeps or parameters became, as a table that ``--params`` reads again."""

from __future__ import annotations

import os

from ant_tui.errors import AntError, Refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any, Self, TextIO

    from ant_tui.cli.call import Call

__all__ = ["STDOUT", "Table"]

STDOUT = "-"


class Table:
    """The table of one submission: its file is there before anything is queued, and gone again where nothing was."""

    def __init__(self, call: Call, file: str) -> None:
        """See that the table can be written, without writing over anything.

        Args:
            call: the call.
            file: where to; ``-`` is stdout.

        Raises:
            Refused: the file is there already.
            OSError: it cannot be written.
        """
        self._call = call
        self._file = file
        self._made = False
        self._stream = None if file == STDOUT else self._open()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._stream is not None:  # nothing was written
            self._stream.close()
            if self._made and os.path.exists(self._file):
                os.unlink(self._file)

    def write(self, tasks: Iterable[Mapping[str, Any]]) -> None:
        """Write a column for each parameter, then id, number of GPUs and final command.

        Args:
            tasks: as the answer to a submission has them.

        Raises:
            AntError: it could not be written after all.
        """
        text, count = _text_of(tasks)
        if self._stream is None:
            self._call.out.text(text)
            return
        stream, self._stream = self._stream, None
        try:
            with stream:
                stream.write(text)
        except OSError as problem:
            done = "Nothing was queued, and" if self._call.args.dry_run else "The tasks are queued, but"
            raise AntError(f"{done} their table could not be written: {self._file}: {problem.strerror}.") from problem
        self._call.out.say(f"The {count} task{'s' if count != 1 else ''} of this submission stand in {self._file}")

    def _open(self) -> TextIO:
        try:
            stream = open(self._file, "x", encoding="utf-8", newline="")  # noqa: SIM115  closed in write or __exit__
        except FileExistsError as problem:
            if os.path.isfile(self._file) or not os.path.exists(self._file):  # the latter: a link that leads nowhere
                raise Refused(
                    f"{self._file} is there already, and is not written over; nothing was queued. Name another file."
                ) from problem
            return open(self._file, "w", encoding="utf-8", newline="")  # a pipe or a device, or the error that tells
        self._made = True
        return stream


def _text_of(tasks: Iterable[Mapping[str, Any]]) -> tuple[str, int]:
    from ant_tui.submission.drafts import TaskDraft
    from ant_tui.submission.sweeps import expansion_to_csv

    drafts = [
        TaskDraft(
            task["command"],
            task["resolved_command"],
            task["id"],
            task["gpus"],
            parameters=dict(task.get("parameters") or {}),
        )
        for task in tasks
    ]
    return expansion_to_csv(drafts), len(drafts)
