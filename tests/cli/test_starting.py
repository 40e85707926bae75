"""Starting a scheduler by command line: in the background, once, and with its own sentence when it cannot start.

These tests run the real scheduler as a process of its own, with simulated GPUs or none.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ant_tui.cli.printer import Printer
from ant_tui.client import background
from ant_tui.client.connection import address_of, connect
from ant_tui.errors import AntError, NoScheduler
from tests.cli.conftest import Run, Shell
from tests.cli.fake_scheduler import FakeScheduler
from tests.cli.terminal import environment


@pytest.fixture
def ended_afterwards(data_dir: Path) -> Iterator[None]:
    """Whatever scheduler a test leaves behind is ended with its tasks."""
    yield
    address = address_of(str(data_dir))
    if address is not None:
        subprocess.run(
            [sys.executable, "-m", "ant_tui", "stop", "--tasks", "kill"], env=environment(), check=True, timeout=60
        )


@pytest.mark.usefixtures("ended_afterwards")
class TestBackground:
    def test_first_submission_starts_a_scheduler(self, shell: Shell, run: Run, data_dir: Path) -> None:
        """``submit`` starts one, says so on stderr, and queues; everything works with it, and after it."""
        done = shell("submit", "-J", "first", "--wait", "echo printed; exit 3")
        assert done.returncode == 3, done.stderr
        assert "started in the background" in done.stderr
        assert "first (1) is queued" in done.stdout
        assert run("logs", "first").out == "printed\n"
        assert "started" not in run("submit", "-J", "second", "--wait", "--", "sh", "-c", 'exit "$1"', "x", "4").err
        assert run("wait", "second").code == 4
        assert run("queue", "--json").err == ""
        assert run("stop").code == 0
        assert not (data_dir / "scheduler.json").exists()
        assert "first" in run("history").out

    def test_daemon_returns_when_it_answers(self, shell: Shell, run: Run, data_dir: Path) -> None:
        """``--no-ui --daemon`` returns when the scheduler answers; it is detached, and a second one is refused."""
        done = shell("--no-ui", "--daemon", "--simulate-gpus", "2", "1")
        assert (done.returncode, done.stdout) == (0, "")
        address = address_of(str(data_dir))
        assert address is not None
        assert f"process {address.pid}" in done.stderr
        assert os.getsid(address.pid) == address.pid
        gpus = json.loads(run("gpus", "--json").out)["gpus"]
        assert [gpu["index"] for gpu in gpus] == [1]
        again = shell("--no-ui", "--daemon")
        assert again.returncode == 5
        assert str(address.pid) in again.stderr

    def test_started_by_a_task_it_does_not_carry_the_tasks_mark(self, data_dir: Path) -> None:
        """A task that submits must not make the scheduler one of its own processes."""
        subprocess.run(
            [sys.executable, "-m", "ant_tui", "submit", "true"],
            env={**environment(), "ANT_TUI_TASK": "x"},
            capture_output=True,
            check=True,
            timeout=60,
        )
        address = address_of(str(data_dir))
        assert address is not None
        assert b"ANT_TUI_TASK=" not in Path(f"/proc/{address.pid}/environ").read_bytes()

    def test_modules_in_the_current_directory_do_not_count(self, tmp_path: Path, data_dir: Path) -> None:
        """A scheduler that is started in a directory with a ``json.py`` starts all the same."""
        (tmp_path / "json.py").write_text("raise SystemExit('the wrong json')\n")
        done = subprocess.run(
            [sys.executable, "-P", "-m", "ant_tui", "--no-ui", "--daemon"],
            cwd=tmp_path,
            env=environment(),
            capture_output=True,
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr

    def test_two_at_once_become_one(self, data_dir: Path) -> None:
        """Two first submissions in the same moment both succeed, with one scheduler."""
        command = [sys.executable, "-m", "ant_tui", "submit", "--parsable", "true"]
        both = [
            subprocess.Popen(command, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        said = [process.communicate(timeout=60) for process in both]
        assert [process.returncode for process in both] == [0, 0], said
        with connect(str(data_dir)) as connection:
            assert len(connection.call("queue", {"all": True})["tasks"]) == 2

    def test_foreground_ends_on_a_signal(self, data_dir: Path) -> None:
        """``--no-ui`` logs to stderr, stays until SIGTERM, and ends with code 0."""
        process = subprocess.Popen(
            [sys.executable, "-m", "ant_tui", "--no-ui"], env=environment(), stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        assert any("is up" in line for line in process.stderr)
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=60)
        assert process.returncode == 0


class TestFailure:
    def test_its_own_sentence_and_code_come_back(self, shell: Shell, tmp_path: Path) -> None:
        """A scheduler that cannot start tells why, through the process that started it."""
        file = tmp_path / "config.toml"
        file.write_text("[scheduler]\nmax_gpu = 1\n")
        for words in (["--no-ui", "--daemon"], ["submit", "true"]):
            done = shell("--config", str(file), *words)
            assert done.returncode == 2
            assert "max_gpu" in done.stderr
            assert len(done.stderr.splitlines()) == 1

    def test_every_mistake_in_the_settings_comes_back(self, shell: Shell, tmp_path: Path) -> None:
        """Whoever mends a file wants to mend it once: started in any way, all is told that ``config check`` tells."""
        file = tmp_path / "config.toml"
        file.write_text("[scheduler]\nmax_gpu = 1\nmax_queued = 'x'\n[nope]\n")
        wanted = shell("config", "check", "--config", str(file)).stderr.replace("ant-tui: ", "").splitlines()
        assert len(wanted) == 3
        for words in (["--no-ui"], ["--no-ui", "--daemon"], ["submit", "true"]):
            told = shell("--config", str(file), *words).stderr.removeprefix("ant-tui: ").splitlines()
            assert [line.strip() for line in told] == wanted
        document = json.loads(shell("submit", "--json", "--config", str(file), "true").stdout)
        assert document["error"]["reasons"] == wanted[1:]

    def test_unusable_data_directory_is_told(self, shell: Shell, tmp_path: Path) -> None:
        """A data directory that cannot be made is one sentence, and nothing is left behind."""
        (tmp_path / "file").touch()
        done = shell("submit", "--data-dir", str(tmp_path / "file" / "x"), "true")
        assert done.returncode == 1
        assert str(tmp_path / "file") in done.stderr
        assert len(done.stderr.splitlines()) == 1

    @pytest.mark.parametrize(
        ("line", "code", "said"),
        [
            ("error 2 A key is wrong.", 2, "A key is wrong."),
            ("error x Odd.", 1, "Odd."),
            ("", 3, "out of memory.*scheduler.log"),
        ],
    )
    def test_what_the_started_process_says_is_understood(self, data_dir: Path, line: str, code: int, said: str) -> None:
        """Its line carries the code and the sentence; where it is silent, what Python complained about does."""
        (data_dir / "scheduler.stderr").write_text("Traceback\n  x\nMemoryError: out of memory\n\n")
        with pytest.raises(AntError, match=said) as caught:
            background._understood(line, str(data_dir), 42)
        assert caught.value.exit_code == code

    def test_quicker_neighbour_is_taken(self, data_dir: Path, fake: FakeScheduler) -> None:
        """When somebody else's scheduler has the lock, that one serves us."""
        assert background._understood("error 5 Another one runs.", str(data_dir), 42) == os.getpid()

    def test_scheduler_that_never_gets_ready_is_told(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Patience has an end."""
        monkeypatch.setattr(background, "_PATIENCE_S", 0.01)
        reading, writing = os.pipe()
        with pytest.raises(NoScheduler, match="not ready"):
            background._first_line(reading)
        os.write(writing, b"rea")
        threading.Timer(0.05, os.write, (writing, b"dy 7\n")).start()
        monkeypatch.setattr(background, "_PATIENCE_S", 60.0)
        assert background._first_line(reading) == "ready 7"
        os.close(writing)
        assert background._first_line(reading) == ""
        os.close(reading)


def test_asyncio_is_there_without_tls() -> None:
    """OpenSSL is not loaded for asyncio, whose Unix sockets work without; who wants TLS afterwards has it."""
    program = """
import sys
from ant_tui.cli.starting import _import_asyncio
_import_asyncio()
import asyncio, os, tempfile
assert "_ssl" not in sys.modules
async def echo(reader, writer):
    writer.write(await reader.readline())
    writer.close()
async def main(path):
    async with await asyncio.start_unix_server(echo, path):
        reader, writer = await asyncio.open_unix_connection(path)
        writer.write(b"hello\\n")
        assert await reader.read() == b"hello\\n"
        writer.close()
with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(os.path.join(folder, "socket")))
import ssl, urllib.request
assert ssl.create_default_context().verify_mode is ssl.CERT_REQUIRED
assert urllib.request.HTTPSHandler
"""
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60, cwd=Path(__file__).parents[2])


class OnTerminal(Printer):
    """Takes stdout for a terminal."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.is_terminal = True


