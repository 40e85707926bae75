"""``submit``: what is asked of the scheduler, and what is said."""

from __future__ import annotations

import io
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.cli.submitting import gpu_list, quoted
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, ended, error


@pytest.fixture(autouse=True)
def accepting(fake: FakeScheduler) -> FakeScheduler:
    def submit(params: dict[str, Any]) -> dict[str, Any]:
        tasks = [
            {
                "id": one.get("id") or "made",
                "number": 7 + place,
                "state": "queued",
                "command": one["command"],
                "resolved_command": one["command"],
                "gpus": one.get("gpus", 0),
                "existing": False,
                "workdir": one["workdir"],
            }
            for place, one in enumerate(params["tasks"])
        ]
        return {"tasks": tasks, "dry_run": params["dry_run"], "warnings": [], "schema": 1}

    fake.answers["submit"] = submit
    fake.answers["submit_text"] = lambda params: submit(
        {**params, "tasks": [{**params["form"], "command": line} for line in params["text"].split("\n") if line]}
    )
    return fake


def one(fake: FakeScheduler) -> dict[str, Any]:
    """The only task that was submitted."""
    method, params = fake.last
    assert method == "submit"
    (task,) = params["tasks"]
    assert isinstance(task, dict)
    return task


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["--", "python", "a b.py", "--lr", "0.1"], "python 'a b.py' --lr 0.1"),
        (["--", "echo hi && exit 3"], "echo hi && exit 3"),
        (["echo hi | wc"], "echo hi | wc"),
        (["python", "train.py", "--gpus", "3", "-p"], "python train.py --gpus 3 -p"),
        (["-G", "2", "python", "-u", "x.py"], "python -u x.py"),
        (["-Hp5", "true"], "true"),
        (["-Hp", "5", "true"], "true"),
        (["--gpus=2", "--", "--strange"], "--strange"),
        (["--", "echo", "it's", ""], "echo 'it'\"'\"'s' ''"),
        (["--", "--", "x"], "-- x"),
        (["--", "printf", "ä\n"], "printf 'ä\n'"),
    ],
)
def test_command_is_taken_word_by_word(run: Run, fake: FakeScheduler, words: list[str], command: str) -> None:
    """Words after ``--``, or from the first that is no option, are the command; one word is a shell line."""
    assert run("submit", *words).code == 0
    assert one(fake)["command"] == command


@given(st.lists(st.text(st.characters(exclude_characters="\0", codec="utf-8")), min_size=1, max_size=5))
def test_words_are_quoted_as_the_standard_library_quotes_them(words: list[str]) -> None:
    """A POSIX shell that reads quoted words gives them back, whatever is in them."""
    text = " ".join(map(quoted, words))
    assert text == shlex.join(words)
    assert shlex.split(text) == words


