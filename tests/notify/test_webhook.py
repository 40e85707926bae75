"""``notify.webhook``: real requests to a real server on the loopback."""

from __future__ import annotations

import base64
import json
import logging
import socket
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from ant_tui.notify.notice import Notice, document
from ant_tui.notify.webhook import Webhook
from tests.notify.tasks import SENDER, told

ONE = Notice((told(),), {"failed": 1})
QUICK = (0.001, 0.001)


class Server(ThreadingHTTPServer):
    """Remembers what it is sent, and answers as it is told."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[int] = []
        self.requests: list[tuple[str, dict[str, str], Any]] = []
        self.hold = threading.Event()
        self.hold.set()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/hook?token=s3cret"


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.requests.append((self.path, dict(self.headers), json.loads(body)))
        self.server.hold.wait(20)
        status = self.server.answers.pop(0) if self.server.answers else 200
        self.send_response(status)
        if 300 <= status < 400:
            self.send_header("Location", "/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.server.requests.append((self.path, {}, "GET"))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    server = Server()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.hold.set()
    server.shutdown()
    thread.join()
    server.server_close()


def test_sends_the_document(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """One POST of JSON with everything about the task; success is silent."""
    Webhook(server.address, SENDER).deliver(ONE)
    ((path, headers, body),) = server.requests
    assert path == "/hook?token=s3cret"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert headers["User-Agent"].startswith("ant-tui/")
    assert "Authorization" not in headers
    assert body == document(ONE, SENDER)
    assert caplog.records == []


def test_name_and_password_are_sent_as_such(server: Server) -> None:
    """``http://name:password@host`` is basic authentication; both may be percent-encoded."""
    address = server.address.replace("http://", "http://ada:p%40ss@")
    Webhook(address, SENDER).deliver(ONE)
    ((_, headers, _),) = server.requests
    assert headers["Authorization"] == "Basic " + base64.b64encode(b"ada:p@ss").decode()


@pytest.mark.parametrize("status", [500, 503, 429])
def test_tries_again_when_that_may_help(server: Server, caplog: pytest.LogCaptureFixture, status: int) -> None:
    """A server that is busy or down for a moment is told after all."""
    server.answers = [status, status, 200]
    Webhook(server.address, SENDER, pauses_s=QUICK).deliver(ONE)
    assert len(server.requests) == 3
    assert caplog.records == []


def test_gives_up_after_two_more_tries(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """Three tries, then a line in the log; of the address only the host, for the rest may be a secret."""
    server.answers = [500] * 9
    with caplog.at_level(logging.WARNING):
        Webhook(server.address, SENDER, pauses_s=QUICK).deliver(ONE)
    assert len(server.requests) == 3
    assert caplog.messages == [
        f"notify.webhook: 127.0.0.1:{server.server_port} was not told (task-7: failed, exit code 3): it answered 500"
    ]
    assert "s3cret" not in caplog.text


def test_does_not_repeat_what_was_refused(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """404 stays 404: told once, logged once."""
    server.answers = [404]
    Webhook(server.address, SENDER, pauses_s=QUICK).deliver(ONE)
    assert len(server.requests) == 1
    assert "it answered 404" in caplog.text


def test_follows_no_redirection(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """What is told goes to nobody whom the user did not name."""
    server.answers = [302]
    Webhook(server.address, SENDER, pauses_s=QUICK).deliver(ONE)
    assert [path for path, _, _ in server.requests] == ["/hook?token=s3cret"]
    assert "it answered 302" in caplog.text


def test_a_server_that_does_not_answer_is_given_up(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """After its time a try is over, and so in the end is the telling."""
    server.hold.clear()
    Webhook(server.address, SENDER, timeout_s=0.05, pauses_s=(0.001,)).deliver(ONE)
    assert "was not told" in caplog.text
    assert "timed out" in caplog.text


def test_nobody_there_is_told_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    """A closed port, or something that is no web server."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        Webhook(f"http://127.0.0.1:{port}/", SENDER, pauses_s=()).deliver(ONE)
    assert "it could not be reached: [Errno 111] Connection refused" in caplog.text


@pytest.mark.parametrize("address", ["http://", "http://a:b:c/", "http://[", "http://host:port/"])
def test_an_address_that_is_none_is_told_in_the_log(address: str, caplog: pytest.LogCaptureFixture) -> None:
    """The settings allow it by its form; it costs a line in the log, and no task."""
    Webhook(address, SENDER, pauses_s=()).deliver(ONE)
    assert "was not told" in caplog.text


def test_a_scheduler_that_ends_does_not_wait_for_another_try(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    """The pause before a try is cut short."""
    server.answers = [500] * 3
    webhook = Webhook(server.address, SENDER, pauses_s=(1000.0, 1000.0))
    webhook.stop()
    webhook.deliver(ONE)
    assert len(server.requests) == 1
    assert "it answered 500" in caplog.text
