"""A real scheduler for a test: a process of its own with simulated GPUs, ended with its tasks when the test is over."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ant_tui.client.connection import address_of
from tests.conftest import ROOT

__all__ = ["ant_tui", "command_directory", "ended_afterwards", "environment", "running"]

_PATIENCE_S = 60
_NONE_RUNS = 3
_OTHERS = ("XDG_CONFIG", "ANT_TUI_DATA_DIR", "ANT_TUI_CONFIG", "ANT_TUI_TASK", "ANT_TUI_CONDA", "ANT_TUI_WORKDIR",
           "ANT_TUI_GPUS", "ANT_TUI_TAGS")  # fmt: skip


def environment(data_dir: Path, **more: str) -> dict[str, str]:
    """An environment in which nothing of the person who runs the tests counts, and ``python -m ant_tui`` is found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_OTHERS)}
    own = {"ANT_TUI_DATA_DIR": str(data_dir), "XDG_CONFIG_HOME": str(data_dir.parent / "config"), "NO_COLOR": "1"}
    return {**kept, **own, "PYTHONPATH": str(ROOT), **more}


def ant_tui(words: list[str], env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command line."""
    command = [sys.executable, "-m", "ant_tui", *words]
    return subprocess.run(command, env=dict(env), capture_output=True, text=True, timeout=_PATIENCE_S, check=False)


@contextmanager
def ended_afterwards(data_dir: Path) -> Iterator[None]:
    """Whatever scheduler is left on a data directory is ended with its tasks."""
    try:
        yield
    finally:
        if address_of(str(data_dir)) is not None:
            done = ant_tui(["stop", "--tasks", "kill"], environment(data_dir))
            assert done.returncode in (0, _NONE_RUNS), done.stderr


@contextmanager
def running(data_dir: Path, gpus: int = 2, **more: str) -> Iterator[dict[str, str]]:
    """A scheduler with simulated GPUs and these variables; gives the environment in which it is found."""
    data_dir.mkdir(mode=0o700, parents=True, exist_ok=True)
    env = environment(data_dir, **more)
    with ended_afterwards(data_dir):
        done = ant_tui(["--no-ui", "--daemon", "--simulate-gpus", str(gpus)], env)
        assert done.returncode == 0, done.stderr
        yield env


def command_directory(directory: Path) -> Path:
    """A directory for ``PATH`` with the commands ``ant-tui`` and ``python`` of this very checkout."""
    directory.mkdir(exist_ok=True)
    for name, words in (("ant-tui", "-m ant_tui"), ("python", "")):
        script = directory / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
        script.chmod(0o755)
    return directory
