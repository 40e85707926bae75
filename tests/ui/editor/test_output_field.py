"""The field of a task's output file: what it suggests, and what of it is a change."""

from __future__ import annotations

from pathlib import Path

import pytest

from ant_tui.api.schema import Submission
from tests.ui.apps import screen_says
from tests.ui.editor.test_screen import editor, here

__all__ = ["here"]


async def test_suggestions_begin_at_the_tasks_folder(tmp_path: Path, here: Path) -> None:
    """A relative file is completed from where the task runs: the field above, or where the screen was started."""
    (here / "results_here").mkdir()
    (here / "work" / "results_work").mkdir(parents=True)
    async with editor(tmp_path) as (hands, open_):
        output = open_.field("output")
        output.focus()
        await hands.write("res")
        await hands.until(lambda: output._suggestion == "results_here/", "a directory beside the screen's start")
        open_.field("workdir").value = "work"
        await hands.write("u")
        await hands.until(lambda: output._suggestion == "results_work/", "a directory in the folder above")
        await hands.press("right")
        await hands.write("x.txt")
        open_.put("true")
        await hands.until_shown("1 task would be queued")


@pytest.mark.parametrize(
    "written", ["out/mine.txt", "~/w/out/mine.txt", "{home}/w/./out/mine.txt", "{home}/link/mine.txt"]
)
async def test_the_same_file_written_differently(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str) -> None:
    """A queued task may keep its own file, however that is said; its neighbour's it is refused."""
    home = tmp_path / "home"
    (home / "w" / "out").mkdir(parents=True)
    (home / "link").symlink_to(home / "w" / "out")
    monkeypatch.setenv("HOME", str(home))
    work = str(home / "w")
    tasks = [
        Submission("true", work, id=name, output=f"{work}/out/{name}.txt") for name in ("mine", "theirs")
    ]  # fmt: skip
    async with editor(tmp_path, key="e", tasks=tasks) as (hands, open_):
        output = open_.field("output")
        output.value = written.replace("mine", "theirs").format(home=home)
        await hands.until(lambda: output.has_class("-wrong"), "what is wrong")
        await hands.until(
            lambda: "is that of task 2, theirs" in " ".join(screen_says(hands.app).replace("┃", " ").split()),
            "whose it is",
        )
        output.value = written.format(home=home)
        await hands.until(lambda: not output.has_class("-wrong"), "nothing wrong")
        await open_.submit()
        await hands.until_said("mine is changed.")
        assert Path(hands.tasks["mine"].spec.output).resolve() == home / "w" / "out" / "mine.txt"
        assert "that of task" not in screen_says(hands.app)
