"""The table of methods: name → (what it is asked with, who answers). Every door leads through ``Dispatcher.call``.

Two ways in: raw JSON parameters from the socket, and typed requests from a client in the same process. Both get the
same documents and the same errors.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from importlib import import_module
from typing import Any, TypeVar

import msgspec

from ant_tui import __version__
from ant_tui.api import reading, schema
from ant_tui.api.documents import PROTOCOL, AboutDocument, StoppingDocument, iso
from ant_tui.api.reading import View
from ant_tui.api.verbs import devices, ending, ordering, waiting
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


def _later(module: str, name: str) -> Verb:
    """A verb whose module is imported when it is first asked for: these bring the language of tasks with them.

    That language is large, and a screen that only shows tasks is there sooner without it.
    """

    async def verb(scheduler: Scheduler, request: Any) -> Any:
        return await getattr(import_module(f"ant_tui.api.verbs.{module}"), name)(scheduler, request)

    return verb


METHODS: Mapping[str, tuple[type[Any], Verb]] = {
    "ping": (schema.NoArguments, _ping),
    "submit": (schema.Submit, _later("submitting", "submit")),
    "submit_text": (schema.SubmitText, _later("submitting", "submit_text")),
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
    "retry": (schema.Retry, _later("records", "retry")),
    "forget": (schema.Selection, _later("records", "forget")),
    "edit": (schema.Edit, _later("records", "edit")),
    "rename": (schema.Rename, _later("records", "rename")),
    "gpus": (schema.NoArguments, devices.gpus),
    "gpus_enable": (schema.GpuNames, devices.enable),
    "gpus_disable": (schema.GpuNames, devices.disable),
    "gpus_add": (schema.GpuNames, devices.add),
    "gpus_remove": (schema.GpuNames, devices.remove),
    "gpus_ignore": (schema.Strangers, devices.ignore),
    "gpus_unignore": (schema.Strangers, devices.unignore),
    "gpus_history": (schema.GpuHistory, devices.history),
    "recover_list": (schema.RecoverList, _later("recovering", "listing")),
    "recover_restore": (schema.Entries, _later("recovering", "restore")),
    "recover_forget": (schema.Entries, _later("recovering", "forget")),
    "recover_hide": (schema.Entries, _later("recovering", "hide")),
    "recover_show": (schema.Entries, _later("recovering", "show_again")),
    "env": (schema.ShowWorkspace, _later("workspace", "env")),
    "env_set": (schema.Workspace, _later("workspace", "env_set")),
    "env_slot_save": (schema.SaveSlot, _later("workspace", "save_slot")),
    "env_slot_load": (schema.UseSlot, _later("workspace", "load_slot")),
    "env_slot_rename": (schema.SlotName, _later("workspace", "rename_slot")),
    "env_slot_clear": (schema.UseSlot, _later("workspace", "clear_slot")),
}
"""Every method but ``subscribe``, which belongs to a connection, and ``stop``, which belongs to the process."""


_MAY_BE_ABANDONED = frozenset({"ping", "queue", "show", "explain", "history", "gpus", "gpus_history", "env", "wait"})
"""Methods that change nothing: they end with whoever asked. What the others have begun is carried to its end."""


class UnknownMethod(UsageError):
    """There is no such method."""


class Dispatcher:
    """Answers requests for one scheduler."""

    def __init__(self, scheduler: Scheduler, on_stop: Callable[[schema.Stop], None]) -> None:
        """Answer from now on.

        Args:
            scheduler: whom the requests are for.
            on_stop: called when somebody asks the scheduler to end.
        """
        self.scheduler = scheduler
        self._on_stop = on_stop
        self._changes: set[asyncio.Future[Any]] = set()

    async def call(self, method: str, request: Any) -> Any:
        """Answer a typed request.

        Whoever cancels this gives up the answer, not the change: a task that was recorded as suspended must also get
        its signal, although nobody waits any more to hear of it.

        Args:
            method: a key of ``METHODS``, or ``stop``.
            request: a value of that method's type.

        Raises:
            UsageError: there is no such method.
            AntError: it cannot be granted.
        """
        if method == "stop":
            self._on_stop(request)
            return StoppingDocument(running=len(self.scheduler.state.active))
        verb = _method(method)[1]
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
    kind = schema.Stop if method == "stop" else _method(method)[0]
    return decode_parameters(method, parameters, kind)


def _method(name: str) -> tuple[type[Any], Verb]:
    known = METHODS.get(name)
    if known is None:
        raise UnknownMethod(f"There is no method '{name}'.")
    return known


def decode_parameters(method: str, parameters: bytes | msgspec.Raw, kind: type[Request]) -> Request:
    """Read parameters of a known kind.

    Raises:
        UsageError: they do not fit; names the wrong field.
    """
    try:
        return msgspec.json.decode(parameters or b"{}", type=kind)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise UsageError(f"The parameters of '{method}' do not fit: {error}.") from None
