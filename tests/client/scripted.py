"""A scheduler that says exactly what a test wants said, byte by byte."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import msgspec

from ant_tui.api.documents import PROTOCOL, AboutDocument, SubscribedDocument
from ant_tui.core.events import GpusObserved
from ant_tui.core.image import StateImage
from ant_tui.core.policy import Limits

Script = Callable[[dict[str, Any]], bytes | None]
"""What to send for a request; None hangs up."""


@asynccontextmanager
async def scripted(path: Path, script: Script) -> AsyncIterator[str]:
    """Listen, and answer as the script says."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        while line := await reader.readline():
            said = script(json.loads(line))
            if said is None:
                break
            writer.write(said)
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    try:
        yield str(path)
    finally:
        server.close()
        for writer in writers:
            writer.close()


def result(request: dict[str, Any], value: Any) -> bytes:
    """An answer that grants."""
    return msgspec.json.encode({"jsonrpc": "2.0", "id": request["id"], "result": value}) + b"\n"


def no_history(request: dict[str, Any]) -> bytes:
    """The answer of a scheduler that has measured nothing, to what every new client asks by itself."""
    return result(request, {"begins_at": None, "step_s": 1, "series": []})


def told(method: str, **params: Any) -> bytes:
    """A notification."""
    return msgspec.json.encode({"jsonrpc": "2.0", "method": method, "params": params}) + b"\n"


def about(protocol: int = PROTOCOL) -> AboutDocument:
    """What ``ping`` answers."""
    return AboutDocument("9.9", protocol, 4321, "/data", "/data/jobs", "far", Limits(), "s", "", "")


def subscribed(seq: int, image: StateImage | None = None) -> SubscribedDocument:
    """What ``subscribe`` answers."""
    return SubscribedDocument(seq, image or StateImage(), GpusObserved(1.0, (), "none here"))
