"""What the end-to-end tests share: a house and terminals of their own, and nothing that is left of either."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.e2e.house import House, until
from tests.e2e.tmux import Tmux
from tests.fake_nvml import fake_nvml as fake_nvml


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A folder for sockets: their paths hold 107 bytes, and pytest's folders are deep."""
    with tempfile.TemporaryDirectory(prefix="ant-e2e-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


@pytest.fixture
def house(tmp_path: Path, sockets: Path) -> Iterator[House]:
    """A data directory for real command lines; afterwards nothing of it may live, and its log has no traceback."""
    made = House(tmp_path, sockets)
    try:
        yield made
        made.end()
    finally:
        try:
            until("every process of the test has ended", lambda: not made.left())
        except AssertionError as problem:
            raise AssertionError(f"{problem}: {made.left()}") from None
        finally:
            for pid in made.left():
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
    assert "Traceback" not in made.own_log(), made.own_log()


@pytest.fixture
def terminal(house: House, sockets: Path) -> Iterator[Callable[[int, int], Tmux]]:
    """Opens terminals of a private tmux, with a shell in each; they are closed when the house is empty."""
    if shutil.which("tmux") is None:
        pytest.skip("tmux is not installed")
    opened: list[Tmux] = []

    def open_one(width: int, height: int) -> Tmux:
        made = Tmux(f"t{len(opened)}", sockets, house.env, house.work, width, height)
        opened.append(made)
        return made

    try:
        yield open_one
        house.end()  # while the terminals are there: an app that loses its terminal hands its scheduler over
    finally:
        for one in opened:
            one.close()
