"""Choosing one of a few things, each with a sentence about what it means. The first is the safe one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, TypeVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from ant_tui.output.sanitise import plain
from ant_tui.ui.dialogs.dialog import Dialog, paragraph, safe_content
from ant_tui.ui.widgets.hanging import Hanging

__all__ = ["Choice", "Choose"]

T = TypeVar("T")

_MANY = 4


@dataclass(frozen=True, slots=True)
class Choice(Generic[T]):
    """One thing that can be chosen.

    Attributes:
        value: what the dialog answers with.
        label: its name.
        help: what it means; may be empty.
    """

    value: T
    label: str
    help: str = ""


class Choose(Dialog[T | None], Generic[T]):
    """A list of choices; None means that nothing was chosen."""

    AUTO_FOCUS = "OptionList"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "step(1)", "Down", show=False),
        Binding("k", "step(-1)", "Up", show=False),
        Binding("q", "leave", "Back", show=False),
    ]

    def __init__(self, title: str, choices: Sequence[Choice[T]], *, lines: Sequence[str] = (), first: int = 0) -> None:
        """Ask.

        Args:
            title: the question in a few words.
            choices: what there is to choose.
            lines: what should be known before.
            first: the index of the choice that is marked at first.
        """
        super().__init__(title, keys="enter choose · esc back")
        self._choices = choices
        self._lines = lines
        self._first = first

    def contents(self) -> ComposeResult:
        """The lines and the list."""
        if self._lines:
            yield paragraph(self._lines, classes="lead")
        options = [Option(self._prompt(choice)) for choice in self._choices]
        yield OptionList(*options, markup=False, compact=True)

    def _prompt(self, choice: Choice[T]) -> Content | Hanging:
        if not choice.help:
            return safe_content(choice.label)
        label, help = Content.styled(plain(choice.label), "bold"), Content.styled(plain(choice.help), "dim")
        if len(self._choices) > _MANY:  # a long list has one line for each, if there is room
            widest = max(safe_content(other.label).cell_length for other in self._choices)
            return Hanging([(label, help)], indent=widest + 2)
        return Hanging([(Content(), label), (Content(" "), help)], indent=2)

    def on_mount(self) -> None:
        """Mark the first."""
        self.query_one(OptionList).highlighted = self._first

    def action_step(self, steps: int) -> None:
        """Move by the vi keys."""
        options = self.query_one(OptionList)
        if steps > 0:
            options.action_cursor_down()
        else:
            options.action_cursor_up()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Answer."""
        self.dismiss(self._choices[event.option_index].value)
