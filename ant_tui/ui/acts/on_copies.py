"""Acts that take something of the selected tasks out of the screen: into the clipboard, or into files."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence

from ant_tui.api.documents import OutcomeDocument
from ant_tui.client.caller import first_folder
from ant_tui.core.task import Task
from ant_tui.errors import AntError
from ant_tui.output.export import export_log
from ant_tui.output.header import describe_footer
from ant_tui.ui.acts.host import Act, Host
from ant_tui.ui.acts.outcomes import tell
from ant_tui.ui.dialogs.ask_line import AskLine
from ant_tui.ui.dialogs.choose import Choice, Choose
from ant_tui.ui.editor.completion import FolderSuggester
from ant_tui.ui.editor.form import folder
from ant_tui.ui.editor.purposes import gpu_names_of
from ant_tui.ui.figures import count
from ant_tui.ui.situation import Situation
from ant_tui.ui.task_text import as_line, as_submit, left_out, secrets_in

__all__ = ["ACTS"]

_MOST = 10_000
"""Tasks of which a text is made; a clipboard holds far less."""

_WHAT: Mapping[str, tuple[str, str]] = {
    "id": ("id", ""),
    "command": ("command", "what the shell runs"),
    "line": ("line", "makes the same task again, in the editor"),
    "submit": ("submit command", "the same for a shell; secrets are masked"),
    "path": ("path of the log", ""),
}
"""What can be copied → its name, and what it is."""


async def _copy(host: Host, situation: Situation) -> None:
    tasks = situation.tasks[:_MOST]
    whose = tasks[0].id if len(tasks) == 1 else count(len(tasks), "task")
    choices = [Choice(what, label, help) for what, (label, help) in _WHAT.items()]
    what = await host.ask(Choose(f"Copy of {whose}", choices))
    if what is not None:
        _copy_as(host, tasks, what)


async def _copy_line(host: Host, situation: Situation) -> None:
    _copy_as(host, situation.tasks[:_MOST], "line")


def _copy_as(host: Host, tasks: Sequence[Task], what: str) -> None:
    gpu_name = gpu_names_of(host.client)
    texts: Mapping[str, Callable[[Task], str]] = {
        "id": lambda task: task.id,
        "command": lambda task: task.spec.final_command,
        "line": lambda task: as_line(task, gpu_name),
        "submit": lambda task: as_submit(task, gpu_name),
        "path": lambda task: host.log_path(task.number),
    }
    lines = [text for task in tasks if (text := texts[what](task))]
    if not lines:
        host.say(f"No log yet: {'it has' if len(tasks) == 1 else 'they have'} not started.", "warn")
        return
    how = host.copy("\n".join(lines))
    name = _WHAT[what][0]
    if len(tasks) > 1:
        said = count(len(lines), name, "paths of logs" if what == "path" else "")
    else:
        said = tasks[0].id if what == "id" else f"The {name} of {tasks[0].id}"
    host.say(f"{said} copied {how}.{_but(tasks, what)}", "good")


def _but(tasks: Sequence[Task], what: str) -> str:
    """What somebody should know who pastes it."""
    if what == "submit" and any(task.spec.output for task in tasks):
        return " Without: its output file."
    if what != "line":
        return ""
    secrets = sorted({name for task in tasks for name in secrets_in(task)})
    missing = sorted({word for task in tasks for word in left_out(task)})
    held = f" It holds the value of {', '.join(secrets[:3])}." if secrets else ""
    return held + (f" Without: {', '.join(missing)}." if missing else "")


async def _export(host: Host, situation: Situation) -> None:
    started = [task for task in situation.tasks if host.log_path(task.number)]
    if not started:
        host.say("None of these tasks has started, so there is no log.", "warn")
        return
    here = first_folder()
    others = len(situation.tasks) - len(started)
    lines = [f"{count(len(started), 'log')}, each as ID.log: what ran, its output, how it ended."]
    lines += [f"{count(others, 'other selected task')} {'has' if others == 1 else 'have'} no log."] if others else []
    asked = AskLine(
        f"Export {'the log of ' + started[0].id if len(started) == 1 else count(len(started), 'log')} into a folder",
        lines,
        value="ant-tui-logs",
        placeholder="a folder; it is made if it is not there",
        check=lambda text: _wrong_folder(text, here),
        suggester=FolderSuggester(here),
        enter="export",
    )
    answer = await host.ask(asked)
    if answer is None:
        return
    into = folder(answer.strip(), here)
    if len(started) > 1:
        host.say(f"Exporting {count(len(started), 'log')} …")
    results = await asyncio.to_thread(_write_all, into, [(task, host.log_path(task.number)) for task in started])
    left = f"{count(others, 'other')} {'has' if others == 1 else 'have'} no log" if others else ""
    await tell(host, results, f"exported to {into}", left)


def _wrong_folder(text: str, here: str) -> str:
    path = folder(text.strip(), here)
    if not text.strip():
        return "Name a folder."
    if os.path.exists(path) and not os.path.isdir(path):
        return "That is a file, not a folder."
    return ""


def _write_all(into: str, logs: Sequence[tuple[Task, str]]) -> list[OutcomeDocument]:
    try:
        os.makedirs(into, exist_ok=True)
    except OSError as error:
        why = f"The folder {into} cannot be made: {error.strerror or error}."
        return [OutcomeDocument(task.id, False, why, task.number) for task, _ in logs]
    return [_write(task, path, into) for task, path in logs]


def _write(task: Task, path: str, into: str) -> OutcomeDocument:
    target = os.path.join(into, f"{task.id.replace('/', '_')}.log")
    try:
        export_log(path, target, _footer(task))
    except AntError as error:
        return OutcomeDocument(task.id, False, error.sentence, task.number, error.kind)
    return OutcomeDocument(task.id, True, f"The log of {task.id} is in {target}.", task.number)


def _footer(task: Task) -> list[str]:
    attempt = task.attempt
    if attempt is None or task.ended_at is None:
        return []
    return describe_footer(
        task.state,
        exit_code=attempt.exit_code,
        signal=attempt.signal,
        stopped_at=attempt.finished_at or attempt.exited_at,
        started_at=attempt.started_at,
        detail=task.detail,
    )


ACTS: Mapping[str, Act] = {"task.copy": _copy, "task.copy_line": _copy_line, "task.export": _export}
