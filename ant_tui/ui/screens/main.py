"""The main screen: which panes there are, how they share the room, where the focus is.

What the panes say is painted by ``painter``; what keys do is in ``acts``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable

from textual import events, work
from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from ant_tui.client.interface import Client
from ant_tui.config import Settings
from ant_tui.ui.actions import BY_ID, hints
from ant_tui.ui.acts.host import run
from ant_tui.ui.acts.on_tasks import dragged
from ant_tui.ui.acts.on_views import ask_about_what_was_left
from ant_tui.ui.acts.registry import ACTS
from ant_tui.ui.keys import Keymap, bindings_of
from ant_tui.ui.layout import LEAST, Layout, Room, lay_out
from ant_tui.ui.looks import STYLES
from ant_tui.ui.notices.board import Board
from ant_tui.ui.panes.gpus import GpuPane
from ant_tui.ui.panes.output import TaskOutput
from ant_tui.ui.panes.tasks import TaskTable
from ant_tui.ui.screens.main_host import MainHost
from ant_tui.ui.screens.memory import Memory
from ant_tui.ui.screens.painter import Painter
from ant_tui.ui.situation import Pane, Situation
from ant_tui.ui.task_order import TaskView
from ant_tui.ui.widgets.border_text import BorderText
from ant_tui.ui.widgets.braille import Glyphs
from ant_tui.ui.widgets.key_hints import Hint, KeyHints
from ant_tui.ui.widgets.text_line import TextLine
from ant_tui.ui.widgets.virtual_table import VirtualTable

__all__ = ["MainScreen"]

_TITLES = {Pane.GPUS: "GPUs", Pane.TASKS: "Tasks", Pane.OUTPUT: "Output"}


class MainScreen(Screen[None]):
    """GPUs, tasks and output of one scheduler."""

    BINDINGS = bindings_of(None)
    AUTO_FOCUS = "#tasks"

    def __init__(
        self,
        client: Client,
        settings: Settings,
        keymap: Keymap,
        *,
        glyphs: Glyphs,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make the screen.

        Args:
            client: the scheduler that is shown.
            settings: as loaded.
            keymap: the keys that hold.
            glyphs: what graphs are drawn with; with ``ascii`` everything is ASCII.
            clock: epoch seconds.
        """
        super().__init__()
        self.client = client
        self.settings = settings
        self.keymap = keymap
        self.pane = Pane.TASKS
        self.zoomed = False
        self.arrangement = Layout()
        self.host = MainHost(self)
        self.settings_file: str | None = None
        """The settings file that was asked for; None for the usual one."""
        self.board = Board(self, client, lambda: self.settings.notify, clock)
        self._glyphs: Glyphs = glyphs
        view = TaskView(finished_s=settings.screen.finished_hours * 3600.0)
        self.painter = Painter(self, client, view, clock, ascii_only=glyphs == "ascii", painted=self._painted)

    # -- what is there -----------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Put the panes in."""
        screen = self.settings.screen
        yield TextLine(styles=STYLES, id="status")
        yield TextLine(styles=STYLES, id="summary-0")
        yield TextLine(styles=STYLES, id="summary-1")
        yield GpuPane(window_s=float(self.settings.monitor.window_s), glyphs=self._glyphs, id="gpus")
        with Horizontal(id="work"):
            yield TaskTable(screen.columns, empty=self._empty(), id="tasks")
            yield TaskOutput(wrap=self.settings.output.wrap, id="output")
        yield TextLine(styles=STYLES, id="tail")
        yield KeyHints(id="hints")
        yield Static("", id="too-small", markup=False)

    def _empty(self) -> str:
        return (
            "No tasks yet.\n\n"
            f"{self.keymap.shown('task.add')}  write one here\n"
            f"{self.keymap.shown('app.help')}  all keys\n\n"
            "or from any shell:\n"
            "ant-tui submit -G 1 -- python train.py"
        )

    def on_mount(self) -> None:
        """Begin to paint."""
        self.table = self.query_one("#tasks", TaskTable)
        self.output = self.query_one("#output", TaskOutput)
        self.gpus = self.query_one("#gpus", GpuPane)
        self.hints = self.query_one("#hints", KeyHints)
        self._panes: dict[Pane, Widget] = {
            Pane.GPUS: self.gpus, Pane.TASKS: self.table, Pane.OUTPUT: self.output,
        }  # fmt: skip
        self._borders = {pane: BorderText(widget) for pane, widget in self._panes.items()}
        self._borders[Pane.GPUS] = self.gpus.border_text
        self.memory = Memory(self)
        self.memory.put_back()
        self.share_room()
        self.painter.start()
        self.board.start()
        self.call_after_refresh(self._look_back)

    @work(group="acts")
    async def _look_back(self) -> None:
        await run(ask_about_what_was_left, self.host, self.situation)

    def on_unmount(self) -> None:
        """Stop listening."""
        self.painter.stop()
        self.board.stop()
        self.memory.keep()

    # -- room --------------------------------------------------------------------------------------------------

    def on_resize(self, _event: events.Resize) -> None:
        """Share the new room."""
        if self.is_mounted and hasattr(self, "table"):
            self.share_room()

    def share_room(self) -> None:
        """Give every pane its place."""
        size = self.size
        if not size:
            return
        room = Room(
            size.width,
            size.height,
            gpus=len(self.client.state.cluster.managed),
            pane=self.pane,
            zoomed=self.zoomed,
            wish=self.settings.screen.layout,
        )
        layout = self.arrangement = lay_out(room)
        for pane, widget in self._panes.items():
            widget.display = pane in layout.panes
        self.query_one("#work").display = bool(layout.panes - {Pane.GPUS})
        self.gpus.styles.height = "1fr" if layout.single else layout.gpu_rows
        self.table.styles.width = "1fr" if layout.single else layout.task_columns
        for row, name in enumerate(("#summary-0", "#summary-1")):
            self.query_one(name).display = row < layout.summary_rows
        self.query_one("#tail").display = self.output.tail_wanted = layout.tail
        for name in ("#status", "#hints"):
            self.query_one(name).display = not layout.too_small
        words = self.query_one("#too-small", Static)
        words.display = layout.too_small
        words.update(f"window {size.width}x{size.height}, need {LEAST[0]}x{LEAST[1]} — tasks go on; q quits")
        if not layout.too_small and self.focused is None:
            self._panes[self.pane].focus()  # in a window that was too small, nothing could keep the focus
        self.output.set_polling()
        self._write_titles()
        self.call_after_refresh(self._repaint)

    def _repaint(self) -> None:
        if self.is_mounted:
            self.painter.repaint()

    def _write_titles(self) -> None:
        """In a single pane's border stand all panes, as tabs; else each pane has its own name."""
        for pane, border in self._borders.items():
            if self.arrangement.single:
                names = [(f" {self._pane_name(other)} ", "reverse bold" if other is pane else "") for other in Pane]
                border.set_title(*names, *self._more(pane))
            else:
                border.set_title((self._pane_name(pane), "bold"), *self._more(pane))

    def _pane_name(self, pane: Pane) -> str:
        return f"{self.keymap.shown(f'view.{pane}')} {_TITLES[pane]}"

    def _more(self, pane: Pane) -> list[tuple[str, str]]:
        if pane is Pane.OUTPUT and self.output.about:
            return [(f" · {self.output.about}", "")]
        return [(f" · use and memory, {self.gpus.span}", "")] if pane is Pane.GPUS else []

    # -- focus -------------------------------------------------------------------------------------------------

    def go_to(self, pane: Pane) -> None:
        """Give a pane the focus, and in a narrow screen the place."""
        if pane is not self.pane:
            self.pane = pane
            if self.arrangement.single:
                self.share_room()
        self._panes[pane].focus()
        self._show_hints()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow a focus that came by the mouse."""
        for pane, widget in self._panes.items():
            if event.widget is widget and pane is not self.pane:
                self.go_to(pane)

    # -- acts --------------------------------------------------------------------------------------------------

    @property
    def situation(self) -> Situation:
        """What an action would be done to now."""
        state = self.client.state
        keys = self.table.targets()
        tasks = [state.tasks[key] for key in keys if isinstance(key, int) and key in state.tasks]
        gpu = state.cluster.gpus.get(self.gpus.cursor_key or "")
        return Situation(
            tasks=tasks,
            pane=self.pane,
            gpu=gpu,
            gpu_disabled=gpu is not None and gpu.uuid in state.cluster.disabled,
            paused=state.paused,
            trouble=self.client.trouble if not self.client.here else "",
            marked=len(self.table.marks),
        )

    def action_act(self, name: str) -> None:
        """Do what a key, a hint or the palette asks for; say why where it cannot be done."""
        self.hints.hush()
        situation = self.situation
        if reason := BY_ID[name].allowed(situation):
            self.host.say(f"{reason[0].upper()}{reason[1:]}.", "warn")
        else:
            self._perform(name, situation)

    @work(group="acts")
    async def _perform(self, name: str, situation: Situation) -> None:
        await run(ACTS[name], self.host, situation)
        self._show_hints()

    def _painted(self) -> None:
        self._write_titles()
        self._show_hints()

    def _show_hints(self) -> None:
        situation = self.situation
        shown = [
            Hint(self.keymap.shown(action.id), action.label, action.id, not action.allowed(situation))
            for action in hints(self.pane)
            if self.keymap.keys(action.id)
        ]
        self.hints.set_hints(shown)

    # -- what widgets tell -------------------------------------------------------------------------------------

    def on_key(self) -> None:
        """Any key that nobody else wanted takes the message away."""
        self.hints.hush()

    def on_key_hints_pressed(self, message: KeyHints.Pressed) -> None:
        """A click on a hint."""
        self.action_act(message.action)

    def on_virtual_table_cursor_moved(self, _: VirtualTable.CursorMoved) -> None:
        """Another task is selected."""
        self.painter.show_selected()
        self._painted()

    def on_virtual_table_marks_changed(self, _: VirtualTable.MarksChanged) -> None:
        """Others are marked."""
        self.painter.paint()

    def on_virtual_table_row_opened(self, _: VirtualTable.RowOpened) -> None:
        """Enter or a double click."""
        self.action_act("task.open")

    def on_task_table_columns_changed(self, _: TaskTable.ColumnsChanged) -> None:
        """The table has become wider or narrower."""
        self.painter.columns_changed()

    def on_virtual_table_row_moved(self, message: VirtualTable.RowMoved) -> None:
        """A row was dragged."""
        self._move(message.key, message.before_key)

    @work(group="acts")
    async def _move(self, moved: Hashable, before: Hashable | None) -> None:
        await run(dragged(moved, before), self.host, self.situation)

    def on_task_output_tail_changed(self, _: TaskOutput.TailChanged) -> None:
        """There is a new last line."""
        self.painter.show_tail()

    def on_gpu_pane_cursor_moved(self, _: GpuPane.CursorMoved) -> None:
        """Another GPU is selected."""
        self._show_hints()
