"""Settings from file and environment: what holds, who says so, and what is told when something is wrong."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.config import SettingError, Settings, check, load_settings, settings_with_origin
from ant_tui.errors import ConfigError

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a settings file; returns its path."""

    def to(text: str) -> Path:
        file = tmp_path / "config.toml"
        file.write_text(text, encoding="utf-8", newline="")
        return file

    return to


@pytest.fixture(autouse=True)
def default_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Where the user's own file would be; it is not there."""
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("XDG_CONFIG_HOME", "ANT_TUI_CONFIG"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home" / ".config" / "ant-tui" / "config.toml"


def problem(file: Path, environ: dict[str, str] | None = None) -> SettingError:
    """The one thing that is wrong with a file."""
    [found] = check(file, environ=environ or {})
    return found


class TestLoading:
    def test_what_is_set_holds_and_the_rest_is_default(self, write: Write) -> None:
        """A file names only what is to be different; a whole number may stand for a number, a list becomes a tuple."""
        file = write('[cancel]\ngrace_s = 30\n[gpus]\nignore_users = ["gdm"]\nbusy_detection = "load"\n')
        found = load_settings(file, environ={})
        assert found.cancel.grace_s == 30.0
        assert isinstance(found.cancel.grace_s, float)
        assert found.gpus.ignore_users == ("gdm",)
        assert found.gpus.busy_detection == "load"
        assert found.scheduler == Settings().scheduler

    @pytest.mark.parametrize(
        "text",
        [
            "[scheduler]\nmax_gpus = 3\n",
            "scheduler.max_gpus = 3",
            "scheduler = { max_gpus = 3 }\r\n",
            '["scheduler"]\n"max_gpus" = 0x3\n',
            "\ufeff[scheduler]\r\nmax_gpus = 3\r\n",
        ],
    )
    def test_every_way_of_toml(self, write: Write, text: str) -> None:
        """Sections, dots, inline tables, quotes, a byte order mark and CR LF mean the same."""
        assert load_settings(write(text), environ={}).scheduler.max_gpus == 3

    def test_default_file(self, default_file: Path) -> None:
        """The user's own file is read when it is there, and missed by nobody when it is not."""
        assert load_settings(environ={}) == Settings()
        default_file.parent.mkdir(parents=True)
        default_file.write_text("[history]\nkeep = 5\n")
        assert load_settings(environ={}).history.keep == 5

    def test_a_file_that_was_asked_for_must_be_there(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A missing file is an error when it was named, by option or by environment. row 005"""
        missing = tmp_path / "no.toml"
        with pytest.raises(ConfigError, match=rf"{missing}: there is no such settings file"):
            load_settings(missing, environ={})
        monkeypatch.setenv("ANT_TUI_CONFIG", str(missing))
        with pytest.raises(ConfigError, match="there is no such settings file"):
            load_settings(environ={})

    def test_without_a_home_there_are_defaults(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who has no home (a container) cannot have a settings file, and needs none."""
        import pwd

        def unknown(uid: int) -> None:
            raise KeyError(uid)

        monkeypatch.delenv("HOME")
        monkeypatch.setattr(pwd, "getpwuid", unknown)
        assert load_settings(environ={}) == Settings()

    def test_keys_are_a_free_table(self, write: Write) -> None:
        """Ids of actions may stand in quotes or with bare dots; they are not judged here."""
        file = write('[keys]\n"queue.pause" = "P,f5"\ntask.cancel = "x"\nhelp = "?"\n')
        assert load_settings(file, environ={}).keys == {"queue.pause": "P,f5", "task.cancel": "x", "help": "?"}


class TestEnvironment:
    def test_is_stronger_than_the_file(self, write: Write) -> None:
        """ANT_TUI_SECTION__KEY overrides any setting of any type; a text stands there without quotes."""
        environ = {
            "ANT_TUI_SCHEDULER__MAX_GPUS": "2",
            "ANT_TUI_SCHEDULER_LOG__TO_FILE": "false",
            "ANT_TUI_MONITOR__SMOOTHING_ALPHA": "0.5",
            "ANT_TUI_SCHEDULER__SHELL": "/bin/bash",
            "ANT_TUI_NOTIFY__STATES": '["lost"]',
            "ANT_TUI_DATA_DIR": "/not/a/setting",
            "OTHER__THING": "1",
        }
        found = load_settings(write("[scheduler]\nmax_gpus = 7\ndefault_gpus = 1\n"), environ=environ)
        assert found.scheduler.max_gpus == 2
        assert found.scheduler.default_gpus == 1
        assert found.scheduler.shell == "/bin/bash"
        assert found.scheduler_log.to_file is False
        assert found.monitor.smoothing_alpha == 0.5
        assert found.notify.states == ("lost",)

    def test_the_process_s_own_is_meant_by_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a word about it, the environment is the process's."""
        monkeypatch.setenv("ANT_TUI_HISTORY__KEEP", "3")
        assert load_settings().history.keep == 3

    @pytest.mark.parametrize(
        ("variable", "text", "sentence"),
        [
            ("ANT_TUI_SCHEDULER__MAX_GPU", "1", 'no setting "max_gpu" in [scheduler]; did you mean "max_gpus"?'),
            ("ANT_TUI_SCHEDULLER__MAX_GPUS", "1", 'no section "scheduller"; did you mean [scheduler]?'),
            ("ANT_TUI_HISTORY__KEEP", "many", "history.keep is 'many', but must be a whole number of tasks from 0"),
            ("ANT_TUI_HISTORY__KEEP", "1\nx=2", "history.keep is '1\\nx=2', but must be"),
            ("ANT_TUI_HISTORY__KEEP", "[" * 5000, "but must be a whole number"),
            ("ANT_TUI_NOTIFY__STATES", "lost", "notify.states is 'lost', but must be a list, each"),
            ("ANT_TUI_KEYS__QUEUE_PAUSE", "P", "[keys] can only be set in the settings file"),
        ],
    )
    def test_what_cannot_be_used_is_told(self, write: Write, variable: str, text: str, sentence: str) -> None:
        """An override that is unknown or does not fit is an error that names the variable. row 006"""
        found = problem(write(""), {variable: text})
        assert found.sentence.startswith(f"environment, {variable}: ")
        assert sentence in found.sentence


class TestMistakes:
    @pytest.mark.parametrize(
        ("text", "line", "key", "sentence"),
        [
            (
                "[scheduler]\n\nmax_gpu = 1\n",
                3,
                "scheduler.max_gpu",
                'there is no setting "max_gpu" in [scheduler]; did you mean "max_gpus"?',
            ),
            ("# x\n[schedular]\nmax_gpus = 1\n", 2, "schedular", 'no section "schedular"; did you mean [scheduler]?'),
            ("max_gpus = 1\n", 1, "max_gpus", '"max_gpus" stands outside its section; it belongs below [scheduler]'),
            ("[logs]\nkeep = 1\n", 2, "logs.keep", 'no setting "keep" in [logs]; "keep" belongs below [history]'),
            ("[logs]\nqqqqq = 1\n", 2, "logs.qqqqq", 'there is no setting "qqqqq" in [logs]'),
            ("scheduler = 3", 1, "scheduler", "scheduler is 3, but must be a section: [scheduler]"),
            ("[[scheduler]]\nmax_gpus = 1", 1, "scheduler", "but must be a section"),
            ("[keys]\nhelp = 3", 2, "keys.help", "keys.help is 3, but must be keys with commas between them"),
            ('[keys]\n"a.b" = "x"\na.b = "y"', 3, "keys.a.b", "keys.a.b is set twice; keep one"),
        ],
    )
    def test_unknown_names(self, write: Write, text: str, line: int, key: str, sentence: str) -> None:
        """An unknown section or setting is named with file, line, and the nearest one that there is. row 006"""
        file = write(text)
        found = problem(file)
        assert found.sentence.startswith(f"{file}, line {line}: ")
        assert sentence in found.sentence
        assert (found.file, found.line, found.key) == (str(file), line, key)
        assert found.exit_code == 2

    @pytest.mark.parametrize(
        ("section", "setting", "sentence"),
        [
            ("cancel", 'grace_s = "ten"', "cancel.grace_s is 'ten', but must be a number of seconds from 0 to 3600"),
            ("cancel", "grace_s = -1", "cancel.grace_s is -1, but must be a number of seconds from 0 to 3600"),
            ("cancel", "grace_s = inf", "is inf, but must be a number of seconds"),
            ("cancel", "grace_s = nan", "is nan, but must be a number of seconds"),
            ("monitor", "smoothing_alpha = 0.0", "is 0.0, but must be a number above 0, up to 1"),
            ("monitor", "smoothing_alpha = 1.01", "but must be a number above 0, up to 1"),
            ("scheduler", "max_gpus = true", "is true, but must be a whole number of GPUs from 0 to 10000"),
            ("scheduler", "max_gpus = 1.0", "is 1.0, but must be a whole number of GPUs"),
            ("scheduler", "max_gpus = 99999999999999999999999", "but must be a whole number of GPUs"),
            ("scheduler", "max_gpus = 2024-01-01", "is 2024-01-01, but must be"),
            ("scheduler", 'shell = "bash"', "but must be the absolute path of a program"),
            ("scheduler", 'shell = "/bin/sh\\n"', "but must be the absolute path of a program"),
            ("shutdown", 'tasks = "stop"', """is 'stop', but must be "leave" or "kill\""""),
            ("gpus", "utilization_threshold = 50", "is 50, but must be a number from 0 to 1"),
            ("gpus", "ignore_pids = [0]", "is [0], but must be a list, each a whole number from 1 to 4194304"),
            ("gpus", 'ignore_users = ["a b"]', "but must be a list, each a user name"),
            ("screen", "mouse = 1", "is 1, but must be true or false"),
            ("screen", "columns = []", "but must be a list of at least one, each"),
            ("screen", 'columns = ["number", "colour"]', "but must be a list of at least one, each"),
            ("submit", 'export = "A,,B"', 'but must be "all", "none", or names of variables'),
            ("logs", 'root = "logs"', "but must be an absolute path"),
            ("notify", 'webhook = "ftp://x"', "but must be an http:// or https:// address"),
            ("scheduler", "max_gpus = { a = 1 }", "is {'a': 1}, but must be a whole number"),
        ],
    )
    def test_wrong_values(self, write: Write, section: str, setting: str, sentence: str) -> None:
        """A value of the wrong type or out of range is told with file, line, key, and what is allowed. row 157"""
        file = write(f"[{section}]\n# comment\n{setting}\n")
        found = problem(file)
        assert found.sentence.startswith(f"{file}, line 3: ")
        assert sentence in found.sentence
        assert found.key == f"{section}.{setting.split(' =')[0]}"
        assert getattr(load_settings(write(""), environ={}), section) is not None

    @pytest.mark.parametrize(
        ("text", "line", "what"),
        [
            ("[scheduler]\nmax_gpus = \n", 2, "invalid value"),
            ("[scheduler]\nmax_gpus = 1\nmax_gpus = 2\n", 3, "cannot overwrite a value"),
            ('[notify]\n\ncommand = "x\n', 3, ""),
            ("[gpus]\nignore_pids = [\n1,\n2\n\n# x\n", 2, "unclosed array"),
            ('{\n  "backend_port": 5000\n}', 1, "invalid"),
            ("[scheduler]\nmax_gpus = " + "9" * 5000, 2, "exceeds the limit"),
            ("[gpus]\n\nignore_pids = " + "[" * 5000, 3, "nested too deeply"),
        ],
    )
    def test_what_is_no_toml(self, write: Write, text: str, line: int, what: str) -> None:
        """A file that is no TOML is told with the line where it goes wrong. row 005"""
        file = write(text)
        found = problem(file)
        assert found.sentence.startswith(f"{file}, line {line}: this is not TOML: ")
        assert what in found.sentence

    def test_what_is_no_text(self, tmp_path: Path) -> None:
        """A file that is not UTF-8 is told with the line."""
        file = tmp_path / "x.toml"
        file.write_bytes(b"# fine\n# caf\xe9\n")
        assert problem(file).sentence == f"{file}, line 2: this is not UTF-8 text; save the file as UTF-8"

    def test_what_is_no_file(self, tmp_path: Path) -> None:
        """A folder, and a device that never ends, are told."""
        assert problem(tmp_path).sentence == f"{tmp_path}: the settings cannot be read: Is a directory"
        assert "larger than any settings file" in problem(Path("/dev/zero")).sentence

    def test_what_only_together_is_wrong(self, write: Write) -> None:
        """Settings that contradict each other are told at the line of one, naming the other."""
        file = write("[gpus]\nsample_interval_s = 30\nwindow_s = 10\n")
        expected = f"{file}, line 3: gpus.window_s is shorter than gpus.sample_interval_s (30); make it longer"
        assert problem(file).sentence == expected
        twice = write('[screen]\ncolumns = ["id", "id"]\n')
        assert 'screen.columns names "id" twice; name each column once' in problem(twice).sentence

    def test_all_at_once(self, write: Write) -> None:
        """Every mistake is found in one go, in the order of the file; loading raises the first and names the rest."""
        file = write("[cancel]\ngrace_s = -1\n[nonsense]\n[output]\nwrap = 0\n")
        environ = {"ANT_TUI_HISTORY__KEEP": "x"}
        found = check(file, environ=environ)
        assert [(error.line, error.key) for error in found] == [
            (2, "cancel.grace_s"),
            (3, "nonsense"),
            (5, "output.wrap"),
            (0, "history.keep"),
        ]
        for call in (load_settings, settings_with_origin):
            with pytest.raises(ConfigError) as raised:
                call(file, environ=environ)
            assert raised.value.sentence == found[0].sentence
            assert raised.value.reasons == tuple(error.sentence for error in found[1:])
        assert check(write(""), environ={}) == []

    def test_nothing_of_a_file_reaches_the_terminal_raw(self, write: Write) -> None:
        """Control characters in a name or a value are shown escaped, and long ones are cut."""
        file = write(
            '[keys]\n"\\u001b[31m" = 1\nx = "\\u009b \\u202e"\n["\\u0007bell"]\n[cancel]\ngrace_s = "%s"' % ("y" * 999)
        )
        for error in check(file, environ={}):
            assert error.problem.isprintable()
            assert len(error.problem) < 200
        assert len(check(file, environ={})) == 4

    documents = st.lists(
        st.sampled_from(
            ["[scheduler]", "[keys]", "max_gpus", "a.b", "=", " = ", "1", '"', "'", "[", "]", "{", "}", "\n"]
        )
        | st.text(max_size=3),
        max_size=30,
    ).map("".join)

    @given(documents)
    def test_any_text_is_settings_or_an_error(self, text: str) -> None:
        """No text whatever gives anything but settings or errors with a line inside the text."""
        import tempfile

        with tempfile.NamedTemporaryFile(suffix=".toml") as file:
            file.write(text.encode("utf-8", "surrogatepass"))
            file.flush()
            found = check(file.name, environ={})
            for error in found:
                assert 1 <= error.line <= text.count("\n") + 1, error.sentence
            if not found:
                assert isinstance(load_settings(file.name, environ={}), Settings)


class TestOrigin:
    def test_says_for_each_setting_who_set_it(self, write: Write) -> None:
        """Every setting appears once, with its value as TOML has it, and with default, environment or file and line."""
        file = write(
            'keys.help = "f1"\n[gpus]\nignore_users = [\n  "a",\n]\n\n[history]\nkeep = 5\n[cancel]\ngrace_s = 1\n'
        )
        found = settings_with_origin(file, environ={"ANT_TUI_CANCEL__GRACE_S": "2"})
        by_key = {entry.key: (entry.value, entry.origin) for entry in found}
        assert len(by_key) == len(found)
        assert by_key["gpus.ignore_users"] == (["a"], f"{file}:3")
        assert by_key["history.keep"] == (5, f"{file}:8")
        assert by_key["cancel.grace_s"] == (2.0, "environment")
        assert by_key["keys.help"] == ("f1", f"{file}:1")
        assert by_key["shutdown.tasks"] == ("leave", "default")

    def test_of_nothing_is_default(self) -> None:
        """Without file and environment, every setting is at its default."""
        found = settings_with_origin(environ={})
        assert {entry.origin for entry in found} == {"default"}
        assert [entry.key for entry in found][:2] == ["scheduler.max_cpu_tasks", "scheduler.max_gpus"]


def test_relative_file_is_named_absolutely(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """An origin names the file so that it is found from anywhere."""
    file = write("[history]\nkeep = 5\n")
    monkeypatch.chdir(file.parent)
    origins = {entry.origin for entry in settings_with_origin(os.path.basename(file), environ={})}
    assert origins == {"default", f"{file}:2"}
