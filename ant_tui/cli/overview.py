"""The help of the whole program: how it is started, and one line for every verb."""

from __future__ import annotations

from ant_tui.cli.arguments import parser_of
from ant_tui.cli.verbs import START, VERBS, command_of

__all__ = ["print_overview"]


def print_overview() -> None:
    """Print what ``ant-tui --help`` shows."""
    parser = parser_of(START, command_of(START))
    parser.usage = "ant-tui [GPU,…] [options]\n       ant-tui VERB …"
    parser.description = (
        "A GPU job scheduler that lives in a terminal. Without a verb: the full-screen app, with the scheduler in it."
    )
    lines = [f"  {', '.join((verb.name, *verb.aliases)):26}{verb.help}" for verb in VERBS]
    print(parser.format_help())  # noqa: T201
    print("verbs (each has its own --help):\n" + "\n".join(lines))  # noqa: T201
    print("\nnames of tasks: an id, a number, 3-9, 3,5,9, last (or @)")  # noqa: T201
