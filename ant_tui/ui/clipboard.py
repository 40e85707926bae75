"""Putting a text where the user can paste it: through tmux where we live in one, else by OSC 52, else nowhere.

tmux ignores OSC 52 from programs unless told otherwise, so there its own buffer is filled, which tmux hands on to the
terminal. Terminals drop a sequence that is too long, hence the bound.
"""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable, Mapping

__all__ = ["MOST_ENCODED", "copy"]

MOST_ENCODED = 74_994
"""Bytes of an encoded text that the common terminals take."""

_TIMEOUT_S = 2.0


def copy(text: str, write: Callable[[str], None], environ: Mapping[str, str]) -> str:
    """Copy.

    Args:
        text: what to copy.
        write: sends a text to the terminal by OSC 52.
        environ: ``TMUX`` says whether we live in one.

    Returns:
        Where it went, as the end of a sentence.
    """
    if environ.get("TMUX") and _into_tmux(text):
        return "to tmux's buffer and the clipboard"
    if len(base64.b64encode(text.encode("utf-8", "replace"))) > MOST_ENCODED:
        return "nowhere: it is too long for a terminal's clipboard"
    write(text)
    return "to the clipboard"


def _into_tmux(text: str) -> bool:
    try:
        done = subprocess.run(
            ["tmux", "load-buffer", "-w", "-"],
            input=text.encode("utf-8", "replace"),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False  # no tmux to be found, or one that hangs: the terminal may still take it
    return done.returncode == 0
