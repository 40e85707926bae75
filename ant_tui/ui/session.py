"""Where the scheduler of a screen lives: in this process, or in another one that was there before us.

Opening finds out which; closing does what the person who left the screen has chosen.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from ant_tui.api.service import Service
from ant_tui.client.connection import address_of
from ant_tui.client.interface import Client
from ant_tui.client.local import LocalClient
from ant_tui.errors import AntError, NoScheduler, OtherSchedulerRunning
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.ui.figures import count
from ant_tui.ui.leaving import Leaving

if TYPE_CHECKING:
    from ant_tui.client.remote import RemoteClient

__all__ = ["Session"]

_PATIENCE_S = 15.0
_AGAIN_S = 0.1


class Session:
    """One scheduler, for as long as a screen shows it."""

    def __init__(self, options: SchedulerOptions, start_background: Callable[[], int]) -> None:
        """Prepare; nothing is touched before ``open``.

        Args:
            options: what a scheduler in this process runs with.
            start_background: starts a scheduler that lives on without this process, and returns its pid when it is up.
        """
        self._options = options
        self._start_background = start_background
        self._service: Service | None = None
        self._remote: RemoteClient | None = None

    async def open(self) -> Client:
        """Start a scheduler in this process, or attach to the one that works on the data directory already.

        Raises:
            OtherSchedulerRunning: another one holds the data directory, and does not answer, or has other GPUs than
                those that were asked for.
            AntError: the scheduler could not begin.
        """
        service = Service(self._options)
        try:
            await service.open()
        except OtherSchedulerRunning as taken:
            return await self._attach(taken)
        self._service = service
        return LocalClient(service.dispatcher)

    async def _attach(self, taken: OtherSchedulerRunning) -> Client:
        from ant_tui.client.gpu_choice import check_gpus  # only who attaches needs these
        from ant_tui.client.remote import RemoteClient

        remote = RemoteClient(self._find_socket)
        until = time.monotonic() + _PATIENCE_S
        while True:
            try:
                await remote.open()
            except NoScheduler:
                # It has the lock, but perhaps not yet a socket, and nothing tells when.
                if time.monotonic() > until:
                    raise taken from None
                await asyncio.sleep(_AGAIN_S)
                continue
            try:
                only, simulated = self._options.only_gpus, self._options.simulate_gpus
                check_gpus(remote.state.cluster, remote.place.pid, only=only, simulated=simulated)
            except OtherSchedulerRunning:
                await remote.close()
                raise
            self._remote = remote
            return remote

    def _find_socket(self) -> str:
        address = address_of(self._options.data_dir)
        if address is None:
            raise NoScheduler(f"No scheduler runs on {self._options.data_dir}.")
        return address.socket

    async def ended(self) -> None:
        """Return when a scheduler in this process was ended from outside (``ant-tui stop``); else never."""
        if self._service is None:
            await asyncio.Event().wait()
        else:
            await self._service.ended.wait()

    async def close(self, leaving: Leaving, say: Callable[[str], None]) -> None:
        """Do what was chosen.

        Args:
            leaving: what becomes of scheduler and tasks.
            say: tells the person in the terminal.

        Raises:
            AntError: the scheduler could not be started in the background.
        """
        if self._remote is not None:
            farewell = _farewell(self._remote)
            await self._remote.close()
            say(farewell)
        if self._service is None:
            return
        running = len(self._service.scheduler.state.active)
        if self._service.ended.is_set():
            say(f"The scheduler was stopped{_go_on(running)}.")
            return
        if leaving is Leaving.KILL and running:
            say(f"Ending {count(running, 'task')}: TERM, and KILL after {self._options.grace_s:g} s.")
        await self._service.close(kill=leaving is Leaving.KILL, reason="the screen was left")
        if self._service.asked_to_stop:
            say(f"The scheduler was stopped{_go_on(running)}.")
        elif leaving is Leaving.BACKGROUND:
            pid = await self._hand_over()
            say(f"The scheduler goes on in the background (process {pid}). ant-tui brings the screen back.")
        elif leaving is not Leaving.KILL and running:
            say(f"The scheduler has ended{_go_on(running)}; the next ant-tui takes over.")

    async def _hand_over(self) -> int:
        try:
            return await asyncio.to_thread(self._start_background)
        except AntError as problem:
            raise type(problem)(
                f"The scheduler could not be started in the background. {problem.sentence} Tasks go on without it; "
                f"start it with: ant-tui --no-ui --daemon --data-dir {self._options.data_dir}"
            ) from problem


def _farewell(remote: RemoteClient) -> str:
    """What is true of a scheduler elsewhere at the moment in which its screen is left."""
    if remote.connected:
        return f"The scheduler (process {remote.place.pid}) goes on."
    if remote.ended:
        return f"The scheduler was stopped{_go_on(len(remote.state.active))}; the next ant-tui takes over."
    return (
        f"The scheduler (process {remote.place.pid}) did not answer at the end; ant-tui looks for it again, "
        "and takes over its tasks if it is gone."
    )


def _go_on(running: int) -> str:
    return f"; {count(running, 'task goes', 'tasks go')} on" if running else ""
