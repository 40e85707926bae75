"""Memory after a large request: the C library keeps what was freed for the next one, which may never come."""

from __future__ import annotations

import ctypes

__all__ = ["give_back"]


def give_back() -> None:
    """Give freed memory back to the system (malloc_trim(3)); does nothing where the C library cannot."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
