"""What every screen test needs: the same screen on every machine."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def _same_screen_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out what a developer or a build machine says about its own terminal."""
    for name in ("NO_COLOR", "COLORTERM", "TEXTUAL_THEME"):
        monkeypatch.delenv(name, raising=False)
