"""Breaking sentences where a pane is narrow."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

__all__ = ["broken"]

_MOST = 4000
"""Characters of one sentence that are shown."""


def broken(lines: Iterable[str], width: int) -> list[str]:
    """Break lines between words; what follows has the same blanks before it.

    Args:
        lines: sentences, each on its line.
        width: cells; one stays free at the right.
    """
    shown: list[str] = []
    for line in lines:
        indent = line[: len(line) - len(line.lstrip(" "))]
        wrapper = textwrap.TextWrapper(
            max(width - 1, len(indent) + 8), initial_indent=indent, subsequent_indent=indent, tabsize=1
        )
        shown += wrapper.wrap(line.strip()[:_MOST]) or [""]
    return shown
