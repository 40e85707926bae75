"""The command line's way to a running scheduler: one blocking connection, JSON-RPC 2.0, one message per line.

Every verb pays for what is imported here, so it is ``socket`` and ``json`` and nothing that they do not import. What
the methods are called and what they take is written in ``api.schema``; here everything is plain dictionaries.
"""

from __future__ import annotations

import json
import socket
import time

from ant_tui import paths

TYPE_CHECKING = False  # ``typing`` would cost 3 ms
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any, Self

__all__ = ["ANSWER_TIMEOUT_S", "Address", "Connection", "address_of", "connect", "refusal"]

ANSWER_TIMEOUT_S = 30.0
"""How long an answer may take that does not wait for tasks: every verb takes milliseconds, a stopped scheduler for
ever."""
_CHUNK = 1 << 18


class Address:
    """Where a scheduler said that it can be reached.

    Attributes:
        socket: path of its Unix socket.
        pid: its process.
        version: its version, empty when it did not say.
    """

    __slots__ = ("pid", "socket", "version")

    def __init__(self, path: str, pid: int, version: str) -> None:
        self.socket = path
        self.pid = pid
        self.version = version


def address_of(data_dir: str) -> Address | None:
    """Read what a scheduler left in its data directory; None when there is nothing readable.

    The scheduler may be long dead: only connecting tells.
    """
    try:
        with open(paths.address_file(data_dir), "rb") as file:
            found = json.load(file)
        return Address(str(found["socket"]), int(found["pid"]), str(found.get("version", "")))
    except (OSError, ValueError, KeyError, TypeError):
        return None


def connect(data_dir: str) -> Connection:
    """Connect to the scheduler that works on a data directory.

    Args:
        data_dir: absolute path.

    Raises:
        NoScheduler: none answers there; the sentence says how to start one.
    """
    address = address_of(data_dir)
    if address is None:
        raise _no_scheduler(data_dir)
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        channel.settimeout(ANSWER_TIMEOUT_S)
        _knock(channel, address.socket)
    except PermissionError as problem:
        channel.close()
        raise _no_scheduler(data_dir, f"the socket {address.socket} may not be opened by you") from problem
    except OSError as problem:  # what it left behind when it was killed: no file, or nobody who listens on it
        channel.close()
        raise _no_scheduler(data_dir) from problem
    return Connection(channel, address)


def _knock(channel: socket.socket, path: str) -> None:
    """Connect; when many come at once, wait until it is our turn, which a Unix socket with a timeout does not do."""
    until = time.monotonic() + ANSWER_TIMEOUT_S
    while True:
        try:
            channel.connect(path)
        except BlockingIOError:
            if time.monotonic() > until:
                raise
            time.sleep(0.01)
        else:
            return


