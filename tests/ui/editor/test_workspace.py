"""The variables of new tasks and the slots, on the screen, with a real scheduler beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.widgets import Input, OptionList, TextArea

from ant_tui.api.schema import SaveSlot, Workspace
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.editor.variables_view import VariableRow, VariablesView
from ant_tui.ui.editor.workspace import AskName, WorkspaceScreen
from tests.ui.apps import LivePilot, live, screen_says


@asynccontextmanager
async def workspace(
    tmp_path: Path, values: dict[str, Any] | None = None, *, slots: dict[int, dict[str, Any]] | None = None
) -> AsyncIterator[LivePilot]:
    """The screen of variables, with some set and some slots filled."""
    async with live(tmp_path / "data", size=(100, 30)) as hands:
        for number, saved in (slots or {}).items():
            await hands.client.call("env_slot_save", SaveSlot(number, f"set {number}", values=saved))
        await hands.client.call("env_set", Workspace(values or {}))
        await hands.press("V")
        await hands.until(lambda: isinstance(hands.app.screen, WorkspaceScreen), "the screen")
        await hands.until_shown("8  empty")
        yield hands


def view(hands: LivePilot) -> VariablesView:
    return hands.app.screen.query_one(VariablesView)


def rows(hands: LivePilot) -> list[VariableRow]:
    return view(hands).rows


def texts(hands: LivePilot) -> list[tuple[str, str]]:
    return [row.row for row in rows(hands)]


async def to_slot(hands: LivePilot, number: int) -> None:
    """Put the cursor on a slot."""
    slots = hands.app.screen.query_one("#slots", OptionList)
    slots.focus()
    slots.highlighted = number - 1
    await hands.until(lambda: slots.has_focus and slots.highlighted == number - 1)


async def until_back(hands: LivePilot) -> None:
    await hands.until(lambda: isinstance(hands.app.screen, WorkspaceScreen), "the screen of variables")


async def test_variables_are_applied(tmp_path: Path) -> None:
    """Row 104: what is written in the table is what new tasks get, typed as the language types it."""
    async with workspace(tmp_path, {"DATA": "/d", "SEED": 1, "API_KEY": "s3cret"}) as hands:
        assert texts(hands) == [("DATA", "/d"), ("SEED", "1"), ("API_KEY", "s3cret"), ("", "")]
        assert "s3cret" not in screen_says(hands.app)
        rows(hands)[1].value_field.value = "2"
        rows(hands)[3].name_field.value = "FLAG"
        rows(hands)[3].value_field.value = "true"
        await hands.until_shown("Not applied yet: ^s applies it.")
        await hands.press("ctrl+s")
        await hands.until_shown("New tasks get 4 variables from here.")
        assert hands.client.state.workspace == {"DATA": "/d", "SEED": 2, "API_KEY": "s3cret", "FLAG": True}


async def test_leaving_applies(tmp_path: Path) -> None:
    """Esc loses nothing: what was written is applied, and the last line says so."""
    async with workspace(tmp_path) as hands:
        await hands.write("A")
        await hands.press("enter")
        await hands.until(lambda: rows(hands)[0].value_field.has_focus, "the value")
        await hands.write("1")
        await hands.press("escape")
        await hands.until_said("New tasks get 1 variable from here.")
        assert hands.client.state.workspace == {"A": 1}


async def test_what_is_wrong_is_not_applied_and_not_lost_unasked(tmp_path: Path) -> None:
    """Row 102: a doubled name is told at its row; leaving asks whether to throw the changes away."""
    async with workspace(tmp_path, {"A": 1}) as hands:
        rows(hands)[1].name_field.value = "A"
        await hands.until_shown("A is already in row 1.")
        await hands.press("ctrl+s")
        await hands.until(lambda: rows(hands)[1].name_field.has_focus, "the row")
        await hands.press("escape")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("n")
        await until_back(hands)
        await hands.press("escape")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("y")
        await hands.until(lambda: hands.app.screen is hands.app.main)
        assert hands.client.state.workspace == {"A": 1}


async def test_as_text(tmp_path: Path) -> None:
    """Row 100: the same as JSON, with secrets masked; applied from there too."""
    async with workspace(tmp_path, {"API_KEY": "s3cret", "A": 1}) as hands:
        await hands.press("ctrl+t")
        area = hands.app.screen.query_one("#variables-text", TextArea)
        await hands.until(lambda: area.display and area.has_focus, "the text")
        assert "s3cret" not in area.text
        area.text = area.text.replace('"A": 1', '"A": 2')
        await hands.press("ctrl+s")
        await hands.until_shown("New tasks get 2 variables from here.")
        assert hands.client.state.workspace == {"API_KEY": "s3cret", "A": 2}


async def test_presets_are_offered(tmp_path: Path) -> None:
    """Row 103: the rows that many people want, with their values; those that are there are left out."""
    async with workspace(tmp_path, {"ant_n_gpus": 1}) as hands:
        await hands.press("ctrl+p")
        await hands.until_shown("conda environment, by name")
        assert "number of GPUs" not in screen_says(hands.app)
        await hands.press("enter")
        await until_back(hands)
        await hands.until(lambda: ("ant_task_id", "[uuid]") in texts(hands), "the row")


async def test_saving_in_an_empty_slot(tmp_path: Path) -> None:
    """Row 105: enter on an empty slot saves the table, also what was not applied yet."""
    async with workspace(tmp_path) as hands:
        rows(hands)[0].name_field.value = "A"
        rows(hands)[0].value_field.value = "1"
        await to_slot(hands, 3)
        await hands.press("enter")
        await hands.until_shown("The variables are saved in slot 3.")
        await hands.until_shown("Slot 3  1 var")
        assert hands.client.state.slots[3].values == {"A": 1}
        assert hands.client.state.workspace == {"A": 1}


async def test_an_empty_table_is_not_saved(tmp_path: Path) -> None:
    """There is nothing to keep; the scheduler's sentence says so."""
    async with workspace(tmp_path) as hands:
        await to_slot(hands, 1)
        await hands.press("enter")
        await hands.until_shown("The workspace is empty; there is nothing to save.")
        assert hands.client.state.slots == {}


