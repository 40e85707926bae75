"""Bounds that hold wherever a task comes from: command line, screen, text, project file, control socket.

The command line pays for what is imported here, so it is nothing.
"""

from __future__ import annotations

__all__ = ["MOST_GPUS", "PRIORITIES"]

MOST_GPUS = 10_000
"""The most GPUs that one task may ask for, or name; also where a cluster has more."""

PRIORITIES = range(-1_000_000, 1_000_001)
"""The priorities that a task may have; a lower one runs sooner."""
