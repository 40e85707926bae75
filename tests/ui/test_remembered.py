"""The file in which the screen keeps how it was left, and the putting back."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from textual.pilot import Pilot

from ant_tui import paths
from ant_tui.config import Settings
from ant_tui.ui.app import AntApp
from ant_tui.ui.remembered import Instead, Remembered, held, instead, load, save
from ant_tui.ui.screens.memory import Memory
from ant_tui.ui.situation import Pane
from ant_tui.ui.themes import load_themes
from tests.ui.apps import until
from tests.ui.fake_client import NOW, FakeClient, FakePlace, busy_machine


class TestFile:
    @given(
        st.builds(
            Remembered,
            pane=st.sampled_from(["", "gpus", "tasks", "output"]),
            zoomed=st.booleans(),
            theme=st.none() | st.builds(Instead, st.text(), st.text()),
            wrap=st.none() | st.builds(Instead, st.booleans(), st.booleans()),
            window_s=st.none() | st.builds(Instead, st.floats(1, 86400), st.floats(1, 86400)),
            sort=st.sampled_from(["queue", "ended", "name", "started"]),
            reverse=st.booleans(),
            filter=st.text(),
            filters=st.lists(st.text(), max_size=3).map(tuple),
        )
    )
    def test_gives_back_what_was_saved(self, remembered: Remembered) -> None:
        """Whatever is remembered survives the file."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = f"{folder}/ui-state.json"
            save(path, remembered)
            assert load(path) == (remembered, "")

    def test_that_is_not_there_is_nothing_to_talk_about(self, tmp_path: Path) -> None:
        """A first start begins as the settings say, without a word."""
        assert load(str(tmp_path / "none.json")) == (Remembered(), "")

    @pytest.mark.parametrize(
        "content",
        [
            b"", b"{", b"[]", b"\x80\x04\x95.", b'{"zoomed": "yes"}', b'{"window_s": {"chosen": -1, "setting": 300}}',
            b'{"theme": "dark"}', b"null", b"[" * 100_000, b'"' + b"x" * (1 << 17) + b'"', b"\xff\xfe{}",
        ],
        ids=range(11),
    )  # fmt: skip
    def test_that_cannot_be_read_gives_defaults_and_one_sentence(self, tmp_path: Path, content: bytes) -> None:
        """Never an error, never a guess; the file may even be a pickle."""
        path = tmp_path / "ui-state.json"
        path.write_bytes(content)
        remembered, problem = load(str(path))
        assert remembered == Remembered()
        assert problem.startswith("What the screen remembered cannot be read, so it begins anew (")
        assert str(path) in problem

    def test_of_a_newer_version_is_read_as_far_as_it_is_known(self, tmp_path: Path) -> None:
        """What is not known is ignored."""
        path = tmp_path / "ui-state.json"
        path.write_text('{"version": 9, "zoomed": true, "holograms": [1, 2]}')
        remembered, problem = load(str(path))
        assert (remembered.zoomed, problem) == (True, "")

    def test_is_private_whole_and_readable(self, tmp_path: Path) -> None:
        """JSON of mode 0600, written beside and renamed; nothing else is left in the folder."""
        path = tmp_path / "ui-state.json"
        save(str(path), Remembered(zoomed=True))
        save(str(path), Remembered(pane="gpus"))
        assert json.loads(path.read_text()) == {"pane": "gpus"}
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert os.listdir(tmp_path) == ["ui-state.json"]

    def test_that_cannot_be_written_costs_a_line_in_the_log(
        self, tmp_path: Path, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A full disk or a folder that is gone never harms the screen."""
        save(str(tmp_path / "gone" / "ui-state.json"), Remembered())
        assert "cannot be kept" in caplog.text
        assert os.listdir(tmp_path) == []


class TestChoices:
    def test_hold_until_the_setting_is_changed(self) -> None:
        """What was chosen on the screen is stronger than the setting, unless that was changed later."""
        assert held(instead("auto", "dark"), "auto") == "dark"
        assert held(instead("auto", "dark"), "light") == "light"
        assert held(None, "auto") == "auto"

    def test_that_are_what_the_setting_says_are_not_remembered(self) -> None:
        assert instead(300.0, 300.0) is None


def place(folder: Path) -> FakeClient:
    """A busy machine with a data directory that can be written."""
    client = busy_machine()
    client.place = FakePlace(data_dir=str(folder))
    return client


@asynccontextmanager
async def shown(
    client: FakeClient, settings: Settings | None = None, *, size: tuple[int, int] = (120, 40)
) -> AsyncIterator[tuple[AntApp, Pilot[Any]]]:
    themes = load_themes("/nonexistent").themes
    app = AntApp(client, settings or Settings(), themes=themes, theme="ansi", clock=lambda: NOW)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
        await pilot.pause()
        yield app, pilot


class TestScreen:
    async def test_comes_back_as_it_was_left(self, tmp_path: Path) -> None:
        """Pane, zoom, theme, wrap and window of the graphs (row 279)."""
        async with shown(place(tmp_path)) as (app, pilot):
            await pilot.press("1", "equals_sign", "3", "w", "z")
            app.theme = "light"
            await until(pilot, lambda: app.main.zoomed)
        async with shown(place(tmp_path)) as (app, pilot):
            await until(pilot, lambda: app.main.output.has_focus)
            main = app.main
            assert (main.pane, main.zoomed, app.theme) == (Pane.OUTPUT, True, "light")
            assert main.output.wrapping
            assert main.window.window_s == 900.0
            assert main.arrangement.single

    async def test_that_nobody_changed_leaves_little_behind(self, tmp_path: Path) -> None:
        """Only where the focus was; everything else goes on to follow the settings."""
        async with shown(place(tmp_path)):
            pass
        assert json.loads(Path(paths.ui_state_file(str(tmp_path))).read_text()) == {"pane": "tasks"}

    async def test_follows_a_setting_that_was_changed_since(self, tmp_path: Path) -> None:
        """Who writes into the file means it, also where something else was chosen on the screen before."""
        async with shown(place(tmp_path)) as (app, pilot):
            await pilot.press("3", "w", "2")
            app.theme = "light"
            await until(pilot, lambda: app.main.output.wrapping)
        settings = replace(Settings(), screen=replace(Settings().screen, theme="dark"))
        async with shown(place(tmp_path), settings) as (app, pilot):
            assert app.theme == "ansi"  # what the app was started with stays
            assert app.main.output.wrapping

    async def test_is_told_once_that_its_memory_is_damaged(self, tmp_path: Path) -> None:
        """Defaults hold, a sentence says so, and the next time all is well again."""
        path = Path(paths.ui_state_file(str(tmp_path)))
        path.write_text("{")
        async with shown(place(tmp_path)) as (app, pilot):
            await until(pilot, lambda: "it begins anew" in app.main.hints.message)
        async with shown(place(tmp_path)) as (app, pilot):
            await pilot.pause()
            assert app.main.hints.message == ""

    async def test_keeps_a_theme_that_is_gone_out_of_it(self, tmp_path: Path) -> None:
        """A theme of the user's that was deleted is not a reason to fail."""
        save(paths.ui_state_file(str(tmp_path)), Remembered(theme=Instead("deleted", "auto"), pane="cellar"))
        async with shown(place(tmp_path)) as (app, _):
            assert (app.theme, app.main.pane) == ("ansi", Pane.TASKS)

    async def test_writes_only_when_something_changed(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Once a minute it looks; what is as it was costs no write."""
        written: list[Remembered] = []
        monkeypatch.setattr("ant_tui.ui.screens.memory.save", lambda _, remembered: written.append(remembered))
        monkeypatch.setattr("ant_tui.ui.screens.memory._EVERY_S", 0.01)
        async with shown(place(tmp_path)) as (app, pilot):
            await until(pilot, lambda: written)
            looked: list[int] = []
            look = Memory._look

            def counted(memory: Memory) -> Remembered:
                looked.append(1)
                return look(memory)

            monkeypatch.setattr(Memory, "_look", counted)
            await until(pilot, lambda: len(looked) > 3)
            assert len(written) == 1
            app.main.zoomed = True
            await until(pilot, lambda: len(written) == 2)
            assert written[1].zoomed
