"""The tools: what an agent may do, with the types, bounds and sentences that it is told. Each is one verb."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import anyio.to_thread
from pydantic import Field

from ant_tui.bounds import MOST_GPUS
from ant_tui.errors import Refused, TimedOut
from ant_tui.mcp.answers import counted, outcomes, summary
from ant_tui.mcp.door import Door, hang_up
from ant_tui.output.ansi_text import render_plain
from ant_tui.output.log_file import LogFile

__all__ = ["Tools"]

_MOST_CHARACTERS = 60_000
"""Characters of output in one answer; more would only push the rest out of an agent's sight."""
_READ_BYTES = 1 << 20
_LONGEST_TEXT = 10_000_000

Tasks = Annotated[
    list[str], Field(min_length=1, max_length=1000, description="ids, numbers, ranges (3-9), or 'last' for the newest")
]
OneTask = Annotated[str, Field(min_length=1, description="an id, a number, or 'last' for the newest")]
Gpus = Annotated[list[str], Field(min_length=1, max_length=1000, description="indices as in nvidia-smi, or UUIDs")]
Limit = Annotated[int, Field(ge=1, le=500, description="how many at most")]
Text = Annotated[str, Field(description="only tasks in which each of these words occurs")]
State = Literal[
    "queued", "starting", "running", "suspended", "completing", "completed", "failed", "cancelled", "timeout",
    "out_of_memory", "lost", "recoverable",
]  # fmt: skip
Directory = Annotated[str, Field(description="absolute path where it runs; the server's directory if left out")]
Tags = Annotated[list[str], Field(max_length=100, description="free words to find the task by")]
DryRun = Annotated[bool, Field(description="only say what would be queued")]


