"""Notices: what is heard, what is kept, what is toasted, and what the terminal is told."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.app import App
from textual.pilot import Pilot
from textual.widgets._toast import Toast

from ant_tui.api import schema
from ant_tui.client.local import LocalClient
from ant_tui.config import Settings
from ant_tui.config.schema import NotifySettings
from ant_tui.core import events as ev
from ant_tui.core.resources import ExternalUse
from ant_tui.core.task import TaskState
from ant_tui.scheduler.publisher import Observed, Publication, Recorded, Reset
from ant_tui.ui.app import AntApp
from ant_tui.ui.notices import terminal
from ant_tui.ui.notices.dialog import NoticesDialog
from ant_tui.ui.notices.hearing import Hearing
from ant_tui.ui.notices.notice import Notice
from ant_tui.ui.screens.main import MainScreen
from ant_tui.ui.themes import load_themes
from tests.api.running import running
from tests.ui.apps import screen_says, until
from tests.ui.fake_client import NOW, FakeClient, busy_machine
from tests.ui.sources import HOSTILE

Golden = Callable[[App[Any], str], None]


class Ear:
    """Hears a client and writes down the news."""

    def __init__(self, client: FakeClient) -> None:
        self.hearing = Hearing(client, lambda: NOW)
        self.news: list[Notice] = []
        client.listen(self._hear)

    def _hear(self, publication: Publication) -> None:
        self.news += [notice for notice, _ in self.hearing.hear(publication)]

    @property
    def said(self) -> list[tuple[str, str, bool]]:
        return [(notice.text, notice.style, notice.loud) for notice in self.news]


class TestHearing:
    @pytest.mark.parametrize(
        ("state", "style", "loud"),
        [
            (TaskState.FAILED, "bad", True), (TaskState.TIMEOUT, "bad", True), (TaskState.LOST, "bad", True),
            (TaskState.OUT_OF_MEMORY, "bad", True), (TaskState.COMPLETED, "good", False),
            (TaskState.CANCELLED, "quiet", False),
        ],
    )  # fmt: skip
    def test_ends_of_tasks(self, state: TaskState, style: str, loud: bool) -> None:
        """Failures are loud; what went well, or was asked for, is only kept."""
        client = FakeClient()
        client.has_gpus(1)
        ear = Ear(client)
        number = client.run("train", 0)
        client.end(number, state)
        word = state.value.replace("_", " ")
        assert ear.said == [(f"train: {word}", style, loud)]
        assert (ear.news[0].task, ear.news[0].at) == (number, NOW)

    def test_the_reason_is_told(self) -> None:
        """Exit code or signal, as the list of tasks says it."""
        client = FakeClient()
        ear = Ear(client)
        client.end(client.run("a"), TaskState.FAILED, exit_code=3)
        client.end(client.run("b"), TaskState.FAILED, exit_code=137, signal=9)
        assert [text for text, _, __ in ear.said] == ["a: failed, exit code 3", "b: failed, ended by SIGKILL"]

    def test_gpus_that_are_lost_and_come_back(self) -> None:
        """Both are told, once; the loss is loud."""
        client = FakeClient()
        client.has_gpus(2)
        ear = Ear(client)
        for changes in ({"gpu1": {"lost": "Xid 79"}}, {"gpu1": {"lost": "Xid 79"}}, {}):
            client.has_gpus(2, **changes)
        assert ear.said == [("GPU 1 is lost: Xid 79", "bad", True), ("GPU 1 answers again.", "good", False)]

    def test_gpus_that_vanish(self) -> None:
        client = FakeClient()
        client.has_gpus(2)
        ear = Ear(client)
        client.has_gpus(1)
        assert ear.said == [("GPU 1 is not there any more.", "bad", True)]

    def test_gpus_that_others_use(self) -> None:
        """Who and what; nothing that somebody would have to be woken for."""
        client = FakeClient()
        client.has_gpus(1)
        ear = Ear(client)
        client.has_gpus(1, gpu0={"external": ExternalUse(since=NOW, pid=1, user="alice", command="python x.py")})
        client.has_gpus(1)
        assert ear.said == [
            ("GPU 0 is used by alice: python x.py", "warn", False),
            ("GPU 0 is not used by others any more.", "quiet", False),
        ]

    def test_trouble_is_told_when_it_comes_and_when_it_goes(self) -> None:
        """A scheduler that is gone, a disk that is full: loud, and once however long it lasts."""
        client = FakeClient(here=False)
        ear = Ear(client)
        client.trouble = "the scheduler has not answered since 10:41:55; what is shown is old"
        client.publish(Reset(client.trouble))
        client.publish(Reset(client.trouble))
        client.trouble = ""
        client.publish(Reset(""))
        assert ear.said == [
            ("The scheduler has not answered since 10:41:55; what is shown is old.", "bad", True),
            ("The scheduler works again.", "good", False),
        ]

    def test_what_ended_while_nobody_answered_is_told_afterwards(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A connection that breaks and comes back costs no notice."""
        client = FakeClient(here=False)
        before = client.run("before")
        client.end(before, ago=500)
        late = client.run("late", ago=300)
        ear = Ear(client)
        with monkeypatch.context() as silence:
            silence.setattr(client, "publish", lambda _: None)
            client.end(late, TaskState.FAILED, ago=100, exit_code=1)
        client.publish(Reset(""))
        client.publish(Reset(""))
        assert ear.said == [("late: failed, exit code 1", "bad", True)]

    def test_the_queue_that_is_paused_and_goes_on(self) -> None:
        client = FakeClient()
        ear = Ear(client)
        client.happens(ev.QueuePaused)
        client.happens(ev.QueueUnpaused)
        assert [style for _, style, __ in ear.said] == ["warn", "good"]

    def test_the_past_is_there_at_the_start(self) -> None:
        """The last ends, oldest first, none of them loud."""
        past = Hearing(busy_machine(), lambda: NOW).past(2)
        assert [(notice.text, notice.loud) for notice in past] == [
            ("debug: cancelled", False), ("clip-bs512: failed, exit code 1", False),
        ]  # fmt: skip

    def test_other_publications_are_no_news(self) -> None:
        """A sample, a task that is queued, GPUs that look as before."""
        client = busy_machine()
        ear = Ear(client)
        client.samples(1)
        client.submit("x")
        client.publish(Recorded(()))
        client.publish(Observed(ev.GpusObserved(at=NOW, gpus=())))
        assert ear.said == []


