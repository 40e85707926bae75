"""The frame of every call: finding the verb, global options, failures of every kind, and no traceback."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from ant_tui import __version__
from ant_tui.cli import listing
from ant_tui.cli.arguments import parser_of
from ant_tui.cli.call import Call
from ant_tui.cli.verbs import START, VERBS, command_of
from tests.cli.conftest import Run, Shell
from tests.cli.fake_scheduler import FakeScheduler, ended, task
from tests.cli.terminal import environment, run_in_terminal


class TestVerbs:
    @pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
    def test_every_verb_has_a_help(self, run: Run, verb: object) -> None:
        """``VERB --help``, also by each alias, shows usage and the options that every verb has."""
        assert hasattr(verb, "name")
        assert hasattr(verb, "aliases")
        for name in (verb.name, *verb.aliases):
            result = run(name, "--help")
            assert result.code == 0
            assert result.out.startswith(f"usage: ant-tui {verb.name}")
            assert "--data-dir" in result.out
            assert "SUPPRESS" not in result.out

    def test_overview_names_every_verb(self, run: Run) -> None:
        """``--help`` and ``help`` show all verbs."""
        for words in (["--help"], ["-h"], ["help"], ["--no-ui", "--help"]):
            result = run(*words)
            assert result.code == 0
            assert all(verb.name in result.out for verb in VERBS)
            assert "ready-fd" not in result.out
        assert run("help", "wait").out == run("wait", "--help").out

    def test_help_of_options_stays_in_one_line_each(self, run: Run) -> None:
        """Every option of every verb says what it does."""
        for verb in (*VERBS, START):
            parser = parser_of(verb, command_of(verb))
            for action in parser._actions:
                assert action.help

    @pytest.mark.parametrize(
        ("words", "said"),
        [
            (["sumbit", "--", "true"], "did you mean submit?"),
            (["canel", "3"], "did you mean cancel?"),
            (["frobnicate"], "ant-tui --help"),
            (["--jsn", "queue"], "did you mean --json?"),
            (["--gpus", "2", "submit", "true"], "--gpus"),
            (["-x", "queue"], "-x"),
            (["--no-uii"], "did you mean --no-ui?"),
            (["queue", "--simulate-gpus", "2"], "--simulate-gpus"),
            (["--data-dir"], "expected one argument"),
            (["--daemon"], "--no-ui"),
            (["--no-ui", "0,x"], "'0,x'"),
            (["--no-ui", "0", "x"], "'x'"),
            (["--simulate-gpus", "-1"], "from 0"),
            (["--simulate-gpus", "many"], "whole number"),
            (["--demo", "--no-ui"], "--simulate-gpus"),
            (["--data-dir=", "queue"], "--data-dir: is empty"),
        ],
    )
    def test_mistakes_are_usage_errors_that_name_the_nearest(self, run: Run, words: list[str], said: str) -> None:
        """An unknown verb, option or value is one sentence and code 2 (row 338)."""
        result = run(*words)
        assert (result.code, result.out) == (2, "")
        assert said in result.err
        assert len(result.err.splitlines()) == 1


class TestGlobalOptions:
    def test_they_stand_before_and_after_the_verb(self, run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
        """``--data-dir`` leads to another scheduler, wherever it stands; the last one counts."""
        fake.answers["queue"] = {"tasks": [], "counts": {}, "paused": False, "trouble": "", "schema": 1}
        data = os.environ["ANT_TUI_DATA_DIR"]
        del os.environ["ANT_TUI_DATA_DIR"]
        for words in (
            ["--data-dir", data, "queue", "--json"],
            ["--json", "queue", f"--data-dir={data}"],
            ["-q", f"--data-dir={tmp_path}", "--json", "queue", "--data-dir", data],
        ):
            result = run(*words)
            assert result.err == ""
            assert json.loads(result.out) == fake.answers["queue"]

    @pytest.mark.parametrize("words", [["--version"], ["queue", "--version"], ["-q", "--version"]])
    def test_version_is_told(self, run: Run, words: list[str]) -> None:
        """``--version`` needs no scheduler."""
        assert run(*words).out == f"ant-tui {__version__}\n"

    def test_settings_file_that_is_not_there_is_refused(self, run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
        """A misspelt ``--config`` is told by every verb, also by those that need no settings; nothing is asked."""
        missing, there = tmp_path / "missing.toml", tmp_path / "config.toml"
        there.touch()
        fake.answers["pause"] = {"paused": True, "schema": 1}
        for words in (["pause"], ["queue"], ["submit", "--dry-run", "true"], ["web"], ["doctor"], ["--no-ui"]):
            result = run("--config", str(missing), *words)
            assert result.code in (1, 2)  # the doctor has more to tell, too
            assert f"{missing}: there is no such settings file" in result.err + result.out
        assert [method for method, _ in fake.requests if method != "ping"] == []
        assert run("--config", str(there), "pause").code == 0
        assert run("--config", str(missing), "--version").code == 0
        assert run("--config", str(missing), "config", "path").out == f"{missing}\n"

    def test_verbose_says_whom_it_asks(self, run: Run, fake: FakeScheduler) -> None:
        """``-v`` names the scheduler's process and socket, on stderr."""
        fake.answers["show"] = {"tasks": [task(7)], "schema": 1}
        assert f"process {os.getpid()}" in run("-v", "show", "7").err


