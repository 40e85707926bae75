"""The dialog about tasks that earlier sessions left: over a client that stands still, and over a real scheduler."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.app import App
from textual.pilot import Pilot

from ant_tui.api import schema
from ant_tui.api.documents import OutcomeDocument, OutcomesDocument, RecoveryDocument
from ant_tui.client.local import LocalClient
from ant_tui.config import Settings
from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import JournalUnavailable
from ant_tui.scheduler.recovery import RecoveryChoices
from ant_tui.ui.app import AntApp
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.recovery.dialog import RecoveryDialog
from ant_tui.ui.recovery.entries import columns_for
from ant_tui.ui.screens.main import MainScreen
from tests.api.running import running
from tests.ui.apps import LivePilot, app_for, live, screen_says, until
from tests.ui.fake_client import NOW, FakeClient, busy_machine
from tests.ui.sources import HOSTILE

Golden = Callable[[App[Any], str], None]
ASK = RecoveryChoices("ask", "ask", "restore")


def left_machine() -> FakeClient:
    """A busy machine whose earlier sessions left something of everything: groups, sessions, a conflict, hidden ones."""
    client = busy_machine()
    client.answers["recover_list"] = RecoveryDocument(False, (), ())
    old = tuple(client.submit(f"ablate-{i}", 1, ago=90000, command=f"python train.py --wd {i}") for i in range(3))
    client.happens(ev.LeftAside, NOW - 86400, session="s1", queued=old)
    resnet = client.run(
        "resnet-big", 5, ago=20000, command="torchrun train.py --model resnet-152 --data /data/imagenet"
    )
    client.end(resnet, TaskState.LOST, ago=8000, detail="the machine was restarted while it ran")
    bert = client.run("bert-pre", 5, ago=12000, command="python bert.py --lr 1e-4")
    client.end(bert, TaskState.LOST, ago=8000, detail="it ended unseen: its exit code is not known")
    queued = [client.submit(name, gpus, ago=9000, command=f"python eval.py {name}", held=name == "sweep-2")
              for name, gpus in (("sweep-1", 1), ("sweep-2", 1), ("sweep-10", 2), ("gather", 0))]  # fmt: skip
    prep = client.run("prep", 5, ago=15000, command="sh prep.sh")
    client.end(prep, TaskState.FAILED, ago=14000, exit_code=1)
    idea = client.submit("old-idea", 1, ago=9000, command="python idea.py")
    client.happens(
        ev.LeftAside, NOW - 7900, session="s2", interrupted=(resnet, bert), queued=(*queued, idea), completed=(prep,)
    )
    client.happens(ev.TasksHidden, NOW - 7000, numbers=(idea,))
    client.submit("bert-pre", 1, ago=100, command="python bert.py --lr 2e-4")
    return client


@asynccontextmanager
async def opened(
    client: FakeClient, *, size: tuple[int, int] = (100, 30), theme: str = "dark", prompted: bool = False
) -> AsyncIterator[tuple[AntApp, RecoveryDialog, Pilot[Any]]]:
    """The dialog over the main screen."""
    app = app_for(client, theme=theme)
    async with app.run_test(size=size) as pilot:
        await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
        dialog = RecoveryDialog(client, prompted=prompted, clock=lambda: NOW)
        app.push_screen(dialog)
        await until(pilot, lambda: app.screen is dialog and hasattr(dialog, "table") and dialog.table.size.height > 0)
        await until(pilot, lambda: dialog.table.columns == columns_for(dialog.table.text_width), "the columns")
        await pilot.pause()
        yield app, dialog, pilot


def chosen(client: FakeClient, dialog: RecoveryDialog) -> set[str]:
    return {client.state.tasks[number].id for number in dialog.selected}


LAST = {"resnet-big", "bert-pre", "sweep-1", "sweep-2", "sweep-10", "gather", "prep"}


class TestLooks:
    @pytest.mark.parametrize("size", [(80, 24), (120, 40)])
    async def test_prompt(self, size: tuple[int, int], golden: Golden) -> None:
        """Tabs with counts, groups with counts and keys, the conflict beside its entry, one line about the cursor."""
        async with opened(left_machine(), size=size, prompted=True) as (app, _, __):
            golden(app, f"recovery_{size[0]}x{size[1]}_dark")

    @pytest.mark.parametrize("theme", ["ansi", "sixteen", "light", "high-contrast"])
    async def test_themes(self, theme: str, golden: Golden) -> None:
        async with opened(left_machine(), size=(80, 24), theme=theme) as (app, _, __):
            golden(app, f"recovery_80x24_{theme}")

    async def test_earlier_sessions(self, golden: Golden) -> None:
        """Each session's groups are headed by the time at which they were left."""
        async with opened(left_machine(), size=(80, 24)) as (app, _, pilot):
            await pilot.press("tab", "i", "u")
            await pilot.pause()
            golden(app, "recovery_earlier_80x24_dark")

    async def test_filtered(self, golden: Golden) -> None:
        """What is selected and not shown is counted."""
        async with opened(left_machine(), size=(80, 24), prompted=True) as (app, _, pilot):
            await pilot.press("slash", *"sweep")
            await pilot.pause()
            golden(app, "recovery_filtered_80x24_dark")

    async def test_every_tab_says_what_is_in_it(self) -> None:
        """The caption is that of the open tab, none stands above nothing, and what is hidden is not called gone."""
        client = left_machine()
        async with opened(client, size=(120, 40), prompted=True) as (app, _, pilot):
            assert "Left by the scheduler before this one" in screen_says(app)
            assert "set aside 2h 11m ago · 1 earlier session" in screen_says(app)
            await pilot.press("tab")
            await until(pilot, lambda: "Left by schedulers before that one" in screen_says(app))
            assert "set aside 2h 11m ago" not in screen_says(app)
            await pilot.press("tab")
            await until(pilot, lambda: "Put out of sight" in screen_says(app))
            assert "earlier session " not in screen_says(app)
            old = [number for number, task in client.state.tasks.items() if task.id.startswith("ablate")]
            client.happens(ev.TasksHidden, NOW - 6000, numbers=tuple(old))
            await pilot.press("shift+tab")
            hidden = "Nothing of earlier sessions is in sight; 4 tasks are hidden."
            await until(pilot, lambda: hidden in screen_says(app))
            assert "Left by" not in screen_says(app)
            assert "set aside" not in screen_says(app)

    async def test_lengths_of_time_are_those_of_the_list(self) -> None:
        """RAN says ``16m 40s`` here as there, in the row and below it."""
        async with opened(left_machine(), size=(120, 40)) as (app, _, pilot):
            assert " 16m 40s sh prep.sh" in screen_says(app)
            await pilot.press("end")
            await until(pilot, lambda: "ran 16m 40s" in screen_says(app))

    @pytest.mark.parametrize("size", [(40, 8), (60, 15), (300, 100)])
    async def test_every_size_is_survived(self, size: tuple[int, int]) -> None:
        """However small the terminal: the list stays, nothing fails."""
        async with opened(left_machine(), size=size, prompted=True) as (app, dialog, pilot):
            await pilot.press("down", "tab", "shift+tab", "slash", "escape")
            assert dialog.table.size.height > 0
            assert app.screen is dialog

    async def test_a_large_screen_is_not_filled_for_its_own_sake(self) -> None:
        """Lines that nobody can follow with the eye help nobody: the box stays readable, in the middle."""
        async with opened(left_machine(), size=(200, 60)) as (_, dialog, __):
            box = dialog.query_one(".box").region
            assert (box.width, box.height, box.x, box.y) == (140, 44, 30, 8)

    async def test_hostile_texts_are_only_shown(self) -> None:
        """Escape sequences, markup and bidi controls in ids, commands and reasons are text."""
        client = FakeClient()
        client.has_gpus(1)
        client.answers["recover_list"] = RecoveryDocument(False, (), ())
        numbers = [client.submit(f"x{at}{text}", command=text) for at, text in enumerate(HOSTILE)]
        client.happens(ev.LeftAside, session=HOSTILE[0], queued=tuple(numbers))
        client.submit(f"x0{HOSTILE[0]}")
        async with opened(client) as (app, _, pilot):
            for _ in HOSTILE:
                await pilot.press("down")
            assert all(character.isprintable() for row in screen_says(app).split("\n") for character in row)


