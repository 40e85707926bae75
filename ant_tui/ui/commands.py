"""The palette: every action of the table, found by its name or by what it does, with its key and its verb."""

from __future__ import annotations

from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content

from ant_tui.ui.actions import ACTIONS, Action

__all__ = ["ActionCommands"]


class ActionCommands(Provider):
    """The actions that can be done now; the others with the reason why not."""

    async def discover(self) -> Hits:
        """All of them."""
        for action in ACTIONS:
            yield DiscoveryHit(Content(self._name(action)), partial(self._do, action), help=self._help(action))

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for action in ACTIONS:
            text = self._name(action)
            score = max(matcher.match(text), matcher.match(action.help) * 0.8)
            if score > 0:
                yield Hit(score, matcher.highlight(text), partial(self._do, action), text=text, help=self._help(action))

    def _name(self, action: Action) -> str:
        return action.help.rstrip(".")

    def _help(self, action: Action) -> str:
        from ant_tui.ui.screens.main import MainScreen

        parts = [f"ant-tui {verb}" for verb in action.cli]
        screen = self.screen
        if isinstance(screen, MainScreen):
            if key := screen.keymap.shown(action.id):
                parts.insert(0, f"key {key}")
            if action.allowed(screen.situation):
                parts.append("not now")
        return " · ".join(parts)

    def _do(self, action: Action) -> None:
        from ant_tui.ui.screens.main import MainScreen

        if isinstance(self.screen, MainScreen):
            self.screen.action_act(action.id)
