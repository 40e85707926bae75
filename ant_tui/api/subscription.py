"""Telling clients what happens: each publication becomes text once, however many listen.

``Feed`` hears the scheduler; a ``Subscription`` is one client's place in it. A client's answer comes before its first
event, and between the state that the answer describes and the first event nothing is missing and nothing comes twice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

import msgspec

from ant_tui.api.documents import SubscribedDocument
from ant_tui.api.schema import Subscribe
from ant_tui.core.events import GpusObserved, RecordedEvent
from ant_tui.errors import Refused, UsageError
from ant_tui.scheduler.publisher import Observed, Publication, Recorded, Reset, Sampled, TroubleChanged
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["Feed", "Subscription"]

_encode = msgspec.json.Encoder().encode


class Feed:
    """Everything that one scheduler tells, as lines for all clients."""

    def __init__(self, scheduler: Scheduler) -> None:
        """Prepare; the scheduler is not listened to before somebody subscribes."""
        self.scheduler = scheduler
        self._subscriptions: dict[Subscription, None] = {}
        self._stop_listening: Callable[[], None] = lambda: None
        self._trouble = ""

    def add(self, subscription: Subscription) -> None:
        """Tell one more client from now on."""
        if not self._subscriptions:
            self._trouble = self.scheduler.trouble
            self._stop_listening = self.scheduler.publisher.subscribe(self._hear)
        self._subscriptions[subscription] = None

    def remove(self, subscription: Subscription) -> None:
        """Tell a client no more; calling it twice does no harm."""
        self._subscriptions.pop(subscription, None)
        if not self._subscriptions:
            self._stop_listening()

    def _hear(self, publication: Publication) -> None:
        match publication:
            case Recorded():
                self._tell(self._subscriptions, events_text(publication.events))
            case Observed():
                self._tell(self._subscriptions, _notification("observed", {"event": publication.event}))
            case Reset():
                self._trouble = self.scheduler.trouble  # whoever begins anew is told with the image
                self._tell(self._subscriptions, _notification("reset", {"reason": _sendable(publication.reason)}))
            case Sampled():
                if watching := self._watching():
                    self._tell(watching, _notification("sample", publication.sample))
            case TroubleChanged():
                told, self._trouble = self._trouble, self.scheduler.trouble
                if told != self._trouble and (watching := self._watching()):
                    self._tell(watching, _notification("trouble", {"sentence": _sendable(self._trouble)}))

    def _watching(self) -> list[Subscription]:
        return [one for one in self._subscriptions if one.wants.samples]

    def _tell(self, subscriptions: Iterable[Subscription], text: bytes) -> None:
        for subscription in tuple(subscriptions):
            subscription.take(text)


class Subscription:
    """One client's subscription. Nothing is sent before ``begin``, so that the answer comes first."""

    def __init__(self, feed: Feed, wants: Subscribe, send: Callable[[bytes], None]) -> None:
        """Prepare a subscription.

        Args:
            feed: tells what happens.
            wants: what the client asked for.
            send: takes whole lines.
        """
        self.wants = wants
        self._feed = feed
        self._send = send
        self._held: list[bytes] | None = []

    async def answer(self) -> tuple[SubscribedDocument, bytes]:
        """Begin to collect, and make the answer to the request.

        Returns:
            The answer, and the lines that have to follow it at once: the events since ``wants.since``.

        Raises:
            UsageError: ``since`` and ``image`` were both asked for.
            Refused: the events since then are not kept, or there never were any.
        """
        wants, scheduler = self.wants, self._feed.scheduler
        if wants.image and wants.since is not None:
            raise UsageError("Ask for 'image' or for the events 'since' one, not for both: an image holds them all.")
        self._feed.add(self)
        seq = scheduler.recorder.published_seq
        if wants.since is not None:
            if wants.since > seq:
                raise Refused(f"There is no event {wants.since} yet, the latest is {seq}; subscribe without 'since'.")
            return SubscribedDocument(seq), await asyncio.to_thread(self._past, wants.since, seq)
        if not wants.image:
            return SubscribedDocument(seq), b""
        # The image knows what is not on disk yet; those events come later, with numbers up to this one.
        cluster = scheduler.state.cluster
        return (
            SubscribedDocument(
                seq=scheduler.recorder.applied_seq,
                image=scheduler.state.image(),
                observed=GpusObserved(scheduler.started_at, tuple(cluster.gpus.values()), cluster.absent_reason),
                trouble=scheduler.trouble,
            ),
            b"",
        )

    def _past(self, since: int, upto: int) -> bytes:
        """The events after ``since`` up to ``upto`` as text. Blocks: old ones are read from files."""
        past = self._feed.scheduler.journal.records_since(since)
        if past is None:
            raise Refused(
                f"The events since {since} are not kept any more; subscribe without 'since', and take the image."
            )
        return events_text(record for record in past if record[0] <= upto)

    def begin(self) -> None:
        """Send what was collected, and from now on everything at once."""
        held, self._held = self._held, None
        for text in held or ():
            self._send(text)
        sample = self._feed.scheduler.gpus.sample
        if self.wants.image and self.wants.samples and sample is not None:
            self._send(_notification("sample", sample))  # the image knows nothing of what is measured

    def end(self) -> None:
        """Send no more; calling it twice does no harm."""
        self._feed.remove(self)

    def take(self, text: bytes) -> None:
        """Pass lines on, now or as soon as the answer is out."""
        if self._held is None:
            self._send(text)
        else:
            self._held.append(text)


def events_text(events: Iterable[tuple[int, RecordedEvent]]) -> bytes:
    """Recorded events with their numbers, a line each."""
    return b"".join([_notification("event", {"seq": seq, "event": event}) for seq, event in events])


def _sendable(sentence: str) -> str:
    """A sentence as text, also where it names a file whose name is none: it must not end everybody's subscription."""
    return sentence.encode("utf-8", "backslashreplace").decode()


def _notification(method: str, params: object) -> bytes:
    return _encode({"jsonrpc": "2.0", "method": method, "params": params}) + b"\n"
