"""Where commands are written: a text area with a shell's colours, earlier commands, and problems beside lines."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from rich.text import Text
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region
from textual.strip import Strip
from textual.widgets import TextArea

from ant_tui.output.sanitise import plain
from ant_tui.ui.editor.checked import Fault
from ant_tui.ui.editor.past import Stepping, as_line
from ant_tui.ui.editor.shell_colors import Piece, pieces_of
from ant_tui.ui.widgets.cells import fit, safe_same_length
from ant_tui.ui.widgets.palette import Palette, StyleSpec

__all__ = ["CommandArea"]

_STYLES: dict[str, StyleSpec] = {
    "comment": "dim",
    "string": ("$text-success",),
    "variable": ("$text-accent",),
    "option": ("$text-primary",),
    "operator": "bold",
    "keyword": "bold",
    "program": "bold",
    "argument": ("$text-warning",),
    "group": ("bold $text-warning",),
    "fault": ("bold $text-error",),
}
_LEAST_ROOM = 12
"""Cells behind a line that are enough to say what is wrong with it."""


class CommandArea(TextArea):
    """A command, a script, or a task a line."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+up", "past(1)", "Earlier command", show=False),
        Binding("ctrl+down", "past(-1)", "Later command", show=False),
    ]

    def __init__(self, text: str, *, placeholder: str = "", id: str | None = None) -> None:
        """Begin with a text."""
        # Before Textual's own: it asks for styles while it is made.
        self._colors = Palette(self, _STYLES)
        self._pieces: tuple[str, list[list[Piece]]] = ("", [[]])
        self._faults: dict[int, Fault] = {}
        self._past: Sequence[str] = ()
        self._steps = Stepping(())
        super().__init__(
            text, id=id, soft_wrap=True, tab_behavior="focus", placeholder=placeholder,
            highlight_cursor_line=False,
        )  # fmt: skip

    # -- what stands in it -------------------------------------------------------------------------------------

    def set_past(self, commands: Sequence[str]) -> None:
        """Say which earlier commands there are, the newest first."""
        self._past = commands
        self._begin_stepping()

    def set_multi(self, multi: bool) -> None:
        """Number the lines where each of them is a task."""
        self.show_line_numbers = multi
        self._pieces = ("", [[]])
        self._begin_stepping()

    def _begin_stepping(self) -> None:
        self._steps = Stepping([as_line(command) for command in self._past] if self.show_line_numbers else self._past)

    def put(self, command: str) -> None:
        """Put a command in: in Multi in the place of the line with the cursor, else of everything; can be undone."""
        self._write(as_line(command) if self.show_line_numbers else command)

    def action_past(self, steps: int) -> None:
        """Step to an earlier command, or back."""
        multi = self.show_line_numbers
        written = self.document.get_line(self.cursor_location[0]) if multi else self.text
        found = self._steps.step(steps, written)
        if found is not None:
            self._write(found)

    def _write(self, text: str) -> None:
        if self.show_line_numbers:
            row = self.cursor_location[0]
            self.replace(text, (row, 0), (row, len(self.document.get_line(row))))
            self.move_cursor((row, len(text)))
        else:
            self.replace(text, (0, 0), self.document.end)
            self.move_cursor(self.document.end)

    # -- problems ----------------------------------------------------------------------------------------------

    def set_faults(self, faults: Sequence[Fault]) -> None:
        """Show what is wrong, each beside its line; of several in a line the first."""
        found: dict[int, Fault] = {}
        for fault in faults:
            found.setdefault(fault.line - 1, fault)
        if found != self._faults:
            self._faults = found
            self.refresh()

    def go_to(self, fault: Fault) -> None:
        """Put the cursor where something is wrong."""
        row = min(fault.line - 1, self.document.line_count - 1)
        self.focus(scroll_visible=False)
        self.move_cursor((row, max(0, fault.column - 1)))

    # -- painting ----------------------------------------------------------------------------------------------

    def notify_style_update(self) -> None:
        """Textual calls this when theme or style sheet changed something."""
        super().notify_style_update()
        self._colors.clear()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Paint; what the words are is found out once for all rows."""
        text = self.text
        if self._pieces[0] != text:
            self._pieces = (text, pieces_of(text.replace("\r\n", "\n"), multi=self.show_line_numbers))
        return super().render_lines(crop)

    def get_line(self, line_index: int) -> Text:
        """A line in its colours, safe to be shown; tabs are made wide by the text area."""
        parts = self.document.get_line(line_index).split("\t")
        line = Text("\t".join(safe_same_length(part, plain) for part in parts), end="", no_wrap=True)
        lines = self._pieces[1]
        for start, end, kind in lines[line_index] if line_index < len(lines) else ():
            line.stylize(self._ink(kind), start, end)
        return line

    def _ink(self, kind: str) -> Style:
        """What a kind of word adds to the style of its line; the background is the cursor's and the selection's."""
        base, named = self._colors.base(), self._colors.named(kind)
        color = named.color if named.color != base.color else None
        return Style(color=color, bold=named.bold, dim=named.dim, italic=named.italic)

    def render_line(self, y: int) -> Strip:
        """A row as Textual paints it, with what is wrong in it."""
        strip = super().render_line(y)
        if not self._faults or (not self.text and self.placeholder):
            return strip
        top = y + self.scroll_offset.y
        if top >= self.wrapped_document.height:
            return strip
        row = self.wrapped_document.offset_to_location(Offset(0, top))[0]
        fault = self._faults.get(row)
        return strip if fault is None else self._with_fault(strip, fault, row, top)

    def _with_fault(self, strip: Strip, fault: Fault, row: int, top: int) -> Strip:
        text = self.document.get_line(row)
        gutter = self.gutter_width
        style = self._colors.named("fault")
        place = self.wrapped_document.location_to_offset
        if gutter and place((row, 0)).y == top:
            strip = _painted(strip, 0, gutter, style)
        if not text.replace("\t", " ").isprintable():
            return strip  # what does not show is shown by marks, so that cells are not where Textual has them
        if fault.column:
            start = min(fault.column - 1, len(text))
            word = text[start:].split(" ", 1)[0]
            first, last = place((row, start)), place((row, start + len(word)))
            if first.y == top:
                ends = last.x if last.y == top else strip.cell_length
                underlined = style + Style(underline=True)
                strip = _painted(strip, gutter + first.x, gutter + max(ends, first.x + 1), underlined)
        end = place((row, len(text)))
        begin = gutter + end.x + 2
        room = strip.cell_length - begin
        if end.y == top and room >= _LEAST_ROOM:
            sentence = f"◄ {plain(fault.sentence)}"
            said = fit(sentence, min(room, cell_len(sentence)))
            rest = strip.crop(begin + cell_len(said))
            strip = Strip.join([strip.crop(0, begin), Strip([Segment(said, style)], cell_len(said)), rest])
        return strip


def _painted(strip: Strip, start: int, end: int, style: Style) -> Strip:
    """A strip with other ink in some of its cells."""
    length = strip.cell_length
    start, end = min(start, length), min(end, length)
    ink = Style(color=style.color, bold=style.bold, underline=style.underline)
    middle = [Segment(text, (old or Style()) + ink, control) for text, old, control in strip.crop(start, end)]
    return Strip.join([strip.crop(0, start), Strip(middle, max(0, end - start)), strip.crop(end, length)])
