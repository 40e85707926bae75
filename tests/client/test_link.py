"""One connection: answers go to who asked, everything in the order in which it came."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from ant_tui.api.schema import NoArguments
from ant_tui.client.link import Link, Notification
from ant_tui.errors import AntError, NoScheduler, Refused
from tests.api.running import PATIENCE_S
from tests.client.scripted import result, scripted, told

ASK = NoArguments()


class Story:
    """What a link handed on, in order."""

    def __init__(self) -> None:
        self.heard: list[Any] = []

    def hear(self, notifications: list[Notification]) -> None:
        self.heard.append([one.method for one in notifications])

    def then(self, word: str) -> Callable[[msgspec.Raw], str]:
        """A reader of an answer that writes down when it was called."""

        def read(raw: msgspec.Raw) -> str:
            self.heard.append(word)
            return word + msgspec.json.decode(raw, type=str)

        return read


@pytest.fixture
def story() -> Story:
    return Story()


@pytest.fixture
def path(runtime_directory: Path) -> Path:
    return runtime_directory / "s.sock"


async def test_everything_is_handed_on_in_order(path: Path, story: Story) -> None:
    """In one packet: what was told before an answer is heard before it, what came after it afterwards."""
    both: list[dict[str, Any]] = []

    def script(request: dict[str, Any]) -> bytes:
        both.append(request)
        if len(both) < 2:
            return b""
        first, second = both
        return told("a") + told("b") + result(second, "!") + told("c") + result(first, "?") + told("d") + told("e")

    async with scripted(path, script) as where:
        link = await Link.to(where, story.hear)
        answers = await asyncio.gather(link.ask("x", ASK, story.then("x")), link.ask("y", ASK, story.then("y")))
        assert list(answers) == ["x?", "y!"]
        assert story.heard == [["a", "b"], "y", ["c"], "x", ["d", "e"]]
        link.close()


async def test_a_message_in_pieces(path: Path, story: Story) -> None:
    """A message that arrives byte by byte is one message."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = json.loads(await reader.readline())
        for byte in told("a") + result(request, "!"):
            writer.write(bytes([byte]))
            await asyncio.sleep(0)
        writer.close()

    server = await asyncio.start_unix_server(serve, path)
    link = await Link.to(str(path), story.hear)
    assert await link.ask("x", ASK, story.then("x")) == "x!"
    assert story.heard == [["a"], "x"]
    server.close()


@pytest.mark.parametrize(
    ("kind", "exit_code", "type_"),
    [("refused", 5, Refused), ("journal_unavailable", 5, Refused), ("novel", 9, AntError)],
)
async def test_a_refusal(path: Path, story: Story, kind: str, exit_code: int, type_: type[AntError]) -> None:
    """A refusal is the error that its kind names; one of a newer scheduler keeps its exit code."""

    def script(request: dict[str, Any]) -> bytes:
        data = {"kind": kind, "exit_code": exit_code, "reasons": ["because"]}
        error = {"code": -32000, "message": "No.", "data": data}
        return json.dumps({"jsonrpc": "2.0", "id": request["id"], "error": error}).encode() + b"\n"

    async with scripted(path, script) as where:
        link = await Link.to(where, story.hear)
        with pytest.raises(type_) as refused:
            await link.ask("x", ASK, story.then("x"))
        assert (refused.value.sentence, refused.value.reasons) == ("No.", ("because",))
        assert refused.value.exit_code == exit_code
        link.close()


async def test_whoever_waits_learns_of_the_end(path: Path, story: Story) -> None:
    """When the scheduler hangs up, every open question fails with a sentence, and so does every later one."""
    asked = 0

    def script(request: dict[str, Any]) -> bytes | None:
        nonlocal asked
        asked += 1
        return b"" if asked < 3 else None

    async with scripted(path, script) as where:
        link = await Link.to(where, story.hear)
        questions = [asyncio.create_task(link.ask("x", ASK, story.then("x"))) for _ in range(3)]
        async with asyncio.timeout(PATIENCE_S):
            await link.lost.wait()
        for question in questions:
            with pytest.raises(NoScheduler, match="whether it did what was asked is not known"):
                await question
        with pytest.raises(NoScheduler):
            await link.ask("x", ASK, story.then("x"))


@pytest.mark.parametrize("noise", [b"hello\n", b"[]\n", b'{"id":"x"}\n', b"\n"])
async def test_somebody_else_who_answers(path: Path, story: Story, noise: bytes) -> None:
    """Who does not speak the language is hung up on."""
    async with scripted(path, lambda request: noise) as where:
        link = await Link.to(where, story.hear)
        with pytest.raises(NoScheduler):
            await link.ask("x", ASK, story.then("x"))


async def test_an_answer_that_does_not_fit(path: Path, story: Story) -> None:
    """An answer that cannot be read fails that question and nothing else."""
    async with scripted(path, lambda request: result(request, 5 if request["method"] == "odd" else "!")) as where:
        link = await Link.to(where, story.hear)
        with pytest.raises(msgspec.ValidationError):
            await link.ask("odd", ASK, story.then("x"))
        assert await link.ask("even", ASK, story.then("y")) == "y!"
        link.close()


async def test_an_answer_that_nobody_waits_for(path: Path, story: Story) -> None:
    """A question that was given up does no harm when its answer comes."""
    held: list[dict[str, Any]] = []

    def script(request: dict[str, Any]) -> bytes:
        if request["method"] == "slow":
            held.append(request)
            return b""
        return result(held[0], "late") + result({"id": 999}, "whose?") + result(request, "!")

    async with scripted(path, script) as where:
        link = await Link.to(where, story.hear)
        slow = asyncio.create_task(link.ask("slow", ASK, story.then("slow")))
        await asyncio.sleep(0)
        slow.cancel()
        assert await link.ask("quick", ASK, story.then("quick")) == "quick!"
        assert story.heard == ["quick"]
        link.close()


async def test_nobody_there(path: Path, story: Story) -> None:
    """Where nobody listens, the error says where."""
    with pytest.raises(NoScheduler, match=r"does not answer \(.*s\.sock: No such file"):
        await Link.to(str(path), story.hear)
