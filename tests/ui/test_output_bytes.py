"""Nothing of a task's output reaches the terminal raw, wherever in the file one reads, searches or jumps."""

from __future__ import annotations

import inspect

from tests.ui.pty_bytes import pty_bytes, strangers
from tests.ui.sources import HOSTILE

PROGRAM = """
import random, tempfile
from pathlib import Path
from ant_tui.core.task import TaskState
from tests.ui.apps import app_for
from tests.ui.fake_client import FakeClient

HOSTILE = {hostile!r}
with tempfile.TemporaryDirectory() as folder:
    client = FakeClient(jobs_dir=folder)
    client.has_gpus(1)
    number = client.run("run", 0)
    job = Path(folder, f"{{number}}.1")
    job.mkdir()
    bad = "".join(HOSTILE).encode()
    chance = random.Random(5)
    lines = [b"beginning", bad]
    lines += [chance.choice(HOSTILE).encode() + b" needle %d" % at for at in range(12_000)]
    lines += [chance.randbytes(60) for at in range(2000)] + [b"the end is here"] * 60
    (job / "output.log").write_bytes(b"\\n".join(lines))
    app = app_for(client, theme="dark")
    app.run()
"""
# Wait for a part of the screen, then type. After esc something else must be waited for before a letter: else it is alt.
STEPS = [
    (b"the end is here", b"3"), (b"next match", b"zg"), (b"beginning", b"/"), (b"text to search for", b"needle"),
    (b"eedle", b"\r"), (b" of ", b"nnN"), (b" of ", b"L"), (b"number of a line", b"\x1b"), (b"next match", b"L"),
    (b"number of a line", b"x\r"), (b"Type the number", b"\x15"), (b"number of a line", b"5000\r"),
    (b"line 5,000 of", b"v"), (b"1 line selected", b"jjj"), (b"4 lines selected", b"\x1b"),
    ("PAUSED · /needle".encode(), b"L"), (b"number of a line", b"90%\r"), (b"line 9,4", b"wG"),
    (b"the end is here", b"q"), (b"Leave ant-tui", b"\r"),
]  # fmt: skip


def test_hostile_output_stays_text() -> None:
    """Whole file, search, jump, selection, wrap: of the task's own escape sequences none is sent."""
    program = inspect.cleandoc(PROGRAM.format(hostile=HOSTILE))
    data = pty_bytes(program, size=(120, 40), steps=STEPS, timeout=40)
    assert strangers(data) == []
    assert b"\x1b]52" not in data
    assert b"hack" not in data
