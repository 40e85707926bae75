"""Everything that the screen can do to the scheduler can be said on the command line (row 339)."""

from __future__ import annotations

import shlex

import pytest

from ant_tui.cli.arguments import command_start, parser_of, split
from ant_tui.cli.verbs import VERBS, command_of
from ant_tui.ui.actions import ACTIONS

SCREEN_ONLY = (
    "view.", "app.", "output.", "form.", "table.", "gpu.up", "gpu.down", "gpu.left", "gpu.right", "gpu.smooth",
    "gpu.shorter", "gpu.longer", "list.sort", "list.fold", "list.lines",
)  # fmt: skip
"""Actions that concern nothing but what is on the screen."""
SCREEN_ONLY_TASK_ACTIONS = frozenset({"task.copy", "task.copy_line"})
WORDS = {
    "ID": "7",
    "N": "1",
    "GPU": "0",
    "SIG": "TERM",
    "CMD": "true",
    "TAG": "night",
    "NEW": "other",
    "FILE": "f",
    "K": "1",
}

FORMS = [(action.id, form) for action in ACTIONS for form in action.cli]


def test_every_action_has_its_words() -> None:
    """An action without an equivalent is one of the screen's own."""
    missing = [
        action.id
        for action in ACTIONS
        if not action.cli and not action.id.startswith(SCREEN_ONLY) and action.id not in SCREEN_ONLY_TASK_ACTIONS
    ]
    assert missing == []


@pytest.mark.parametrize(("action", "form"), FORMS)
def test_equivalent_is_understood(action: str, form: str) -> None:
    """The verb and all options that an action names exist."""
    words = [WORDS.get(word.rstrip("…"), word.rstrip("…")) for word in shlex.split(form)]
    verb, rest = split(words)
    assert verb in VERBS, action
    command = command_of(verb)
    parser = parser_of(verb, command)
    if command.split_command:
        rest = rest[: command_start(parser, rest)]
    parser.read(rest)
