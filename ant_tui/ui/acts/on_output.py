"""Acts on the output that is shown: searching, going to a line, other attempts, copying, the pager."""

from __future__ import annotations

from collections.abc import Mapping

from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.figures import count
from ant_tui.ui.situation import Situation

__all__ = ["ACTS"]


async def _search(host: Host, _: Situation) -> None:
    await host.output().ask_text()


async def _line(host: Host, _: Situation) -> None:
    await host.output().ask_line()


def _match(steps: int) -> Act:
    async def act(host: Host, _: Situation) -> None:
        if said := host.output().output.search.step(steps):
            host.say(said, "warn")

    return act


def _attempt(steps: int) -> Act:
    async def act(host: Host, _: Situation) -> None:
        if problem := host.step_attempt(steps):
            host.say(problem, "warn")

    return act


async def _mark(host: Host, _: Situation) -> None:
    if problem := host.output().output.begin_marks():
        host.say(problem, "warn")


async def _copy(host: Host, _: Situation) -> None:
    output = host.output().output
    text = output.selected_text()
    if not text:
        host.say("There is no output to copy.", "warn")
        return
    how = host.copy(text)
    output.leave_marks()
    host.say(f"{count(text.count(chr(10)) + 1, 'line')} copied {how}.", "good")


async def _pager(host: Host, situation: Situation) -> None:
    path = host.shown_log(situation.tasks[0].number)
    problem = host.show_in_pager(path) if path else "It has not started yet, so there is no log."
    if problem:
        host.say(problem, "bad")


ACTS: Mapping[str, Act] = {
    "output.search": _search,
    "output.next": _match(1),
    "output.previous": _match(-1),
    "output.line": _line,
    "output.older": _attempt(-1),
    "output.newer": _attempt(1),
    "output.select": _mark,
    "output.copy": _copy,
    "output.pager": _pager,
}
