"""Changing queued tasks on the screen, with a real scheduler beside it."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import pytest
from textual.widgets import Input

from ant_tui.api.schema import NoArguments, Selection, Submission, Submit
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.editor.command_area import CommandArea
from ant_tui.ui.editor.drafts import DraftFile
from ant_tui.ui.editor.screen import EditorScreen
from ant_tui.ui.editor.variables_view import VariablesView
from tests.ui.apps import LivePilot, live, screen_says

TASKS = (
    Submission("python a.py", "/", id="a", gpus=1, tags=("x", "y"), variables={"SEED": "1", "MODE": "fast"}),
    Submission("python b.py", "/", id="b", gpus=2, tags=("x",), variables={"MODE": "fast"}),
    Submission("python a.py", "/", id="c", gpus=1),
)

Program = Callable[..., Path]


@asynccontextmanager
async def queued(tmp_path: Path, *names: str, key: str = "e") -> AsyncIterator[LivePilot]:
    """The app with queued tasks, of which some are marked (of one: selected), and then a key pressed."""
    async with live(tmp_path / "data", size=(120, 40)) as hands:
        await hands.client.call("pause", NoArguments())
        await hands.client.call("submit", Submit(TASKS))
        for name in names:
            await hands.select(name)
            if len(names) > 1:
                await hands.press("space")
        await hands.press(key)
        if key == "e":
            await hands.until(lambda: isinstance(hands.app.screen, EditorScreen) and hands.app.focused, "the editor")
        yield hands


def field(hands: LivePilot, name: str) -> Input:
    return hands.app.screen.query_one(f"#{name}", Input)


async def test_one_task(tmp_path: Path) -> None:
    """The form says what the task is, the preview what would change, ctrl+s changes exactly that."""
    async with queued(tmp_path, "a") as hands:
        command = hands.app.screen.query_one(CommandArea)
        assert (command.text, field(hands, "gpus").value, field(hands, "tags").value) == ("python a.py", "1", "x y")
        assert field(hands, "conda").disabled
        await hands.until_shown("Nothing is changed yet.")
        command.text = "python new.py --lr {sweep}"
        field(hands, "gpus").value = "2"
        field(hands, "id").value = "renamed"
        rows = hands.app.screen.query_one(VariablesView).rows
        rows[0].value_field.value = "2"
        await hands.until_shown("a: 4 changes")
        await hands.until_shown("1 → 2")
        await hands.until_shown("The command runs as it stands")
        await hands.press("ctrl+s")
        await hands.until_said("renamed is changed.")
        task = hands.tasks["renamed"]
        assert (task.spec.command, task.spec.resources.gpus) == ("python new.py --lr {sweep}", 2)
        assert (task.spec.variables, task.tags) == ({"SEED": "2", "MODE": "fast"}, ("x", "y"))
        assert "a" not in hands.tasks


async def test_what_cannot_be_stays_in_the_editor(tmp_path: Path) -> None:
    """The scheduler is asked before anything is changed; the field that is to blame says so."""
    async with queued(tmp_path, "a") as hands:
        field(hands, "gpus").value = "9"
        field(hands, "workdir").value = "/nowhere"
        field(hands, "id").value = "b"
        await hands.until_shown("GPUs: 9 GPUs asked for, but this machine has 2")
        await hands.until_shown("Folder: The working directory '/nowhere' does not exist.")
        await hands.until_shown("Id: The id 'b' is taken: task 2 is queued.")
        await hands.press("ctrl+s")
        await hands.until(lambda: field(hands, "id").has_focus, "the field")
        assert hands.tasks["a"].spec.resources.gpus == 1


async def test_an_output_file_of_a_queued_task(tmp_path: Path) -> None:
    """Row 185: it is checked as for a new task, begins at the task's folder, and ``-`` takes it away again."""
    work = tmp_path / "work"
    work.mkdir()
    (work / "there").touch()
    async with queued(tmp_path, "a") as hands:
        field(hands, "workdir").value = str(work)
        field(hands, "output").value = "there"
        await hands.until_shown("exists already")
        field(hands, "output").value = "new"
        await hands.until_shown("a: 2 changes")
        await hands.press("ctrl+s")
        await hands.until_said("a is changed.")
        assert hands.tasks["a"].spec.output == str(work / "new")
        await hands.press("e")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert field(hands, "output").value == str(work / "new")
        field(hands, "output").value = "-"
        await hands.until_shown("a: 1 change")
        await hands.press("ctrl+s")
        await hands.until(lambda: hands.tasks["a"].spec.output == "", "no file any more")


async def test_several_tasks_have_no_output_file_in_common(tmp_path: Path) -> None:
    """One file for all of them cannot be, so the field cannot be written."""
    async with queued(tmp_path, "a", "b") as hands:
        assert field(hands, "output").disabled


