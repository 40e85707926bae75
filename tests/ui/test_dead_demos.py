"""What a demo leaves that is killed, and who takes that away."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from ant_tui.executors import processes
from ant_tui.ui.dead_demos import PREFIX, clear_dead_demos
from tests.conftest import ROOT

PROGRAM = """
import asyncio, sys
from ant_tui.config import Settings
from ant_tui.ui.demo import tour

async def main():
    with tour(Settings()) as demo:
        client = await demo.session.open()
        tasks, pids = client.state.tasks, [0]
        while 0 in pids:
            await asyncio.sleep(0.01)
            attempts = [task.attempt for task in tasks.values() if task.id in ("llama-8b-ft", "vit-sweep-1")]
            pids = [attempt.pid if attempt is not None else 0 for attempt in attempts]
        print(demo.data_dir, *pids, flush=True)
        await asyncio.Event().wait()

asyncio.run(main())
"""


class RunningDemo:
    """A demo in a process of its own."""

    def __init__(self, parent: Path) -> None:
        environment = {**os.environ, "TMPDIR": str(parent)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", PROGRAM], env=environment, stdout=subprocess.PIPE, text=True, cwd=ROOT
        )
        assert self.process.stdout is not None
        data, *pids = self.process.stdout.readline().split()
        self.folder = Path(data).parent
        self.pids = [int(pid) for pid in pids]

    def living(self) -> list[int]:
        """Those of its tasks that still run."""
        found = [processes.stat_of(pid) for pid in self.pids]
        return [stat.pid for stat in found if stat is not None and stat.alive]

    def kill(self) -> None:
        """As the machine's own killer does when memory is short."""
        self.process.kill()
        self.process.wait()


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[RunningDemo]:
    made = RunningDemo(tmp_path)
    yield made
    made.kill()
    assert made.process.stdout is not None
    made.process.stdout.close()
    for left in Path("/proc").glob("[0-9]*/cmdline"):  # where what is proved here is not true
        with suppress(OSError):
            if os.fsencode(tmp_path) in left.read_bytes():
                os.killpg(int(left.parent.name), signal.SIGKILL)


def test_the_next_demo_takes_away_what_a_killed_one_left(demo: RunningDemo, tmp_path: Path) -> None:
    """Its tasks are ended, its directory and its socket are gone; before it is dead, nothing of that happens."""
    sockets = Path(os.environ["XDG_RUNTIME_DIR"], "ant-tui")
    clear_dead_demos(str(tmp_path))
    assert demo.folder.is_dir()
    assert demo.living() == demo.pids
    demo.kill()
    assert demo.living() == demo.pids
    assert list(sockets.glob("*.sock"))
    clear_dead_demos(str(tmp_path))
    assert demo.living() == []
    assert not demo.folder.exists()
    assert not list(sockets.glob("*.sock"))


def made(folder: Path, *, mode: int = 0o700, age_s: float = 7200.0) -> Path:
    """A directory as a demo makes it, of some age, without anything of a scheduler."""
    (folder / "data").mkdir(parents=True)
    folder.chmod(mode)
    os.utime(folder, (time.time() - age_s, time.time() - age_s))
    return folder


def test_only_old_directories_of_dead_demos_go(tmp_path: Path) -> None:
    """What others can write into, what has another name or has just been made, and what a link leads to stays."""
    gone = made(tmp_path / f"{PREFIX}old")
    target = made(tmp_path / "target")
    (tmp_path / f"{PREFIX}link").symlink_to(target)
    kept = [
        target,
        made(tmp_path / "ant-tui-else"),
        made(tmp_path / f"{PREFIX}open", mode=0o770),
        made(tmp_path / f"{PREFIX}young", age_s=60.0),
    ]
    (tmp_path / f"{PREFIX}file").touch()
    clear_dead_demos(str(tmp_path))
    assert not gone.exists()
    assert all((folder / "data").is_dir() for folder in kept)
    assert (tmp_path / f"{PREFIX}link").is_symlink()
    assert (tmp_path / f"{PREFIX}file").exists()
