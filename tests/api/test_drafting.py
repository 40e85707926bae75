"""From a submission to drafts: what the workspace adds, what options take back, and what stays word by word."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from ant_tui.api.schema import Submission, SubmitText
from ant_tui.api.verbs import drafting
from ant_tui.api.verbs.drafting import Draft, drafts_of_tasks, drafts_of_text
from ant_tui.core.events import WorkspaceChanged
from ant_tui.core.state import State
from ant_tui.errors import SubmissionError
from ant_tui.submission.drafts import FormValues
from ant_tui.submission.layers import Base, base_of

ROWS: dict[str, Any] = {
    "A": 1,
    "ant_task_id": "row-[uuid8]",
    "ant_n_gpus": "2",
    "ant_conda_env_path": "/envs/row",
    "ant_conda_path": "/row/conda",
    "ant_wd": "sub",
}


def state_with(**rows: Any) -> State:
    state = State()
    state.apply(WorkspaceChanged(at=1.0, values=rows))
    return state


def drafted(command: str, *, rows: dict[str, Any] | None = None, **said: Any) -> Draft:
    said = {"workdir": "/here", "workdir_default": True, **said}
    (draft,) = drafts_of_tasks(state_with(**(ROWS if rows is None else rows)), [Submission(command=command, **said)])
    return draft


@pytest.mark.parametrize("verbatim", [True, False])
def test_workspace_holds_for_every_new_task(verbatim: bool) -> None:
    """Variables, id, GPUs, directory and conda of the workspace reach a task, however it came (rows 021, 104)."""
    draft = drafted("echo x", verbatim=verbatim)
    task = draft.task
    assert draft.id.startswith("row-")
    assert (task.variables, task.gpus, task.workdir) == ({"A": "1"}, 2, "/here/sub")
    assert (task.conda_env, task.conda_env_path, task.conda_path) == ("", "/envs/row", "/row/conda")


@pytest.mark.parametrize("verbatim", [True, False])
def test_what_the_submission_says_takes_back_the_workspace(verbatim: bool) -> None:
    """Options win over all, and a conda environment that is named wins over a directory of the workspace."""
    said: dict[str, Any] = {"id": "mine", "gpus": 0, "conda_env": "e", "conda_path": "c", "variables": {"A": "x"}}
    draft = drafted("echo x", verbatim=verbatim, workdir="/said", workdir_default=False, **said)
    task = draft.task
    assert (draft.id, task.gpus, task.variables, task.workdir) == ("mine", 0, {"A": "x"}, "/said")
    assert (task.conda_env, task.conda_env_path, task.conda_path) == ("e", "", "c")


@pytest.mark.parametrize(
    "command", ["echo {sweep a 1 2}", "echo {rand int 1 2} # no comment", "ant_n_gpus=1 ant_gpus=2", "echo 'unclosed"]
)
def test_verbatim_command_stays_as_it_is(command: str) -> None:
    """Nothing in it is filled in, cut out or checked; beside it everything is read as usual."""
    draft = drafted(command, rows={}, verbatim=True, id="x-[uuid8]", variables={"P": "{rand int 5 5}"})
    assert (draft.task.command, draft.resolved_command) == (command, command)
    assert (len(draft.id), draft.task.variables) == (10, {"P": "5"})


def test_reserved_variables_are_refused_beside_a_verbatim_command() -> None:
    """``CUDA_VISIBLE_DEVICES`` is refused in the open, not overruled in silence (row 097)."""
    with pytest.raises(SubmissionError, match="is set by the scheduler itself"):
        drafted("true", verbatim=True, variables={"CUDA_VISIBLE_DEVICES": "0"})


def test_parameters_of_each_task_are_told() -> None:
    """What made a task one of several goes along, so that the expansion can be written as a table (row 077)."""
    form = Submission(command="", workdir="/")
    text = SubmitText(text="x {lr} {sweep seed 1 2}", form=form, mode="single", parameters="lr\n0.1\n")
    drafts = drafts_of_text(State(), text)
    assert [draft.parameters for draft in drafts] == [{"lr": "0.1", "seed": "1"}, {"lr": "0.1", "seed": "2"}]


def test_what_many_tasks_have_in_common_is_made_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand tasks cost one look at form and workspace; what nothing was said about stays what was asked for."""
    looks: list[FormValues] = []

    def look(form: FormValues, rows: Mapping[str, object], *, multi: bool) -> Base:
        looks.append(form)
        return base_of(form, rows, multi=multi)

    monkeypatch.setattr(drafting, "base_of", look)
    tasks = [Submission(command=f"train {n}", workdir="/here", tags=("odd",) * (n % 2)) for n in range(1000)]
    drafts = drafts_of_tasks(state_with(), tasks)
    assert len(looks) == 2
    assert [draft.task for draft in drafts] == tasks
    assert all(draft.task is task for draft, task in zip(drafts, tasks, strict=True))
    assert len({draft.id for draft in drafts}) == 1000


