"""The program's door: ``ant-tui``, ``python -m ant_tui``, and this file by its path (a background scheduler)."""

from __future__ import annotations

import gc
import os
import sys

if not __package__:
    # Run by its path with ``python -P``: nothing in the current directory can take the place of a module then.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

__all__ = ["main"]

_INTERRUPTED = 130


def main() -> int:
    """Run the command line.

    Returns:
        The exit code. A verb that lives for some milliseconds ends the process right here: what Python does at its end
        (and looking for garbage before) would cost it 4 ms of 30 and free nothing that the system does not free.
        Whoever lives longer turns the collector on again, and ends in the usual way.
    """
    gc.disable()
    try:
        from ant_tui.cli.main import main as run

        code = run()
    except KeyboardInterrupt:  # so early that nothing had begun
        code = _INTERRUPTED
    if not gc.isenabled():
        os._exit(code)
    return code


if __name__ == "__main__":
    sys.exit(main())
