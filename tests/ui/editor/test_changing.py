"""Changing queued tasks: what they have in common, and what a form changes."""

from __future__ import annotations

from msgspec.structs import replace

from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import Task, TaskSpec
from ant_tui.ui.editor.changing import Basis, Changes, basis_of, changes, in_words, whose
from ant_tui.ui.editor.form import Form
from ant_tui.ui.editor.variables import Variables

HERE = "/home/bo"
SPEC = TaskSpec(
    command="python x.py",
    workdir="/data",
    variables={"SEED": "1", "MODE": "fast"},
    resources=ResourceRequest(1, ("GPU-a",)),
)


def task(number: int = 1, *, held: bool = False, tags: tuple[str, ...] = (), **spec: object) -> Task:
    made = replace(SPEC, **spec)
    return Task(number, f"t{number}", made, 0.0, 0.0, held=held, tags=tags)


def basis(*tasks: Task) -> Basis:
    return basis_of(tasks, lambda uuid: {"GPU-a": "0"}.get(uuid, uuid))


def changed(found: Basis, **fields: object) -> Changes:
    return changes(found, replace(found.form, **fields), HERE)


def test_one_task_fills_the_form() -> None:
    """Every field says what the task was asked to be; unchanged, it changes nothing."""
    found = basis(task(tags=("a", "b"), held=True, resolved_command="python x.py 7"))
    assert found.form == Form(
        text="python x.py 7",
        id="t1",
        gpus="1",
        priority="10",
        workdir="/data",
        tags="a b",
        gpu_ids="0",
        hold=True,
        variables=Variables((("SEED", "1"), ("MODE", "fast"))),
    )
    assert not changed(found).any
    assert set(found.fixed) == {"conda", "pty"}
    assert whose(found) == "t1"


def test_only_what_was_changed_is_asked_for() -> None:
    """New values go out as the method takes them: lists with commas, directories absolute."""
    found = changed(
        basis(task()), text="python y.py\n", id="new name", gpus="2", priority=" 5 ", workdir="out", tags="a, b",
        gpu_ids="0-1", exclude="3",
    )  # fmt: skip
    assert found.good
    assert found.values == {
        "command": "python y.py",
        "id": "new-name",
        "gpus": "2",
        "priority": "5",
        "workdir": "/home/bo/out",
        "tags": "a,b",
        "gpu_ids": "0,1",
        "exclude_gpus": "3",
    }


def test_variables_are_set_and_taken_away() -> None:
    """Changed, new and deleted rows; null takes away as well."""
    rows = Variables((("SEED", "2"), ("NEW", '"null"'), ("MODE", "null")))
    found = changed(basis(task()), variables=rows)
    assert found.values == {"env.SEED": "2", "env.NEW": "null", "env.MODE": ""}
    assert changed(basis(task()), variables=Variables((("MODE", "fast"),))).values == {"env.SEED": ""}


def test_several_show_what_they_have_in_common() -> None:
    """A field in which they differ is empty and stays as it is; what is written holds for all."""
    one, two = task(1, tags=("a",)), task(2, tags=("b",), command="other", variables={"SEED": "2", "MODE": "fast"})
    found = basis(one, two)
    assert (found.form.text, found.form.tags, found.form.gpus) == ("", "", "1")
    assert set(found.differ) == {"text", "tags"}
    assert found.fixed["id"] == "of one task only"
    assert found.form.variables.rows == (("MODE", "fast"),)
    assert found.other_variables == ("SEED",)
    assert not changed(found).any
    assert changed(found, tags="c").values == {"tags": "c"}
    assert changed(found, tags="-").values == {"tags": ""}
    assert changed(found, text="all of them").values == {"command": "all of them"}
    rows = Variables((("MODE", "fast"), ("SEED", "null")))
    assert changed(found, variables=rows).values == {"env.SEED": ""}
    assert whose(found) == "2 tasks"


def test_holding_is_told_apart_from_values() -> None:
    """Ticking the box holds them, unticking releases them."""
    assert changed(basis(task()), hold=True).hold is True
    assert changed(basis(task(held=True)), hold=False).hold is False
    mixed = basis(task(1, held=True), task(2))
    assert changed(mixed).hold is None
    assert changed(mixed, hold=True).hold is True


def test_what_is_wrong_is_told_at_its_field() -> None:
    """Numbers, ids, folders, an emptied command, and rows that cannot be changed here."""
    rows = Variables((("ant_n_gpus", "1"), ("EMPTY", '""')))
    found = changed(basis(task()), id="3-9", gpus="", priority="x", workdir="", text=" ", variables=rows)
    assert set(found.fields) == {"id", "gpus", "priority", "workdir"}
    assert found.text == "A task needs a command."
    assert "field above" in found.variables.rows[0]
    assert "take the variable away" in found.variables.rows[1]
    assert not found.good
    text = changed(basis(task()), variables=Variables((), '{"ant_wd": "x"}'))
    assert text.variables.problem.startswith("ant_wd: ")


def test_changes_in_words() -> None:
    """The preview says what was and what would be."""
    found = basis(task())
    rows = Variables((("SEED", "2"), ("NEW", "x")))
    said = dict(in_words(changed(found, gpus="2", gpu_ids="", hold=True, variables=rows), found))
    assert said == {
        "gpus": "1 → 2",
        "gpu_ids": "0 → none",
        "SEED": "1 → 2",
        "NEW": "x",
        "MODE": "fast → is taken away",
        "held": "yes",
    }