def test_quoted_words_survive_a_real_shell() -> None:
    """``sh`` agrees with the property above."""
    words = ["a b", "$HOME", "`x`", "it's", "", "*", "a\nb", "-n", "ä", "\\", '"']
    text = " ".join(map(quoted, words))
    done = subprocess.run(["sh", "-c", f"printf '%s\\0' {text}"], capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == words


def test_every_option_reaches_the_request(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """Each option is sent in the field that it means (row 332)."""
    words = ["-J", "run-[uuid8]", "-G", "2", "--gpu-ids", "0,2-4", "--exclude-gpus", "GPU-ab-1", "-p", "0", "-H"]
    words += ["-D", str(tmp_path), "-e", "A=1", "-e", "B=x=y", "--tag", "t1", "--tag", "t2", "--key", "k", "--pty"]
    assert run("submit", *words, "--", "true").code == 0
    assert one(fake) == {
        "command": "true",
        "id": "run-[uuid8]",
        "gpus": 2,
        "gpu_ids": ["0", "2", "3", "4"],
        "exclude_gpus": ["GPU-ab-1"],
        "priority": 0,
        "hold": True,
        "workdir": str(tmp_path),
        "variables": {"A": "1", "B": "x=y"},
        "tags": ["t1", "t2"],
        "key": "k",
        "pty": True,
    }


def test_what_was_not_said_is_left_to_the_scheduler(run: Run, fake: FakeScheduler) -> None:
    """Without options only command and directory are sent, so that the scheduler's defaults hold."""
    run("submit", "true")
    assert one(fake) == {"command": "true", "workdir": os.getcwd(), "workdir_default": True}


def test_zero_gpus_is_not_the_same_as_no_answer(run: Run, fake: FakeScheduler) -> None:
    """``-G 0`` is sent, because the default may be another number."""
    run("submit", "-G", "0", "true")
    assert one(fake)["gpus"] == 0


def test_directory_is_made_absolute(run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch) -> None:
    """A relative directory counts from here, and ``~`` is the home."""
    run("submit", "-D", "sub/../x", "true")
    assert one(fake)["workdir"] == os.path.join(os.getcwd(), "x")
    monkeypatch.setenv("HOME", "/home/somebody")
    run("submit", "--chdir=~/y", "true")
    assert one(fake)["workdir"] == "/home/somebody/y"


def test_directory_that_is_gone_is_told(run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standing in a removed directory is a usage error that says what to do."""
    gone = tmp_path / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    result = run("submit", "true")
    assert result.code == 2
    assert "-D" in result.err


class TestEnvironment:
    def test_everything_is_taken_along_but_the_terminal(
        self, run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """By default the caller's environment goes along, without its terminal's size, its tmux and our own mark."""
        monkeypatch.setenv("CONDA_PREFIX", "/opt/conda")
        for name in ("COLUMNS", "LINES", "TMUX", "ANT_TUI_TASK", "PWD", "SHLVL"):
            monkeypatch.setenv(name, "x")
        run("submit", "true")
        environment = fake.last[1]["environment"]
        assert environment["CONDA_PREFIX"] == "/opt/conda"
        assert environment["PATH"] == os.environ["PATH"]
        assert not {"COLUMNS", "LINES", "TMUX", "ANT_TUI_TASK", "PWD", "SHLVL"} & set(environment)

    def test_nothing_is_taken_along(self, run: Run, fake: FakeScheduler) -> None:
        """``--export none`` sends no environment."""
        run("submit", "--export", "NONE", "true")
        assert fake.last[1]["environment"] == {}

    def test_only_named_variables_are_taken_along(
        self, run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """``--export NAMES`` sends these, and refuses a name that is not set."""
        monkeypatch.setenv("ONE", "1")
        run("submit", "--export", "ONE", "true")
        assert fake.last[1]["environment"] == {"ONE": "1"}
        result = run("submit", "--export", "ONE,MISSING_ONE", "true")
        assert result.code == 2
        assert "MISSING_ONE" in result.err

    def test_value_that_is_no_text_is_left_out_and_told(
        self, run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A variable of odd bytes does not keep the task from being queued."""
        monkeypatch.setenv("ODD", "\udcff")
        result = run("submit", "true")
        assert result.code == 0
        assert "ODD" in result.err
        assert "ODD" not in fake.last[1]["environment"]


class TestFile:
    def test_file_is_sent_as_one_text(self, run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
        """``--file`` sends the text and what the options say about every line."""
        file = tmp_path / "many"
        file.write_text("\ufeffecho one\necho two\n", encoding="utf-8")
        result = run("submit", "--file", str(file), "-G", "1")
        method, params = fake.last
        assert method == "submit_text"
        assert params["text"] == "echo one\necho two\n"
        assert params["form"] == {"command": "", "workdir": os.getcwd(), "workdir_default": True, "gpus": 1}
        assert result.out.count("is queued") == 2

    @pytest.mark.parametrize("words", [["-"], ["--file", "-"], ["-", "--dry-run"], ["-p1", "-"]])
    def test_stdin_is_read(
        self, run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch, words: list[str]
    ) -> None:
        """``-`` is stdin, wherever it stands among the options."""
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"true\n")))
        assert run("submit", *words).code == 0
        assert fake.last[1]["text"] == "true\n"

    def test_file_of_odd_bytes_is_refused_with_its_line(self, run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
        """A file that is no text names the line; nothing is asked of the scheduler."""
        file = tmp_path / "many"
        file.write_bytes(b"echo one\necho \xff\n")
        result = run("submit", "--file", str(file))
        assert result.code == 2
        assert "line 2" in result.err
        assert not fake.requests


class TestOutput:
    def test_people_read_a_sentence(self, run: Run) -> None:
        """A submission tells id, number and command on stdout."""
        result = run("submit", "-J", "a", "-G", "2", "--", "echo", "hi")
        assert result.out == "a (7) is queued with 2 GPUs: echo hi\n"
        assert result.err == ""

    def test_scripts_read_the_id_alone(self, run: Run) -> None:
        """``--parsable`` prints nothing but the id, also when quiet."""
        assert run("submit", "-J", "a", "--parsable", "-q", "true").out == "a\n"

    def test_dry_run_says_so(self, run: Run, fake: FakeScheduler) -> None:
        """``--dry-run`` asks for nothing to be queued and says what would be."""
        assert "would be queued" in run("submit", "--dry-run", "true").out
        assert fake.last[1]["dry_run"] is True

    def test_key_of_an_earlier_task_is_told(self, run: Run, fake: FakeScheduler) -> None:
        """The same key again names the first task and is no error."""
        first = {"id": "a", "number": 1, "state": "running", "resolved_command": "x", "gpus": 0, "existing": True}
        fake.answers["submit"] = {"tasks": [first], "dry_run": False, "warnings": [], "schema": 1}
        result = run("submit", "--key", "k", "true")
        assert result.code == 0
        assert "submitted before" in result.out

    def test_control_characters_do_not_reach_the_terminal(self, run: Run) -> None:
        """What a command holds is shown harmlessly."""
        assert "\x1b" not in run("submit", "--", "echo", "\x1b[2J").out

    def test_refusal_names_every_reason(self, run: Run, fake: FakeScheduler) -> None:
        """A batch that is refused lists what is wrong with each line."""
        fake.answers["submit"] = error("refused", 5, "Nothing was queued.", ("Line 1: x.", "Line 2: y."))
        result = run("submit", "true")
        assert result.code == 5
        assert result.err.splitlines() == ["ant-tui: Nothing was queued.", "  Line 1: x.", "  Line 2: y."]


class TestWait:
    def test_own_code_is_returned(self, run: Run, fake: FakeScheduler) -> None:
        """``--wait`` returns the task's own code."""
        fake.answers["wait"] = {"tasks": [ended(7, "failed", 3)], "schema": 1}
        result = run("submit", "--wait", "true")
        assert result.code == 3
        assert fake.last == ("wait", {"tasks": ["7"]})

    def test_parsable_prints_the_id_and_nothing_else(self, run: Run, fake: FakeScheduler) -> None:
        """A script gets the id and the code."""
        fake.answers["wait"] = {"tasks": [ended(7)], "schema": 1}
        assert run("submit", "-J", "a", "--wait", "--parsable", "true").out == "a\n"

    def test_json_is_one_document(self, run: Run, fake: FakeScheduler) -> None:
        """With ``--json`` the document is about how it ended."""
        fake.answers["wait"] = {"tasks": [ended(7)], "schema": 1}
        assert json.loads(run("submit", "--wait", "--json", "true").out) == fake.answers["wait"]

    def test_many_complete_or_fail(self, run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
        """Of many tasks, one that fails makes the code 1."""
        file = tmp_path / "many"
        file.write_text("true\nfalse\n")
        fake.answers["wait"] = {"tasks": [ended(7), ended(8, "failed", 9)], "schema": 1}
        assert run("submit", "--file", str(file), "--wait").code == 1


@pytest.mark.parametrize(
    ("words", "hinted"),
    [
        (["python x.py --lr 1", "-q"], True),
        (["--", "python x.py --lr 1", "-G", "1"], True),
        (["./no such/program", "x"], True),
        (["-q", "python x.py --lr 1", "--json"], False),
        (["python x.py --lr 1"], False),
        (["python", "x.py --lr 1", "-q"], False),
        (["./my program", "-q"], False),
    ],
)
def test_shell_line_with_words_behind_it_is_hinted_at(
    run: Run, fake: FakeScheduler, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], hinted: bool
) -> None:
    """What follows a command belongs to it, so options that came too late are queued as said, but not in silence."""
    monkeypatch.chdir(tmp_path)
    program = tmp_path / "my program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    result = run("submit", *words)
    assert (result.code, fake.last[0]) == (0, "submit")
    assert ("Options of submit stand before the command" in result.err) is hinted
    assert len(result.err.splitlines()) == hinted


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "no command"),
        (["--"], "no command"),
        (["--", "", "  "], "no command"),
        (["-G", "two", "true"], "-G/--gpus"),
        (["-G", "", "true"], "-G/--gpus: is empty"),
        (["-J", "", "true"], "-J/--id: is empty"),
        (["--id=", "true"], "-J/--id: is empty"),
        (["--gpu-ids", "", "true"], "--gpu-ids: is empty"),
        (["--exclude-gpus", "", "true"], "--exclude-gpus: is empty"),
        (["--tag", "a", "--tag", "", "true"], "--tag: is empty"),
        (["--key", "", "true"], "--key: is empty"),
        (["-D", "", "true"], "-D/--chdir: is empty"),
        (["--conda-env", "", "true"], "--conda-env: is empty"),
        (["--file", ""], "--file: is empty"),
        (["-G", "-1", "true"], "from 0"),
        (["-G", "9" * 40, "true"], "whole number"),
        (["-G", "1.5", "true"], "whole number"),
        (["-p", "high", "true"], "-p/--priority"),
        (["-e", "novalue", "true"], "NAME=VALUE"),
        (["-e", "1A=x", "true"], "'1A' is no name of a variable"),
        (["-e", "=x", "true"], "'' is no name of a variable"),
        (["--gpu", "2", "true"], "did you mean --gpus?"),
        (["--time", "1", "true"], "There is no option --time. See: ant-tui submit --help"),
        (["--priorty=2", "true"], "did you mean --priority?"),
        (["-Z", "true"], "-Z"),
        (["-HZ", "true"], "-HZ"),
        (["-J"], "expected one argument"),
        (["--file", "f", "true"], "not both"),
        (["--file", "/no/such/file"], "/no/such/file"),
        (["--file", "/dev/null", "--key", "k"], "--key"),
        (["--export", "", "true"], "--export"),
        (["--", "echo", "\udcff"], "UTF-8"),
        (["-J", "\udcff", "true"], "UTF-8"),
    ],
)
def test_bad_input_is_refused_before_anything_is_asked(
    run: Run, fake: FakeScheduler, words: list[str], said: str
) -> None:
    """Every mistake gives one sentence that names it, a code that is not 0, and no request (row 338)."""
    result = run("submit", *words)
    assert result.code in (1, 2)
    assert said in result.err
    assert len(result.err.splitlines()) == 1
    assert result.out == ""
    assert not fake.requests


def test_list_of_gpus_may_hold_ranges() -> None:
    """Indices, ranges and UUIDs can be mixed; a UUID's dashes are no range."""
    assert gpu_list("0,2-4, GPU-5d-1,") == ["0", "2", "3", "4", "GPU-5d-1"]
