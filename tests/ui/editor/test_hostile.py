"""Nothing that somebody wrote reaches the terminal raw: the editor on a real pseudo-terminal, and random keys."""

from __future__ import annotations

import inspect
import random
from pathlib import Path

import pytest

from ant_tui.api.schema import NoArguments, Submission, Submit, Workspace
from ant_tui.ui.editor.screen import EditorScreen
from ant_tui.ui.editor.workspace import WorkspaceScreen
from tests.ui.apps import live
from tests.ui.pty_bytes import pty_bytes, strangers
from tests.ui.sources import HOSTILE

PROGRAM = """
from ant_tui.api.documents import SlotDocument, SubmittedDocument, SubmittedTask, WorkspaceDocument
from ant_tui.core import events as ev
from ant_tui.core.task import TaskSpec
from ant_tui.errors import Refused, SubmissionError
from tests.ui.apps import app_for
from tests.ui.fake_client import NOW, FakeClient

HOSTILE = {hostile!r}
bad = "".join(HOSTILE)
client = FakeClient()
client.has_gpus(1, gpu0=dict(name=bad))
for at, text in enumerate(HOSTILE):
    spec = TaskSpec(command="c " + text, workdir="/" + text, variables={{"V": text}}, conda_env=text, conda_path=text)
    number = client.state.next_number
    client.happens(ev.TaskSubmitted, NOW - at, number=number, id=f"wait{{at}}" + text, spec=spec, tags=(text,))
values = {{f"A{{at}}": text for at, text in enumerate(HOSTILE)}} | {{"bad" + bad: bad}}
client.happens(ev.WorkspaceChanged, values=values)
client.happens(ev.SlotChanged, slot=1, name=bad, values=values)
slots = (SlotDocument(1, bad, False, values, None), SlotDocument(2, "", True, {{}}, None))
client.answers["env"] = WorkspaceDocument(values, slots)
client.answers["submit"] = Refused(bad)

def judge(request):
    if "refuse" in request.text:
        raise SubmissionError(bad, reasons=tuple(f"line 1, column 3: {{text}}" for text in HOSTILE) + HOSTILE)
    task = SubmittedTask("id" + bad, 1, "queued", bad, bad, 0, workdir=bad, parameters={{bad: bad}})
    return SubmittedDocument((task,) * 3, dry_run=True)

client.answers["submit_text"] = judge
app = app_for(client, theme="{theme}")
app.bell = lambda: None  # ours, when something is refused; every other one is theirs
app.run()
"""
# Clone a hostile task, be refused, look at earlier commands, paste hostile bytes; edit several tasks; variables.
STEPS = [
    (b"wait0", b"gjc"), (b"would be queued", b"refuse"), (b"Nothing can be queued", b"\x12"),
    (b"words of the command", b"\x1b"), (b"New task", b"\x14"),
    (b"[Multi", b"\x1b[200~ pasted\xe2\x80\xae\xc2\x9b31m\xc2\x9dx\x7f\x1b[201~"), (b"pasted", b"\x1bOQ"),
    (b"NAME", b"\x1b"), (b"draft is kept", b"*e"), (b"Edit 8 tasks", b"\x1b"),
    (b"2 Tasks", b"V"), (b"Variables of new tasks", b"\x14"), (b"empty", b"\x11"), (b"Leave without", b"y"),
    (b"2 Tasks", b"\x11"), (b"Leave ant-tui", b"\r"),
]  # fmt: skip


@pytest.mark.parametrize("theme", ["ansi", "dark"])
def test_hostile_texts_stay_texts(theme: str) -> None:
    """Row 106 and issue 3: commands, ids, folders, variables, slots, refusals and what is pasted are only shown."""
    program = inspect.cleandoc(PROGRAM.format(hostile=HOSTILE, theme=theme))
    data = pty_bytes(program, size=(120, 40), steps=STEPS, timeout=40)
    assert b"Edit 8 tasks" in data
    assert strangers(data) == []
    assert b"\x1b]52" not in data


KEYS = [
    *"abc{}[]$'\"\\#=|&;0 1", "space", "enter", "tab", "shift+tab", "backspace", "delete", "up", "down", "left",
    "right", "home", "end", "pageup", "pagedown", "ctrl+t", "ctrl+up", "ctrl+down", "ctrl+n", "ctrl+p", "ctrl+r",
    "ctrl+s", "ctrl+o", "ctrl+z", "ctrl+k", "ctrl+u", "f1", "f2", "escape", "y", "n", "s", "x",
]  # fmt: skip


@pytest.mark.parametrize("key", ["a", "e", "V"])
async def test_random_keys_never_crash_it(tmp_path: Path, key: str) -> None:
    """Whatever is pressed, in whatever order and at whatever size, the program goes on."""
    chance = random.Random(key)
    async with live(tmp_path / "data", size=(80, 24)) as hands:
        await hands.client.call("pause", NoArguments())
        tasks = Submission("echo 1", "/", id="t1"), Submission("x\ny", "/", id="t2")
        await hands.client.call("submit", Submit(tasks))
        await hands.client.call("env_set", Workspace({"A": 1}))
        for _ in range(6):
            if hands.app.screen is hands.app.main:
                await hands.select("t2")
                await hands.press(key)
                await hands.until(lambda: isinstance(hands.app.screen, EditorScreen | WorkspaceScreen), "the screen")
            for pressed in chance.choices(KEYS, k=8):
                if hands.app.screen is not hands.app.main:
                    await hands.press(pressed)
            if chance.random() < 0.2:
                await hands.pilot.resize_terminal(chance.randint(40, 160), chance.randint(10, 50))
        assert hands.app.is_running