class TestSelecting:
    async def test_a_prompt_selects_what_one_would_want_back(self) -> None:
        """What was interrupted or queued and can be restored is selected; nothing is, when somebody opens it."""
        client = left_machine()
        async with opened(client, prompted=True) as (_, dialog, __):
            assert chosen(client, dialog) == LAST - {"bert-pre", "prep"}
        async with opened(client) as (_, dialog, __):
            assert chosen(client, dialog) == set()

    @pytest.mark.parametrize(
        ("key", "group"),
        [("i", {"resnet-big", "bert-pre"}), ("u", {"sweep-1", "sweep-2", "sweep-10", "gather"}), ("c", {"prep"})],
    )
    async def test_one_key_selects_a_group_and_unselects_it(self, key: str, group: set[str]) -> None:
        """One action for each group, and the same again takes it back (row 255)."""
        client = left_machine()
        async with opened(client) as (_, dialog, pilot):
            await pilot.press(key)
            assert chosen(client, dialog) == group
            await pilot.press(key)
            assert chosen(client, dialog) == set()

    async def test_all_and_single_ones(self) -> None:
        """A selects all of the tab or none; space one; shift with an arrow a range; t those below one heading."""
        client = left_machine()
        async with opened(client) as (_, dialog, pilot):
            await pilot.press("a")
            assert chosen(client, dialog) == LAST
            await pilot.press("a")
            assert chosen(client, dialog) == set()
            await pilot.press("space", "down", "shift+down")
            await pilot.pause()
            assert chosen(client, dialog) == {"resnet-big", "bert-pre", "sweep-1"}
            await pilot.press("a", "a", "t")
            assert chosen(client, dialog) == {"sweep-1", "sweep-2", "sweep-10", "gather"}

    async def test_a_double_click_selects(self) -> None:
        client = left_machine()
        async with opened(client) as (_, dialog, pilot):
            await pilot.click("#list", offset=(10, 2), times=2)
            await pilot.pause()
            assert chosen(client, dialog) == {"resnet-big"}

    async def test_the_filter_hides_and_forgets_nothing(self) -> None:
        """What was selected stays so behind a filter, and groups mean what is shown."""
        client = left_machine()
        async with opened(client) as (_, dialog, pilot):
            await pilot.press("i", "slash", *"sweep-1", "enter", "u")
            await pilot.pause()
            assert chosen(client, dialog) == {"resnet-big", "bert-pre", "sweep-1", "sweep-10"}
            await pilot.press("escape")
            await pilot.pause()
            assert len(dialog.table.marks) == 4
            assert dialog.is_current

    async def test_each_tab_has_its_own_selection(self) -> None:
        """Tabs are changed by key and by mouse; an act is for what is selected in the open one."""
        client = left_machine()
        client.answers["recover_hide"] = OutcomesDocument((OutcomeDocument("x", True, "x is hidden.", 1),))
        async with opened(client) as (_, dialog, pilot):
            await pilot.press("a", "tab", "a")
            assert chosen(client, dialog) == LAST | {"ablate-0", "ablate-1", "ablate-2"}
            await pilot.press("h")
            await until(pilot, lambda: client.asked[-1][0] == "recover_hide")
            assert len(client.asked[-1][1].entries) == 3
            await pilot.click("#tabs", offset=(3, 0))
            await pilot.pause()
            assert len(dialog.table.marks) == 7

    async def test_without_a_selection_the_cursor_counts(self) -> None:
        """As in the list of tasks."""
        client = left_machine()
        client.answers["recover_restore"] = OutcomesDocument(
            (OutcomeDocument("bert-pre", True, "bert-pre is back.", 1),)
        )
        async with opened(client) as (app, _, pilot):
            await pilot.press("down", "enter")
            await until(pilot, lambda: "bert-pre is back." in screen_says(app))
            number = next(n for n, task in client.state.tasks.items() if task.id == "bert-pre" and task.aside)
            assert client.asked[-1] == ("recover_restore", schema.Entries((str(number),)))

    async def test_sorting(self) -> None:
        """S offers the orders; the chosen one is named in the border."""
        client = left_machine()
        async with opened(client) as (app, dialog, pilot):
            await pilot.press("s")
            await until(pilot, lambda: isinstance(app.screen, Choose))
            await pilot.press("down", "enter")
            await until(pilot, lambda: "sorted by id" in screen_says(app))
            rows = screen_says(app)
            assert rows.index("gather") < rows.index("sweep-1") < rows.index("sweep-2") < rows.index("sweep-10")
            assert app.screen is dialog

    async def test_keys_and_story(self) -> None:
        """? names every key, w tells all about a task."""
        async with opened(left_machine()) as (app, dialog, pilot):
            await pilot.press("question_mark")
            await until(pilot, lambda: isinstance(app.screen, TextDialog))
            await until(pilot, lambda: "Select all that were interrupted" in screen_says(app))
            await pilot.press("escape", "w")
            await until(pilot, lambda: "the machine was restarted while it ran" in screen_says(app))
            await pilot.press("escape")
            await until(pilot, lambda: app.screen is dialog)


