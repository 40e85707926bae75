"""The borders between the panes of the main screen: moved by key or by mouse, within what the layout allows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events

from ant_tui.ui.layout import Border, resized_gpus, resized_tasks

if TYPE_CHECKING:
    from ant_tui.ui.screens.main import MainScreen

__all__ = ["Borders"]


class Borders:
    """Moves the borders of one screen."""

    def __init__(self, screen: MainScreen) -> None:
        """Hold nothing yet."""
        self._screen = screen
        self._held: Border | None = None

    def move(self, border: Border, steps: int) -> str:
        """Move a border by steps, down and to the right where positive.

        Returns:
            Why that cannot be done, or nothing.
        """
        screen = self._screen
        if screen.arrangement.single:
            return "Only one pane is shown, so there is no border to move."
        if border == "tasks":
            share: float | None = resized_tasks(screen.room, steps)
            moved, screen.task_share = share != screen.task_share, share
        else:
            share = resized_gpus(screen.room, steps)
            moved, screen.gpu_share = share != screen.gpu_share, share
        if not moved:
            return "It cannot be moved any further: the panes need the room."
        screen.share_room()
        return ""

    def reset(self) -> None:
        """Share the room as if nobody had moved anything."""
        self._screen.gpu_share = self._screen.task_share = None
        self._screen.share_room()

    # -- by mouse ----------------------------------------------------------------------------------------------

    def take(self, event: events.MouseDown) -> None:
        """Take hold of the border under the mouse, if there is one."""
        border = self._at(event.screen_x, event.screen_y) if event.button == 1 else None
        if border is not None:
            self._held = border
            self._screen.clear_selection()  # else Textual would select the text on the way
            self._screen.capture_mouse()

    def drag(self, event: events.MouseMove) -> None:
        """Let the border that is held follow the mouse."""
        screen = self._screen
        if self._held is None:
            return
        if not event.button:  # it was let go where we could not see it
            self.drop()
            return
        width, height = screen.size
        if self._held == "tasks":
            share = min(1.0, max(0.0, (event.screen_x + 1) / width))
            changed, screen.task_share = share != screen.task_share, share
        else:
            share = min(1.0, max(0.0, (event.screen_y + 1 - screen.gpus.region.y) / height))
            changed, screen.gpu_share = share != screen.gpu_share, share
        if changed:
            screen.share_room()

    def drop(self) -> None:
        """Let go."""
        if self._held is not None:
            self._held = None
            self._screen.release_mouse()

    def _at(self, x: int, y: int) -> Border | None:
        screen = self._screen
        if screen.arrangement.single or screen.arrangement.too_small:
            return None
        gpus, tasks = screen.gpus.region, screen.table.region
        if y in (gpus.bottom - 1, gpus.bottom):
            return "gpus"
        if y > gpus.bottom and y < tasks.bottom and x in (tasks.right - 1, tasks.right):
            return "tasks"
        return None
