"""The settings screen: what is listed, what a change does to the file and to the screen, and what is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from ant_tui.config import load_settings
from ant_tui.ui.app import AntApp
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.screens.main import MainScreen
from ant_tui.ui.settings.dialog import SettingsDialog
from ant_tui.ui.settings.editing import EditSetting
from ant_tui.ui.themes import load_themes
from tests.ui.apps import screen_says, until
from tests.ui.fake_client import NOW, FakeClient, busy_machine

Golden = Callable[[App[Any], str], None]

FILE = """\
# mine, all mine
[scheduler]
max_gpus = 4  # half of them

[screen]
theme = "dark" # at night
"""


class Hands:
    """The app with the dialog open, and the hands of somebody who uses it."""

    def __init__(self, app: AntApp, pilot: Pilot[Any], dialog: SettingsDialog, file: Path) -> None:
        self.app = app
        self.pilot = pilot
        self.dialog = dialog
        self.file = file

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        await until(self.pilot, condition, what)

    async def until_said(self, part: str) -> None:
        await self.until(lambda: part in self.dialog.hints.message, f"{part!r} in {self.dialog.hints.message!r}")

    async def choose(self, key: str) -> None:
        """Put the cursor on a setting."""
        assert self.dialog.table.move_to(key)
        await self.pilot.pause()

    async def opened(self, kind: type[Any]) -> None:
        await self.until(lambda: isinstance(self.app.screen, kind), f"{kind.__name__}")
        await self.pilot.pause()

    async def closed(self) -> None:
        await self.until(lambda: self.app.screen is self.dialog, "the list of settings")


@asynccontextmanager
async def opened(
    file: Path, *, size: tuple[int, int] = (100, 30), theme: str = "dark", client: FakeClient | None = None
) -> AsyncIterator[Hands]:
    """Open the settings with their key."""
    if not file.exists():
        file.write_text(FILE)
    app = AntApp(
        client or busy_machine(),
        load_settings(file),
        themes=load_themes("/nonexistent").themes,
        theme=theme,
        clock=lambda: NOW,
        config=str(file),
    )
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
        await pilot.press("comma")
        await until(pilot, lambda: isinstance(app.screen, SettingsDialog) and hasattr(app.screen, "table"))
        dialog = app.screen
        assert isinstance(dialog, SettingsDialog)
        await until(pilot, lambda: dialog.table.size.height > 0)
        wide = 100  # cells, from which on there is room for meanings
        await until(pilot, lambda: len(dialog.table.columns) == 3 + (dialog.table.text_width >= wide), "the columns")
        await pilot.pause()
        yield Hands(app, pilot, dialog, file)


class TestLooks:
    @pytest.mark.parametrize("size", [(80, 24), (120, 40)])
    async def test_list(
        self, size: tuple[int, int], tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Sections, values, origins; all about the one under the cursor; meanings where there is room."""
        monkeypatch.setenv("ANT_TUI_GPUS__DEADLINE_S", "3")
        monkeypatch.setenv("HOME", str(tmp_path))
        async with opened(tmp_path / "config.toml", size=size) as hands:
            golden(hands.app, f"settings_{size[0]}x{size[1]}_dark")

    @pytest.mark.parametrize("theme", ["ansi", "sixteen"])
    async def test_themes(self, theme: str, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("HOME", str(tmp_path))
        async with opened(tmp_path / "config.toml", size=(80, 24), theme=theme) as hands:
            golden(hands.app, f"settings_80x24_{theme}")

    async def test_a_wrong_value(self, tmp_path: Path, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
        """The error stands below the field while one types."""
        monkeypatch.setenv("HOME", str(tmp_path))
        async with opened(tmp_path / "config.toml", size=(80, 24)) as hands:
            await hands.choose("scheduler.max_gpus")
            await hands.press("enter")
            await hands.opened(EditSetting)
            hands.app.screen.query_one(Input).cursor_blink = False
            await hands.press(*"99999")
            await hands.until(lambda: "This must be" in screen_says(hands.app))
            golden(hands.app, "settings_wrong_80x24_dark")

    async def test_filter(self, tmp_path: Path) -> None:
        """Words are looked for in names, meanings and values; ``changed`` finds what is not the default."""
        async with opened(tmp_path / "config.toml") as hands:
            await hands.press("slash", *"terminal's", "space", *"bell")
            await hands.until(lambda: [key for key in hands.dialog._rows.keys] == ["notify.bell"])
            await hands.press("escape", "slash", *"changed")
            await hands.until(lambda: hands.dialog._rows.keys == {"scheduler.max_gpus", "screen.theme"})
            await hands.press("escape")
            await hands.until(lambda: len(hands.dialog._rows.keys) > 50)


class TestChanging:
    async def test_a_number_is_typed_and_kept_with_all_comments(self, tmp_path: Path) -> None:
        """Nothing wrong can be saved; what is saved changes one line and nothing else of the file."""
        async with opened(tmp_path / "config.toml") as hands:
            await hands.choose("scheduler.max_gpus")
            await hands.press("enter")
            await hands.opened(EditSetting)
            await hands.press("x", "enter")
            await hands.until(lambda: "This must be a whole number" in screen_says(hands.app))
            assert hands.file.read_text() == FILE
            await hands.press("backspace", "backspace", "6", "enter")
            await hands.closed()
            assert hands.file.read_text() == FILE.replace("= 4 ", "= 6 ")
            await hands.until_said("scheduler.max_gpus is 6; that holds when the scheduler is started next.")

    async def test_leaving_the_field_changes_nothing(self, tmp_path: Path) -> None:
        async with opened(tmp_path / "config.toml") as hands:
            await hands.choose("scheduler.max_gpus")
            await hands.press("e")
            await hands.opened(EditSetting)
            await hands.press("9", "escape")
            await hands.closed()
            assert hands.file.read_text() == FILE

    async def test_what_is_true_or_false_changes_at_once(self, tmp_path: Path) -> None:
        """Enter flips it; d takes it out of the file again."""
        async with opened(tmp_path / "config.toml") as hands:
            await hands.choose("notify.bell")
            await hands.press("enter")
            await hands.until_said("notify.bell is true; that holds at once.")
            assert load_settings(hands.file).notify.bell
            assert hands.app.main.settings.notify.bell
            await hands.press("d")
            await hands.until_said("notify.bell is again false")
            assert "bell" not in hands.file.read_text()
            await hands.press("d")
            await hands.until_said("notify.bell has its default.")

    async def test_a_theme_is_seen_at_once(self, tmp_path: Path) -> None:
        """Only themes that the next start will find are offered."""
        async with opened(tmp_path / "config.toml") as hands:
            await hands.choose("screen.theme")
            await hands.press("enter")
            await hands.opened(Choose)
            shown = screen_says(hands.app)
            assert "high-contrast" in shown
            assert "nord" not in shown
            await hands.press("down", "down", "enter")
            await hands.closed()
            assert hands.app.theme == "light"
            assert 'theme = "light" # at night' in hands.file.read_text()

    async def test_columns_and_layout_change_at_once(self, tmp_path: Path) -> None:
        """The screen below is another one before the dialog is closed."""
        async with opened(tmp_path / "config.toml", size=(120, 40)) as hands:
            await hands.choose("screen.columns")
            await hands.press("enter")
            await hands.opened(EditSetting)
            hands.app.screen.query_one(Input).value = "id, state"
            await hands.press("enter")
            await hands.closed()
            main = hands.app.main
            assert [column.key for column in main.table.columns] == ["id", "state"]
            await hands.choose("screen.layout")
            await hands.press("enter")
            await hands.opened(Choose)
            await hands.press("G", "end", "enter")
            await hands.closed()
            assert main.arrangement.single
            await hands.press("escape")
            await hands.until(lambda: isinstance(hands.app.screen, MainScreen))

    async def test_finished_tasks_come_and_go_with_their_setting(self, tmp_path: Path) -> None:
        """``screen.finished_hours``: an end that is too long ago leaves the list at once."""
        client = busy_machine()
        async with opened(tmp_path / "config.toml", client=client) as hands:
            assert hands.app.main.table.move_to(1)
            await hands.choose("screen.finished_hours")
            await hands.press("enter")
            await hands.opened(EditSetting)
            hands.app.screen.query_one(Input).value = "1"
            await hands.press("enter")
            await hands.closed()
            assert not hands.app.main.table.move_to(1)

    async def test_wrapping_changes_the_output(self, tmp_path: Path) -> None:
        async with opened(tmp_path / "config.toml") as hands:
            await hands.choose("output.wrap")
            await hands.press("enter")
            await hands.until_said("output.wrap is true")
            assert hands.app.main.output.wrapping

    async def test_values_that_do_not_go_together_are_refused(self, tmp_path: Path) -> None:
        """The error stands beside the field, and the file is as it was."""
        async with opened(tmp_path / "config.toml") as hands:
            await hands.choose("gpus.sample_interval_s")
            await hands.press("enter")
            await hands.opened(EditSetting)
            hands.app.screen.query_one(Input).value = "60"
            await hands.press("enter")
            await hands.until(lambda: "is shorter than gpus.sample_interval_s" in screen_says(hands.app))
            assert hands.file.read_text() == FILE

    async def test_the_environment_is_stronger(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What a variable says cannot be changed here, and the reason is said."""
        monkeypatch.setenv("ANT_TUI_NOTIFY__BELL", "true")
        async with opened(tmp_path / "config.toml") as hands:
            await hands.choose("notify.bell")
            await hands.press("enter")
            await hands.until_said("ANT_TUI_NOTIFY__BELL in the environment says so")
            await hands.press("d")
            assert hands.file.read_text() == FILE

    async def test_a_file_that_cannot_be_written_is_told(self, tmp_path: Path) -> None:
        """The sentence names the file; nothing has changed."""
        folder = tmp_path / "config"
        folder.mkdir()
        async with opened(folder / "config.toml") as hands:
            hands.file.rename(tmp_path / "kept.toml")
            folder.rmdir()
            folder.write_text("a file where the folder was")
            await hands.choose("notify.bell")
            await hands.press("enter")
            await hands.until(lambda: "config.toml" in hands.dialog.hints.message)
            assert not hands.app.main.settings.notify.bell

    async def test_without_a_file_one_is_made(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The usual file need not be there; the first change makes it."""
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
        app = AntApp(busy_machine(), load_settings(), themes=load_themes().themes, theme="dark", clock=lambda: NOW)
        async with app.run_test(size=(100, 30)) as pilot:
            await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
            await pilot.press("comma")
            await until(pilot, lambda: isinstance(app.screen, SettingsDialog) and hasattr(app.screen, "table"))
            dialog = app.screen
            assert isinstance(dialog, SettingsDialog)
            dialog.table.move_to("output.wrap")
            await pilot.press("enter")
            await until(pilot, lambda: app.main.output.wrapping)
        assert (tmp_path / "config" / "ant-tui" / "config.toml").read_text() == "[output]\nwrap = true\n"