def test_tasks_with_other_variables_do_not_share_them() -> None:
    """Only what is equal is shared (row 098)."""
    tasks = [Submission(command="x", workdir="/here", variables={"N": str(n)}) for n in (1, 2, 1)]
    drafts = drafts_of_tasks(state_with(N="0", M="m"), tasks)
    assert [draft.task.variables for draft in drafts] == [{"N": n, "M": "m"} for n in ("1", "2", "1")]


@pytest.mark.parametrize(
    "rows",
    [{}, {"A": 1, "ant_wd": "sub", "ant_output": "out"}, {"ant_priority": 3, "ant_tags": "x"}, {"ant_n_gpus": 2}],
)
def test_tasks_taken_as_they_are_become_together_what_they_become_alone(rows: dict[str, Any]) -> None:
    """What is read once for all of them is what each would read, whatever they differ in themselves."""
    shapes: list[dict[str, Any]] = [{}, {"priority": 7}, {"gpus": 1}, {"hold": True}, {"variables": {"A": "x"}}]
    shapes += [{"workdir_default": False}, {"tags": ("y",)}, {"output": "mine"}, {"verbatim": False}, {"id": "named"}]
    said = [
        {"verbatim": True, "workdir": "/here", "workdir_default": True, **shape} for shape in (*shapes, *shapes[:-1])
    ]
    tasks = [Submission(command=f"echo {n}", **one) for n, one in enumerate(said)]
    state = state_with(**rows)

    def told(draft: Draft) -> tuple[Any, ...]:
        return draft.task, draft.resolved_command, draft.parameters, draft.id if draft.task.id else len(draft.id)

    together = [told(draft) for draft in drafts_of_tasks(state, tasks)]
    assert together == [told(draft) for task in tasks for draft in drafts_of_tasks(state, [task])]


@pytest.mark.parametrize("text", ["{rand int 1 1000000}", "x{rand float 0.0 1.0}"])
def test_chance_in_the_workspace_is_drawn_for_each_task_taken_as_it_is(text: str) -> None:
    """Only what comes out the same each time is read once (row 021)."""
    tasks = [Submission(command="x", workdir="/here", verbatim=True) for _ in range(30)]
    drafts = drafts_of_tasks(state_with(R=text), tasks)
    assert len({draft.task.variables["R"] for draft in drafts}) > 5


def test_an_id_of_the_workspace_is_made_for_each_task_taken_as_it_is() -> None:
    """Each has its own random part (row 021)."""
    tasks = [Submission(command="x", workdir="/here", verbatim=True) for _ in range(30)]
    drafts = drafts_of_tasks(state_with(ant_task_id="run-[uuid8]"), tasks)
    assert len({draft.id for draft in drafts}) == 30


def jobs(text: str, *, rows: dict[str, Any] | None = None, parameters: str = "", **said: Any) -> list[Draft]:
    form = Submission(**{"command": "", "workdir": "/here", "workdir_default": True, **said})
    return drafts_of_text(state_with(**(rows or {})), SubmitText(text, form, "gpupeasy", parameters))


def test_jobs_of_gpupeasy_are_drafts() -> None:
    """Row 078: name, outfile and command are taken as they are, one GPU each; a place names line and job."""
    drafts = jobs("first [1];;out/1;;echo {rand int 1 9};;;\nb;;/abs;;ant_n_gpus=3 true", tags=("t",), hold=True)
    assert [(one.id, one.resolved_command, one.task.output, one.place) for one in drafts] == [
        ("first-[1]", "echo {rand int 1 9}", "/here/out/1", "line 1, job first-[1]: "),
        ("b", "ant_n_gpus=3 true", "/abs", "line 2, job b: "),
    ]
    for one in drafts:
        assert (one.task.gpus, one.task.tags, one.task.hold, one.task.workdir) == (1, ("t",), True, "/here")
        assert one.task.command == one.resolved_command


@pytest.mark.parametrize(
    ("said", "gpus"), [({"gpus": 0}, 0), ({"gpus": 2}, 2), ({"gpu_ids": ("0", "1")}, None), ({}, 1)]
)
def test_the_form_may_say_how_many_gpus_a_job_has(said: dict[str, Any], gpus: int | None) -> None:
    """Row 078: one device is what GPUPeasy gives, and what holds where nobody said another number."""
    (draft,) = jobs("a;;o;;true", **said)
    assert draft.task.gpus == gpus


def test_the_workspace_holds_for_jobs_of_gpupeasy_too() -> None:
    """Variables, directory and conda; what a job says itself (its name, its outfile, one GPU) is stronger (row 104)."""
    (draft,) = jobs("a;;o;;true", rows={**ROWS, "ant_output": "x", "R": "{rand int 5 5}"}, id="form", output="form")
    task = draft.task
    assert (draft.id, task.output, task.gpus) == ("a", "/here/sub/o", 1)
    assert (task.variables, task.workdir, task.conda_env_path) == ({"A": "1", "R": "5"}, "/here/sub", "/envs/row")


def test_jobs_of_gpupeasy_take_no_table() -> None:
    """A table that no job could use is refused, not left unread."""
    with pytest.raises(SubmissionError, match="no table"):
        jobs("a;;o;;true", parameters="x\n1\n")