async def test_nothing_changed_is_no_change(tmp_path: Path) -> None:
    """Ctrl+s without a change closes the editor and says so."""
    async with queued(tmp_path, "a") as hands:
        await hands.press("ctrl+s")
        await hands.until_said("Nothing was changed.")
        assert hands.tasks["a"].spec.resources.gpus == 1


async def test_a_selection_shows_what_it_has_in_common(tmp_path: Path) -> None:
    """Fields that differ are empty and stay as they are; what is written is written into each."""
    async with queued(tmp_path, "a", "b") as hands:
        await hands.until_shown("Edit 2 tasks")
        assert (field(hands, "gpus").value, field(hands, "gpus").placeholder) == ("", "differ")
        assert field(hands, "id").disabled
        view = hands.app.screen.query_one(VariablesView)
        assert [row.row for row in view.rows] == [("MODE", "fast"), ("", "")]
        await hands.until_shown("Different, left as they are: SEED")
        field(hands, "priority").value = "3"
        view.rows[0].value_field.value = "slow"
        hold = hands.app.screen.query_one("#hold").focus()
        await hands.until(lambda: hold.has_focus, "the box")
        await hands.press("space")
        await hands.until_shown("2 tasks: 3 changes")
        await hands.press("ctrl+s")
        await hands.until_said("2 tasks changed.")
        a, b, c = (hands.tasks[name] for name in "abc")
        assert (a.spec.priority, b.spec.priority, c.spec.priority) == (3, 3, 10)
        assert (a.spec.variables, b.spec.variables) == ({"SEED": "1", "MODE": "slow"}, {"MODE": "slow"})
        assert (a.held, b.held, c.held) == (True, True, False)
        assert (a.spec.command, b.spec.command, a.spec.resources.gpus) == ("python a.py", "python b.py", 1)


async def test_each_task_is_reported(tmp_path: Path) -> None:
    """What has gone on its way meanwhile is not changed, and is named with the reason."""
    async with queued(tmp_path, "a", "b", "c") as hands:
        field(hands, "priority").value = "3"
        await hands.until_shown("3 tasks: 1 change")
        await hands.client.call("cancel", Selection(tasks=("a", "b")))
        await hands.press("ctrl+s")
        await hands.until_shown("1 task changed; 2 not")
        assert "a is cancelled; only a queued task can be edited" in screen_says(hands.app)
        assert "b is cancelled; only a queued task can be edited" in screen_says(hands.app)
        assert hands.tasks["c"].spec.priority == 3


async def test_a_task_that_has_gone_says_why(tmp_path: Path) -> None:
    """A single task that started meanwhile keeps the editor open, with the reason."""
    async with queued(tmp_path, "c") as hands:
        field(hands, "priority").value = "3"
        await hands.client.call("cancel", Selection(tasks=("c",)))
        await hands.press("ctrl+s")
        await hands.until_shown("c: cancelled meanwhile; only queued tasks can be changed.")
        assert isinstance(hands.app.screen, EditorScreen)


async def test_half_a_change_is_kept(tmp_path: Path) -> None:
    """Leaving keeps what was written for these tasks alone; ctrl+n goes back to what they are."""
    async with queued(tmp_path, "a") as hands:
        field(hands, "priority").value = "3"
        await hands.press("escape")
        await hands.until_said("The draft is kept")
        await hands.select("b")
        await hands.press("e")
        await hands.until_shown("Edit task 2")
        assert field(hands, "priority").value == "10"
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.app.main)
        await hands.select("a")
        await hands.press("e")
        await hands.until_shown("your draft of")
        assert field(hands, "priority").value == "3"
        await hands.press("ctrl+n")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("y")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        await hands.until(lambda: field(hands, "priority").value == "10", "the task as it is")
        drafts = DraftFile(str(tmp_path / "data" / "draft.json"))
        await hands.until(lambda: drafts.find("1") is None, "no draft")


async def test_only_queued_tasks(tmp_path: Path) -> None:
    """Of a mixed selection the queued ones are edited; of others nothing."""
    async with queued(tmp_path, key="escape") as hands:
        await hands.client.call("cancel", Selection(tasks=("a",)))
        await hands.select("a")
        await hands.press("e")
        await hands.until_said("only a queued task can be edited")
        await hands.press("space")
        await hands.select("b")
        await hands.press("space", "e")
        await hands.until_shown("Edit task 2 · b")


