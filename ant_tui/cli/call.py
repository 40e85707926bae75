"""One call of the command line: what was typed, where to print, whom to ask. Every verb is given one."""

from __future__ import annotations

from ant_tui import paths
from ant_tui.client.connection import ANSWER_TIMEOUT_S, connect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Mapping
    from typing import Any

    from ant_tui.cli.parser import Parser
    from ant_tui.cli.printer import Printer
    from ant_tui.client.connection import Connection

__all__ = ["Call", "Command"]


class Command:
    """What a verb is made of.

    Attributes:
        options: adds the verb's options to its parser.
        run: does it and returns the exit code.
        split_command: whether the words from the first that is no option belong to somebody else's command.
    """

    __slots__ = ("options", "run", "split_command")

    def __init__(
        self, options: Callable[[Parser], None], run: Callable[[Call], int], *, split_command: bool = False
    ) -> None:
        """Put the two together."""
        self.options = options
        self.run = run
        self.split_command = split_command


class Call:
    """A call.

    Attributes:
        verb: the verb's own name, whatever alias was typed.
        args: what the verb's parser found.
        out: where to print.
        command: the words of the command that ``submit`` was given; None when there was none.
    """

    def __init__(self, verb: str, args: Namespace, out: Printer, command: list[str] | None = None) -> None:
        """Put together what a verb works with."""
        self.verb = verb
        self.args = args
        self.out = out
        self.command = command

    @property
    def data_dir(self) -> str:
        """The data directory, absolute."""
        return paths.data_directory(self.args.data_dir)

    @property
    def json(self) -> bool:
        """Whether a JSON document is wanted."""
        return self.out.json

    def connect(self) -> Connection:
        """Connect to the scheduler.

        Raises:
            NoScheduler: none can be reached.
        """
        connection = connect(self.data_dir)
        if self.args.verbose:
            self.out.say(f"asking the scheduler, process {connection.address.pid}, on {connection.address.socket}")
        return connection

    def connect_or_start(self, *, start: bool = True) -> Connection:
        """Connect; where no scheduler runs, start one in the background and say so.

        Args:
            start: False only connects.

        Raises:
            NoScheduler: none can be reached.
            AntError: it could not start.
        """
        try:
            return self.connect()
        except Exception as problem:
            from ant_tui.errors import NoScheduler

            if not start or not isinstance(problem, NoScheduler):
                raise
        from ant_tui.client import background

        pid = background.start(self.data_dir, self.args.config)
        self.out.say(f"No scheduler was running; one was started in the background (process {pid}).")
        return connect(self.data_dir)

    def ask(
        self, method: str, params: Mapping[str, Any] | None = None, timeout: float | None = ANSWER_TIMEOUT_S
    ) -> dict[str, Any]:
        """Ask the scheduler one thing.

        Raises:
            AntError: it refused, or cannot be reached.
        """
        with self.connect() as connection:
            return connection.call(method, params, timeout)
