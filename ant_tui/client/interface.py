"""What a screen needs of a scheduler, wherever it lives.

Data comes down as frozen values: the state (a mirror, or the scheduler's own, never to be changed here), samples, and
publications that say what changed. Requests go up as the typed requests of the control socket.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from ant_tui.core.policy import Limits
from ant_tui.core.state import State
from ant_tui.monitor.history import History
from ant_tui.monitor.samples import MonitorSample
from ant_tui.scheduler.publisher import Publication

__all__ = ["Client", "Place"]


class Place(Protocol):
    """Where the scheduler is, for the status line."""

    @property
    def pid(self) -> int:
        """Its process."""

    @property
    def machine(self) -> str:
        """The machine's name."""

    @property
    def data_dir(self) -> str:
        """Its data directory."""

    @property
    def jobs_dir(self) -> str:
        """Where the job directories are."""

    @property
    def limits(self) -> Limits:
        """The bounds in force."""


class Client(Protocol):
    """One scheduler, seen by a screen."""

    @property
    def state(self) -> State:
        """Everything that is known; read it, do not keep or change it."""

    @property
    def place(self) -> Place:
        """Where the scheduler is."""

    @property
    def here(self) -> bool:
        """Whether the scheduler lives in this process."""

    @property
    def connected(self) -> bool:
        """Whether anything can be asked for; a scheduler in trouble still answers."""

    @property
    def trouble(self) -> str:
        """What keeps the scheduler from its work, or us from it, as a sentence; empty while all is well."""

    @property
    def sample(self) -> MonitorSample | None:
        """The last sample, or None before the first."""

    @property
    def history(self) -> History:
        """The samples so far, for graphs."""

    def listen(self, listener: Callable[[Publication], None]) -> Callable[[], None]:
        """Hear of every change; returns a function that ends it. A ``Reset`` means: look at everything anew."""

    async def call(self, method: str, request: Any) -> Any:
        """Ask for something.

        Args:
            method: a method of the control socket.
            request: the struct that ``api.schema`` has for it.

        Returns:
            The document that ``api.documents`` has for it.

        Raises:
            AntError: it cannot be granted, or the scheduler cannot be reached.
        """
