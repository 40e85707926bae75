"""Writing variables: a table with a field for each name and value, or the same as JSON text.

Used for one task's variables and for the workspace of all new ones. Below the last row there is always an empty one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from ant_tui.core.secrets import looks_secret
from ant_tui.errors import SubmissionError
from ant_tui.output.sanitise import plain
from ant_tui.submission.env_values import Preset, cell, presets_left, row_problems
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.editor.inputs import SafeInput
from ant_tui.ui.editor.segments import Segments
from ant_tui.ui.editor.variables import Row, Variables, as_table, as_text, names_of

__all__ = ["VariablesView"]


class _Cross(Static):
    """Takes its row away; for the mouse."""

    ALLOW_SELECT = False

    class Pressed(Message):
        """It was clicked on."""

    def __init__(self) -> None:
        super().__init__(Content("×"), classes="cross", markup=False)

    def on_click(self, event: Click) -> None:
        event.stop()
        self.post_message(self.Pressed())


class NameField(SafeInput):
    """The field of a name."""

    class Left(Message):
        """Backspace was pressed although nothing is in it."""

    def action_delete_left(self) -> None:
        """Delete to the left."""
        if self.value:
            super().action_delete_left()
        else:
            self.post_message(self.Left())


class VariableRow(Vertical):
    """A name, a value, and what is wrong with them."""

    class Emptied(Message):
        """It is to be taken away."""

        def __init__(self, row: VariableRow) -> None:
            """Make a message."""
            super().__init__()
            self.row = row

    def __init__(self, name: str = "", text: str = "") -> None:
        """Make a row."""
        super().__init__(classes="variable -filled" if name or text else "variable")
        self.name_field = NameField(name, placeholder="NAME", classes="variable-name")
        self.value_field = SafeInput(
            text, placeholder="value", password=looks_secret(name), classes="variable-value"
        )  # fmt: skip
        self._problem = Static(classes="error", markup=False)

    def compose(self) -> ComposeResult:
        """Two fields and a cross."""
        with Horizontal():
            yield self.name_field
            yield self.value_field
            yield _Cross()
        yield self._problem

    @property
    def row(self) -> Row:
        """Name and value as typed."""
        return self.name_field.value, self.value_field.value

    @property
    def empty(self) -> bool:
        """Whether nothing is in it."""
        return not any(text.strip() for text in self.row)

    def say(self, problem: str) -> None:
        """Say what is wrong."""
        self._problem.update(Content(plain(problem)))
        self._problem.set_class(bool(problem), "-shown")

    def on_input_changed(self, event: Input.Changed) -> None:
        """A name that looks secret hides its value; only what is there can be crossed out."""
        self.set_class(not self.empty, "-filled")
        if event.input is self.name_field:
            self.value_field.password = looks_secret(event.value)

    def on_name_field_left(self, message: NameField.Left) -> None:
        """Backspace in an empty name takes the row away."""
        message.stop()
        self.post_message(self.Emptied(self))

    @on(_Cross.Pressed)
    def _crossed_out(self, message: Message) -> None:
        message.stop()
        self.post_message(self.Emptied(self))


class VariablesView(Vertical):
    """Variables as a table or as text."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+t", "switch_mode", "Table or JSON", show=False),
        Binding("up", "row(-1)", "Row above", show=False),
        Binding("down", "row(1)", "Row below", show=False),
    ]

    class Changed(Message):
        """Something was written."""

    def __init__(self, variables: Variables, *, id: str | None = None) -> None:
        """Show variables."""
        super().__init__(id=id)
        self._before = variables  # what the text was made of
        self._rows = _rows_of(variables)

    def compose(self) -> ComposeResult:
        """The switch, the table, the text."""
        with Horizontal(classes="bar"):
            mode = "table" if self._before.text is None else "json"
            yield Segments((("table", "Table"), ("json", "JSON")), mode, id="variables-mode")
            yield Static(Content("^t switch · ^p presets"), classes="hint", markup=False)
        yield Static(classes="note", id="variables-note", markup=False)
        with VerticalScroll(id="variables-table", can_focus=False):
            yield from self._rows
        yield TextArea(
            self._before.text or "", id="variables-text", compact=True, tab_behavior="focus",
            highlight_cursor_line=False,
        )  # fmt: skip
        yield Static(classes="error", id="variables-problem", markup=False)

    def on_mount(self) -> None:
        """Show the one or the other."""
        self._show_mode()

    # -- what it says ------------------------------------------------------------------------------------------

    @property
    def _as_text(self) -> bool:
        return self.query_one("#variables-mode", Segments).value == "json"

    @property
    def _area(self) -> TextArea:
        return self.query_one("#variables-text", TextArea)

    @property
    def rows(self) -> list[VariableRow]:
        """The rows of the table, the empty one at the end among them."""
        return list(self._rows)

    @property
    def variables(self) -> Variables:
        """All that is written."""
        if self._as_text:
            return Variables(self._before.rows, self._area.text)
        return Variables(tuple(row.row for row in self._rows if not row.empty))

    def load(self, variables: Variables) -> None:
        """Show other variables."""
        self._before = variables
        self.query_one("#variables-mode", Segments).show("table" if variables.text is None else "json")
        self._area.load_text(variables.text or "")
        table = self.query_one("#variables-table")
        gone, self._rows = self._rows, _rows_of(variables)
        with self.app.batch_update():
            for row in gone:
                row.remove()
            table.mount(*self._rows)
        self._show_mode()

    def show_errors(self, wrong: Mapping[int, str], problem: str) -> None:
        """Say what is wrong: place among the rows with something in them → sentence, and with the text."""
        place = 0
        for row in self._rows:
            row.say("" if row.empty else wrong.get(place, ""))
            place += not row.empty
        line = self.query_one("#variables-problem", Static)
        line.update(Content(plain(problem)))
        line.set_class(bool(problem), "-shown")

    def note(self, text: str) -> None:
        """Say something above the table."""
        line = self.query_one("#variables-note", Static)
        line.update(Content(plain(text)))
        line.set_class(bool(text), "-shown")

    def focus_wrong(self, wrong: Mapping[int, str]) -> None:
        """Go to the first name or value that is wrong, or to the text."""
        filled = [row for row in self.rows if not row.empty]
        if self._as_text or not wrong:
            self.begin()
        else:
            row = filled[min(wrong)]
            name_is_wrong = row_problems([other.row[0].strip() for other in filled])[min(wrong)]
            (row.name_field if name_is_wrong else row.value_field).focus()

    def begin(self) -> None:
        """Go to the place where one would write next."""
        target: Widget = self._area if self._as_text else self.rows[-1].name_field
        target.focus()

    # -- table and text ----------------------------------------------------------------------------------------

    def action_switch_mode(self) -> None:
        """From the table to the text, or back."""
        mode = self.query_one("#variables-mode", Segments)
        mode.choose("table" if mode.value == "json" else "json")

    def on_segments_changed(self, event: Segments.Changed) -> None:
        """Write the other one; what cannot be understood stays where it is."""
        event.stop()
        try:
            if event.value == "json":
                made = as_text(Variables(tuple(row.row for row in self.rows if not row.empty)))
            else:
                made = as_table(Variables(self._before.rows, self._area.text))
        except SubmissionError as problem:
            event.control.show("json" if event.value == "table" else "table")
            self.show_errors({}, problem.reasons[0] if problem.reasons else problem.sentence)
            self.app.bell()
            return
        had_focus = self.has_focus_within
        self.load(made)
        self.show_errors({}, "")
        if had_focus:
            self.call_after_refresh(self.begin)

    def _show_mode(self) -> None:
        self.query_one("#variables-table").display = not self._as_text
        self._area.display = self._as_text

    def on_input_changed(self, event: Input.Changed) -> None:
        """Keep an empty row at the end."""
        event.stop()
        if not self._rows[-1].empty:
            self._rows.append(VariableRow())
            self.query_one("#variables-table").mount(self._rows[-1])
        self.post_message(self.Changed())

    def on_text_area_changed(self, event: TextArea.Changed) -> None:
        """Tell."""
        event.stop()
        self.post_message(self.Changed())

    # -- rows --------------------------------------------------------------------------------------------------

    def on_variable_row_emptied(self, message: VariableRow.Emptied) -> None:
        """Take a row away; the empty one at the end stays."""
        message.stop()
        place = self._rows.index(message.row)
        if place == len(self._rows) - 1:
            if place:
                self._rows[place - 1].value_field.focus()
            return
        self._rows.remove(message.row)
        self._rows[place].name_field.focus()
        message.row.remove()
        self.post_message(self.Changed())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes from the name to the value, and from there to the next row."""
        event.stop()
        self.screen.focus_next()

    def action_row(self, steps: int) -> None:
        """Go to the row above or below, in the same column."""
        rows = self.rows
        for place, row in enumerate(rows):
            if row.has_focus_within:
                other = rows[max(0, min(len(rows) - 1, place + steps))]
                (other.value_field if row.value_field.has_focus else other.name_field).focus()

    # -- presets -----------------------------------------------------------------------------------------------

    @work(group="presets", exclusive=True)
    async def offer_presets(self) -> None:
        """Offer the rows that people often want and that are not there yet."""
        if self._as_text:
            self.action_switch_mode()
            if self._as_text:
                return
        left = presets_left(names_of(row.row for row in self.rows))
        choices = [Choice(preset, preset.name or "NAME", preset.about) for preset in left]
        chosen = await self.app.push_screen_wait(Choose("Add a variable", choices))
        if chosen is not None:
            self._add(chosen)

    def _add(self, preset: Preset) -> None:
        last = self.rows[-1]
        if preset.name:
            last.name_field.value = preset.name
            last.value_field.value = cell(preset.value)
            last.value_field.focus()
        else:
            last.name_field.focus()


def _rows_of(variables: Variables) -> list[VariableRow]:
    """The rows of a table, and an empty one."""
    return [VariableRow(name, text) for name, text in (*variables.rows, ("", ""))]
