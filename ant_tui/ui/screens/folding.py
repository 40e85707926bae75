"""How much of each section of the list is seen: its heading alone, its tasks, or lines of their output as well.

Folding is done by key and by mouse, and undone when a task in a folded section is sought.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TYPE_CHECKING

from ant_tui.ui.figures import count
from ant_tui.ui.situation import Pane
from ant_tui.ui.task_order import QUEUED, TITLES, Section
from ant_tui.ui.widgets.key_hints import Hint

if TYPE_CHECKING:
    from ant_tui.ui.screens.main import MainScreen

__all__ = ["Folding"]


class Folding:
    """Serves one main screen."""

    def __init__(self, screen: MainScreen) -> None:
        """Begin with all sections unfolded."""
        self._screen = screen

    @property
    def folded(self) -> tuple[str, ...]:
        """The titles of the folded sections, also of those that have no tasks now."""
        titles = self._screen.painter.listing.view.folded
        return tuple(title for title in TITLES if title in titles)

    @property
    def lined(self) -> tuple[str, ...]:
        """The titles of the sections whose tasks have lines of output below them."""
        titles = self._screen.painter.listing.view.lined
        return tuple(title for title in TITLES if title in titles)

    def put_back(self, folded: Iterable[str], lined: Iterable[str]) -> None:
        """Show of each section what it showed when the screen was left; one of another version is dropped."""
        listing = self._screen.painter.listing
        listing.fold(frozenset(folded).intersection(TITLES))
        listing.show_lines(frozenset(lined).intersection(TITLES), self._screen.settings.screen.list_lines)

    def take_over(self, lines: int) -> None:
        """Show so many lines of output where some are shown."""
        if lines != self._screen.painter.listing.view.lines:
            self._screen.painter.show_lines(frozenset(self.lined), lines)

    def words(self) -> str:
        """What stands in the output's place where no task is selected."""
        section = self._heading()
        if section is None:
            return "Here stands what the selected task writes."
        number = len(section.numbers)
        is_folded = f"{count(number, 'task')} {'is' if number == 1 else 'are'} folded away"
        keys = " or ".join(filter(None, map(self._screen.keymap.shown, ("table.open", "list.fold"))))
        return f"{is_folded}; {keys} shows {'it' if number == 1 else 'them'}." if keys else f"{is_folded}."

    def hints(self) -> list[Hint]:
        """The key that works on a folded heading alone, where the cursor stands on one."""
        key = self._screen.keymap.shown("table.open")
        if not key or self._screen.pane is not Pane.TASKS or self._heading() is None:
            return []
        return [Hint(key, "unfold", "list.fold")]

    def toggle(self, title: Hashable = None) -> str:
        """Fold a section, or unfold it.

        Args:
            title: which; None for that of the selected task or heading.

        Returns:
            Why not, as a sentence; empty where it was done.
        """
        if title is None:
            section = self._section()
            if section is None:
                return "There is no task whose section could be folded."
            title = section.title
        self._fold(frozenset(self.folded).symmetric_difference({str(title)}))
        return ""

    def toggle_all(self) -> str:
        """Fold all sections, or where all in the list are folded, unfold them.

        Returns:
            What became of them, as a sentence.
        """
        if all(section.folded for section in self._screen.painter.order.sections):
            self._fold(frozenset())
            return "All sections are unfolded."
        self._fold(frozenset(TITLES))
        key = self._screen.keymap.shown("list.fold_all")
        return f"All sections are folded; {key} unfolds them." if key else "All sections are folded."

    def toggle_lines(self) -> str:
        """Show lines of output below each task of the selected task's section, or no longer.

        Returns:
            Why not, as a sentence; empty where it was done.
        """
        section = self._section()
        if section is None:
            return "There is no task whose output could be shown."
        if section.title == QUEUED:
            return "Waiting tasks have no output yet."
        shown, folded = frozenset(self.lined), frozenset(self.folded)
        wanted = shown | {section.title} if section.folded else shown ^ {section.title}
        self._screen.painter.listing.fold(folded - {section.title})
        self._screen.painter.show_lines(wanted, self._screen.settings.screen.list_lines)
        return ""

    def reveal(self, number: int) -> bool:
        """Unfold the section in which a task is; False where no folded one has it."""
        section = self._screen.painter.order.section_of(number)
        if section is None or not section.folded:
            return False
        self._fold(frozenset(self.folded) - {section.title})
        return True

    def _heading(self) -> Section | None:
        """The folded section on whose heading the cursor stands."""
        key = self._screen.table.cursor_key
        if not isinstance(key, str):
            return None
        return next((section for section in self._screen.painter.order.sections if section.title == key), None)

    def _section(self) -> Section | None:
        """That one, or the section of the task under the cursor."""
        key = self._screen.table.cursor_key
        return self._screen.painter.order.section_of(key) if isinstance(key, int) else self._heading()

    def _fold(self, titles: frozenset[str]) -> None:
        self._screen.painter.fold(titles)
