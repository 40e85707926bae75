"""Writing tasks on the screen, with a real scheduler beside it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

import pytest
from textual.events import Key
from textual.widgets import Input, TextArea
from textual.worker import Worker, get_current_worker

from ant_tui.api.schema import NoArguments, Submission, Submit, Workspace
from ant_tui.core.task import TaskState
from ant_tui.errors import Refused
from ant_tui.ui.dialogs.choose import Choose
from ant_tui.ui.dialogs.confirm import Confirm
from ant_tui.ui.editor.checked import Checked, Fault
from ant_tui.ui.editor.command_area import CommandArea
from ant_tui.ui.editor.drafts import DraftFile
from ant_tui.ui.editor.form import Form
from ant_tui.ui.editor.pick import PickCommand
from ant_tui.ui.editor.preview_view import PreviewView
from ant_tui.ui.editor.screen import EditorScreen
from ant_tui.ui.editor.segments import Segments
from ant_tui.ui.editor.variables_view import VariablesView
from tests.ui.apps import LivePilot, live, screen_says


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the screen was started."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.setattr("ant_tui.ui.acts.on_editor.first_folder", lambda: str(folder))
    return folder


class Editor:
    """The open editor."""

    def __init__(self, hands: LivePilot) -> None:
        self.hands = hands

    @property
    def screen(self) -> EditorScreen:
        screen = self.hands.app.screen
        assert isinstance(screen, EditorScreen)
        return screen

    @property
    def command(self) -> CommandArea:
        return self.screen.query_one(CommandArea)

    @property
    def variables(self) -> VariablesView:
        return self.screen.query_one(VariablesView)

    def field(self, name: str) -> Input:
        return self.screen.query_one(f"#{name}", Input)

    def put(self, text: str, **fields: str) -> None:
        """Write the command and some fields."""
        self.command.text = text
        for name, value in fields.items():
            self.field(name).value = value

    async def row(self, name: str, value: str) -> None:
        """Write a variable into the empty row."""
        rows = self.variables.rows
        rows[-1].name_field.value = name
        rows[-1].value_field.value = value
        await self.hands.until(lambda: len(self.variables.rows) == len(rows) + 1, "another row")

    async def submit(self) -> None:
        """Press ctrl+s and wait until the editor is gone."""
        await self.hands.press("ctrl+s")
        await self.hands.until(lambda: self.hands.app.screen is self.hands.app.main, "the editor to close")


@asynccontextmanager
async def editor(
    tmp_path: Path, *, size: tuple[int, int] = (120, 40), key: str = "a", tasks: Sequence[Submission] = ()
) -> AsyncIterator[tuple[LivePilot, Editor]]:
    """The app with the editor open; with ``tasks``, the first of them is selected and nothing starts."""
    async with live(tmp_path / "data", size=size) as hands:
        if tasks:
            await hands.client.call("pause", NoArguments())
            await hands.client.call("submit", Submit(tuple(tasks)))
            await hands.select(tasks[0].id)
        await hands.press(key)
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen) and hands.app.focused, "the editor")
        yield hands, Editor(hands)


# Writing one task


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_output_file_is_checked_while_it_is_written(tmp_path: Path, here: Path, size: tuple[int, int]) -> None:
    """Row 185: the field beside the folder says that the file exists; with another name the task writes there."""
    (here / "there.txt").write_text("precious")
    async with editor(tmp_path, size=size) as (hands, open_):
        open_.put("echo hello", id="greeting", output="there.txt")
        await hands.until(lambda: open_.field("output").has_class("-wrong"), "the field that is wrong")
        await hands.until_shown("exists already")
        open_.field("output").value = "new.txt"
        await hands.until_shown("--output new.txt")
        await open_.submit()
        await hands.until(lambda: hands.tasks["greeting"].state is TaskState.COMPLETED, "its end")
    assert (here / "new.txt").read_text() == "hello\n"
    assert (here / "there.txt").read_text() == "precious"


@pytest.mark.parametrize("size", [(80, 24), (200, 60)])
async def test_one_task_by_the_keyboard_alone(tmp_path: Path, size: tuple[int, int]) -> None:
    """a, the command, tab, the id, tab, GPUs, ctrl+s: the preview says what would be queued, the status what was."""
    async with editor(tmp_path, size=size) as (hands, _):
        await hands.write("echo hello")
        await hands.press("tab")
        await hands.write("greeting")
        await hands.press("tab")
        await hands.write("1")
        await hands.until_shown("1 task would be queued · 1 GPU")
        await hands.until_shown("ant-tui submit -J greeting -G 1 -- 'echo hello'")
        assert hands.tasks == {}
        await hands.press("ctrl+s")
        await hands.until_said("Queued as task 1, greeting.")
        await hands.until_state("greeting", TaskState.COMPLETED)
        spec = hands.tasks["greeting"].spec
        assert (spec.command, spec.resources.gpus) == ("echo hello", 1)


async def test_tab_holds_for_what_is_typed_behind_it(tmp_path: Path) -> None:
    """Text, tab and more text in one burst, as from a paste or a slow line: each part lands in its own field."""
    async with editor(tmp_path) as (hands, written):
        await hands.until(lambda: written.command.has_focus)
        for character in ("echo hello", "\t", "greeting", "\t", "1"):
            for one in character:
                hands.app.post_message(Key("tab", None) if one == "\t" else Key(_name(one), one))
        await hands.until_shown("ant-tui submit -J greeting -G 1 -- 'echo hello'")
        hands.app.post_message(Key("shift+tab", None))
        hands.app.post_message(Key("x", "x"))
        await hands.until(lambda: written.field("id").value == "greetingx")


def _name(character: str) -> str:
    return "space" if character == " " else character


async def test_every_field_arrives(tmp_path: Path, here: Path) -> None:
    """All that can be said about a task is in what is queued (rows 090 to 096)."""
    (here / "sub").mkdir()
    async with editor(tmp_path) as (hands, open_):
        open_.put(
            "python x.py", id="all", gpus="1", priority="3", workdir="sub", tags="a b", conda="torch", gpu_ids="1",
            exclude="0",
        )  # fmt: skip
        for name in ("hold", "pty"):
            box = open_.screen.query_one(f"#{name}").focus()
            await hands.until(lambda box=box: box.has_focus, name)  # type: ignore[misc]
            await hands.press("space")
        await open_.row("SEED", "1")
        await open_.row("MODE", '"null"')
        await open_.submit()
        await hands.until_said("Queued as task 1, all, held.")
        task = hands.tasks["all"]
        assert (task.held, task.tags, task.spec.pty) == (True, ("a", "b"), True)
        assert (task.spec.workdir, task.spec.priority, task.spec.conda_env) == (f"{here}/sub", 3, "torch")
        assert task.spec.variables == {"SEED": "1", "MODE": "null"}
        assert len(task.spec.resources.gpu_ids) == len(task.spec.resources.exclude_gpus) == 1


async def test_the_environment_is_taken_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 099: a task has the variables of whoever wrote it."""
    monkeypatch.setenv("OF_THE_WRITER", "yes")
    async with editor(tmp_path) as (hands, open_):
        open_.put("true", id="x")
        await open_.submit()
        digest = hands.tasks["x"].spec.environment
        assert hands.client.state.environments[digest]["OF_THE_WRITER"] == "yes"


