"""The GPU pane and the details of a GPU: cursor, graphs, processes, and what can be done about them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace
from textual.pilot import Pilot

from ant_tui.api.documents import (
    GpuDocument,
    GpuProcessDocument,
    GpusDocument,
    OutcomeDocument,
    OutcomesDocument,
    iso,
)
from ant_tui.api.schema import Submission, Submit
from ant_tui.client.remote import RemoteClient
from ant_tui.core import events as ev
from ant_tui.core.task import TaskState
from ant_tui.errors import NoScheduler
from ant_tui.monitor.samples import COMPUTE, OK, GpuProcess
from ant_tui.scheduler.publisher import Sampled
from ant_tui.ui.app import AntApp
from ant_tui.ui.dialogs.gpu import GpuDialog
from ant_tui.ui.widgets.gpu_card import GpuCard
from ant_tui.ui.widgets.graph import Graph
from tests.api.running import running, socket_of
from tests.ui.apps import app_for, live, said, screen_says, until
from tests.ui.fake_client import GIB, NOW, FakeClient, busy_machine
from tests.ui.test_app_golden import name_of, settled

OURS = GpuProcessDocument(5001, "bo", 8 * GIB, "llama-ft", "torchrun train.py", iso(NOW - 8000))
ALICE = GpuProcessDocument(31337, "alice", 22 * GIB, None, "python /home/alice/train.py", iso(NOW - 600))
NOBODY = GpuProcessDocument(31999, "", None, None, "", iso(NOW - 60))


def shared_machine(**processes: tuple[GpuProcessDocument, ...]) -> FakeClient:
    """The busy machine, with processes on some GPUs: ``gpu0=(…)``."""
    client = busy_machine()
    on = {f"GPU-{name.removeprefix('gpu')}": found for name, found in processes.items()}
    assert client.sample is not None
    gpus = tuple(
        replace(gpu, processes=tuple(GpuProcess(one.pid, one.memory, COMPUTE) for one in on.get(gpu.uuid, ())))
        if gpu.health == OK
        else gpu
        for gpu in client.sample.gpus
    )
    client.sample = replace(client.sample, gpus=gpus)
    client.answers["gpus"] = GpusDocument(
        tuple(
            GpuDocument(gpu.index, gpu.uuid, gpu.name, "busy", "", (), True, processes=on.get(gpu.uuid, ()))
            for gpu in gpus
        ),
        "fake",
        "",
        None,
    )
    return client


async def ready(app: Any, pilot: Pilot[Any]) -> None:
    await until(pilot, lambda: hasattr(app, "main") and hasattr(app.main, "table"))
    await pilot.pause()


def words_of(app: Any) -> list[str]:
    """The lines of the screen, with one blank where there are several."""
    return [" ".join(line.split()) for line in screen_says(app).splitlines()]


async def opened(app: AntApp, pilot: Pilot[Any], *keys: str) -> GpuDialog:
    """Open the details of a GPU and wait for its processes."""
    await ready(app, pilot)
    await pilot.press("1", *keys, "enter")
    await until(pilot, lambda: isinstance(app.screen, GpuDialog))
    dialog = app.screen
    assert isinstance(dialog, GpuDialog)
    return dialog


# -- the pane ------------------------------------------------------------------------------------------------------


async def test_the_cursor_goes_by_rows_and_by_columns() -> None:
    """Up and down go to the card above and below, left and right to the one beside; no further than the last."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("1")
        await until(pilot, lambda: "> 0 ● busy" in screen_says(app), "the cursor, with the focus")
        for key, uuid in (
            ("down", "GPU-2"), ("right", "GPU-3"), ("j", "GPU-5"), ("h", "GPU-4"), ("k", "GPU-2"), ("left", "GPU-1"),
            ("up", "GPU-0"), ("left", "GPU-0"),
        ):  # fmt: skip
            await pilot.press(key)
            await until(pilot, lambda uuid=uuid: app.main.gpus.cursor_key == uuid, f"{key}: {uuid}")  # type: ignore[misc]
        for _ in range(9):
            await pilot.press("down")
        await until(pilot, lambda: app.main.gpus.cursor_key == "GPU-7")


async def test_foreign_processes_are_seen_without_any_detection() -> None:
    """Whoever else is on a GPU is shown on its card; asked for once, and again when somebody comes (row 162)."""
    client = shared_machine(gpu0=(OURS,), gpu5=(ALICE,), gpu6=(NOBODY,))
    app = app_for(client)
    async with app.run_test(size=(160, 40)) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: "○ free + alice: python 22G" in screen_says(app))
        assert "○ free + somebody: 31999" in screen_says(app)
        client.publish(Sampled(client.sample))  # type: ignore[arg-type]
        app.main.painter.second()
        await pilot.pause()
        assert [method for method, _ in client.asked] == ["gpus"]
        client.sample = shared_machine(gpu0=(OURS,)).sample
        client.answers["gpus"] = shared_machine(gpu0=(OURS,)).answers["gpus"]
        client.publish(Sampled(client.sample))  # type: ignore[arg-type]
        await until(pilot, lambda: "alice: python" not in screen_says(app))
        assert [method for method, _ in client.asked] == ["gpus", "gpus"]


