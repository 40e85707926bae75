"""Which of several places wins."""

from __future__ import annotations

import pytest

from ant_tui.submission.drafts import FormValues
from tests.submission.world import multi, one, refused, single


def test_of_ids() -> None:
    """Row 021: inline > environment row > form > none (the caller's random one)."""
    form, rows = FormValues(id="form"), {"ant_task_id": "row"}
    assert single("ant_task_id=inline x", form=form, rows=rows)[0].id == "inline"
    assert single("x", form=form, rows=rows)[0].id == "row"
    assert single("x", form=form)[0].id == "form"
    assert single("x")[0].id is None
    assert single("x", form=FormValues(id="  "))[0].id is None


@pytest.mark.parametrize("value", ["", "none", "None", "null", " NULL ", None])
def test_an_empty_id_row_says_nothing(value: object) -> None:
    """Row 022: empty, none and null are treated as absent."""
    assert single("x", form=FormValues(id="form"), rows={"ant_task_id": value})[0].id == "form"
    assert multi("x", rows={"ant_task_id": value})[0].id is None


def test_of_gpu_counts_in_single() -> None:
    """Row 063, row 008: inline > environment row > form > default; an explicit 0 counts everywhere."""
    form, rows = FormValues(gpus=2), {"ant_n_gpus": 0}
    assert single("ant_n_gpus=0 x", form=form, rows={"ant_n_gpus": 3}, default_gpus=1)[0].gpus == 0
    assert single("x", form=form, rows=rows, default_gpus=1)[0].gpus == 0
    assert single("x", form=FormValues(gpus=0), default_gpus=1)[0].gpus == 0
    assert single("x", default_gpus=1)[0].gpus == 1
    assert single("x", default_gpus=None)[0].gpus is None


def test_multi_ignores_the_forms_id_and_gpu_count() -> None:
    """Row 060, row 061: in Multi neither counts, so a batch without ids is no batch of duplicates."""
    form = FormValues(id="form", gpus=7, priority=3, tags=("t",))
    drafts = multi("a\nb", form=form, rows={"ant_n_gpus": 2})
    assert [(d.id, d.gpus, d.priority, d.tags) for d in drafts] == [(None, 2, 3, ("t",))] * 2
    assert multi("a", form=form, default_gpus=1)[0].gpus == 1


@pytest.mark.parametrize(
    ("value", "gpus"), [("4", 4), (4, 4), (" 2 ", 2), (None, 1), ("", 1), ("none", 1), ("null", 1)]
)
def test_gpu_counts_of_environment_rows(value: object, gpus: int) -> None:
    """Row 067: the text "4" is 4; null is ignored, in Multi as well."""
    assert multi("x", rows={"ant_n_gpus": value}, default_gpus=1)[0].gpus == gpus


@pytest.mark.parametrize("value", ["four", -1, True, 1.5, [1], {"a": 1}, 10**40, 10**9])
def test_bad_gpu_counts_of_environment_rows(value: object) -> None:
    """Row 067, row 122: anything else is refused and never reaches a scheduler."""
    (reason,) = refused(lambda: multi("a\nb", rows={"ant_n_gpus": value}))
    assert reason.startswith("environment row ant_n_gpus: ")
    assert "no number of GPUs" in reason


def test_gpu_ids_give_the_number_where_nothing_else_does() -> None:
    """Row 123: who names two GPUs and no number wants two."""
    assert one("ant_gpu_ids=3,5 x").gpus == 2
    assert one("ant_gpu_ids=3,5 ant_n_gpus=1 x").gpus == 1
    assert multi("ant_gpu_ids=3,5 x", default_gpus=None)[0].gpus is None
    assert multi("x", form=FormValues(gpu_ids=("0",)))[0].gpu_ids == ("0",)


def test_lists_in_environment_rows() -> None:
    """Row 123: a row may hold a JSON list where an argument takes several, or a lone number."""
    draft = multi("x", rows={"ant_gpu_ids": [0, "1"], "ant_tags": ["a", "b"]})[0]
    assert (draft.gpu_ids, draft.tags) == (("0", "1"), ("a", "b"))
    assert multi("x", rows={"ant_gpu_ids": 2})[0].gpu_ids == ("2",)
    assert "true is no list" in refused(lambda: multi("x", rows={"ant_tags": True}))[0]
    assert "'a,b' holds a comma" in refused(lambda: multi("x", rows={"ant_tags": ["a,b"]}))[0]
    assert "tags: 'a,b' holds a comma" in refused(lambda: multi("x", form=FormValues(tags=("c", "a,b"))))[0]
    assert "a name in the list is empty" in refused(lambda: multi("x", rows={"ant_tags": ["a", " "]}))[0]


