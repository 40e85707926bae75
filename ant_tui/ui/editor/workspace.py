"""The variables that all new tasks get, and the slots in which sets of them are kept.

What is written is applied as a whole: by ctrl+s, on leaving, and before a slot is used. Anything that would be lost is
asked about first.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, ClassVar

from textual import work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Input, Label, OptionList, Static
from textual.widgets.option_list import Option

from ant_tui.api.documents import WorkspaceDocument
from ant_tui.api.schema import SaveSlot, ShowWorkspace, SlotName, UseSlot, Workspace
from ant_tui.client.interface import Client
from ant_tui.core.image import Slot
from ant_tui.errors import AntError
from ant_tui.output.sanitise import plain
from ant_tui.scheduler.publisher import Publication
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.dialogs.dialog import DIALOG_STYLES, Dialog, paragraph
from ant_tui.ui.editor.inputs import SafeInput
from ant_tui.ui.editor.variables import Said, of_values, said_by
from ant_tui.ui.editor.variables_view import VariablesView
from ant_tui.ui.figures import clock as clock_text
from ant_tui.ui.figures import count

__all__ = ["AskName", "WorkspaceScreen"]

_KEYS = "^s apply · ^t JSON · ^p presets · tab fields, slots · esc apply and leave"
_NOT_APPLIED = "Not applied yet: ^s applies it."
_HINT = "enter load or save · s save here · n name · x clear"


class AskName(Dialog[str | None]):
    """Ask for the name of a slot; an empty one gives it its number back."""

    AUTO_FOCUS = "Input"

    def __init__(self, number: int, name: str) -> None:
        """Ask about one slot."""
        super().__init__(f"Name of slot {number}", keys="enter take · esc back")
        self._called = name

    def contents(self) -> ComposeResult:
        """One field."""
        yield SafeInput(self._called, placeholder="its number", id="slot-name")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Answer."""
        self.dismiss(event.value)


