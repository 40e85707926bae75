"""Which tasks are listed, in which sections, in which order: a snapshot that does not change while it is shown.

The sections are made of the indices that the state keeps anyway, so that a queue of 100,000 tasks costs about two
milliseconds and looks at none of the tasks. Sorting and filtering by people's wishes are in ``task_listing``.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from msgspec import Struct

from ant_tui.core.state import State
from ant_tui.core.task import TaskState

__all__ = ["FINISHED", "QUEUED", "RUNNING", "TITLES", "Section", "TaskOrder", "sections_of"]

RUNNING, QUEUED, FINISHED, LEFT = "Running", "Queued", "Finished", "Left by earlier sessions"
TITLES = (RUNNING, QUEUED, FINISHED, LEFT)
"""The headings of all sections, in order."""


class Section(Struct, frozen=True):
    """A part of the list under a heading.

    Attributes:
        title: the heading.
        note: what stands behind its count; may be empty.
        numbers: the tasks, in order.
        of: how many there would be without a filter; 0 where there is none.
        folded: whether only the heading is listed.
        lines: how many lines of output stand below each task.
    """

    title: str
    note: str
    numbers: Sequence[int]
    of: int = 0
    folded: bool = False
    lines: int = 0

    @property
    def listed(self) -> Sequence[int]:
        """The tasks that have a place in the list: all, or none below a folded heading."""
        return () if self.folded else self.numbers


class TaskOrder:
    """Sections put together: place in the list ↔ task. Sections without tasks take no room.

    Attributes:
        shown: number of tasks in the sections, folded or not.
        of: how many there would be without a filter.
        older: how many tasks that the filter wants ended too long ago to be listed.
    """

    def __init__(self, sections: Sequence[Section], *, older: int = 0) -> None:
        """Put sections together."""
        self.shown = sum(len(section.numbers) for section in sections)
        self.of = sum(section.of or len(section.numbers) for section in sections)
        self.older = older
        self.sections = [section for section in sections if section.numbers]
        self._starts: list[int] = []
        length = 0
        for section in self.sections:
            self._starts.append(length)
            length += 1 + len(section.listed) * (1 + section.lines)
        self._length = length
        self._places: dict[int, int] | None = None
        self._searches = 0

    def __len__(self) -> int:
        return self._length

    def heading_of(self, title: str) -> int | None:
        """Where the heading of a section stands, or None."""
        found = zip(self._starts, self.sections, strict=True)
        return next((start for start, section in found if section.title == title), None)

    def section_of(self, number: int) -> Section | None:
        """The section of a task, also where it is folded, or None."""
        return next((section for section in self.sections if number in section.numbers), None)

    def section_at(self, place: int) -> Section | None:
        """The section whose heading stands at a place, or None where a task stands."""
        index = bisect_left(self._starts, place)
        return self.sections[index] if index < len(self._starts) and self._starts[index] == place else None

    def number_at(self, place: int) -> int:
        """The task at a place that is no heading: the one whose row or whose line of output stands there.

        Raises:
            IndexError: there is none.
        """
        index = bisect_left(self._starts, place + 1) - 1
        if index < 0 or place >= self._length:
            raise IndexError(place)
        section = self.sections[index]
        return section.numbers[(place - self._starts[index] - 1) // (1 + section.lines)]

    def line_at(self, place: int) -> int:
        """Which line of output stands at a place, from 1; 0 for headings, the rows of tasks, and where nothing is."""
        index = bisect_left(self._starts, place + 1) - 1
        if index < 0 or place >= self._length:
            return 0
        below = place - self._starts[index] - 1
        return below % (1 + self.sections[index].lines) if below >= 0 else 0

    def lines_below(self, place: int) -> int:
        """How many lines of output stand below the task at a place."""
        return self.sections[bisect_left(self._starts, place + 1) - 1].lines

    def place_of(self, number: int) -> int | None:
        """Where a task stands, or None; below a folded heading none stands.

        One search through the lists costs less than a dictionary of them; only who asks often (for many marked
        rows) gets a dictionary.
        """
        self._searches += 1
        if self._places is None and self._searches > _SEARCHES:
            self._places = {}
            for start, section in zip(self._starts, self.sections, strict=True):
                places = range(start + 1, self._length, 1 + section.lines)
                self._places.update(zip(section.listed, places, strict=False))
        if self._places is not None:
            return self._places.get(number)
        for start, section in zip(self._starts, self.sections, strict=True):
            try:
                return start + 1 + section.listed.index(number) * (1 + section.lines)
            except ValueError:
                continue
        return None


_SEARCHES = 8


def sections_of(state: State, finished_s: float, now: float) -> tuple[list[Section], list[int]]:
    """List what runs by its start, what waits in queue order, what has ended, the newest first, and what was left.

    Args:
        state: read, not kept.
        finished_s: ended tasks stay in the list for so many seconds; 0 for ever.
        now: epoch seconds.

    Returns:
        The sections, also those without tasks, and the tasks that ended too long ago.
    """
    ended = list(state.ended)
    hidden = 0
    if finished_s:
        since = now - finished_s
        hidden = bisect_left(ended, since, key=lambda number: state.tasks[number].ended_at or 0.0)
    shown = ended[hidden:]
    shown.reverse()
    sections = [
        Section(RUNNING, "", list(state.active)),
        Section(QUEUED, "paused: nothing starts" if state.paused else "", [key[2] for key in state.queue]),
        Section(FINISHED, "", shown),
        Section(LEFT, "the command recover decides", _recoverable(state)),
    ]
    return sections, ended[:hidden]


def _recoverable(state: State) -> list[int]:
    if not state.counts[TaskState.RECOVERABLE]:
        return []
    return [task.number for task in state.tasks.values() if task.aside is not None and not task.aside.hidden]
