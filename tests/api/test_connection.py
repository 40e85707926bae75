"""What a client may send in which pieces, and what it gets for it."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from ant_tui.api import connection, memory
from ant_tui.api.service import Service
from ant_tui.scheduler.publisher import Publication, Publisher
from tests.api.running import PATIENCE_S, Wire, request, socket_of, task


def _raw_client() -> socket.socket:
    """A socket that is read only when the test says so."""
    client = socket.socket(socket.AF_UNIX)
    client.setblocking(False)
    return client


class TestFraming:
    async def test_a_request_in_pieces_is_one_request(self, wire: Wire) -> None:
        """A request that arrives byte by byte is answered once."""
        for byte in request("ping", 1):
            await wire.send(bytes([byte]))
        assert (await wire.line())["id"] == 1
        await wire.ask("ping")

    async def test_requests_in_one_packet(self, wire: Wire) -> None:
        """Requests that arrive together are answered each; blank lines and carriage returns are nothing."""
        await wire.send(request("ping", 1) + b"\n  \r\n" + request("queue", "two").replace(b"\n", b"\r\n"))
        assert [(await wire.line())["id"] for _ in range(2)] == [1, "two"]

    async def test_pipelined_requests_are_answered_in_order(self, wire: Wire) -> None:
        """Many more requests at once than one turn takes are answered all, those that only read in their order."""
        count = 20 * connection._AT_ONCE + 7
        await wire.send(b"".join(request("ping", number) for number in range(count)))
        assert [(await wire.line())["id"] for _ in range(count)] == list(range(count))

    async def test_a_huge_request(self, wire: Wire) -> None:
        """A request of ten megabytes is taken."""
        assert (await wire.ask("queue", text="x" * 10_000_000))["tasks"] == []

    async def test_after_a_large_answer_memory_is_given_back(self, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        """Once for an answer that is large, never for the usual ones; where the C library can, it really does."""
        given = asyncio.Event()

        def give_back() -> None:
            memory.give_back()
            given.set()

        monkeypatch.setattr(connection, "give_back", give_back)
        monkeypatch.setattr(connection, "_SOON_S", 0.0)
        await wire.ask("ping")
        await wire.ask("ping")
        assert not given.is_set()
        tasks = [task("true", id=f"{number}-{'x' * 180}", hold=True) for number in range(1000)]
        await wire.ask("submit", tasks=tasks)
        async with asyncio.timeout(PATIENCE_S):
            await given.wait()

    async def test_a_request_that_is_too_long(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """A request that never ends is refused before it fills the memory, and the client is hung up on."""
        monkeypatch.setattr(connection, "LONGEST_REQUEST", 100_000)
        client = _raw_client()
        loop = asyncio.get_running_loop()
        await loop.sock_connect(client, socket_of(service))
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            await loop.sock_sendall(client, b'{"method":"ping","x":"' + b"x" * 10_000_000)
        answer = json.loads(await loop.sock_recv(client, 10_000))
        assert answer["id"] is None
        assert answer["error"]["message"] == "A request may have 100000 bytes at most."
        client.close()

    async def test_the_last_line_needs_no_newline(self, wire: Wire) -> None:
        """What ``printf … | socat`` sends is a request too, and after its answer the scheduler hangs up."""
        await wire.send(request("ping", 1).rstrip())
        wire.writer.write_eof()
        assert (await wire.line())["id"] == 1
        assert await wire.is_hung_up()

    async def test_answers_come_after_the_last_word(self, wire: Wire) -> None:
        """Who has said everything still gets every answer, also those that take long."""
        await wire.ask("submit", tasks=[task(hold=True)])
        await wire.send(request("wait", 1, tasks=["1"]) + request("release", 2, tasks=["1"]))
        wire.writer.write_eof()
        assert {(await wire.line())["id"] for _ in range(2)} == {1, 2}
        assert await wire.is_hung_up()

    async def test_a_subscriber_that_has_said_everything_goes_on_listening(self, service: Service, wire: Wire) -> None:
        """``echo … | socat`` can subscribe."""
        await wire.send(request("subscribe", 1))
        wire.writer.write_eof()
        assert (await wire.line())["id"] == 1
        async with await Wire.to(service) as other:
            await other.ask("pause")
        assert await wire.event("queue_paused")


class TestWrongRequests:
    @pytest.mark.parametrize(
        ("line", "code", "name", "says"),
        [
            (b"hello", -32700, None, "malformed"),
            (b'{"method":"ping"', -32700, None, "truncated"),
            (b'"\xff"', -32600, None, "Expected `object`"),
            (b"[]", -32600, None, "Expected `object`, got `array`"),
            (b'{"id":7}', -32600, 7, "missing required field `method`"),
            (b'{"id":7,"method":5}', -32600, 7, "Expected `str`, got `int` - at `$.method`"),
            (b'{"id":7.5,"method":"ping"}', -32600, None, "at `$.id`"),
            (b'{"id":8,"method":"ping","params":' + b"[" * 100_000, -32700, None, "recursion"),
        ],
    )
    async def test_what_is_no_request(self, wire: Wire, line: bytes, code: int, name: object, says: str) -> None:
        """What is no request is answered with JSON-RPC's code and, where there is one, the request's id."""
        await wire.send(line + b"\n")
        answer = await wire.line()
        assert (answer["id"], answer["error"]["code"]) == (name, code)
        assert says in answer["error"]["message"]
        assert answer["error"]["data"] == {"kind": "usage", "exit_code": 2, "reasons": []}
        await wire.ask("ping")

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @example(b'{"id":' + b"1" * 5000 + b',"method":"ping"}')
    @example(b'{"id":1,"method":"\\ud800"}')
    @example(b'{"id":1,"method":"wait","params":{"tasks":["1"],"timeout":1e999}}')
    @given(
        st.binary(max_size=60)
        | st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
            lambda value: (
                st.lists(value, max_size=3)
                | st.dictionaries(st.sampled_from(["id", "method", "params", "tasks", "limit"]), value, max_size=4)
            ),
        ).map(lambda value: json.dumps(value).encode())
    )
    async def test_any_line_is_answered_once(self, wire: Wire, noise: bytes) -> None:
        """Whatever a line holds, it gets one answer (none if it is a notification), and the next request its own."""
        lines = [line for line in noise.split(b"\n") if line.strip()]
        await wire.send(noise + b"\n" + request("ping", "after"))
        answers = 0
        while (await wire.line())["id"] != "after":
            answers += 1
        notifications = sum(1 for line in lines if _is_notification(line))
        assert answers == len(lines) - notifications

    async def test_an_unknown_method(self, wire: Wire) -> None:
        """A method that does not exist is named."""
        error = await wire.refusal("queu")
        assert (error["code"], error["message"]) == (-32601, "There is no method 'queu'.")

    async def test_a_wrong_type_names_the_field(self, wire: Wire) -> None:
        """A value of the wrong type is refused with the path of the field; nothing happens."""
        error = await wire.refusal("submit", tasks=[task(), task(gpus="two")])
        assert error["code"] == -32602
        assert error["message"] == (
            "The parameters of 'submit' do not fit: Expected `int | null`, got `str` - at `$.tasks[1].gpus`."
        )
        assert (await wire.ask("queue"))["tasks"] == []

    async def test_an_unknown_field_is_refused(self, wire: Wire) -> None:
        """A field that does not exist is refused by name, so that a typing mistake never does something else."""
        error = await wire.refusal("submit", tasks=[task(gpu=1)])
        assert "unknown field `gpu` - at `$.tasks[0]`" in error["message"]

    async def test_parameters_by_position_are_refused(self, wire: Wire) -> None:
        """Parameters have names."""
        await wire.send(b'{"jsonrpc":"2.0","id":1,"method":"show","params":["1"]}\n')
        assert "Expected `object`, got `array`" in (await wire.line())["error"]["message"]

    async def test_a_refusal_says_everything(self, wire: Wire) -> None:
        """An error carries the sentence, the kind, the exit code of the command line, and every reason."""
        error = await wire.refusal("show", tasks=["x", "y"])
        assert error == {
            "code": -32000,
            "message": "There is no task 'x'.",
            "data": {
                "kind": "no_such_task",
                "exit_code": 4,
                "reasons": ["There is no task 'x'.", "There is no task 'y'."],
            },
        }

    async def test_an_error_of_ours_is_answered(self, wire: Wire, monkeypatch: pytest.MonkeyPatch) -> None:
        """A defect in a verb is an error answer, and the connection goes on."""

        def broken(*_: object) -> None:
            raise RuntimeError("nothing works")

        monkeypatch.setattr("ant_tui.api.reading.states_named", broken)
        error = await wire.refusal("queue", all=True)
        assert error["code"] == -32603
        assert "nothing works" in error["message"]
        await wire.ask("ping")

    async def test_an_answer_that_is_no_text_is_an_error(self, wire: Wire, service: Service) -> None:
        """Where a file's name is no text, the client gets an answer all the same."""
        service.scheduler.starts.trouble = "no \udcff today"
        error = await wire.refusal("ping")
        assert error["code"] == -32603