class Connection:
    """An open connection. One request at a time; notifications only after ``subscribe``.

    Attributes:
        address: whom it leads to.
    """

    def __init__(self, channel: socket.socket, address: Address) -> None:
        """Take over a connected socket."""
        self.address = address
        self._channel = channel
        self._buffer = b""
        self._at = 0  # what of the buffer was taken already
        self._last_id = 0
        self._waiting: list[dict[str, Any]] = []  # notifications that came before an answer

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Hang up; calling it twice does no harm."""
        self._channel.close()

    def fileno(self) -> int:
        """The descriptor, for ``select``."""
        return self._channel.fileno()

    def call(
        self, method: str, params: Mapping[str, Any] | None = None, timeout: float | None = ANSWER_TIMEOUT_S
    ) -> dict[str, Any]:
        """Send a request and wait for its answer.

        Args:
            method: as in ``docs/protocol.md``.
            params: the request's fields.
            timeout: seconds without a byte after which the scheduler counts as hung; None waits for ever.

        Raises:
            AntError: the scheduler's refusal, as the type that its ``kind`` names.
            NoScheduler: it ended, or it hangs.
            UsageError: a text in ``params`` is not Unicode.
        """
        self._last_id += 1
        message = {"jsonrpc": "2.0", "id": self._last_id, "method": method, "params": params or {}}
        try:
            line = json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode()
        except UnicodeEncodeError as problem:
            from ant_tui.errors import UsageError

            raise UsageError(
                "What was given holds bytes that are not UTF-8. Tasks are stored as text; write odd bytes as $'\\xNN'."
            ) from problem
        self._channel.settimeout(timeout)
        try:
            self._channel.sendall(line + b"\n")
        except TimeoutError as problem:
            raise self._hung(timeout) from problem
        except OSError:
            pass  # it may have refused and hung up before it had read everything: its answer can still be read
        while True:
            answer = self._receive(timeout)
            if answer is None:
                raise self._gone()
            if answer.get("id") == self._last_id:
                break
            if answer.get("id") is None and "error" in answer:  # it could not even read the request's id
                break
            if "method" in answer:
                self._waiting.append(answer)
        if (error := answer.get("error")) is not None:
            raise refusal(error)
        result: dict[str, Any] = answer["result"]
        return result

    def notifications(self) -> Iterator[dict[str, Any]]:
        """Whatever the scheduler tells, as it comes; ends when the scheduler hangs up."""
        while (message := self.notification()) is not None:
            yield message

    def notification(self) -> dict[str, Any] | None:
        """Wait for the next notification; None when the scheduler hung up."""
        if self._waiting:
            return self._waiting.pop(0)
        message = self._receive(None)
        while message is not None and "method" not in message:
            message = self._receive(None)
        return message

    @property
    def has_notification(self) -> bool:
        """Whether one can be had without waiting for the socket (``select`` does not see what was read already)."""
        return bool(self._waiting) or self._buffer.find(b"\n", self._at) >= 0

    def wait_for_end(self) -> None:
        """Wait until the scheduler hangs up; whatever it says until then is dropped."""
        self._channel.settimeout(None)
        try:
            while self._channel.recv(_CHUNK):
                pass
        except ConnectionError:
            pass  # it went away in a hurry, which is what was waited for

    def _receive(self, timeout: float | None) -> dict[str, Any] | None:
        """The next message; None at the end of the stream."""
        end = self._buffer.find(b"\n", self._at)
        if end < 0:
            self._channel.settimeout(timeout)
            pieces = [self._buffer[self._at :]]
            while b"\n" not in pieces[-1]:
                try:
                    piece = self._channel.recv(_CHUNK)
                except TimeoutError as problem:
                    raise self._hung(timeout) from problem
                except ConnectionError:
                    piece = b""
                if not piece:
                    return None
                pieces.append(piece)
            self._buffer, self._at = b"".join(pieces), 0
            end = self._buffer.find(b"\n")
        line, self._at = self._buffer[self._at : end], end + 1
        try:
            message = json.loads(line)
        except ValueError:
            message = None
        if not isinstance(message, dict):
            from ant_tui.errors import NoScheduler

            raise NoScheduler(f"What answers on {self.address.socket} does not speak ant-tui's protocol.")
        return message

    def _hung(self, timeout: float | None) -> Exception:
        from ant_tui.errors import NoScheduler

        return NoScheduler(
            f"The scheduler (process {self.address.pid}) has not answered for {timeout:g} s; "
            f"see whether it is stopped: ps -o pid,stat,wchan -p {self.address.pid}"
        )

    def _gone(self) -> Exception:
        from ant_tui.errors import NoScheduler

        return NoScheduler(
            f"The scheduler (process {self.address.pid}) ended before it had answered; tasks go on without it. "
            "What happened is in its log: ant-tui doctor"
        )


def _no_scheduler(data_dir: str, why: str = "") -> Exception:
    from ant_tui.errors import NoScheduler

    elsewhere = "" if data_dir == paths.data_directory() else f" --data-dir {data_dir}"
    reason = f": {why}" if why else ""
    return NoScheduler(
        f"No scheduler can be reached on {data_dir}{reason}. Start one with: ant-tui{elsewhere} --no-ui --daemon"
    )


def refusal(answer: Mapping[str, Any]) -> Exception:
    """The exception that the scheduler had, out of the ``error`` of its answer."""
    from ant_tui.errors import AntError, error_of_kind

    data = answer.get("data") or {}
    sentence = str(answer.get("message", "The scheduler refused without a reason."))
    reasons = tuple(map(str, data.get("reasons", ())))
    error = error_of_kind(str(data.get("kind", "error")), sentence, reasons)
    exit_code = int(data.get("exit_code", 1)) or 1
    if error.exit_code != exit_code:  # a kind of a newer scheduler: what it means to a script is known all the same
        error = type("NewerError", (AntError,), {"exit_code": exit_code})(sentence, reasons=reasons)
    return error