async def test_tall_cards_have_a_line_for_a_stranger() -> None:
    """Where a card has room, user, process, memory and command stand on a line of their own."""
    client = shared_machine(gpu0=(ALICE,))
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.press("1", "z")
        client.state.cluster.gpus = {"GPU-0": client.state.cluster.gpus["GPU-0"]}
        client.publish(Sampled(client.sample))  # type: ignore[arg-type]
        line = "! alice · process 31337 · 22G · for 10m · python /home/alice/train.py"
        await until(pilot, lambda: line in screen_says(app))


async def test_a_scheduler_that_does_not_answer_costs_nothing_else() -> None:
    """Where it cannot be asked who is on the GPUs, everything else is shown."""
    client = shared_machine(gpu0=(ALICE,))
    client.answers["gpus"] = NoScheduler("nobody answers.")
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: client.asked)
        await pilot.pause()
        assert "● busy llama-ft" in screen_says(app)


async def test_raw_and_smoothed_by_key(tmp_path: Path) -> None:
    """In the GPU pane m smooths the graphs and shows every reading again; the title says which (row 174)."""
    app = app_for(busy_machine())
    async with app.run_test(size=(200, 60)) as pilot:
        await ready(app, pilot)
        await settled(app, pilot)
        card = app.main.gpus.query(GpuCard).first().use
        raw = card.data.values
        await pilot.press("1", "m")
        await until(pilot, lambda: "use and memory, 5 min, smoothed" in screen_says(app))
        await until(pilot, lambda: card.data.values != raw)
        assert said(app) == "The graphs are smoothed."
        await pilot.press("m")
        await until(pilot, lambda: card.data.values == raw)
        assert "smoothed" not in screen_says(app).replace(said(app), "")


@pytest.mark.parametrize("gpus", [1, 4, 8, 16])
@pytest.mark.parametrize("size", [(100, 30), (120, 40), (200, 60)])
async def test_every_number_of_gpus_finds_room(gpus: int, size: tuple[int, int]) -> None:
    """One to sixteen GPUs: each with number, state, use and memory, nothing cut; and the host beside them."""
    client = FakeClient()
    client.has_gpus(gpus)
    client.run("train", 0)
    client.samples(60)
    app = app_for(client)
    async with app.run_test(size=size) as pilot:
        await ready(app, pilot)
        await until(pilot, lambda: "host 64 cores" in screen_says(app))
        shown = screen_says(app)
        assert shown.count("/80G") == gpus
        assert shown.count("○ free") == gpus - 1
        assert "212/503G" in shown
        assert "W…" not in shown
        assert "/7…" not in shown


async def test_more_gpus_than_there_is_room_for_scroll() -> None:
    """The pane scrolls as far as the cursor goes, and back."""
    client = FakeClient()
    client.has_gpus(40)
    app = app_for(client)
    async with app.run_test(size=(80, 24)) as pilot:
        await ready(app, pilot)
        await pilot.press("1")
        await until(pilot, lambda: "> 0 ○ free" in screen_says(app))
        await pilot.press(*["down"] * 39)
        await until(pilot, lambda: ">39 ○ free" in screen_says(app))
        assert app.main.gpus.show_vertical_scrollbar
        assert not app.main.gpus.show_horizontal_scrollbar
        await pilot.press(*["up"] * 39)
        await until(pilot, lambda: "> 0 ○ free" in screen_says(app))


async def test_an_attached_screen_begins_with_the_past(tmp_path: Path) -> None:
    """A screen that attaches to a scheduler shows what the GPUs did before it came, not an empty graph."""
    async with running(tmp_path / "data", simulate_gpus=2) as service:
        watch = service.scheduler.gpus
        assert watch.sample is not None
        for second in range(900, -1, -1):
            watch.history.record(replace(watch.sample, at=watch.sample.at - second))
        client = RemoteClient(partial(socket_of, service))
        await client.open()
        async with live(tmp_path / "data", client=client) as hands:

            def full() -> bool:
                graphs = [card.memory.data.values for card in hands.app.main.gpus.query(GpuCard)]
                return len(graphs) == 3 and all(values and values[1] is not None for values in graphs)

            await hands.until(full, "graphs from edge to edge")
        await client.close()


