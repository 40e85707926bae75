"""What is done to many selected tasks at once, and what is taken out of the screen."""

from __future__ import annotations

import random
from datetime import datetime
from pathlib import Path
from uuid import UUID

import pytest

from ant_tui.api.schema import NoArguments, Submission, Submit
from ant_tui.core.task import TaskState
from ant_tui.submission.drafts import FormValues, Sources
from ant_tui.submission.multi import parse_multi
from ant_tui.ui.dialogs.ask_line import AskLine
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.text import TextDialog
from tests.ui.apps import LivePilot, live

QUEUED, COMPLETED = TaskState.QUEUED, TaskState.COMPLETED


async def submit(hands: LivePilot, *ids: str, command: str = "true") -> None:
    tasks = tuple(Submission(command=command, workdir="/", id=id, gpus=0) for id in ids)
    await hands.client.call("submit", Submit(tasks))


async def asked(hands: LivePilot, kind: type) -> None:
    await hands.until(lambda: isinstance(hands.app.screen, kind), kind.__name__)


async def test_tags_are_put_on_and_taken_off_many_at_once(tmp_path: Path) -> None:
    """One question for all marked tasks: words add, -words take away; what there is is shown (rows 274, 278)."""
    async with live(tmp_path / "data") as hands:
        await hands.client.call("pause", NoArguments())
        await submit(hands, "a", "b", "c")
        await hands.select("a")
        await hands.press("t")
        await asked(hands, AskLine)
        await hands.until_shown("There is no tag yet.")
        await hands.write("draft")
        await hands.press("enter")
        await hands.until_said("a has the tag draft now.")
        await hands.press("asterisk", "t")
        await asked(hands, AskLine)
        await hands.until_shown("Tags of 3 tasks")
        await hands.until_shown("There now: draft (1).")
        await hands.write("night ")
        await hands.press("minus")
        await hands.write("draft")
        await hands.press("enter")
        await hands.until(lambda: {task.tags for task in hands.tasks.values()} == {("night",)}, "tags")


async def test_a_tag_that_cannot_be_is_told(tmp_path: Path) -> None:
    """The field says what is wrong; nothing is asked of the scheduler."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, "a")
        await hands.select("a")
        await hands.press("t")
        await asked(hands, AskLine)
        await hands.press("enter")
        await hands.until_shown("Write at least one word.")
        await hands.press("minus")
        await hands.until_shown("Behind the - goes the tag that is to be taken away.")
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.app.main)


async def test_retrying_several_asks_once(tmp_path: Path) -> None:
    """The question has the number; the result says how many were queued again."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, "a", "b")
        await hands.until_state("b", COMPLETED)
        await hands.until_state("a", COMPLETED)
        await hands.select("a")
        await hands.press("asterisk", "R")
        await asked(hands, Confirm)
        await hands.until_shown("Queue 2 tasks once more?")
        await hands.press("y")
        await hands.until_said("2 tasks queued again.")
        await hands.until_state("b-restart-1", COMPLETED)


async def test_holding_and_moving_many_needs_no_question(tmp_path: Path) -> None:
    """What loses nothing is done at once, to all that the filter shows and no others (rows 274, 275)."""
    async with live(tmp_path / "data") as hands:
        await hands.client.call("pause", NoArguments())
        await submit(hands, "vit-1", "clip-1", "vit-2", "clip-2")
        await hands.select("clip-2")
        await hands.press("slash")
        await hands.until(lambda: hands.app.main.filtering.is_open, "the bar")
        await hands.write("clip")
        await hands.until(lambda: hands.app.main.painter.order.shown == 2, "the filtered list")
        await hands.press("enter")
        await hands.until(lambda: hands.app.main.table.has_focus, "the list")
        await hands.press("asterisk", "H")
        await hands.until_said("2 tasks held.")
        await hands.press("T")
        await hands.until_said("2 tasks moved to the top.")
        assert [task.id for task in hands.client.state.queued()] == ["clip-1", "clip-2", "vit-1", "vit-2"]
        assert {name for name, task in hands.tasks.items() if task.held} == {"clip-1", "clip-2"}


