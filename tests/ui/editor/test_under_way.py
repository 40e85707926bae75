"""The editor while what was written is being carried out: it is no draft then, and it closes when it is done."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ant_tui.api.schema import Submission
from ant_tui.core.task import TaskState
from ant_tui.errors import NoScheduler
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.editor.drafts import DraftFile
from ant_tui.ui.editor.screen import EditorScreen
from tests.ui.apps import LivePilot, said, screen_says
from tests.ui.editor.test_screen import Editor, editor, here

__all__ = ["here"]


class SlowScheduler:
    """Takes what it is asked at once, and answers one of the requests when it is allowed to."""

    def __init__(
        self, hands: LivePilot, monkeypatch: pytest.MonkeyPatch, method: str, *, dry_run: bool = False
    ) -> None:
        self.taken = asyncio.Event()
        self.may_answer = asyncio.Event()
        self.fails = False
        real = hands.client.call

        async def slowly(asked: str, request: object) -> object:
            answer = await real(asked, request)
            if asked == method and getattr(request, "dry_run", False) is dry_run:
                self.taken.set()
                await self.may_answer.wait()
                if self.fails:
                    raise NoScheduler("The scheduler has not answered.")
            return answer

        monkeypatch.setattr(hands.client, "call", slowly)


@asynccontextmanager
async def under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[tuple[LivePilot, Editor, SlowScheduler]]:
    """The editor while its task is queued already, and it has not heard of that yet."""
    async with editor(tmp_path) as (hands, open_):
        scheduler = SlowScheduler(hands, monkeypatch, "submit_text")
        open_.put("true", id="x")
        await hands.until_shown("1 task would be queued")
        await hands.press("ctrl+s")
        await asyncio.wait_for(scheduler.taken.wait(), 20)
        yield hands, open_, scheduler


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
async def test_it_is_not_left_while_it_is_queued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str) -> None:
    """Nothing says that a draft is kept: the editor says what goes on, then what was queued, and the next is empty."""
    async with under_way(tmp_path, monkeypatch) as (hands, open_, scheduler):
        await hands.press(key, key)
        await hands.until_shown("It is being queued; a moment.")
        assert isinstance(hands.app.screen, EditorScreen)
        scheduler.may_answer.set()
        await hands.until(lambda: hands.app.screen is hands.app.main, "the main screen")
        assert said(hands.app) == "Queued as task 1, x."
        await hands.until_state("x", TaskState.COMPLETED)
        assert len(hands.tasks) == 1
        assert DraftFile(str(tmp_path / "data" / "draft.json")).find("new") is None
        await hands.press("a")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert (open_.command.text, open_.field("id").value) == ("", "")


async def test_a_request_that_fails_lets_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason takes the place of what was said, and esc leaves again, with a draft."""
    async with under_way(tmp_path, monkeypatch) as (hands, _, scheduler):
        await hands.press("escape")
        await hands.until_shown("It is being queued; a moment.")
        scheduler.fails = True
        scheduler.may_answer.set()
        await hands.until_shown("The scheduler has not answered.")
        assert "a moment" not in screen_says(hands.app)
        await hands.press("escape")
        await hands.until_said("The draft is kept")


async def test_it_closes_from_under_the_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer while something lies over the editor closes the editor, as soon as that is gone, and not that."""
    async with under_way(tmp_path, monkeypatch) as (hands, open_, scheduler):
        screen = open_.screen
        await hands.press("f1")
        await hands.until(lambda: isinstance(hands.app.screen, TextDialog), "the help")
        scheduler.may_answer.set()
        await hands.until(lambda: not screen._busy, "the answer")
        assert isinstance(hands.app.screen, TextDialog)
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.app.main, "the main screen")
        await hands.until_said("Queued as task 1, x.")
        assert len(hands.app.screen_stack) == 1


@pytest.mark.parametrize("key", ["ctrl+n", "ctrl+r"])
async def test_an_answer_to_a_question_comes_too_late(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """What is chosen when the task is queued already changes nothing, and the editor closes."""
    async with under_way(tmp_path, monkeypatch) as (hands, open_, scheduler):
        screen = open_.screen
        screen._past = ("echo earlier",)
        await hands.press(key)
        await hands.until(lambda: hands.app.screen is not screen, "the question")
        scheduler.may_answer.set()
        await hands.until(lambda: not screen._busy, "the answer")
        await hands.press("y" if isinstance(hands.app.screen, Confirm) else "enter")
        await hands.until(lambda: hands.app.screen is hands.app.main, "the main screen")
        assert DraftFile(str(tmp_path / "data" / "draft.json")).find("new") is None
        assert hands.app.is_running


async def test_who_leaves_while_it_is_checked_queues_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the scheduler is asked to queue it, esc leaves and keeps the draft, and that stays true."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("true", id="x")
        await hands.until_shown("1 task would be queued")
        scheduler = SlowScheduler(hands, monkeypatch, "submit_text", dry_run=True)
        screen = open_.screen
        await hands.press("ctrl+s")
        await asyncio.wait_for(scheduler.taken.wait(), 20)
        screen.action_leave()
        scheduler.may_answer.set()
        await hands.until_said("The draft is kept")
        await hands.until(lambda: not screen._busy, "the end of the submission")
        assert hands.tasks == {}


async def test_it_is_not_left_while_a_task_is_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same for a change, in words that fit."""
    async with editor(tmp_path, key="e", tasks=[Submission("true", "/", id="x")]) as (hands, open_):
        scheduler = SlowScheduler(hands, monkeypatch, "edit")
        open_.field("id").value = "y"
        await hands.press("ctrl+s")
        await asyncio.wait_for(scheduler.taken.wait(), 20)
        await hands.press("escape")
        await hands.until_shown("It is being changed; a moment.")
        scheduler.may_answer.set()
        await hands.until_said("y is changed.")
        assert hands.app.screen is hands.app.main
