"""ANT's environment slots."""

from __future__ import annotations

from typing import Any

from ant_tui.importing.ant_slots import slots_plan


def slot(name: str = "", **envar: Any) -> dict[str, Any]:
    return {"index": 0, "name": name, "envar": envar, "saved_at": 1.0, "is_empty": not envar}


def test_filled_slots_keep_place_name_and_types() -> None:
    """Values stay typed, null and the special rows included; empty slots are left (row 105)."""
    plan = slots_plan("f", {"slots": [slot(), slot("night", A=1, ant_n_gpus=2, ant_conda_env=None), slot(B="x")]})
    assert [(one.slot, one.name, one.values) for one in plan.slots] == [
        (2, "night", {"A": 1, "ant_n_gpus": 2, "ant_conda_env": None}),
        (3, "Slot 3", {"B": "x"}),
    ]
    assert [one.what for one in plan.left] == ["slot 1"]


def test_variables_that_cannot_be_are_told() -> None:
    """A bad name or value costs that variable alone; a slot of nothing else is left with the reason (row 102)."""
    bad = {"CUDA_VISIBLE_DEVICES": "0", "": "x", "ant_gpus": 1, "ant_n_gpus": "two"}
    plan = slots_plan("f", {"slots": [slot("mixed", A=1, **bad), slot("bad", **bad), None, {"envar": []}]})
    assert [(one.values, len(one.notes)) for one in plan.slots] == [({"A": 1}, 4)]
    assert [one.what for one in plan.left] == ["slot 2, bad", "slot 3", "slot 4"]
    assert "did you mean ant_n_gpus?" in plan.left[0].why
    assert "ant_n_gpus: 'two' is no number of GPUs" in plan.left[0].why