# -- the details ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_details_golden(size: tuple[int, int], golden: Callable[..., None]) -> None:
    """State, four graphs, our processes and those of others; on a larger screen the box is no larger."""
    client = shared_machine(gpu0=(OURS, ALICE, NOBODY))
    app = app_for(client)
    async with app.run_test(size=size) as pilot:
        dialog = await opened(app, pilot)
        await until(pilot, lambda: "alice" in screen_says(app))
        await until(
            pilot,
            lambda: all(len(graph.data.values) == graph.capacity > 0 for graph in dialog.query(Graph)),
            "graphs",
        )
        await pilot.pause()
        golden(app, name_of("gpu_details", size))


async def test_all_about_a_gpu() -> None:
    """Whose process, its number, memory, since when, and its command, for ours and for others (row 172)."""
    app = app_for(shared_machine(gpu0=(OURS, ALICE, NOBODY)))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await until(pilot, lambda: "Others 2" in screen_says(app))
        shown = [" ".join(line.split()) for line in screen_says(app).splitlines()]
        assert "┃>llama-ft 5001 8.0G 2h 13m torchrun train.py ┃" in shown
        assert "┃ alice 31337 22G 10m python /home/alice/train.py ┃" in shown
        assert "┃ somebody 31999 – 1m not to be seen from here ┃" in shown
        assert any("648 of 700 W" in line for line in shown)
        assert any("70 °C" in line for line in shown)
        await pilot.press("slash", *"alice")
        await until(pilot, lambda: "Others 1" in screen_says(app))
        assert "somebody" not in screen_says(app)


async def test_other_gpus_are_one_key_away() -> None:
    """Right and left show the other GPUs; what is on nobody's, and what the driver does not say, is said."""
    client = shared_machine(gpu0=(ALICE,))
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await until(pilot, lambda: "alice" in screen_says(app))
        await pilot.press("right")
        await until(pilot, lambda: "GPU 1 ·" in screen_says(app))
        await until(pilot, lambda: "Nobody is on this GPU." in screen_says(app))
        await pilot.press("left", "left")
        await until(pilot, lambda: "GPU 7 ·" in screen_says(app))
        await until(pilot, lambda: "The driver does not say who is on this GPU." in screen_says(app))
        assert "Xid 79" in screen_says(app)
        client.happens(ev.GpusObserved, gpus=(), reason="none")
        await until(pilot, lambda: "not managed any more" in screen_says(app))


async def test_a_simulated_gpu_lists_the_task_that_has_it(tmp_path: Path) -> None:
    """There nobody is seen by a driver; what the card calls busy is below it too, and enter goes there."""
    async with live(tmp_path / "data", simulate_gpus=2) as hands:
        await hands.client.call("submit", Submit((Submission(command="sleep 1000", workdir="/", id="long", gpus=1),)))
        await hands.until_state("long", TaskState.RUNNING)
        attempt = hands.tasks["long"].attempt
        assert attempt is not None
        await opened(hands.app, hands.pilot)
        await hands.until(lambda: any(f"long {attempt.pid}" in line for line in words_of(hands.app)))
        assert "Nobody" not in screen_says(hands.app)
        await hands.press("right")
        await hands.until_shown("Nobody is on this GPU.")
        assert "has it" not in screen_says(hands.app)
        await hands.press("left")
        await hands.until_shown("Tasks 1")
        await hands.press("o")
        await hands.until(lambda: hands.app.screen is hands.app.main)


async def test_a_task_that_does_not_use_its_gpu_is_named() -> None:
    """Where the driver sees nobody although a task has the GPU, that is said with the task's name."""
    client = shared_machine()
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await until(pilot, lambda: "Nobody is on this GPU. Task llama-ft has it." in screen_says(app))


@pytest.mark.parametrize(
    ("key", "method", "field", "value"),
    [
        ("X", "gpus_disable", "gpus", ("GPU-0",)),
        ("i", "gpus_ignore", "pids", (31337,)),
        ("I", "gpus_ignore", "users", ("alice",)),
    ],
)
async def test_what_can_be_done(key: str, method: str, field: str, value: tuple[Any, ...]) -> None:
    """X switches the GPU, i ignores the process under the cursor, I its user; what it came to is said."""
    client = shared_machine(gpu0=(ALICE,))
    client.answers[method] = OutcomesDocument((OutcomeDocument("x", True, "It is done."),))
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        dialog = await opened(app, pilot)
        await until(pilot, lambda: dialog.table.cursor_key == 31337)
        await pilot.press(key)
        await until(pilot, lambda: dialog.hints.message == "It is done.")
        request = next(request for asked, request in client.asked if asked == method)
        assert getattr(request, field) == value


