"""Keys that come faster than what they open: each waits until the one before it has done its work.

Textual gives a key to whatever has the focus at the moment. Where the key before is just about to open a dialog, that
is still the list behind it, and what was meant as text would be commands: ``a`` and ``x``, typed at once over a slow
line, would not write a task that begins with an x but cancel one.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from textual import events
from textual.app import App
from textual.dom import DOMNode
from textual.message_pump import MessagePump

__all__ = ["Opening", "TypedAhead"]

_PATIENCE_S = 1.0
"""No key waits longer than this, whatever the one before it is doing."""

_TIMES = 2
"""How often the way of a key is gone behind it: once for the key, once for what a field says because of it."""


class Opening:
    """What is about to be opened, and will get the keys from then on."""

    def __init__(self) -> None:
        """Nothing is."""
        self._acts: set[object] = set()
        self.when_done: Callable[[], None] = lambda: None
        """Called when nothing is being opened any more."""

    def __bool__(self) -> bool:
        """Whether something is being opened."""
        return bool(self._acts)

    def begin(self) -> object:
        """Something may be opened now; the answer is for ``end``."""
        act = object()
        self._acts.add(act)
        return act

    def end(self, act: object | None = None) -> None:
        """It is open, or nothing was opened; without an act, that holds for all."""
        if act is None:
            self._acts.clear()
        self._acts.discard(act)
        if not self._acts:
            self.when_done()


class TypedAhead:
    """Gives keys to an app one by one."""

    def __init__(
        self,
        app: App[Any],
        opening: Opening,
        send: Callable[[events.Key], Awaitable[None]],
        target: Callable[[events.Key], DOMNode | None],
    ) -> None:
        """Begin with no key under way.

        Args:
            app: whose keys they are.
            opening: what keys have to wait for.
            send: handles a key as Textual does.
            target: who would handle a key now, where what comes next depends on what becomes of it; else None.
        """
        self._app = app
        self._opening = opening
        self._send = send
        self._target = target
        self._waiting: deque[events.Key] = deque()
        self._handling = False
        self._patience: asyncio.TimerHandle | None = None
        opening.when_done = self._go_on

    async def take(self, key: events.Key) -> None:
        """Handle a key now, or when those before it have been handled."""
        if self._waiting or self._handling or self._opening:
            self._waiting.append(key)
            self._wait()
        else:
            await self._handle(key)

    async def _handle(self, key: events.Key) -> None:
        target = self._target(key)
        self._handling = target is not None
        await self._send(key)
        if target is not None:
            self._wait()
            self._follow([*target.ancestors_with_self] * _TIMES)

    def _follow(self, way: Sequence[MessagePump]) -> None:
        """Go the way of a key that nobody wants, from the widget with the focus up to the app, right behind it."""
        for place, pump in enumerate(way, 1):  # a dialog that the key has closed takes nothing any more
            if pump.call_later(self._follow, way[place:]):
                return
        self._handling = False
        if not self._opening:
            self._go_on()

    def _wait(self) -> None:
        if self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(_PATIENCE_S, self._give_up)

    def _give_up(self) -> None:
        self._handling = False
        self._opening.end()

    def _go_on(self) -> None:
        if self._handling:
            return
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None
        if self._waiting:
            self._app.call_next(self._next)

    async def _next(self) -> None:
        while self._waiting and not self._handling and not self._opening:
            await self._handle(self._waiting.popleft())
        if self._waiting:
            self._wait()
