"""What a verb came to, in one sentence: how many worked, and why the others did not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from ant_tui.api.documents import OutcomeDocument
from ant_tui.ui.dialogs.text import TextDialog
from ant_tui.ui.figures import count

if TYPE_CHECKING:
    from ant_tui.ui.acts.host import Host

__all__ = ["left_out", "merged", "summary", "tell"]

_MOST_NAMED = 500


async def tell(host: Host, results: Sequence[OutcomeDocument], done: str, left: str = "") -> None:
    """Say what a verb came to; where it did not work with several tasks, list each with its reason.

    Args:
        host: where it is said.
        results: what became of each.
        done: what was done to those that worked.
        left: as for ``summary``.
    """
    sentence, style = summary(results, done, left)
    host.say(sentence, style)
    failed = [(result.id, result.message) for result in results if not result.ok]
    if len(failed) > 1:
        more = [("", f"… and {len(failed) - _MOST_NAMED:,} more")] if len(failed) > _MOST_NAMED else []
        await host.ask(TextDialog(sentence, [*failed[:_MOST_NAMED], *more]))


def left_out(number: int, what: str) -> str:
    """Selected tasks with which nothing was tried, in words: ``2 others are not waiting``; empty for none."""
    return f"{count(number, 'other')} {'is' if number == 1 else 'are'} {what}" if number else ""


def merged(answers: Sequence[Sequence[OutcomeDocument]]) -> list[OutcomeDocument]:
    """What several requests came to for the same tasks: a task worked if all of them did."""
    found: dict[str, OutcomeDocument] = {}
    for result in (result for results in answers for result in results):
        before = found.get(result.id)
        if before is None or (before.ok and not result.ok):
            found[result.id] = result
        elif before.ok:
            found[result.id] = replace(result, message=f"{before.message} {result.message}")
    return list(found.values())


def summary(results: Sequence[OutcomeDocument], done: str, left: str = "") -> tuple[str, str]:
    """Sum up.

    Args:
        results: what became of each.
        done: what was done to those that worked, as in "3 tasks cancelled".
        left: what is to be said about tasks with which it was not tried, without a full stop.

    Returns:
        The sentence, and the name of its style.
    """
    if not results:
        return "There was nothing to be done.", "warn"
    failed = [result for result in results if not result.ok]
    worked = len(results) - len(failed)
    if len(results) == 1:
        message = f"{results[0].message} {left[0].upper()}{left[1:]}." if left else results[0].message
        return message, "bad" if failed else "warn" if left else "good"
    behind = f"; {left}" if left else ""
    said = f"{count(worked, 'task')} {done}"
    if not failed:
        return f"{said}{behind}.", "warn" if left else "good"
    reason = failed[0].message.rstrip(".")
    others = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{said}; {len(failed)} not: {reason}{others}{behind}.", "warn" if worked else "bad"
