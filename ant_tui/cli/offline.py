"""Answers without a scheduler: the data directory is read, by the same code that a scheduler answers with."""

from __future__ import annotations

from ant_tui import paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from ant_tui.cli.call import Call

__all__ = ["ask_or_read", "read"]

_NOBODY_LOOKS = "no scheduler runs"


def ask_or_read(call: Call, method: str, params: Mapping[str, Any]) -> dict[str, Any]:
    """Ask the scheduler, or read the data directory when none runs, and say so.

    Args:
        call: the call.
        method: ``queue``, ``show``, ``history``, ``explain`` or ``recover_list``.
        params: the request's fields.

    Raises:
        AntError: it was refused, or the data directory cannot be read.
    """
    try:
        connection = call.connect()
    except Exception as problem:
        from ant_tui.errors import NoScheduler

        if not isinstance(problem, NoScheduler):
            raise
        found, notes = read(call.data_dir, method, params)
        for note in (f"No scheduler runs; this was read from {call.data_dir}", *notes):
            call.out.say(note)
        return found
    with connection:
        return connection.call(method, params)


def read(data_dir: str, method: str, params: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Answer a question from the journal.

    Returns:
        The same document that a scheduler would send, and sentences about what is wrong with the journal.

    Raises:
        AntError: the question cannot be answered, or the journal cannot be read.
    """
    import platform
    import time
    from pathlib import Path

    import msgspec

    from ant_tui.api import reading
    from ant_tui.api.dispatcher import decode
    from ant_tui.api.verbs import recovering
    from ant_tui.core.events import GpusObserved
    from ant_tui.journal.replay import read as replay

    found = replay(Path(paths.journal_dir(data_dir)))
    found.state.apply(GpusObserved(at=time.time(), gpus=(), reason=_NOBODY_LOOKS))
    view = reading.View(
        state=found.state,
        jobs_dir=paths.jobs_dir(data_dir),
        machine=platform.node(),
        now=time.time(),
    )
    questions: dict[str, Callable[[reading.View, Any], Any]] = {
        "queue": reading.queue,
        "show": reading.show,
        "history": reading.history,
        "explain": reading.explain,
        "recover_list": lambda view, _: recovering.left_behind(view),
    }
    request = decode(method, msgspec.json.encode(params))
    document: dict[str, Any] = msgspec.to_builtins(questions[method](view, request))
    for task in document.get("tasks", ()):
        if task["reason"] == "Unsatisfiable":  # that nobody looks at the GPUs does not mean that there are none
            task["reason"] = "Resources"
    return document, found.notes
