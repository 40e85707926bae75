"""A scheduler as a running service: lock, address, control socket, and an orderly end.

Used by both homes of a scheduler, the headless process and the full-screen app. It knows no terminal and no signal.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from pathlib import Path

from ant_tui import __version__, paths
from ant_tui.api.dispatcher import Dispatcher
from ant_tui.api.documents import iso
from ant_tui.api.schema import Stop
from ant_tui.api.server import ControlSocket
from ant_tui.errors import AntError, DataDirectoryError, UsageError
from ant_tui.executors import processes
from ant_tui.journal.lock import DataDirectoryLock
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.scheduler.publisher import Publication, Sampled
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["Service"]

log = logging.getLogger(__name__)


class Service:
    """One scheduler with its doors open."""

    def __init__(self, options: SchedulerOptions) -> None:
        """Prepare; nothing is touched before ``open``."""
        self.options = options
        self.ended = asyncio.Event()
        """Set when the scheduler has ended, whoever asked for it."""
        self.asked_to_stop = False
        """Whether somebody wants it ended, and not only its screen left."""
        self._socket: ControlSocket | None = None
        self._closing: asyncio.Task[None] | None = None
        self._returning: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Lock the data directory, take over what is there, and listen.

        Raises:
            OtherSchedulerRunning: a scheduler works on this data directory already.
            DataDirectoryError: the data directory cannot be used.
            UsageError: a GPU was named that is not there.
        """
        data = self.options.data_dir
        paths.prepare_data_directory(data)
        self._lock = DataDirectoryLock.acquire(Path(data), Path(paths.runtime_directory()))
        try:
            self.scheduler = Scheduler(self.options)
            try:
                await self._open_doors()
            except BaseException:
                if self._socket is not None:
                    await self._socket.close()
                await self.scheduler.stop(kill=False, reason="it could not begin")
                raise
        except BaseException:
            self._lock.release()
            raise

    async def _open_doors(self) -> None:
        await self.scheduler.start()
        self._check_gpus()
        self.dispatcher = Dispatcher(self.scheduler, self._asked_to_stop)
        path = paths.socket_path(self.options.data_dir)
        self._socket = ControlSocket(self.dispatcher, path)
        await self._socket.open()
        self._write_address(path)
        self.scheduler.publisher.subscribe(self._watch_address)

    def _watch_address(self, publication: Publication) -> None:
        """Once per sample: see that we can be found.

        A logout, or somebody who tidies up, may take the runtime directory away from under a running scheduler.
        """
        if not isinstance(publication, Sampled) or self._closing is not None or self._socket is None:
            return
        found = os.path.exists(self._socket.path) and os.path.exists(paths.address_file(self.options.data_dir))
        if not found and (self._returning is None or self._returning.done()):
            self._returning = asyncio.get_running_loop().create_task(self._return())

    async def _return(self) -> None:
        """Put the socket and its address back; who is connected stays so."""
        assert self._socket is not None
        try:
            path = paths.socket_path(self.options.data_dir)
            await self._socket.move(path)
            self._write_address(path)
        except (OSError, AntError) as error:
            log.warning("The control socket is gone and could not be put back: %s", error)
        else:
            log.warning("The control socket or its address was gone and was put back: %s", path)

    def _check_gpus(self) -> None:
        """See that every GPU that was named to be managed exists."""
        sample = self.scheduler.gpus.sample
        there = {name for gpu in (sample.gpus if sample else ()) for name in (str(gpu.index), gpu.uuid)}
        missing = [name for name in self.options.only_gpus if name not in there]
        if missing:
            count = len(sample.gpus) if sample else 0
            has = f"this machine has {count} ({', '.join(str(gpu.index) for gpu in sample.gpus)})" if sample else ""
            reason = has if count else (sample.driver_error if sample else "") or "this machine has none"
            raise UsageError(f"There is no GPU {', '.join(missing)}: {reason.rstrip('.')}.")

    def _write_address(self, path: str) -> None:
        """Leave the socket's address where clients look for it (atomic rename)."""
        target = paths.address_file(self.options.data_dir)
        stat = processes.stat_of(os.getpid())
        address = {
            "pid": os.getpid(),
            "pid_start": stat.start if stat else 0,
            "boot_id": self.scheduler.executor.boot_id,
            "socket": path,
            "version": __version__,
            "data_dir": self.options.data_dir,
            "started_at": iso(self.scheduler.started_at),
        }
        try:
            with open(target + ".new", "w", encoding="utf-8", opener=_private) as file:
                json.dump(address, file)
            os.replace(target + ".new", target)
        except OSError as error:
            raise DataDirectoryError(
                f"The scheduler cannot leave its address in {target}: {error.strerror}; make room there."
            ) from error

    def _asked_to_stop(self, request: Stop) -> None:
        self.asked_to_stop = True
        kill = self.options.kill_on_stop if request.tasks is None else request.tasks == "kill"
        self.stop(kill=kill, reason="asked to over the control socket")

    def stop(self, *, kill: bool, reason: str) -> None:
        """Begin to end; ``ended`` is set when it is done. Asking twice does no harm."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_task(self._close(kill=kill, reason=reason))

    async def _close(self, *, kill: bool, reason: str) -> None:
        try:
            await self.scheduler.stop(kill=kill, reason=reason)
            if self._socket is not None:
                await self._socket.close()
            if os.path.exists(target := paths.address_file(self.options.data_dir)):
                os.unlink(target)
        finally:
            self._lock.release()
            self.ended.set()

    async def close(self, *, kill: bool, reason: str) -> None:
        """End, and return when it is done."""
        self.stop(kill=kill, reason=reason)
        await self.ended.wait()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
