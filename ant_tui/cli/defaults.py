"""What a project says about its tasks (``.ant-tui.toml``, ``ANT_TUI_…``), put where ``submit`` was told nothing."""

from __future__ import annotations

import os

from ant_tui.project import complete, project_defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ant_tui.cli.call import Call

__all__ = ["add_project_defaults"]


def add_project_defaults(call: Call, form: dict[str, Any]) -> None:
    """Complete a form, as the project of the current directory wants it.

    Raises:
        ConfigError: the project's file or a variable cannot be used.
    """
    try:
        here = os.getcwd()
    except FileNotFoundError:
        return  # who names another directory for the task may stand in one that is gone
    found = project_defaults(here, os.environ)
    complete(form, found.values)
    notes = [f"{name} is {found.values[name]!r} in {origin}" for name, origin in found.origins.items()]
    for note in (found.warning, *(notes if call.args.verbose else ())):
        if note:
            from ant_tui.output.sanitise import plain

            call.out.say(plain(f"ant-tui: {note}"))