class TestScreen:
    @pytest.fixture
    def app(self, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
        """Stands for the full-screen app and remembers how it was called."""
        seen: dict[str, Any] = {}

        def run_app(settings: object, data_dir: str, **options: Any) -> int:
            seen.update(options, data_dir=data_dir)
            return 7

        monkeypatch.setitem(sys.modules, "ant_tui.ui.run", SimpleNamespace(run=run_app))
        monkeypatch.setattr("ant_tui.cli.main.Printer", OnTerminal)
        return seen

    def test_options_reach_the_app(self, run: Run, app: dict[str, Any], data_dir: Path) -> None:
        """``ant-tui 0,1,2,3`` manages only these GPUs, and the app's code is ours."""
        assert run("0,2-3", "GPU-ab", "--simulate-gpus", "8").code == 7
        assert app == {
            "gpus": ("0", "2", "3", "GPU-ab"),
            "simulate_gpus": 8,
            "demo": False,
            "served": False,
            "data_dir": str(data_dir),
            "config": None,
        }

    def test_demo_is_asked_for(self, run: Run, app: dict[str, Any]) -> None:
        """``--demo`` is the app's own affair."""
        run("--demo")
        assert app["demo"] is True

    def test_mistakes_are_told_before_the_screen_opens(self, run: Run, app: dict[str, Any]) -> None:
        """No screen flickers up for a mistake in the settings or on the command line."""
        assert run("--config", "/no/such/file").code == 2
        assert run("0", "--daemon").code == 2
        assert not app


def test_screen_is_refused_without_a_terminal(run: Run) -> None:
    """A pipe cannot show a screen."""
    result = run("--demo")
    assert result.code == 2
    assert "needs a terminal" in result.err