def test_of_variables() -> None:
    """Row 066: ant_envar over the form's variables over environment rows, name by name; null takes one away."""
    rows = {"A": "row", "B": "row", "C": "row", "D": None}
    form = FormValues(variables={"A": "form", "B": "form"})
    draft = multi('ant_envar={"A": "inline", "C": null} x', rows=rows, form=form)[0]
    assert draft.variables == {"A": "inline", "B": "form"}


def test_of_directories_and_environments() -> None:
    """Row 090, row 091, row 092, row 093: ant_wd and ant_conda_* come from ant_envar, from rows, from the form."""
    rows = {"ant_wd": "~/row", "ant_conda_env": "row", "ant_conda_env_path": "/row", "ant_conda_path": "/opt/conda"}
    form = FormValues(workdir="/form", conda_env="form")
    draft = multi('ant_envar={"ant_wd": "~/in line", "ant_conda_env": "inline"} x', rows=rows, form=form)[0]
    assert (draft.workdir, draft.conda_env) == ("~/in line", "inline")
    assert (draft.conda_env_path, draft.conda_path, draft.variables) == ("/row", "/opt/conda", {})
    assert multi("x", form=form)[0].workdir == "/form"


@pytest.mark.parametrize("value", [None, "", "none", "NULL"])
def test_empty_special_rows_say_nothing(value: object) -> None:
    """Row 094, row 093: null, none and empty values of the four special variables are ignored."""
    names = ("ant_wd", "ant_conda_env", "ant_conda_env_path", "ant_conda_path")
    draft = single("x", rows=dict.fromkeys(names, value), form=FormValues(workdir="/form"))[0]
    assert (draft.workdir, draft.conda_env, draft.conda_env_path, draft.conda_path) == ("/form", None, None, None)
    assert draft.variables == {}


def test_a_null_in_ant_envar_hides_a_row() -> None:
    """Row 094: what a command says to be nothing is nothing for that command."""
    drafts = multi('ant_envar={"ant_wd": null} a\nb', rows={"ant_wd": "/row"})
    assert [draft.workdir for draft in drafts] == [None, "/row"]


@pytest.mark.parametrize(
    ("rows", "reason"),
    [
        ({"": "x"}, "environment row (no name): a name is missing."),
        ({"A B": "x"}, "environment row A B: 'A B' is no name of a variable"),
        (
            {"CUDA_VISIBLE_DEVICES": "0"},
            "environment row CUDA_VISIBLE_DEVICES: CUDA_VISIBLE_DEVICES is set by the scheduler",
        ),
        ({"A": "\0"}, "environment row A: A: the value"),
        ({"ant_wd": ["x"]}, "environment row ant_wd: a list is no text"),
        ({"ant_wd": True}, "environment row ant_wd: true is no text"),
        ({"ant_conda_env": "a\nb"}, "environment row ant_conda_env: 'a\\nb' holds a line break"),
        ({"ant_foo": 1}, "environment row ant_foo: 'ant_foo' is no argument"),
    ],
)
def test_bad_rows_are_errors_that_name_the_row(rows: dict[str, object], reason: str) -> None:
    """Row 097, row 102: a bad row is refused once for the whole batch; so are the scheduler's own variables."""
    reasons = refused(lambda: multi("a\nb", rows=rows))
    assert len(reasons) == 1
    assert reasons[0].startswith(reason)


def test_bad_values_of_the_form_are_errors() -> None:
    """Row 122: the form's values pass the same checks."""
    form = FormValues(gpus=-1, gpu_ids=("x",), variables={"A B": "1", "ant_wd": "/x"})
    assert [reason.split(":")[0] for reason in refused(lambda: single("x", form=form))] == [
        "variable ant_wd",
        "variable A B",
        "gpus",
        "gpu_ids",
    ]