# Single and Multi


async def test_many_tasks(tmp_path: Path) -> None:
    """ctrl+t switches to a task a line; all are queued at once, and the status names them (row 062)."""
    async with editor(tmp_path) as (hands, open_):
        await hands.press("ctrl+t")
        open_.put("ant_n_gpus=2 ant_task_id=first python a.py \\\n  --x 1\n# a comment\nant_task_id=second echo 2")
        await hands.until_shown("2 tasks would be queued")
        await hands.until_shown("python a.py --x 1")
        assert open_.field("id").disabled
        assert open_.field("gpus").disabled
        await open_.submit()
        await hands.until_said("2 tasks are queued, 1 to 2: first, second")
        assert hands.tasks["first"].spec.resources.gpus == 2
        assert hands.tasks["second"].spec.command == "echo 2"


async def test_a_sweep_is_shown_expanded(tmp_path: Path) -> None:
    """Row 079: the preview names the first twenty tasks with their final commands and counts the rest."""
    async with editor(tmp_path, size=(120, 60)) as (hands, open_):
        open_.put("python x.py --a {sweep a 1..30} --out o/{sweep a}", id="run-[a]")
        await hands.until_shown("30 tasks would be queued")
        await hands.until_shown("run-20")
        await hands.until_shown("… and 10 more")
        assert "python x.py --a 7 --out o/7" in screen_says(hands.app)
        assert "run-21 " not in screen_says(hands.app)


