"""The search in the output pane: runs in a thread, goes from match to match, and says how far it is.

What is found where is the finder's; which line that is, the source's. Here is what somebody who searches sees of it.
Searching itself is imported with the first search: nobody waits for it to see the tasks.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Protocol

from ant_tui.errors import AntError
from ant_tui.ui.figures import percent

if TYPE_CHECKING:
    from ant_tui.output.query import Query
    from ant_tui.ui.finder import Finder
    from ant_tui.ui.log_lines import LogLines
    from ant_tui.ui.widgets.output_lines import Highlighter

__all__ = ["OutputSearch", "SearchedPane", "query_for"]

_ESCAPED = re.compile(r"\\.")
_LONGEST_SHOWN = 24


def query_for(text: str, *, regex: bool) -> Query:
    """What somebody means who types this: capitals count only where some are typed.

    Args:
        text: as typed.
        regex: whether it is a regular expression.

    Raises:
        BadPattern: it cannot be searched for.
    """
    from ant_tui.output.query import Query

    letters = _ESCAPED.sub("", text) if regex else text
    return Query(text, regex=regex, ignore_case=letters == letters.lower())


class SearchedPane(Protocol):
    """The output pane, as a search sees it."""

    path: str
    """The log that is shown."""

    @property
    def log_lines(self) -> LogLines | None:
        """Its lines; None where words stand in its place."""

    @property
    def bytes_known(self) -> int:
        """How far it was read."""

    @property
    def following(self) -> bool:
        """Whether the view stays at the end."""

    @property
    def visible_lines(self) -> range:
        """The numbers of the lines in view."""

    def line_text(self, number: int) -> str:
        """The text of a line as it is shown."""

    def set_highlights(self, highlighter: Highlighter | None, current: tuple[int, int, int] | None = None) -> None:
        """Highlight parts of lines, one of them more than others."""

    def show_line(self, number: int, start: int = 0, end: int = 0) -> None:
        """Bring a part of a line into view."""

    def show_place_words(self) -> None:
        """Say anew where the view stands."""

    def say(self, text: str) -> None:
        """Tell something about a search."""

    def run_worker(self, work: Coroutine[None, None, None], *, group: str, exclusive: bool) -> object:
        """Do something beside; it ends what is under way in its group."""


class OutputSearch:
    """The search of one output pane."""

    def __init__(self, view: SearchedPane) -> None:
        """Begin without a search."""
        self._view = view
        self._text = ""
        self._query: Query | None = None
        self._finder: Finder | None = None
        self._current: int | None = None
        self._wish = 0  # 1 or -1 while the next match that way is waited for
        self._going = False
        self._stopped = False

    @property
    def going(self) -> bool:
        """Whether something is being searched for at this moment."""
        return self._going

    @property
    def words(self) -> str:
        """How far it is, for the border; empty without a search."""
        finder = self._finder
        if finder is None:
            return ""
        text = self._text if len(self._text) <= _LONGEST_SHOWN else f"{self._text[: _LONGEST_SHOWN - 1]}…"
        how_far = percent(finder.share).strip()
        more = "+" if finder.rests else ""
        rank = finder.rank(self._current) if self._current is not None else None
        if rank is not None:
            said = f"{rank:,} of {finder.count:,}{more}"
        elif self._stopped:
            said = f"{finder.count:,} found in {how_far}"
        elif self._going:
            said = f"{finder.count:,} found, {how_far} searched"
        else:
            said = f"{finder.count:,}{more} found" if finder.count else "not found"
        return f"/{text} {said}"

    def begin(self, text: str, *, regex: bool) -> None:
        """Search for something else.

        Args:
            text: what for.
            regex: whether it is a regular expression.

        Raises:
            AntError: it cannot be searched for, or there is no log.
        """
        from ant_tui.ui.finder import Finder

        query = query_for(text, regex=regex)
        lines, end = self._view.log_lines, self._view.bytes_known
        if lines is None:
            raise AntError("There is no output to search in.")
        upwards = self._view.following
        start = end if upwards else lines.offset_of(self._view.visible_lines.start)
        finder = Finder(self._view.path, query, start, upwards=upwards)
        self.clear()
        self._text, self._query, self._finder = text, query, finder
        self._view.set_highlights(self._highlights)
        self._wish = -1 if upwards else 1
        self._go()

    def preview(self, query: Query | None) -> None:
        """Highlight what is being typed in the lines in view; None shows the search of before again."""
        if query is None:
            self.show_again()
        else:
            self._view.set_highlights(lambda _, text: query.text_spans(text))

    def step(self, steps: int) -> str:
        """Go to the next match, or to the one before.

        Args:
            steps: 1 or -1.

        Returns:
            What is to be said about it; mostly nothing.
        """
        if self._finder is None:
            return "Nothing was searched for yet."
        self._stopped = False
        self._wish = steps
        said = self._advance()
        self._go()
        return said

    def stop(self) -> bool:
        """Search no further, and keep what was found; tells whether there was anything to stop."""
        if not self._going:
            return False
        self._stopped, self._wish = True, 0
        self._view.show_place_words()
        return True

    def clear(self) -> bool:
        """End the search; tells whether there was one."""
        finder, self._finder = self._finder, None
        self._query = self._current = None
        self._wish = 0
        self._stopped = False
        if finder is None:
            return False
        finder.close()
        self._view.set_highlights(None)
        return True

    def grown(self) -> None:
        """There is more output."""
        if self._finder is not None and not self._stopped:
            self._go()

    def show_again(self) -> None:
        """Lines have got other numbers, or another source: highlight the match where it is now."""
        if self._finder is None:
            self._view.set_highlights(None)
            return
        lines = self._view.log_lines
        place = self._place_of(self._current, lines) if self._current is not None and lines is not None else None
        self._view.set_highlights(self._highlights, place if place is not None and place[2] else None)

    def counted(self) -> None:
        """All lines are known: a match above the live end can be shown."""
        if self._current is not None:
            self._show(self._current)

    # Inside.

    def _highlights(self, _: int, text: str) -> list[tuple[int, int]]:
        return self._query.text_spans(text) if self._query is not None else []

    def _go(self) -> None:
        finder = self._finder
        if finder is not None and not self._going and not finder.done and not (finder.rests and not self._wish):
            self._going = True
            self._view.run_worker(self._run(finder), group="search", exclusive=True)
        self._view.show_place_words()

    async def _run(self, finder: Finder) -> None:
        try:
            while finder is self._finder and not self._stopped and not finder.done and not finder.rests:
                await asyncio.to_thread(finder.step)
                if finder is self._finder:
                    self._view.say(self._advance())
                    self._view.show_place_words()
        except AntError as problem:
            self._view.say(problem.sentence)
            self.clear()
        finally:
            self._going = False
        if self._finder is not None and self._finder is not finder:
            self._go()  # somebody has searched for something else meanwhile
        else:
            self._view.show_place_words()

    def _advance(self) -> str:
        """Go to the match that is waited for, if it was found by now; returns what is to be said."""
        finder, steps = self._finder, self._wish
        if finder is None or not steps:
            return ""
        numbers = finder.numbers
        target = self._current + steps if self._current is not None else (-1 if steps < 0 else 0)
        if target in numbers:
            self._wish = 0
            self._show(target)
            return ""
        if not finder.ended(steps):
            finder.turn(steps)
            return ""
        if not finder.done:
            finder.turn(-steps)
            return ""
        self._wish = 0
        if not numbers:
            return f"Nothing here matches {self._text}."
        only = len(numbers) == 1 and self._current is not None
        self._show(numbers[0] if steps > 0 else numbers[-1])
        if only:
            return "This is the only match."
        return "On from the first match again." if steps > 0 else "On from the last match again."

    def _show(self, number: int) -> None:
        self._current = number
        lines = self._view.log_lines
        if lines is None:
            return
        place = self._place_of(number, lines)
        if place is None:
            return  # above the live end, and lines are still being counted: shown once they are
        line, start, end = place
        self._view.set_highlights(self._highlights, place if end else None)
        self._view.show_line(line, start, end)

    def _place_of(self, number: int, lines: LogLines) -> tuple[int, int, int] | None:
        """The line of a match, and its characters there (none where they cannot be seen); None while nobody knows."""
        finder, query = self._finder, self._query
        if finder is None or query is None or number not in finder.numbers:
            return None
        offset = finder.offset(number)
        if not lines.knows(offset):
            return None
        spot = lines.spot(offset)
        spans = query.text_spans(self._view.line_text(spot.number))
        if not spans:
            return spot.number, 0, 0
        start, end = spans[min(finder.earlier_in_line(number, spot.start), len(spans) - 1)]
        return spot.number, start, end
