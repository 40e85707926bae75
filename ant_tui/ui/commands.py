"""The palette: every action of the table, found by its own words or by what it does, with its key and its verb."""

from __future__ import annotations

import re
from functools import partial

from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.style import Style

from ant_tui.ui.actions import ACTIONS, Action
from ant_tui.ui.command_search import quality
from ant_tui.ui.keys import Keymap, shown_key

__all__ = ["ActionCommands"]

_BELOW = Style(dim=True, bold=False)


class ActionCommands(Provider):
    """The actions that can be done now; the others with the reason why not."""

    async def discover(self) -> Hits:
        """All of them."""
        for action in ACTIONS:
            yield DiscoveryHit(self._shown(action), partial(self._do, action), text=action.label)

    async def search(self, query: str) -> Hits:
        """Those that match, each with how well it does."""
        words = query.split()
        for action in ACTIONS:
            score = quality(query, action.id, self._keys(action))
            if score > 0:
                yield Hit(score, self._shown(action, words), partial(self._do, action), text=action.label)

    def _shown(self, action: Action, words: list[str] | None = None) -> Content:
        """Its sentence, and below it what it is called; with the words of the query marked."""
        above = self._marked(action.help.rstrip("."), words or [])
        below = self._marked(self._called(action), words or [])
        return Content("\n").join([above, below.stylize_before(_BELOW)])

    def _marked(self, text: str, words: list[str]) -> Content:
        content = Content(text)
        for word in words:
            found = re.search(rf"(?i)\b{re.escape(word)}", text) or re.search(rf"(?i){re.escape(word)}", text)
            if found is not None and self.match_style is not None:
                content = content.stylize(self.match_style, *found.span())
        return content

    def _called(self, action: Action) -> str:
        """Its label, its key, and its verbs on the command line."""
        from ant_tui.ui.screens.main import MainScreen

        parts = [action.label, *(f"ant-tui {verb}" for verb in action.cli)]
        screen = self.screen
        if isinstance(screen, MainScreen):
            if key := screen.keymap.shown(action.id):
                parts.insert(1, f"key {key}")
            if action.allowed(screen.situation):
                parts.append("not now")
        return " · ".join(parts)

    def _keys(self, action: Action) -> list[str]:
        """Its keys, as they are shown and as the settings call them."""
        keymap = getattr(self.screen, "keymap", None)
        if not isinstance(keymap, Keymap):
            return []
        keys = keymap.keys(action.id)
        return [*keys, *map(shown_key, keys)]

    def _do(self, action: Action) -> None:
        from ant_tui.ui.screens.main import MainScreen

        if isinstance(self.screen, MainScreen):
            self.screen.action_act(action.id)