async def test_a_very_large_sweep_is_counted(tmp_path: Path) -> None:
    """A hundred thousand tasks are not made for a look at them; fields are checked all the same."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("python x.py --a {sweep a 1..1000} --b {sweep b 1..100}", id="run-[a]-[b]")
        await hands.until_shown("100,000 tasks would be queued")
        await hands.until_shown("run-1-20")
        await hands.until_shown("checked once more")
        open_.field("workdir").value = "/nowhere at all"
        await hands.until_shown("The working directory '/nowhere at all'")
        open_.field("workdir").value = ""
        open_.put("python x.py --a {sweep a 1..1000} --b {sweep b 1..1000}")
        await hands.until_shown("The sweeps of this text make 1,000,000")


async def test_drawn_numbers_are_told(tmp_path: Path) -> None:
    """What is drawn anew when it is queued is not promised; an id that is made up is not shown as one."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("python x.py {rand int 7 7}")
        await hands.until_shown("python x.py 7")
        await hands.until_shown("drawn anew")
        assert "(random)" in screen_says(hands.app)


# Errors


async def test_errors_stand_beside_their_lines(tmp_path: Path) -> None:
    """Row 065: each slip is told behind its line and in the list, and nothing is queued until all is right."""
    async with editor(tmp_path) as (hands, open_):
        await hands.press("ctrl+t")
        open_.put("echo fine\nant_n_gpus=two python b.py\necho don't")
        await hands.until_shown("◄ 'two' is no number")
        await hands.until_shown("line 3, column 9:")
        await hands.until_shown("Nothing can be queued yet: 2 problems.")
        lines = screen_says(hands.app).splitlines()
        beside = next(line for line in lines if "python b.py" in line)
        assert "◄ 'two'" in beside
        open_.field("tags").focus()
        await hands.press("ctrl+s")
        await hands.until(lambda: open_.command.has_focus, "the command")
        assert open_.command.cursor_location == (1, 0)
        assert hands.tasks == {}
        open_.put("echo fine\necho fixed")
        await hands.until_shown("2 tasks would be queued")
        assert "◄" not in screen_says(hands.app)


