"""What the tests of the command line share: a data directory of their own, a fake scheduler, a way to run a verb."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from ant_tui.cli.main import main
from tests.cli.fake_scheduler import FakeScheduler
from tests.cli.terminal import environment

__all__ = ["Run", "Shell"]


@dataclass
class Result:
    """How a call ended."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]
Shell = Callable[..., "subprocess.CompletedProcess[str]"]


@pytest.fixture(autouse=True)
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A private data directory and settings that are nobody's."""
    directory = tmp_path / "data"
    directory.mkdir(mode=0o700)
    monkeypatch.setenv("ANT_TUI_DATA_DIR", str(directory))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.delenv("ANT_TUI_CONFIG", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    return directory


@pytest.fixture
def fake(data_dir: Path) -> Iterator[FakeScheduler]:
    """A scheduler that answers what the test says."""
    directory = tempfile.mkdtemp(prefix="ant")  # short: a socket's path holds 107 bytes
    scheduler = FakeScheduler(data_dir, directory)
    yield scheduler
    scheduler.close()
    shutil.rmtree(directory)


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a command line in this process."""

    def call(*words: str) -> Result:
        capfd.readouterr()
        try:
            code = main(words)
        except SystemExit as exit_:
            code = int(exit_.code or 0)
        sys.stdout.flush()
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return call


@pytest.fixture
def shell() -> Shell:
    """Run a command line as a process of its own."""

    def call(*words: str, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.run(  # type: ignore[call-overload, no-any-return]
            [sys.executable, "-m", "ant_tui", *words],
            env=environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            **options,
        )

    return call
