"""Starting a scheduler that lives on without this process: detached, quiet, and known to be up before we return.

The command line does so when it finds none, the screen when it is left with work open. Any verb may come here on its
way to a scheduler, so nothing heavy is imported.
"""

from __future__ import annotations

import os
import select
import subprocess
import sys
import time

from ant_tui import paths
from ant_tui.client.connection import connect
from ant_tui.errors import BETWEEN_REASONS, AntError, NoScheduler, OtherSchedulerRunning

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["start"]

_PATIENCE_S = 60.0
_OTHER_S = 10.0
_MARKER = "ANT_TUI_TASK"


def start(
    data_dir: str, config: str | None = None, *, gpus: Sequence[str] = (), simulate_gpus: int | None = None
) -> int:
    """Start a scheduler in the background and wait until it answers.

    Args:
        data_dir: absolute path of the data directory.
        config: what ``--config`` was given.
        gpus: the GPUs to manage, by index or UUID; empty means all.
        simulate_gpus: number of simulated GPUs; None for the driver's.

    Returns:
        The process that serves the data directory now: the one that was started, or another that was quicker.

    Raises:
        AntError: it could not start; the sentence is its own.
    """
    paths.prepare_data_directory(data_dir)
    command = _command(data_dir, config, gpus, simulate_gpus)
    reading, writing = os.pipe()
    complaints = os.open(_complaints_file(data_dir), os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        process = subprocess.Popen(
            [*command, "--ready-fd", str(writing)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=complaints,
            # A task may call us; the scheduler would end itself together with that task if it carried its mark.
            env={name: value for name, value in os.environ.items() if name != _MARKER},
            pass_fds=(writing,),
            start_new_session=True,
        )
    finally:
        os.close(writing)
        os.close(complaints)
    try:
        line = _first_line(reading)
    finally:
        os.close(reading)
    # It is meant to outlive us: without this, Python would warn that it still runs.
    process.returncode = 0
    return _understood(line, data_dir, process.pid)


def _command(data_dir: str, config: str | None, gpus: Sequence[str], simulate_gpus: int | None) -> list[str]:
    """Its command line; ``-P`` and the file's own path keep modules of the directory that we stand in out."""
    main = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "__main__.py")
    words = [sys.executable, "-P", main, "--no-ui", "--data-dir", data_dir]
    settings = paths.chosen_config_file(config)
    if settings:
        words += ["--config", settings]
    if simulate_gpus is not None:
        words += ["--simulate-gpus", str(simulate_gpus)]
    if gpus:
        words.append(",".join(gpus))
    return words


def _understood(line: str, data_dir: str, pid: int) -> int:
    word, _, rest = line.partition(" ")
    if word == "ready":
        return pid
    if word == "error":
        number, _, said = rest.partition(" ")
        sentence, *reasons = said.split(BETWEEN_REASONS)
        code = int(number) if number.isdigit() else 1
        if code == OtherSchedulerRunning.exit_code and (other := _other(data_dir)):
            return other
        start_error = type("StartError", (AntError,), {"exit_code": code or 1, "kind": "start"})
        raise start_error(sentence, reasons=tuple(reasons))
    raise NoScheduler(
        f"The scheduler ended before it was ready{_last_complaint(data_dir)}; see {paths.log_file(data_dir)}"
    )


def _other(data_dir: str) -> int | None:
    """The scheduler that was started at the same time by somebody else, as soon as it answers."""
    until = time.monotonic() + _OTHER_S
    while time.monotonic() < until:
        try:
            with connect(data_dir) as connection:
                return connection.address.pid
        except NoScheduler:
            time.sleep(0.05)  # it has the lock, but not yet a socket; nothing tells when
    return None


def _first_line(descriptor: int) -> str:
    """What the scheduler says when it is up or gives up; empty when it ended without a word."""
    until = time.monotonic() + _PATIENCE_S
    data = b""
    while not data.endswith(b"\n"):
        readable, _, _ = select.select([descriptor], [], [], max(0.0, until - time.monotonic()))
        if not readable:
            raise NoScheduler(f"The scheduler was started, but is not ready after {_PATIENCE_S:g} s; see its log.")
        piece = os.read(descriptor, 65536)
        if not piece:
            break
        data += piece
    return data.decode("utf-8", "replace").strip()


def _last_complaint(data_dir: str) -> str:
    try:
        with open(_complaints_file(data_dir), encoding="utf-8", errors="replace") as file:
            lines = file.read().strip().splitlines()
    except OSError:
        return ""
    return f": {lines[-1].removeprefix('ant-tui: ')}" if lines else ""


def _complaints_file(data_dir: str) -> str:
    """Where Python itself complains if the scheduler does not even get as far as its own log."""
    return os.path.join(data_dir, "scheduler.stderr")