class WorkspaceScreen(Dialog[str]):
    """A table of variables and a list of slots; answers with what was done last, as a sentence."""

    CSS_PATH: ClassVar = [*DIALOG_STYLES, "editor.tcss"]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (110, "-wide")]  # noqa: RUF012  as Textual declares it
    AUTO_FOCUS = "NameField"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+s", "apply", "Apply", show=False, priority=True),
        Binding("ctrl+p", "presets", "Presets", show=False),
        Binding("s", "save", "Save in this slot", show=False),
        Binding("n", "rename", "Name this slot", show=False),
        Binding("x,delete", "clear", "Clear this slot", show=False),
    ]

    def __init__(self, client: Client, clock: Callable[[], float] = time.time) -> None:
        """Show what a scheduler has.

        Args:
            client: the scheduler.
            clock: epoch seconds.
        """
        super().__init__("Variables of new tasks", keys=_KEYS)
        self._client = client
        self._clock = clock
        self._shown = dict(client.state.workspace)
        self._numbers: tuple[int, ...] = ()
        self._said = ""
        self._pending = False  # whether the note is about what is not applied yet
        self._stop_listening: Callable[[], None] | None = None

    # -- what is there -----------------------------------------------------------------------------------------

    def contents(self) -> ComposeResult:
        """Variables above or at the left, slots beside them."""
        yield paragraph("Every new task gets these, unless it says otherwise.", classes="lead")
        with Horizontal(id="body"):
            yield VariablesView(of_values(self._shown), id="variables")
            with Vertical(id="slots-part"):
                yield Label("Slots", classes="name")
                yield OptionList(id="slots", markup=False, compact=True)
                yield Static(Content(_HINT), id="slots-hint", markup=False)
        yield Static(id="workspace-note", markup=False)

    def on_mount(self) -> None:
        """Fill in the slots, and listen for changes from elsewhere."""
        self._stop_listening = self._client.listen(self._hear)
        self._load_slots()

    def on_unmount(self) -> None:
        """Listen no longer."""
        if self._stop_listening is not None:
            self._stop_listening()

    def _hear(self, _: Publication) -> None:
        """Called from the scheduler's own tasks: only send word."""
        if dict(self._client.state.workspace) != self._shown:
            self.call_later(self._changed_elsewhere)

    def _changed_elsewhere(self) -> None:
        """Show what somebody else has set, unless something is being written here."""
        now = dict(self._client.state.workspace)
        if self._said_here.good and self._said_here.values == self._shown != now:
            self._show_values(now)
        self._load_slots()

    @work(group="slots", exclusive=True)
    async def _load_slots(self) -> None:
        document = await self._ask("env", ShowWorkspace())
        if document is None:
            return
        self._numbers = tuple(slot.slot for slot in document.slots)
        slots = self.query_one("#slots", OptionList)
        marked = slots.highlighted
        slots.clear_options()
        slots.add_options([Option(self._prompt(number)) for number in self._numbers])
        slots.highlighted = marked if marked is not None else 0

    def _prompt(self, number: int) -> Content:
        slot = self._slot(number)
        head = (f"{number:>2}  ", "dim")
        if slot is None:
            return Content.assemble(head, ("empty", "dim"))
        about = f"  {count(len(slot.values), 'var')}, {clock_text(slot.saved_at, self._clock())}"
        return Content.assemble(head, (plain(slot.name), "bold"), (about, "dim"))

    def _slot(self, number: int) -> Slot | None:
        return self._client.state.slots.get(number)

    @property
    def _variables(self) -> VariablesView:
        return self.query_one("#variables", VariablesView)

    @property
    def _said_here(self) -> Said:
        return said_by(self._variables.variables)

    def _show_values(self, values: dict[str, Any]) -> None:
        self._shown = values
        self._variables.load(of_values(values))

    def _tell(self, sentence: str, style: str = "") -> None:
        self._said = sentence
        self._note(sentence, style)

    def _note(self, sentence: str, style: str = "", *, pending: bool = False) -> None:
        self._pending = pending
        self.query_one("#workspace-note", Static).update(Content.assemble((plain(sentence), style)))

    # -- the table ---------------------------------------------------------------------------------------------

    def on_variables_view_changed(self, _: VariablesView.Changed) -> None:
        """Say what is wrong, and what is not applied yet."""
        said = self._said_here
        self._variables.show_errors(said.rows, said.problem)
        if not said.good:
            self._note(f"Not applied yet: {_wrong(said)}", "$text-warning", pending=True)
        elif said.values != self._shown:
            self._note(_NOT_APPLIED, "$text-warning", pending=True)
        elif self._pending:
            self._note("")

    async def _apply(self) -> bool:
        """Apply what is written; False where it cannot be."""
        said = self._said_here
        if not said.good:
            self._variables.show_errors(said.rows, said.problem)
            self._variables.focus_wrong(said.rows)
            self._note(f"Nothing was applied: {_wrong(said)}", "bold $text-error", pending=True)
            return False
        if said.values == self._shown:
            return True
        if await self._ask("env_set", Workspace(values=dict(said.values), replace=True)) is None:
            return False
        self._shown = dict(said.values)
        self._tell(f"New tasks get {count(len(said.values), 'variable')} from here.", "$text-success")
        return True

    @work(group="workspace")
    async def action_apply(self) -> None:
        """Apply what is written."""
        if await self._apply() and not self._said:
            self._tell("Nothing was changed.")

    def action_presets(self) -> None:
        """Offer the rows that people often want."""
        self._variables.offer_presets()

    def action_leave(self) -> None:
        """Apply and leave; what cannot be applied is asked about."""
        self._leave()

    @work(group="workspace")
    async def _leave(self) -> None:
        if self._said_here.good:
            if await self._apply():
                self.dismiss(self._said)
            return
        lines = ["Something in the table cannot be applied, so nothing of what you wrote would be."]
        question = Confirm("Leave without the changes?", lines, yes="Throw them away", no="Go on writing")
        if await self.app.push_screen_wait(question):
            self.dismiss("")
        else:
            await self._apply()

    # -- the slots ---------------------------------------------------------------------------------------------

    @property
    def _marked(self) -> int | None:
        """The number of the slot under the cursor, while the list has the focus."""
        slots = self.query_one("#slots", OptionList)
        if not slots.has_focus or slots.highlighted is None or slots.highlighted >= len(self._numbers):
            return None
        return self._numbers[slots.highlighted]

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Load a filled slot, save in an empty one."""
        number = self._numbers[event.option_index]
        if self._slot(number) is None:
            self._save(number)
        else:
            self._load(number)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """The letters work in the list of slots only."""
        return self._marked is not None if action in ("save", "rename", "clear") else True

    def action_save(self) -> None:
        """Save in the marked slot."""
        if self._marked is not None:
            self._save(self._marked)

    def action_rename(self) -> None:
        """Name the marked slot."""
        if self._marked is not None:
            self._rename(self._marked)

    def action_clear(self) -> None:
        """Clear the marked slot."""
        if self._marked is not None:
            self._clear(self._marked)

    @work(group="workspace")
    async def _save(self, number: int) -> None:
        if not await self._apply():
            return
        slot = self._slot(number)
        if slot is not None and slot.values != self._shown:
            lines = [f"It holds '{slot.name}' with {count(len(slot.values), 'variable')}; those are lost."]
            if not await self.app.push_screen_wait(
                Confirm(f"Overwrite slot {number}?", lines, yes="Overwrite", no="Keep it")
            ):
                return
        if await self._ask("env_slot_save", SaveSlot(number, overwrite=slot is not None)) is not None:
            self._tell(f"The variables are saved in slot {number}.", "$text-success")
            self._load_slots()

    @work(group="workspace")
    async def _load(self, number: int) -> None:
        slot = self._slot(number)
        if slot is None:
            return
        said = self._said_here
        now = dict(said.values) if said.good else self._shown
        kept = any(other.values == now for other in self._client.state.slots.values())
        if now and now != slot.values and (not kept or not said.good):
            lines = [f"The {count(len(now), 'variable')} in the table are in no slot and would be lost."]
            if not await self.app.push_screen_wait(Confirm(f"Load '{slot.name}'?", lines, yes="Load it", no="Go back")):
                return
        if await self._ask("env_slot_load", UseSlot(number, overwrite=True)) is not None:
            self._show_values(dict(slot.values))
            self._tell(f"Slot {number}, {slot.name}, is loaded: new tasks get its variables.", "$text-success")

    @work(group="workspace")
    async def _rename(self, number: int) -> None:
        slot = self._slot(number)
        if slot is None:
            self._tell(f"Slot {number} is empty; save something in it first.", "$text-warning")
            return
        name = await self.app.push_screen_wait(AskName(number, slot.name))
        if name is not None and await self._ask("env_slot_rename", SlotName(number, name)) is not None:
            self._load_slots()

    @work(group="workspace")
    async def _clear(self, number: int) -> None:
        slot = self._slot(number)
        if slot is None:
            return
        lines = [f"'{slot.name}' with {count(len(slot.values), 'variable')} is lost; the table stays as it is."]
        if not await self.app.push_screen_wait(Confirm(f"Clear slot {number}?", lines, yes="Clear", no="Keep it")):
            return
        if await self._ask("env_slot_clear", UseSlot(number)) is not None:
            self._tell(f"Slot {number} is empty.")
            self._load_slots()

    async def _ask(self, method: str, request: Any) -> WorkspaceDocument | None:
        """Ask the scheduler; a refusal is told, and gives None."""
        try:
            document: WorkspaceDocument = await self._client.call(method, request)
        except AntError as error:
            self._tell(error.sentence, "bold $text-error")
            return None
        return document


def _wrong(said: Said) -> str:
    """Where it is wrong; why stands there."""
    if not said.rows:
        return "the text is wrong."
    numbers = [str(place + 1) for place in sorted(said.rows)]
    return f"row {numbers[0]} is wrong." if len(numbers) == 1 else f"rows {', '.join(numbers[:5])} are wrong."
