"""When a changed setting begins to hold. One line for each setting or section; a test sees that none is missing."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

__all__ = ["Effect", "effect_of"]


class Effect(StrEnum):
    """When it holds, as the end of a sentence."""

    AT_ONCE = "at once"
    SCREEN = "when the screen is started next"
    SCHEDULER = "when the scheduler is started next"
    BOTH = "at once here; for command and webhook when the scheduler is started next"


_SECTIONS: Mapping[str, Effect] = {
    "scheduler": Effect.SCHEDULER,
    "shutdown": Effect.SCHEDULER,
    "cancel": Effect.SCHEDULER,
    "gpus": Effect.SCHEDULER,
    "history": Effect.SCHEDULER,
    "logs": Effect.SCHEDULER,
    "scheduler_log": Effect.SCHEDULER,
    "environment": Effect.SCHEDULER,
    "recovery": Effect.SCHEDULER,
    "keys": Effect.SCREEN,
}
_SETTINGS: Mapping[str, Effect] = {
    "monitor.smoothing_alpha": Effect.AT_ONCE,
    "monitor.window_s": Effect.SCREEN,
    "output.live_lines": Effect.AT_ONCE,
    "output.preview_lines": Effect.AT_ONCE,
    "output.view_lines": Effect.AT_ONCE,
    "output.wrap": Effect.AT_ONCE,
    "submit.export": Effect.AT_ONCE,
    "submit.retry_keep_random": Effect.SCHEDULER,
    "screen.theme": Effect.AT_ONCE,
    "screen.graph": Effect.SCREEN,
    "screen.mouse": Effect.SCREEN,
    "screen.layout": Effect.AT_ONCE,
    "screen.columns": Effect.AT_ONCE,
    "screen.finished_hours": Effect.AT_ONCE,
    "screen.list_lines": Effect.AT_ONCE,
    "notify.bell": Effect.AT_ONCE,
    "notify.desktop": Effect.AT_ONCE,
    "notify.command": Effect.SCHEDULER,
    "notify.webhook": Effect.SCHEDULER,
    "notify.states": Effect.BOTH,
}


def effect_of(key: str) -> Effect:
    """When a change of a setting holds.

    Args:
        key: ``section.key``.

    Raises:
        KeyError: nobody has said so yet.
    """
    return _SETTINGS[key] if key in _SETTINGS else _SECTIONS[key.partition(".")[0]]