class TestTerminal:
    def told(self, count: int, environ: dict[str, str] | None = None, **wishes: bool) -> str:
        client = FakeClient()
        numbers = [client.end(client.run(f"t{n}"), TaskState.FAILED, exit_code=1) for n in range(count)]
        tasks = [client.state.tasks[number] for number in numbers]
        return terminal.sequences(tasks, **{"bell": True, "desktop": True, **wishes}, environ=environ or {})

    def test_one_task(self) -> None:
        """A notice that names it, and a bell, each only where it is wanted."""
        assert self.told(1, desktop=False) == "\a"
        assert self.told(1, bell=False, environ={"TERM": "kitty"}) == "\x1b]777;notify;ant-tui;t0: failed\a"
        assert self.told(1, bell=False, desktop=False) == ""

    def test_many_tasks_are_one_notice_and_one_bell(self) -> None:
        """A thousand failures ring once."""
        told = self.told(1000, environ={"TERM": "kitty"})
        assert told.endswith("\a\a")
        assert told.count("\a") == 2
        assert "1000 tasks ended: 1000 failed (t0, t1, t2, t3, t4, …)" in told

    def test_tmux_is_asked_to_hand_it_on(self) -> None:
        """The notice is wrapped, the bell is tmux's own business."""
        told = self.told(1, environ={"TMUX": "/tmp/x,1,0", "TERM": "kitty"})
        assert told == "\x1bPtmux;\x1b\x1b]777;notify;ant-tui;t0: failed\a\x1b\\\a"
        assert terminal.through_tmux("") == ""

    @pytest.mark.parametrize("text", HOSTILE)
    def test_ids_cannot_speak_to_the_terminal(self, text: str) -> None:
        """Whatever a task is called: the sequences are ours alone."""
        client = FakeClient()
        task = client.state.tasks[client.end(client.run(text), TaskState.FAILED, detail=text)]
        told = terminal.sequences([task], bell=True, desktop=True, environ={"TERM": "kitty"})
        assert told.startswith("\x1b]777;notify;ant-tui;")
        assert told.endswith("\a\a")
        assert told[5:-2].isprintable()

    def test_nothing_is_written_where_there_is_no_terminal(self) -> None:
        """A test's app has none; nothing fails."""
        terminal.write(App(), "\a")


