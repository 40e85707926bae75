"""Keeping the main screen's widgets up to date: hears what happens, and paints it a few times a second at most.

Nothing is looked at that is not seen: the table asks for the rows in view, logs are read for them alone, graphs are
drawn where they are shown. The scheduler's state is read, never kept.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Sequence
from time import monotonic

from textual.screen import Screen

from ant_tui.api.documents import log_path
from ant_tui.client.interface import Client
from ant_tui.core.task import Attempt, Task, TaskState
from ant_tui.core.task_filter import TaskFilter
from ant_tui.scheduler.publisher import Publication, Recorded, Reset
from ant_tui.ui.figures import count
from ant_tui.ui.gpu_facts import gpu_facts, host_facts, summary_runs
from ant_tui.ui.gpu_processes import GpuProcesses
from ant_tui.ui.output_peeks import OutputPeeks
from ant_tui.ui.panes.gpus import GpuPane
from ant_tui.ui.panes.output import TaskOutput
from ant_tui.ui.panes.tasks import TaskTable
from ant_tui.ui.progress_watch import ProgressWatch
from ant_tui.ui.screens.changes import Changes
from ant_tui.ui.status import status_facts, status_runs
from ant_tui.ui.task_listing import TaskListing, TaskView
from ant_tui.ui.task_name import name_of
from ant_tui.ui.task_order import TaskOrder
from ant_tui.ui.task_rows import TaskRows
from ant_tui.ui.task_sort import QUEUE_ORDER, TaskSort
from ant_tui.ui.task_story import waiting_words
from ant_tui.ui.widgets.text_line import TextLine

__all__ = ["Painter"]

_AT_ONCE_S = 0.02
"""What happens together is painted together."""
_PAUSE_S = 0.2
"""Between two paints when much happens."""
_SEARCH_S = 0.004
"""How long a search for tasks keeps keys waiting."""


class Painter:
    """Paints one screen of one client."""

    def __init__(
        self,
        screen: Screen[None],
        client: Client,
        view: TaskView,
        clock: Callable[[], float],
        *,
        ascii_only: bool,
        painted: Callable[[], None],
        empty: Callable[[], str],
        no_task: Callable[[], str],
    ) -> None:
        """Prepare; ``start`` begins.

        Args:
            screen: whose widgets are painted.
            client: the scheduler.
            view: which tasks are wanted.
            clock: epoch seconds.
            ascii_only: draw tasks without anything but ASCII.
            painted: called after each paint.
            empty: what is said where there are no tasks.
            no_task: what is said in the output's place where none is selected.
        """
        self._screen = screen
        self._client = client
        self.listing = TaskListing(view)
        """What is wanted of the tasks; changed by the methods below."""
        self.order = TaskOrder(())
        """What the table shows."""
        self.heard = 0
        """Grows whenever tasks may have changed."""
        self._clock = clock
        self._ascii = ascii_only
        self._painted = painted
        self._empty = empty
        self._no_task = no_task
        self._changes = Changes()
        self._called = False
        self._seeking = False
        self._last = 0.0
        self._rows: TaskRows | None = None
        self._chosen_attempt = (0, 0)  # number of a task, and of one of its attempts
        self._progress = ProgressWatch()
        self._peeks = OutputPeeks()
        self._peeking = False
        self._processes = GpuProcesses(screen, client, self._gpus_changed)
        self._stop_listening: Callable[[], None] | None = None

    # -- life --------------------------------------------------------------------------------------------------

    def start(self) -> None:
        """Find the widgets, put a card for each GPU in, and listen from now on; ``repaint`` does all the rest."""
        find = self._screen.query_one
        self._table = find("#tasks", TaskTable)
        self._output = find("#output", TaskOutput)
        self._gpus = find("#gpus", GpuPane)
        self._status = find("#status", TextLine)
        self._tail = find("#tail", TextLine)
        self._summary = [find("#summary-0", TextLine), find("#summary-1", TextLine)]
        self._stop_listening = self._client.listen(self.hear)
        self.listing.search_on(self._client.state, _SEARCH_S)
        self._paint_gpus()
        self._screen.set_interval(1.0, self.second)

    def stop(self) -> None:
        """Listen no longer."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    def hear(self, publication: Publication) -> None:
        """Hear what happened.

        This is called from the scheduler's own tasks, where Textual does not know which app it is in; so all that is
        done here is to send word to the screen.
        """
        self._changes.hear(publication)
        self.heard += isinstance(publication, Recorded | Reset)
        if not self._called:
            self._called = self._screen.call_later(self._soon)

    def _soon(self) -> None:
        wait = max(_AT_ONCE_S, self._last + _PAUSE_S - monotonic())
        self._screen.set_timer(wait, self._tick)

    def _tick(self) -> None:
        self._called = False
        self.paint()

    # -- painting ----------------------------------------------------------------------------------------------

    def second(self) -> None:
        """Let time pass: running times, progress, and what waits."""
        self._look_for_progress()
        self._peek()
        self._changes.rows = True
        self.paint()

    def columns_changed(self) -> None:
        """The table has other columns."""
        self._changes.order = True
        self.paint()

    def show_ended_for(self, seconds: float) -> None:
        """Keep ended tasks in the list for so long; 0 for ever."""
        self.listing.show_ended_for(seconds)
        self._changes.order = True
        self.paint()

    def fold(self, titles: frozenset[str]) -> None:
        """List only the headings of these sections."""
        self.listing.fold(titles)
        self._changes.order = True
        self.paint()

    def show_lines(self, titles: frozenset[str], lines: int) -> None:
        """List so many lines of output below each task of these sections."""
        self.listing.show_lines(titles, lines)
        self._changes.order = True
        self.paint()

    def sort(self, sort: TaskSort) -> None:
        """List the tasks in another order."""
        self.listing.sort(sort)
        self._changes.order = True
        self.paint()

    def filter(self, wanted: TaskFilter) -> None:
        """List other tasks: at once where that is quick, else as soon as they are found."""
        self.listing.filter(wanted)
        self.listing.search_on(self._client.state, _SEARCH_S)
        self._changes.order |= not self.listing.searching
        self.paint()

    def repaint(self) -> None:
        """Paint everything, as after a change of layout."""
        self._changes.everything()
        self.paint()

    def paint(self) -> None:
        """Paint what has changed."""
        self._last = monotonic()
        changes, self._changes = self._changes, Changes(False, False, False, False)
        if changes.any_task:
            self.listing.touch_all()
        if changes.tasks:
            self.listing.touch(changes.tasks)
            changes.order |= not self.listing.moves_nothing
        if self.listing.searching and not self._seeking:
            self._seeking = True
            self._screen.run_worker(self._seek(), group="search")
        if changes.order or self._rows is None:
            self._paint_order()
        elif changes.rows:
            self._rows.refresh(self._clock())
            self._table.refresh_rows()
        if changes.rows or changes.order:
            self.show_selected()
        self._paint_status()
        if changes.gpus:
            self._paint_gpus()
        if changes.graphs:
            self._gpus.show_history(self._client.history)
        self._painted()

    async def _seek(self) -> None:
        """Search on, a little at a time, until nothing is left to be searched for."""
        try:
            while self.listing.searching:
                if self.listing.search_on(self._client.state, _SEARCH_S):
                    self._changes.order = True
                    self.paint()
                await asyncio.sleep(0)
        finally:
            self._seeking = False

    def _paint_order(self) -> None:
        now = self._clock()
        order = self.order = self.listing.arrange(self._client.state, now)
        self._table.set_largest(self._client.state.next_number - 1)
        self._rows = TaskRows(
            self._client,
            order,
            self._table.columns,
            now,
            progress=self._progress.known,
            output=self._last_lines,
            ascii_only=self._ascii,
        )
        self._table.filtered = bool(self.listing.view.filter.text)
        if not len(order):
            self._table.set_empty(self._empty())
        self._table.set_source(self._rows)

    def _paint_status(self) -> None:
        facts = status_facts(self._client, os.path.expanduser("~"))
        self._status.set_runs(*status_runs(facts, self._status.size.width))
        marks = len(self._table.marks)
        sort = self.listing.view.sort
        notes = [f"sorted: {sort.words}"] if sort != QUEUE_ORDER else []
        notes += [f"{count(marks, 'task')} marked"] if marks else []
        notes += ["range: v or esc ends it"] if self._table.ranging else []
        self._table.set_subtitle(f" {' · '.join(notes)} " if notes else "")

    def _gpus_changed(self) -> None:
        if self._stop_listening is not None:
            self._changes.gpus = True
            self.paint()

    def _paint_gpus(self) -> None:
        sample = self._client.sample
        self._processes.look()
        facts = gpu_facts(self._client.state, sample, self._processes.known)
        facts.append(host_facts(sample.host if sample else None, self._client.place.machine))
        self._gpus.show_facts(facts)
        reason = self._client.state.cluster.absent_reason
        self._gpus.set_note(reason if len(facts) == 1 else "")
        lines = [line for line in self._summary if line.display]
        if lines:
            runs = summary_runs(facts, self._screen.size.width, len(lines))
            for line, said in zip(lines, [*runs, []], strict=False):
                line.set_runs(said)

    # -- the selected task -------------------------------------------------------------------------------------

    @property
    def selected(self) -> Task | None:
        """The task under the cursor."""
        key = self._table.cursor_key
        return self._client.state.tasks.get(key) if isinstance(key, int) else None

    def log_path(self, task: Task) -> str:
        """Where the output of a task's latest attempt is; empty before the first."""
        return log_path(self._client.place.jobs_dir, task, task.attempt) if task.attempt is not None else ""

    def _shown_attempt(self, task: Task) -> Attempt | None:
        """The attempt whose output is shown: the latest, or which somebody has chosen."""
        if not task.attempts:
            return None
        number, chosen = self._chosen_attempt
        return next((one for one in task.attempts if number == task.number and one.number == chosen), task.attempts[-1])

    def shown_log(self, task: Task) -> str:
        """Where the output is that is shown of a task; empty for none."""
        attempt = self._shown_attempt(task)
        return log_path(self._client.place.jobs_dir, task, attempt) if attempt is not None else ""

    def step_attempt(self, steps: int) -> str:
        """Show the output of an earlier or later attempt of the selected task.

        Returns:
            Why there is none, as a sentence; empty where there was one.
        """
        task = self.selected
        attempt = self._shown_attempt(task) if task is not None else None
        if task is None or attempt is None:
            return "There is no other attempt."
        place = task.attempts.index(attempt) + steps
        if not 0 <= place < len(task.attempts):
            return "This is the first attempt." if steps < 0 else "This is the latest attempt."
        chosen = task.attempts[place]
        self._chosen_attempt = (task.number, chosen.number) if chosen is not task.attempts[-1] else (0, 0)
        self.show_selected()
        self._painted()
        return ""

    def show_selected(self) -> None:
        """Show the output of the task under the cursor."""
        task = self.selected
        if task is None:
            words = self._no_task()
            self._output.show_log("", live=False, otherwise=("", f"  {words}"))
            self._output.about = ""
            self._tail.set_runs([(f" {words}", "quiet")] if len(self.order) else ())
            return
        if self._chosen_attempt[0] != task.number:
            self._chosen_attempt = (0, 0)
        attempt = self._shown_attempt(task)
        latest = attempt is None or attempt is task.attempts[-1]
        live = task.ended_at is None and task.attempt is not None and latest
        self._output.show_log(self.shown_log(task), live=live, otherwise=waiting_words(self._client, task))
        several = len(task.attempts) > 1 and attempt is not None
        attempts = f" · attempt {attempt.number} of {task.attempts[-1].number}" if several and attempt else ""
        self._output.about = f"{task.number} {name_of(task)}{attempts}"
        self.show_tail()

    def show_tail(self) -> None:
        """Show the selected task's last line, where the screen has a place for it."""
        task = self.selected
        if self._tail.display and task is not None:
            self._tail.set_runs([(f" {task.number}│ ", "quiet"), (self._output.last_line, "")])

    def _look_for_progress(self) -> None:
        """Read how far the running tasks in view say that they are."""
        tasks = self._client.state.tasks
        rows = self._rows
        if rows is None:
            return
        top = self._table.scroll_offset.y
        logs = []
        for place in range(top, min(len(rows), top + self._table.size.height)):
            number = rows.key(place)
            task = tasks.get(number) if isinstance(number, int) else None
            if task is not None and task.state is TaskState.RUNNING:
                logs.append((task.number, self.log_path(task)))
        self._progress.look(logs)

    # -- lines of output in the list ---------------------------------------------------------------------------

    def _last_lines(self, number: int) -> Sequence[str] | None:
        """The last lines of a task's output; where it has just come into view, they come in a moment."""
        lines = self._peeks.known.get(number)
        if lines is None:
            self._screen.call_later(self._peek)
        return lines

    def _peek(self) -> None:
        """Read the last lines of the tasks in view that show some."""
        if not self._peeking and any(section.lines for section in self.order.sections):
            self._peeking = True
            self._screen.run_worker(self._read_lines(), group="peeks")

    async def _read_lines(self) -> None:
        tasks, order = self._client.state.tasks, self.order
        top = self._table.scroll_offset.y
        places = range(top, min(len(order), top + self._table.size.height))
        shown = dict.fromkeys(order.number_at(place) for place in places if order.line_at(place))
        logs = [(number, self.log_path(tasks[number]) if number in tasks else "") for number in shown]
        try:
            if await asyncio.to_thread(self._peeks.look, logs, self.listing.view.lines):
                self._table.refresh_rows()
        finally:
            self._peeking = False
