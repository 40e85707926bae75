"""Paths as people write them. What a path leads to is not looked at here."""

from __future__ import annotations

import os

__all__ = ["from_home"]


def from_home(path: str, home: str | None = None) -> str:
    """A path with ``~`` for the home directory.

    Args:
        path: absolute.
        home: the home directory; None for that of whoever runs this.
    """
    home = os.path.expanduser("~") if home is None else home
    inside = home and home != os.sep and (path == home or path.startswith(home.rstrip(os.sep) + os.sep))
    return "~" + path[len(home.rstrip(os.sep)) :] if inside else path
