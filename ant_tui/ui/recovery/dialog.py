"""The dialog about tasks that earlier sessions left: choose some of them, and restore, hide or forget them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType

from ant_tui.api.documents import OutcomeDocument, OutcomesDocument, log_path
from ant_tui.api.schema import Entries
from ant_tui.api.verbs.recovering import conflict
from ant_tui.client.interface import Client
from ant_tui.core.task import Group, Task
from ant_tui.scheduler.publisher import Publication, Recorded, Reset
from ant_tui.ui.acts.outcomes import summary
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.listing import Key, ListDialog, bindings
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.figures import count
from ant_tui.ui.looks import STYLES
from ant_tui.ui.recovery.entries import (
    COLUMNS,
    GROUP_KEYS,
    LEADS,
    about,
    cells,
    columns_for,
    empty_words,
    heading,
    left_words,
)
from ant_tui.ui.recovery.what_was_left import Left, Order, Tab, look_back, parts
from ant_tui.ui.task_story import story
from ant_tui.ui.widgets.section_rows import RowSection, SectionRows
from ant_tui.ui.widgets.tab_line import TabLine, TabLook
from ant_tui.ui.widgets.table_rows import Cell
from ant_tui.ui.widgets.text_line import TextLine
from ant_tui.ui.widgets.virtual_table import VirtualTable

__all__ = ["RecoveryDialog", "Said"]

Said = tuple[str, str]
"""A sentence about what was done, and the name of its style."""

_TOGETHER_S = 0.2
"""What happens together is shown together."""


class RecoveryDialog(ListDialog[Said | None]):
    """Answers with what was done last when nothing is left to decide, else with nothing."""

    MARKS = True
    KEYS: ClassVar = (
        Key("r,enter", "restore", "restore", "Bring the selected ones back: into the queue, or into the history."),
        Key("space", "mark", "select", "Select this one, or not."),
        Key("a,asterisk", "everything", "all", "Select all that are shown, or none of them."),
        Key("D,delete", "forget", "forget", "Remove the selected ones for ever; asks first. Logs stay."),
        Key("h", "hide", "hide", "Put the selected ones out of sight, or back in sight; they can still be restored."),
        Key("tab,right,l", "tab(1)", "next tab", "Go to the next tab."),
        Key("s", "sort", "sort", "Choose how they are sorted inside each group."),
        Key("shift+tab,left", "tab(-1)", "", "Go to the tab before."),
        Key(GROUP_KEYS[Group.INTERRUPTED], "group('interrupted')", "", "Select all that were interrupted, or none."),
        Key(GROUP_KEYS[Group.QUEUED], "group('queued')", "", "Select all that were queued, or none."),
        Key(GROUP_KEYS[Group.COMPLETED], "group('completed')", "", "Select all that had ended, or none."),
        Key("t", "part", "", "Select all below the same heading, or none of them."),
        Key("w", "story", "", "Show all about the task under the cursor."),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(self, client: Client, *, prompted: bool = False, clock: Callable[[], float] = time.time) -> None:
        """Look at what was left.

        Args:
            client: the scheduler.
            prompted: True where nobody asked for the dialog: it says what it is about, and what was interrupted or
                queued in the last session is selected.
            clock: epoch seconds.
        """
        super().__init__("Recovery", COLUMNS, empty="")
        self._client = client
        self._clock = clock
        self._prompted = prompted
        self.leaving = "later" if prompted else "back"
        self._left: Left = look_back(client.state)
        self._tab = self._left.first
        self._order = Order.AS_LEFT
        self._rows: SectionRows[Task] = SectionRows([], _number, lambda _: ())
        self._shown_columns = tuple(COLUMNS)
        self.selected: frozenset[int] = self._preselected() if prompted else frozenset()
        """Numbers of the selected tasks, those included that the filter or another tab hides."""
        self._stale = False
        self._stop_listening: Callable[[], None] | None = None
        self.unasked_at = 0.0
        """When it came, monotonic, if nobody asked for it: keys typed before that were not meant as its answers."""

    def _preselected(self) -> frozenset[int]:
        tasks = self._left.tabs[Tab.LAST]
        return frozenset(
            task.number
            for task in tasks
            if task.aside is not None and task.aside.group is not Group.COMPLETED and not self._conflict(task)
        )

    # -- what is there -----------------------------------------------------------------------------------------

    def head(self) -> ComposeResult:
        """Tabs, and what all this is about."""
        yield TabLine(id="tabs")
        yield TextLine(styles=STYLES, id="lead")

    def foot(self) -> ComposeResult:
        """The task under the cursor."""
        yield TextLine(styles=STYLES, id="about")
        yield TextLine(styles=STYLES, id="about-command")

    def ready(self) -> None:
        """Show what was left, and listen from now on."""
        self.query_one("#lead", TextLine).display = self._prompted
        self.unasked_at = time.monotonic() if self._prompted else 0.0
        self._show()
        self._stop_listening = self._client.listen(self._hear)

    def on_unmount(self) -> None:
        """Listen no longer."""
        if self._stop_listening is not None:
            self._stop_listening()

    def on_resize(self, _event: events.Resize) -> None:
        """Choose the columns that have room."""
        self.call_after_refresh(self._choose_columns)

    def _choose_columns(self) -> None:
        columns = columns_for(self.table.text_width)
        if columns != self._shown_columns:
            self._shown_columns = columns
            self._rows.refresh()
            self.table.set_columns(columns)

    # -- hearing -----------------------------------------------------------------------------------------------

    def _hear(self, publication: Publication) -> None:
        """Called from the scheduler's own tasks, where Textual does not know its app: only send word."""
        if isinstance(publication, Recorded | Reset) and not self._stale:
            self._stale = self.call_later(self.set_timer, _TOGETHER_S, self._look_again)

    def _look_again(self) -> None:
        self._stale = False
        if self.is_mounted:
            before = self._left
            self._left = look_back(self._client.state)
            if before.tabs != self._left.tabs:
                self._show()
            else:  # a conflict may have come or gone
                self._rows.refresh()
                self.table.refresh_rows()
                self._show_about()

    # -- showing -----------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Show the open tab."""
        now = self._clock()
        arranged = parts(self._tab, self._left.tabs[self._tab], self.words, self._order)
        sections = [RowSection(heading(part, now), part.tasks) for part in arranged]
        self._rows = SectionRows(sections, _number, self._cells)
        self.selected &= {task.number for tasks in self._left.tabs.values() for task in tasks}
        no_match = f'No match for "{self.words}"; esc clears the filter.'
        self.table.set_empty(no_match if self.words else empty_words(self._tab, self._left))
        self.table.set_source(self._rows)
        self.table.set_marks(self.selected)
        self._show_tabs()
        self._show_about()
        self.show_keys()

    def _show_tabs(self) -> None:
        looks = [TabLook(tab.value, len(self._left.tabs[tab])) for tab in Tab]
        words = left_words(self._tab, self._left, self._clock())
        self.query_one("#tabs", TabLine).set_tabs(looks, list(Tab).index(self._tab), [(words, "quiet")])
        here = self._left.tabs[self._tab]
        self.query_one("#lead", TextLine).set_runs([(f" {LEADS[self._tab]}", "quiet")] if here else [])
        chosen = len(self._chosen())
        unseen = sum(task.number in self.selected for task in here) - len(self.table.marks)
        said = f"{chosen:,} of {len(here):,} selected" + (f", {unseen:,} of them not shown" if unseen else "")
        sort = f" · sorted {self._order}" if self._order is not Order.AS_LEFT else ""
        self.border_text.set_note((f" {said}{sort} ", ""))

    def _show_about(self) -> None:
        task = self._rows.thing(self.table.cursor_key)
        lines = about(task, self._conflict(task) if task is not None else "", self._clock())
        for name, runs in zip(("#about", "#about-command"), lines, strict=True):
            self.query_one(name, TextLine).set_runs(runs)

    def _cells(self, task: Task) -> tuple[Cell, ...]:
        return cells(task, self._conflict(task), self._shown_columns)

    def _conflict(self, task: Task) -> str:
        return conflict(self._client.state, task)

    def shown_keys(self) -> Sequence[Key]:
        """In the tab of hidden tasks, hiding is showing."""
        keys = super().shown_keys()
        if self._tab is not Tab.HIDDEN:
            return keys
        return [Key(key.keys, key.action, "show", key.help) if key.action == "hide" else key for key in keys]

    def filter_changed(self) -> None:
        """Show what has all of the words."""
        self._show()

    # -- selecting ---------------------------------------------------------------------------------------------

    @on(VirtualTable.MarksChanged)
    def _marks_changed(self) -> None:
        shown = {key for key in self._rows.keys if isinstance(key, int)}
        marks = {key for key in self.table.marks if isinstance(key, int)}
        self.selected = (self.selected - shown) | marks
        self._show_tabs()

    @on(VirtualTable.CursorMoved)
    def _cursor_moved(self) -> None:
        self._show_about()

    @on(VirtualTable.RowOpened)
    def _row_opened(self) -> None:
        """A double click."""
        self.action_mark()

    def _chosen(self) -> list[Task]:
        return [task for task in self._left.tabs[self._tab] if task.number in self.selected]

    def _toggle(self, tasks: Sequence[Task]) -> None:
        """Select them all, or none where all of them are selected already."""
        numbers = frozenset(task.number for task in tasks)
        self.selected = self.selected - numbers if numbers <= self.selected else self.selected | numbers
        self.table.set_marks(self.selected)
        self._show_tabs()

    def _seen(self) -> list[Task]:
        return [task for key in self._rows.keys if (task := self._rows.thing(key)) is not None]

    def action_mark(self) -> None:
        """Select the task under the cursor, or not."""
        self.table.action_toggle_mark()

    def action_group(self, name: str) -> None:
        """Select a group, or none of it."""
        tasks = [task for task in self._seen() if task.aside is not None and task.aside.group == name]
        if tasks:
            self._toggle(tasks)
        else:
            self.say("There is none of these here.", "warn")

    def action_part(self) -> None:
        """Select all below the same heading, or none of it."""
        section = self._rows.section_of(self.table.cursor_key)
        if section is not None:
            self._toggle(section.things)

    def action_everything(self) -> None:
        """Select all that are shown, or none of it."""
        self._toggle(self._seen())

    # -- tabs and order ----------------------------------------------------------------------------------------

    def action_tab(self, steps: int) -> None:
        """Go on by so many tabs."""
        tabs = list(Tab)
        self._open(tabs[(tabs.index(self._tab) + steps) % len(tabs)])

    @on(TabLine.Chosen)
    def _tab_chosen(self, message: TabLine.Chosen) -> None:
        self._open(list(Tab)[message.index])

    def _open(self, tab: Tab) -> None:
        self._tab = tab
        self._show()

    def action_sort(self) -> None:
        """Choose an order."""
        orders = list(Order)
        choices = [Choice(order, f"{order[0].upper()}{order[1:]}") for order in orders]
        self.app.push_screen(Choose("Sort", choices, first=orders.index(self._order)), self._sort)

    def _sort(self, order: Order | None) -> None:
        if order is not None:
            self._order = order
            self._show()

    def action_story(self) -> None:
        """Show all about a task."""
        task = self._rows.thing(self.table.cursor_key)
        if task is not None:
            attempt = task.attempt
            path = log_path(self._client.place.jobs_dir, task, attempt) if attempt is not None else ""
            rows = story(self._client, task, path, self._clock())
            self.app.push_screen(TextDialog(f"Task {task.number} · {task.id}", rows))

    # -- deciding ----------------------------------------------------------------------------------------------

    def _targets(self) -> list[Task]:
        """The selected tasks of this tab; without any, the one under the cursor."""
        task = self._rows.thing(self.table.cursor_key)
        return self._chosen() or ([task] if task is not None else [])

    def action_restore(self) -> None:
        """Bring them back."""
        self.act(self._decide("recover_restore", self._targets(), "restored"))

    def action_hide(self) -> None:
        """Put them out of sight, or back in sight."""
        hidden = self._tab is Tab.HIDDEN
        done = "in sight again" if hidden else "hidden"
        self.act(self._decide("recover_show" if hidden else "recover_hide", self._targets(), done))

    def action_forget(self) -> None:
        """Remove them for ever, if that is really meant."""
        tasks = self._targets()
        if not tasks:
            return
        what = tasks[0].id if len(tasks) == 1 else count(len(tasks), "task")
        which = [", ".join(task.id for task in tasks[:5]) + (" …" if len(tasks) > 5 else "")] if len(tasks) > 1 else []
        lines = [*which, "What is known of it goes for ever: command, times, exit code. The logs stay on disk."]
        question = Confirm(f"Forget {what}?", lines, yes="Forget", no="Keep")
        self.app.push_screen(question, lambda yes: self._forget(tasks) if yes else None)

    def _forget(self, tasks: Sequence[Task]) -> None:
        self.act(self._decide("recover_forget", tasks, "forgotten"))

    async def _decide(self, method: str, tasks: Sequence[Task], done: str) -> None:
        if not tasks:
            self.say("Nothing is selected.", "warn")
            return
        names = tuple(str(task.number) for task in tasks)
        answer: OutcomesDocument = await self._client.call(method, Entries(names))
        self.selected -= {result.number for result in answer.results if result.ok and result.number is not None}
        self._look_again()
        sentence, style = summary(answer.results, done)
        if (self._left.first is Tab.HIDDEN and self._tab is not Tab.HIDDEN) or not len(self._left):
            self.dismiss((sentence, style))  # nothing that is in sight is left to decide
            return
        if not self._left.tabs[self._tab]:
            self._open(self._left.first)
        self.say(sentence, style)
        failed = [result for result in answer.results if not result.ok]
        if len(failed) > 1:
            self._tell(failed, sentence)

    def _tell(self, failed: Sequence[OutcomeDocument], sentence: str) -> None:
        rows = [("", sentence.partition(";")[0] + f"; {len(failed)} could not be:"), ("", "")]
        rows += [(result.id, result.message) for result in failed]
        self.app.push_screen(TextDialog("Not all of them", rows))


def _number(task: Task) -> int:
    return task.number
