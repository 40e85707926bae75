"""The blocking client: addresses that lead nowhere, answers that come in pieces, errors that keep their kind."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import socket
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ant_tui.client.connection import Address, Connection, address_of, connect
from ant_tui.errors import AntError, NoScheduler, NoSuchTask, TimedOut, UsageError
from tests.cli.fake_scheduler import FakeScheduler, error


@pytest.mark.parametrize(
    "content", ["", "{", "[]", "null", '{"pid": 1}', '{"pid": "x", "socket": "/s"}', '{"pid": 1, "socket": "/no/such"}']
)
def test_stale_or_damaged_address_is_no_scheduler(data_dir: Path, content: str) -> None:
    """Whatever a dead scheduler left behind, the sentence says how to start one."""
    (data_dir / "scheduler.json").write_text(content)
    with pytest.raises(NoScheduler, match="ant-tui --no-ui --daemon"):
        connect(str(data_dir))


def test_socket_on_which_nobody_listens_is_no_scheduler(data_dir: Path, fake: FakeScheduler) -> None:
    """A scheduler that was killed leaves its socket's file; connecting is refused."""
    assert address_of(str(data_dir)) is not None
    fake.stop_listening()
    with pytest.raises(NoScheduler):
        connect(str(data_dir))


def test_other_data_directory_is_named_in_the_way_out(tmp_path: Path) -> None:
    """The command that is told works for the directory that was asked for."""
    with pytest.raises(NoScheduler, match=f"--data-dir {tmp_path}"):
        connect(str(tmp_path))


def test_error_keeps_its_type_and_reasons(data_dir: Path, fake: FakeScheduler) -> None:
    """What the scheduler raised is raised here."""
    fake.answers["show"] = error("no_such_task", 4, "There is no task 'x'.", ("one", "two"))
    fake.answers["wait"] = error("timeout", 124, "Too late.")
    with connect(str(data_dir)) as connection:
        with pytest.raises(NoSuchTask) as caught:
            connection.call("show")
        assert caught.value.reasons == ("one", "two")
        with pytest.raises(TimedOut):
            connection.call("wait")


def test_unknown_kind_keeps_its_code(data_dir: Path, fake: FakeScheduler) -> None:
    """A newer scheduler's refusal means the same to a script, and is never code 0."""
    fake.answers["show"] = error("of_tomorrow", 7, "Not today.")
    fake.answers["hold"] = error("of_tomorrow", 0, "Not today.")
    with connect(str(data_dir)) as connection:
        for method, code in (("show", 7), ("hold", 1)):
            with pytest.raises(AntError, match="Not today") as caught:
                connection.call(method)
            assert caught.value.exit_code == code


def test_text_that_is_no_unicode_is_a_usage_error(data_dir: Path, fake: FakeScheduler) -> None:
    """Odd bytes are refused before they are sent."""
    with connect(str(data_dir)) as connection, pytest.raises(UsageError, match="UTF-8"):
        connection.call("show", {"tasks": ["\udcff"]})
    assert not fake.requests


def test_notifications_between_request_and_answer_are_kept(data_dir: Path, fake: FakeScheduler) -> None:
    """Events that arrive before an answer are not lost, and come in order."""
    fake.answers["subscribe"] = {"seq": 1}
    events = [{"method": "event", "params": {"seq": seq}} for seq in (2, 3)]
    fake.after["subscribe"] = [*events]
    fake.answers["ping"] = {"ok": True}
    fake.after["ping"] = [None]
    with connect(str(data_dir)) as connection:
        connection.call("subscribe")
        assert connection.call("ping") == {"ok": True}
        assert connection.has_notification
        assert [message["params"]["seq"] for message in connection.notifications()] == [2, 3]


@pytest.fixture
def pair() -> Iterator[tuple[Connection, socket.socket]]:
    ours, theirs = socket.socketpair()
    with Connection(ours, Address("/s", 4242, "1")) as connection, theirs:
        yield connection, theirs


def test_crowd_waits_for_its_turn(data_dir: Path, tmp_path: Path) -> None:
    """When more come at once than the socket's queue holds, nobody is told that there is no scheduler."""
    directory = tempfile.mkdtemp(prefix="ant")
    path = os.path.join(directory, "s")
    with socket.socket(socket.AF_UNIX) as listener, contextlib.ExitStack() as crowd:
        listener.bind(path)
        listener.listen(0)
        (data_dir / "scheduler.json").write_text(json.dumps({"pid": 1, "socket": path}))
        for _ in range(10):
            one = crowd.enter_context(socket.socket(socket.AF_UNIX))
            one.setblocking(False)
            try:
                one.connect(path)
            except BlockingIOError:
                break
        else:
            pytest.fail("the queue never got full")
        timer = threading.Timer(0.05, lambda: crowd.enter_context(listener.accept()[0]))
        timer.start()
        connect(str(data_dir)).close()
        timer.join()
    shutil.rmtree(directory)


def in_thread(function: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=function)
    thread.start()
    return thread


def test_answer_may_come_in_any_pieces(pair: tuple[Connection, socket.socket]) -> None:
    """An answer of 2 MB that is sent in pieces, cut anywhere, is put together."""
    connection, theirs = pair
    result = {"text": "ä" * 1_000_000}
    line = json.dumps({"id": 1, "result": result}, ensure_ascii=False).encode() + b"\n"

    def send() -> None:
        theirs.recv(1000)
        for start in range(0, len(line), 65_537):
            theirs.sendall(line[start : start + 65_537])

    thread = in_thread(send)
    assert connection.call("show") == result
    thread.join()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400\r\n", b"[1]\n", b"\xff\xfe\n"])
def test_something_else_on_the_socket_is_told(pair: tuple[Connection, socket.socket], answer: bytes) -> None:
    """What does not speak the protocol is not taken for a scheduler."""
    connection, theirs = pair
    theirs.sendall(answer)
    with pytest.raises(NoScheduler, match="protocol"):
        connection.call("ping")


def test_stopped_scheduler_is_told_after_a_while(pair: tuple[Connection, socket.socket]) -> None:
    """A scheduler that does not answer is named with its process."""
    connection, _ = pair
    with pytest.raises(NoScheduler, match="4242"):
        connection.call("ping", timeout=0.01)


def test_refusal_of_a_request_that_is_too_long_is_read(pair: tuple[Connection, socket.socket]) -> None:
    """A scheduler that refuses and hangs up while we still send is heard."""
    connection, theirs = pair

    def refuse() -> None:
        theirs.recv(10)
        message = {"id": None, "error": {"message": "Too long.", "data": {"kind": "usage", "exit_code": 2}}}
        theirs.sendall(json.dumps(message).encode() + b"\n")
        theirs.close()

    thread = in_thread(refuse)
    with pytest.raises(UsageError, match="Too long"):
        connection.call("submit", {"text": "x" * 10_000_000})
    thread.join()
