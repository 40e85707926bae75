"""Half-written forms on the disk, so that nobody loses one: closing the editor or the end of the program keeps it.

One small file in the data directory for all of them, private, replaced as a whole. What cannot be read is no draft.
"""

from __future__ import annotations

import logging
import os
from functools import cache

import msgspec
from msgspec import Struct, field

from ant_tui.ui.editor.form import Form

__all__ = ["NEW", "Draft", "DraftFile", "drafts_in"]

log = logging.getLogger(__name__)

NEW = "new"
"""The key of the draft of new tasks; that of a change is the numbers of the tasks."""
_MOST = 20
_MOST_BYTES = 16 * 1024 * 1024


class Draft(Struct, frozen=True):
    """A form that was left.

    Attributes:
        form: the fields as they stood.
        at: epoch seconds.
    """

    form: Form
    at: float


class _Content(Struct, frozen=True):
    drafts: dict[str, Draft] = field(default_factory=dict)
    schema: int = 1


class DraftFile:
    """The drafts of one data directory."""

    def __init__(self, path: str) -> None:
        """Name the file; it need not be there."""
        self._path = path
        self._unwritten: dict[str, Draft] = {}

    def find(self, key: str) -> Draft | None:
        """The draft of a key, or None."""
        return self._unwritten.get(key) or self._read().drafts.get(key)

    def keep(self, key: str, form: Form, at: float) -> str:
        """Keep a form.

        Args:
            key: whose it is.
            form: the fields.
            at: epoch seconds.

        Returns:
            What kept it from being written, as a sentence; it is kept in memory then. Empty when it is on the disk.
        """
        draft = self._unwritten[key] = Draft(form, at)
        drafts = self._read().drafts
        drafts.pop(key, None)
        newest = sorted(drafts.items(), key=lambda item: item[1].at)[-(_MOST - 1) :]
        problem = self._write({**dict(newest), key: draft})
        if not problem:
            del self._unwritten[key]
        return problem

    def drop(self, key: str) -> str:
        """Forget a draft; returns like ``keep``."""
        self._unwritten.pop(key, None)
        drafts = self._read().drafts
        if drafts.pop(key, None) is None:
            return ""
        return self._write(drafts)

    def _read(self) -> _Content:
        try:
            with open(self._path, "rb") as file:
                data = file.read(_MOST_BYTES + 1)
        except FileNotFoundError:
            return _Content()
        except OSError as problem:
            log.warning("The drafts in %s cannot be read: %s", self._path, problem)
            return _Content()
        try:
            return msgspec.json.decode(data, type=_Content)
        except (msgspec.MsgspecError, ValueError) as problem:
            log.warning("The drafts in %s are none: %s", self._path, problem)
            return _Content()

    def _write(self, drafts: dict[str, Draft]) -> str:
        beside = f"{self._path}.{os.getpid()}.new"
        try:
            descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
            with open(descriptor, "wb") as file:
                file.write(msgspec.json.encode(_Content(drafts)))
            os.replace(beside, self._path)
        except OSError as problem:
            return f"The draft cannot be written to the disk: {problem.strerror or problem}."
        return ""


@cache
def drafts_in(path: str) -> DraftFile:
    """The drafts of a file; always the same object, which also holds what could not be written."""
    return DraftFile(path)
