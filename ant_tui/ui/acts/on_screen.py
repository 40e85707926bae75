"""Acts on GPUs and on the screen itself."""

from __future__ import annotations

from collections.abc import Mapping

from ant_tui.api.documents import OutcomesDocument
from ant_tui.api.schema import GpuNames
from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.acts.outcomes import summary
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.layout import Border
from ant_tui.ui.situation import Pane, Situation

__all__ = ["ACTS"]


async def _switch_gpu(host: Host, situation: Situation) -> None:
    gpu = situation.gpu
    assert gpu is not None
    method = "gpus_enable" if situation.gpu_disabled else "gpus_disable"
    answer: OutcomesDocument = await host.client.call(method, GpuNames((gpu.uuid,)))
    host.say(*summary(answer.results, "switched"))


async def _open_gpu(host: Host, situation: Situation) -> None:
    gpu = situation.gpu
    assert gpu is not None
    number = await host.ask(host.gpu_dialog(gpu.uuid))
    if number is not None and not host.show_task(number):
        host.say(f"Task {number} is not in the list.", "warn")


async def _smooth(host: Host, _: Situation) -> None:
    smoothed = host.toggle_smoothing()
    host.say("The graphs are smoothed." if smoothed else "The graphs show every reading.")


def _gpu_cursor(steps: int, rows: int = 0) -> Act:
    async def act(host: Host, _: Situation) -> None:
        host.move_gpu_cursor(steps, rows)

    return act


def _border(border: Border, steps: int) -> Act:
    async def act(host: Host, _: Situation) -> None:
        if problem := host.move_border(border, steps):
            host.say(problem, "warn")

    return act


async def _reset_borders(host: Host, _: Situation) -> None:
    host.reset_borders()


def _window(steps: int) -> Act:
    async def act(host: Host, _: Situation) -> None:
        host.change_window(steps)

    return act


def _go_to(pane: Pane) -> Act:
    async def act(host: Host, _: Situation) -> None:
        host.go_to(pane)

    return act


def _next(steps: int) -> Act:
    async def act(host: Host, _: Situation) -> None:
        host.next_pane(steps)

    return act


async def _zoom(host: Host, _: Situation) -> None:
    host.toggle_zoom()


async def _back(host: Host, _: Situation) -> None:
    host.back()


async def _theme(host: Host, _: Situation) -> None:
    names = host.themes()
    chosen = await host.ask(Choose("Colours", [Choice(name, name) for name in names]))
    if chosen is not None:
        host.use_theme(chosen)


async def _redraw(host: Host, _: Situation) -> None:
    host.redraw()


async def _palette(host: Host, _: Situation) -> None:
    host.open_palette()


async def _help(host: Host, situation: Situation) -> None:
    await host.ask(TextDialog(f"Keys · {situation.pane}", host.show_keys()))


async def _suspend(host: Host, _: Situation) -> None:
    host.suspend_to_shell()


async def _quit(host: Host, _: Situation) -> None:
    await host.leave()


ACTS: Mapping[str, Act] = {
    "gpu.switch": _switch_gpu,
    "gpu.open": _open_gpu,
    "gpu.smooth": _smooth,
    "gpu.up": _gpu_cursor(0, -1),
    "gpu.down": _gpu_cursor(0, 1),
    "gpu.left": _gpu_cursor(-1),
    "gpu.right": _gpu_cursor(1),
    "gpu.shorter": _window(-1),
    "gpu.longer": _window(1),
    "view.zoom": _zoom,
    "view.tasks_wider": _border("tasks", 1),
    "view.tasks_narrower": _border("tasks", -1),
    "view.gpus_taller": _border("gpus", 1),
    "view.gpus_lower": _border("gpus", -1),
    "view.reset_sizes": _reset_borders,
    "view.gpus": _go_to(Pane.GPUS),
    "view.tasks": _go_to(Pane.TASKS),
    "view.output": _go_to(Pane.OUTPUT),
    "view.next": _next(1),
    "view.previous": _next(-1),
    "view.back": _back,
    "view.theme": _theme,
    "view.redraw": _redraw,
    "app.palette": _palette,
    "app.help": _help,
    "app.suspend": _suspend,
    "app.quit": _quit,
}
