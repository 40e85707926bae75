"""Choosing one of many earlier commands: type a few words of it, or go down the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from ant_tui.output.sanitise import plain
from ant_tui.ui.dialogs.dialog import Dialog, paragraph
from ant_tui.ui.editor.inputs import SafeInput
from ant_tui.ui.editor.past import matching

__all__ = ["PickCommand"]


class PickCommand(Dialog[str | None]):
    """A list that narrows while one types; answers with a command, or None."""

    AUTO_FOCUS = "#words"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "step(1)", "Down", show=False),
        Binding("up", "step(-1)", "Up", show=False),
        Binding("ctrl+r", "step(1)", "Down", show=False),
    ]

    def __init__(self, commands: Sequence[str]) -> None:
        """Offer commands, the first of them first."""
        super().__init__("Earlier commands", keys="type words · ↑↓ · enter take · esc back")
        self._commands = commands
        self._found: list[str] = list(commands)

    def contents(self) -> ComposeResult:
        """The words and the list."""
        if not self._commands:
            yield paragraph("No task is known yet, so there is no earlier command.")
            return
        yield SafeInput(placeholder="words of the command", id="words")
        commands = OptionList(id="commands", markup=False, compact=True)
        commands.can_focus = False
        yield commands

    def on_mount(self) -> None:
        """Show all."""
        if self._commands:
            self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the list."""
        self._show(event.value)

    def _show(self, words: str) -> None:
        self._found = matching(self._commands, words)
        commands = self.query_one("#commands", OptionList)
        commands.clear_options()
        commands.add_options([Option(Content(plain(command))) for command in self._found])
        commands.highlighted = 0 if self._found else None

    def action_step(self, steps: int) -> None:
        """Move in the list."""
        commands = self.query_one("#commands", OptionList)
        if steps > 0:
            commands.action_cursor_down()
        else:
            commands.action_cursor_up()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take the marked one."""
        event.stop()
        marked = self.query_one("#commands", OptionList).highlighted
        if marked is not None:
            self.dismiss(self._found[marked])

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Take the one that was clicked on."""
        self.dismiss(self._found[event.option_index])
