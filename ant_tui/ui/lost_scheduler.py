"""What an attached screen says while nobody answers: that it attaches again by itself, and how to start a scheduler."""

from __future__ import annotations

import shlex
from collections.abc import Sequence

from ant_tui import paths
from ant_tui.client.interface import Client
from ant_tui.ui.places import from_home
from ant_tui.ui.widgets.key_hints import Hint

__all__ = ["MEANWHILE", "how_to_start"]

MEANWHILE = (
    "; this screen attaches again by itself when one runs",
    "; attaches again when one runs",
    "; waits for the next",
)
"""What is added to the sentence about a scheduler that is gone; the longest that has room."""


def how_to_start(client: Client) -> Sequence[Hint]:
    """The command that starts a scheduler for this screen, for the footer; nothing while one answers."""
    if client.connected or client.here:
        return ()
    directory = client.place.data_dir
    options = "" if directory == paths.data_directory() else f" --data-dir {shlex.quote(from_home(directory))}"
    return (Hint(f"ant-tui{options} --no-ui --daemon", "starts it again", ""),)