async def test_loading_asks_before_anything_is_lost(tmp_path: Path) -> None:
    """Row 105: variables that are in no slot are not overwritten unasked; those that are, are."""
    async with workspace(tmp_path, {"A": 1}, slots={1: {"B": 2}, 2: {"C": 3}}) as hands:
        await to_slot(hands, 1)
        await hands.press("enter")
        await hands.until_shown("are in no slot and would be lost")
        await hands.press("enter")
        await until_back(hands)
        assert hands.client.state.workspace == {"A": 1}
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("y")
        await hands.until_shown("Slot 1, set 1, is loaded")
        assert hands.client.state.workspace == {"B": 2}
        assert texts(hands) == [("B", "2"), ("", "")]
        await to_slot(hands, 2)
        await hands.press("enter")
        await hands.until_shown("Slot 2, set 2, is loaded")
        assert hands.client.state.workspace == {"C": 3}


async def test_overwriting_a_slot_asks(tmp_path: Path) -> None:
    """Row 105: s on a filled slot says what would be lost; the default is to keep it."""
    async with workspace(tmp_path, {"A": 1}, slots={1: {"B": 2}}) as hands:
        await to_slot(hands, 1)
        await hands.press("s")
        await hands.until_shown("It holds 'set 1' with 1 variable; those are lost.")
        await hands.press("enter")
        await until_back(hands)
        assert hands.client.state.slots[1].values == {"B": 2}
        await hands.press("s")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("y")
        await hands.until_shown("The variables are saved in slot 1.")
        assert hands.client.state.slots[1].values == {"A": 1}
        assert hands.client.state.slots[1].name == "set 1"


