"""Writing a task: a form that says while one types what would be queued, and what is wrong beside the field."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Grid, Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Label, Static, TextArea

from ant_tui.api.schema import Submission
from ant_tui.output.sanitise import plain
from ant_tui.ui.caller import first_folder
from ant_tui.ui.dialogs.dialog import Dialog, safe_content
from ant_tui.ui.figures import count
from ant_tui.ui.submit_form import Checked, Form, Try, check, command_line
from ant_tui.ui.widgets.toggle import Toggle

__all__ = ["SubmitDialog", "Written"]

_PAUSE_S = 0.25

_LABELS = {"id": "Id", "gpus": "GPUs", "priority": "Priority", "workdir": "Folder", "tags": "Tags"}
_PLACEHOLDERS = {
    "id": "made up if empty",
    "gpus": "as the settings say",
    "priority": "10; lower runs sooner",
    "workdir": "absolute path",
    "tags": "words, with blanks between",
}


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a form.

    Attributes:
        form: as it was left.
        submission: the task to be queued; None where the form was left unfinished.
    """

    form: Form
    submission: Submission | None


class SubmitDialog(Dialog[Written]):
    """A form for one task; nothing is queued by it, it answers with the submission."""

    AUTO_FOCUS = "#command"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s,f2", "submit", "Submit", show=False, priority=True),
    ]

    def __init__(self, form: Form, attempt: Try) -> None:
        """Begin with what a form says already.

        Args:
            form: the fields' first texts.
            attempt: asks the scheduler what a submission would come to.
        """
        super().__init__("New task", keys="ctrl+s submit · tab next field · esc back (what you wrote is kept)")
        self._form = form
        self._attempt = attempt
        self._timer: Timer | None = None

    def contents(self) -> ComposeResult:
        """The fields."""
        yield Label("Command", classes="name")
        yield TextArea(self._form.command, id="command", compact=True, soft_wrap=True, tab_behavior="focus")
        yield Static("", id="error-command", classes="error", markup=False)
        with Grid(id="fields"):
            for name, label in _LABELS.items():
                with Vertical(classes="field", id=f"field-{name}"):
                    with Horizontal():
                        yield Label(label, classes="name")
                        yield Input(
                            getattr(self._form, name), placeholder=_PLACEHOLDERS[name], id=name, compact=True,
                            select_on_focus=False,
                        )  # fmt: skip
                    yield Static("", id=f"error-{name}", classes="error", markup=False)
            yield Toggle("hold: do not start it yet", self._form.hold, id="hold")
        yield Static("", id="error-", classes="error", markup=False)
        yield Static("", id="preview", markup=False)

    def on_mount(self) -> None:
        """Say what the form comes to as it stands."""
        self.query_one("#command", TextArea).move_cursor((10**6, 10**6))
        self._check_soon()

    @property
    def form(self) -> Form:
        """The fields as they stand."""
        texts = {name: self.query_one(f"#{name}", Input).value for name in _LABELS}
        return Form(
            command=self.query_one("#command", TextArea).text,
            hold=self.query_one("#hold", Toggle).value,
            **texts,
        )

    @on(TextArea.Changed)
    @on(Input.Changed)
    @on(Toggle.Changed)
    def _check_soon(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_PAUSE_S, self._check)

    @work(exclusive=True, group="check")
    async def _check(self) -> None:
        self._show(await check(self.form, self._attempt))

    @on(Input.Submitted)
    def action_submit(self) -> None:
        """Answer with the task, if it can be one."""
        self._submit()

    @work(exclusive=True, group="check")
    async def _submit(self) -> None:
        form = self.form
        checked = await check(form, self._attempt)
        if checked.would is not None:
            self.dismiss(Written(form, checked.submission))
            return
        self._show(checked, all_errors=True)
        first = next((name for name in ("command", *_LABELS) if name in checked.errors), "command")
        self.query_one(f"#{first}").focus()

    def action_leave(self) -> None:
        """Go back; the form is kept."""
        self.dismiss(Written(self.form, None))

    def _show(self, checked: Checked, *, all_errors: bool = False) -> None:
        untouched = self.form.empty and not all_errors
        for name in ("", "command", *_LABELS):
            error = checked.errors.get(name, "")
            if name == "command" and untouched:
                error = ""  # nobody has begun to write yet
            line = self.query_one(f"#error-{name}", Static)
            line.update(safe_content(error))
            line.set_class(bool(error), "-shown")
        self.query_one("#preview", Static).update(self._preview(checked))

    def _preview(self, checked: Checked) -> Content:
        if checked.would is None or checked.submission is None:
            return Content()
        task = checked.would.tasks[0]
        name = f"as {plain(task.id)}, " if checked.submission.id else ""
        held = ", held" if checked.submission.hold else ""
        return Content.assemble(
            f"Would be queued {name}with {count(task.gpus, 'GPU')}{held}. On the command line:\n",
            (plain(command_line(checked.submission, first_folder())), "dim"),
        )
