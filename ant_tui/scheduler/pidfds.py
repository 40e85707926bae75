"""Hearing of the ends of processes: all pidfds in one epoll of their own, which is what the loop watches.

To the loop each pidfd would be a connection: registering one with it and taking it back costs more than all that the
kernel does for a pidfd. This way many ends that come together are also heard in one turn. See pidfd_open(2), epoll(7).
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import select
from collections.abc import Callable

__all__ = ["Pidfds"]

log = logging.getLogger(__name__)

_AT_ONCE = 256
"""Most ends that are told in one turn of the loop."""


class Pidfds:
    """The processes that are watched for one loop, and what to call when each has ended."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._calls: dict[int, Callable[[], object]] = {}
        self._loop.add_reader(self._epoll.fileno(), self._tell)

    def watch(self, pid: int, call: Callable[[], object]) -> int:
        """Have something called when a process ends, again and again until ``drop``.

        Returns:
            The pidfd, for ``drop``.

        Raises:
            ProcessLookupError: it is gone already.
            OSError: the kernel has no descriptors left, or no pidfds; or this is closed.
        """
        if self._epoll.closed:
            raise OSError(errno.EBADF, "nothing is watched any more")
        descriptor = os.pidfd_open(pid)
        try:
            self._epoll.register(descriptor, select.EPOLLIN)
        except BaseException:
            os.close(descriptor)
            raise
        self._calls[descriptor] = call
        return descriptor

    def drop(self, descriptor: int) -> None:
        """Hear no more of a process, and close its pidfd."""
        del self._calls[descriptor]
        if not self._epoll.closed:
            self._epoll.unregister(descriptor)
        os.close(descriptor)

    def close(self) -> None:
        """Hear of nothing any more; what is not dropped yet may be dropped later."""
        if not self._epoll.closed:
            self._loop.remove_reader(self._epoll.fileno())
            self._epoll.close()

    def _tell(self) -> None:
        ready = [(descriptor, self._calls[descriptor]) for descriptor, _ in self._epoll.poll(0, _AT_ONCE)]
        for descriptor, call in ready:
            if self._calls.get(descriptor) is not call:
                continue  # dropped by what was called before it; another process may have the number by now
            try:
                call()
            except Exception:
                log.exception("The end of a process could not be handled")