class Tools:
    """The verbs of one scheduler. Public methods are the tools; their first line is what the agent reads first."""

    def __init__(self, door: Door) -> None:
        """Speak through a door."""
        self._door = door

    def submit(
        self,
        command: Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT, description="a shell command or script")],
        id: Annotated[str, Field(description="unique id or a template: train-[uuid8]; random if left out")] = "",
        gpus: Annotated[int | None, Field(ge=0, le=MOST_GPUS, description="how many GPUs; 0 for none")] = None,
        workdir: Directory = "",
        key: Annotated[str, Field(description="submitting the same key again returns the first task")] = "",
        tags: Tags = [],  # noqa: B006 — never changed; None would change the schema
        variables: Annotated[dict[str, str], Field(description="environment variables")] = {},  # noqa: B006
        priority: Annotated[int | None, Field(ge=-1_000_000, le=1_000_000, description="lower runs sooner")] = None,
        gpu_ids: Annotated[list[str], Field(description="choose from these GPUs")] = [],  # noqa: B006
        exclude_gpus: Annotated[list[str], Field(description="never use these GPUs")] = [],  # noqa: B006
        conda_env: Annotated[str, Field(description="name of the conda environment to run in")] = "",
        output: Annotated[
            str, Field(description="file for the output, as seen from workdir; must not exist; a log if left out")
        ] = "",
        hold: Annotated[bool, Field(description="do not start it before release")] = False,
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        """Queue one task; with {sweep lr 1e-3 1e-4} in the command one for each value.

        {rand int A B} in the command is drawn once per task (ports). Do not write cd: give workdir. A command that was
        submitted with a key can be submitted again without a second task.
        """
        said = {
            "id": id, "gpus": gpus, "workdir": workdir, "key": key, "tags": tags, "variables": variables,
            "priority": priority, "gpu_ids": gpu_ids, "exclude_gpus": exclude_gpus, "conda_env": conda_env,
            "output": output, "hold": hold,
        }  # fmt: skip
        task = {"command": command, **self._door.form(said)}
        request = {"tasks": [task], "environment": self._door.environment, "dry_run": dry_run}
        return self._door.ask("submit", request, start=not dry_run)

    def submit_text(
        self,
        text: Annotated[str, Field(min_length=1, max_length=_LONGEST_TEXT, description="one command a line")],
        workdir: Directory = "",
        gpus: Annotated[int | None, Field(ge=0, le=MOST_GPUS, description="for lines without ant_n_gpus=")] = None,
        tags: Tags = [],  # noqa: B006
        parameters: Annotated[str, Field(description="CSV: a task for each row, {column} filled in from it")] = "",
        mode: Annotated[
            Literal["multi", "gpupeasy"], Field(description="a command a line, or jobs: name;;outfile;;command;;;")
        ] = "multi",
        dry_run: DryRun = False,
    ) -> dict[str, Any]:
        """Queue many tasks, one a line, all or none; a line may begin with ant_task_id=ID ant_n_gpus=N.

        Sweeps ({sweep seed 1..3}) and rows of parameters make several tasks of a line. Try it with dry_run first.
        """
        form = {"command": "", **self._door.form({"workdir": workdir, "gpus": gpus, "tags": tags})}
        request = {"text": text, "form": form, "environment": self._door.environment, "dry_run": dry_run, "mode": mode}
        if parameters:
            request["parameters"] = parameters
        return self._door.ask("submit_text", request, start=not dry_run)

    def queue(
        self,
        states: Annotated[list[State], Field(description="only tasks in these states")] = [],  # noqa: B006
        tag: Annotated[str, Field(description="only tasks with this tag")] = "",
        text: Text = "",
        limit: Limit = 50,
    ) -> dict[str, Any]:
        """List tasks: what runs, what waits and why, what ended lately; with the number of tasks in each state."""
        request = {"states": states, "tag": tag, "text": text}
        found = self._door.ask("queue", {name: said for name, said in request.items() if said})
        counts = {state: count for state, count in found["counts"].items() if count}
        answer = {**counted(found["tasks"], limit), "counts": counts, "paused": found["paused"]}
        return {**answer, "trouble": found["trouble"]} if found.get("trouble") else answer

    def show(self, tasks: Tasks) -> dict[str, Any]:
        """Everything about tasks: command, directory, resources, attempts, exit code, path of the log."""
        return self._door.ask("show", {"tasks": tasks})

    def explain(self, tasks: Tasks) -> dict[str, Any]:
        """Why tasks wait, and for what; or what became of them."""
        return self._door.ask("explain", {"tasks": tasks})

    def history(
        self,
        failed: Annotated[bool, Field(description="only those that did not complete")] = False,
        text: Text = "",
        limit: Limit = 20,
    ) -> dict[str, Any]:
        """List ended tasks, the newest last."""
        found = self._door.ask("history", {"limit": limit, "failed": failed, "text": text})
        return counted(found["tasks"], limit)

    def logs(
        self,
        task: OneTask,
        lines: Annotated[int, Field(ge=1, le=1000, description="how many of the last lines")] = 50,
        attempt: Annotated[int | None, Field(ge=1, description="of which start; the last if left out")] = None,
    ) -> dict[str, Any]:
        """The last lines of a task's output, readable: no control sequences, a progress bar is one line."""
        (found,) = self._one(task)
        attempts = found["attempts"]
        if not attempts:
            raise Refused(f"{found['id']} has not started (it is {found['state']}), so it has no output.")
        chosen = [one for one in attempts if attempt in (None, one["attempt"])]
        if not chosen:
            often = "once" if len(attempts) == 1 else f"{len(attempts)} times"
            raise Refused(f"{found['id']} was started {often}; there is no attempt {attempt}.")
        path = str(chosen[-1]["log_path"])
        with LogFile(path) as log:
            size = log.size()
            start = max(log.tail_start(lines, size or 1), size - _READ_BYTES)
            text = render_plain(log.read(start, size - start) if size else b"")
        shown = text[-_MOST_CHARACTERS:]
        return {
            "id": found["id"],
            "state": found["state"],
            "exit_code": chosen[-1]["exit_code"],
            "text": shown,
            "complete": start == 0 and len(shown) == len(text),
            "size": size,
            "path": path,
        }

    async def wait(
        self,
        tasks: Tasks,
        timeout_s: Annotated[float, Field(gt=0, le=3600, description="give up after so many seconds")] = 45,
        any: Annotated[bool, Field(description="return when one of them has ended")] = False,
    ) -> dict[str, Any]:
        """Wait until tasks have ended, but not for ever: timed_out says that they go on; then look at logs, wait again.

        Keep timeout_s below the time after which you give up a call yourself.
        """
        connection = self._door.connect()
        request = {"tasks": tasks, "any": any, "timeout": timeout_s}
        try:
            found = await anyio.to_thread.run_sync(
                lambda: connection.call("wait", request, timeout=None), abandon_on_cancel=True
            )
        except TimedOut:
            found = self._door.ask("show", {"tasks": tasks})
            return {"timed_out": True, "tasks": [summary(task) for task in found["tasks"]]}
        finally:
            hang_up(connection)
        return {"timed_out": False, "tasks": [summary(task) for task in found["tasks"]]}

    def cancel(self, tasks: Tasks) -> dict[str, Any]:
        """End tasks: a queued one leaves the queue, a running one gets TERM, some seconds of grace, then KILL."""
        return outcomes(self._door.ask("cancel", {"tasks": tasks}))

    def retry(self, tasks: Tasks) -> dict[str, Any]:
        """Queue ended tasks once more, as new tasks with ids of their own (ID-restart-1), which the results name."""
        return outcomes(self._door.ask("retry", {"tasks": tasks}))

    def hold(self, tasks: Tasks) -> dict[str, Any]:
        """Keep queued tasks from starting until they are released."""
        return outcomes(self._door.ask("hold", {"tasks": tasks}))

    def release(self, tasks: Tasks) -> dict[str, Any]:
        """Let held tasks go."""
        return outcomes(self._door.ask("release", {"tasks": tasks}))

    def move(
        self,
        tasks: Tasks,
        to: Annotated[Literal["top", "bottom", "up", "down", "before", "after"], Field(description="where to")],
        by: Annotated[int, Field(ge=1, le=1_000_000, description="places, for up and down")] = 1,
        other: Annotated[str, Field(description="the other task, for before and after")] = "",
    ) -> dict[str, Any]:
        """Change the order of queued tasks among those of the same priority."""
        return outcomes(self._door.ask("move", {"tasks": tasks, "to": to, "by": by, "other": other}))

    def gpus(self) -> dict[str, Any]:
        """All GPUs: state, which task holds each, foreign processes, load and memory. Look here before you submit."""
        return self._door.ask("gpus")

    def gpus_enable(self, gpus: Gpus) -> dict[str, Any]:
        """Hand GPUs out again."""
        return outcomes(self._door.ask("gpus_enable", {"gpus": gpus}))

    def gpus_disable(self, gpus: Gpus) -> dict[str, Any]:
        """Hand GPUs out no more; what runs on them goes on."""
        return outcomes(self._door.ask("gpus_disable", {"gpus": gpus}))

    def pause(self) -> dict[str, Any]:
        """Start no further tasks of anybody until unpause; running ones go on."""
        return self._door.ask("pause")

    def unpause(self) -> dict[str, Any]:
        """Start tasks again."""
        return self._door.ask("unpause")

    def _one(self, name: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self._door.ask("show", {"tasks": [name]})["tasks"]
        if len(found) != 1:
            raise Refused(f"'{name}' means {len(found)} tasks; output is shown of one at a time.")
        return found