async def test_errors_stand_beside_their_fields(tmp_path: Path) -> None:
    """The field that is to blame says so, also where only the scheduler knows, and ctrl+s goes to the first."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("true", gpus="7", priority="high", workdir="/nowhere", gpu_ids="9")
        await hands.until_shown("GPUs: 7 GPUs asked for, but this machine has 2")
        await hands.until_shown("Folder: The working directory '/nowhere' does not exist.")
        await hands.until_shown("Only GPUs: There is no GPU '9' here")
        await hands.until_shown("Priority: 'high' is no priority")
        await hands.press("ctrl+s")
        await hands.until(lambda: open_.field("gpus").has_focus, "the field")
        assert hands.tasks == {}


async def test_a_taken_id_is_the_ids_fault(tmp_path: Path) -> None:
    """In Single the field says so, in Multi the line."""
    async with editor(tmp_path, key="a", tasks=[Submission("true", "/", id="taken")]) as (hands, open_):
        open_.put("true", id="taken")
        await hands.until_shown("Id: The id 'taken' is taken: task 1 is queued.")
        await hands.press("ctrl+t")
        open_.put("echo 1\nant_task_id=taken echo 2")
        await hands.until_shown("line 2: The id 'taken' is taken")


async def test_wrong_variables_are_told_at_their_rows(tmp_path: Path) -> None:
    """Row 102: a bad name and a doubled one; ctrl+s goes there."""
    async with editor(tmp_path, size=(80, 24)) as (hands, open_):
        open_.put("true")
        await open_.row("A", "1")
        await open_.row("2b", "x")
        await hands.until(lambda: "Variables (2) !" in screen_says(hands.app), "the mark")
        await hands.press("ctrl+s")
        await hands.until_shown("'2b' is no name of a variable")
        await hands.until(lambda: open_.variables.rows[1].name_field.has_focus, "the row")
        assert hands.tasks == {}


async def test_an_empty_form_is_not_scolded(tmp_path: Path) -> None:
    """Nobody is told what is missing before they have begun; ctrl+s says it."""
    async with editor(tmp_path) as (hands, open_):
        await hands.press("ctrl+s")
        await hands.until_shown("There is no command yet.")
        assert "problem" not in screen_says(hands.app)
        assert open_.command.has_focus


async def test_what_changes_meanwhile_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the check let pass and the scheduler refuses in the end stays in the editor, with the reason."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("true", id="x")
        await hands.until_shown("1 task would be queued")
        real = hands.client.call

        async def somebody_was_quicker(method: str, request: object) -> object:
            if method == "submit_text" and not getattr(request, "dry_run"):  # noqa: B009
                await real("submit", Submit((Submission("true", "/", id="x"),)))
            return await real(method, request)

        monkeypatch.setattr(hands.client, "call", somebody_was_quicker)
        await hands.press("ctrl+s")
        await hands.until_shown("Id: The id 'x' is taken")
        assert len(hands.client.state.tasks) == 1
        assert open_.command.text == "true"


@pytest.mark.parametrize("outcome", ["an answer", "a refusal"])
@pytest.mark.parametrize("key", ["", "ctrl+s"])
async def test_an_answer_that_comes_while_it_closes_is_dropped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, key: str, outcome: str
) -> None:
    """A check, or a submission, outlasts the editor: half of its widgets are gone, and nothing is shown or breaks."""
    asked, closing = asyncio.Event(), asyncio.Event()
    in_flight: list[Worker[object]] = []

    async def late(_: object, form: Form) -> Checked:
        in_flight.append(get_current_worker())
        asked.set()
        await closing.wait()
        if outcome == "a refusal":
            raise Refused("Too late.")
        return Checked(faults=(Fault(1, 1, "Too late."),))

    async def outlast(_: object) -> None:
        while screen.query("#panel"):
            await asyncio.sleep(0)
        assert screen.is_attached
        closing.set()
        await in_flight[-1].wait()

    async with editor(tmp_path) as (hands, open_):
        screen = open_.screen
        monkeypatch.setattr(type(screen._purpose), "check", late)
        monkeypatch.setattr(CommandArea, "on_unmount", outlast, raising=False)
        open_.put("true")
        if key:
            await hands.press(key)
        await asyncio.wait_for(asked.wait(), 10)
        await hands.app.pop_screen()
        assert closing.is_set()
        assert in_flight[-1].is_finished
        assert hands.app.screen is hands.app.main
        assert hands.app.is_running


async def test_it_is_left_once(tmp_path: Path) -> None:
    """Who leaves twice before the first has been seen to closes no other screen."""
    async with editor(tmp_path) as (hands, open_):
        screen = open_.screen
        screen.action_leave()
        screen.action_leave()
        await hands.until(lambda: hands.app.screen is hands.app.main, "the main screen")
        assert len(hands.app.screen_stack) == 1


# Variables


async def test_variables_as_table_and_as_text(tmp_path: Path) -> None:
    """Row 100: ctrl+t among the variables switches between both, and both say the same."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("true", id="x")
        await open_.row("SEED", "1")
        await open_.row("MODEL", '{"k": [1]}')
        open_.variables.begin()
        await hands.press("ctrl+t")
        area = open_.variables.query_one("#variables-text", TextArea)
        await hands.until(lambda: area.display and area.has_focus, "the text")
        assert json.loads(area.text) == {"SEED": 1, "MODEL": {"k": [1]}}
        area.text = '{"SEED": 2, "NEW": "3"}'
        await hands.press("ctrl+t")
        await hands.until(lambda: not area.display, "the table")
        assert [row.row for row in open_.variables.rows] == [("SEED", "2"), ("NEW", '"3"'), ("", "")]
        await open_.submit()
        assert hands.tasks["x"].spec.variables == {"SEED": "2", "NEW": "3"}


