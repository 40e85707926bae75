"""What dialogs around a long list have: a table, a filter, a line of keys that also says what was done.

Subclasses say what stands above and below the table, what the keys do, and what the filter means.
"""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from textual import events, on, work
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Input, Static

from ant_tui.errors import AntError
from ant_tui.ui.dialogs.dialog import Dialog
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.keys import shown_key
from ant_tui.ui.looks import STYLES
from ant_tui.ui.widgets.border_text import BorderText
from ant_tui.ui.widgets.key_hints import Hint, KeyHints
from ant_tui.ui.widgets.table_rows import Column
from ant_tui.ui.widgets.virtual_table import VirtualTable

__all__ = ["Key", "ListDialog", "ListTable", "bindings"]

log = logging.getLogger(__name__)

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of a dialog.

    Attributes:
        keys: as Textual names them, with commas between.
        action: the dialog's action.
        label: one or two words for the line of keys; empty keeps it to the help page.
        help: one sentence.
    """

    keys: str
    action: str
    label: str
    help: str


def bindings(keys: Sequence[Key]) -> list[BindingType]:
    """The bindings of a dialog's keys."""
    return [Binding(key.keys, key.action, key.help, show=False) for key in keys]


_COMMON = (
    Key("slash", "find", "filter", "Show only what has all of some words in it."),
    Key("question_mark,f1", "keys", "", "Show all keys of this dialog."),
)
_ALWAYS: Sequence[tuple[str, str]] = (
    ("↑ ↓ j k", "Up and down; pgup, pgdn, g and G go further."),
    ("esc", "Leave the filter, or the dialog."),
)


class ListTable(VirtualTable):
    """A table that leaves enter and esc to its dialog; a double click still opens a row."""

    def action_clear(self) -> None:
        """Not here: esc leaves the dialog, whatever is marked."""
        raise SkipAction

    def action_open(self) -> None:
        """Not here: what enter does is the dialog's."""
        raise SkipAction

    def on_click(self, event: events.Click) -> None:
        """Open a row by a double click."""
        event.prevent_default()  # else the base class's handler is called as well
        if event.chain == 2 and event.button == 1 and self.cursor_key is not None and event.y > 0:
            self.post_message(self.RowOpened(self, self.cursor_key))


class ListDialog(Dialog[T]):
    """A box as large as the screen allows, around a table."""

    AUTO_FOCUS = "#list"
    KEYS: ClassVar[tuple[Key, ...]] = ()
    """The dialog's own keys, the most important first."""
    BINDINGS: ClassVar[list[BindingType]] = [*bindings(_COMMON), Binding("q", "leave", "Back", show=False)]
    MARKS: ClassVar[bool] = False
    """Whether rows can be selected."""
    leaving = "back"
    """What esc does, in a word."""

    def __init__(self, title: str, columns: Sequence[Column], *, empty: str, filtered: str = "") -> None:
        """Make a dialog.

        Args:
            title: stands in the upper border.
            columns: of the table.
            empty: shown where there are no rows.
            filtered: the filter at first.
        """
        super().__init__(title, keys="")
        self.add_class("-listing")
        self.words = filtered
        """What the filter says."""
        self._columns = columns
        self._empty = empty

    def contents(self) -> ComposeResult:
        """Head, filter, table, foot, keys."""
        yield from self.head()
        with Horizontal(id="filter-line"):
            yield Static("/", markup=False)
            yield Input(self.words, placeholder="words", id="filter", compact=True, select_on_focus=False)
        yield ListTable(self._columns, empty=self._empty, movable=False, styles=STYLES, id="list")
        yield from self.foot()
        yield KeyHints(id="list-keys")

    def head(self) -> ComposeResult:
        """What stands above the table."""
        yield from ()

    def foot(self) -> ComposeResult:
        """What stands below the table."""
        yield from ()

    def on_mount(self) -> None:
        """Find the widgets."""
        self.table = self.query_one("#list", ListTable)
        self.filter = self.query_one("#filter", Input)
        self._filter_line = self.query_one("#filter-line")
        self._filter_line.display = bool(self.words)
        self.hints = self.query_one("#list-keys", KeyHints)
        self.border_text = BorderText(self.query_one(".box"))
        self.ready()
        self.show_keys()

    # -- for subclasses ----------------------------------------------------------------------------------------

    def ready(self) -> None:
        """The widgets are there."""

    def filter_changed(self) -> None:
        """``words`` says something else now."""
        raise NotImplementedError

    def shown_keys(self) -> Sequence[Key]:
        """The keys that the line of keys names, the most important first."""
        return (*self.KEYS, *_COMMON)

    def say(self, text: str, style: str = "") -> None:
        """Show a sentence for a while; the style is ``good``, ``bad``, ``warn`` or nothing."""
        self.hints.say(text, style)

    def show_keys(self) -> None:
        """Name the keys."""
        named = [key for key in self.shown_keys() if key.label]
        hints = [Hint(shown_key(key.keys.split(",")[0]), key.label, key.action) for key in named]
        self.hints.set_hints([Hint("esc", self.leaving, "leave"), *hints])

    @work(group="acts")
    async def act(self, doing: Coroutine[Any, Any, None]) -> None:
        """Do something that takes its time; what goes wrong is said."""
        try:
            await doing
        except AntError as error:
            more = f" ({error.reasons[0]})" if error.reasons and error.reasons[0] != error.sentence else ""
            self.say(f"{error.sentence}{more}", "bad")
        except Exception:
            log.exception("An act of a dialog failed")
            self.say("That went wrong because of an error in ant-tui; the log in the data directory says more.", "bad")

    # -- filter ------------------------------------------------------------------------------------------------

    def action_find(self) -> None:
        """Go to the filter."""
        self._filter_line.display = True
        self.filter.focus()

    def action_leave(self) -> None:
        """Leave the filter, then the dialog."""
        if self.filter.has_focus or self.filter.value:
            self.filter.value = ""
            self._filter_line.display = False
            self.table.focus()
        else:
            self.leave()

    def leave(self) -> None:
        """Leave the dialog with the safe answer."""
        self.dismiss(None)

    @on(Input.Changed, "#filter")
    def _filter_changed(self) -> None:
        if self.filter.value != self.words:
            self.words = self.filter.value
            self.filter_changed()

    @on(Input.Submitted, "#filter")
    def _filter_left(self) -> None:
        self._filter_line.display = bool(self.words)
        self.table.focus()

    # -- keys --------------------------------------------------------------------------------------------------

    def action_keys(self) -> None:
        """Show all keys."""
        rows = [(" ".join(map(shown_key, key.keys.split(","))), key.help) for key in (*self.KEYS, *_COMMON)]
        if self.MARKS:
            rows.append(("shift+↑ ↓", "Select a range."))
        self.app.push_screen(TextDialog("Keys", [*rows, *_ALWAYS]))

    def on_key(self) -> None:
        """Any key that nobody else wanted takes the message away."""
        self.hints.hush()

    @on(KeyHints.Pressed)
    async def _hint_pressed(self, message: KeyHints.Pressed) -> None:
        await self.run_action(message.action)
