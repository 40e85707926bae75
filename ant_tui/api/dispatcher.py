"""The table of methods: name → (what it is asked with, who answers). Every door leads through ``Dispatcher.call``.

Two ways in: raw JSON parameters from the socket, and typed requests from a client in the same process. Both get the
same documents and the same errors.
"""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import msgspec

from ant_tui import __version__
from ant_tui.api import reading, schema
from ant_tui.api.documents import iso
from ant_tui.api.reading import View
from ant_tui.api.verbs import devices, ending, ordering, records, recovering, submitting, waiting, workspace
from ant_tui.errors import UsageError
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["METHODS", "PROTOCOL", "Dispatcher"]

PROTOCOL = 1
"""Version of the control socket's language; raised when something that was there changes its meaning."""

Verb = Callable[[Scheduler, Any], Awaitable[Any]]


async def _ping(scheduler: Scheduler, _: schema.NoArguments) -> dict[str, object]:
    return {
        "schema": 1,
        "product": "ant-tui",
        "version": __version__,
        "protocol": PROTOCOL,
        "pid": os.getpid(),
        "data_dir": scheduler.options.data_dir,
        "jobs_dir": scheduler.options.jobs_dir,
        "machine": scheduler.options.machine,
        "limits": scheduler.options.limits,
        "session_id": scheduler.session,
        "started_at": iso(scheduler.started_at),
        "trouble": scheduler.trouble,
        "notes": list(scheduler.notes),
    }


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


class Dispatcher:
    """Answers requests for one scheduler."""

    def __init__(self, scheduler: Scheduler) -> None:
        self.scheduler = scheduler

    async def call(self, method: str, request: Any) -> Any:
        """Answer a typed request.

        Args:
            method: a key of ``METHODS``.
            request: a value of that method's type.

        Raises:
            AntError: it cannot be granted.
        """
        _, verb = METHODS[method]
        return await verb(self.scheduler, request)

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
        raise UsageError(f"There is no method '{method}'.")
    try:
        return msgspec.json.decode(parameters or b"{}", type=known[0])
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"The parameters of '{method}' do not fit: {error}.") from None
