"""The verb of the command line that does the same as a form; shown, not run."""

from __future__ import annotations

import shlex

from ant_tui.api.schema import Submission
from ant_tui.core.secrets import MASK, looks_secret
from ant_tui.core.task import DEFAULT_PRIORITY

__all__ = ["submit_line"]


def submit_line(text: str, asked: Submission, *, multi: bool) -> str:
    """``ant-tui submit`` with the options of a submission.

    Values of variables whose names look secret are masked.

    Args:
        text: the command, or in Multi the commands.
        asked: all but the command.
        multi: whether every line is a task.
    """
    words = ["ant-tui", "submit"]
    if asked.id:
        words += ["-J", asked.id]
    if asked.gpus is not None:
        words += ["-G", str(asked.gpus)]
    if asked.gpu_ids:
        words += ["--gpu-ids", ",".join(asked.gpu_ids)]
    if asked.exclude_gpus:
        words += ["--exclude-gpus", ",".join(asked.exclude_gpus)]
    if asked.priority != DEFAULT_PRIORITY:
        words += ["-p", str(asked.priority)]
    if not asked.workdir_default:
        words += ["-D", asked.workdir]
    for name, value in asked.variables.items():
        words += ["-e", f"{name}={MASK if looks_secret(name) else value}"]
    words += [word for tag in asked.tags for word in ("--tag", tag)]
    for option, value in (
        ("--conda-env", asked.conda_env),
        ("--conda-env-path", asked.conda_env_path),
        ("--conda-path", asked.conda_path),
        ("--output", asked.output),
    ):
        words += [option, value] if value else []
    words += ["-H"] if asked.hold else []
    words += ["--pty"] if asked.pty else []
    if multi:
        return f"{shlex.join([*words, '--file', '-'])} <<'END'  # the text above, and a line END behind it"
    return shlex.join([*words, "--", text.rstrip()])
