"""Words that must be one of some, numbers within bounds: converters whose refusals name what would have been right."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

__all__ = ["STATES", "bounded", "choice", "nearest"]

STATES = (
    "queued",
    "starting",
    "running",
    "suspended",
    "completing",
    "completed",
    "failed",
    "cancelled",
    "timeout",
    "out_of_memory",
    "lost",
    "recoverable",
)
"""The states of tasks, spelt out here because the type that holds them costs too much to import; a test compares."""


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is most like a mistyped one; empty when none is."""
    import difflib  # 3 ms, and only after a mistake

    known = list(known)
    bare: dict[str, str] = {}
    for name in known:
        bare.setdefault(name.lstrip("-"), name)  # that all options begin with dashes makes none of them alike
    typed = word[:80].lstrip("-")
    found = difflib.get_close_matches(typed, bare, n=1, cutoff=0.6)
    if found:
        return bare[found[0]]
    longer = [name for name in known if len(typed) > 2 and name.startswith(word)]
    return longer[0] if longer else ""


def choice(word: str, known: Iterable[str], what: str) -> str:
    """Take a word that must be one of some.

    Args:
        word: what was typed.
        known: all words that are possible.
        what: what they are, for the refusal.

    Raises:
        UsageError: it is none of them; names the nearest, or all.
    """
    known = list(known)
    if word in known:
        return word
    from ant_tui.errors import UsageError

    near = nearest(word, known)
    hint = f"did you mean {near}?" if near else f"there are: {', '.join(known)}."
    raise UsageError(f"There is no {what} {word!r}; {hint}")


def bounded(least: int, most: int | None = None) -> Callable[[str], int]:
    """A converter for argparse: whole numbers from ``least`` to ``most``, both included, refused in words."""

    def convert(text: str) -> int:
        digits = text.removeprefix("-")
        good = digits.isascii() and digits.isdigit() and len(digits) < 19
        if not good or int(text) < least or (most is not None and int(text) > most):
            from argparse import ArgumentTypeError

            upto = f" to {most}" if most is not None else " upwards"
            raise ArgumentTypeError(f"must be a whole number from {least}{upto}, not {text!r}")
        return int(text)

    return convert