def _is_notification(line: bytes) -> bool:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return False
    return (
        isinstance(value, dict)
        and isinstance(value.get("method"), str)
        and value.get("id") is None
        and b"NaN" not in line
        and b"Infinity" not in line
    )


class TestNotifications:
    async def test_a_notification_is_done_and_not_answered(self, wire: Wire) -> None:
        """A request without id is carried out; no answer is sent."""
        await wire.send(request("pause"))
        assert (await wire.ask("queue"))["paused"] is True

    async def test_a_refused_notification_is_not_answered_either(self, wire: Wire) -> None:
        """JSON-RPC: a notification gets no answer, whatever becomes of it."""
        await wire.send(request("nonsense") + request("show", tasks=["nobody"]) + request("show", tasks=5))
        assert (await wire.ask("ping"))["product"] == "ant-tui"


class TestConcurrency:
    async def test_waiting_keeps_nobody_waiting(self, wire: Wire) -> None:
        """While a ``wait`` waits, other requests of the same connection are answered, those too that end it."""
        await wire.ask("submit", tasks=[task(hold=True)])
        waiting = await wire.begin("wait", tasks=["1"])
        assert (await wire.ask("queue"))["counts"]["queued"] == 1
        cancelling = await wire.begin("cancel", tasks=["1"])
        answers = {answer["id"]: answer["result"] for answer in [await wire.line(), await wire.line()]}
        assert answers[waiting]["tasks"][0]["state"] == "cancelled"
        assert answers[cancelling]["results"][0]["ok"] is True

    @pytest.mark.parametrize("half_closed_before", [False, True])
    async def test_a_client_that_vanishes_while_it_waits(
        self, service: Service, monkeypatch: pytest.MonkeyPatch, half_closed_before: bool
    ) -> None:
        """Nothing of a ``wait`` is left when its client is gone, also when it had said everything before."""
        heard, gone = asyncio.Event(), asyncio.Event()
        subscribe = Publisher.subscribe

        def watched(self: Publisher, listener: Callable[[Publication], None]) -> Callable[[], None]:
            heard.set()
            unsubscribe = subscribe(self, listener)

            def leave() -> None:
                unsubscribe()
                gone.set()

            return leave

        monkeypatch.setattr(Publisher, "subscribe", watched)
        async with await Wire.to(service) as other:
            await other.ask("submit", tasks=[task(hold=True)])
            client = await Wire.to(service)
            await client.begin("wait", tasks=["1"])
            if half_closed_before:
                client.writer.write_eof()
            async with asyncio.timeout(PATIENCE_S):
                await heard.wait()
                assert not gone.is_set()
                client.writer.close()
                await gone.wait()
            assert (await other.ask("queue"))["counts"]["queued"] == 1

    async def test_a_client_that_vanishes_before_the_answer(self, service: Service) -> None:
        """What was asked for happens although nobody waits for the answer, and others are not disturbed."""
        async with await Wire.to(service) as other:
            await other.ask("subscribe")
            for name in ("a", "b", "c"):
                client = await Wire.to(service)
                client.writer.write(request("submit", 1, tasks=[task(id=name)]))
                client.writer.close()
            await other.ask("submit", tasks=[task(id="d")])
            ended = {(await other.event("task_ended"))["state"] for _ in range(4)}
            assert ended == {"completed"}

    async def test_who_does_not_read_is_not_read_from(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """A client that asks on and on without reading costs a bounded amount; when it reads, it gets everything."""
        monkeypatch.setattr(connection, "_AT_ONCE", 4)
        asked, size = 400, 50_000
        async with await Wire.to(service) as other:
            await other.ask("submit", tasks=[task("true " + "x" * size, hold=True)])
            client = _raw_client()
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, socket_of(service))
            sending = loop.create_task(
                loop.sock_sendall(client, b"".join(request("queue", number) for number in range(asked)))
            )
            for _ in range(50):
                await other.ask("ping")
            assert service._socket is not None
            owed = sum(one._transport.get_write_buffer_size() for one in service._socket._connections)
            assert owed <= 2 * 4 * 2 * size + 200_000
            reader, writer = await asyncio.open_unix_connection(sock=client, limit=2**24)
            wire = Wire(reader, writer)
            assert [(await wire.line())["id"] for _ in range(asked)] == list(range(asked))
            await sending
            writer.close()


