"""The main screen: which panes there are, how they share the room, where the focus is.

What the panes say is painted by ``painter``; what keys do is in ``acts``, which is imported after the first frame: it
brings every dialog with it, and nobody waits for those to see the tasks.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Hashable
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

from textual import events, work
from textual.app import ComposeResult
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static

from ant_tui.client.interface import Client
from ant_tui.config import Settings
from ant_tui.core.task import TaskState
from ant_tui.ui.actions import AT_ONCE, BY_ID, hints
from ant_tui.ui.acts.host import run
from ant_tui.ui.graph_window import GraphWindow
from ant_tui.ui.keys import Keymap, bindings_of
from ant_tui.ui.layout import LEAST, Layout, Room, lay_out
from ant_tui.ui.looks import STYLES
from ant_tui.ui.lost_scheduler import how_to_start
from ant_tui.ui.notices.board import Board
from ant_tui.ui.panes.gpus import GpuPane
from ant_tui.ui.panes.output import TaskOutput
from ant_tui.ui.panes.output_pane import OutputPane
from ant_tui.ui.panes.tasks import TaskTable
from ant_tui.ui.screens.borders import Borders
from ant_tui.ui.screens.filtering import Filtering
from ant_tui.ui.screens.folding import Folding
from ant_tui.ui.screens.main_host import MainHost
from ant_tui.ui.screens.memory import Memory
from ant_tui.ui.screens.painter import Painter
from ant_tui.ui.situation import Pane, Situation
from ant_tui.ui.task_listing import TaskView
from ant_tui.ui.task_sort import sort_for_column
from ant_tui.ui.typed_ahead import Opening
from ant_tui.ui.widgets.border_text import BorderText
from ant_tui.ui.widgets.braille import Glyphs
from ant_tui.ui.widgets.covered import CoveredColumn, CoveredRow
from ant_tui.ui.widgets.key_hints import Hint, KeyHints
from ant_tui.ui.widgets.text_line import TextLine
from ant_tui.ui.widgets.virtual_table import VirtualTable

if TYPE_CHECKING:
    from ant_tui.ui.widgets.filter_bar import FilterBar

__all__ = ["MainScreen"]

_FEW = 100
_IDLE_S = 0.3
"""How long after the first frame."""

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
        self.gpu_share: float | None = None
        """What somebody wants the GPU pane to have of the screen's rows; None as it comes."""
        self.task_share: float | None = None
        """What somebody wants the tasks to have of the columns; None as it comes."""
        self.window = GraphWindow(
            float(settings.monitor.window_s),
            alpha=settings.monitor.smoothing_alpha,
            reading_s=settings.gpus.sample_interval_s,
        )
        """What the graphs show of the past."""
        self.arrangement = Layout()
        self.borders = Borders(self)
        self.opening = Opening()
        self.host = MainHost(self)
        self.settings_file: str | None = None
        """The settings file that was asked for; None for the usual one."""
        self.clock = clock
        self.board = Board(self, client, lambda: self.settings.notify, clock)
        self.glyphs: Glyphs = glyphs
        view = TaskView(finished_s=settings.screen.finished_hours * 3600.0)
        self.folding = Folding(self)
        self.painter = Painter(
            self,
            client,
            view,
            clock,
            ascii_only=glyphs == "ascii",
            painted=self._painted,
            empty=self.empty,
            no_task=self.folding.words,
        )
        self.filtering = Filtering(self)
        self._situation: Situation | None = None
        self._situation_key: tuple[object, ...] = ()
        self._resumed = False
        self._to_be_fitted = False
        """Whether panes have a size that they have not been told of yet."""

    # -- what is there -----------------------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        """Put the panes in."""
        screen = self.settings.screen
        yield TextLine(styles=STYLES, id="status")
        yield TextLine(styles=STYLES, id="summary-0")
        yield TextLine(styles=STYLES, id="summary-1")
        yield GpuPane(window=self.window, glyphs=self.glyphs, id="gpus")
        with CoveredRow(id="work"):
            with CoveredColumn(id="task-pane"):
                yield TaskTable(screen.columns, empty=self.empty(), id="tasks")
            yield OutputPane(TaskOutput(wrap=self.settings.output.wrap, id="output"), id="output-pane")
        yield TextLine(styles=STYLES, id="tail")
        yield KeyHints(id="hints")
        yield Static("", id="too-small", markup=False)

    def empty(self) -> str:
        """What stands in the list where there is no task."""
        if self.filtering.filter and self.painter.order.of:
            return self.filtering.empty()
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
        self.output_pane = self.query_one("#output-pane", OutputPane)
        self.output = self.output_pane.output
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
        self._to_be_fitted = True
        self.call_after_refresh(self._look_back)
        self.call_after_refresh(self.set_timer, _IDLE_S, self._bring_the_dialogs)

    def on_screen_resume(self, event: events.ScreenResume) -> None:
        """At the start every widget has just got its style; Textual would look all of them up once more."""
        event.refresh_styles = event.refresh_styles and self._resumed
        self._resumed = True

    def _compositor_refresh(self) -> None:
        """Paint; before the first time, let the panes arrange themselves for the sizes that they have.

        Textual tells them by message, after it has painted: the first frame would be one of empty panes, and the
        second one, some milliseconds later, the one that somebody waits for.
        """
        if self._to_be_fitted and self.size:
            self._to_be_fitted = False
            self.table.fit()
            self.painter.repaint()
            self.hints.fit()
        super()._compositor_refresh()

    @work(thread=True)
    def _bring_the_dialogs(self) -> None:
        """Import what the first key press may ask for."""
        import_module("ant_tui.ui.acts.registry")
        gc.freeze()  # what is here now stays: looking through it for garbage would only make keys wait
        self.call_later(import_module("ant_tui.ui.dialogs.dialog").read_styles, self.app)

    @work(group="acts")
    async def _look_back(self) -> None:
        if not self.client.state.counts[TaskState.RECOVERABLE]:
            return
        from ant_tui.ui.acts.on_views import ask_about_what_was_left

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

    @property
    def room(self) -> Room:
        """What there is to be shared."""
        return Room(
            *self.size,
            gpus=len(self.client.state.cluster.managed),
            pane=self.pane,
            zoomed=self.zoomed,
            wish=self.settings.screen.layout,
            gpu_share=self.gpu_share,
            task_share=self.task_share,
        )

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """Perhaps on a border."""
        self.borders.take(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Perhaps with a border."""
        self.borders.drag(event)

    def on_mouse_up(self, _: events.MouseUp) -> None:
        """Let go of it."""
        self.borders.drop()

    def share_room(self) -> None:
        """Give every pane its place."""
        size = self.size
        if not size:
            return
        layout = self.arrangement = lay_out(self.room)
        for pane, widget in self._panes.items():
            widget.display = pane in layout.panes
        task_pane = self.query_one("#task-pane")
        task_pane.display = self.table.display
        self.output_pane.display = self.output.display
        self.query_one("#work").display = bool(layout.panes - {Pane.GPUS})
        self.gpus.styles.height = "1fr" if layout.single else layout.gpu_rows
        task_pane.styles.width = "1fr" if layout.single else layout.task_columns
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
        if pane is Pane.TASKS:
            return self.filtering.title()
        return [(f" · use and memory, {self.window.words}", "")] if pane is Pane.GPUS else []

    # -- focus -------------------------------------------------------------------------------------------------

    def go_to(self, pane: Pane) -> None:
        """Give a pane the focus, and in a narrow screen the place."""
        if pane is not self.pane:
            self.pane = pane
            if self.arrangement.single:
                self.share_room()
        self.set_focus(self._panes[pane])
        self._show_hints()

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Follow a focus that came by the mouse; one that has gone on meanwhile is not followed."""
        for pane, widget in self._panes.items():
            if event.widget is widget is self.focused and pane is not self.pane:
                self.go_to(pane)

    # -- acts --------------------------------------------------------------------------------------------------

    @property
    def situation(self) -> Situation:
        """What an action would be done to now."""
        state = self.client.state
        keys = self.table.targets()
        gpu = state.cluster.gpus.get(self.gpus.cursor_key or "")
        trouble = "" if self.client.connected else self.client.trouble or "the scheduler does not answer"
        sort = self.painter.listing.view.sort
        key = (keys, self.painter.heard, self.pane, gpu, state.cluster.disabled, state.paused, trouble, sort)
        # A few tasks are looked at each time: one may have changed and not yet been told of.
        if self._situation is not None and len(keys) > _FEW and key == self._situation_key:
            return self._situation
        self._situation_key = key
        self._situation = Situation(
            tasks=[state.tasks[key] for key in keys if isinstance(key, int) and key in state.tasks],
            pane=self.pane,
            gpu=gpu,
            gpu_disabled=gpu is not None and gpu.uuid in state.cluster.disabled,
            paused=state.paused,
            trouble=trouble,
            marked=len(self.table.marks),
            order=sort.words if sort.moves_the_queue else "",
        )
        return self._situation

    def action_act(self, name: str) -> None:
        """Do what a key, a hint or the palette asks for; say why where it cannot be done."""
        self.hints.hush()
        situation = self.situation
        if reason := BY_ID[name].allowed(situation):
            self.host.say(f"{reason[0].upper()}{reason[1:]}.", "warn")
        elif name in AT_ONCE:  # what the next key does depends on it, however fast that comes
            self._change_pane(name)
        else:
            self._perform(name, situation, self.opening.begin())

    def _change_pane(self, name: str) -> None:
        steps = {"view.next": 1, "view.previous": -1}.get(name)
        if steps is None:
            self.go_to(Pane(name.removeprefix("view.")))
        else:
            self.host.next_pane(steps)

    @work(group="acts")
    async def _perform(self, name: str, situation: Situation, opening: object) -> None:
        from ant_tui.ui.acts.registry import ACTS

        try:
            await run(ACTS[name], self.host, situation)
        finally:
            self.opened(opening)
        self._show_hints()

    def opened(self, opening: object | None = None) -> None:
        """Let keys come again, to what an act (None: whichever) has opened, as soon as that can take them."""
        end = partial(self.app.call_later, self.opening.end, opening)
        top = self.app.screen
        if top is self:
            end()
        else:
            top.call_after_refresh(end)

    def _painted(self) -> None:
        self.filtering.painted()
        self._write_titles()
        self._show_hints()

    def _show_hints(self) -> None:
        situation = self.situation
        lost, folded = how_to_start(self.client), self.folding.hints()
        shown = [
            Hint(self.keymap.shown(action.id), action.label, action.id, not action.allowed(situation), action.last)
            for action in hints(self.pane)
            if self.keymap.keys(action.id) and not (folded and action.id == "task.open")
        ]
        self.hints.set_hints(self.filtering.hints() or self.output_pane.hints() or [*lost, *folded, *shown])

    # -- what widgets tell -------------------------------------------------------------------------------------

    def on_key(self) -> None:
        """Any key that nobody else wanted takes the message away."""
        self.hints.hush()

    def on_key_hints_pressed(self, message: KeyHints.Pressed) -> None:
        """A click on a hint."""
        if self.filtering.is_open:
            self.filtering.press(message.action)
        elif self.output_pane.is_open:
            self.output_pane.press(message.action)
        elif message.action:
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

    def on_virtual_table_header_clicked(self, message: VirtualTable.HeaderClicked) -> None:
        """The title of a column: sorts by it."""
        self.host.sort_by(sort_for_column(message.key, self.painter.listing.view.sort))

    def on_virtual_table_section_pressed(self, message: VirtualTable.SectionPressed) -> None:
        """A heading: folds its section, or unfolds it."""
        self.folding.toggle(message.key)

    def on_filter_bar_changed(self, message: FilterBar.Changed) -> None:
        """A filter is being typed."""
        self.filtering.change(message.text)

    def on_filter_bar_kept(self, message: FilterBar.Kept) -> None:
        """Enter in the filter."""
        self.filtering.keep(message.text)

    def on_filter_bar_cleared(self, _: FilterBar.Cleared) -> None:
        """Esc in the filter."""
        self.filtering.clear()

    def on_filter_bar_left(self, _: FilterBar.Left) -> None:
        """The focus went from the filter elsewhere."""
        self.filtering.leave()

    def on_task_table_filter_unwanted(self, _: TaskTable.FilterUnwanted) -> None:
        """Esc in a list with a filter."""
        self.filtering.clear()

    def on_task_table_columns_changed(self, _: TaskTable.ColumnsChanged) -> None:
        """The table has become wider or narrower."""
        self.painter.columns_changed()

    def on_virtual_table_row_moved(self, message: VirtualTable.RowMoved) -> None:
        """A row was dragged."""
        self._move(message.key, message.before_key)

    @work(group="acts")
    async def _move(self, moved: Hashable, before: Hashable | None) -> None:
        from ant_tui.ui.acts.on_tasks import dragged

        await run(dragged(moved, before, self.painter.order), self.host, self.situation)

    def on_output_pane_hints_changed(self, _: OutputPane.HintsChanged) -> None:
        """Something is being asked for below the output, or no longer."""
        self._show_hints()

    def on_output_pane_said(self, message: OutputPane.Said) -> None:
        """What was asked for there cannot be done."""
        self.host.say(message.text, message.style)

    def on_task_output_said(self, message: TaskOutput.Said) -> None:
        """A search tells something."""
        self.host.say(message.text, "warn")

    def on_task_output_tail_changed(self, _: TaskOutput.TailChanged) -> None:
        """There is a new last line."""
        self.painter.show_tail()

    def on_gpu_pane_cursor_moved(self, _: GpuPane.CursorMoved) -> None:
        """Another GPU is selected."""
        self._show_hints()

    def on_gpu_pane_opened(self, _: GpuPane.Opened) -> None:
        """A double click on a GPU."""
        self.action_act("gpu.open")
