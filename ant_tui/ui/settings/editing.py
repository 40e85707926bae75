"""Typing a new value for one setting: what is wrong is said while one types, and nothing wrong can be saved."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from ant_tui.errors import ConfigError
from ant_tui.ui.dialogs.dialog import Dialog, paragraph, safe_content
from ant_tui.ui.settings.catalogue import Setting, parse, shown

__all__ = ["EditSetting"]


class EditSetting(Dialog[bool]):
    """One field; True means that something was saved."""

    AUTO_FOCUS = "#value"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+s", "save", "Save", show=False, priority=True)]

    def __init__(self, setting: Setting, settings: Sequence[Setting], save: Callable[[Any], None]) -> None:
        """Begin with the value that holds.

        Args:
            setting: which.
            settings: all of them, for what must fit together.
            save: writes a value; raises ConfigError where it cannot be written.
        """
        super().__init__(setting.key, keys="enter save · esc back")
        self._setting = setting
        self._settings = settings
        self._save = save

    def contents(self) -> ComposeResult:
        """Meaning, field, error."""
        setting = self._setting
        default = shown(setting.default) or "empty"
        lines = (setting.meaning, f"Allowed: {setting.allowed}.", f"Default: {default}.")
        yield paragraph(lines, classes="lead")
        yield Input(shown(setting.value), id="value", compact=True, select_on_focus=False)
        yield Static("", id="wrong", classes="error", markup=False)

    @on(Input.Changed)
    def _check(self) -> tuple[Any, str]:
        value, wrong = parse(self._setting, self.query_one(Input).value, self._settings)
        self._show(wrong)
        return value, wrong

    def _show(self, wrong: str) -> None:
        line = self.query_one("#wrong", Static)
        line.update(safe_content(wrong))
        line.set_class(bool(wrong), "-shown")

    @on(Input.Submitted)
    def action_save(self) -> None:
        """Save, if it can be."""
        value, wrong = self._check()
        if wrong:
            return
        try:
            self._save(value)
        except ConfigError as problem:
            self._show(getattr(problem, "problem", problem.sentence))
        else:
            self.dismiss(True)

    def action_leave(self) -> None:
        """Save nothing."""
        self.dismiss(False)
