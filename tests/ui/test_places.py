"""Paths as people write them."""

from __future__ import annotations

import pytest

from ant_tui.ui.places import from_home


@pytest.mark.parametrize(
    ("path", "home", "shown"),
    [
        ("/home/ada", "/home/ada", "~"), ("/home/ada/runs", "/home/ada", "~/runs"), ("/a/x", "/a/", "~/x"),
        ("/home/adam", "/home/ada", "/home/adam"), ("/data", "/home/ada", "/data"), ("/data", "/", "/data"),
        ("/data", "", "/data"),
    ],
)  # fmt: skip
def test_the_home_directory_is_a_tilde(path: str, home: str, shown: str) -> None:
    """Only the home directory itself and what is in it, not what merely begins like it."""
    assert from_home(path, home) == shown