class TestAnswers:
    @pytest.mark.parametrize(("prompted", "answered"), [(True, False), (False, True)])
    async def test_keys_typed_before_it_came_unasked_are_no_answers(self, prompted: bool, answered: bool) -> None:
        """What was typed for the list behind it decides nothing; a dialog that was asked for takes keys typed ahead."""
        client = left_machine()
        client.answers["recover_restore"] = OutcomesDocument(())
        async with opened(client, prompted=prompted) as (app, _, pilot):
            if not prompted:
                await pilot.press("a")
            for typed_at, expected in ((1.0, answered), (time.monotonic(), True)):
                key = events.Key("r", "r")
                key.time = typed_at
                app.post_message(key)
                if expected:
                    await until(pilot, lambda: "recover_restore" in [verb for verb, _ in client.asked])
                else:
                    await pilot.pause()
                    await pilot.pause()
                    assert "recover_restore" not in [verb for verb, _ in client.asked]

    async def test_several_failures_are_all_told(self) -> None:
        """How many worked, and of each that did not why (row 252)."""
        client = left_machine()
        results = [
            OutcomeDocument(f"t{n}", n > 2, f"The id 't{n}' is taken." if n <= 2 else "", n) for n in (1, 2, 3, 4)
        ]
        client.answers["recover_restore"] = OutcomesDocument(tuple(results))
        async with opened(client, prompted=True) as (app, _, pilot):
            await pilot.press("r")
            await until(pilot, lambda: "2 tasks restored; 2 could not be" in screen_says(app))
            shown = screen_says(app)
            assert "The id 't1' is taken." in shown
            assert "The id 't2' is taken." in shown

    async def test_a_refusal_is_said(self) -> None:
        """A disk that is full, a scheduler that is gone: the sentence stands in the last line, the dialog stays."""
        client = left_machine()
        client.answers["recover_restore"] = JournalUnavailable("nothing can be recorded: the disk is full")
        async with opened(client, prompted=True) as (app, dialog, pilot):
            await pilot.press("r")
            await until(pilot, lambda: "the disk is full" in screen_says(app))
            assert app.screen is dialog

    async def test_forgetting_asks(self) -> None:
        """The safe answer is the first one, and says that logs stay."""
        client = left_machine()
        client.answers["recover_forget"] = OutcomesDocument((OutcomeDocument("x", True, "x is forgotten.", 1),))
        async with opened(client) as (app, dialog, pilot):
            await pilot.press("u", "D")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await until(pilot, lambda: "Forget 4 tasks?" in screen_says(app))
            assert "logs stay on disk" in screen_says(app)
            await pilot.press("enter")
            await until(pilot, lambda: app.screen is dialog)
            assert "recover_forget" not in dict(client.asked)
            await pilot.press("D")
            await until(pilot, lambda: isinstance(app.screen, Confirm))
            await pilot.press("y")
            await until(pilot, lambda: client.asked[-1][0] == "recover_forget")

    async def test_what_others_decide_is_seen(self) -> None:
        """Another terminal restores, forgets, takes an id: the list follows."""
        client = left_machine()
        async with opened(client) as (app, _, pilot):
            gather = next(n for n, task in client.state.tasks.items() if task.id == "gather")
            client.happens(ev.TaskForgotten, number=gather)
            await until(pilot, lambda: "gather" not in screen_says(app))
            client.submit("sweep-1")
            await until(pilot, lambda: "The id 'sweep-1' is taken" in screen_says(app))


