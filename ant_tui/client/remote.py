"""A scheduler in another process: a mirror of its state, kept by the same ``apply`` that keeps the original.

While the connection is broken, the mirror stays readable, ``trouble`` says since when it is old, and the client tries
again until somebody closes it.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

import msgspec
from msgspec import Raw, Struct

from ant_tui.api.documents import PROTOCOL, RESULTS, AboutDocument, GpuHistoryDocument, SubscribedDocument
from ant_tui.api.schema import GpuHistory, NoArguments, Subscribe
from ant_tui.client.link import Link, Notification
from ant_tui.core.events import GpusObserved, RecordedEvent
from ant_tui.core.policy import Limits
from ant_tui.core.state import State
from ant_tui.errors import AntError, NoScheduler
from ant_tui.monitor.history import History, Past
from ant_tui.monitor.samples import MonitorSample
from ant_tui.scheduler.publisher import Observed, Publication, Publisher, Recorded, Reset, Sampled, TroubleChanged

__all__ = ["RemoteClient"]

log = logging.getLogger(__name__)

_MAY_TAKE_LONG = frozenset({"wait"})


class _Event(Struct):
    seq: int
    event: RecordedEvent


class _Observed(Struct):
    event: GpusObserved


class _Reset(Struct):
    reason: str


class _Trouble(Struct):
    sentence: str


class _OutOfStep(Exception):
    """The mirror cannot follow any more and has to be made anew; ``args[0]`` says why."""


_PASTS_S = (600.0, 3600.0)
"""Times of which a new connection asks what the GPUs did: the last minutes in fine steps, the hour in coarser ones."""

_read_event = msgspec.json.Decoder(_Event).decode
_read_sample = msgspec.json.Decoder(MonitorSample).decode


class RemotePlace(Struct, frozen=True):
    """Where the other process is."""

    pid: int
    machine: str
    data_dir: str
    jobs_dir: str
    limits: Limits


class RemoteClient:
    """Speaks to a scheduler over its control socket (see ``interface.Client``)."""

    here = False

    ANSWER_S: ClassVar[float] = 30.0
    """Seconds that an answer may take; every verb but ``wait`` takes milliseconds, a stopped scheduler for ever."""
    PAUSES_S: ClassVar[tuple[float, ...]] = (0.05, 0.1, 0.2, 0.5, 1.0)
    """Seconds between attempts to connect again; the last one for all further attempts."""

    def __init__(self, find_socket: Callable[[], str]) -> None:
        """Prepare; nothing is connected before ``open``.

        Args:
            find_socket: the socket's path at this moment; raises NoScheduler where there is none.
        """
        self._find_socket = find_socket
        self.state = State()
        self.sample: MonitorSample | None = None
        self.history = History()
        self.trouble = ""
        self.place = RemotePlace(0, "", "", "", Limits())
        self._publisher = Publisher()
        self._link: Link | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._filling: asyncio.Task[None] | None = None
        self._seq = 0
        self._outdated = ""

    async def open(self) -> None:
        """Connect, take the state over, and keep it up to date from now on.

        Raises:
            NoScheduler: nobody answers, or nobody whom we understand.
        """
        link = await self._attach()
        self._keeper = asyncio.get_running_loop().create_task(self._keep(link), name="remote scheduler")

    @property
    def connected(self) -> bool:
        """Whether it answers, as far as is known."""
        return self._link is not None and not self._link.lost.is_set()

    @property
    def ended(self) -> bool:
        """Whether it has told that it ends; the last thing that an orderly end tells."""
        return not self.state.scheduler_pid

    async def close(self) -> None:
        """Let go of the scheduler; it goes on. Calling it twice does no harm."""
        for task in (self._keeper, self._filling):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])
        if self._link is not None:
            self._link.close()

    def listen(self, listener: Callable[[Publication], None]) -> Callable[[], None]:
        """Hear of every change."""
        return self._publisher.subscribe(listener)

    async def call(self, method: str, request: Any) -> Any:
        """Ask for something."""
        if self._link is None:
            sentence = self.trouble or "there is no connection to the scheduler"
            raise NoScheduler(f"{sentence[0].upper()}{sentence[1:]}.")
        read = partial(msgspec.json.decode, type=RESULTS.get(method, Any))
        if method in _MAY_TAKE_LONG:
            return await self._link.ask(method, request, read)
        async with self._in_time():
            return await self._link.ask(method, request, read)

    @asynccontextmanager
    async def _in_time(self) -> AsyncIterator[None]:
        try:
            async with asyncio.timeout(self.ANSWER_S):
                yield
        except TimeoutError:
            pid = self.place.pid
            raise NoScheduler(
                f"The scheduler{f' (process {pid})' if pid else ''} has not answered for {self.ANSWER_S:g} s; "
                "see whether it is stopped."
            ) from None

    # -- the connection ----------------------------------------------------------------------------------------

    async def _attach(self) -> Link:
        """Connect and take the state over."""
        self._outdated = ""
        link = self._link = await Link.to(self._find_socket(), self._hear)
        try:
            async with self._in_time():
                await link.ask("ping", NoArguments(), self._learn_place)
                await link.ask("subscribe", Subscribe(image=True, samples=True), self._take_over)
        except BaseException:
            self._link = None
            link.close()
            raise
        self._publisher.publish(Reset(self.trouble))
        if self._filling is not None:
            self._filling.cancel()
        self._filling = asyncio.get_running_loop().create_task(self._fill(link), name="history of a remote scheduler")
        return link

    async def _fill(self, link: Link) -> None:
        """Learn what the GPUs did before we came; nothing waits for it, and without it graphs begin empty."""
        try:
            for window_s in _PASTS_S:
                await link.ask("gpus_history", GpuHistory(window_s=window_s), self._learn_history)
        except (AntError, msgspec.MsgspecError) as error:
            log.info("What the GPUs did before is not known: %s", error)
            return
        if self.sample is not None:
            self._publisher.publish(Sampled(self.sample))

    def _learn_history(self, raw: Raw) -> None:
        """Put the past in; what is heard after this answer comes after it in time, too."""
        known = msgspec.json.decode(raw, type=GpuHistoryDocument)
        if known.begins_at is None:
            return
        begins_at = datetime.fromisoformat(known.begins_at).timestamp()
        for one in known.series:
            self.history.fill(one.metric, one.uuid, Past(begins_at, known.step_s, one.values))

    async def _keep(self, link: Link) -> None:
        """Wait until the connection breaks, then connect again, for as long as this client lives."""
        while True:
            await link.lost.wait()
            self._link = None
            self.trouble = self._outdated or self._silence()
            self._publisher.publish(Reset(self.trouble))
            link = await self._attach_again()

    async def _attach_again(self) -> Link:
        attempts = 0
        while True:
            try:
                return await self._attach()
            except (AntError, msgspec.MsgspecError) as error:
                if not isinstance(error, NoScheduler):
                    log.warning("The scheduler's state cannot be taken over: %s", error)
            pause = self.PAUSES_S[min(attempts, len(self.PAUSES_S) - 1)]
            attempts += 1
            await asyncio.sleep(pause)

    def _silence(self) -> str:
        now = time.strftime("%H:%M:%S")
        if self.ended:
            return f"the scheduler ended at {now}; what is shown is old"
        return f"the scheduler has not answered since {now}; what is shown is old"

    # -- the mirror --------------------------------------------------------------------------------------------

    def _learn_place(self, raw: Raw) -> None:
        known = msgspec.json.decode(raw, type=_Protocol)
        if known.protocol != PROTOCOL:
            raise NoScheduler(
                f"The scheduler (version {known.version}) speaks protocol {known.protocol}, this program protocol "
                f"{PROTOCOL}; end the scheduler with 'ant-tui stop' (its tasks go on) and start it again."
            )
        about = msgspec.json.decode(raw, type=AboutDocument)
        self.place = RemotePlace(about.pid, about.machine, about.data_dir, about.jobs_dir, about.limits)

    def _take_over(self, raw: Raw) -> None:
        subscribed = msgspec.json.decode(raw, type=SubscribedDocument)
        assert subscribed.image is not None
        assert subscribed.observed is not None
        state = State.from_image(subscribed.image)
        state.apply(subscribed.observed)
        self.state, self._seq, self.trouble = state, subscribed.seq, subscribed.trouble

    def _hear(self, told: list[Notification]) -> None:
        """Follow what happened; where that is not possible, hang up and begin anew."""
        recorded: list[tuple[int, RecordedEvent]] = []
        try:
            for notification in told:
                if notification.method == "event":
                    self._follow(notification.params, recorded)
                else:
                    recorded = self._publish(recorded)
                    self._take(notification)
        except _OutOfStep as reason:
            self._begin_anew(str(reason))
        except Exception:
            log.exception("What the scheduler told cannot be followed; its state is taken over anew")
            self._begin_anew("what the scheduler told could not be followed; its state is taken over anew")
        self._publish(recorded)

    def _follow(self, params: Raw, recorded: list[tuple[int, RecordedEvent]]) -> None:
        notification = _read_event(params)
        if notification.seq <= self._seq:
            return  # the image knew of it already
        if notification.seq != self._seq + 1:
            raise _OutOfStep(f"events {self._seq + 1} to {notification.seq - 1} did not arrive")
        self._seq = notification.seq
        self.state.apply(notification.event)
        recorded.append((notification.seq, notification.event))

    def _publish(self, recorded: list[tuple[int, RecordedEvent]]) -> list[tuple[int, RecordedEvent]]:
        if recorded:
            self._publisher.publish(Recorded(tuple(recorded)))
        return []

    def _take(self, notification: Notification) -> None:
        match notification.method:
            case "observed":
                observed = msgspec.json.decode(notification.params, type=_Observed).event
                self.state.apply(observed)
                self._publisher.publish(Observed(observed))
            case "sample":
                self.sample = _read_sample(notification.params)
                self.history.record(self.sample)
                self._publisher.publish(Sampled(self.sample))
            case "trouble":
                self.trouble = msgspec.json.decode(notification.params, type=_Trouble).sentence
                self._publisher.publish(TroubleChanged())
            case "reset":
                reason = msgspec.json.decode(notification.params, type=_Reset).reason
                raise _OutOfStep(reason or "the scheduler's state is taken over anew")

    def _begin_anew(self, reason: str) -> None:
        self._outdated = reason
        if self._link is not None:
            self._link.close()


class _Protocol(Struct):
    """The two facts that decide whether we understand each other; whatever else there is may have changed."""

    protocol: int
    version: str
