"""Every way to leave the screen, and what it says is to become of scheduler and tasks."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from ant_tui.ui.app import AntApp
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.leaving import Leaving
from tests.api.running import PATIENCE_S
from tests.ui.apps import app_for, screen_says, until
from tests.ui.fake_client import FakeClient, busy_machine


async def ready(app: AntApp, pilot: Pilot[Leaving]) -> None:
    await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))


async def left(app: AntApp) -> None:
    """Wait until it is decided that the screen is left, and how."""
    async with asyncio.timeout(PATIENCE_S):
        while app.return_value is None:
            await asyncio.sleep(0)


@pytest.mark.parametrize(
    ("keys", "leaving"),
    [
        (("enter",), Leaving.BACKGROUND), (("down", "enter"), Leaving.LEAVE), (("down", "j", "enter"), Leaving.KILL),
        (("down", "k", "enter"), Leaving.BACKGROUND),
    ],
)  # fmt: skip
@pytest.mark.parametrize("quit_key", ["q", "ctrl+q", "ctrl+c"])
async def test_open_work_is_asked_about(quit_key: str, keys: tuple[str, ...], leaving: Leaving) -> None:
    """With open work each of the three answers is one or two keys away, and the first costs nothing."""
    app = app_for(busy_machine())
    async with app.run_test() as pilot:
        await ready(app, pilot)
        await pilot.press(quit_key)
        await until(pilot, lambda: "3 tasks run and 4 tasks wait" in screen_says(app))
        await pilot.press(*keys)
        await left(app)
    assert app.return_value is leaving
    assert app.return_code == 0


async def test_the_question_can_be_left() -> None:
    """Esc goes back to the screen, and asking twice does not stack questions."""
    app = app_for(busy_machine())
    async with app.run_test() as pilot:
        await ready(app, pilot)
        await pilot.press("q")
        await until(pilot, lambda: isinstance(app.screen, Choose))
        await app.ask_to_leave()
        assert len(app.screen_stack) == 2
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        assert app.is_running


async def test_nothing_is_asked_where_nothing_is_open() -> None:
    """Without open work the screen is left at once; a held task alone needs no scheduler."""
    client = FakeClient()
    client.submit("held", held=True)
    client.end(client.run("done"))
    app = app_for(client)
    async with app.run_test() as pilot:
        await ready(app, pilot)
        await pilot.press("q")
        await left(app)
    assert app.return_value is Leaving.LEAVE


async def test_an_attached_screen_just_leaves() -> None:
    """Where the scheduler lives in another process, leaving the screen is nobody's business."""
    app = app_for(busy_machine(here=False))
    async with app.run_test() as pilot:
        await ready(app, pilot)
        await pilot.press("q")
        await left(app)
    assert app.return_value is Leaving.DETACH


@pytest.mark.parametrize(
    ("number", "open_work", "here", "leaving"),
    [
        (signal.SIGTERM, True, True, Leaving.LEAVE), (signal.SIGHUP, True, True, Leaving.BACKGROUND),
        (signal.SIGHUP, False, True, Leaving.LEAVE), (signal.SIGHUP, True, False, Leaving.DETACH),
    ],
)  # fmt: skip
async def test_signals(number: signal.Signals, open_work: bool, here: bool, leaving: Leaving) -> None:
    """TERM stops the scheduler and leaves the tasks; with a lost terminal, open work goes on in the background."""
    app = app_for(busy_machine(here=here) if open_work else FakeClient(here=here))
    async with app.run_test() as pilot:
        await ready(app, pilot)
        app.leave_without_asking(128 + number, terminal_gone=number == signal.SIGHUP)
    assert app.return_value is leaving
    assert app.return_code == 128 + number


async def test_the_first_decision_holds() -> None:
    """A signal that comes while the screen is being closed does not change what the person has chosen."""
    app = app_for(busy_machine())
    async with app.run_test() as pilot:
        await ready(app, pilot)
        app.exit(Leaving.KILL)
        app.leave_without_asking(129, terminal_gone=True)
    assert app.return_value is Leaving.KILL
    assert app.return_code == 0


async def test_term_follows_the_setting() -> None:
    """With ``shutdown.tasks = "kill"`` TERM ends the tasks as well."""
    from msgspec.structs import replace

    app = app_for(busy_machine())
    app.settings = replace(app.settings, shutdown=replace(app.settings.shutdown, tasks="kill"))
    async with app.run_test() as pilot:
        await ready(app, pilot)
        app.leave_without_asking(143, terminal_gone=False)
    assert app.return_value is Leaving.KILL


