"""The editor's screen: command, fields, variables and the answer to what would become of them, on one page.

What is checked and what is done in the end is its purpose's business; here it is shown, kept as a draft, and asked for
again whenever somebody pauses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, TextArea

from ant_tui.errors import AntError
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.dialog import DIALOG_STYLES, Dialog, safe_content
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.editor.checked import Checked
from ant_tui.ui.editor.command_area import CommandArea
from ant_tui.ui.editor.drafts import DraftFile
from ant_tui.ui.editor.fields_view import FieldsView
from ant_tui.ui.editor.form import Form
from ant_tui.ui.editor.help import help_rows
from ant_tui.ui.editor.own_editor import edit_text
from ant_tui.ui.editor.pick import PickCommand
from ant_tui.ui.editor.preview_view import PreviewView
from ant_tui.ui.editor.purposes import Done, Purpose
from ant_tui.ui.editor.segments import Segments
from ant_tui.ui.editor.variables_view import VariablesView
from ant_tui.ui.figures import clock as clock_text
from ant_tui.ui.widgets.toggle import Toggle

__all__ = ["EditorScreen"]

_PAUSE_S = 0.25
_KEYS = "^s submit · ^t multi · ^r earlier · ^n afresh · f1 help · esc leave"
_KEYS_OF_CHANGE = "^s save · ^r earlier · ^n as it was · f1 help · esc leave"


class EditorScreen(Dialog[Done | None]):
    """Write tasks, or change them; None where it was left, and then a draft is kept."""

    CSS_PATH: ClassVar = [*DIALOG_STYLES, "editor.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-slim"), (56, "-narrow"), (110, "-wide")]  # noqa: RUF012  as Textual declares it
    VERTICAL_BREAKPOINTS = [(0, "-low"), (22, "-short"), (30, "-tall"), (50, "-high")]  # noqa: RUF012
    AUTO_FOCUS = "#command"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "submit", "Submit", show=False, priority=True),
        # Before the field itself: what is typed or pasted in one go behind a tab belongs to the next field.
        Binding("tab", "app.focus_next", "Next field", show=False, priority=True),
        Binding("shift+tab", "app.focus_previous", "Field before", show=False, priority=True),
        Binding("ctrl+t", "switch_mode", "Single or Multi", show=False),
        Binding("ctrl+r", "pick", "Earlier commands", show=False),
        Binding("ctrl+n", "afresh", "Begin afresh", show=False),
        Binding("ctrl+o", "own_editor", "Your own editor", show=False),
        Binding("ctrl+p", "presets", "Presets of variables", show=False),
        Binding("f2", "panel", "Preview or variables", show=False),
        Binding("f1,ctrl+g", "help", "Help", show=False),
    ]

    def __init__(
        self,
        purpose: Purpose,
        drafts: DraftFile,
        here: str,
        *,
        past: Sequence[str] = (),
        form: Form | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Open the editor.

        Args:
            purpose: what it is opened for.
            drafts: where half-written forms are kept.
            here: where the screen was started.
            past: earlier commands, the newest first.
            form: what to begin with, instead of a draft.
            clock: epoch seconds.
        """
        super().__init__(purpose.title, keys=_KEYS if purpose.modes else _KEYS_OF_CHANGE)
        self._purpose = purpose
        self._drafts = drafts
        self._here = here
        self._past = past
        self._clock = clock
        draft = drafts.find(purpose.key) if form is None else None
        self._begun_with = form or purpose.blank
        self._first = draft.form if draft is not None else self._begun_with
        self._from_draft = draft.at if draft is not None else None
        self._timer: Timer | None = None
        self._untouched = self._first == purpose.blank
        self._told = False
        self._answered = False
        self._done: Done | None = None
        self._busy = False
        self._under_way = False

    # -- what is there -----------------------------------------------------------------------------------------

    def contents(self) -> ComposeResult:
        """What is written at the left (or above), what it comes to at the right (or below)."""
        form = self._first
        with Container(id="body"):
            with Vertical(id="writing"):
                modes = Segments(
                    (("single", "Single"), ("multi", "Multi: a task a line")), form.mode, id="mode"
                )  # fmt: skip
                modes.display = self._purpose.modes
                yield modes
                yield CommandArea(form.text, placeholder=self._placeholder(form), id="command")
                yield FieldsView(form, self._here, fixed=self._purpose.fixed, differ=self._purpose.differ)
            yield Segments((("preview", "Preview"), ("variables", "Variables")), "preview", id="panel")
            yield PreviewView(id="preview")
            yield VariablesView(form.variables, id="variables")

    def _placeholder(self, form: Form) -> str:
        if "text" in self._purpose.differ:
            return "The commands differ. What you write here would be run by all of these tasks."
        if form.multi:
            return "a command on each line; ant_n_gpus=1 ant_task_id=… in front of it"
        return "python train.py --lr {sweep lr 1e-3 1e-4}"

    def on_mount(self) -> None:
        """Say what the form comes to as it stands."""
        self._command.set_past(self._past)
        self._command.set_multi(self._first.multi)
        self._command.move_cursor(self._command.document.end)
        self.query_one("#variables", VariablesView).note(self._purpose.note)
        self._show_panel("preview")
        self._show_title()
        self._check_soon()

    def _show_title(self) -> None:
        more = ""
        if self._from_draft is not None:
            kept = clock_text(self._from_draft, self._clock())
            more = f" · your draft of {kept}"
        self.query_one(".box").border_title = safe_content(self._purpose.title + more)

    @property
    def _command(self) -> CommandArea:
        return self.query_one("#command", CommandArea)

    @property
    def _preview(self) -> PreviewView:
        return self.query_one("#preview", PreviewView)

    @property
    def form(self) -> Form:
        """The form as it stands."""
        return Form(
            text=self._command.text,
            multi=self.query_one("#mode", Segments).value == "multi",
            variables=self.query_one("#variables", VariablesView).variables,
            **self.query_one(FieldsView).values,
        )

    # -- checking ----------------------------------------------------------------------------------------------

    @on(TextArea.Changed, "#command")
    @on(Input.Changed)
    @on(Toggle.Changed)
    @on(VariablesView.Changed)
    def _check_soon(self) -> None:
        if not self._listens:
            return
        self._preview.say("")
        if self.focused is not None:  # on a low screen, the page may have gone to the preview
            self.focused.scroll_visible(animate=False, immediate=True)
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._check)

    @work(exclusive=True, group="check")
    async def _check(self) -> None:
        if not self._listens:
            return
        form = self.form
        self._untouched = self._untouched and form == self._purpose.blank
        self._keep(form)
        try:
            checked = await self._purpose.check(form)
        except AntError as error:
            checked = Checked(problems=(error.sentence,))
        if self._listens:
            self._show(checked)

    def _say(self, sentence: str) -> None:
        """Say something that has to do with no field."""
        self._show_preview()
        self._preview.say(sentence)

    def _keep(self, form: Form) -> None:
        """Keep a draft; what says no more than the form did at first is none."""
        if form == self._purpose.blank:
            problem = self._drafts.drop(self._purpose.key)
        elif form == self._first:
            return
        else:
            problem = self._drafts.keep(self._purpose.key, form, self._clock())
        if problem and not self._told:
            self._told = True
            self._say(problem)

    def _show(self, checked: Checked) -> None:
        untouched = self._untouched
        self._command.set_faults(() if untouched else checked.faults)
        self.query_one(FieldsView).show_errors(checked.fields)
        self.query_one("#variables", VariablesView).show_errors(checked.rows, checked.variables)
        self._preview.show(checked, untouched=untouched)
        panel = self.query_one("#panel", Segments)
        panel.label("preview", f"Preview · {checked.headline}" if checked.headline and not checked.wrong else "Preview")
        wrong = len(checked.rows) + bool(checked.variables)
        number = len(self.form.variables.rows)
        panel.label("variables", f"Variables{f' ({number})' if number else ''}{' !' if wrong else ''}")

    # -- doing -------------------------------------------------------------------------------------------------

    def action_submit(self) -> None:
        """Do it, if it is all right."""
        if not self._busy:
            self._busy = True
            if self._timer is not None:
                self._timer.stop()
            self._submit()

    @work(group="submit")
    async def _submit(self) -> None:
        try:
            form = self.form
            checked = await self._purpose.check(form)
            if checked.wrong or (self._purpose.modes and not checked.good):
                self._refuse(checked)
                return
            if not self._listens:
                return  # somebody left while it was checked, and was told that the draft is kept
            self._under_way = True
            done = await self._purpose.carry_out(form)
            if isinstance(done, Checked):
                self._refuse(done)
                return
            self._drafts.drop(self._purpose.key)
            self._answer(done)
        except AntError as error:
            self._refuse(Checked(problems=(error.sentence,)))
        finally:
            self._busy = self._under_way = False

    def _refuse(self, checked: Checked) -> None:
        """Show all that is wrong, and go to the first of it."""
        if not self._listens:
            return
        self._untouched = False
        self._preview.say("")
        self._show(checked)
        if checked.faults:
            self._command.go_to(checked.faults[0])
            self._show_preview()
        elif checked.fields:
            self.query_one(FieldsView).focus_first(checked.fields)
        elif checked.rows or checked.variables:
            self._show_panel("variables")
            self.query_one("#variables", VariablesView).focus_wrong(checked.rows)
        else:
            self._command.focus(scroll_visible=False)
            self._show_preview()
            if not checked.problems:
                self._say("There is no command yet.")

    def action_leave(self) -> None:
        """Go back; what was written is kept, unless it is being carried out: then it is no draft any more."""
        if not self._listens:
            return
        if self._under_way:
            self._say(self._purpose.meanwhile)
            return
        self._keep(self.form)
        self._answer(None)

    def _answer(self, done: Done | None) -> None:
        """Answer once; what comes from the widgets on their way out is not heard any more."""
        if self._listens:
            self._answered = True
            self._done = done
            self._close()

    def _close(self) -> None:
        if self.is_active:  # to dismiss a screen closes the one on top, whichever that is
            self.dismiss(self._done)

    def on_screen_resume(self) -> None:
        """Close now, if the answer came while the help, say, lay over the editor."""
        if self._answered:
            self._close()

    @property
    def _listens(self) -> bool:
        """Whether anything can be shown here; one that closes is attached still while its widgets go one by one."""
        return not self._answered and self.is_running and self.is_attached

    # -- keys --------------------------------------------------------------------------------------------------

    def action_switch_mode(self) -> None:
        """Between one task and a task a line."""
        mode = self.query_one("#mode", Segments)
        if self._purpose.modes:
            mode.choose("single" if mode.value == "multi" else "multi")

    @on(Segments.Changed, "#mode")
    def _mode_changed(self, event: Segments.Changed) -> None:
        multi = event.value == "multi"
        self._command.set_multi(multi)
        self._command.placeholder = self._placeholder(self.form)
        self.query_one(FieldsView).set_multi(multi)
        self._check_soon()

    def action_panel(self) -> None:
        """Between preview and variables; where both are seen, go to the one or the other."""
        variables = self.query_one("#variables", VariablesView)
        if variables.has_focus_within:
            self._show_panel("preview")
            self._command.focus()
        else:
            self._show_panel("variables")
            variables.begin()

    @on(Segments.Changed, "#panel")
    def _panel_changed(self, event: Segments.Changed) -> None:
        self._show_panel(event.value)

    def scroll_to_center(self, widget: Widget, animate: bool = False, **more: Any) -> None:
        """Scroll what gets the focus into view: at once, and no further than it takes."""
        self.scroll_to_widget(widget, animate=animate, **more)

    def _show_preview(self) -> None:
        """Show the preview, on a low screen too; where it is, only the next layout knows."""
        self._show_panel("preview")
        self.call_after_refresh(self._preview.scroll_visible, animate=False, immediate=True)

    def _show_panel(self, name: str) -> None:
        self.query_one("#panel", Segments).show(name)
        self.query_one("#body").set_class(name == "variables", "-variables")

    def action_presets(self) -> None:
        """Offer variables."""
        self._show_panel("variables")
        self.query_one("#variables", VariablesView).offer_presets()

    @work(group="pick", exclusive=True)
    async def action_pick(self) -> None:
        """Choose among earlier commands."""
        chosen = await self.app.push_screen_wait(PickCommand(self._past))
        if chosen is not None:
            self._command.put(chosen)
            self._command.focus()

    @work(group="pick", exclusive=True)
    async def action_afresh(self) -> None:
        """Throw away what was written."""
        form = self.form
        if form == self._purpose.blank:
            return
        lines = ["What you wrote is thrown away."]
        title = "Begin afresh?" if self._purpose.modes else "Back to what it was?"
        if await self.app.push_screen_wait(Confirm(title, lines, yes="Throw it away", no="Keep it")):
            self.load(self._purpose.blank)

    def load(self, form: Form) -> None:
        """Show another form."""
        self._from_draft = None
        self._untouched = form == self._purpose.blank
        self.query_one("#mode", Segments).show(form.mode)
        self._command.load_text(form.text)
        self._command.set_multi(form.multi)
        self.query_one(FieldsView).load(form)
        self.query_one("#variables", VariablesView).load(form.variables)
        self._show_title()
        self._command.focus()
        self._check_soon()

    def action_own_editor(self) -> None:
        """Write the command in the person's own editor."""
        changed = edit_text(self.app, self._command.text, ".sh")
        if changed.problem:
            self._say(changed.problem)
        elif changed.text is not None:
            self._command.replace(changed.text.rstrip("\n"), (0, 0), self._command.document.end)

    @work(group="pick", exclusive=True)
    async def action_help(self) -> None:
        """Show the keys and the language on a page."""
        await self.app.push_screen_wait(TextDialog("Writing tasks", help_rows(modes=self._purpose.modes)))
