"""Bad input through the real command line: one sentence that names what and where, the right code, nothing queued."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.house import House

_LONG = "x" * 300


def _refuses(house: House, code: int, told: str | tuple[str, ...], *words: str, stdin: str | None = None) -> None:
    """A command line fails with a code and one sentence on stderr, in which some texts stand."""
    done = house.run(*words, code=None, stdin=stdin)
    case = (words, stdin)
    assert done.returncode == code, (case, done)
    assert done.stdout == "", case
    assert done.stderr.startswith("ant-tui: "), (case, done.stderr)
    assert done.stderr.count("\n") == 1, (case, done.stderr)
    assert done.stderr.rstrip("\n").isprintable(), (case, done.stderr)
    for text in (told,) if isinstance(told, str) else told:
        assert text in done.stderr, (case, done.stderr)


@pytest.fixture
def nothing_queued(house: House) -> Callable[[], None]:
    """Asks whether nothing was queued, and the scheduler is the one that was there before."""
    pid = house.start("--simulate-gpus", "2")

    def check() -> None:
        assert house.tasks() == {}
        assert not [event for event in house.events() if event["type"] == "task_submitted"]
        assert house.pid == pid

    return check


class TestSubmitting:
    def test_no_command_is_refused(self, house: House, nothing_queued: Callable[[], None]) -> None:
        """An empty command is none, whichever way it comes."""
        for words in ((), ("",), ("  ",), ("--", ""), ("-J", "named")):
            _refuses(house, 2, "no command", "submit", *words)
        for text in ("", "\n\n", "# only a comment\n"):
            _refuses(house, 2, "no command", "submit", "-", stdin=text)
        nothing_queued()

    def test_ids_that_cannot_be_are_refused(self, house: House, nothing_queued: Callable[[], None]) -> None:
        """Each id names what is wrong with it; nothing of it reaches the terminal raw."""
        cases = {
            "..": "directory",
            "a\nb": "line break",
            "a\tb": "U+0009",
            "a\x1b[31mb": "U+001B",
            "a\x7fb": "U+007F",
            "a\u202eb": "U+202E",
            _LONG: "300 bytes",
            "ü" * 101: "202 bytes",
            "123": "digits only",
            "3-9": "range",
            "last": "last task",
        }
        for name, told in cases.items():
            _refuses(house, 2, told, "submit", "-J", name, "true")
        _refuses(house, 2, "NUL", "submit", "-", stdin="echo a\0b\n")
        nothing_queued()

    def test_ids_with_blanks_and_the_like_are_made_safe(self, house: House) -> None:
        """Blank, ``+``, ``&``, ``/`` and the backslash are replaced instead."""
        house.start("--simulate-gpus", "2")
        assert house.submit("-J", r" a b+c&d/e\f ", "true") == "a-b-plus-c-and-d-slash-e-backslash-f"

    def test_numbers_of_gpus_that_cannot_be_are_refused(self, house: House, nothing_queued: Callable[[], None]) -> None:
        """Negative, textual, half and huge numbers; more than there are; GPUs that are not there."""
        for number in ("-1", "two", "1.5", "1e3", "٣", "9" * 20):
            _refuses(house, 2, f"'{number}'", "submit", "-G", number, "true")
        for option in ("--gpus", "--gpu-ids", "--id", "--key", "--tag"):
            _refuses(house, 2, f"{option}: is empty", "submit", option, "", "true")
        _refuses(house, 5, "this machine has 2", "submit", "-G", "3", "true")
        _refuses(house, 5, "this machine has 2", "submit", "-G", "1000", "true")
        _refuses(house, 2, "'2000000'", "submit", "-G", "2000000", "true")
        _refuses(house, 2, "'7'", "submit", "-G", "1", "--gpu-ids", "7", "true")
        _refuses(house, 2, "line 1, column 1: 'two'", "submit", "-", stdin="ant_n_gpus=two true\n")
        nothing_queued()

    def test_directories_that_are_not_there_are_refused(self, house: House, nothing_queued: Callable[[], None]) -> None:
        """The sentence names the whole path."""
        file = house.work / "file"
        file.touch()
        _refuses(house, 2, "'/no/such/place'", "submit", "-D", "/no/such/place", "true")
        _refuses(house, 2, f"'{house.work}/relative'", "submit", "-D", "relative", "true")
        _refuses(house, 2, f"'{file}' is not a directory", "submit", "-D", str(file), "true")
        nothing_queued()

    def test_options_that_cannot_be_are_refused(self, house: House, nothing_queued: Callable[[], None]) -> None:
        """Unknown options and verbs name the nearest known one."""
        _refuses(house, 2, "did you mean --gpus?", "submit", "--gpsu", "1", "true")
        _refuses(house, 2, "did you mean submit?", "sumbit", "true")
        _refuses(house, 2, "'high'", "submit", "-p", "high", "true")
        _refuses(house, 2, "'LR'", "submit", "-e", "LR", "true")
        _refuses(house, 1, "/no/such/file", "submit", "--file", "/no/such/file")
        _refuses(house, 4, "'nobody'", "cancel", "nobody")
        _refuses(house, 4, "'nobody'", "wait", "nobody")
        nothing_queued()

    def test_one_mistake_in_many_tasks_queues_none(self, house: House, nothing_queued: Callable[[], None]) -> None:
        """All or nothing, with every mistake and its place."""
        text = "true\nant_n_gpus=two true\necho 'open\nant_task_id=7 true\ntrue\n"
        done = house.run("submit", "-", stdin=text, code=2)
        for line in (2, 3, 4):
            assert f"line {line}, column" in done.stderr
        assert done.stderr.count("\n") == 3
        nothing_queued()

    def test_the_same_id_twice_is_refused(self, house: House) -> None:
        """The second keeps the first as it is."""
        house.start("--simulate-gpus", "2")
        house.submit("-J", "once", "-H", "true")
        _refuses(house, 5, "once", "submit", "-J", "once", "false")
        assert [task["command"] for task in house.tasks().values()] == ["true"]


class TestTasks:
    def test_that_cannot_run_fail_alone(self, house: House) -> None:
        """Commands that are not there, that no shell can read, that lose their directory: the next one runs."""
        house.start("--simulate-gpus", "1")
        place = house.work / "soon-gone"
        place.mkdir()
        house.submit("-J", "lost-place", "-H", "-D", str(place), "true")
        place.rmdir()
        wrong = {
            "not-there": ("no-such-command-anywhere", 127),
            "no-program": ("/etc/passwd", 126),
            "no-shell": ("if then (", 2),
            "suicide": ("kill -KILL $$", 137),
        }
        for name, (command, _) in wrong.items():
            house.submit("-J", name, "-G", "1", command)
        house.run("release", "lost-place")
        house.run("submit", "--wait", "-J", "good", "-G", "1", "true")
        for name, (_, code) in wrong.items():
            house.run("wait", name, code=code)
        house.run("wait", "lost-place", code=1)
        tasks = house.tasks()
        assert [tasks[name]["state"] for name in (*wrong, "lost-place")] == ["failed"] * 5
        assert "command not found" in house.run("show", "not-there").stdout
        assert b"no-such-command-anywhere" in house.log("not-there")
        assert "127" in house.run("queue").stdout


class TestStarting:
    def test_on_a_data_directory_that_cannot_be_used_is_refused(self, house: House, tmp_path: Path) -> None:
        """The sentence names the directory; nothing is made of it."""
        file = tmp_path / "file"
        file.write_text("mine")
        shared = tmp_path / "shared"
        shared.mkdir()
        (shared / "theirs").touch()
        shared.chmod(0o777)
        for place in (file, file / "below", Path("/proc/ant-tui"), shared):
            for words in (("--no-ui",), ("--no-ui", "--daemon"), ("submit", "true")):
                _refuses(house, 1, str(place), "--data-dir", str(place), *words)
        assert file.read_text() == "mine"
        assert [entry.name for entry in shared.iterdir()] == ["theirs"]

    def test_with_settings_that_cannot_be_is_refused(self, house: House, tmp_path: Path) -> None:
        """File, line and key, and the key that was meant."""
        cases = {
            "# mine\n[gpus]\nsampel_interval_s = 2\n": ("line 3", '"sampel_interval_s"', '"sample_interval_s"'),
            "[shutdwn]\ntasks = 'kill'\n": ("line 1", '"shutdwn"', "[shutdown]"),
            "[cancel]\ngrace_s = 'long'\n": ("line 2", "cancel.grace_s", "'long'"),
            "[cancel\n": ("line 1", "TOML"),
        }
        file = tmp_path / "settings.toml"
        for text, told in cases.items():
            file.write_text(text)
            _refuses(house, 2, (str(file), *told), "--config", str(file), "--no-ui", "--simulate-gpus", "1")
            _refuses(house, 2, told[1], "--config", str(file), "submit", "true")
        missing = str(tmp_path / "missing.toml")
        _refuses(house, 2, missing, "--config", missing, "--no-ui")
        house.env["ANT_TUI_CANCEL__GRACE_S"] = "long"
        _refuses(house, 2, "ANT_TUI_CANCEL__GRACE_S", "--no-ui")
        assert not house.pid
        assert not (house.data / "journal").exists()

    def test_with_options_that_cannot_be_is_refused(self, house: House) -> None:
        """Numbers of GPUs that are none, GPUs that are none, a screen without a terminal."""
        _refuses(house, 2, "'-1'", "--no-ui", "--simulate-gpus", "-1")
        _refuses(house, 2, "'many'", "--no-ui", "--simulate-gpus", "many")
        _refuses(house, 2, "terminal", "--simulate-gpus", "1")
        _refuses(house, 2, "--no-ui", "--daemon", "--simulate-gpus", "1")
        assert not house.data.exists()
