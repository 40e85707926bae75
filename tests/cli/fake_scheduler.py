"""A scheduler that answers only what it was told to: a thread behind a Unix socket, and what it was asked."""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = ["HANG_UP", "FakeScheduler", "ended", "error", "outcome", "task"]

HANG_UP: dict[str, Any] = {"__hang_up__": True}
"""An answer that is none: the scheduler ends."""

Answer = dict[str, Any] | Callable[[dict[str, Any]], dict[str, Any]]


def error(kind: str, exit_code: int, sentence: str, reasons: tuple[str, ...] = ()) -> dict[str, Any]:
    """An answer that refuses."""
    data = {"kind": kind, "exit_code": exit_code, "reasons": list(reasons)}
    return {"__error__": {"code": -32000, "message": sentence, "data": data}}


def outcome(name: str, ok: bool = True, message: str = "", kind: str = "", number: int | None = None) -> dict[str, Any]:
    """What became of one task."""
    return {"id": name, "ok": ok, "message": message or f"{name} is done.", "number": number, "kind": kind}


def task(number: int = 7, **changes: Any) -> dict[str, Any]:
    """A task's document, as ``api.documents`` makes it."""
    document: dict[str, Any] = {
        "id": f"task-{number}",
        "number": number,
        "state": "queued",
        "reason": "",
        "detail": "",
        "command": "python train.py",
        "resolved_command": "python train.py",
        "workdir": "/home/me",
        "env": {},
        "priority": 10,
        "tags": [],
        "held": False,
        "key": None,
        "resources": {"gpus": 0, "gpu_ids": [], "exclude_gpus": []},
        "machine": "here",
        "gpu_ids": [],
        "gpu_uuids": [],
        "pid": None,
        "attempt": 0,
        "attempts": [],
        "submitted_at": "2026-11-21T10:00:00.000Z",
        "started_at": None,
        "finished_at": None,
        "runtime_s": None,
        "exit_code": None,
        "signal": None,
        "log_path": None,
        "session_id": "s",
    }
    return document | changes


def ended(number: int = 7, state: str = "completed", code: int | None = 0, **changes: Any) -> dict[str, Any]:
    """The document of a task that has ended."""
    facts = {"state": state, "exit_code": code, "runtime_s": 75.0, "finished_at": "2026-11-21T10:01:15.000Z"}
    return task(number, **(facts | changes))


class FakeScheduler:
    """Answers by method.

    Attributes:
        answers: method -> its result, or a function of the parameters; ``error(…)`` refuses.
        requests: every (method, parameters) that was asked, in order.
        after: method -> lines that are sent after its answer; None hangs up.
    """

    def __init__(self, data_dir: Path, directory: str, pid: int | None = None) -> None:
        """Listen on a socket in ``directory`` and leave its address in ``data_dir``."""
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.after: dict[str, list[dict[str, Any] | None]] = {}
        self._path = os.path.join(directory, "s.sock")
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._listener.bind(self._path)
        self._listener.listen(16)
        self._connections: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        address = {"pid": pid or os.getpid(), "socket": self._path, "version": "9.9.9"}
        (data_dir / "scheduler.json").write_text(json.dumps(address))
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    @property
    def last(self) -> tuple[str, dict[str, Any]]:
        """The last request."""
        return self.requests[-1]

    def notify(self, method: str, params: dict[str, Any]) -> None:
        """Tell everybody who is connected."""
        line = json.dumps({"jsonrpc": "2.0", "method": method, "params": params}).encode() + b"\n"
        for connection in self._connections:
            connection.sendall(line)

    def stop_listening(self) -> None:
        """Leave the socket's file behind, as a scheduler that was killed does; calling it twice does no harm."""
        if self._listener.fileno() >= 0:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()

    def close(self) -> None:
        """Hang up and end the threads."""
        self.stop_listening()
        for connection in self._connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue  # the client has hung up
        for thread in (self._thread, *self._threads):
            thread.join(10)
            assert not thread.is_alive()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self._connections.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rb") as lines:
            try:
                while (line := lines.readline()) and self._take(connection, json.loads(line)):
                    pass
            except OSError:
                return  # the client has hung up

    def _take(self, connection: socket.socket, request: dict[str, Any]) -> bool:
        """Answer one request; False to hang up."""
        method, params = request["method"], request["params"]
        self.requests.append((method, params))
        if self.answers.get(method) == HANG_UP:
            return False
        connection.sendall(json.dumps(self._answer(request["id"], method, params)).encode() + b"\n")
        for message in self.after.get(method, []):
            if message is None:
                connection.shutdown(socket.SHUT_RDWR)
                return False
            connection.sendall(json.dumps({"jsonrpc": "2.0", **message}).encode() + b"\n")
        return True

    def _answer(self, number: int, method: str, params: dict[str, Any]) -> dict[str, Any]:
        answer = self.answers.get(method)
        result = answer(params) if callable(answer) else answer
        if result is None:
            result = error("usage", 2, f"There is no method '{method}'.")
        if "__error__" in result:
            return {"jsonrpc": "2.0", "id": number, "error": result["__error__"]}
        return {"jsonrpc": "2.0", "id": number, "result": result}
