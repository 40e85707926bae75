"""The output of the selected task, from its log file: followed while it runs, read anywhere, searched and copied.

Which lines there are, the feed knows; what somebody searches, ``output_search``; the keys are in the table of actions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING

from textual import events
from textual.geometry import Offset
from textual.message import Message
from textual.selection import Selection
from textual.timer import Timer

from ant_tui.errors import AntError
from ant_tui.ui.figures import count, percent, size
from ant_tui.ui.keys import bindings_of
from ant_tui.ui.panes.output_search import OutputSearch
from ant_tui.ui.sentences import broken
from ant_tui.ui.situation import Pane
from ant_tui.ui.widgets.line_marks import LineMarks
from ant_tui.ui.widgets.output_lines import LineSource
from ant_tui.ui.widgets.output_view import OutputView

if TYPE_CHECKING:
    from ant_tui.ui.log_lines import LogLines
    from ant_tui.ui.output_feed import OutputFeed
    from ant_tui.ui.output_history import OutputHistory

__all__ = ["TaskOutput"]

_POLL_S = 0.1
_COUNTED_UNASKED = 64 << 20
"""Bytes of a log whose lines are counted although nobody reads it yet."""
_LOAD_S = 0.05
"""A cursor that runs through the list must not open every log on its way."""


class TaskOutput(OutputView):
    """The output of one attempt of one task."""

    BINDINGS = bindings_of(Pane.OUTPUT)
    SELECTION_LIMIT = 1 << 18

    class TailChanged(Message):
        """The last line is another one, perhaps."""

    class Said(Message):
        """There is something to be told about a search."""

        def __init__(self, text: str) -> None:
            """Make a message."""
            super().__init__()
            self.text = text

    def __init__(self, *, wrap: bool, id: str | None = None) -> None:
        """Make an empty pane.

        Args:
            wrap: whether long lines are broken at first.
            id: as for every widget.
        """
        super().__init__(wrap=wrap, id=id)
        self.about = ""
        """Whose output it is, in words."""
        self.path = ""
        """The log that is shown, or will be in a moment; empty for none."""
        self.tail_wanted = False
        """Whether ``last_line`` is looked at although the pane itself may be hidden."""
        self.search = OutputSearch(self)
        self._marks: LineMarks | None = None
        self._wish: float | int | None = None
        self._otherwise: tuple[str, ...] = ()
        self._feed: OutputFeed | None = None
        self._source: LineSource | None = None
        self._files = 0
        self._said_instead: tuple[str, ...] | None = None
        self._may_grow = False
        self._loading: Timer | None = None
        self._polling: Timer | None = None

    @property
    def last_line(self) -> str:
        """The last line that says anything."""
        return self._feed.last_line if self._feed is not None else ""

    @property
    def log_lines(self) -> LogLines | None:
        """The lines of the log that is shown; None where words stand in its place."""
        feed = self._feed
        return feed.source if feed is not None and self._source is feed.source else None

    @property
    def bytes_known(self) -> int:
        """How far the log was read."""
        return self._feed.bytes_known if self._feed is not None else 0

    def say(self, text: str) -> None:
        """Tell something about a search."""
        if text:
            self.post_message(self.Said(text))

    # -- which log ---------------------------------------------------------------------------------------------

    def show_log(self, path: str, *, live: bool, otherwise: Sequence[str] = ()) -> None:
        """Show a log.

        Args:
            path: the file; empty for none.
            live: whether the task may still write to it.
            otherwise: what is shown where there is no output (yet).
        """
        was_live, self._may_grow = self._may_grow, live
        words, self._otherwise = self._otherwise, tuple(otherwise)
        if path != self.path:
            self.path = path
            if self._loading is None:
                self._loading = self.set_timer(_LOAD_S, self._load)
        elif self._loading is None:
            if was_live and not live:
                self.poll()  # what it wrote last
            if words != self._otherwise or was_live is not live:
                self._show()
            self.set_polling()

    def poll(self) -> None:
        """Look for more output."""
        if self._feed is not None and self._feed.poll(may_skip=self.following):
            self._show()

    def set_polling(self, *, hidden: bool = False) -> None:
        """Look for more output from now on, or no longer: only while it can be seen and may come.

        Args:
            hidden: True when the pane is about to be hidden.
        """
        seen = (self.shown and not hidden) or self.tail_wanted
        wanted = self._may_grow and seen and self._feed is not None
        if wanted and self._polling is None:
            self._polling = self.set_interval(_POLL_S, self.poll)
        elif not wanted and self._polling is not None:
            self._polling.stop()
            self._polling = None

    def _load(self) -> None:
        from ant_tui.ui.output_feed import OutputFeed  # what reads logs is large, and the list is there before any

        self._loading = None
        if self._feed is None or self._feed.path != self.path:
            self._close()
            self._feed = OutputFeed(self.path) if self.path else None
            self._show()
        self.set_polling()

    def _instead(self) -> tuple[str, ...] | None:
        """What stands in the place of output, where there is none."""
        feed = self._feed
        if feed is None or (feed.missing and self._may_grow) or (not feed.problem and not feed.bytes_known):
            return self._otherwise
        return ("", f"  {feed.problem}") if feed.problem else None

    def _show(self) -> None:
        from ant_tui.ui.output_feed import TextLines

        feed, instead = self._feed, self._instead()
        if instead is not None or feed is None:
            words = tuple(broken(instead or (), self.text_width))
            if words != self._said_instead:
                self._said_instead = words
                self.search.clear()
                self._take(TextLines(words))
        elif feed.source is not self._source:
            self._said_instead = None
            feed.source.take_moves()  # nobody has seen the numbers of before
            if feed.files != self._files:
                self._files = feed.files
                self.search.clear()
            self._take(feed.source)
            self.search.show_again()
        else:
            for since, by in feed.source.take_moves():
                self.leave_marks()
                self.lines_moved(since, by)
                self.search.show_again()
            self.source_changed()
        self.set_live(self._may_grow if instead is None else None)
        words_of_size = (size(feed.bytes_known), "binary" if feed.binary else "") if feed is not None else ()
        self.set_status("" if instead is not None else " · ".join(filter(None, words_of_size)))
        self._count_lines()
        self.search.grown()
        if self.tail_wanted:
            self.post_message(self.TailChanged())

    def _take(self, source: LineSource) -> None:
        self.leave_marks()
        self._wish = None
        self._source = source
        self.set_source(source)

    # -- counting lines ----------------------------------------------------------------------------------------

    def _count_lines(self, *, asked: bool = False) -> None:
        """Begin to count, unless that means to read a huge log of which only the end is glanced at."""
        feed = self._feed
        history = feed.to_count if feed is not None else None
        if feed is None or history is None:
            return
        reading = self.has_focus or not self.following or self._wish is not None or self.search.words
        if asked or reading or feed.bytes_known <= _COUNTED_UNASKED:
            history.counting = True
            self.run_worker(self._count(feed, history), group="lines")

    async def _count(self, feed: OutputFeed, history: OutputHistory) -> None:
        try:
            while not await asyncio.to_thread(history.count):
                self.show_place_words()
        except AntError as problem:
            self.say(problem.sentence)
            return
        if feed is not self._feed:
            return
        feed.counted_all(history)
        self._show()
        if (wish := self._wish) is not None and feed.source.whole:
            self._wish = None
            self.jump(wish)
        self.search.counted()

    def on_focus(self) -> None:
        """Somebody wants to read."""
        self._count_lines(asked=True)

    def on_output_view_follow_changed(self) -> None:
        """Somebody scrolls back."""
        self._count_lines()

    def place_words(self) -> str:
        """How the search goes, and where the view stands."""
        lines = self.log_lines
        if lines is None or self._feed is None:
            return ""
        words = [f"{count(len(self._marks), 'line')} selected" if self._marks is not None else "", self.search.words]
        if not lines.whole and self._feed.counting:
            words.append(f"counting lines, {percent(self._feed.counted or 0.0).strip()}")
        elif lines.whole:
            total, seen = lines.first_line + lines.line_count, self.visible_lines
            words.append(f"line {total:,}" if self.following or not seen else f"line {seen.start + 1:,} of {total:,}")
        return " · ".join(filter(None, words))

    def show_place_words(self) -> None:
        """Say anew where the view stands."""
        if self.is_mounted:
            self.set_live(self._may_grow if self.log_lines is not None else None)

    # -- moving ------------------------------------------------------------------------------------------------

    def jump(self, to: float | int) -> None:
        """Put a line at the top, as soon as lines are counted.

        Args:
            to: the number of a line from 1; a share of all lines, from 0.0 to 1.0, where it is no whole number.
        """
        lines = self.log_lines
        if lines is None:
            return
        if not lines.whole:
            self._wish = to
            self._count_lines()
            return
        total = lines.first_line + lines.line_count
        self.go_to_line(round(to * (total - 1)) if isinstance(to, float) else to - 1)

    def action_top(self) -> None:
        """Go to the first line, of all that there are."""
        lines = self.log_lines
        if self._marks is not None:
            self._move_marks(-self._marks.here)
            return
        if lines is not None and not lines.whole:
            self._wish = 1  # as soon as it can be told which one that is
        super().action_top()

    def action_follow(self) -> None:
        """Go to the end and stay there."""
        self._wish = None
        if self._marks is not None:
            self._move_marks(1 << 62)
        else:
            super().action_follow()

    def action_rows(self, rows: int) -> None:
        """Scroll, or move the end of a selection."""
        self._wish = None
        if self._marks is not None:
            self._move_marks(rows)
        else:
            super().action_rows(rows)

    # -- selecting lines ---------------------------------------------------------------------------------------

    def begin_marks(self) -> str:
        """Begin to select lines, or end it; returns what is to be said."""
        if self._marks is not None:
            self.leave_marks()
            return ""
        seen = self.visible_lines
        if self.log_lines is None or not seen:
            return "There is no output to select."
        at = seen.stop - 1 if self.following else seen.start
        if self.current_line in seen:
            at = self.current_line
        self._marks = LineMarks(at, at)
        self._move_marks(0)
        return ""

    def leave_marks(self) -> bool:
        """Select nothing any more; tells whether something was selected."""
        marked = self._marks is not None or self.text_selection is not None
        self._marks = None
        if marked and self.is_mounted:
            self.screen.clear_selection()
            self.show_place_words()
        return marked

    def _move_marks(self, lines: int) -> None:
        marks, source = self._marks, self.log_lines
        if marks is None or source is None:
            return
        marks.move(lines, source.first_line, source.first_line + source.line_count)
        seen = self.visible_lines
        if seen and marks.here not in seen:
            beyond = marks.here - (seen.start if marks.here < seen.start else seen.stop - 1)
            if abs(beyond) < self.size.height:
                super().action_rows(beyond)
        self.show_line(marks.here)
        end = max(1, len(self.line_text(marks.last)))  # an empty line is selected as well
        self.screen.selections = {self: Selection(Offset(0, marks.first), Offset(end, marks.last))}
        self.show_place_words()

    def selected_text(self) -> str:
        """What is selected, or else all that is in view."""
        selection = self.text_selection
        taken = self.get_selection(selection) if selection is not None else None
        return taken[0] if taken is not None else self.visible_text()

    def cancel(self) -> bool:
        """Take back the last of: a selection, a search that goes on, what was found; tells whether there was one."""
        return self.leave_marks() or self.search.stop() or self.search.clear()

    # -- being seen --------------------------------------------------------------------------------------------

    def on_show(self, _event: events.Show) -> None:
        """Follow again (Textual calls the base class's handler too, afterwards)."""
        self.shown = True
        self.poll()
        self.set_polling()

    def on_hide(self, _event: events.Hide) -> None:
        """Read nothing while nobody looks."""
        self.set_polling(hidden=True)

    def on_resize(self, _event: events.Resize) -> None:
        """Break the words anew that stand in the place of output."""
        if self._said_instead is not None:
            self._show()

    def on_unmount(self) -> None:
        """Let go of the file."""
        self._close()

    def _close(self) -> None:
        self.search.clear()
        if self._feed is not None:
            self._feed.close()
            self._feed = None