class TestFailure:
    def test_own_fault_is_written_down_without_secrets(
        self, run: Run, fake: FakeScheduler, data_dir: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A programming error is one sentence and a file with the traceback, but without what was typed."""

        def broken(call: Call) -> int:
            raise KeyError("spam")

        monkeypatch.setattr(listing.COMMANDS["queue"], "run", broken)
        result = run("queue", "--tag", "my-secret", "--json")
        assert result.code == 1
        (file,) = data_dir.glob("crash-*.txt")
        assert result.err.startswith("ant-tui: This is a fault of ant-tui (KeyError: 'spam')")
        assert str(file) in result.err
        text = file.read_text()
        assert "in broken" in text
        assert "my-secret" not in text
        assert file.stat().st_mode & 0o077 == 0
        assert json.loads(result.out)["error"]["exit_code"] == 1

    def test_error_of_the_system_names_the_file(self, run: Run, tmp_path: Path) -> None:
        """A file that may not be read is one sentence with its name."""
        result = run("submit", "--file", str(tmp_path))
        assert result.code == 1
        assert result.err == f"ant-tui: {tmp_path}: Is a directory.\n"

    @pytest.mark.parametrize(
        "words",
        [
            ["cancel", "x"],
            ["kill", "-s", "TERM", "x"],
            ["wait", "x"],
            ["edit", "x", "--set", "gpus=1"],
            ["move", "x", "--top"],
            ["rename", "x", "y"],
            ["tag", "x", "y"],
            ["pause"],
            ["gpus"],
            ["gpus", "disable", "0"],
            ["retry", "x"],
            ["forget", "x"],
            ["watch"],
            ["stop"],
            ["submit", "--no-start", "true"],
            ["submit", "--dry-run", "true"],
        ],
    )
    def test_without_a_scheduler_one_sentence_says_how_to_start_one(self, run: Run, words: list[str]) -> None:
        """Verbs that need a scheduler end with code 3."""
        result = run(*words)
        assert (result.code, result.out) == (3, "")
        assert "ant-tui --no-ui --daemon" in result.err

    def test_control_characters_in_a_sentence_are_shown_harmlessly(self, run: Run) -> None:
        """What was typed wrongly cannot play with the terminal."""
        assert "\x1b" not in run("que\x1b[2Jue").err


class TestStreams:
    @pytest.mark.parametrize("unbuffered", ["", "1"])
    @pytest.mark.parametrize(
        ("words", "code"),
        [
            (["queue"], 0),
            (["queue", "--json"], 0),
            (["wait", "1"], 9),
            (["submit", "--wait", "true"], 9),
            (["watch"], 0),
            (["logs", "1", "--full"], 0),
            (["logs", "1", "-f"], 0),
            (["--help"], 0),
        ],
    )
    def test_reader_that_has_enough_is_no_error(
        self, fake: FakeScheduler, tmp_path: Path, words: list[str], code: int, unbuffered: str
    ) -> None:
        """``| head`` ends the output in silence, and the code stays the verb's own."""
        log = tmp_path / "output.log"
        log.write_bytes(b"x\n" * 3_000_000)
        running = task(1, state="running", attempts=[{"attempt": 1, "log_path": str(log)}])
        submitted = {"id": "a", "number": 1, "resolved_command": "x", "gpus": 0, "existing": False}
        event = {"method": "event", "params": {"seq": 1, "event": {"type": "task_held", "at": 0, "number": 1}}}
        fake.answers |= {
            "queue": {"tasks": [task(number) for number in range(1, 3000)], "paused": False},
            "wait": {"tasks": [ended(1, "failed", 9)]},
            "submit": {"tasks": [submitted], "dry_run": False, "warnings": []},
            "subscribe": {"seq": 1},
            "show": {"tasks": [running]},
        }
        fake.after["subscribe"] = [event] * 3
        reading, writing = os.pipe()
        os.close(reading)
        done = subprocess.run(
            [sys.executable, "-m", "ant_tui", "-q", *words],
            stdout=writing,
            stderr=subprocess.PIPE,
            env={**environment(), "PYTHONUNBUFFERED": unbuffered},
            timeout=60,
            check=False,
        )
        os.close(writing)
        assert (done.returncode, done.stderr) == (code, b"")

    def test_full_disk_is_told(self, fake: FakeScheduler) -> None:
        """Output that cannot be written is a failure, not silence."""
        fake.answers["queue"] = {"tasks": [task(7)], "counts": {}, "paused": False, "trouble": "", "schema": 1}
        with open("/dev/full", "wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "ant_tui", "queue"],
                stdout=full,
                stderr=subprocess.PIPE,
                env=environment(),
                check=False,
            )
        assert done.returncode == 1
        assert done.stderr == b"ant-tui: No space left on device.\n"

    def test_closed_streams_are_no_error(self, fake: FakeScheduler) -> None:
        """A caller that has closed stdout and stderr still gets the code."""
        fake.answers["wait"] = {"tasks": [ended(1, "failed", 9)], "schema": 1}
        for closed in (">&-", "2>&-", ">&- 2>&-"):
            command = f'"{sys.executable}" -m ant_tui wait 1 {closed}'
            done = subprocess.run(command, shell=True, env=environment(), check=False, capture_output=True)
            assert done.returncode == 9

    def test_interrupt_is_quiet(self, fake: FakeScheduler) -> None:
        """Ctrl+C ends with code 130 and without a word."""
        fake.answers["subscribe"] = {"schema": 1, "seq": 1}
        process = subprocess.Popen(
            [sys.executable, "-m", "ant_tui", "watch"],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
        assert process.stderr is not None
        assert select.select([process.stderr], [], [], 60)[0]
        assert b"Watching" in process.stderr.readline()
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
        assert (process.returncode, out, err) == (130, b"", b"")

    def test_old_locale_gets_marks_instead_of_errors(self, fake: FakeScheduler) -> None:
        """Text that the locale cannot show does not end the output."""
        fake.answers["queue"] = {"tasks": [task(7, id="ä")], "counts": {}, "paused": False, "trouble": "", "schema": 1}
        done = subprocess.run(
            [sys.executable, "-m", "ant_tui", "queue"],
            capture_output=True,
            check=True,
            env={**environment(), "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"},
        )
        assert b" 7  ?" in done.stdout


class TestTerminal:
    @pytest.fixture(autouse=True)
    def one_task(self, fake: FakeScheduler) -> None:
        shown = task(7, state="running", command="x" * 200)
        fake.answers["queue"] = {"tasks": [shown], "counts": {}, "paused": False, "trouble": "", "schema": 1}

    def test_tables_are_cut_to_its_width(self) -> None:
        """No line of a table is wider than the terminal; a cut is marked."""
        text = run_in_terminal("queue", "--no-color", columns=60).decode()
        lines = text.splitlines()
        assert [len(line) for line in lines[1:]] == [60]
        assert lines[1].endswith("x…")

    def test_tables_in_a_pipe_are_whole(self, run: Run) -> None:
        """A program gets everything."""
        assert "x" * 200 in run("queue").out

    def test_colour_is_for_people_who_want_it(self) -> None:
        """Colour appears on a terminal, and never with NO_COLOR, --no-color or a dumb terminal."""
        assert b"\x1b[32mrunning\x1b[0m" in run_in_terminal("queue")
        assert b"\x1b" not in run_in_terminal("queue", NO_COLOR="1")
        assert b"\x1b" not in run_in_terminal("queue", TERM="dumb")
        assert b"\x1b" not in run_in_terminal("--no-color", "queue")

    def test_json_is_indented_for_people(self) -> None:
        """A document on a terminal has a line for each field."""
        text = run_in_terminal("queue", "--json").decode()
        assert re.search(r'\r\n      "id": "task-7"', text)


def test_app_needs_a_terminal(shell: Shell) -> None:
    """Without a terminal the app says what there is instead."""
    done = shell()
    assert done.returncode == 2
    assert "--no-ui" in done.stderr
