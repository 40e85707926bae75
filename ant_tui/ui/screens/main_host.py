"""The main screen as acts see it (``acts.host.Host``): what they ask for, done with the screen's widgets."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from typing import TYPE_CHECKING, TypeVar

from textual.app import SuspendNotSupported

from ant_tui.client.interface import Client
from ant_tui.config import Settings
from ant_tui.ui import clipboard
from ant_tui.ui.leaving import AskToLeave
from ant_tui.ui.notices.board import Board
from ant_tui.ui.situation import Pane
from ant_tui.ui.task_sort import QUEUE_ORDER, TaskSort

if TYPE_CHECKING:
    from ant_tui.ui.dialogs.dialog import Dialog
    from ant_tui.ui.editor.own_editor import Edited
    from ant_tui.ui.layout import Border
    from ant_tui.ui.panes.output_pane import OutputPane
    from ant_tui.ui.screens.main import MainScreen

__all__ = ["MainHost"]

T = TypeVar("T")


class MainHost:
    """Does for acts what has to do with the screen."""

    def __init__(self, screen: MainScreen) -> None:
        """Serve a screen."""
        self._screen = screen

    @property
    def client(self) -> Client:
        """The scheduler."""
        return self._screen.client

    def say(self, text: str, style: str = "") -> None:
        """Show a sentence."""
        self._screen.hints.say(text, style)

    async def ask(self, dialog: Dialog[T]) -> T:
        """Show a dialog and wait for its answer."""
        answer = self._screen.app.push_screen(dialog, wait_for_dismiss=True)
        self._screen.opened()
        return await answer

    def go_to(self, pane: Pane) -> None:
        """Give a pane the focus."""
        self._screen.go_to(pane)

    def next_pane(self, steps: int) -> None:
        """Go on by so many panes."""
        panes = list(Pane)
        self._screen.go_to(panes[(panes.index(self._screen.pane) + steps) % len(panes)])

    def move_gpu_cursor(self, steps: int, rows: int = 0) -> None:
        """Select another GPU."""
        self._screen.gpus.move_cursor(steps, rows)

    def toggle_smoothing(self) -> bool:
        """Smooth the graphs, or show the readings."""
        window = self._screen.window
        window.smoothed = not window.smoothed
        self._screen.painter.repaint()
        return window.smoothed

    def gpu_dialog(self, uuid: str) -> Dialog[int | None]:
        """Everything about a GPU."""
        from ant_tui.ui.dialogs.gpu import GpuDialog

        screen = self._screen
        return GpuDialog(screen.client, uuid, screen.window, glyphs=screen.glyphs, copy=self.copy, clock=screen.clock)

    def move_border(self, border: Border, steps: int) -> str:
        """Move a border between panes."""
        return self._screen.borders.move(border, steps)

    def reset_borders(self) -> None:
        """Share the room as it comes."""
        self._screen.borders.reset()

    def change_window(self, steps: int) -> None:
        """Show more or less time in the graphs."""
        self._screen.window.change(steps)
        self._screen.painter.repaint()

    def toggle_zoom(self) -> None:
        """Zoom, or back."""
        self._screen.zoomed = not self._screen.zoomed
        self._screen.share_room()

    def back(self) -> None:
        """From a selection or search in the output to none, from zoom to all panes, from there to the tasks."""
        if self._screen.pane is Pane.OUTPUT and self._screen.output.cancel():
            return
        if self._screen.zoomed:
            self.toggle_zoom()
        elif self._screen.pane is not Pane.TASKS:
            self.go_to(Pane.TASKS)

    def copy(self, text: str) -> str:
        """Put a text into the clipboard."""
        return clipboard.copy(text, self._screen.app.copy_to_clipboard, os.environ)

    def edit_text(self, text: str, suffix: str) -> Edited:
        """Let the person change a text in their own editor."""
        from ant_tui.ui.editor.own_editor import edit_text

        return edit_text(self._screen.app, text, suffix)

    def output(self) -> OutputPane:
        """The output of the selected task."""
        return self._screen.output_pane

    def step_attempt(self, steps: int) -> str:
        """Show the output of an earlier or later attempt."""
        return self._screen.painter.step_attempt(steps)

    def shown_log(self, number: int) -> str:
        """Where the output of a task is, of the attempt that is shown."""
        task = self.client.state.tasks.get(number)
        return self._screen.painter.shown_log(task) if task is not None else ""

    def log_path(self, number: int) -> str:
        """Where the output of a task's latest attempt is."""
        task = self.client.state.tasks.get(number)
        return self._screen.painter.log_path(task) if task is not None else ""

    def show_in_pager(self, path: str) -> str:
        """Read a file in the user's pager."""
        if not os.path.exists(path):
            return "There is no log yet."
        words = shlex.split(os.environ.get("PAGER", "")) or ["less", "-R", "+G"]
        if shutil.which(words[0]) is None:
            return f"There is no {words[0]} on this machine; set PAGER to what you read files with."
        environment = {**os.environ, "LESSSECURE": "1"}
        try:
            with self._screen.app.suspend():
                subprocess.run([*words, path], check=False, env=environment)
        except SuspendNotSupported:
            return "This terminal cannot be handed to a pager."
        return ""

    def themes(self) -> list[str]:
        """All themes, the one that is used first."""
        app = self._screen.app
        return [app.theme, *(name for name in app.available_themes if name != app.theme)]

    def use_theme(self, name: str) -> None:
        """Change the colours."""
        self._screen.app.theme = name

    def settings(self) -> Settings:
        """The settings that hold."""
        return self._screen.settings

    def settings_file(self) -> str | None:
        """The settings file that was asked for."""
        return self._screen.settings_file

    def use_settings(self, settings: Settings) -> None:
        """Let what can be changed at once follow other settings."""
        from ant_tui.ui.settings.live import take_over

        take_over(self._screen, settings)

    def notices(self) -> Board:
        """What happened so far."""
        return self._screen.board

    def show_task(self, number: int) -> bool:
        """Select a task in the list."""
        table = self._screen.table
        if not table.move_to(number) and not (self._screen.folding.reveal(number) and table.move_to(number)):
            return False
        self._screen.go_to(Pane.TASKS)
        return True

    async def open_filter(self) -> None:
        """Let somebody type which tasks the list shows."""
        self._screen.go_to(Pane.TASKS)
        await self._screen.filtering.open()

    def sort(self) -> TaskSort:
        """The order of the list of tasks."""
        return self._screen.painter.listing.view.sort

    def sort_by(self, sort: TaskSort) -> None:
        """List the tasks in another order."""
        self._screen.painter.sort(sort)
        self.say(f"Sorted: {sort.words}." if sort != QUEUE_ORDER else "Queue order again.")

    def fold_section(self) -> str:
        """Fold the selected task's section, or unfold it."""
        return self._screen.folding.toggle()

    def toggle_lines(self) -> str:
        """Show lines of output below the tasks of the selected task's section, or no longer."""
        return self._screen.folding.toggle_lines()

    def fold_all(self) -> str:
        """Fold all sections, or unfold them."""
        return self._screen.folding.toggle_all()

    def columns(self) -> tuple[str, ...]:
        """The columns that the settings give to the list of tasks."""
        return self._screen.settings.screen.columns

    def show_columns(self, names: tuple[str, ...]) -> None:
        """Let the list have other columns for now."""
        self._screen.table.set_names(names)

    def show_keys(self) -> list[tuple[str, str]]:
        """The keys of the focused pane, then those that work everywhere."""
        rows: list[tuple[str, str]] = []
        for title, pane in ((f"In this pane ({self._screen.pane})", self._screen.pane), ("Everywhere", None)):
            rows += [("", title)]
            rows += self._screen.keymap.described(pane)
            rows += [("", "")]
        return rows[:-1]

    def open_palette(self) -> None:
        """Show the list of all actions."""
        from textual.command import CommandPalette

        from ant_tui.ui.commands import ActionCommands
        from ant_tui.ui.dialogs.dialog import read_styles

        read_styles(self._screen.app)  # it is Textual's own, and asks for none of ours
        self._screen.app.push_screen(CommandPalette([ActionCommands], placeholder="What do you want to do?"))

    def redraw(self) -> None:
        """Paint everything anew."""
        self._screen.app.refresh(layout=True)

    def suspend_to_shell(self) -> None:
        """Stop this process, as ctrl+z does in a shell."""
        self._screen.app.action_suspend_process()

    async def leave(self) -> None:
        """Ask what becomes of open work, and end."""
        app = self._screen.app
        if not isinstance(app, AskToLeave):
            app.exit()
        else:
            await app.ask_to_leave()
