"""Nothing from outside reaches the terminal raw: the bytes of the whole app on a real pseudo-terminal."""

from __future__ import annotations

import inspect

import pytest

from tests.ui.pty_bytes import pty_bytes, strangers
from tests.ui.sources import HOSTILE

PROGRAM = """
import tempfile
from pathlib import Path
from msgspec.structs import replace
from ant_tui.core import events as ev
from ant_tui.core.resources import ExternalUse
from ant_tui.core.task import TaskState
from ant_tui.ui.leaving import Leaving
from tests.ui.apps import app_for
from tests.ui.fake_client import NOW, FakeClient, FakePlace

HOSTILE = {hostile!r}

with tempfile.TemporaryDirectory() as folder:
    client = FakeClient(jobs_dir=folder)
    bad = "".join(HOSTILE)
    client.place = FakePlace(machine="m" + HOSTILE[1], data_dir="/d" + HOSTILE[0], jobs_dir=folder)
    use = ExternalUse(since=NOW, pid=1, user=HOSTILE[0], command=HOSTILE[1] + " x")
    client.has_gpus(8, gpu6=dict(external=use), gpu7=dict(lost=bad), gpu5=dict(name=HOSTILE[6]))
    for at, text in enumerate(HOSTILE):
        number = client.run(f"run{{at}}" + text, *([at] if at < 6 else []), command="c" + text)
        job = Path(folder, f"{{number}}.1")
        job.mkdir()
        (job / "output.log").write_bytes((bad + "\\n" + text).encode())
        client.submit(f"wait{{at}}" + text, 8, command=text, tags=(text,))
        ended = client.run(f"end{{at}}" + text, command=text)
        client.end(ended, TaskState.FAILED, detail=text)
    client.happens(ev.QueuePaused)
    client.samples(20)
    from ant_tui.errors import Refused
    for method in ("submit", "submit_text", "hold", "suspend", "retry", "pause", "unpause", "gpus_disable"):
        client.answers[method] = Refused(bad)
    app = app_for(client, theme="{theme}")
    app.run()
"""
# Wait for a part of the screen, then type: every pane, every dialog, every task under the cursor.
STEPS = [
    (b"3 Output", b"j"), (b"run1", b"kw"), (b"priority", b"q"), (b"2 Tasks", b"K"), (b"ask it to end", b"\x1b[Bq"),
    (b"2 Tasks", b"x"), (b"Let it run", b"n"), (b"2 Tasks", b"R"), (b"unterminated", b"GGw"), (b"priority", b"q"),
    (b"2 Tasks", b"*D"), (b"Forget", b"n"), (b"2 Tasks", b"3z"), (b"3 Output", b"zz1jX"), (b"unterminated", b"2a"),
    (b"New task", b"echo"), (b"unterminated", b"\x1b"), (b"draft is kept", b"?"), (b"In this pane", b"q"),
    (b"2 Tasks", b"q"), (b"Leave ant-tui", b"\r"),
]  # fmt: skip


@pytest.mark.parametrize("theme", ["ansi", "dark"])
def test_hostile_texts_stay_texts(theme: str) -> None:
    """Escape sequences, bidi controls and markup in ids, commands, output, users, GPU and host names are only shown."""
    program = inspect.cleandoc(PROGRAM.format(hostile=HOSTILE, theme=theme))
    data = pty_bytes(program, size=(120, 40), steps=STEPS)
    assert b"run0" in data
    assert strangers(data) == []
    assert b"\x1b]52" not in data
    assert b"hack" not in data
