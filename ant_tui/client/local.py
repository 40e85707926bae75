"""A scheduler in this process: no socket, no copy, the same answers."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from ant_tui.api.dispatcher import Dispatcher
from ant_tui.core.policy import Limits
from ant_tui.core.state import State
from ant_tui.monitor.history import History
from ant_tui.monitor.samples import MonitorSample
from ant_tui.scheduler.publisher import Publication

__all__ = ["LocalClient"]


class LocalPlace:
    """This process."""

    def __init__(self, dispatcher: Dispatcher) -> None:
        options = dispatcher.scheduler.options
        self.pid = os.getpid()
        self.machine: str = options.machine
        self.data_dir: str = options.data_dir
        self.jobs_dir: str = options.jobs_dir
        self.limits: Limits = options.limits


class LocalClient:
    """Speaks to a scheduler in this process (see ``interface.Client``)."""

    here = True
    connected = True

    def __init__(self, dispatcher: Dispatcher) -> None:
        self._dispatcher = dispatcher
        self.place = LocalPlace(dispatcher)

    @property
    def state(self) -> State:
        """The scheduler's own state."""
        return self._dispatcher.scheduler.state

    @property
    def trouble(self) -> str:
        """What keeps the scheduler from its work."""
        return self._dispatcher.scheduler.trouble

    @property
    def sample(self) -> MonitorSample | None:
        """The last sample."""
        return self._dispatcher.scheduler.gpus.sample

    @property
    def history(self) -> History:
        """The scheduler's own history."""
        return self._dispatcher.scheduler.gpus.history

    def listen(self, listener: Callable[[Publication], None]) -> Callable[[], None]:
        """Hear of every change."""
        return self._dispatcher.scheduler.publisher.subscribe(listener)

    async def call(self, method: str, request: Any) -> Any:
        """Ask for something."""
        return await self._dispatcher.call(method, request)
