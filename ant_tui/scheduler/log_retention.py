"""Which logs have to go: by age, by count, by the room that all take. Values in, values out; no disk, no clock."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

__all__ = ["LogLimits", "TaskLogs", "surplus"]


class LogLimits(Struct, frozen=True):
    """How many logs are kept; 0 is no limit.

    Attributes:
        max_age_s: seconds since the end of a task.
        max_count: ended tasks whose logs are kept, the newest ones.
        max_total: bytes on disk of all logs together.
        max_size: bytes on disk of one log; its middle goes.
    """

    max_age_s: float = 0.0
    max_count: int = 0
    max_total: int = 0
    max_size: int = 0

    @property
    def any_goes(self) -> bool:
        """Whether whole logs are ever removed."""
        return bool(self.max_age_s or self.max_count or self.max_total)


class TaskLogs(Struct, frozen=True):
    """The logs of all attempts of one task.

    Attributes:
        number: the task.
        ended_at: epoch seconds at which it ended; None while they are wanted, and then they never go.
        size: bytes on disk.
    """

    number: int
    ended_at: float | None
    size: int


def surplus(logs: Iterable[TaskLogs], limits: LogLimits, now: float) -> list[TaskLogs]:
    """The logs that have to go, oldest end first.

    Those that are wanted take room all the same: where a limit on the room is exceeded by them, all others go.

    Args:
        logs: all there are.
        limits: what may stay.
        now: epoch seconds.
    """
    everything = list(logs)
    candidates = sorted(
        ((one.ended_at, one.number, one) for one in everything if one.ended_at is not None),
        key=lambda candidate: candidate[:2],
    )
    total = sum(one.size for one in everything)
    left = len(candidates)
    gone: list[TaskLogs] = []
    for ended_at, _, one in candidates:
        too_old = limits.max_age_s and now - ended_at > limits.max_age_s
        too_many = limits.max_count and left > limits.max_count
        too_large = limits.max_total and total > limits.max_total
        if not (too_old or too_many or too_large):
            break
        gone.append(one)
        total -= one.size
        left -= 1
    return gone
