"""How the tools reach the scheduler, and what a task takes along from where the server was started."""

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from ant_tui.client.connection import ANSWER_TIMEOUT_S, Connection
from ant_tui.errors import UsageError
from ant_tui.project import complete, project_defaults

__all__ = ["Door", "hang_up"]


@dataclass(frozen=True, slots=True)
class Door:
    """What the tools are given.

    Attributes:
        connect: opens a connection to the scheduler; raises ``NoScheduler`` where none runs.
        start: the same, but starts a scheduler where none runs.
        environment: what tasks take along.
        directory: absolute path of the directory where tasks run that name none.
    """

    connect: Callable[[], Connection]
    start: Callable[[], Connection]
    environment: Mapping[str, str]
    directory: str

    def ask(self, method: str, params: Mapping[str, Any] | None = None, *, start: bool = False) -> dict[str, Any]:
        """Ask the scheduler one thing.

        Raises:
            AntError: it refused, or cannot be reached.
        """
        with self.start() if start else self.connect() as connection:
            return connection.call(method, params, ANSWER_TIMEOUT_S)

    def form(self, said: Mapping[str, Any]) -> dict[str, Any]:
        """The fields of a submission: what was said, and where nothing was, what the project says.

        Raises:
            UsageError: the directory is not absolute.
            ConfigError: the project's file cannot be used.
        """
        form: dict[str, Any] = {name: value for name, value in said.items() if value or type(value) is int}
        directory = os.path.expanduser(form.get("workdir", "")) or self.directory
        if not os.path.isabs(directory):
            raise UsageError(f"The directory {directory!r} is not an absolute path.")
        if "workdir" not in form:
            form["workdir_default"] = True
        form["workdir"] = directory
        complete(form, project_defaults(directory, self.environment).values)
        return form


def hang_up(connection: Connection) -> None:
    """End a connection also for a thread that waits for an answer on it; closing alone would not wake it."""
    try:
        with socket.socket(fileno=os.dup(connection.fileno())) as same:
            same.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was quicker
    connection.close()
