"""Who is told of which ends: the settings ``notify.states``, ``notify.command`` and ``notify.webhook`` put together."""

from __future__ import annotations

import time

from msgspec import Struct

from ant_tui.core.task import Task
from ant_tui.notify.channel import Channel
from ant_tui.notify.command import CommandRunner
from ant_tui.notify.notice import EndedTask, Sender

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.notify.webhook import Webhook

__all__ = ["Notifier", "NotifyOptions"]


class NotifyOptions(Struct, frozen=True):
    """Whom to tell.

    Attributes:
        states: ends that are told.
        command: shell text; empty for none.
        webhook: address; empty for none.
        log_path: absolute path of the file for the command's output.
    """

    states: frozenset[str] = frozenset()
    command: str = ""
    webhook: str = ""
    log_path: str = "/dev/null"

    @property
    def wanted(self) -> bool:
        """Whether anybody is ever told."""
        return bool(self.states and (self.command or self.webhook))


class Notifier:
    """Tells of ends, and never makes anybody wait."""

    def __init__(self, options: NotifyOptions, sender: Sender) -> None:
        """Prepare; no thread, process or connection is begun before there is something to tell.

        Args:
            options: whom to tell of what.
            sender: who tells.
        """
        self._states = options.states
        self._channels: list[Channel] = []
        self._webhook: Webhook | None = None
        if options.command:
            runner = CommandRunner(options.command, sender, options.log_path)
            self._channels.append(Channel("notify.command", runner.deliver))
        if options.webhook:
            from ant_tui.notify.webhook import Webhook  # urllib costs every start 50 ms

            self._webhook = Webhook(options.webhook, sender)
            self._channels.append(Channel("notify.webhook", self._webhook.deliver))

    def ended(self, task: Task, log: str) -> None:
        """Have a task's end told, if it is one of those that are; returns at once.

        Args:
            task: one that has ended.
            log: path of its log; empty where it never started.
        """
        if self._channels and task.state.value in self._states:
            ended = EndedTask.of(task, log)
            for channel in self._channels:
                channel.put(ended)

    def close(self, patience_s: float) -> None:
        """Tell what is waiting, as far as that is possible in time; a command that runs by then goes on by itself.

        Args:
            patience_s: seconds, >= 0, for all together.
        """
        until = time.monotonic() + patience_s
        if self._webhook is not None:
            self._webhook.stop()
        for channel in self._channels:
            channel.close(max(until - time.monotonic(), 0.0))
