"""The first frame: the whole of it at once, and nothing before it that it does not need."""

from __future__ import annotations

import re
import time
from pathlib import Path
from typing import Any

import pytest
from textual.screen import Screen

from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.ui.dialogs.dialog import DIALOG_STYLES
from ant_tui.ui.screens.main import MainScreen
from tests.journal.stories import Opened, submitted
from tests.ui.apps import app_for, screen_says, until
from tests.ui.fake_client import busy_machine
from tests.ui.pty_bytes import pty_bytes
from tests.ui.test_app_golden import settled

NOT_YET = frozenset(
    (
        *("psutil", "pynvml", "_ssl", "tomlkit", "http.client", "urllib.request", "mcp", "pickletools"),
        *("ant_tui.submission", "ant_tui.importing", "ant_tui.mcp", "ant_tui.web", "ant_tui.ui.editor"),
        *("ant_tui.ui.settings", "ant_tui.ui.recovery", "ant_tui.ui.dialogs", "ant_tui.ui.acts.registry"),
        *("ant_tui.ui.notices.dialog", "ant_tui.ui.output_feed", "ant_tui.ui.log_lines", "ant_tui.ui.widgets.graph"),
        *("ant_tui.ui.widgets.filter_bar", "ant_tui.ui.demo", "ant_tui.output.line_terminal", "ant_tui.output.search"),
        *("ant_tui.client.remote", "ant_tui.notify.webhook", "ant_tui.api.verbs.submitting", "ant_tui.cli.submitting"),
        *("textual.widgets._text_area", "textual.widgets._markdown", "tree_sitter", "pygments", "markdown_it"),
    )
)
PROGRAM = """
import sys
sys.argv = ["ant-tui", "--data-dir", {data!r}, "--simulate-gpus", "8"]
from ant_tui.__main__ import main
sys.exit(main())
"""
_IMPORTED = re.compile(rb"import time:\s+\d+ \|\s+\d+ \| +(\S+)")


@pytest.fixture
def painted(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What the main screen said each time that it was painted as a whole or in part."""
    frames: list[str] = []
    paint = Screen._compositor_refresh

    def look(screen: Screen[Any]) -> None:
        paint(screen)
        if isinstance(screen, MainScreen) and not screen.app._batch_count:
            frames.append(screen_says(screen.app))

    monkeypatch.setattr(Screen, "_compositor_refresh", look)
    return frames


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (200, 60)])
async def test_the_first_frame_is_whole(size: tuple[int, int], painted: list[str]) -> None:
    """What is painted first is what stays there: every pane at its width, with its words, graphs, rows and keys."""
    app = app_for(busy_machine())
    async with app.run_test(size=size) as pilot:
        await settled(app, pilot)
        last = screen_says(app)
    assert "TIME" in last
    assert "whisper-eval" in last
    assert _without_output(painted[0]) == _without_output(last)


def _without_output(screen: str) -> list[str]:
    """The lines without the pane beside the list: a log is opened a moment later."""
    return [re.split("┃│|┛╰", line)[0] for line in screen.splitlines()]


async def test_widgets_are_styled_once_at_the_start(monkeypatch: pytest.MonkeyPatch, painted: list[str]) -> None:
    """Before the first frame nothing looks the styles of the whole screen up again, and there is one layout of it."""
    asked: list[int] = []
    update = MainScreen.update_node_styles

    def count(screen: MainScreen, animate: bool = True) -> None:
        asked.append(len(painted))
        update(screen, animate=animate)

    monkeypatch.setattr(MainScreen, "update_node_styles", count)
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await settled(app, pilot)
        assert 0 not in asked
        assert app.screen_stack == [app.main]


async def test_style_sheets_of_dialogs_come_after_it(monkeypatch: pytest.MonkeyPatch, painted: list[str]) -> None:
    """The main screen is painted before they are read; a dialog that opens first has them all the same."""
    monkeypatch.setattr("ant_tui.ui.screens.main._IDLE_S", 3600.0)
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await until(pilot, lambda: painted)
        assert not any(app.stylesheet.has_source(str(path)) for path in DIALOG_STYLES)
        await pilot.press("question_mark")
        await until(pilot, lambda: app.screen is not app.main)
        assert all(app.stylesheet.has_source(str(path)) for path in DIALOG_STYLES)


def test_nothing_is_imported_before_it_that_it_does_not_need(tmp_path: Path) -> None:
    """Dialogs, the editor, the language of tasks, what reads logs, TLS and psutil are not waited for."""
    data = tmp_path / "data"
    now = time.time()
    data.mkdir(mode=0o700)
    with Opened(data / "journal") as opened:
        opened.record(
            submitted(1),
            ev.TaskStarting(at=now, number=1, attempt=1),
            ev.TaskStarted(at=now, number=1, attempt=1, pid=1, pid_start=1, boot_id="b"),
            ev.TaskEnded(at=now, number=1, state=TaskState.COMPLETED, exit_code=0),
        )
    env = {"PYTHONPROFILEIMPORTTIME": "1", "XDG_RUNTIME_DIR": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    program = PROGRAM.format(data=str(data))
    wrote = pty_bytes(program, size=(120, 40), steps=[(b"completed", b"q")], env=env)
    before = wrote[: wrote.index(b"completed")]
    imported = {name.decode() for name in _IMPORTED.findall(before)}
    assert {"textual.app", "ant_tui.ui.panes.tasks", "ant_tui.journal.replay"} <= imported
    early = {name for name in imported if any(name == one or name.startswith(f"{one}.") for one in NOT_YET)}
    assert not early
