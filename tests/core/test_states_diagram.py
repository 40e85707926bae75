"""The picture of a task's states in ``docs/architecture.md`` is drawn from the table that the program follows.

After a change of ``TRANSITIONS``, draw it anew with ``python -m tests.core.test_states_diagram``.
"""

from __future__ import annotations

from pathlib import Path

from ant_tui.core import events as ev
from ant_tui.core.task import ENDED, TaskState
from ant_tui.core.transitions import TRANSITIONS
from tests.core.test_state import sample
from tests.core.world import state_with

_DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "architecture.md"
_BEGIN, _END = "<!-- states:begin -->", "<!-- states:end -->"


def diagram() -> str:
    """The table of transitions as a mermaid diagram; events that leave the state as it is are not drawn."""
    arrows: dict[tuple[str, str], list[str]] = {("[*]", "queued"): [ev.TaskSubmitted.__name__]}
    for kind, (allowed, _) in TRANSITIONS.items():
        for state in TaskState:
            if state in allowed and (arrow := _arrow(kind, state)):
                events = arrows.setdefault(arrow, [])
                events.extend({kind.__name__} - set(events))
    lines = ["    state ended {", *(f"        {state}" for state in TaskState if state in ENDED), "    }"]
    lines += [f"    {start} --> {end}: {', '.join(events)}" for (start, end), events in arrows.items()]
    return "\n".join(["```mermaid", "stateDiagram-v2", *lines, "```"])


def _arrow(kind: type[ev.Event], state: TaskState) -> tuple[str, str] | None:
    """From where to where an event takes a task; the many states that are an end are one."""
    machine = state_with(state)
    machine.apply(sample(kind))
    start = "ended" if state in ENDED else str(state)
    if 1 not in machine.tasks:
        return start, "[*]"
    follows = machine.tasks[1].state
    end = "ended" if follows in ENDED else str(follows)
    return (start, end) if start != end else None


def _split(text: str) -> tuple[str, str, str]:
    """The document before, between and after the markers."""
    before, _, rest = text.partition(_BEGIN)
    between, _, after = rest.partition(_END)
    return before, between.strip(), after


def test_the_picture_in_the_docs_is_the_table() -> None:
    """What docs/architecture.md draws is what ``State.apply`` does; the module's docstring says how to renew it."""
    _, drawn, _ = _split(_DOCUMENT.read_text(encoding="utf-8"))
    assert drawn == diagram()


def test_every_state_is_in_the_picture() -> None:
    """No state is left out, and an ended one leads nowhere but out."""
    drawn = diagram()
    assert all(f" {state}" in drawn for state in TaskState)
    assert [line.strip() for line in drawn.splitlines() if " ended -->" in line] == ["ended --> [*]: TaskForgotten"]


if __name__ == "__main__":
    head, _, tail = _split(_DOCUMENT.read_text(encoding="utf-8"))
    _DOCUMENT.write_text(f"{head}{_BEGIN}\n{diagram()}\n{_END}{tail}", encoding="utf-8")
