"""A test that made its process the reaper of orphans does not hand them to the tests after it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT

_TESTS = """
import os
import select
import subprocess
from pathlib import Path

from ant_tui.executors import processes
from tests.conftest import no_reaper_of_orphans as no_reaper_of_orphans

ORPHAN = "setsid sh -c 'echo $$ > said; read x < go' > /dev/null 2>&1 & read pid < said; echo $pid"


def orphan() -> int:
    return int(subprocess.check_output(["sh", "-c", ORPHAN], text=True))


def end(pid: int) -> None:
    descriptor = os.pidfd_open(pid)
    Path("go").write_text("now\\n")
    assert select.select([descriptor], [], [], 60)[0]
    os.close(descriptor)


def test_first() -> None:
    assert processes.become_subreaper()
    pid = orphan()
    ours = processes.children()
    end(pid)
    assert pid in ours
    assert pid in processes.children()


def test_second() -> None:
    before = processes.children()
    pid = orphan()
    ours = processes.children()
    end(pid)
    assert (before, ours) == ([], [])
"""


def test_the_next_test_is_no_reaper_and_has_no_zombies(tmp_path: Path) -> None:
    """The flag is taken back after each test, and the dead that came by it are collected."""
    (tmp_path / "test_two.py").write_text(_TESTS)
    for name in ("said", "go"):
        os.mkfifo(tmp_path / name)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(tmp_path), "test_two.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
    )
    assert done.returncode == 0, done.stdout
