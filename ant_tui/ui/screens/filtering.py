"""The filter of the list of tasks as somebody types it: the bar, what it comes to, and the filters of before."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from ant_tui.core.task_filter import BadFilter, TaskFilter, parse_filter
from ant_tui.ui.widgets.key_hints import Hint

if TYPE_CHECKING:
    from ant_tui.ui.screens.main import MainScreen
    from ant_tui.ui.widgets.filter_bar import FilterBar

__all__ = ["Filtering"]

_PLACEHOLDER = 'words · "two words" · !not · state:failed · tag:x · gpu:2'
_LONGEST = 40
"""Characters of a filter that its border shows."""
_MOST = 20
"""Filters that are remembered."""


class Filtering:
    """Serves one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        """Begin without earlier filters."""
        self._screen = screen
        self.earlier: list[str] = []
        """Filters that were kept, the newest first."""
        self._bar: FilterBar | None = None
        self._from: Hashable | None = None  # where the cursor was before somebody began to type
        self._lost = False

    def put_back(self, text: str, earlier: Sequence[str]) -> None:
        """Show what was shown when the screen was left; a filter that nobody understands any more is dropped."""
        self.earlier = list(earlier)[:_MOST]
        with suppress(BadFilter):
            self._screen.painter.listing.filter(parse_filter(text))

    @property
    def filter(self) -> TaskFilter:
        """What holds, or will as soon as it is found."""
        return self._screen.painter.listing.wanted

    @property
    def is_open(self) -> bool:
        """Whether somebody is typing a filter."""
        return self._bar is not None and self._bar.is_open

    async def open(self) -> None:
        """Let somebody type."""
        if self._bar is None:
            from ant_tui.ui.widgets.filter_bar import FilterBar  # not before: the first frame does not need it

            self._bar = FilterBar(_PLACEHOLDER, id="filter")
            await self._screen.query_one("#task-pane").mount(self._bar)
        if self._screen.table.cursor_key is not None:
            self._from = self._screen.table.cursor_key
        self._bar.open(self.filter.text, self.earlier)

    def painted(self) -> None:
        """Put the cursor back on the task on which it was before a filter left none to put it on."""
        table = self._screen.table
        if self._lost and table.cursor_key is not None and self._from is not None:
            table.move_to(self._from)
        self._lost = table.cursor_key is None
        if not self._lost and not self.is_open:
            self._from = None

    def title(self) -> list[tuple[str, str]]:
        """What the border of the list says about it."""
        listing, order = self._screen.painter.listing, self._screen.painter.order
        if not self.filter.text:
            return []
        shown = "…" if listing.searching else f"{order.shown:,}"
        text = self.filter.text
        text = text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
        return [(f" · {shown} of {order.of:,} · ", ""), (f"/{text}", "bold")]

    def empty(self) -> str:
        """What stands in the list where the filter leaves nothing."""
        keys, order = self._screen.keymap, self._screen.painter.order
        lines = [
            f"No task matches {self.filter.text}",
            "",
            f"{keys.shown('table.clear')}  show all tasks",
            f"{keys.shown('list.filter')}  change the filter",
        ]
        if order.older:
            which = "matching task" if order.older == 1 else "matching tasks"
            lines += ["", f"{order.older:,} {which} ended too long ago to be listed (setting screen.finished_hours)."]
        return "\n".join(lines)

    def hints(self) -> list[Hint]:
        """The keys that work in the bar; none while it is closed."""
        if not self.is_open:
            return []
        return [
            Hint("enter", "keep the filter", "keep"),
            Hint("esc", "show all tasks", "clear"),
            Hint("↑↓", "earlier filters", "earlier", bool(self.earlier)),
        ]

    def press(self, hint: str) -> None:
        """Do what a click on one of the keys asks for."""
        assert self._bar is not None
        match hint:
            case "keep":
                self.keep(self._bar.text)
            case "clear":
                self.clear()
            case "earlier":
                self._bar.step(1)

    def change(self, text: str) -> None:
        """Follow what is typed; a word that means nothing is said, and the list is as it would be without it."""
        assert self._bar is not None
        try:
            wanted = parse_filter(text)
        except BadFilter as problem:
            self._bar.say("not understood", wrong=True)
            self._screen.host.say(str(problem), "bad")
            if problem.rest != self.filter:
                self._screen.painter.filter(problem.rest)
            return
        self._bar.say("")
        self._screen.hints.hush()
        self._screen.painter.filter(wanted)

    def keep(self, text: str) -> None:
        """Go back to the list with a filter, if it means something."""
        try:
            parse_filter(text)
        except BadFilter as problem:
            self._screen.host.say(str(problem), "bad")
        else:
            self._close()

    def clear(self) -> None:
        """Show all tasks, and go back to the list."""
        self._close()
        if self.filter.text:
            self._screen.painter.filter(TaskFilter())

    def leave(self) -> None:
        """Somebody went elsewhere: the filter that was understood last stays."""
        self._close(focus=False)

    def _close(self, *, focus: bool = True) -> None:
        text = self.filter.text
        if self.filter:
            self.earlier = [text, *(one for one in self.earlier if one != text)][:_MOST]
        if self._bar is not None and self._bar.is_open:
            self._bar.close()
            if focus:
                self._screen.table.focus()
