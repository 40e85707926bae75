"""``edit`` and ``retry --edit``: keys, and the person's editor."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, ended, outcome, task

QUEUED = task(
    7,
    command="echo one\necho two",
    tags=["x"],
    env={"A": "1", "B": "2"},
    resources={"gpus": 1, "gpu_ids": ["GPU-a"], "exclude_gpus": []},
)


@pytest.fixture
def editor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make ``$EDITOR`` a program that replaces texts in the file."""

    def edits(*pairs: tuple[str, str], code: int = 0) -> Path:
        program = tmp_path / "my editor"
        seen = tmp_path / "seen"
        program.write_text(
            f"#!{sys.executable}\nimport os, pathlib, sys\nfile = pathlib.Path(sys.argv[-1])\ntext = file.read_text()\n"
            f"pathlib.Path({str(seen)!r}).write_text(oct(os.stat(file).st_mode & 0o777) + '\\n' + text)\n"
            f"for old, new in {pairs!r}:\n    assert old in text, old\n    text = text.replace(old, new)\n"
            f"file.write_text(text)\nsys.exit({code})\n"
        )
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        monkeypatch.setenv("EDITOR", f"'{program}' --wait")
        monkeypatch.delenv("VISUAL", raising=False)
        return seen

    return edits


def test_keys_are_sent_as_they_were_typed(run: Run, fake: FakeScheduler) -> None:
    """``--set`` sends each key; variables have the prefix ``env.``."""
    fake.answers["edit"] = {"tasks": [task(7)], "schema": 1}
    result = run("edit", "7", "--set", "gpus=2", "--set", "env.LR=0.1=x", "--set", "gpu_ids=0-2")
    assert fake.last == ("edit", {"task": "7", "values": {"gpus": "2", "env.LR": "0.1=x", "gpu_ids": "0,1,2"}})
    assert "gpus, env.LR, gpu_ids" in result.err
    assert json.loads(run("edit", "7", "--set", "gpus=2", "--json").out) == fake.answers["edit"]


def test_editor_gets_toml_and_only_differences_are_sent(run: Run, fake: FakeScheduler, editor: Any) -> None:
    """The task is shown as a private TOML file with secrets unmasked; what was changed, added and removed is sent."""
    seen = editor(("gpus = 1", "gpus = 0"), ('A = "1"', 'C = "3"'), ("echo two", "echo 2"), ('"x"', '"x", "y"'))
    fake.answers["show"] = {"tasks": [QUEUED], "schema": 1}
    fake.answers["edit"] = {"tasks": [QUEUED], "schema": 1}
    assert run("edit", "7").code == 0
    assert ("show", {"tasks": ["7"], "secrets": True}) in fake.requests
    values = {"command": "echo one\necho 2", "gpus": "0", "tags": "x,y", "env.A": "", "env.C": "3"}
    assert fake.last == ("edit", {"task": "7", "values": values})
    text = seen.read_text()
    assert text.startswith("0o600\n# Task 7.")
    assert '"""\necho one\necho two"""' in text


def test_nothing_changed_sends_nothing(run: Run, fake: FakeScheduler, editor: Any) -> None:
    """Leaving the editor without a change asks for nothing."""
    editor()
    fake.answers["show"] = {"tasks": [QUEUED], "schema": 1}
    result = run("edit", "7")
    assert (result.code, fake.last[0]) == (0, "show")
    assert "Nothing was changed" in result.err


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("gpus = 1", "gpus = ", "not TOML"),
        ("gpus = 1", 'gpus = "one"', "whole number"),
        ("gpus = 1", "gpsu = 1", "did you mean gpus?"),
        ('A = "1"', "A = 1", "The variable A"),
        ('tags = [\n    "x",\n]', 'tags = "x"', "list"),
        ("[env]", "[environment]", "environment"),
    ],
)
def test_wrong_text_is_kept_and_named(
    run: Run, fake: FakeScheduler, editor: Any, old: str, new: str, said: str
) -> None:
    """What cannot be understood changes nothing, and the text is not lost."""
    editor((old, new))
    fake.answers["show"] = {"tasks": [QUEUED], "schema": 1}
    result = run("edit", "7")
    assert (result.code, fake.last[0]) == (2, "show")
    assert said in result.err
    kept = Path(result.err.strip().rpartition(" ")[2])
    assert new in kept.read_text()
    kept.unlink()


def test_failing_editor_changes_nothing(run: Run, fake: FakeScheduler, editor: Any) -> None:
    """An editor that fails means "forget it"."""
    editor(("gpus = 1", "gpus = 2"), code=1)
    fake.answers["show"] = {"tasks": [QUEUED], "schema": 1}
    result = run("edit", "7")
    assert (result.code, fake.last[0]) == (1, "show")
    Path(result.err.strip().rpartition(" ")[2]).unlink()