async def test_a_demo_is_left_without_a_question() -> None:
    """Nothing of a demo is meant to last."""
    app = app_for(busy_machine())
    app.demo = True
    async with app.run_test() as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: "A demo" in app.main.hints.message)
        await pilot.press("q")
        await left(app)
    assert app.return_value is Leaving.KILL


async def test_a_crash_leaves_a_report_without_secrets(tmp_path: Path) -> None:
    """An error in the screen ends in a private file with the traceback, but without the values of variables."""
    client = busy_machine(tmp_path)
    client.place = type(client.place)(data_dir=str(tmp_path))
    app = app_for(client)

    def fail() -> None:
        secret = "hunter2-" + "value"
        raise ZeroDivisionError(len(secret))

    async def crash_it() -> None:
        async with app.run_test() as pilot:
            await ready(app, pilot)
            app.call_later(fail)
            await pilot.pause()

    with pytest.raises(ZeroDivisionError):
        await crash_it()
    assert app.crashed
    assert app.return_code == 1
    report = Path(app.crash_report)
    text = report.read_text()
    assert "ZeroDivisionError: 13" in text
    assert "in fail" in text
    assert "hunter2-value" not in text
    assert report.stat().st_mode & 0o777 == 0o600


async def _crash(app: AntApp, *errors: Exception) -> None:
    """Let the screen fail with errors, one after the other in the same moment."""

    def fail(error: Exception) -> None:
        raise error

    async with app.run_test() as pilot:
        await ready(app, pilot)
        for error in errors:
            app.call_later(fail, error)
        await pilot.pause()


class _Rendered(Exception):
    """An error that brings a form of its own, as those of style sheets do."""

    def __rich__(self) -> str:
        return "a form of its own"


@pytest.mark.parametrize("errors", [(_Rendered("odd"),), (ZeroDivisionError("odd"), KeyError("that follows"))])
async def test_every_crash_has_its_report(tmp_path: Path, errors: tuple[Exception, ...]) -> None:
    """Whatever the error, and however many follow from it: the report of the first is there, and its path is known."""
    client = busy_machine(tmp_path)
    client.place = type(client.place)(data_dir=str(tmp_path))
    app = app_for(client)
    with pytest.raises(type(errors[0])):
        await _crash(app, *errors)
    assert app.crashed
    assert "odd" in Path(app.crash_report).read_text()


async def test_a_crash_without_a_data_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the data directory takes no report, it lies among the temporary files."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    client = busy_machine()
    client.place = type(client.place)(data_dir=str(tmp_path / "gone"))
    app = app_for(client)
    with pytest.raises(ZeroDivisionError):
        await _crash(app, ZeroDivisionError("odd"))
    assert Path(app.crash_report).parent == tmp_path


async def test_the_report_is_told_though_the_scheduler_cannot_be_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When handing over fails as well, both are told: the error, and where the report is."""
    from ant_tui.errors import AntError
    from ant_tui.ui import run

    class FailingSession:
        async def open(self) -> FakeClient:
            return busy_machine()

        async def close(self, leaving: Leaving, say: object) -> None:
            raise AntError("The scheduler could not be started.")

    async def fails(session: object, client: object, app: AntApp) -> Leaving:
        app.crashed, app.crash_report = True, "/tmp/report.txt"
        return Leaving.BACKGROUND

    monkeypatch.setattr(run, "_show", fails)
    with pytest.raises(AntError):
        await run.show(FailingSession(), app_for)  # type: ignore[arg-type]
    assert "The report is in /tmp/report.txt." in capsys.readouterr().err


async def test_a_screen_that_opens_while_all_is_closed_is_no_crash(tmp_path: Path) -> None:
    """A signal comes while a dialog is being put together: what it misses then is nobody's fault, the code is kept."""
    client = busy_machine(tmp_path)
    client.place = type(client.place)(data_dir=str(tmp_path))
    app = app_for(client)

    class Half(Screen[None]):
        def on_mount(self) -> None:
            app.leave_without_asking(143, terminal_gone=False)
            self.query_one("#list")

    async with app.run_test() as pilot:
        await ready(app, pilot)
        await app.push_screen(Half())
        await left(app)
    assert (app.return_value, app.return_code) == (Leaving.LEAVE, 143)
    assert not app.crashed
    assert list(tmp_path.glob("crash-*")) == []
