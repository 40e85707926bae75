"""What all dialogs have: a box in the middle, a title, esc for the safe answer, and text that is never markup."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from ant_tui.output.sanitise import plain

__all__ = ["DIALOG_STYLES", "Dialog", "paragraph", "read_styles", "safe_content"]

T = TypeVar("T")

DIALOG_STYLES = tuple(Path(__file__).parent.with_name(name) for name in ("dialogs.tcss", "views.tcss"))
"""The style sheets of all dialogs; the main screen is there before they are read."""


class Dialog(ModalScreen[T]):
    """A box over the screen. Subclasses fill it with ``contents`` and dismiss it with their answer."""

    CSS_PATH: ClassVar = list(DIALOG_STYLES)
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "Back", show=False),
        Binding("ctrl+q", "leave", "Back", show=False, priority=True),
    ]

    def __init__(self, title: str, *, keys: str = "esc back") -> None:
        """Make a dialog.

        Args:
            title: stands in the upper border.
            keys: stands in the lower border.
        """
        super().__init__()
        self._title = title
        self._keys = keys

    def compose(self) -> ComposeResult:
        """Put the contents into the box."""
        # Textual sets these classes when it has painted once; before that, both sides of a choice would be seen.
        size = self.app.size
        for breakpoints, cells in ((self.HORIZONTAL_BREAKPOINTS, size.width), (self.VERTICAL_BREAKPOINTS, size.height)):
            self.add_class(*[name for least, name in breakpoints or [] if cells >= least][-1:])
        with Vertical(classes="box") as box:
            box.border_title = safe_content(self._title)
            box.border_subtitle = safe_content(self._keys)
            yield from self.contents()

    def contents(self) -> ComposeResult:
        """What is in the box."""
        raise NotImplementedError

    def action_leave(self) -> None:
        """Give the safe answer."""
        self.dismiss(None)


def read_styles(app: App[Any]) -> None:
    """Read the style sheets of dialogs, if that has not been done; else the first to open does, and takes longer."""
    sheet = app.stylesheet
    sheet.read_all([path for path in DIALOG_STYLES if not sheet.has_source(str(path))])
    sheet.parse()


def safe_content(text: str) -> Content:
    """Text from anywhere, as Textual shows it without reading markup in it."""
    return Content(plain(text))


def paragraph(lines: str | Sequence[str], *, classes: str = "", id: str | None = None) -> Static:
    """A text that is broken where it needs to be."""
    text = (lines,) if isinstance(lines, str) else lines
    return Static(Content("\n".join(plain(line) for line in text)), classes=classes, id=id, markup=False)
