"""A client's subscription: the state first, if it wants it, then every event with its sequence number."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import msgspec

from ant_tui.api.schema import Subscribe
from ant_tui.core.events import GpusObserved
from ant_tui.errors import Refused
from ant_tui.scheduler.publisher import Observed, Publication, Recorded, Reset, Sampled
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["Subscription"]

_encode = msgspec.json.Encoder().encode


class Subscription:
    """Sends what is published to one client.

    Nothing is sent between ``answer`` and ``begin``, so that the answer comes first; nothing is lost either.
    """

    SLOWEST: ClassVar[int] = 32 * 2**20
    """Bytes that may wait for a reader before it is cut off."""

    def __init__(self, scheduler: Scheduler, wants: Subscribe, send: Callable[[bytes], bool]) -> None:
        """Prepare a subscription.

        Args:
            scheduler: whose events.
            wants: what the client asked for.
            send: takes one line; False means that the client is gone.
        """
        self._scheduler = scheduler
        self._wants = wants
        self._send = send
        self._held: list[bytes] | None = []
        self._unsubscribe: Callable[[], None] = lambda: None

    def answer(self) -> dict[str, object]:
        """Begin to collect, and make the answer to the request.

        Raises:
            Refused: events since then are not kept any more.
        """
        scheduler = self._scheduler
        seq = scheduler.recorder.published_seq
        if self._wants.since is not None:
            past = scheduler.journal.records_since(self._wants.since)
            if past is None:
                raise Refused(f"The events since {self._wants.since} are not kept any more; subscribe without 'since'.")
            assert self._held is not None
            self._held.extend(_event(number, event) for number, event in past if number <= seq)
        self._unsubscribe = scheduler.publisher.subscribe(self._hear)
        answer: dict[str, object] = {"schema": 1, "seq": seq}
        if self._wants.image:
            # The image knows what is not on disk yet; those events come later, with numbers up to this one.
            answer["seq"] = scheduler.recorder.applied_seq
            state = scheduler.state
            gpus, reason = tuple(state.cluster.gpus.values()), state.cluster.absent_reason
            answer["image"] = state.image()
            answer["observed"] = GpusObserved(at=scheduler.started_at, gpus=gpus, reason=reason)
            answer["trouble"] = scheduler.trouble
        return answer

    def begin(self) -> None:
        """Send what was collected, and from now on everything at once."""
        held, self._held = self._held, None
        for line in held or ():
            self._pass_on(line)

    def end(self) -> None:
        """Send no more."""
        self._unsubscribe()

    def _hear(self, publication: Publication) -> None:
        match publication:
            case Recorded():
                for seq, event in publication.events:
                    self._take(_event(seq, event))
            case Observed():
                self._take(_notification("observed", {"event": publication.event}))
            case Reset():
                self._take(_notification("reset", {"reason": publication.reason}))
            case Sampled():
                if self._wants.samples:
                    self._take(_notification("sample", publication.sample))

    def _take(self, line: bytes) -> None:
        if self._held is not None:
            self._held.append(line)
        else:
            self._pass_on(line)

    def _pass_on(self, line: bytes) -> None:
        if not self._send(line):
            self.end()


def _event(seq: int, event: object) -> bytes:
    return _notification("event", {"seq": seq, "event": event})


def _notification(method: str, params: object) -> bytes:
    return _encode({"jsonrpc": "2.0", "method": method, "params": params}) + b"\n"
