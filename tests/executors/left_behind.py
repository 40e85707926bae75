"""No test leaves a process behind: everything that a test starts carries a token, and afterwards nothing may carry it.

``nothing_left`` is the fixture; a directory's ``conftest`` makes it known. It fails the test that left something, and
ends what was left, so that the next test starts clean.
"""

from __future__ import annotations

import os
import select
import signal
import time
import uuid
from collections.abc import Iterator
from contextlib import suppress

import pytest

from ant_tui.executors import processes

__all__ = ["TOKEN", "nothing_left"]

TOKEN = "ANT_TEST_TOKEN"
"""The variable that everything a test starts has to carry on; in ``os.environ`` while a test runs."""

_PATIENCE_S = 10.0


@pytest.fixture
def nothing_left(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Gives the token; afterwards, waits for what is just ending, and fails for what does not end."""
    token = uuid.uuid4().hex
    monkeypatch.setenv(TOKEN, token)
    yield token
    left = _ending(f"{TOKEN}={token}".encode())
    names = [f"{processes.name_of(pid)} ({pid})" for pid in left]
    for pid in left:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    _reap()
    assert not names, f"the test left processes behind: {', '.join(names)}"


def _ending(marker: bytes) -> list[int]:
    """The pids of those that still live when all who are ending have had their time."""
    until = time.monotonic() + _PATIENCE_S
    while True:
        _reap()
        alive = [pid for pid in processes.scan((), (marker,)) if pid != os.getpid()]
        if not alive or time.monotonic() > until:
            return alive
        _wait_for_one(alive, until - time.monotonic())


def _wait_for_one(pids: list[int], patience_s: float) -> None:
    descriptors: list[int] = []
    try:
        for pid in pids:
            with suppress(ProcessLookupError):
                descriptors.append(os.pidfd_open(pid))
        if len(descriptors) == len(pids):
            select.select(descriptors, [], [], max(0.0, patience_s))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)


def _reap() -> None:
    with suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass
