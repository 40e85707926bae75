"""Running the user's command: ``notify.command``.

It gets what there is to tell as variables and never as a part of its text, so that no id or command can become shell
code. It runs in a session of its own, with its output in a small file, and for a minute at most.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import time
from contextlib import suppress

from ant_tui.notify.notice import Notice, Sender, variables

__all__ = ["CommandRunner"]

log = logging.getLogger(__name__)

_SHELL = "/bin/sh"
_HOLDER = 'trap : TERM; cd "${HOME:-/}" 2>/dev/null; /bin/sh -c "$1" 3>&-; printf %s "$?" >&3'
"""Runs the command and says how it ended. Its status goes through a pipe, not through ``wait``: a scheduler collects
every dead child that it does not know, this one included, whenever a task ends."""
_LOG_BYTES = 256 * 1024
_KEPT_BYTES = 1024 * 1024
_GRACE_S = 2.0
_RESET = tuple(signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP})


class CommandRunner:
    """Runs one command for each notice, one at a time."""

    def __init__(self, command: str, sender: Sender, log_path: str, *, timeout_s: float = 60.0) -> None:
        """Prepare.

        Args:
            command: shell text, as the settings have it.
            sender: who tells.
            log_path: the file for its output; made at need, private, kept small.
            timeout_s: seconds after which it is ended.
        """
        self._command = command
        self._sender = sender
        self._log_path = log_path
        self._timeout_s = timeout_s

    def deliver(self, notice: Notice) -> None:
        """Run the command and wait for it; what goes wrong is logged."""
        problem = self._run(notice)
        if problem:
            log.warning("notify.command %s (%s); its output is in %s", problem, notice.text, self._log_path)

    def _run(self, notice: Notice) -> str:
        reader, writer = os.pipe()
        output = self._open_log(notice)
        try:
            pid = self._spawn(notice, output, writer)
        except OSError as error:
            os.close(reader)
            return f"could not be run: {error.strerror or error}"
        finally:
            os.close(writer)
            os.close(output)
        try:
            return self._wait(pid, reader)
        finally:
            os.close(reader)

    def _spawn(self, notice: Notice, output: int, writer: int) -> int:
        return os.posix_spawn(
            _SHELL,
            [_SHELL, "-c", _HOLDER, "ant-tui-notify", self._command],
            {**os.environ, **variables(notice, self._sender)},
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, output, 1),
                (os.POSIX_SPAWN_DUP2, output, 2),
                (os.POSIX_SPAWN_DUP2, writer, 3),
            ],
            setsid=True,
            setsigmask=(),
            setsigdef=_RESET,
        )

    def _wait(self, pid: int, reader: int) -> str:
        """Wait for the end; returns what was wrong, as the end of a sentence."""
        said = _read(reader, self._timeout_s)
        late = said is None
        if said is None:
            # The holder stays until the command has ended, so its number is not another's yet.
            os.killpg(pid, signal.SIGTERM)
            said = _read(reader, _GRACE_S)
            if said is None:
                os.killpg(pid, signal.SIGKILL)
        with suppress(ChildProcessError):  # the scheduler was quicker
            os.waitpid(pid, 0)
        if late:
            return f"was ended after {self._timeout_s:g} s"
        status = said.decode() if said else "unknown"
        return "" if status == "0" else f"ended with exit code {status}"

    def _open_log(self, notice: Notice) -> int:
        """Open the log for the command's output, and write for what it is run."""
        try:
            self._keep_small()
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC | os.O_NOFOLLOW
            descriptor = os.open(self._log_path, flags, 0o600)
        except OSError as error:
            log.warning("The output of notify.command is lost: %s (%s)", error.strerror or error, self._log_path)
            return os.open(os.devnull, os.O_WRONLY | os.O_CLOEXEC)
        with suppress(OSError):  # a full disk; the command is run all the same
            os.write(descriptor, f"{time.strftime('%Y-%m-%d %H:%M:%S')} {notice.text}\n".encode())
        return descriptor

    def _keep_small(self) -> None:
        with suppress(FileNotFoundError):
            size = os.stat(self._log_path).st_size
            if size > _KEPT_BYTES:
                os.truncate(self._log_path, _KEPT_BYTES)
            if size > _LOG_BYTES:
                os.replace(self._log_path, f"{self._log_path}.1")


def _read(descriptor: int, patience_s: float) -> bytes | None:
    """What comes through a pipe, or empty at its end; None when nothing came in time."""
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return os.read(descriptor, 16) if poll.poll(patience_s * 1000) else None
