"""The main screen's memory: puts back how it was left, and keeps how it is, at the end and once a minute."""

from __future__ import annotations

import os
from contextlib import suppress
from typing import TYPE_CHECKING

from ant_tui import paths
from ant_tui.errors import ConfigError
from ant_tui.ui.remembered import Remembered, held, instead, load, save
from ant_tui.ui.situation import Pane
from ant_tui.ui.task_sort import sort_named
from ant_tui.ui.themes import theme_named

if TYPE_CHECKING:
    from ant_tui.ui.screens.main import MainScreen

__all__ = ["Memory"]

_EVERY_S = 60.0


class Memory:
    """Remembers one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        """Read what was remembered.

        Args:
            screen: not yet shown.
        """
        self._screen = screen
        self._path = paths.ui_state_file(screen.client.place.data_dir)
        self._kept, self.problem = load(self._path)

    def put_back(self) -> None:
        """Make the screen as it was left; to be called when its widgets are there."""
        screen, was, settings = self._screen, self._kept, self._screen.settings
        theme = held(was.theme, settings.screen.theme)
        if theme != settings.screen.theme and theme in screen.app.available_themes:
            screen.app.theme = theme
        screen.output.set_wrap(held(was.wrap, settings.output.wrap))
        screen.window.window_s = held(was.window_s, float(settings.monitor.window_s))
        screen.window.smoothed = was.smoothed
        screen.gpu_share, screen.task_share = was.gpu_share, was.task_share
        screen.painter.listing.sort(sort_named(was.sort, was.reverse))
        screen.folding.put_back(was.folded, was.lined)
        screen.filtering.put_back(was.filter, was.filters)
        screen.output_pane.earlier = list(was.searches)
        screen.zoomed = was.zoomed
        with suppress(ValueError):  # a pane of another version
            screen.pane = Pane(was.pane)
        screen.call_after_refresh(self._go_to, screen.pane)
        screen.set_interval(_EVERY_S, self.keep)
        if self.problem:
            screen.call_after_refresh(screen.host.say, self.problem, "warn")

    def _go_to(self, pane: Pane) -> None:
        """Give the focus to the pane that had it; by now the tasks have it, unless a key has asked for another."""
        screen = self._screen
        if screen.focused is None or (screen.focused is screen.table and pane is not Pane.TASKS):
            screen.go_to(pane)

    def keep(self) -> None:
        """Write how the screen is now, if that is different from what was written last."""
        now = self._look()
        if now != self._kept:
            self._kept = now
            save(self._path, now)

    def _look(self) -> Remembered:
        screen, settings = self._screen, self._screen.settings
        listing = screen.painter.listing
        theme = None
        with suppress(ConfigError):  # a theme that was removed while the screen ran
            if screen.app.theme != theme_named(settings.screen.theme, screen.app.available_themes, os.environ):
                theme = instead(settings.screen.theme, screen.app.theme)
        return Remembered(
            pane=screen.pane,
            zoomed=screen.zoomed,
            theme=theme,
            wrap=instead(settings.output.wrap, screen.output.wrapping),
            window_s=instead(float(settings.monitor.window_s), screen.window.window_s),
            smoothed=screen.window.smoothed,
            gpu_share=screen.gpu_share,
            task_share=screen.task_share,
            sort=listing.view.sort.by,
            reverse=listing.view.sort.reverse,
            filter=listing.wanted.text,
            filters=tuple(screen.filtering.earlier),
            folded=screen.folding.folded,
            lined=screen.folding.lined,
            searches=tuple(screen.output_pane.earlier),
        )
