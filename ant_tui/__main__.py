"""The program's door: ``ant-tui``, ``python -m ant_tui``, and this file by its path (a background scheduler)."""

from __future__ import annotations

import os
import sys

if not __package__:
    # Run by its path with ``python -P``: nothing in the current directory can take the place of a module then.
    sys.path.append(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

from ant_tui.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
