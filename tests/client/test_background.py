"""A scheduler that lives on without us: what it is started with (that it starts is proved in ``tests/cli``)."""

from __future__ import annotations

import pytest

from ant_tui.client.background import _command


def test_the_command_takes_everything_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """Data directory, settings and GPUs are the caller's; no module of the current folder can interfere."""
    monkeypatch.delenv("ANT_TUI_CONFIG", raising=False)
    words = _command("/data", "/etc/ant.toml", ("0", "GPU-1"), None)
    assert words[1] == "-P"
    assert words[2].endswith("ant_tui/__main__.py")
    assert words[3:] == ["--no-ui", "--data-dir", "/data", "--config", "/etc/ant.toml", "0,GPU-1"]
    assert _command("/data", None, (), 0)[3:] == ["--no-ui", "--data-dir", "/data", "--simulate-gpus", "0"]


def test_the_settings_that_the_environment_names_go_along(monkeypatch: pytest.MonkeyPatch) -> None:
    """``ANT_TUI_CONFIG`` holds for a scheduler in the background as it does for its caller."""
    monkeypatch.setenv("ANT_TUI_CONFIG", "/etc/other.toml")
    assert _command("/data", None, (), None)[-2:] == ["--config", "/etc/other.toml"]