@pytest.mark.parametrize(
    ("downs", "copied", "says"),
    [
        (0, "one\ntwo", "2 ids copied"),
        (1, "echo hi\necho hi", "2 commands copied"),
        (3, "ant-tui submit -J", "2 submit commands copied"),
        (4, "/output.log", "2 paths of logs copied"),
    ],
)
async def test_copying(downs: int, copied: str, says: str, tmp_path: Path) -> None:
    """The key y asks what of the selected tasks is to be copied: ids, commands, lines, paths."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, "one", "two", command="echo hi")
        await hands.until_state("one", COMPLETED)
        await hands.until_state("two", COMPLETED)
        await hands.select("two")
        await hands.press("asterisk", "y")
        await asked(hands, Choose)
        await hands.press(*["down"] * downs, "enter")
        await hands.until_said(says)
        lines = hands.app.clipboard.split("\n")
        assert len(lines) == 2
        if downs < 2:
            assert sorted(lines) == copied.split("\n")
        else:
            assert all(copied.removesuffix(" -J") in line for line in lines)


async def test_copying_a_task_as_a_line(tmp_path: Path) -> None:
    """Y copies what makes the same task again, and says so where a secret is in it (row 080)."""
    async with live(tmp_path / "data") as hands:
        await hands.client.call("pause", NoArguments())
        task = Submission(
            command="echo hi | cat", workdir="/", id="one", gpus=0, tags=("night",), variables={"API_KEY": "x y"}
        )
        await hands.client.call("submit", Submit((task,)))
        await hands.select("one")
        await hands.press("Y")
        await hands.until_said("The line of one copied to the clipboard. It holds the value of API_KEY.")
        sources = Sources(random.Random(1), datetime(2026, 11, 21), lambda: UUID(int=1))
        (draft,) = parse_multi(hands.app.clipboard, form=FormValues(), env_rows={}, sources=sources)
        assert (draft.command, draft.variables, draft.tags) == ("echo hi | cat", {"API_KEY": "x y"}, ("night",))


async def test_a_task_without_a_log_has_no_path(tmp_path: Path) -> None:
    async with live(tmp_path / "data") as hands:
        await hands.client.call("pause", NoArguments())
        await submit(hands, "one")
        await hands.select("one")
        await hands.press("y")
        await asked(hands, Choose)
        await hands.press("down", "down", "down", "down", "enter")
        await hands.until_said("No log yet: it has not started.")


async def test_refusals_are_listed_with_their_reasons(tmp_path: Path) -> None:
    """Where it did not work with several tasks, each is named, and why (row 274)."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, "one", "two", "three")
        for name in ("one", "two", "three"):
            await hands.until_state(name, COMPLETED)
        for name in ("one", "two"):
            (tmp_path / f"{name}.log").write_text("mine")
        await hands.select("one")
        await hands.press("asterisk", "L")
        await asked(hands, AskLine)
        hands.app.screen.query_one("#line").value = str(tmp_path)  # type: ignore[attr-defined]
        await hands.press("enter")
        await asked(hands, TextDialog)
        await hands.until_shown("1 task exported to")
        await hands.until_shown("exists already")
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.app.main)


async def test_tasks_that_were_left_out_are_told(tmp_path: Path) -> None:
    """An act on a mixed selection reaches those that it can reach, and says what about the others."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, "done")
        await hands.until_state("done", COMPLETED)
        await hands.client.call("pause", NoArguments())
        await submit(hands, "a", "b")
        await hands.select("a")
        await hands.press("asterisk", "H")
        await hands.until_said("2 tasks held; 1 other is not waiting.")


async def test_logs_are_exported_into_a_folder(tmp_path: Path) -> None:
    """Each selected task's log becomes ID.log with header and footer; nothing is written over (row 198)."""
    folder = tmp_path / "out" / "logs"
    async with live(tmp_path / "data") as hands:
        await submit(hands, "one", "two", command="echo printed by $ANT_TUI_TASK_ID")
        await hands.until_state("one", COMPLETED)
        await hands.until_state("two", COMPLETED)
        folder.mkdir(parents=True)
        (folder / "two.log").write_text("mine")
        await hands.select("two")
        await hands.press("asterisk", "L")
        await asked(hands, AskLine)
        await hands.until_shown("2 logs, each as ID.log")
        hands.app.screen.query_one("#line").value = str(folder)  # type: ignore[attr-defined]
        await hands.press("enter")
        await hands.until_said("1 task exported to")
        await hands.until_said("two.log exists already and was left as it is")
        text = (folder / "one.log").read_text()
        assert text.startswith("task ")
        assert "printed by" in text
        assert "completed (exit code 0)" in text
        assert (folder / "two.log").read_text() == "mine"


async def test_a_file_is_no_folder(tmp_path: Path) -> None:
    """A name that cannot be a folder is told while it is typed."""
    (tmp_path / "file").write_text("x")
    async with live(tmp_path / "data") as hands:
        await submit(hands, "one")
        await hands.until_state("one", COMPLETED)
        await hands.select("one")
        await hands.press("L")
        await asked(hands, AskLine)
        hands.app.screen.query_one("#line").value = str(tmp_path / "file")  # type: ignore[attr-defined]
        await hands.until_shown("That is a file, not a folder.")
        await hands.press("enter")
        assert isinstance(hands.app.screen, AskLine)
