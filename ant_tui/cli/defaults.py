"""What a project says about its tasks (``.ant-tui.toml``, ``ANT_TUI_…``), put where ``submit`` was told nothing."""

from __future__ import annotations

import os

from ant_tui.project import project_defaults

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ant_tui.cli.call import Call

__all__ = ["add_project_defaults"]


def add_project_defaults(call: Call, form: dict[str, Any]) -> None:
    """Complete a form, as the project of the current directory wants it.

    The directory that a project names is only a default: ``ant_wd`` in the command or in the workspace is stronger.

    Raises:
        ConfigError: the project's file or a variable cannot be used.
    """
    try:
        here = os.getcwd()
    except FileNotFoundError:
        return  # who names another directory for the task may stand in one that is gone
    found = project_defaults(here, os.environ)
    if found.warning:
        call.out.say(f"ant-tui: {_plain(found.warning)}")
    if not found.values:
        return
    wanted = dict(found.values)
    if "workdir_default" not in form:
        wanted.pop("workdir", None)
    if "gpu_ids" in form:
        wanted.pop("gpus", None)
    if "conda_env" in form or "conda_env_path" in form:  # either of them, as the directory would win over the name
        wanted.pop("conda_env", None)
        wanted.pop("conda_env_path", None)
    if "workdir" in wanted:
        form["workdir"] = wanted.pop("workdir")
    for name, value in wanted.items():
        form.setdefault(name, value)
    if call.args.verbose:
        for name, origin in found.origins.items():
            call.out.say(_plain(f"ant-tui: {name} is {found.values[name]!r} in {origin}"))


def _plain(text: str) -> str:
    from ant_tui.output.sanitise import plain

    return plain(text)