# As text


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    """Make ``$EDITOR`` a program that replaces texts in the file, one list of pairs for each time it is called."""

    def edits(*calls: list[tuple[str, str]], code: int = 0) -> Path:
        seen = tmp_path / "seen"
        script = tmp_path / "my editor"
        script.write_text(
            f"#!{sys.executable}\nimport os, pathlib, sys\nfile = pathlib.Path(sys.argv[-1])\ntext = file.read_text()\n"
            f"seen = pathlib.Path({str(seen)!r})\ncount = len(list(seen.parent.glob('seen*')))\n"
            "pathlib.Path(f'{seen}{count}').write_text(oct(os.stat(file).st_mode & 0o777) + '\\n' + text)\n"
            f"for old, new in {calls!r}[count]:\n    assert old in text, old\n    text = text.replace(old, new)\n"
            f"file.write_text(text)\nsys.exit({code})\n"
        )
        script.chmod(0o755)
        monkeypatch.setenv("EDITOR", f"'{script}'")
        monkeypatch.delenv("VISUAL", raising=False)
        (tmp_path / "kept").mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "kept"))
        monkeypatch.setattr("ant_tui.ui.app.AntApp.suspend", lambda app: nullcontext())
        return seen

    return edits


async def test_a_selection_as_text(tmp_path: Path, program: Program) -> None:
    """All of them in one private file, each under its number; the difference of each is applied."""
    seen = program([("priority = 10", "priority = 4"), ('id = "b"', 'id = "bb"'), ('MODE = "fast"', 'MODE = "slow"')])
    async with queued(tmp_path, "a", "b", "c", key="E") as hands:
        await hands.until_said("3 tasks changed.")
        assert {task.spec.priority for task in hands.tasks.values()} == {4}
        assert hands.tasks["bb"].spec.variables == {"MODE": "slow"}
        assert hands.tasks["a"].spec.variables == {"SEED": "1", "MODE": "slow"}
        text = Path(f"{seen}0").read_text()
        assert text.startswith("0o600\n# 3 queued tasks, each under its number.")
        assert "\n[2]\n" in text
        assert list((tmp_path / "kept").iterdir()) == []


async def test_unchanged_text_changes_nothing(tmp_path: Path, program: Program) -> None:
    """Leaving the editor is not a change."""
    program([])
    async with queued(tmp_path, "a", key="ctrl+e") as hands:
        await hands.until_said("Nothing was changed.")
        assert hands.tasks["a"].spec.resources.gpus == 1


async def test_wrong_text_can_be_mended(tmp_path: Path, program: Program) -> None:
    """What cannot be understood is told, and the text is there as it was left, until it is right or given up."""
    seen = program([("gpus = 1", "gpus = one")], [("gpus = one", "gpus = 'two'")], [("gpus = 'two'", "gpus = 2")])
    async with queued(tmp_path, "a", key="ctrl+e") as hands:
        await hands.until(lambda: isinstance(hands.app.screen, Choose), "the question")
        await hands.until_shown("What you wrote is not TOML")
        await hands.press("enter")
        await hands.until_shown("Task [1]: gpus must be a whole number.")
        await hands.press("enter")
        await hands.until_said("a is changed.")
        assert hands.tasks["a"].spec.resources.gpus == 2
        assert "gpus = 'two'" in Path(f"{seen}2").read_text()


async def test_wrong_text_can_be_given_up(tmp_path: Path, program: Program) -> None:
    """Then nothing is changed."""
    program([("gpus = 1", "gpus = one")])
    async with queued(tmp_path, "a", key="ctrl+e") as hands:
        await hands.until(lambda: isinstance(hands.app.screen, Choose), "the question")
        await hands.press("down", "enter")
        await hands.until_said("Nothing was changed.")
        assert hands.tasks["a"].spec.resources.gpus == 1


async def test_a_failing_editor_changes_nothing(tmp_path: Path, program: Program) -> None:
    """The reason is told, with the file that still holds the text."""
    program([("gpus = 1", "gpus = 2")], code=1)
    async with queued(tmp_path, "a", key="ctrl+e") as hands:
        await hands.until_said("failed with code 1")
        assert hands.tasks["a"].spec.resources.gpus == 1
        (kept,) = (tmp_path / "kept").iterdir()
        assert "gpus = 2" in kept.read_text()


async def test_an_editor_that_is_not_there(tmp_path: Path, program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named, and what to set."""
    program([])
    monkeypatch.setenv("EDITOR", "/no/such/editor")
    async with queued(tmp_path, "a", key="ctrl+e") as hands:
        await hands.until_said("The editor /no/such/editor cannot be run")


async def test_a_terminal_that_cannot_be_handed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the screen cannot step aside, nothing is left behind."""
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "kept"))
    async with queued(tmp_path, "a", key="ctrl+e") as hands:
        await hands.until_said("This terminal cannot be handed to an editor.")
        assert list((tmp_path / "kept").iterdir()) == []
