"""What keys do, with a real scheduler beside the screen: every act, its question, and what it says afterwards."""

from __future__ import annotations

from pathlib import Path

from ant_tui.api.schema import Submission, Submit
from ant_tui.core.task import TaskState
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.situation import Pane
from tests.ui.apps import LivePilot, live, said, screen_says

RUNNING, QUEUED, CANCELLED = TaskState.RUNNING, TaskState.QUEUED, TaskState.CANCELLED


async def submit(hands: LivePilot, *tasks: tuple[str, str, int]) -> None:
    """Queue tasks behind the screen's back: (id, command, GPUs)."""
    submissions = tuple(Submission(command=command, workdir="/", id=id, gpus=gpus) for id, command, gpus in tasks)
    await hands.client.call("submit", Submit(submissions))


async def test_cancelling_a_running_task_asks(tmp_path: Path) -> None:
    """The question says what is lost, its default is no, and yes ends the task."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("long", "sleep 1000", 1))
        await hands.until_state("long", RUNNING)
        await hands.select("long")
        await hands.press("x")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm))
        await hands.until_shown("what it has not saved is lost")
        await hands.press("enter")
        await hands.until(lambda: hands.app.screen is hands.app.main)
        assert hands.tasks["long"].state is RUNNING
        await hands.press("x")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm))
        await hands.press("y")
        await hands.until_said("long is being ended.")
        await hands.until_state("long", CANCELLED)


async def test_cancelling_several_tasks_asks_once_and_counts(tmp_path: Path) -> None:
    """One question for all, with their number; those that had ended already are counted apart (row 274)."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("done", "true", 0))
        await hands.until_state("done", TaskState.COMPLETED)
        await hands.client.call("pause", _nothing())
        await submit(hands, ("one", "true", 0), ("two", "true", 0))
        await hands.select("one")
        await hands.press("asterisk", "x")
        await hands.until_shown("Cancel 2 tasks?")
        await hands.press("y")
        await hands.until_said("2 tasks cancelled; 1 had ended already.")
        assert {hands.tasks[name].state for name in ("one", "two")} == {CANCELLED}


async def test_hold_and_release(tmp_path: Path) -> None:
    """H keeps a task from starting, H again lets it go; the reason stands in its row."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("block", "sleep 1000", 2), ("later", "true", 2))
        await hands.until_state("block", RUNNING)
        await hands.select("later")
        await hands.press("H")
        await hands.until_said("later is held.")
        await hands.until_shown("‖ held")
        await hands.press("H")
        await hands.until_said("later is released.")
        assert not hands.tasks["later"].held


async def test_suspend_and_resume(tmp_path: Path) -> None:
    """S stops a running task and says that its memory stays taken; S again lets it go on."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("long", "sleep 1000", 1))
        await hands.until_state("long", RUNNING)
        await hands.select("long")
        await hands.press("S")
        await hands.until_state("long", TaskState.SUSPENDED)
        await hands.until_said("Its GPU memory stays taken.")
        await hands.press("S")
        await hands.until_state("long", RUNNING)


async def test_retry_queues_a_new_task(tmp_path: Path) -> None:
    """R queues the same command once more under a new id."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("once", "false", 0))
        await hands.until_state("once", TaskState.FAILED)
        await hands.select("once")
        await hands.press("R")
        await hands.until_said("once is queued again as once-restart-1.")
        await hands.until_state("once-restart-1", TaskState.FAILED)


async def test_moving_changes_the_order(tmp_path: Path) -> None:
    """T, ctrl+up, ctrl+down and B move the selected task in the queue; the cursor stays on it."""
    async with live(tmp_path / "data") as hands:
        await hands.client.call("pause", _nothing())
        await submit(hands, *((name, "true", 0) for name in "abc"))

        def order() -> str:
            return "".join(task.id for task in hands.client.state.queued())

        await hands.select("c")
        for key, wanted in (("T", "cab"), ("ctrl+down", "acb"), ("B", "abc"), ("ctrl+up", "acb")):
            await hands.press(key)
            await hands.until(lambda wanted=wanted: order() == wanted, wanted)  # type: ignore[misc]
            assert hands.app.main.table.cursor_key == hands.tasks["c"].number


async def test_pausing_the_queue(tmp_path: Path) -> None:
    """P pauses, P again goes on; the status line says which."""
    async with live(tmp_path / "data") as hands:
        await hands.press("P")
        await hands.until_said("The queue is paused")
        await hands.until_shown("‖ queue paused")
        await hands.press("P")
        await hands.until_said("The queue goes on.")
        await hands.until_shown("► queue runs")


async def test_sending_a_signal(tmp_path: Path) -> None:
    """K lists signals; the chosen one reaches the task and nothing else happens to it."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("trap", "trap 'echo got it' USR1; echo ready; while :; do sleep 0.05; done", 0))
        await hands.until_state("trap", RUNNING)
        await hands.select("trap")
        await hands.until_shown("ready")
        await hands.press("K")
        await hands.until(lambda: isinstance(hands.app.screen, Choose))
        await hands.press("down", "down", "down", "enter")
        await hands.until_said("SIGUSR1 was sent to trap.")
        await hands.until_shown("got it")
        assert hands.tasks["trap"].state is RUNNING


