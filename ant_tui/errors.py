"""What can go wrong for a user, as types.

Every error here carries one sentence that names what was wrong, where, and what to do, and the exit code that the
command-line contract gives it. The same ``code`` travels in the control socket's error answer, so that every client
tells the same story. Programming errors are not here: they stay ordinary exceptions.
"""

from __future__ import annotations

TYPE_CHECKING = False  # "typing" itself would cost the command line 4 ms at every call
if TYPE_CHECKING:
    from typing import ClassVar

__all__ = [
    "BETWEEN_REASONS",
    "AntError",
    "ConfigError",
    "DataDirectoryError",
    "JournalUnavailable",
    "NoScheduler",
    "NoSuchTask",
    "OtherSchedulerRunning",
    "Refused",
    "SubmissionError",
    "TimedOut",
    "UsageError",
    "error_of_kind",
]


BETWEEN_REASONS = "\x1f"
"""Stands between sentences that travel on one line."""


class AntError(Exception):
    """An error with a sentence for the user.

    Attributes:
        exit_code: what the command line returns for it.
        kind: a stable word for programs, sent as ``data.kind`` over the control socket.
    """

    exit_code: ClassVar[int] = 1
    kind: ClassVar[str] = "error"

    def __init__(self, sentence: str, *, reasons: tuple[str, ...] = ()) -> None:
        """Make an error.

        Args:
            sentence: what, where, what to do; one clear sentence.
            reasons: further sentences, one per offending item (a batch refuses all at once and names each).
        """
        super().__init__(sentence)
        self.sentence = sentence
        self.reasons = reasons

    def on_one_line(self) -> str:
        """Code, sentence and all reasons, as a scheduler that cannot begin tells them to whoever has started it."""
        return f"{self.exit_code} {BETWEEN_REASONS.join((self.sentence, *self.reasons))}".replace("\n", " ")


class UsageError(AntError):
    """The request itself is malformed."""

    exit_code = 2
    kind = "usage"


class ConfigError(UsageError):
    """A settings file holds something that cannot be used; names file, line and key."""

    kind = "config"


class SubmissionError(UsageError):
    """What was to be submitted cannot be a task; nothing was queued."""

    kind = "submission"


class NoScheduler(AntError):
    """No scheduler answers on this data directory."""

    exit_code = 3
    kind = "no_scheduler"


class NoSuchTask(AntError):
    """No known task has this id or number."""

    exit_code = 4
    kind = "no_such_task"


class Refused(AntError):
    """The request is well formed but cannot be granted: a duplicate, a limit, a wrong state."""

    exit_code = 5
    kind = "refused"


class OtherSchedulerRunning(Refused):
    """Another scheduler holds this data directory."""

    kind = "other_scheduler"


class JournalUnavailable(Refused):
    """Nothing can be recorded right now (disk full, read-only); what was asked for did not happen."""

    kind = "journal_unavailable"


class DataDirectoryError(AntError):
    """The data directory cannot be used."""

    kind = "data_directory"


class TimedOut(AntError):
    """The time that the user allowed ran out."""

    exit_code = 124
    kind = "timeout"


def error_of_kind(kind: str, sentence: str, reasons: tuple[str, ...] = ()) -> AntError:
    """Make the error that a kind names, as it came over the control socket.

    Args:
        kind: the word that an error's class has as ``kind``; an unknown one gives a plain ``AntError``.
        sentence: what to say.
        reasons: further sentences.
    """
    waiting: list[type[AntError]] = [AntError]
    while waiting:
        known = waiting.pop()
        if known.kind == kind:
            return known(sentence, reasons=reasons)
        waiting.extend(known.__subclasses__())
    return AntError(sentence, reasons=reasons)
