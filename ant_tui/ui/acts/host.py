"""What an act needs of the screen that it is done on, and the running of acts: errors become sentences there."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Protocol, TypeVar

from ant_tui.client.interface import Client
from ant_tui.config import Settings
from ant_tui.errors import AntError
from ant_tui.ui.layout import Border
from ant_tui.ui.notices.board import Board
from ant_tui.ui.situation import Pane, Situation
from ant_tui.ui.task_sort import TaskSort

if TYPE_CHECKING:
    from ant_tui.ui.dialogs.dialog import Dialog
    from ant_tui.ui.editor.own_editor import Edited
    from ant_tui.ui.panes.output_pane import OutputPane

__all__ = ["Act", "Host", "run"]

log = logging.getLogger(__name__)

T = TypeVar("T")


class Host(Protocol):
    """The screen, as acts see it."""

    @property
    def client(self) -> Client:
        """The scheduler."""

    def say(self, text: str, style: str = "") -> None:
        """Show a sentence about what was done; the style is ``good``, ``bad``, ``warn`` or nothing."""

    async def ask(self, dialog: Dialog[T]) -> T:
        """Show a dialog and wait for its answer."""

    def go_to(self, pane: Pane) -> None:
        """Give a pane the focus."""

    def move_gpu_cursor(self, steps: int, rows: int = 0) -> None:
        """Select another GPU: so many further, or so many rows of cards."""

    def change_window(self, steps: int) -> None:
        """Show more (positive) or less time in the graphs."""

    def toggle_smoothing(self) -> bool:
        """Smooth the graphs, or show the readings; returns whether they are smoothed now."""

    def gpu_dialog(self, uuid: str) -> Dialog[int | None]:
        """Everything about a GPU; its answer is the number of a task that is to be shown."""

    def move_border(self, border: Border, steps: int) -> str:
        """Move a border between panes by steps, down or to the right; returns why not, or nothing."""

    def reset_borders(self) -> None:
        """Share the room as if nobody had moved a border."""

    def toggle_zoom(self) -> None:
        """Give the focused pane the whole screen, or all panes their place back."""

    def back(self) -> None:
        """From zoom to all panes, from there to the tasks."""

    def next_pane(self, steps: int) -> None:
        """Go on by so many panes."""

    def copy(self, text: str) -> str:
        """Put a text into the clipboard; returns how, in a few words."""

    def show_in_pager(self, path: str) -> str:
        """Read a file in the user's pager; returns what went wrong, or nothing."""

    def edit_text(self, text: str, suffix: str) -> Edited:
        """Let the person change a text in their own editor; the file's name ends in ``suffix``."""

    def output(self) -> OutputPane:
        """The output of the selected task."""

    def step_attempt(self, steps: int) -> str:
        """Show the output of an earlier or later attempt of the selected task; returns why not, or nothing."""

    def shown_log(self, number: int) -> str:
        """Where the output of a task is, of the attempt that is shown if one is; empty for none."""

    def log_path(self, number: int) -> str:
        """Where the output of a task's latest attempt is; empty for none."""

    def themes(self) -> list[str]:
        """The names of all themes, the one that is used first."""

    def use_theme(self, name: str) -> None:
        """Change the colours."""

    def settings(self) -> Settings:
        """The settings that hold."""

    def settings_file(self) -> str | None:
        """The settings file that was asked for; None for the usual one."""

    def use_settings(self, settings: Settings) -> None:
        """Let what can be changed at once follow other settings."""

    def notices(self) -> Board:
        """What happened so far."""

    def show_task(self, number: int) -> bool:
        """Select a task in the list, unfolding its section; False where the list does not have it."""

    async def open_filter(self) -> None:
        """Let somebody type which tasks the list shows."""

    def sort(self) -> TaskSort:
        """The order of the list of tasks."""

    def sort_by(self, sort: TaskSort) -> None:
        """List the tasks in another order, and say so."""

    def fold_section(self) -> str:
        """Fold the selected task's section to its heading, or unfold it; returns why not, or nothing."""

    def toggle_lines(self) -> str:
        """Show lines of output below the tasks of the selected task's section, or no longer; returns why not."""

    def fold_all(self) -> str:
        """Fold all sections, or unfold them where they are folded; returns what became of them."""

    def columns(self) -> tuple[str, ...]:
        """The columns that the settings give to the list of tasks."""

    def show_columns(self, names: tuple[str, ...]) -> None:
        """Let the list have other columns for now."""

    def show_keys(self) -> list[tuple[str, str]]:
        """The keys of the focused pane, for the help page."""

    def open_palette(self) -> None:
        """Show the list of all actions."""

    def redraw(self) -> None:
        """Paint everything anew."""

    def suspend_to_shell(self) -> None:
        """Stop this process, as ctrl+z does in a shell."""

    async def leave(self) -> None:
        """Ask what becomes of open work, and end."""


Act = Callable[[Host, Situation], Awaitable[None]]


async def run(act: Act, host: Host, situation: Situation) -> None:
    """Do something; what goes wrong is said, and what should never go wrong is logged as well."""
    try:
        await act(host, situation)
    except AntError as error:
        more = f" ({error.reasons[0]})" if error.reasons and error.reasons[0] != error.sentence else ""
        host.say(f"{error.sentence}{more}", "bad")
    except Exception:
        log.exception("An act of the screen failed")
        host.say("That went wrong because of an error in ant-tui; the log in the data directory says more.", "bad")
