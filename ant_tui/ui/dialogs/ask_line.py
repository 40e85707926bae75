"""Asking for one line of text: what is wrong with it is said while one types, and nothing wrong is answered."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.suggester import Suggester
from textual.widgets import Input, Static

from ant_tui.ui.dialogs.dialog import Dialog, paragraph, safe_content
from ant_tui.ui.editor.inputs import SafeInput

__all__ = ["AskLine"]


class AskLine(Dialog[str | None]):
    """A field; the answer is what is in it, None means that nothing is wanted."""

    AUTO_FOCUS = "#line"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("tab", "complete", "Complete", show=False, priority=True)]

    def __init__(
        self,
        title: str,
        lines: Sequence[str],
        *,
        value: str = "",
        placeholder: str = "",
        check: Callable[[str], str],
        suggester: Suggester | None = None,
        enter: str = "go",
    ) -> None:
        """Ask.

        Args:
            title: the question in a few words.
            lines: what should be known before.
            value: what is in the field at first.
            placeholder: shown while the field is empty.
            check: says what is wrong with a text, as a sentence; an empty one where it can be used.
            suggester: completes what is typed; tab takes its suggestion.
            enter: what enter does, in a word or two.
        """
        more = "tab complete · " if suggester is not None else ""
        super().__init__(title, keys=f"enter {enter} · {more}esc back")
        self._lines = lines
        self._value = value
        self._placeholder = placeholder
        self._check = check
        self._suggester = suggester

    def contents(self) -> ComposeResult:
        """Lines, field, error."""
        if self._lines:
            yield paragraph(self._lines, classes="lead")
        yield SafeInput(self._value, placeholder=self._placeholder, suggester=self._suggester, id="line")
        yield Static("", id="wrong", classes="error", markup=False)

    def on_mount(self) -> None:
        """Go on behind what is there."""
        self.query_one(Input).cursor_position = len(self._value)

    def _show(self, wrong: str) -> None:
        line = self.query_one("#wrong", Static)
        line.update(safe_content(wrong))
        line.set_class(bool(wrong), "-shown")

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        self._show(self._check(event.value) if event.value.strip() else "")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        wrong = self._check(event.value)
        self._show(wrong)
        if not wrong:
            self.dismiss(event.value)

    def action_complete(self) -> None:
        """Take what is suggested."""
        self.query_one(Input).action_cursor_right()
