"""Starting a scheduler that lives on without this process, with the same data directory, settings and GPUs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from msgspec import Struct

import ant_tui
from ant_tui.client.connection import address_of
from ant_tui.errors import AntError
from ant_tui.output.sanitise import plain

__all__ = ["Background"]

_TIMEOUT_S = 90.0


class Background(Struct, frozen=True):
    """What a scheduler in the background is started with.

    Attributes:
        data_dir: absolute path.
        config: the settings file that was asked for; None for the usual one.
        gpus: the GPUs to manage; empty for all.
        simulate_gpus: number of simulated GPUs; None for the driver's.
    """

    data_dir: str
    config: str | None = None
    gpus: tuple[str, ...] = ()
    simulate_gpus: int | None = None

    def command(self) -> list[str]:
        """The command line; ``-P`` and the file's own path keep modules of the current directory out."""
        main = os.path.join(os.path.dirname(os.path.abspath(ant_tui.__file__)), "__main__.py")
        words = [sys.executable, "-P", main, "--no-ui", "--daemon", "--quiet", "--data-dir", self.data_dir]
        if self.config is not None:
            words += ["--config", self.config]
        if self.simulate_gpus is not None:
            words += ["--simulate-gpus", str(self.simulate_gpus)]
        if self.gpus:
            words.append(",".join(self.gpus))
        return words

    def start(self) -> int:
        """Start it and wait until it answers.

        Returns:
            Its process.

        Raises:
            AntError: it did not start; tasks go on without it.
        """
        try:
            done = subprocess.run(
                self.command(), stdin=subprocess.DEVNULL, capture_output=True, timeout=_TIMEOUT_S, check=False
            )
        except (OSError, subprocess.TimeoutExpired) as problem:
            raise _failed(self, str(problem)) from problem
        address = address_of(self.data_dir)
        if done.returncode or address is None:
            raise _failed(self, _last_line(done.stderr))
        return address.pid


def _failed(background: Background, why: str) -> AntError:
    return AntError(
        f"The scheduler could not be started in the background ({plain(why)}). Tasks go on without it; start it with: "
        f"ant-tui --no-ui --daemon --data-dir {background.data_dir}"
    )


def _last_line(stderr: bytes) -> str:
    lines: Sequence[str] = stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else "it said nothing"
