"""``docs/command-line.md``: every line in it is one that the program takes, and every verb is in it."""

from __future__ import annotations

import re
import shlex

import pytest

from ant_tui.cli.arguments import command_start, parser_of, split
from ant_tui.cli.verbs import VERBS, command_of
from ant_tui.client.caller import STAYS_BEHIND
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "command-line.md").read_text(encoding="utf-8")
EXAMPLES = [
    line
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if "ant-tui" in line
]


@pytest.mark.parametrize("line", EXAMPLES)
def test_every_example_is_understood(line: str) -> None:
    """The verb and all options of each example exist."""
    _, _, typed = line.partition("ant-tui")
    words = shlex.split(typed, comments=True)
    words = words[: words.index(">")] if ">" in words else words
    verb, rest = split(words)
    command = command_of(verb)
    parser = parser_of(verb, command)
    if command.split_command:
        rest = rest[: command_start(parser, rest)]
    parser.read(rest)


def test_every_verb_and_alias_has_an_example() -> None:
    """No verb is left out."""
    for verb in VERBS:
        assert any(line.partition("ant-tui ")[2].startswith(verb.name) for line in EXAMPLES), verb.name


def test_every_option_of_submit_is_described() -> None:
    """The table of options is complete."""
    verb = next(verb for verb in VERBS if verb.name == "submit")
    parser = parser_of(verb, command_of(verb))
    for option in parser.option_strings():
        assert re.search(rf"`[^`]*{re.escape(option)}\b", PAGE), option


def test_every_variable_that_stays_behind_is_named() -> None:
    """What ``--export all`` leaves out is no secret."""
    for name in STAYS_BEHIND:
        assert f"`{name}`" in PAGE, name
