"""A task as text that makes it again: as a line for the editor or a file of tasks, and as a command of the shell."""

from __future__ import annotations

from collections.abc import Callable

from ant_tui.core.secrets import looks_secret
from ant_tui.core.task import DEFAULT_PRIORITY, Task
from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.printing import print_draft
from ant_tui.ui.editor.command_line import submit_line
from ant_tui.ui.editor.form import Made, form_of_task

__all__ = ["as_line", "as_submit", "left_out", "secrets_in"]


def as_line(task: Task, gpu_name: Callable[[str], str]) -> str:
    """One line of the editor (Single or Multi) that makes the same task again, with an id of its own (row 080).

    Args:
        task: any task.
        gpu_name: UUID → how people call that GPU.
    """
    spec = task.spec
    draft = TaskDraft(
        command=spec.command,
        resolved_command=spec.final_command,
        gpus=spec.resources.gpus,
        gpu_ids=tuple(map(gpu_name, spec.resources.gpu_ids)),
        priority=None if spec.priority == DEFAULT_PRIORITY else spec.priority,
        tags=task.tags,
        variables=dict(spec.variables),
        workdir=spec.workdir,
        conda_env=spec.conda_env or None,
        conda_env_path=spec.conda_env_path or None,
        conda_path=spec.conda_path or None,
    )
    return print_draft(draft, with_id=False)


def as_submit(task: Task, gpu_name: Callable[[str], str]) -> str:
    """The ``ant-tui submit`` that makes the same task again; values that look secret are masked in it."""
    made = Made.of(form_of_task(task, gpu_name), "/")
    return submit_line(task.spec.command, made.submission, multi=False)


def left_out(task: Task) -> list[str]:
    """What a line cannot say of a task, in words."""
    found = ["GPUs to stay away from"] if task.spec.resources.exclude_gpus else []
    found += ["its output file"] if task.spec.output else []  # no two tasks have the same
    return found + (["its terminal"] if task.spec.pty else [])


def secrets_in(task: Task) -> list[str]:
    """The names of variables whose values look secret and are in its line all the same."""
    return sorted(name for name in task.spec.variables if looks_secret(name))