async def test_text_that_is_no_json_stays(tmp_path: Path) -> None:
    """It cannot become a table; it says where it is wrong, and nothing is queued."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("true")
        open_.variables.begin()
        await hands.press("ctrl+t")
        area = open_.variables.query_one("#variables-text", TextArea)
        await hands.until(lambda: area.has_focus, "the text")
        area.text = '{"A": 1,}'
        await hands.until_shown("The variables are no JSON: line 1")
        await hands.press("ctrl+t")
        await hands.pilot.pause()
        assert area.display
        await hands.press("ctrl+s")
        await hands.until(lambda: area.has_focus, "the text")
        assert hands.tasks == {}


async def test_presets(tmp_path: Path) -> None:
    """Row 103: ctrl+p offers the rows that are not there yet; the chosen one stands in the table."""
    async with editor(tmp_path, size=(80, 24)) as (hands, open_):
        open_.put("true", id="x")
        await hands.press("ctrl+p")
        await hands.until_shown("Add a variable")
        for name in ("ant_task_id", "ant_n_gpus", "ant_wd", "ant_conda_env_path", "ant_conda_path", "NAME"):
            assert name in screen_says(hands.app)
        await hands.press("down", "enter")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        await hands.until(lambda: open_.variables.rows[0].value_field.has_focus, "the value")
        assert open_.variables.rows[0].row == ("ant_n_gpus", "0")
        open_.variables.rows[0].value_field.value = "2"
        await hands.until(lambda: len(open_.variables.rows) == 2)
        await hands.press("ctrl+p")
        await hands.until_shown("Add a variable")
        assert "ant_n_gpus" not in screen_says(hands.app).split("Add a variable")[1].split("esc back")[0]
        await hands.press("escape")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        await open_.submit()
        assert hands.tasks["x"].spec.resources.gpus == 2


async def test_rows_come_and_go(tmp_path: Path) -> None:
    """Backspace in an empty name takes a row away; arrows and enter move about; a secret is not shown."""
    async with editor(tmp_path) as (hands, open_):
        await open_.row("A", "1")
        await open_.row("API_TOKEN", "hunter2")
        rows = open_.variables.rows
        assert rows[1].value_field.password
        assert "hunter2" not in screen_says(hands.app)
        rows[0].name_field.focus()
        await hands.press("down")
        await hands.until(lambda: rows[1].name_field.has_focus)
        await hands.press("up", "enter")
        await hands.until(lambda: rows[0].value_field.has_focus)
        rows[0].name_field.value = ""
        rows[0].name_field.focus()
        await hands.press("backspace")
        await hands.until(lambda: [row.row for row in open_.variables.rows] == [("API_TOKEN", "hunter2"), ("", "")])
        await hands.until(lambda: rows[1].name_field.has_focus)


async def test_a_click_takes_a_row_away(tmp_path: Path) -> None:
    """For the mouse there is a cross at the end of the row."""
    async with editor(tmp_path) as (hands, open_):
        await open_.row("A", "1")
        await hands.pilot.click(open_.variables.rows[0].query_one(".cross"))
        await hands.until(lambda: [row.row for row in open_.variables.rows] == [("", "")], "an empty table")


async def test_the_workspace_is_named(tmp_path: Path) -> None:
    """What all new tasks get anyhow is said, so that nobody writes it twice, and it applies."""
    async with live(tmp_path / "data") as hands:
        await hands.client.call("env_set", Workspace({"DATA": "/d"}))
        await hands.press("a")
        await hands.until_shown("The workspace adds DATA.")
        Editor(hands).put("true", id="x")
        await Editor(hands).submit()
        assert hands.tasks["x"].spec.variables == {"DATA": "/d"}


# Earlier commands


async def test_stepping_through_earlier_commands(tmp_path: Path) -> None:
    """ctrl+up goes back in time, ctrl+down forward to what was being written."""
    tasks = [Submission("echo old", "/", id="o"), Submission("echo new", "/", id="n")]
    async with editor(tmp_path, tasks=tasks) as (hands, open_):
        await hands.write("mine")
        for key, text in (("up", "echo new"), ("up", "echo old"), ("up", "echo old"), ("down", "echo new")):
            await hands.press(f"ctrl+{key}")
            assert open_.command.text == text
        await hands.press("ctrl+down")
        assert open_.command.text == "mine"
        await hands.press("ctrl+up", "ctrl+z")
        assert open_.command.text == "mine"


async def test_in_multi_a_line_is_replaced(tmp_path: Path) -> None:
    """Where every line is a task, an earlier command takes the place of the line with the cursor."""
    tasks = [Submission("cd x\npython y.py", "/", id="s")]
    async with editor(tmp_path, tasks=tasks) as (hands, open_):
        await hands.press("ctrl+t")
        await hands.until(lambda: open_.command.show_line_numbers, "Multi")
        open_.put("echo 1\n\necho 3")
        open_.command.move_cursor((1, 0))
        await hands.press("ctrl+up")
        assert open_.command.text == 'echo 1\nant_command="cd x\\npython y.py"\necho 3'
        await hands.press("ctrl+down")
        assert open_.command.text == "echo 1\n\necho 3"


async def test_picking_an_earlier_command(tmp_path: Path) -> None:
    """ctrl+r lists them; words narrow the list, enter takes the marked one."""
    tasks = [Submission(f"python train.py --lr {number}", "/", id=f"t{number}") for number in range(3)]
    async with editor(tmp_path, tasks=tasks) as (hands, open_):
        await hands.press("ctrl+r")
        await hands.until(lambda: isinstance(hands.app.screen, PickCommand), "the list")
        await hands.write("LR 1")
        await hands.until(lambda: "--lr 2" not in screen_says(hands.app), "a shorter list")
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        await hands.until(lambda: open_.command.text == "python train.py --lr 1")
        await hands.press("ctrl+r")
        await hands.until(lambda: isinstance(hands.app.screen, PickCommand), "the list")
        await hands.press("down", "escape")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert open_.command.text == "python train.py --lr 1"


async def test_without_earlier_commands(tmp_path: Path) -> None:
    """The list says that there are none, and stepping does nothing."""
    async with editor(tmp_path) as (hands, open_):
        await hands.press("ctrl+up")
        await hands.press("ctrl+r")
        await hands.until_shown("there is no earlier command")
        await hands.press("escape")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert open_.command.text == ""


# Drafts


async def test_half_a_task_is_kept_when_the_editor_closes(tmp_path: Path) -> None:
    """Leaving by esc keeps everything that was written; the next a brings it back, and submitting clears it."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("python tr", gpus="x", tags="a")
        await open_.row("A", "")
        await hands.press("escape")
        await hands.until_said("The draft is kept")
        await hands.press("a")
        await hands.until_shown("your draft of")
        assert (open_.command.text, open_.field("gpus").value, open_.field("tags").value) == ("python tr", "x", "a")
        assert open_.variables.rows[0].row == ("A", "")
        open_.put("true", id="x", gpus="")
        await open_.submit()
        assert DraftFile(str(tmp_path / "data" / "draft.json")).find("new") is None
        await hands.press("a")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert open_.command.text == ""


