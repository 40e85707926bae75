"""What a task is given when it starts: its final command, its environment, and what its job directory tells of it.

Pure but for the few variables that are read from our own environment once. How a job begins is ``starts``.
"""

from __future__ import annotations

import os

from ant_tui.core.secrets import masked
from ant_tui.core.state import State
from ant_tui.core.task import Task, TaskSpec
from ant_tui.executors.conda import inside_conda
from ant_tui.executors.job_directory import Job
from ant_tui.executors.terminal import COLUMNS, LINES, on_terminal

__all__ = ["job_of"]

_BASE_ENVIRONMENT = {
    name: os.environ[name] for name in ("PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG") if name in os.environ
}
"""What even a task that takes nothing along gets to see."""

_TERMINAL_ENVIRONMENT = {"TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "LINES": str(LINES)}


def job_of(state: State, task: Task, *, header_in_file: bool) -> Job:
    """Everything that is needed to start the present attempt of a task.

    Args:
        state: knows the environment that was taken along.
        task: has an attempt.
        header_in_file: whether the log itself gets a header and a footer.
    """
    attempt = task.attempt
    assert attempt is not None
    terminal = _TERMINAL_ENVIRONMENT if task.spec.pty else {}
    environment = {
        **_BASE_ENVIRONMENT,
        "PYTHONUNBUFFERED": "1",
        **terminal,
        **state.environment_of(task),
        "PWD": task.spec.workdir,
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(str(gpu.index) for gpu in task.gpus),
        "ANT_TASK_ID": task.id,
        "ANT_TASK_NUMBER": str(task.number),
        "ANT_TASK_ATTEMPT": str(attempt.number),
    }
    return Job(
        number=task.number,
        attempt=attempt.number,
        id=task.id,
        command=_final_command(task.spec),
        shell=task.spec.shell,
        workdir=task.spec.workdir,
        environment=environment,
        gpus=task.gpus,
        submitted_at=task.submitted_at,
        starting_at=attempt.starting_at,
        submitted_command=task.spec.command,
        variables=masked(task.spec.variables),
        header_in_file=header_in_file,
        output=task.spec.output,
        output_again=attempt.number > 1 or bool(task.spec.retried_from),
    )


def _final_command(spec: TaskSpec) -> str:
    """The text that the wrapper runs: the command, in its environment, on its terminal."""
    command = inside_conda(
        spec.final_command, spec.shell, env=spec.conda_env, env_path=spec.conda_env_path, conda=spec.conda_path
    )
    return on_terminal(command, spec.shell) if spec.pty else command
