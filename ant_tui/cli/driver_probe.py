"""What the NVIDIA driver says, as JSON on stdout: run by its path in a process of its own, because a driver can hang.

A call that hangs in the driver cannot be taken back in the process that made it; from outside it can be left alone.
"""

from __future__ import annotations

import json
import os
import sys

__all__ = ["main"]


def main() -> None:
    """Print the driver, its error and its GPUs."""
    from ant_tui.monitor.nvml import NvmlGpus
    from ant_tui.monitor.provider import discover

    gpus = NvmlGpus()
    found = [{"index": gpu.index, "name": gpu.name, "problem": gpu.problem} for gpu in discover(gpus)]
    json.dump({"driver": gpus.driver, "error": gpus.driver_error, "gpus": found}, sys.stdout)


if __name__ == "__main__":
    sys.path.append(os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__)))))
    main()
    sys.stdout.flush()
    os._exit(0)  # a driver that hangs when it is shut down has said everything already
