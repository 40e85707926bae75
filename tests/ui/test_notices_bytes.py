"""What a real terminal is sent when tasks end: the bell and the desktop notice as they are meant, and nothing else."""

from __future__ import annotations

import inspect

from tests.ui.pty_bytes import pty_bytes, strangers
from tests.ui.sources import HOSTILE

PROGRAM = """
import tempfile
from msgspec.structs import replace
from ant_tui.config.schema import NotifySettings
from ant_tui.core.task import TaskState
from tests.ui.apps import app_for
from tests.ui.fake_client import FakeClient, FakePlace

HOSTILE = {hostile!r}

with tempfile.TemporaryDirectory() as folder:
    client = FakeClient()
    client.place = FakePlace(data_dir=folder)
    client.has_gpus(1)
    numbers = [client.run(f"run{{at}}" + text) for at, text in enumerate(HOSTILE)]
    app = app_for(client)
    app.settings = replace(app.settings, notify=NotifySettings(bell=True, desktop=True))

    def end():
        for number, text in zip(numbers, HOSTILE):
            client.end(number, TaskState.FAILED, detail=text)

    app.call_later(app.set_timer, 0.1, end)
    app.run()
"""


def test_only_the_sequences_of_the_notice_reach_the_terminal() -> None:
    """Hostile ids and reasons in toast, list and notice: one notice, one bell, no stranger (rows 218, 292)."""
    steps = [(b"]777;notify", b"M"), (b"WHAT HAPPENED", b"\x1b[B\x1b[Bqq")]
    data = pty_bytes(inspect.cleandoc(PROGRAM.format(hostile=HOSTILE)), size=(100, 30), steps=steps)
    start = data.index(b"\x1b]9;ant-tui: ")
    end = data.index(b"\x07\x07", start) + 2
    notice, rest = data[start:end], data[:start] + data[end:]
    count = len(HOSTILE)
    assert notice.startswith(b"\x1b]9;ant-tui: %d tasks ended: %d failed (run0" % (count, count))
    assert notice.count(b"\x1b]777;notify;ant-tui;") == 1
    assert notice.count(b"\x1b") == 2
    assert notice.count(b"\x07") == 3
    assert strangers(rest) == []
