"""The scheduler without a screen: the process that ``--no-ui`` is, in the foreground or detached.

Here live the process's own matters: signals, logging, and telling whoever started it whether it is up. What a scheduler
does is in ``scheduler``, its doors are in ``api``.
"""

from __future__ import annotations

import asyncio
import logging
import logging.handlers
import os
import signal
import sys
from functools import partial

from ant_tui import paths
from ant_tui.api.service import Service
from ant_tui.config import Settings
from ant_tui.errors import AntError
from ant_tui.scheduler.options import SchedulerOptions

__all__ = ["serve", "set_up_logging"]

log = logging.getLogger(__name__)

_LOG_BYTES = 8 * 2**20
_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def serve(
    settings: Settings,
    data_dir: str,
    *,
    gpus: tuple[str, ...] = (),
    simulate_gpus: int | None = None,
    ready_fd: int | None = None,
) -> int:
    """Run a scheduler until somebody ends it.

    Args:
        settings: as loaded.
        data_dir: absolute path; made if it is not there.
        gpus: indices or UUIDs of the GPUs to manage; empty means all.
        simulate_gpus: how many simulated GPUs to use instead of the driver's; None uses the driver's.
        ready_fd: where to write one line when it is known whether the scheduler is up: ``ready PID``, or
            ``error CODE SENTENCE`` with all reasons behind it; closed afterwards.

    Returns:
        The exit code: 0 after an orderly end.

    Raises:
        AntError: the scheduler could not begin.
    """
    try:
        paths.prepare_data_directory(data_dir)
        set_up_logging(settings, data_dir, stderr=settings.scheduler_log.to_stderr)
        options = SchedulerOptions.of(settings, data_dir, gpus=gpus, simulate_gpus=simulate_gpus)
        asyncio.run(_serve(options, ready_fd))
    except AntError as error:
        _tell(ready_fd, f"error {error.on_one_line()}")
        raise
    return 0


async def _serve(options: SchedulerOptions, ready_fd: int | None) -> None:
    service = Service(options)
    await service.open()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        stop = partial(service.stop, kill=options.kill_on_stop, reason=signal.Signals(number).name)
        loop.add_signal_handler(number, stop)
    # A lost terminal is no reason to end: whoever started this in the foreground over SSH finds it again.
    loop.add_signal_handler(signal.SIGHUP, lambda: log.info("The terminal is gone; the scheduler goes on"))
    log.info("The scheduler is up: pid %d, data directory %s", os.getpid(), options.data_dir)
    _tell(ready_fd, f"ready {os.getpid()}")
    await service.ended.wait()
    log.info("The scheduler has ended")


def _tell(ready_fd: int | None, line: str) -> None:
    if ready_fd is None:
        return
    try:
        os.write(ready_fd, line.replace("\n", " ").encode() + b"\n")
        os.close(ready_fd)
    except OSError as error:
        log.info("Nobody listens any more whether the scheduler is up (%s)", error)


def set_up_logging(settings: Settings, data_dir: str, *, stderr: bool) -> None:
    """Send the program's own log to a file in the data directory, and to stderr where that is wanted.

    Args:
        settings: section ``scheduler_log``.
        data_dir: where the file goes; it is kept below 8 MiB, with one older one beside it.
        stderr: also write to stderr; never with a full screen.
    """
    root = logging.getLogger()
    root.setLevel(settings.scheduler_log.level.upper())
    root.handlers.clear()
    handlers: list[logging.Handler] = []
    if settings.scheduler_log.to_file:
        mask = os.umask(0o077)
        try:
            path = paths.log_file(data_dir)
            handlers.append(logging.handlers.RotatingFileHandler(path, maxBytes=_LOG_BYTES, backupCount=1))
        finally:
            os.umask(mask)
    if stderr:
        handlers.append(logging.StreamHandler(sys.stderr))
    for handler in handlers:
        handler.setFormatter(logging.Formatter(_FORMAT))
        handler.handleError = _ignore_full_disk  # type: ignore[method-assign]
        root.addHandler(handler)


def _ignore_full_disk(record: logging.LogRecord) -> None:
    """A log line that cannot be written must not disturb the scheduler: a full disk is told over the socket."""
