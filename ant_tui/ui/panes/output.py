"""The output pane: what the selected task writes, from its log file, followed while it runs and is seen."""

from __future__ import annotations

from collections.abc import Sequence

from textual import events
from textual.message import Message
from textual.timer import Timer

from ant_tui.ui.keys import bindings_of
from ant_tui.ui.output_feed import OutputFeed, TextLines
from ant_tui.ui.situation import Pane
from ant_tui.ui.widgets.output_lines import LineSource
from ant_tui.ui.widgets.output_view import OutputView

__all__ = ["TaskOutput"]

_POLL_S = 0.1
_LOAD_S = 0.05
"""A cursor that runs through the list must not open every log on its way."""


class TaskOutput(OutputView):
    """The output of one attempt of one task."""

    BINDINGS = bindings_of(Pane.OUTPUT)

    class TailChanged(Message):
        """The last line is another one, perhaps."""

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
        self._otherwise: tuple[str, ...] = ()
        self._feed: OutputFeed | None = None
        self._source: LineSource | None = None
        self._live = False
        self._loading: Timer | None = None
        self._polling: Timer | None = None

    @property
    def last_line(self) -> str:
        """The last line that says anything."""
        return self._feed.last_line if self._feed is not None else ""

    def show_log(self, path: str, *, live: bool, otherwise: Sequence[str] = ()) -> None:
        """Show a log.

        Args:
            path: the file; empty for none.
            live: whether the task may still write to it.
            otherwise: what is shown where there is no log (yet).
        """
        was_live, self._live = self._live, live
        words, self._otherwise = self._otherwise, tuple(otherwise)
        if path != self.path:
            self.path = path
            if self._loading is None:
                self._loading = self.set_timer(_LOAD_S, self._load)
        elif self._loading is None:
            if was_live and not live:
                self.poll()  # what it wrote last
            if words != self._otherwise:
                self._show()
            self.set_polling()

    def poll(self) -> None:
        """Look for more output."""
        if self._feed is not None and self._feed.poll():
            self._show()

    def set_polling(self, *, hidden: bool = False) -> None:
        """Look for more output from now on, or no longer: only while it can be seen and may come.

        Args:
            hidden: True when the pane is about to be hidden.
        """
        seen = (self.shown and not hidden) or self.tail_wanted
        wanted = self._live and seen and self._feed is not None
        if wanted and self._polling is None:
            self._polling = self.set_interval(_POLL_S, self.poll)
        elif not wanted and self._polling is not None:
            self._polling.stop()
            self._polling = None

    def _load(self) -> None:
        self._loading = None
        if self._feed is None or self._feed.path != self.path:
            self._close()
            self._feed = OutputFeed(self.path) if self.path else None
            self._show()
        self.set_polling()

    def _show(self) -> None:
        feed = self._feed
        source = TextLines(self._otherwise) if feed is None or feed.problem else feed.source
        if source is self._source:
            self.source_changed()
        else:
            self._source = source
            self.set_source(source)
        self.set_status(feed.status if feed is not None else "")
        if self.tail_wanted:
            self.post_message(self.TailChanged())

    def on_show(self, _event: events.Show) -> None:
        """Follow again (Textual calls the base class's handler too, afterwards)."""
        self.shown = True
        self.poll()
        self.set_polling()

    def on_hide(self, _event: events.Hide) -> None:
        """Read nothing while nobody looks."""
        self.set_polling(hidden=True)

    def on_unmount(self) -> None:
        """Let go of the file."""
        self._close()

    def _close(self) -> None:
        if self._feed is not None:
            self._feed.close()
            self._feed = None