class Spoken:
    """What the terminal was told."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.sequences: list[str] = []
        monkeypatch.setattr(
            terminal, "write", lambda _, sequence: self.sequences.append(sequence) if sequence else None
        )


@pytest.fixture
def spoken(monkeypatch: pytest.MonkeyPatch) -> Spoken:
    return Spoken(monkeypatch)


@asynccontextmanager
async def shown(
    client: Any, *, size: tuple[int, int] = (100, 30), notify: NotifySettings | None = None, theme: str = "dark"
) -> AsyncIterator[tuple[AntApp, Pilot[Any]]]:
    settings = replace(Settings(), notify=notify or NotifySettings())
    themes = load_themes("/nonexistent").themes
    fixed: dict[str, Any] = {"clock": lambda: NOW} if isinstance(client, FakeClient) else {}
    app = AntApp(client, settings, themes=themes, theme=theme, **fixed)
    async with app.run_test(size=size, notifications=True) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
        yield app, pilot


def toasts(app: AntApp) -> list[str]:
    return [str(toast.render()) for toast in app.screen.query(Toast)]


class TestToasts:
    async def test_a_failure_is_toasted_and_a_success_is_not(self) -> None:
        """Only what nobody asked for and somebody may have to look at covers a part of the screen."""
        client = busy_machine()
        async with shown(client) as (app, pilot):
            client.end(4)
            client.end(5, TaskState.FAILED, exit_code=1)
            await until(pilot, lambda: toasts(app))
            assert toasts(app) == ["vit-sweep-3: failed, exit code 1"]

    async def test_never_more_than_one(self) -> None:
        """What comes together is one toast with a count; what comes later takes its place."""
        client = busy_machine()
        async with shown(client) as (app, pilot):
            numbers = [client.run(f"bad-{n}") for n in range(50)]
            for number in numbers:
                client.end(number, TaskState.FAILED)
            await until(pilot, lambda: toasts(app))
            assert toasts(app) == ["bad-0: failed\nbad-1: failed\nbad-2: failed\nand 47 more"]
            client.has_gpus(8, gpu0={"lost": "it hangs"})
            await until(pilot, lambda: toasts(app) == ["GPU 0 is lost: it hangs"])

    async def test_hostile_texts_are_only_shown(self) -> None:
        """No markup, no escape sequence of an id or a reason gets further than a toast's text."""
        client = FakeClient()
        async with shown(client) as (app, pilot):
            for text in HOSTILE:
                client.end(client.run(text), TaskState.FAILED, detail=text)
            await until(pilot, lambda: toasts(app))
            assert all(character.isprintable() for row in screen_says(app).split("\n") for character in row)


class TestBell:
    async def test_rings_as_the_settings_say(self, spoken: Spoken) -> None:
        """Only for the states that are told, and only where it is wanted."""
        client = busy_machine()
        async with shown(client, notify=NotifySettings(bell=True, states=("failed",))) as (app, pilot):
            client.end(4)
            client.end(5, TaskState.FAILED)
            await until(pilot, lambda: spoken.sequences)
            assert spoken.sequences == ["\a"]
            app.main.settings = replace(app.main.settings, notify=NotifySettings(bell=True, states=("completed",)))
            client.end(client.run("good"))
            await until(pilot, lambda: len(spoken.sequences) == 2)

    async def test_is_silent_by_default(self, spoken: Spoken) -> None:
        """Nobody is rung out of bed by a default."""
        client = busy_machine()
        async with shown(client) as (app, pilot):
            client.end(5, TaskState.FAILED)
            await until(pilot, lambda: toasts(app))
            assert spoken.sequences == []