class TestSlowSubscribers:
    async def test_a_subscriber_that_does_not_read_is_cut_off(
        self, service: Service, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Who does not keep up is hung up on; the scheduler and other subscribers notice nothing."""
        monkeypatch.setattr(connection, "SLOWEST", 300_000)
        slow = socket.socket(socket.AF_UNIX)
        slow.connect(socket_of(service))
        slow.sendall(request("subscribe", 1))
        async with await Wire.to(service) as other, await Wire.to(service) as quick:
            first = (await quick.ask("subscribe"))["seq"] + 1
            assert service._socket is not None
            door = service._socket._connections
            assert len(door) == 3
            for _ in range(40):
                await other.ask("submit", tasks=[task("true " + "x" * 20_000, hold=True)])
            assert len(door) == 2
            numbers = [(await quick.notification("event"))["seq"] for _ in range(40)]
            assert numbers == list(range(first, first + 40))
            seen = b""
            with slow:
                slow.settimeout(PATIENCE_S)
                while piece := slow.recv(1 << 20):
                    seen += piece
            known = [json.loads(line) for line in seen.split(b"\n")[1:-1]]
            last = known[-1]["params"]["seq"]
            assert first <= last < first + 39
            async with await Wire.to(service) as again:
                await again.ask("subscribe", since=last)
                rest = [(await again.notification("event"))["seq"] for _ in range(first + 39 - last)]
                assert rest == list(range(last + 1, first + 40))

    async def test_the_image_does_not_count(self, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
        """A large image that is still being read is no reason to be cut off; the events after it wait."""
        monkeypatch.setattr(connection, "SLOWEST", 20_000)
        async with await Wire.to(service) as other:
            await other.ask("submit", tasks=[task("true " + "x" * 5_000, hold=True) for _ in range(300)])
            client = _raw_client()
            loop = asyncio.get_running_loop()
            await loop.sock_connect(client, socket_of(service))
            await loop.sock_sendall(client, request("subscribe", 1, image=True))
            for _ in range(3):
                await other.ask("ping")
            await other.ask("pause")
            await other.ask("unpause")
            reader, writer = await asyncio.open_unix_connection(sock=client, limit=2**24)
            wire = Wire(reader, writer)
            assert len((await wire.answer(1))["result"]["image"]["tasks"]) == 300
            assert await wire.event("queue_paused")
            assert await wire.event("queue_unpaused")
            writer.close()
