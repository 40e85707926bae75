"""The filter of every list: words, all of which must occur somewhere."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["has_all"]


def has_all(words: Iterable[str], texts: Sequence[str]) -> bool:
    """Whether each word occurs in one of some texts.

    Args:
        words: in lower case.
        texts: as they are.
    """
    low = [text.lower() for text in texts]
    return all(any(word in text for text in low) for word in words)