class TestList:
    @pytest.mark.parametrize("size", [(80, 24), (120, 40)])
    async def test_looks(self, size: tuple[int, int], golden: Golden) -> None:
        """Newest first, with time and task; what is bad stands out."""
        client = busy_machine()
        async with shown(client, size=size) as (app, pilot):
            client.end(5, TaskState.FAILED, exit_code=1)
            client.end(4)
            client.has_gpus(8, gpu0={"lost": "Xid 48: double bit error"})
            client.happens(ev.QueuePaused)
            app.push_screen(NoticesDialog(app.main.board, clock=lambda: NOW))
            await until(pilot, lambda: "Xid 48" in screen_says(app) and not toasts(app))
            await pilot.pause()
            golden(app, f"notices_{size[0]}x{size[1]}_dark")

    async def test_no_toast_covers_it(self) -> None:
        """What comes while the list is open stands in the list, and is toasted again once it is closed."""
        client = busy_machine()
        async with shown(client) as (app, pilot):
            client.end(5, TaskState.FAILED)  # its toast is due after the list is open
            await pilot.press("M")
            await until(pilot, lambda: isinstance(app.screen, NoticesDialog) and app.main.board.is_read)
            await until(pilot, lambda: not toasts(app))
            told = app.main.board._tell
            client.end(client.run("other"), TaskState.FAILED, exit_code=7)
            await until(pilot, lambda: "exit code 7" in screen_says(app))
            told()
            await pilot.pause()
            assert not toasts(app)
            assert not app._notifications
            await pilot.press("escape")
            await until(pilot, lambda: isinstance(app.screen, MainScreen) and not app.main.board.is_read)
            client.end(client.run("late"), TaskState.FAILED)
            await until(pilot, lambda: toasts(app) == ["late: failed"])

    async def test_leads_to_the_task(self) -> None:
        """M opens the list, enter puts the cursor on the task."""
        client = busy_machine()
        async with shown(client) as (app, pilot):
            await pilot.press("M")
            await until(pilot, lambda: isinstance(app.screen, NoticesDialog) and hasattr(app.screen, "table"))
            await pilot.press("down", "enter")
            await until(pilot, lambda: isinstance(app.screen, MainScreen))
            assert app.main.table.cursor_key == 2

    async def test_says_where_a_task_cannot_be_shown(self) -> None:
        """A forgotten task is not in the list; a notice about no task leads nowhere."""
        client = busy_machine()
        async with shown(client) as (app, pilot):
            client.happens(ev.TaskForgotten, number=3)
            client.happens(ev.QueuePaused)
            await pilot.press("M")
            await until(pilot, lambda: isinstance(app.screen, NoticesDialog) and hasattr(app.screen, "table"))
            await pilot.press("enter")
            await until(pilot, lambda: "This is not about a task." in screen_says(app))
            await pilot.press("down", "enter")
            await until(pilot, lambda: "Task 3 is not in the list" in app.main.hints.message)

    async def test_grows_while_it_is_open_and_can_be_filtered(self) -> None:
        client = busy_machine()
        async with shown(client) as (app, pilot):
            await pilot.press("M")
            await until(pilot, lambda: isinstance(app.screen, NoticesDialog) and hasattr(app.screen, "table"))
            client.end(5, TaskState.FAILED, exit_code=77)
            await until(pilot, lambda: "exit code 77" in screen_says(app))
            await pilot.press("slash", *"cancelled")
            await until(pilot, lambda: "1 of 4" in screen_says(app))

    async def test_that_is_filtered_leaves_telling_to_the_toasts(self) -> None:
        """A failure that the filter may hide is told as if the list were closed, until the filter is gone."""
        client = busy_machine()
        async with shown(client) as (app, pilot):
            await pilot.press("M")
            await until(pilot, lambda: isinstance(app.screen, NoticesDialog) and hasattr(app.screen, "table"))
            await pilot.press("slash", *"zzz", "enter")
            client.end(5, TaskState.FAILED, exit_code=77)
            await until(pilot, lambda: toasts(app) == ["vit-sweep-3: failed, exit code 77"])
            await pilot.press("escape")
            await until(pilot, lambda: "exit code 77" in screen_says(app) and app.main.board.is_read)

    async def test_a_real_failure_is_told(self, tmp_path: Path) -> None:
        """From a process that ends with 3 to the toast and the list."""
        async with running(tmp_path / "data") as service:
            client = LocalClient(service.dispatcher)
            async with shown(client) as (app, pilot):
                await client.call("submit", schema.Submit((schema.Submission("exit 3", "/", id="bad"),)))
                await until(pilot, lambda: toasts(app) == ["bad: failed, exit code 3"])
                assert [notice.text for notice in app.main.board.notices] == ["bad: failed, exit code 3"]