async def test_what_is_ignored_counts_again_by_the_same_key() -> None:
    """An ignored process is marked, and i makes it count again; a disabled GPU is enabled by X."""
    client = shared_machine(gpu5=(replace(ALICE, ignored=True),))
    client.happens(ev.GpusSwitched, disabled=("GPU-5",))
    done = OutcomesDocument((OutcomeDocument("x", True, "It is done."),))
    client.answers.update(gpus_unignore=done, gpus_enable=done)
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        dialog = await opened(app, pilot, "right", "right", "right", "right", "right")
        await until(pilot, lambda: "ignored · python" in screen_says(app))
        await pilot.press("i")
        await until(pilot, lambda: "gpus_unignore" in [method for method, _ in client.asked])
        await pilot.press("X")
        await until(pilot, lambda: "gpus_enable" in [method for method, _ in client.asked])
        assert dialog.is_current


async def test_what_cannot_be_done_is_said() -> None:
    """Our own processes are not ignored, nobody's owner is not either, and a foreign process leads to no task."""
    client = shared_machine(gpu0=(OURS, NOBODY))
    app = app_for(client)
    async with app.run_test(size=(120, 40)) as pilot:
        dialog = await opened(app, pilot)
        await until(pilot, lambda: dialog.table.cursor_key == 5001)
        await pilot.press("i")
        await until(pilot, lambda: "one of ours" in dialog.hints.message)
        await pilot.press("down", "I")
        await until(pilot, lambda: "cannot be seen" in dialog.hints.message)
        await pilot.press("enter")
        await until(pilot, lambda: "belongs to no task" in dialog.hints.message)


async def test_copy_and_jump(monkeypatch: pytest.MonkeyPatch) -> None:
    """Y copies the process, u the UUID, enter goes to the task of the process."""
    copied: list[str] = []

    def copy(text: str, *_: object) -> str:
        copied.append(text)
        return "copied"

    monkeypatch.setattr("ant_tui.ui.clipboard.copy", copy)
    app = app_for(shared_machine(gpu1=(OURS,)))
    async with app.run_test(size=(120, 40)) as pilot:
        dialog = await opened(app, pilot, "right")
        await until(pilot, lambda: dialog.table.cursor_key == 5001)
        await pilot.press("y", "u", "enter")
        await until(pilot, lambda: app.screen is app.main)
        assert copied == ["5001", "GPU-1"]
        assert app.main.table.cursor_key == 4
        assert app.main.table.has_focus


async def test_window_and_smoothing_are_those_of_the_pane() -> None:
    """What is chosen for the graphs in the details holds in the pane, too."""
    app = app_for(shared_machine(gpu0=(ALICE,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await pilot.press("m", "equals_sign")
        await until(pilot, lambda: "15 min, smoothed" in screen_says(app))
        await pilot.press("minus", "minus", "escape")
        await until(pilot, lambda: app.screen is app.main)
        await until(pilot, lambda: "use and memory, 1 min, smoothed" in screen_says(app))


async def test_a_double_click_opens_the_details() -> None:
    """The mouse: a click selects a GPU, a second one opens it."""
    app = app_for(shared_machine(gpu0=(ALICE,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        await pilot.click("#gpus", offset=(70, 2), times=2)
        await until(pilot, lambda: isinstance(app.screen, GpuDialog))
        await until(pilot, lambda: "GPU 1 ·" in screen_says(app))


async def test_hostile_processes_show_no_controls() -> None:
    """User and command come from others: no escape, no markup, no line break of theirs reaches the screen."""
    evil = GpuProcessDocument(666, "e\x1b[31mve", 1 << 30, None, "[/]\x1b]52;c;x\x07\nrm\u202e -rf", iso(NOW))
    app = app_for(shared_machine(gpu0=(evil,)))
    async with app.run_test(size=(120, 40)) as pilot:
        await opened(app, pilot)
        await until(pilot, lambda: "666" in screen_says(app))
        text = screen_says(app)
        assert not [one for one in text.replace("\n", "") if ord(one) < 32 or one in "\x7f\u202e"]
        assert "[/]" in text
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is app.main)
        app.main.painter.second()
        await pilot.pause()
        assert "\x1b" not in screen_says(app)


async def test_the_weight_of_the_smoothed_curve_holds_at_once() -> None:
    """A changed ``monitor.smoothing_alpha`` is in the graphs without a restart."""
    app = app_for(busy_machine())
    async with app.run_test(size=(120, 40)) as pilot:
        await ready(app, pilot)
        settings = app.main.settings
        app.main.host.use_settings(replace(settings, monitor=replace(settings.monitor, smoothing_alpha=0.7)))
        assert app.main.window.alpha == 0.7
