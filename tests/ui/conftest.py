"""What every screen test needs: the same screen on every machine."""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator

import pytest


@pytest.fixture(autouse=True)
def _same_screen_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what a developer or a build machine says about its own terminal."""
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _same_time_everywhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Times of day are those of one time zone."""
    with monkeypatch.context() as changed:
        changed.setenv("TZ", "UTC")
        time.tzset()
        yield
    time.tzset()


@pytest.fixture(autouse=True)
def _settings_of_nobody(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Settings that a test changes are nobody's, and what somebody has set does not count."""
    for name in [name for name in os.environ if name.startswith("ANT_TUI_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path_factory.mktemp("config")))


@pytest.fixture(autouse=True)
def _sockets_of_our_own(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Control sockets go where nobody else's are, under a path that is short enough for them."""
    with tempfile.TemporaryDirectory(prefix="ant") as path:
        monkeypatch.setenv("XDG_RUNTIME_DIR", path)
        yield
