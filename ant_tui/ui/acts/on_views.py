"""Acts that open a dialog around a list: what earlier sessions left, settings, past notices."""

from __future__ import annotations

from collections.abc import Mapping

from ant_tui.api.documents import RecoveryDocument
from ant_tui.api.schema import RecoverList
from ant_tui.core.task import TaskState
from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.notices.dialog import NoticesDialog
from ant_tui.ui.recovery.dialog import RecoveryDialog
from ant_tui.ui.settings.dialog import SettingsDialog
from ant_tui.ui.situation import Situation
from ant_tui.ui.themes import load_themes

__all__ = ["ACTS", "ask_about_what_was_left"]


async def _recovery(host: Host, _: Situation) -> None:
    if not host.client.state.counts[TaskState.RECOVERABLE]:
        host.say("Earlier sessions left nothing to decide about.")
        return
    await _decide(host, prompted=False)


async def ask_about_what_was_left(host: Host, _: Situation) -> None:
    """Ask, if somebody has to be asked and nobody else has been; done once, at the screen's start."""
    left: RecoveryDocument = await host.client.call("recover_list", RecoverList(consume=True))
    if left.prompt:
        await _decide(host, prompted=True)


async def _decide(host: Host, *, prompted: bool) -> None:
    said = await host.ask(RecoveryDialog(host.client, prompted=prompted))
    if said is not None:
        host.say(*said)
    elif prompted:
        host.say("Nothing was decided; the command “recover” brings the question back.")


async def _settings(host: Host, _: Situation) -> None:
    themes = sorted(load_themes().themes)
    await host.ask(SettingsDialog(host.settings_file(), themes, host.use_settings))


async def _notices(host: Host, _: Situation) -> None:
    number = await host.ask(NoticesDialog(host.notices()))
    if number is not None and not host.show_task(number):
        host.say(f"Task {number} is not in the list: it is forgotten, or ended too long ago, or filtered out.", "warn")


ACTS: Mapping[str, Act] = {"view.recovery": _recovery, "view.settings": _settings, "view.notices": _notices}
