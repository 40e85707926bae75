"""What a verb came to, in one sentence: how many worked, and why the others did not."""

from __future__ import annotations

from collections.abc import Sequence

from ant_tui.api.documents import OutcomeDocument
from ant_tui.ui.figures import count

__all__ = ["summary"]


def summary(results: Sequence[OutcomeDocument], done: str) -> tuple[str, str]:
    """Sum up.

    Args:
        results: what became of each.
        done: what was done to those that worked, as in "3 tasks cancelled".

    Returns:
        The sentence, and the name of its style.
    """
    if not results:
        return "There was nothing to be done.", "warn"
    failed = [result for result in results if not result.ok]
    worked = len(results) - len(failed)
    if len(results) == 1:
        return results[0].message, "bad" if failed else "good"
    said = f"{count(worked, 'task')} {done}"
    if not failed:
        return f"{said}.", "good"
    reason = failed[0].message.rstrip(".")
    others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{said}; {len(failed)} not: {reason}{others}.", "warn" if worked else "bad"