async def test_half_a_task_survives_the_end_of_the_program(tmp_path: Path) -> None:
    """What was written before a moment's pause is on the disk, without anybody leaving the editor."""
    drafts = DraftFile(str(tmp_path / "data" / "draft.json"))
    async with editor(tmp_path) as (hands, open_):
        open_.put("python half")
        await hands.until(lambda: (kept := drafts.find("new")) and kept.form.text == "python half", "the draft")
    async with editor(tmp_path) as (_, open_):
        assert open_.command.text == "python half"


async def test_an_untouched_editor_leaves_nothing(tmp_path: Path) -> None:
    """Opening and closing is no draft."""
    async with editor(tmp_path) as (hands, _):
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.app.main)
        assert not (tmp_path / "data" / "draft.json").exists()


async def test_beginning_afresh_asks(tmp_path: Path) -> None:
    """ctrl+n throws away what was written, after a question whose default is no."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("python x", tags="a")
        await open_.row("A", "1")
        await hands.press("ctrl+n")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert open_.command.text == "python x"
        await hands.press("ctrl+n")
        await hands.until(lambda: isinstance(hands.app.screen, Confirm), "the question")
        await hands.press("y")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen) and open_.command.text == "", "empty")
        await hands.until(lambda: [row.row for row in open_.variables.rows] == [("", "")], "no rows")
        assert open_.field("tags").value == ""
        drafts = DraftFile(str(tmp_path / "data" / "draft.json"))
        await hands.until(lambda: drafts.find("new") is None, "no draft")


# Other ways in, and other things on the way


async def test_cloning_a_task(tmp_path: Path) -> None:
    """The key c begins a new task as the selected one, without its id; what is half-written is not lost unasked."""
    task = Submission("echo {rand int 1 9}", "/", id="first", gpus=1, tags=("a",), variables={"S": "1"}, priority=3)
    async with editor(tmp_path, key="c", tasks=[task]) as (hands, open_):
        assert open_.command.text == "echo {rand int 1 9}"
        open_.field("id").value = "second"
        await open_.submit()
        copy, first = hands.tasks["second"].spec, hands.tasks["first"].spec
        assert (copy.command, copy.resources, copy.variables, copy.priority) == (
            first.command, first.resources, first.variables, first.priority,
        )  # fmt: skip
        assert hands.tasks["second"].tags == ("a",)
        await hands.press("a")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        open_.put("half")
        await hands.press("escape")
        await hands.until_said("The draft is kept")
        await hands.press("c")
        await hands.until(lambda: isinstance(hands.app.screen, Choose), "the question")
        await hands.press("enter")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert open_.command.text == "half"


async def test_defaults_of_a_project_are_in_the_fields(tmp_path: Path, here: Path) -> None:
    """What .ant-tui.toml says is there to be seen and changed; alone it is no draft."""
    (here / ".ant-tui.toml").write_text('gpus = 2\ntags = ["night"]\n')
    async with editor(tmp_path) as (hands, open_):
        assert (open_.field("gpus").value, open_.field("tags").value) == ("2", "night")
        await hands.press("escape")
        await hands.until(lambda: hands.app.screen is hands.app.main)
        assert not (tmp_path / "data" / "draft.json").exists()


async def test_the_command_in_ones_own_editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """ctrl+o hands the command to $EDITOR and takes back what was saved; a failing editor changes nothing."""
    program = tmp_path / "my editor"
    program.write_text("#!/bin/sh\n[ -e fail ] && exit 3\nprintf 'echo two\\n' >> \"$1\"\n")
    program.chmod(0o755)
    monkeypatch.setenv("VISUAL", f"'{program}'")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "kept"))
    async with editor(tmp_path) as (hands, open_):
        monkeypatch.setattr(hands.app, "suspend", nullcontext)
        open_.put("echo one\n")
        await hands.press("ctrl+o")
        await hands.until(lambda: open_.command.text == "echo one\necho two", "the new text")
        (tmp_path / "fail").touch()
        await hands.press("ctrl+o")
        await hands.until_shown("failed with code 3")
        assert open_.command.text == "echo one\necho two"
        (kept,) = (tmp_path / "kept").glob("ant-tui-*.sh")
        assert kept.read_text().startswith("echo one")


async def test_help_says_keys_and_language(tmp_path: Path) -> None:
    """f1 shows a page; esc comes back to what was written."""
    async with editor(tmp_path) as (hands, open_):
        open_.put("true")
        await hands.press("f1")
        await hands.until_shown("choose among earlier commands")
        await hands.until_shown("{sweep lr 1 2}")
        await hands.press("escape")
        await hands.until(lambda: isinstance(hands.app.screen, EditorScreen), "the editor")
        assert open_.command.text == "true"


async def test_folders_are_completed(tmp_path: Path, here: Path) -> None:
    """The field suggests directories; → takes the suggestion."""
    (here / "results").mkdir()
    async with editor(tmp_path) as (hands, open_):
        field = open_.field("workdir")
        field.focus()
        await hands.write("re")
        await hands.until(lambda: field._suggestion == "results/", "the suggestion")
        await hands.press("right")
        assert field.value == "results/"


async def test_panels_on_a_narrow_screen(tmp_path: Path) -> None:
    """At 80x24 preview and variables share their place; f2 goes to and fro, and the wide screen shows both."""
    async with editor(tmp_path, size=(80, 24)) as (hands, open_):
        preview = open_.screen.query_one(PreviewView)
        panel = open_.screen.query_one("#panel", Segments)
        assert (preview.display, open_.variables.display, panel.display) == (True, False, True)
        await hands.press("f2")
        await hands.until(lambda: open_.variables.rows[0].name_field.has_focus, "the table")
        assert (preview.display, open_.variables.display) == (False, True)
        await hands.press("f2")
        await hands.until(lambda: open_.command.has_focus, "the command")
        panel.focus()
        await hands.press("right")
        await hands.until(lambda: open_.variables.display, "the table")
        await hands.pilot.resize_terminal(160, 50)
        await hands.until(lambda: preview.display and open_.variables.display and not panel.display, "both")


async def test_a_lost_scheduler_is_a_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody answers, the reason stands in the preview, and what was written stays."""
    from ant_tui.errors import NoScheduler

    async with editor(tmp_path) as (hands, open_):

        async def nobody(method: str, request: object) -> object:
            raise NoScheduler("The scheduler does not answer.")

        monkeypatch.setattr(hands.client, "call", nobody)
        open_.put("true")
        await hands.until_shown("The scheduler does not answer.")
        await hands.press("ctrl+s")
        await hands.pilot.pause()
        assert isinstance(hands.app.screen, EditorScreen)
        assert open_.command.text == "true"
