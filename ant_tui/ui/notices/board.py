"""The board that notices are put on: it hears, keeps the last ones, and has the loud ones told together.

A toast covers what is behind it, so there is never more than one, and only for what nobody has asked for.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Sequence

from textual.screen import Screen

from ant_tui.client.interface import Client
from ant_tui.config.schema import NotifySettings
from ant_tui.core.task import Task
from ant_tui.output.sanitise import plain
from ant_tui.scheduler.publisher import Publication
from ant_tui.ui.notices import terminal
from ant_tui.ui.notices.hearing import Hearing
from ant_tui.ui.notices.notice import Notice

__all__ = ["Board"]

_KEPT = 1000
_PAST = 200
_TOGETHER_S = 0.3
"""What happens together is told together."""
_TOASTED = 3
_LONGEST = 160
_TOAST_S = 8.0


class Board:
    """Notices of one screen."""

    def __init__(
        self,
        screen: Screen[None],
        client: Client,
        settings: Callable[[], NotifySettings],
        clock: Callable[[], float],
    ) -> None:
        """Prepare; ``start`` begins.

        Args:
            screen: whose app shows toasts.
            client: the scheduler.
            settings: who is told of what, at this moment.
            clock: epoch seconds.
        """
        self._screen = screen
        self._client = client
        self._settings = settings
        self._clock = clock
        self._notices: deque[Notice] = deque(maxlen=_KEPT)
        self._loud: list[Notice] = []
        self._ended: list[Task] = []
        self._called = False
        self._stop_listening: Callable[[], None] | None = None
        self.is_read = False
        """Whether the list of them is open and shows all: a toast would say the same twice."""
        self.count = 0
        """How many notices there ever were: another number means that there is something new."""

    @property
    def notices(self) -> Sequence[Notice]:
        """The last ones, oldest first."""
        return tuple(self._notices)

    def start(self) -> None:
        """Listen from now on."""
        self._hearing = Hearing(self._client, self._clock)
        self._notices.extend(self._hearing.past(_PAST))
        self._stop_listening = self._client.listen(self.hear)

    def stop(self) -> None:
        """Listen no longer."""
        if self._stop_listening is not None:
            self._stop_listening()
            self._stop_listening = None

    def hear(self, publication: Publication) -> None:
        """Hear what happened.

        Called from the scheduler's own tasks, where Textual does not know its app: what is to be shown is only sent
        word of.
        """
        for notice, task in self._hearing.hear(publication):
            self._notices.append(notice)
            self.count += 1
            if notice.loud:
                self._loud.append(notice)
            if task is not None:
                self._ended.append(task)
        if (self._loud or self._ended) and not self._called:
            self._called = self._screen.call_later(self._soon)

    def _soon(self) -> None:
        self._screen.set_timer(_TOGETHER_S, self._tell)

    def _tell(self) -> None:
        self._called = False
        loud, self._loud = self._loud, []
        ended, self._ended = self._ended, []
        if loud and not self.is_read:
            self._toast(loud)
        settings = self._settings()
        told = [task for task in ended if task.state.value in settings.states]
        if told:
            written = terminal.sequences(told, bell=settings.bell, desktop=settings.desktop, environ=os.environ)
            terminal.write(self._screen.app, written)

    def _toast(self, loud: Sequence[Notice]) -> None:
        lines = [plain(notice.text[:_LONGEST]) for notice in loud[:_TOASTED]]
        if len(loud) > _TOASTED:
            lines.append(f"and {len(loud) - _TOASTED:,} more")
        app = self._screen.app
        app.clear_notifications()
        app.notify("\n".join(lines), severity="error", timeout=_TOAST_S, markup=False)
