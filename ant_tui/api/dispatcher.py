"""The table of methods: name → (what it is asked with, who answers). Every door leads through ``Dispatcher.call``.

Two ways in: raw JSON parameters from the socket, and typed requests from a client in the same process. Both get the
same documents and the same errors.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, TypeVar

import msgspec

from ant_tui import __version__
from ant_tui.api import reading, schema
from ant_tui.api.documents import PROTOCOL, AboutDocument, iso
from ant_tui.api.reading import View
from ant_tui.api.verbs import devices, ending, ordering, records, recovering, submitting, waiting, workspace
from ant_tui.errors import UsageError
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["METHODS", "Dispatcher", "UnknownMethod", "decode", "decode_parameters"]

Request = TypeVar("Request")

Verb = Callable[[Scheduler, Any], Awaitable[Any]]


async def _ping(scheduler: Scheduler, _: schema.NoArguments) -> AboutDocument:
    options = scheduler.options
    return AboutDocument(
        version=__version__,
        protocol=PROTOCOL,
        pid=os.getpid(),
        data_dir=options.data_dir,
        jobs_dir=options.jobs_dir,
        machine=options.machine,
        limits=options.limits,
        session_id=scheduler.session,
        started_at=iso(scheduler.started_at),
        trouble=scheduler.trouble,
        notes=tuple(scheduler.notes),
    )


def _reads(question: Callable[[View, Any], Any]) -> Verb:
    async def answer(scheduler: Scheduler, request: Any) -> Any:
        return question(View.of(scheduler), request)

    return answer


METHODS: Mapping[str, tuple[type[Any], Verb]] = {
    "ping": (schema.NoArguments, _ping),
    "submit": (schema.Submit, submitting.submit),
    "submit_text": (schema.SubmitText, submitting.submit_text),
    "queue": (schema.Queue, _reads(reading.queue)),
    "show": (schema.Selection, _reads(reading.show)),
    "explain": (schema.Selection, _reads(reading.explain)),
    "history": (schema.History, _reads(reading.history)),
    "wait": (schema.Wait, waiting.wait),
    "cancel": (schema.Selection, ending.cancel),
    "kill": (schema.Signal, ending.kill),
    "suspend": (schema.Selection, ending.suspend),
    "resume": (schema.Selection, ending.resume),
    "hold": (schema.Selection, ordering.hold),
    "release": (schema.Selection, ordering.release),
    "move": (schema.Move, ordering.move),
    "tag": (schema.Tag, ordering.tag),
    "untag": (schema.Tag, ordering.untag),
    "pause": (schema.NoArguments, ordering.pause),
    "unpause": (schema.NoArguments, ordering.unpause),
    "retry": (schema.Selection, records.retry),
    "forget": (schema.Selection, records.forget),
    "edit": (schema.Edit, records.edit),
    "rename": (schema.Rename, records.rename),
    "gpus": (schema.NoArguments, devices.gpus),
    "gpus_enable": (schema.GpuNames, devices.enable),
    "gpus_disable": (schema.GpuNames, devices.disable),
    "gpus_add": (schema.GpuNames, devices.add),
    "gpus_remove": (schema.GpuNames, devices.remove),
    "recover_list": (schema.RecoverList, recovering.listing),
    "recover_restore": (schema.Entries, recovering.restore),
    "recover_forget": (schema.Entries, recovering.forget),
    "recover_hide": (schema.Entries, recovering.hide),
    "recover_show": (schema.Entries, recovering.show_again),
    "env": (schema.NoArguments, workspace.env),
    "env_set": (schema.Workspace, workspace.env_set),
    "env_slot_save": (schema.SaveSlot, workspace.save_slot),
    "env_slot_load": (schema.UseSlot, workspace.load_slot),
    "env_slot_rename": (schema.SlotName, workspace.rename_slot),
    "env_slot_clear": (schema.UseSlot, workspace.clear_slot),
}
"""Every method but ``subscribe`` and ``stop``, which belong to a connection and to the process."""


_MAY_BE_ABANDONED = frozenset({"ping", "queue", "show", "explain", "history", "gpus", "env", "wait"})
"""Methods that change nothing: they end with whoever asked. What the others have begun is carried to its end."""


class UnknownMethod(UsageError):
    """There is no such method."""


class Dispatcher:
    """Answers requests for one scheduler."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler
        self._changes: set[asyncio.Future[Any]] = set()

    async def call(self, method: str, request: Any) -> Any:
        """Answer a typed request.

        Whoever cancels this gives up the answer, not the change: a task that was recorded as suspended must also get
        its signal, although nobody waits any more to hear of it.

        Args:
            method: a key of ``METHODS``.
            request: a value of that method's type.

        Raises:
            AntError: it cannot be granted.
        """
        _, verb = METHODS[method]
        answering = asyncio.ensure_future(verb(self.scheduler, request))
        if method in _MAY_BE_ABANDONED:
            return await answering
        self._changes.add(answering)
        answering.add_done_callback(self._changes.discard)
        return await asyncio.shield(answering)

    async def call_raw(self, method: str, parameters: bytes | msgspec.Raw) -> Any:
        """Answer a request in JSON.

        Raises:
            UsageError: there is no such method, or the parameters do not fit; names the wrong field.
            AntError: it cannot be granted.
        """
        return await self.call(method, decode(method, parameters))


def decode(method: str, parameters: bytes | msgspec.Raw) -> Any:
    """Read a method's parameters.

    Raises:
        UsageError: there is no such method, or the parameters do not fit; names the wrong field.
    """
    known = METHODS.get(method)
    if known is None:
        raise UnknownMethod(f"There is no method '{method}'.")
    return decode_parameters(method, parameters, known[0])


def decode_parameters(method: str, parameters: bytes | msgspec.Raw, kind: type[Request]) -> Request:
    """Read parameters of a known kind.

    Raises:
        UsageError: they do not fit; names the wrong field.
    """
    try:
        return msgspec.json.decode(parameters or b"{}", type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(f"The parameters of '{method}' do not fit: {error}.") from None
