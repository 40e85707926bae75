"""What is told of ended tasks, and in which forms."""

from __future__ import annotations

import json
import re

from hypothesis import given
from hypothesis import strategies as st

from ant_tui.config import Settings, load_settings
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.notify.notice import EndedTask, Notice, document, summary, variables
from tests.conftest import ROOT
from tests.notify.tasks import SENDER, ended, told

ONE = Notice((told(),), {"failed": 1})
MANY = Notice(tuple(told(n) for n in range(1, 21)), {"failed": 900, "timeout": 100, "lost": 0})
NEVER = EndedTask.of(ended(attempts=(), starts=0, state=TaskState.CANCELLED, detail="", tags=()), "")


class TestText:
    def test_says_which_task_and_how_it_ended(self) -> None:
        """Row 218: one line is enough to know what happened."""
        assert ONE.text == "task-7: failed, exit code 3"
        assert Notice((NEVER,), {"cancelled": 1}).text == "task-7: cancelled"
        assert summary("a", "out_of_memory", "") == "a: out of memory"
        assert summary("a", "cancelled", "cancelled") == "a: cancelled"
        assert summary("a", "cancelled", "cancelled, ended by SIGTERM") == "a: cancelled, ended by SIGTERM"

    def test_counts_many_and_names_some(self) -> None:
        """Of a thousand, how many of which kind, and the first few ids."""
        assert MANY.count == 1000
        assert MANY.text == "1000 tasks ended: 900 failed, 100 timeout (task-1, task-2, task-3, task-4, task-5, …)"

    @given(st.text(min_size=1), st.text())
    def test_is_one_clean_line(self, task_id: str, detail: str) -> None:
        """No id or reason can bring a control character along."""
        assert Notice((told(id=task_id, detail=detail),), {"failed": 1}).text.isprintable()
        assert Notice((told(id=task_id),), {"failed": 2}).text.isprintable()


class TestDocument:
    def test_of_one_task(self) -> None:
        """The JSON that ``docs/configuration.md`` describes; no variable of the task is in it."""
        assert document(ONE, SENDER) == {
            "schema": 1,
            "event": "tasks_ended",
            "text": "task-7: failed, exit code 3",
            "machine": "gpu-box",
            "data_dir": "/data/ant",
            "count": 1,
            "counts": {"failed": 1},
            "tasks": [
                {
                    "id": "task-7",
                    "number": 7,
                    "state": "failed",
                    "detail": "exit code 3",
                    "exit_code": 3,
                    "signal": None,
                    "attempt": 2,
                    "command": "python train.py",
                    "workdir": "/home/ada",
                    "gpu_ids": [3, 0],
                    "tags": ["night", "a"],
                    "submitted_at": "2026-09-21T14:13:20.250Z",
                    "started_at": "2026-09-21T14:14:20.000Z",
                    "finished_at": "2026-09-21T14:15:21.000Z",
                    "runtime_s": 60.5,
                    "log_path": "/data/ant/jobs/7.2/output.log",
                }
            ],
        }

    def test_of_a_task_that_never_started(self) -> None:
        """What there is none of is null, not missing."""
        (task,) = document(Notice((NEVER,), {"cancelled": 1}), SENDER)["tasks"]
        assert [task[name] for name in ("exit_code", "signal", "started_at", "runtime_s", "log_path")] == [None] * 5
        assert (task["attempt"], task["gpu_ids"]) == (0, [])

    def test_of_many_names_the_first(self) -> None:
        """A notice about a thousand stays small."""
        made = document(MANY, SENDER)
        assert (made["count"], made["counts"], len(made["tasks"])) == (1000, {"failed": 900, "timeout": 100}, 20)

    def test_page_shows_it_as_it_is(self) -> None:
        """The example in ``docs/configuration.md`` has exactly these names."""
        page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
        example = re.search(r"```json\n(\{\"schema\".*?)```", page, re.DOTALL)
        assert example
        shown, made = json.loads(example[1]), document(ONE, SENDER)
        assert list(shown) == list(made)
        assert list(shown["tasks"][0]) == list(made["tasks"][0])


class TestVariables:
    def test_hold_the_task(self) -> None:
        """Everything of the JSON is there as a variable whose name begins with ANT_TUI_."""
        assert variables(ONE, SENDER) == {
            "ANT_TUI_TEXT": "task-7: failed, exit code 3",
            "ANT_TUI_COUNT": "1",
            "ANT_TUI_MACHINE": "gpu-box",
            "ANT_TUI_DATA_DIR": "/data/ant",
            "ANT_TUI_TASK_IDS": "task-7",
            "ANT_TUI_TASK_ID": "task-7",
            "ANT_TUI_TASK_NUMBER": "7",
            "ANT_TUI_TASK_STATE": "failed",
            "ANT_TUI_TASK_DETAIL": "exit code 3",
            "ANT_TUI_TASK_EXIT_CODE": "3",
            "ANT_TUI_TASK_SIGNAL": "",
            "ANT_TUI_TASK_ATTEMPT": "2",
            "ANT_TUI_TASK_COMMAND": "python train.py",
            "ANT_TUI_TASK_WORKDIR": "/home/ada",
            "ANT_TUI_TASK_GPUS": "3,0",
            "ANT_TUI_TASK_TAGS": "night,a",
            "ANT_TUI_TASK_SUBMITTED_AT": "2026-09-21T14:13:20.250Z",
            "ANT_TUI_TASK_STARTED_AT": "2026-09-21T14:14:20.000Z",
            "ANT_TUI_TASK_FINISHED_AT": "2026-09-21T14:15:21.000Z",
            "ANT_TUI_TASK_RUNTIME_S": "60.500",
            "ANT_TUI_TASK_LOG": "/data/ant/jobs/7.2/output.log",
        }
        never = variables(Notice((NEVER,), {"cancelled": 1}), SENDER)
        assert all(never[f"ANT_TUI_TASK_{name}"] == "" for name in ("EXIT_CODE", "STARTED_AT", "RUNTIME_S", "LOG"))

    def test_are_no_settings(self) -> None:
        """A command may call ant-tui: none of these names is taken for a setting."""
        assert not any("__" in name for name in variables(ONE, SENDER))
        assert load_settings(ROOT / "config" / "default.toml", environ=variables(ONE, SENDER)) == Settings()

    def test_do_not_mark_the_command_as_a_task(self) -> None:
        """The name by which a task's processes are known is not among them."""
        assert "ANT_TUI_TASK" not in variables(ONE, SENDER)

    def test_are_all_on_the_page(self) -> None:
        """``docs/configuration.md`` names each of them."""
        page = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
        for name in variables(ONE, SENDER):
            assert f"`{name}`" in page, name

    @given(st.text(st.characters(), max_size=50))
    def test_can_be_given_to_a_process(self, text: str) -> None:
        """NUL, half characters, huge commands: nothing keeps the command from being run."""
        task = told(id=text, detail=text, tags=(text,), spec=TaskSpec(command=text * 3000, workdir=text))
        for name, value in variables(Notice((task,), {"failed": 1}), SENDER).items():
            raw = f"{name}={value}".encode()
            assert b"\0" not in raw
            assert len(raw) < 128 * 1024
