"""Earlier commands."""

from __future__ import annotations

from ant_tui.core.task import Task, TaskSpec
from ant_tui.submission.drafts import FormValues, Sources
from ant_tui.submission.multi import parse_multi
from ant_tui.ui.editor.past import Stepping, as_line, earlier_commands, matching
from tests.submission.world import sources


def known(*commands: str) -> dict[int, Task]:
    return {
        number: Task(number, f"t{number}", TaskSpec(command=command, workdir="/"), 0.0, 0.0)
        for number, command in enumerate(commands, 1)
    }


def test_newest_first_and_each_once() -> None:
    """A command that was run again is as new as its last task."""
    assert earlier_commands(known("a", "b", "a", "c")) == ["c", "a", "b"]
    assert earlier_commands(known("a", "b", "c"), most=2) == ["c", "b"]
    assert earlier_commands({}) == []


def test_words_narrow_the_list() -> None:
    """All words, anywhere, in any case."""
    commands = ["python train.py --lr 1", "Python eval.py", "sh train.sh"]
    assert matching(commands, "TRAIN python") == commands[:1]
    assert matching(commands, " ") == commands


def test_stepping_back_and_forth() -> None:
    """Back in time to the oldest, forward to what was being written."""
    steps = Stepping(["new", "old"])
    assert steps.step(1, "mine") == "new"
    assert steps.step(1, "new") == "old"
    assert steps.step(1, "old") is None
    assert steps.step(-1, "old") == "new"
    assert steps.step(-1, "new") == "mine"
    assert steps.step(-1, "mine") is None


def test_what_was_changed_by_hand_is_where_one_comes_back_to() -> None:
    """An earlier command that somebody has changed is a new beginning."""
    steps = Stepping(["new", "old"])
    assert steps.step(1, "mine") == "new"
    assert steps.step(1, "new and more") == "new"
    assert steps.step(-1, "new") == "new and more"
    assert Stepping([]).step(1, "x") is None


def test_a_script_becomes_a_line_of_multi() -> None:
    """Whatever an earlier command holds, its line in Multi is the same command again."""
    for command in ("python x.py", "cd x\npython y.py  # all", "echo 'a\nb'", "x {rand int 1 2}", "ant_n_gpus=1 x"):
        line = as_line(command)
        assert "\n" not in line
        (draft,) = parse_multi(line, form=FormValues(), env_rows={}, sources=_sources())
        assert draft.command == command


def _sources() -> Sources:
    return sources()