async def test_renaming_and_clearing(tmp_path: Path) -> None:
    """Row 105: n names a slot (an empty name is its number), x clears it after a question."""
    async with workspace(tmp_path, slots={2: {"B": 2}}) as hands:
        await to_slot(hands, 2)
        await hands.press("n")
        await hands.until(lambda: isinstance(hands.app.screen, AskName), "the question")
        hands.app.screen.query_one(Input).value = "big model"
        await hands.press("enter")
        await hands.until_shown("big model")
        await hands.press("n")
        await hands.until(lambda: isinstance(hands.app.screen, AskName), "the question")
        hands.app.screen.query_one(Input).value = " "
        await hands.press("enter")
        await hands.until_shown("2  Slot 2")
        await hands.press("x")
        await hands.until_shown("Clear slot 2?")
        await hands.press("enter")
        await until_back(hands)
        assert 2 in hands.client.state.slots
        await hands.press("x")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("y")
        await hands.until_shown("Slot 2 is empty.")
        assert hands.client.state.slots == {}
        await hands.press("n")
        await hands.until_shown("Slot 2 is empty; save something in it first.")


async def test_letters_in_the_table_are_letters(tmp_path: Path) -> None:
    """The keys of the slots do nothing while somebody writes a name."""
    async with workspace(tmp_path, {"A": 1}, slots={1: {"B": 2}}) as hands:
        rows(hands)[1].name_field.focus()
        await hands.write("snx")
        assert texts(hands)[1] == ("snx", "")
        assert hands.client.state.slots[1].values == {"B": 2}


async def test_changes_from_elsewhere_are_shown(tmp_path: Path) -> None:
    """Somebody else's change appears at once, unless something is being written here."""
    async with workspace(tmp_path, {"A": 1}) as hands:
        await hands.client.call("env_set", Workspace({"B": 2}))
        await hands.until(lambda: ("B", "2") in texts(hands), "the other's variable")
        rows(hands)[0].value_field.value = "9"
        await hands.until_shown("Not applied yet")
        await hands.client.call("env_set", Workspace({"C": 3}))
        await hands.client.call("env_slot_save", SaveSlot(4, "theirs"))
        await hands.until_shown("theirs")
        assert ("A", "9") in texts(hands)
        assert ("C", "3") not in texts(hands)


async def test_what_cannot_be_applied_is_told_where_it_is(tmp_path: Path) -> None:
    """ctrl+s says which row is wrong, and puts the cursor into the name or the value that is."""
    async with workspace(tmp_path, {"GOOD": 1}) as hands:
        rows(hands)[1].name_field.value = "1A"
        rows(hands)[1].value_field.value = "x"
        await hands.until_shown("Not applied yet: row 2 is wrong.")
        await hands.press("ctrl+s")
        await hands.until_shown("Nothing was applied: row 2 is wrong.")
        await hands.until(lambda: rows(hands)[1].name_field.has_focus, "the name")
        assert "^s applies it" not in screen_says(hands.app)
        rows(hands)[1].name_field.value = "ant_n_gpus"
        await hands.until_shown("Not applied yet: row 2 is wrong.")
        await hands.press("ctrl+s")
        await hands.until_shown("Nothing was applied: row 2 is wrong.")
        await hands.until(lambda: rows(hands)[1].value_field.has_focus, "the value")
        rows(hands)[1].value_field.value = "2"
        await hands.until_shown("Not applied yet: ^s applies it.")
        rows(hands)[1].name_field.value = ""
        rows(hands)[1].value_field.value = ""
        await hands.until(lambda: "pplied" not in screen_says(hands.app), "no note")
        assert hands.client.state.workspace == {"GOOD": 1}


async def test_the_keys_in_the_border_are_true(tmp_path: Path) -> None:
    """Tab goes from field to field, and behind the last one to the slots."""
    async with workspace(tmp_path) as hands:
        assert "tab fields, slots" in screen_says(hands.app)
        await hands.press("tab")
        await hands.until(lambda: rows(hands)[0].value_field.has_focus, "the value")
        await hands.press("tab")
        await hands.until(lambda: hands.app.screen.query_one("#slots", OptionList).has_focus, "the slots")