def test_missing_editor_is_named(run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is not there is named, and what to set."""
    monkeypatch.setenv("EDITOR", "/no/such/editor")
    monkeypatch.delenv("VISUAL", raising=False)
    fake.answers["show"] = {"tasks": [QUEUED], "schema": 1}
    result = run("edit", "7")
    assert result.code == 1
    assert "/no/such/editor" in result.err
    assert "EDITOR" in result.err
    Path(result.err.strip().rpartition(" ")[2]).unlink()


def test_running_task_is_refused_before_the_editor_opens(run: Run, fake: FakeScheduler) -> None:
    """Nobody writes a text that is thrown away afterwards."""
    fake.answers["show"] = {"tasks": [task(7, state="running")], "schema": 1}
    result = run("edit", "7")
    assert result.code == 5
    assert "retry --edit" in result.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "one task"),
        (["7", "8"], "one task"),
        (["7", "--set", "gpus"], "KEY=VALUE"),
        (["7", "--set", "gpu=1"], "did you mean gpus?"),
        (["7", "--set", "env.=1"], "key"),
    ],
)
def test_bad_input_is_refused(run: Run, fake: FakeScheduler, words: list[str], said: str) -> None:
    """Every mistake is a usage error, and nothing is asked."""
    result = run("edit", *words)
    assert (result.code, fake.requests) == (2, [])
    assert said in result.err


class TestRetryEdited:
    @pytest.fixture(autouse=True)
    def answers(self, fake: FakeScheduler) -> None:
        fake.answers |= {
            "show": {"tasks": [ended(7, "failed", 1)], "schema": 1},
            "retry": {"results": [outcome("task-7-restart-1", number=9)], "schema": 1},
        }

    def test_repetition_is_queued_as_it_is_to_be(self, run: Run, fake: FakeScheduler, editor: Any) -> None:
        """One request repeats and changes the task, so that nothing starts in between and no queue is paused."""
        editor(("gpus = 0", "gpus = 1"))
        assert run("retry", "7", "--edit").code == 0
        assert fake.requests[1:] == [("retry", {"tasks": ["7"], "values": {"gpus": "1"}})]

    def test_refused_change_is_told(self, run: Run, fake: FakeScheduler, editor: Any) -> None:
        """A repetition that cannot be what was wanted is not queued, and the code says so."""
        refused = outcome("task-7", False, "9 GPUs asked for.", "refused")
        fake.answers["retry"] = {"results": [refused], "schema": 1}
        editor(("gpus = 0", "gpus = 9"))
        result = run("retry", "7", "--edit")
        assert (result.code, result.err) == (5, "ant-tui: 9 GPUs asked for.\n")

    def test_keys_can_be_set_without_an_editor(self, run: Run, fake: FakeScheduler) -> None:
        """``--set`` is what ``edit`` has."""
        assert run("retry", "7", "--set", "gpus=2", "--set", "env.LR=0.1").code == 0
        assert fake.requests == [("retry", {"tasks": ["7"], "values": {"gpus": "2", "env.LR": "0.1"}})]
        assert run("retry", "7", "--set", "gpu=2").code == 2
        assert run("retry", "7", "--set", "gpus=2", "--edit").code == 2

    def test_no_change_is_a_plain_repetition(self, run: Run, fake: FakeScheduler, editor: Any) -> None:
        """Leaving the editor without a change repeats the task as it was."""
        editor()
        assert run("retry", "7", "--edit").code == 0
        assert [method for method, _ in fake.requests] == ["show", "retry"]

    def test_queued_task_is_refused_before_the_editor_opens(
        self, run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody writes a text that is thrown away afterwards: what waits is changed by ``edit``."""
        monkeypatch.setenv("EDITOR", "/nowhere/editor")
        fake.answers["show"] = {"tasks": [task(7)], "schema": 1}
        result = run("retry", "7", "--edit")
        assert (result.code, [method for method, _ in fake.requests]) == (5, ["show"])
        assert "still queued" in result.err
        assert "ant-tui edit task-7" in result.err

    @pytest.mark.parametrize(("verb", "said"), [("retry", "one at a time is changed and queued"), ("edit", "edit cha")])
    def test_name_of_several_is_refused_in_the_verbs_own_words(
        self, run: Run, fake: FakeScheduler, verb: str, said: str
    ) -> None:
        """``7,8`` is one word and two tasks."""
        fake.answers["show"] = {"tasks": [ended(7), ended(8)], "schema": 1}
        words = ("7,8", "--edit") if verb == "retry" else ("7,8",)
        result = run(verb, *words)
        assert result.code == 2
        assert "This means 2 tasks; " + said in result.err

    def test_only_one_task_can_be_edited(self, run: Run) -> None:
        """``--edit`` and ``--set`` go with one name."""
        assert run("retry", "7", "8", "--edit").code == 2
        assert run("retry", "--state", "failed", "--set", "gpus=1").code == 2
