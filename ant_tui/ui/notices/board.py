"""The board that notices are put on: it hears, keeps the last ones, and has the loud ones told, together if they came so."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import Protocol

from ant_tui.client.interface import Client
from ant_tui.config.schema import NotifySettings
from ant_tui.core.task import Task
from ant_tui.scheduler.publisher import Publication
from ant_tui.ui.notices.hearing import Hearing
from ant_tui.ui.notices.notice import Notice

__all__ = ["Board", "Teller"]

_KEPT = 1000
_PAST = 200
_TOGETHER_S = 0.3
"""What happens together is told together."""


class Teller(Protocol):
    """Whoever shows notices."""

    def send(self, callback: Callable[[float, Callable[[], None]], object], delay_s: float, then: Callable[[], None]) -> None:
        """Not used."""
