"""Acts on the list of tasks itself: which tasks it shows, in which order, with which columns, what is folded."""

from __future__ import annotations

from collections.abc import Mapping

from ant_tui import paths
from ant_tui.config import Settings, edit_setting, load_settings
from ant_tui.errors import ConfigError
from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.dialogs.columns import ColumnsDialog
from ant_tui.ui.dialogs.sort import SortMenu
from ant_tui.ui.situation import Situation
from ant_tui.ui.task_cells import ABOUT
from ant_tui.ui.task_sort import ORDERS

__all__ = ["ACTS"]


async def _filter(host: Host, _: Situation) -> None:
    await host.open_filter()


async def _sort(host: Host, _: Situation) -> None:
    chosen = await host.ask(SortMenu(host.sort()))
    if chosen is not None:
        host.sort_by(chosen)


def _step(steps: int) -> Act:
    async def act(host: Host, _: Situation) -> None:
        host.sort_by(ORDERS[(ORDERS.index(host.sort()) + steps) % len(ORDERS)])

    return act


async def _fold(host: Host, _: Situation) -> None:
    if problem := host.fold_section():
        host.say(problem, "warn")


async def _lines(host: Host, _: Situation) -> None:
    if problem := host.toggle_lines():
        host.say(problem, "warn")


async def _fold_all(host: Host, _: Situation) -> None:
    host.say(host.fold_all())


async def _columns(host: Host, _: Situation) -> None:
    before = host.columns()
    chosen = await host.ask(ColumnsDialog(before, ABOUT, Settings().screen.columns, host.show_columns))
    if chosen is None or chosen == before:
        host.show_columns(before)
        return
    file = host.settings_file()
    path = paths.config_file(file)
    try:
        edit_setting(path, "screen.columns", list(chosen))
        host.use_settings(load_settings(file))
    except ConfigError:
        host.show_columns(before)
        raise
    if host.columns() == chosen:
        host.say(f"The columns are kept in {path}.", "good")
    else:
        host.say("The environment (ANT_TUI_SCREEN__COLUMNS) wants other columns, and is stronger.", "warn")


ACTS: Mapping[str, Act] = {
    "list.filter": _filter,
    "list.fold": _fold,
    "list.fold_all": _fold_all,
    "list.lines": _lines,
    "list.columns": _columns,
    "list.sort": _sort,
    "list.sort_next": _step(1),
    "list.sort_previous": _step(-1),
}
