"""The whole program on a pseudo-terminal: how it begins, and that it leaves the terminal as it was."""

from __future__ import annotations

import inspect
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from ant_tui.config import Settings
from ant_tui.errors import ConfigError
from ant_tui.ui.run import app_maker
from tests.ui.pty_bytes import ROOT, pty_bytes

PROGRAM = """
import os, signal, sys
from ant_tui.config import load_settings
from ant_tui.ui import run as module

class App(module.AntApp):
    def on_key(self, event):
        number = {{"f9": signal.SIGTERM, "f10": signal.SIGHUP, "f11": None}}.get(event.key, 0)
        if number is None:
            raise ZeroDivisionError("a crash")
        if number:
            os.kill(os.getpid(), number)

class Session(module.Session):
    async def close(self, *how):
        os.kill(os.getpid(), signal.SIGCONT)  # as a terminal does that goes away just now
        await super().close(*how)

module.AntApp, module.Session = App, Session
code = module.run(load_settings(os.devnull), {data!r}, simulate_gpus=1, demo={demo})
print("code", code)
"""
F9, F10, F11 = b"\x1b[20~", b"\x1b[21~", b"\x1b[23~"


def run_on_terminal(
    data: Path, *steps: tuple[bytes, bytes], demo: bool = False, **variables: str
) -> tuple[bytes, bytes]:
    """Run the program; returns what it wrote while the screen was there, and afterwards."""
    program = inspect.cleandoc(PROGRAM.format(data=str(data), demo=demo))
    written = pty_bytes(
        program, size=(100, 30), steps=steps, env={**_environment(), "TMPDIR": str(data.parent), **variables}
    )
    screen, _, after = written.rpartition(b"\x1b[?1049l")
    return screen, after


def _environment() -> dict[str, str]:
    return {"XDG_RUNTIME_DIR": os.environ["XDG_RUNTIME_DIR"], "XDG_CONFIG_HOME": "/nonexistent"}


@pytest.mark.parametrize(
    ("key", "code"), [(b"q", b"code 0"), (b"\x03", b"code 0"), (F9, b"code 143"), (F10, b"code 129"), (F11, b"code 1")]
)
def test_the_terminal_is_as_it_was(tmp_path: Path, key: bytes, code: bytes) -> None:
    """However the screen ends (q, ctrl+c, TERM, HUP, crash): main screen, cursor and mouse are back; the code tells."""
    screen, after = run_on_terminal(tmp_path / "data", (b"No tasks yet", key))
    assert b"\x1b[?1049h" in screen
    assert b"\x1b[?1049h" not in after, "the screen came back"
    for mode, end in ((b"\x1b[?1000h", b"\x1b[?1000l"), (b"\x1b[?2004h", b"\x1b[?2004l"), (b"\x1b[?25l", b"\x1b[?25h")):
        both = screen + after
        assert both.rfind(end) > both.rfind(mode), mode
    assert code in after
    assert b"Traceback" not in screen + after
    if key == F11:
        report = re.search(rb"The report is in (\S+)\.", after.replace(b"\r\n", b""))
        assert report is not None
        assert "ZeroDivisionError: a crash" in Path(report[1].decode()).read_text()


def test_a_demo_leaves_no_trace(tmp_path: Path) -> None:
    """The demo shows running tasks, asks nothing at the end, and no file and no process is left of it."""
    mine = tmp_path / "tmp"  # demos of other tests may come and go meanwhile
    mine.mkdir()
    screen, after = run_on_terminal(tmp_path / "unused", (b"A demo", b"q"), demo=True, TMPDIR=str(mine))
    assert b"llama-8b-ft" in screen
    assert b"code 0" in after
    assert list(mine.iterdir()) == []
    assert not (tmp_path / "unused").exists()
    assert bytes(mine) not in subprocess.run(["ps", "axww", "-o", "args"], capture_output=True, check=True).stdout


def test_settings_are_checked_before_anything_begins(tmp_path: Path) -> None:
    """A clash of keys names file and line, an unknown theme the themes that there are; no data directory is made."""
    from msgspec.structs import replace

    file = tmp_path / "config.toml"
    file.write_text('[keys]\n"task.cancel" = "R"\n')
    from ant_tui.config import load_settings

    with pytest.raises(ConfigError, match=re.escape(f"{file}:2: the key R of task.cancel")):
        app_maker(load_settings(file), str(file))
    settings = Settings()
    with pytest.raises(ConfigError, match='no theme "nonsense"'):
        app_maker(replace(settings, screen=replace(settings.screen, theme="nonsense")))


def test_the_rest_of_the_program_does_not_know_the_screen() -> None:
    """A headless scheduler and the command line never import Textual."""
    code = (
        "import sys, ant_tui.headless, ant_tui.cli.main; assert not any(m.startswith('textual') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
