"""What the fields say, and the request that they make."""

from __future__ import annotations

import os

from msgspec.structs import replace

from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import Task, TaskSpec
from ant_tui.ui.editor.form import Form, Made, form_of_defaults, form_of_task, gpu_names
from ant_tui.ui.editor.variables import Variables

HERE = "/home/bo/project"


def test_fields_become_a_submission() -> None:
    """Every field is where the scheduler looks for it; blanks around do not count."""
    form = Form(
        text="python x.py",
        id=" run-[uuid8] ",
        gpus="2",
        priority="-3",
        workdir="data",
        tags="a, b a",
        conda="torch",
        gpu_ids="0-2",
        exclude="7 GPU-5d",
        hold=True,
        pty=True,
        output=" out/{sweep lr}.txt ",
        variables=Variables((("SEED", "1"),)),
    )
    made = Made.of(form, HERE)
    assert made.good
    asked = made.submission
    assert (asked.id, asked.gpus, asked.priority) == ("run-[uuid8]", 2, -3)
    assert (asked.workdir, asked.workdir_default) == (f"{HERE}/data", False)
    assert (asked.tags, asked.conda_env, asked.conda_env_path) == (("a", "b"), "torch", "")
    assert (asked.gpu_ids, asked.exclude_gpus) == (("0", "1", "2"), ("7", "GPU-5d"))
    assert (asked.hold, asked.pty, asked.variables) == (True, True, {"SEED": "1"})
    assert asked.output == "out/{sweep lr}.txt"  # where it is to run is known to the scheduler alone


def test_an_empty_form_leaves_everything_to_the_scheduler() -> None:
    """Nothing that was not said is asked for, and ``ant_wd`` may still name another directory."""
    asked = Made.of(Form(text="true"), HERE).submission
    assert (asked.gpus, asked.priority, asked.id, asked.tags) == (None, 10, "", ())
    assert (asked.workdir, asked.workdir_default) == (HERE, True)


def test_what_is_wrong_is_told_for_each_field_and_left_out() -> None:
    """All that is wrong is told at once, and the rest still makes a request, so that the text is checked too."""
    made = Made.of(Form(gpus="two", priority="high", gpu_ids="x", exclude="0 0-", tags="ok"), HERE)
    assert set(made.fields) == {"gpus", "priority", "gpu_ids", "exclude"}
    assert "'two' is no number of GPUs" in made.fields["gpus"]
    assert (made.submission.gpus, made.submission.gpu_ids, made.submission.tags) == (None, (), ("ok",))
    assert not made.good


def test_multi_leaves_id_and_gpus_to_the_lines() -> None:
    """Row 061: the form's own id and number of GPUs do not count in Multi."""
    made = Made.of(Form(text="a\nb", multi=True, id="x", gpus="4", priority="3"), HERE)
    assert (made.submission.id, made.submission.gpus, made.submission.priority) == ("", None, 3)
    request = made.request(Form(text="a\nb", multi=True), {}, dry_run=True)
    assert (request.mode, request.dry_run, request.text) == ("multi", True, "a\nb")


def test_rows_are_stronger_than_fields() -> None:
    """Rows that begin with ant_ say the same as fields, and win over them as everywhere; the folder is the field's."""
    rows = (("ant_n_gpus", "3"), ("ant_conda_env_path", "~/env"), ("ant_conda_path", "mamba"), ("ant_wd", "sub"))
    made = Made.of(Form(gpus="1", variables=Variables(rows)), HERE)
    asked = made.submission
    assert (asked.gpus, asked.conda_path, asked.workdir) == (3, "mamba", f"{HERE}/sub")
    assert asked.conda_env_path == "~/env"
    assert Made.of(Form(workdir="/x", variables=Variables(rows)), HERE).submission.workdir == "/x"
    assert asked.variables == {}


def test_in_multi_a_row_gives_no_id() -> None:
    """One id for many tasks cannot be; the row says where ids go."""
    rows = Variables((("A", "1"), ("ant_task_id", "x")))
    made = Made.of(Form(text="a", multi=True, variables=rows), HERE)
    assert list(made.variables.rows) == [1]
    assert "ant_task_id=" in made.variables.rows[1]
    assert made.submission.variables == {"A": "1"}
    text = Variables((), '{"ant_task_id": "x"}')
    assert "ant_task_id=" in Made.of(Form(text="a", multi=True, variables=text), HERE).variables.problem


def test_folders() -> None:
    """The home, relative and absolute directories are understood; a conda directory is told by its slash."""
    home = os.path.expanduser("~")
    assert Made.of(Form(workdir="~/x"), HERE).submission.workdir == f"{home}/x"
    assert Made.of(Form(workdir="../y/"), HERE).submission.workdir == "/home/bo/y"
    assert Made.of(Form(conda="envs/t"), HERE).submission.conda_env_path == f"{HERE}/envs/t"


def test_ranges_of_gpus() -> None:
    """``0,2-4`` names four GPUs; what is no range stays as it is."""
    assert gpu_names("0,2-4 GPU-5d-1") == ("0", "2", "3", "4", "GPU-5d-1")
    assert gpu_names("4-2") == ("4-2",)
    assert gpu_names(" ") == ()


def test_defaults_of_a_project() -> None:
    """What a project says stands in the fields from the beginning."""
    values = {"gpus": 2, "tags": ["a", "b"], "conda_env": "torch", "conda_path": "mamba", "workdir": "/data"}
    form = form_of_defaults(values, HERE)
    assert (form.gpus, form.tags, form.conda, form.workdir) == ("2", "a b", "torch", "/data")
    assert form.variables.rows == (("ant_conda_path", "mamba"),)
    assert form_of_defaults({"workdir": HERE}, HERE) == Form()


def test_a_form_of_a_task_asks_for_the_same_again() -> None:
    """Cloning: everything but the id, so that the copy can be queued beside it."""
    spec = TaskSpec(
        command="python x.py\necho done",
        workdir="/data",
        variables={"SEED": "1", "S": "null"},
        priority=3,
        resources=ResourceRequest(2, ("GPU-b", "GPU-a"), ("GPU-c",)),
        pty=True,
        conda_env="torch",
        conda_path="mamba",
    )
    task = Task(7, "vit", spec, 0.0, 0.0, tags=("x", "y"))
    form = form_of_task(task, lambda uuid: {"GPU-a": "0", "GPU-b": "1"}.get(uuid, uuid))
    asked = Made.of(form, HERE).submission
    assert form.text == spec.command
    assert asked.id == ""
    assert (asked.gpus, asked.gpu_ids, asked.exclude_gpus) == (2, ("1", "0"), ("GPU-c",))
    assert (asked.workdir, asked.priority, asked.tags, asked.pty) == ("/data", 3, ("x", "y"), True)
    assert (asked.variables, asked.conda_env, asked.conda_path) == ({"SEED": "1", "S": "null"}, "torch", "mamba")
    plain = form_of_task(replace(task, spec=TaskSpec(command="true", workdir="/")), str)
    assert (plain.priority, plain.variables.rows) == ("", ())
