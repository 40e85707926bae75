"""What the screen remembers from one time to the next, in one small JSON file in the data directory.

Apart from the settings: those a person writes, this the program writes. It is never worth an error: a file that cannot
be read means that everything begins as the settings say, and one that cannot be written is only logged.
"""

from __future__ import annotations

import logging
import os
from typing import Annotated, Generic, TypeVar

import msgspec
from msgspec import Meta, Struct

from ant_tui.output.sanitise import plain

__all__ = ["Instead", "Remembered", "held", "instead", "load", "save"]

log = logging.getLogger(__name__)

T = TypeVar("T", str, bool, float)
V = TypeVar("V", str, bool, float)

_MOST_BYTES = 1 << 16


class Instead(Struct, Generic[T], frozen=True):
    """Something that was chosen on the screen instead of what a setting says.

    Attributes:
        chosen: what.
        setting: what the setting said then. Where it says something else by now, it was changed later and wins.
    """

    chosen: T
    setting: T


class Remembered(Struct, frozen=True, omit_defaults=True):
    """How somebody left the screen.

    Attributes:
        version: of this format; what an older one does not know is ignored, what a newer one misses has defaults.
        pane: the pane that had the focus.
        zoomed: whether it had the whole screen.
        theme: its name.
        wrap: whether long lines of output were broken.
        window_s: seconds that the graphs showed.
        smoothed: whether they were smoothed.
        gpu_share: share of the rows that somebody gave to the GPU pane; None for nobody.
        task_share: share of the columns that somebody gave to the tasks; None for nobody.
        sort: what the list of tasks was sorted by.
        reverse: whether it was sorted the other way round.
        filter: which tasks it showed.
        filters: filters that were typed before, the newest first.
        folded: titles of the sections of that list of which it showed only the headings.
        lined: titles of those of which it showed lines of output as well.
        searches: what was searched for in output before, the newest first.
    """

    version: int = 1
    pane: str = ""
    zoomed: bool = False
    theme: Instead[str] | None = None
    wrap: Instead[bool] | None = None
    window_s: Instead[Annotated[float, Meta(ge=1, le=86_400)]] | None = None
    smoothed: bool = False
    gpu_share: Annotated[float, Meta(ge=0, le=1)] | None = None
    task_share: Annotated[float, Meta(ge=0, le=1)] | None = None
    sort: str = "queue"
    reverse: bool = False
    filter: str = ""
    filters: tuple[str, ...] = ()
    folded: tuple[str, ...] = ()
    lined: tuple[str, ...] = ()
    searches: tuple[str, ...] = ()


def instead(setting: V, now: V) -> Instead[V] | None:
    """What is to be remembered of something that a setting says at first; None while both are the same."""
    return Instead(now, setting) if now != setting else None


def held(remembered: Instead[V] | None, setting: V) -> V:
    """What holds: what was chosen, unless the setting has been changed since."""
    return remembered.chosen if remembered is not None and remembered.setting == setting else setting


def load(path: str) -> tuple[Remembered, str]:
    """Read the file.

    Args:
        path: where it is, or would be.

    Returns:
        What it says, and what is wrong with it as a sentence; an empty sentence where all is well or nothing is there.
    """
    try:
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise ValueError("it is far too large")
        return msgspec.json.decode(content, type=Remembered), ""
    except FileNotFoundError:
        return Remembered(), ""
    except (OSError, ValueError, RecursionError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        return (
            Remembered(),
            f"What the screen remembered cannot be read, so it begins anew ({plain(path)}: {plain(why)}).",
        )


def save(path: str, remembered: Remembered) -> None:
    """Write the file: the old one or the new one, nothing in between; readable by the user alone."""
    beside = f"{path}.{os.getpid()}.new"
    try:
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with open(descriptor, "wb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(remembered)) + b"\n")
            os.rename(beside, path)
        except OSError:
            os.unlink(beside)
            raise
    except OSError as problem:
        log.warning("What the screen remembers cannot be kept in %s: %s", plain(path), problem.strerror or "no reason")
