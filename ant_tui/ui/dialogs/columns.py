"""Choosing the columns of the list of tasks and their order; the list below follows while one chooses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from ant_tui.ui.dialogs.dialog import Dialog, safe_content
from ant_tui.ui.widgets.hanging import Hanging

__all__ = ["ColumnsDialog"]


class ColumnsDialog(Dialog[tuple[str, ...] | None]):
    """All columns, those that are shown first; answers with the names of those, None for no change."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "flip", "Show or hide", show=False, priority=True),
        Binding("shift+up,K,ctrl+up", "shift(-1)", "Further left", show=False, priority=True),
        Binding("shift+down,J,ctrl+down", "shift(1)", "Further right", show=False, priority=True),
        Binding("j", "step(1)", "Down", show=False),
        Binding("k", "step(-1)", "Up", show=False),
        Binding("d", "default", "Default", show=False),
        Binding("q", "leave", "Back", show=False),
    ]

    def __init__(
        self,
        shown: Sequence[str],
        about: Mapping[str, str],
        default: Sequence[str],
        show: Callable[[tuple[str, ...]], None],
    ) -> None:
        """Ask.

        Args:
            shown: the columns of the moment, in order.
            about: every column and what it says.
            default: the columns that a list comes with.
            show: lets the list have other columns.
        """
        super().__init__("Columns of the list", keys="space show/hide · J K move · d default · enter keep · esc back")
        self._about = about
        self._default = tuple(default)
        self._show = show
        self._put(shown)

    def _put(self, shown: Sequence[str]) -> None:
        self._order = [*shown, *(name for name in self._about if name not in shown)]
        self._shown = set(shown)

    @property
    def chosen(self) -> tuple[str, ...]:
        """The columns that are to be shown, in order."""
        return tuple(name for name in self._order if name in self._shown)

    def contents(self) -> ComposeResult:
        """The columns, and a line for what is wrong."""
        yield OptionList(*map(self._option, self._order), markup=False, compact=True)
        yield Static("", id="wrong", classes="error", markup=False)

    def _option(self, name: str) -> Option:
        mark = "x" if name in self._shown else " "
        width = max(map(len, self._about)) + 2
        shown = Content.assemble(f"[{mark}] ", (name, "bold"))
        return Option(Hanging([(shown, Content.styled(self._about[name], "dim"))], indent=width + 4))

    def _changed(self, at: int) -> None:
        """Show what is chosen now, with the cursor at one of the columns."""
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options(map(self._option, self._order))
        options.highlighted = at
        self._say("")
        self._show(self.chosen)

    def _say(self, wrong: str) -> None:
        line = self.query_one("#wrong", Static)
        line.update(safe_content(wrong))
        line.set_class(bool(wrong), "-shown")

    @property
    def _at(self) -> int:
        return self.query_one(OptionList).highlighted or 0

    def action_flip(self) -> None:
        """Show the column under the cursor, or hide it."""
        name = self._order[self._at]
        if self._shown == {name}:
            self._say("A list needs at least one column.")
            return
        self._shown ^= {name}
        self._changed(self._at)

    def action_shift(self, steps: int) -> None:
        """Move the column under the cursor to another place."""
        at = self._at
        to = at + steps
        if 0 <= to < len(self._order):
            self._order.insert(to, self._order.pop(at))
            self._changed(to)

    def action_step(self, steps: int) -> None:
        """Move by the vi keys."""
        options = self.query_one(OptionList)
        if steps > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def action_default(self) -> None:
        """The columns that a list comes with."""
        self._put(self._default)
        self._changed(0)

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        self.dismiss(self.chosen)
