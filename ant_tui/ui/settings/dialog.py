"""The list of all settings, and the changing of one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Static

from ant_tui import paths
from ant_tui.config import Settings, edit_setting, load_settings
from ant_tui.errors import ConfigError
from ant_tui.output.sanitise import plain
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.dialogs.listing import Key, ListDialog, bindings
from ant_tui.ui.figures import count
from ant_tui.ui.places import from_home
from ant_tui.ui.settings.catalogue import Setting, catalogue, shown
from ant_tui.ui.settings.editing import EditSetting
from ant_tui.ui.widgets.section_rows import RowSection, SectionRows
from ant_tui.ui.widgets.table_rows import Cell, Column
from ant_tui.ui.widgets.virtual_table import VirtualTable
from ant_tui.ui.word_search import has_all

__all__ = ["SettingsDialog"]

_COLUMNS = (
    Column(key="name", title="SETTING", width=22, flex=1, crop="middle"),
    Column(key="value", title="VALUE", width=20, flex=2),
    Column(key="from", title="FROM", width=11),
)
_WIDE_COLUMNS = (
    Column(key="name", title="SETTING", width=22, crop="middle"),
    Column(key="value", title="VALUE", width=20, flex=1),
    Column(key="from", title="FROM", width=11),
    Column(key="meaning", title="MEANING", width=40, flex=3),
)
_WIDE = 100
"""Cells from which on there is room for a few words of what a setting means."""


class SettingsDialog(ListDialog[None]):
    """Changes the user's settings file, one setting at a time."""

    KEYS: ClassVar = (
        Key("enter,e", "change", "change", "Change this setting; what is true or false changes at once."),
        Key("d,delete", "reset", "default", "Take this setting out of the file, so that its default holds."),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(
        self, file: str | None, themes: Sequence[str], changed: Callable[[Settings], None], *, filtered: str = ""
    ) -> None:
        """Read the settings.

        Args:
            file: the settings file that was asked for; None for the usual one.
            themes: the names of all themes.
            changed: told of all settings after each change.
            filtered: the filter at first.

        Raises:
            ConfigError: the file cannot be used.
        """
        self._file = file
        self._path = paths.config_file(file)
        super().__init__(f"Settings · {from_home(self._path)}", _COLUMNS, empty="", filtered=filtered)
        self._themes = themes
        self._changed = changed
        self._settings = catalogue(file, themes)
        self._rows: SectionRows[Setting] = SectionRows([], _key, _cells)

    def foot(self) -> ComposeResult:
        """The setting under the cursor."""
        yield Static("", id="about-setting", markup=False)

    def ready(self) -> None:
        """Show them."""
        self._show()

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the columns that have room, and break words anew."""
        self.call_after_refresh(self._resized)

    def _resized(self) -> None:
        columns = _WIDE_COLUMNS if self.table.text_width >= _WIDE else _COLUMNS
        if columns != self.table.columns:
            self.table.set_columns(columns)
        self._show_about()

    # -- showing -----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        words = self.words.lower().split()
        sections: dict[str, list[Setting]] = {}
        for setting in self._settings:
            if not words or has_all(words, _searched(setting)):
                sections.setdefault(setting.section, []).append(setting)
        rows = [RowSection(((f"[{name}]", ""),), found) for name, found in sections.items()]
        self._rows = SectionRows(rows, _key, _cells)
        self.table.set_empty(f'No setting has "{self.words}" in it; esc clears the filter.')
        self.table.set_source(self._rows)
        changed = sum(setting.is_set for setting in self._settings)
        self.border_text.set_note((f" {count(changed, 'setting')} of yours · the others are defaults ", ""))
        self._show_about()

    def _show_about(self) -> None:
        setting = self._rows.thing(self.table.cursor_key)
        self.query_one("#about-setting", Static).update(_about(setting) if setting is not None else Content())

    def filter_changed(self) -> None:
        """Show what has all of the words."""
        self._show()

    @on(VirtualTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self._show_about()

    @on(VirtualTable.RowOpened)
    def _row_opened(self) -> None:
        self.action_change()

    # -- changing ----------------------------------------------------------------------------------------------

    def _changeable(self) -> Setting | None:
        """The setting under the cursor, if it can be changed; else says why not."""
        setting = self._rows.thing(self.table.cursor_key)
        if setting is not None and setting.fixed:
            self.say(setting.fixed, "warn")
            return None
        return setting

    def action_change(self) -> None:
        """Change it: at once, by choosing, or by typing."""
        setting = self._changeable()
        if setting is None:
            return
        if setting.choices == ("true", "false"):
            self._try(setting, not setting.value)
        elif setting.choices:
            now = shown(setting.value)
            first = setting.choices.index(now) if now in setting.choices else 0
            choices = [Choice(choice, choice) for choice in setting.choices]
            dialog = Choose(setting.key, choices, lines=[setting.meaning], first=first)
            self.app.push_screen(dialog, lambda chosen: self._try(setting, chosen) if chosen is not None else None)
        else:
            self.app.push_screen(EditSetting(setting, self._settings, lambda value: self._save(setting, value)))

    def action_reset(self) -> None:
        """Let the default hold."""
        setting = self._changeable()
        if setting is not None and setting.is_set:
            self._try(setting, None)
        elif setting is not None:
            self.say(f"{setting.key} has its default.")

    def _try(self, setting: Setting, value: Any) -> None:
        try:
            self._save(setting, value)
        except ConfigError as problem:
            self.say(problem.sentence, "bad")

    def _save(self, setting: Setting, value: Any) -> None:
        """Write the file, read it again, and let everybody know.

        Raises:
            ConfigError: it cannot be written.
        """
        edit_setting(self._path, setting.key, value)
        settings = load_settings(self._file)
        self._settings = catalogue(self._file, self._themes)
        self._changed(settings)
        self._show()
        now = next(one for one in self._settings if one.key == setting.key)
        back = "again " if value is None else ""
        self.say(f"{setting.key} is {back}{shown(now.value) or 'empty'}; that holds {setting.effect}.", "good")


def _key(setting: Setting) -> str:
    return setting.key


def _cells(setting: Setting) -> tuple[Cell, ...]:
    style = "strong" if setting.is_set else "quiet"
    value = shown(setting.value)
    return (
        setting.name,
        ((value, style),) if value else (("empty", "quiet"),),
        ((setting.line, "warn" if setting.fixed else "quiet"),),
        ((setting.meaning, "quiet"),),
    )


def _searched(setting: Setting) -> tuple[str, ...]:
    return (setting.key, setting.meaning, shown(setting.value), "changed" if setting.is_set else "")


def _about(setting: Setting) -> Content:
    default = shown(setting.default) or "empty"
    return Content.assemble(
        (plain(setting.meaning), ""),
        "\n",
        (plain(f"Allowed: {setting.allowed}. Default: {default}."), "dim"),
        "\n",
        (plain(setting.fixed), "$text-warning") if setting.fixed else (f"A change holds {setting.effect}.", "dim"),
    )
