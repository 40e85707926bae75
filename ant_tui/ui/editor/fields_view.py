"""The one-line fields of the editor, each with its name, and under each row what is wrong in it."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Input, Label, Static

from ant_tui.output.sanitise import plain
from ant_tui.ui.editor.completion import CondaEnvironments, CondaSuggester, FolderSuggester
from ant_tui.ui.editor.form import FIELDS, NOT_IN_MULTI, Form, folder
from ant_tui.ui.editor.inputs import SafeInput
from ant_tui.ui.places import from_home
from ant_tui.ui.widgets.toggle import Toggle

__all__ = ["FieldsView"]

_ROWS = (
    ("id", "gpus"), ("workdir",), ("output",), ("tags", "conda"), ("gpu_ids", "exclude", "priority"), ("hold", "pty"),
)  # fmt: skip
_LABELS = {
    "id": "Id", "gpus": "GPUs", "priority": "Priority", "workdir": "Folder", "output": "Output", "tags": "Tags",
    "conda": "Conda", "gpu_ids": "Only GPUs", "exclude": "Not GPUs",
}  # fmt: skip
_PLACEHOLDERS = {
    "id": "made up; run-[date]-[uuid8]",
    "gpus": "default",
    "priority": "10",
    "output": "its own log; or a new file in the folder",
    "tags": "words",
    "conda": "name or directory",
    "gpu_ids": "0,2-4",
    "exclude": "none",
}
_SWITCHES = {"hold": "hold: do not start it yet", "pty": "give it a terminal"}
_IN_THE_LINES = "in the lines: ant_task_id=… ant_n_gpus=…"

_CONDA = CondaEnvironments()
"""One for the process: conda takes a second, and its environments seldom change."""


class FieldsView(Vertical):
    """Nine fields and two boxes to tick."""

    class EnvironmentsFound(Message):
        """Conda has said which environments there are."""

        def __init__(self, names: tuple[str, ...]) -> None:
            """Make a message."""
            super().__init__()
            self.names = names

    def __init__(self, form: Form, here: str, *, fixed: Mapping[str, str], differ: Mapping[str, str]) -> None:
        """Show a form.

        Args:
            form: the first texts.
            here: where the screen was started.
            fixed: fields that cannot be changed → why.
            differ: fields that say different things for several tasks → what to show in them.
        """
        super().__init__(id="fields")
        self._form = form
        self._here = here
        self._fixed = fixed
        self._differ = differ
        self._multi = form.multi
        self._conda = CondaSuggester(here)

    def compose(self) -> ComposeResult:
        """Row by row."""
        suggesters: dict[str, Suggester] = {
            "workdir": FolderSuggester(self._here),
            "output": FolderSuggester(self._workdir),
            "conda": self._conda,
        }
        for row in _ROWS:
            with Horizontal(classes="fields"):
                for name in row:
                    if name in _SWITCHES:
                        box = Toggle(_SWITCHES[name], getattr(self._form, name), id=name)
                        box.disabled = name in self._fixed
                        yield box
                        continue
                    with Horizontal(classes="field", id=f"field-{name}"):
                        yield Label(_LABELS[name], classes="name", markup=False)
                        yield SafeInput(
                            getattr(self._form, name),
                            placeholder=self._placeholder(name),
                            suggester=suggesters.get(name),
                            id=name,
                        )
            yield Static(classes="error", id=f"error-{row[0]}", markup=False)

    def _workdir(self) -> str:
        """Where the task is to run, and where a relative output file begins."""
        # A field is asked for suggestions as soon as it is there; the others come, and go, one by one.
        fields = self.query("#workdir").results(SafeInput)
        return folder(next((field.value for field in fields), self._form.workdir).strip(), self._here)

    def _placeholder(self, name: str) -> str:
        if name in self._fixed:
            return self._fixed[name]
        if name in self._differ:
            return self._differ[name]
        if self._multi and name in NOT_IN_MULTI:
            return _IN_THE_LINES if name == "id" else ""
        if name == "workdir":
            return f"{from_home(self._here)}, where the screen was started"
        return _PLACEHOLDERS[name]

    def on_mount(self) -> None:
        """Ask conda, unless that is of no use."""
        self._enable()
        if "conda" not in self._fixed:
            _CONDA.names(os.environ, self._found)

    def _found(self, names: tuple[str, ...]) -> None:
        """Hear from conda, perhaps in another thread."""
        if self.is_attached:
            self.post_message(self.EnvironmentsFound(names))

    def on_fields_view_environments_found(self, message: EnvironmentsFound) -> None:
        """Suggest them from now on."""
        message.stop()
        self._conda.names = message.names

    def _input(self, name: str) -> SafeInput:
        return self.query_one(f"#{name}", SafeInput)

    def _enable(self) -> None:
        for name in FIELDS:
            field = self._input(name)
            field.disabled = name in self._fixed or (self._multi and name in NOT_IN_MULTI)
            field.placeholder = plain(self._placeholder(name))

    # -- what they say -----------------------------------------------------------------------------------------

    @property
    def values(self) -> dict[str, Any]:
        """All of them, as a ``Form`` has them."""
        texts = {name: self._input(name).value for name in FIELDS}
        return {**texts, **{name: self.query_one(f"#{name}", Toggle).value for name in _SWITCHES}}

    def load(self, form: Form) -> None:
        """Put other texts in."""
        for name in FIELDS:
            self._input(name).value = getattr(form, name)
        for name in _SWITCHES:
            box = self.query_one(f"#{name}", Toggle)
            box.value = getattr(form, name)
            box.refresh()
        self.set_multi(form.multi)

    def set_multi(self, multi: bool) -> None:
        """What counts in Single only cannot be written in Multi."""
        self._multi = multi
        self._enable()

    def show_errors(self, wrong: Mapping[str, str]) -> None:
        """Say what is wrong, under the row of each field."""
        for row in _ROWS:
            said = [f"{_LABELS[name]}: {plain(wrong[name])}" for name in row if name in wrong]
            line = self.query_one(f"#error-{row[0]}", Static)
            line.update(Content("\n".join(said)))
            line.set_class(bool(said), "-shown")
        for name in FIELDS:
            self._input(name).set_class(name in wrong, "-wrong")

    def focus_first(self, wrong: Mapping[str, str]) -> None:
        """Give the first of some fields the focus, and show what is wrong with it."""
        name = next(name for name in FIELDS if name in wrong)
        self._input(name).focus()
        row = next(row for row in _ROWS if name in row)
        line = self.query_one(f"#error-{row[0]}", Static)
        self.call_after_refresh(line.scroll_visible, animate=False, immediate=True)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter goes on to the next field."""
        event.stop()
        self.screen.focus_next()