async def test_forgetting_asks(tmp_path: Path) -> None:
    """D asks, because what is known of the task goes with it."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("gone", "true", 0))
        await hands.until_state("gone", TaskState.COMPLETED)
        await hands.select("gone")
        await hands.press("D")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm))
        await hands.press("y")
        await hands.until_said("gone is forgotten.")
        await hands.until_shown("No tasks yet.")


async def test_why_a_task_waits(tmp_path: Path) -> None:
    """W tells the whole story of a task, first of all why it waits."""
    async with live(tmp_path / "data") as hands:
        await submit(hands, ("block", "sleep 1000", 2), ("later", "true", 1))
        await hands.until_state("block", RUNNING)
        await hands.select("later")
        await hands.press("w")
        await hands.until(lambda: isinstance(hands.app.screen, TextDialog))
        await hands.until_shown("number 1 in the queue")
        await hands.until_shown("needs 1, 0 free; busy: 0 (block), 1 (block)")
        await hands.press("q")
        await hands.until(lambda: hands.app.screen is hands.app.main)


async def test_an_act_that_cannot_be_done_says_why(tmp_path: Path) -> None:
    """A key that makes no sense now is no silent nothing."""
    async with live(tmp_path / "data") as hands:
        await hands.press("x")
        await hands.until_said("No task is selected.")
        await submit(hands, ("done", "true", 0))
        await hands.until_state("done", TaskState.COMPLETED)
        await hands.select("done")
        await hands.press("H")
        await hands.until_said("Task done is completed; only a queued task can be held or released.")


async def test_a_gpu_is_switched_off_and_on(tmp_path: Path) -> None:
    """In the GPU pane X hands the selected GPU out no more, and again."""
    async with live(tmp_path / "data") as hands:
        await hands.press("1", "down", "X")
        await hands.until_said("GPU 1 is disabled.")
        await hands.until_shown("disabled")
        await hands.press("X")
        await hands.until_said("GPU 1 is enabled.")


async def test_enter_opens_the_output_and_esc_goes_back(tmp_path: Path) -> None:
    """From a task to its output and back, in a wide and in a narrow screen."""
    async with live(tmp_path / "data", size=(80, 24)) as hands:
        await submit(hands, ("talk", "seq 100", 0))
        await hands.until_state("talk", TaskState.COMPLETED)
        await hands.select("talk")
        await hands.until_shown("│ 100")
        await hands.press("enter")
        await hands.until(lambda: hands.app.main.output.has_focus)
        await hands.until_shown("90")
        await hands.press("escape")
        await hands.until(lambda: hands.app.main.table.has_focus)
        assert hands.app.main.pane is Pane.TASKS


async def test_a_message_goes_with_the_next_key(tmp_path: Path) -> None:
    """What was said makes room for the keys as soon as somebody goes on."""
    async with live(tmp_path / "data") as hands:
        await hands.press("P")
        await hands.until_said("The queue is paused")
        await hands.press("z")
        await hands.until(lambda: not said(hands.app), "the message to go")
        assert "? help" in screen_says(hands.app)


async def test_dragging_a_task_moves_it(tmp_path: Path) -> None:
    """A row that is dropped before another one takes that place in the queue; below the queue means its end."""
    async with live(tmp_path / "data") as hands:
        await hands.client.call("pause", _nothing())
        await submit(hands, *((name, "true", 0) for name in "abc"))
        await hands.select("c")
        table = hands.app.main.table
        table.post_message(table.RowMoved(table, hands.tasks["c"].number, hands.tasks["a"].number))
        await hands.until(lambda: [task.id for task in hands.client.state.queued()] == ["c", "a", "b"])
        table.post_message(table.RowMoved(table, hands.tasks["c"].number, None))
        await hands.until(lambda: [task.id for task in hands.client.state.queued()] == ["a", "b", "c"])


def _nothing() -> object:
    from ant_tui.api.schema import NoArguments

    return NoArguments()