async def leave(data: Path, *names: str, choices: RecoveryChoices = ASK) -> None:
    """Have a session that leaves queued tasks."""
    async with running(data, recovery=choices) as service:
        client = LocalClient(service.dispatcher)
        await client.call("pause", schema.NoArguments())
        tasks = tuple(schema.Submission("true", "/", id=name) for name in names)
        await client.call("submit", schema.Submit(tasks))


async def asked(hands: LivePilot) -> RecoveryDialog:
    """Wait for the dialog."""
    await hands.until(lambda: isinstance(hands.app.screen, RecoveryDialog) and hasattr(hands.app.screen, "table"))
    dialog = hands.app.screen
    assert isinstance(dialog, RecoveryDialog)
    return dialog


async def call_up(hands: LivePilot) -> RecoveryDialog:
    """Open the dialog through the palette, as somebody who types its name."""
    await hands.press("colon")
    await hands.until(lambda: not isinstance(hands.app.screen, MainScreen))
    await hands.write("recover")
    await hands.until_shown("Recover tasks that earlier sessions left")
    await hands.press("enter")
    return await asked(hands)


class TestWithAScheduler:
    async def test_asks_at_the_start_and_restores(self, tmp_path: Path) -> None:
        """The prompt comes by itself; one key restores; nothing is left, so the screen is back (rows 246, 249)."""
        await leave(tmp_path / "data", "one", "two")
        async with live(tmp_path / "data", recovery=ASK) as hands:
            await asked(hands)
            assert hands.tasks["one"].state is TaskState.RECOVERABLE
            await hands.press("r")
            await hands.until_said("2 tasks restored.")
            assert isinstance(hands.app.screen, MainScreen)
            assert [key[2] for key in hands.client.state.queue] == [1, 2]

    async def test_asks_only_the_first_screen_of_a_start(self, tmp_path: Path) -> None:
        """Dismissing loses nothing; the next screen is not asked, but can ask itself (rows 246, 254)."""
        await leave(tmp_path / "data", "one")
        async with running(tmp_path / "data", recovery=ASK) as service:
            async with live(tmp_path, client=LocalClient(service.dispatcher)) as first:
                await asked(first)
                await first.press("escape")
                await first.until_said("Nothing was decided")
            async with live(tmp_path, client=LocalClient(service.dispatcher)) as second:
                await second.until_state("one", TaskState.RECOVERABLE)
                await call_up(second)
                await second.press("r")
                await second.until_state("one", TaskState.QUEUED)

    async def test_asks_nothing_where_nothing_was_left(self, tmp_path: Path) -> None:
        """A first start shows the screen; the command says that there is nothing."""
        async with live(tmp_path / "data", recovery=ASK) as hands:
            await hands.press("colon")
            await hands.until(lambda: not isinstance(hands.app.screen, MainScreen))
            await hands.write("recover")
            await hands.until_shown("Recover tasks that earlier sessions left")
            await hands.press("enter")
            await hands.until_said("Earlier sessions left nothing to decide about.")

    async def test_tells_conflicts_and_goes_on(self, tmp_path: Path) -> None:
        """A conflict is told beside its entry before, and with the result after (row 252)."""
        await leave(tmp_path / "data", "twice", "once")
        async with live(tmp_path / "data", recovery=ASK) as hands:
            dialog = await asked(hands)
            await hands.client.call("submit", schema.Submit((schema.Submission("true", "/", id="twice"),)))
            await hands.until_shown("! The id 'twice' is taken")
            await hands.press("r")
            await hands.until(lambda: "1 task restored; 1 not: The id 'twice' is taken" in dialog.hints.message)
            assert hands.app.screen is dialog

    async def test_hides_and_shows(self, tmp_path: Path) -> None:
        """H moves to the tab of hidden tasks and back (row 256)."""
        await leave(tmp_path / "data", "one", "two")
        async with live(tmp_path / "data", recovery=ASK) as hands:
            await asked(hands)
            await hands.press("a", "h")
            await hands.until_shown("Hidden 1")
            await hands.press("shift+tab")
            await hands.until_shown("h show")
            await hands.press("h")
            await hands.until_shown("Hidden 0")
            await hands.until_shown("Last session 2")
            await hands.press("a", "h")
            await hands.until_said("2 tasks hidden.")
            assert isinstance(hands.app.screen, MainScreen)

    async def test_forgets_for_ever(self, tmp_path: Path) -> None:
        """After the question the record is gone, and with the last one the dialog (row 253)."""
        await leave(tmp_path / "data", "one")
        async with live(tmp_path / "data", recovery=ASK) as hands:
            await asked(hands)
            await hands.press("D")
            await hands.until(lambda: isinstance(hands.app.screen, Confirm))
            await hands.press("y")
            await hands.until_said("one is forgotten.")
            assert hands.tasks == {}

    async def test_a_part_stays_for_later(self, tmp_path: Path) -> None:
        """What was not chosen is asked about at the next start (row 251)."""
        await leave(tmp_path / "data", "one", "two")
        async with live(tmp_path / "data", recovery=ASK) as hands:
            await asked(hands)
            await hands.press("a", "r")
            await hands.until(lambda: hands.tasks["one"].state is TaskState.QUEUED)
            await hands.press("escape")
            await hands.until(lambda: isinstance(hands.app.screen, MainScreen))
        async with live(tmp_path / "data", recovery=ASK) as hands:
            await asked(hands)
            await hands.until_shown("Earlier sessions 1")

    async def test_ten_thousand_open_at_once(self, tmp_path: Path) -> None:
        """Only the rows in view are described, all can be selected, restored and seen in the queue."""
        async with running(tmp_path / "data", recovery=ASK) as service:
            client = LocalClient(service.dispatcher)
            await client.call("pause", schema.NoArguments())
            tasks = tuple(schema.Submission("true", "/", id=f"t{n}", verbatim=True) for n in range(10_000))
            await client.call("submit", schema.Submit(tasks))
        async with live(tmp_path / "data", recovery=ASK) as hands:
            dialog = await asked(hands)
            await hands.until_shown("10,000 of 10,000 selected")
            assert len(dialog._rows._cells) < 100
            await hands.press("r")
            await hands.until_said("10,000 tasks restored.")
            assert len(hands.client.state.queue) == 10_000


def test_the_app_asks_and_the_demo_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The scheduler in the app is started with ``ask`` for what ``auto`` leaves open; the demo's has nothing to ask."""
    from ant_tui.ui import run

    started: list[Any] = []

    async def show(session: Any, _: Any) -> int:
        started.append(session._options.recovery)
        return 0

    monkeypatch.setattr(run, "show", show)
    run.run(Settings(), str(tmp_path / "data"), simulate_gpus=1)
    assert started.pop() == ASK
    run.run(Settings(), str(tmp_path / "unused"), simulate_gpus=1, demo=True)
    assert started.pop() == RecoveryChoices()
