"""What of changed settings a running screen can take over at once."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from ant_tui.config import Settings
from ant_tui.ui.themes import theme_named

if TYPE_CHECKING:
    from ant_tui.ui.screens.main import MainScreen

__all__ = ["take_over"]


def take_over(screen: MainScreen, settings: Settings) -> None:
    """Let a screen work with other settings; what ``effects`` calls ``at once`` holds afterwards.

    Args:
        screen: the main screen.
        settings: all of them.

    Raises:
        ConfigError: the theme does not exist.
    """
    before, screen.settings = screen.settings, settings
    if settings.screen.theme != before.screen.theme:
        screen.app.theme = theme_named(settings.screen.theme, screen.app.available_themes, os.environ)
    if settings.output.wrap != before.output.wrap:
        screen.output.set_wrap(settings.output.wrap)
    screen.table.set_names(settings.screen.columns)
    screen.painter.show_ended_for(settings.screen.finished_hours * 3600.0)
    screen.folding.take_over(settings.screen.list_lines)
    screen.window.alpha = settings.monitor.smoothing_alpha
    screen.share_room()
