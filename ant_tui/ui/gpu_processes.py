"""Who is on the GPUs: samples name processes by number alone; whose they are is asked for when the numbers change."""

from __future__ import annotations

import logging
from collections.abc import Callable, Hashable
from time import monotonic

from textual.screen import Screen

from ant_tui.api.documents import GpusDocument
from ant_tui.api.schema import NoArguments
from ant_tui.client.interface import Client
from ant_tui.errors import AntError
from ant_tui.ui.gpu_facts import Processes

__all__ = ["GpuProcesses"]

log = logging.getLogger(__name__)

_AGAIN_S = 10.0
"""Memory changes without any change of numbers."""


class GpuProcesses:
    """Keeps the answer to one question for a screen."""

    def __init__(self, screen: Screen[None], client: Client, changed: Callable[[], None]) -> None:
        """Prepare.

        Args:
            screen: asks, in a worker of its own.
            client: the scheduler.
            changed: called when ``known`` is another one.
        """
        self._screen = screen
        self._client = client
        self._changed = changed
        self.known: Processes = {}
        self._asked: Hashable = None
        self._asked_at = 0.0

    def look(self) -> None:
        """Ask, if what the last sample says gives a reason to."""
        sample = self._client.sample
        if sample is None:
            return
        listed = {gpu.uuid: [process.pid for process in gpu.processes] for gpu in sample.gpus if gpu.processes}
        if not listed:
            self.known, self._asked = {}, None
            return
        state = self._client.state
        now = (tuple((uuid, tuple(pids)) for uuid, pids in listed.items()), tuple(state.cluster.holders.items()))
        if now != self._asked or monotonic() - self._asked_at > _AGAIN_S:
            self._asked, self._asked_at = now, monotonic()
            self._screen.run_worker(self._ask(), group="processes on GPUs", exclusive=True, exit_on_error=False)

    async def _ask(self) -> None:
        try:
            found: GpusDocument = await self._client.call("gpus", NoArguments())
        except AntError as error:
            log.info("Who is on the GPUs is not known: %s", error)
            return
        self.known = {gpu.uuid: gpu.processes for gpu in found.gpus}
        self._changed()
