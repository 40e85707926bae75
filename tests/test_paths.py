"""Where everything lies, and whom the directories belong to."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ant_tui import paths
from ant_tui.errors import DataDirectoryError, UsageError

ROOT = Path(paths.__file__).parents[1]
LINUX = pytest.mark.skipif(sys.platform != "linux", reason="the XDG rule is written out for Linux alone")


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    """A directory with a short path, wherever the tests keep theirs: the path of a socket holds 107 bytes."""
    with tempfile.TemporaryDirectory(prefix="ant") as path:
        yield Path(path)


@pytest.fixture(autouse=True)
def surroundings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine of the test's own: a home, no XDG variables, and nothing yet in /run/user and /tmp."""
    for name in ("ANT_TUI_DATA_DIR", "ANT_TUI_CONFIG", "XDG_DATA_HOME", "XDG_CONFIG_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setattr(paths, "_RUNTIME_OF_USERS", str(tmp_path / "run"))
    monkeypatch.setattr(paths, "_LAST_RESORT", str(tmp_path))
    return tmp_path


@pytest.fixture
def resort(surroundings: Path) -> Path:
    """Where the last resort for sockets is made."""
    return surroundings / f"ant-tui-{os.geteuid()}"


class TestWhichDirectory:
    def test_option_wins_over_environment_over_default(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """--data-dir is stronger than ANT_TUI_DATA_DIR, which is stronger than the user's directory."""
        default = paths.data_directory()
        monkeypatch.setenv("ANT_TUI_DATA_DIR", "/from/environment")
        assert paths.data_directory("/from/option") == "/from/option"
        assert paths.data_directory() == "/from/environment"
        monkeypatch.setenv("ANT_TUI_DATA_DIR", "")
        assert paths.data_directory() == default

    def test_relative_and_home_paths_become_absolute(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A relative option is taken from the current directory, and ~ is the home."""
        monkeypatch.chdir(tmp_path)
        assert paths.data_directory("here/./x") == str(tmp_path / "here" / "x")
        assert paths.data_directory("~/there") == str(tmp_path / "home" / "there")
        assert paths.data_directory("/a/../b/") == "/b"

    @pytest.mark.parametrize(
        ("call", "flag"), [(paths.data_directory, "--data-dir"), (paths.chosen_config_file, "--config")]
    )
    def test_empty_option_is_refused(self, call: object, flag: str) -> None:
        """An empty option, as from an unset shell variable, is an error and never the default."""
        assert callable(call)
        with pytest.raises(UsageError, match=f"{flag} is empty"):
            call("")

    def test_current_directory_gone(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A relative path in a directory that was removed gives a sentence, not a traceback."""
        gone = tmp_path / "gone"
        gone.mkdir()
        monkeypatch.chdir(gone)
        gone.rmdir()
        with pytest.raises(DataDirectoryError, match="current directory, which is gone"):
            paths.data_directory("x")
        assert paths.data_directory("/x") == "/x"

    def test_a_chosen_settings_file_is_told_from_the_default_one(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Only --config and ANT_TUI_CONFIG are choices; the default file is not. row 005"""
        assert paths.chosen_config_file() is None
        assert paths.config_file().endswith("/ant-tui/config.toml")
        monkeypatch.setenv("ANT_TUI_CONFIG", "/from/environment.toml")
        assert paths.chosen_config_file() == paths.config_file() == "/from/environment.toml"
        assert paths.chosen_config_file("/o.toml") == paths.config_file("/o.toml") == "/o.toml"

    def test_home_from_the_password_file(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without a usable HOME the password file says where the home is."""
        import pwd

        home = pwd.getpwuid(os.getuid()).pw_dir
        monkeypatch.setenv("HOME", "")
        assert paths.data_directory().startswith(home)

    @LINUX
    def test_no_home_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A user without an entry in the password file and without HOME is told what to give."""
        import pwd

        def unknown(uid: int) -> None:
            raise KeyError(uid)

        monkeypatch.delenv("HOME")
        monkeypatch.setattr(pwd, "getpwuid", unknown)
        with pytest.raises(DataDirectoryError, match="set HOME, or give --data-dir"):
            paths.data_directory()
        assert paths.data_directory("/x") == "/x"

    def test_everything_of_a_scheduler_lies_in_its_data_directory(self) -> None:
        """Journal, jobs, log, address and the screen's memory are apart and below the data directory."""
        functions = (
            paths.journal_dir,
            paths.jobs_dir,
            paths.log_file,
            paths.address_file,
            paths.ui_state_file,
        )
        found = [function("/d") for function in functions]
        assert found == ["/d/journal", "/d/jobs", "/d/scheduler.log", "/d/scheduler.json", "/d/ui-state.json"]
        assert paths.themes_dir() == os.path.join(os.path.dirname(paths.config_file()), "themes")


class TestSameAnswerAsPlatformdirs:
    absolute = st.lists(st.text("abcXYZ.-_ ~é", min_size=1, max_size=8), max_size=4).map(lambda p: "/" + "/".join(p))

    @LINUX
    @settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
    @given(home=absolute, data=st.none() | st.just("") | absolute, config=st.none() | st.just("") | absolute)
    def test_user_directories(self, home: str, data: str | None, config: str | None) -> None:
        """The rule that is written out here gives what platformdirs gives, whatever HOME and XDG variables say."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HOME", home)
            for name, value in (("XDG_DATA_HOME", data), ("XDG_CONFIG_HOME", config)):
                if value is None:
                    patch.delenv(name, raising=False)
                else:
                    patch.setenv(name, value)
            assert paths.data_directory() == platformdirs.user_data_dir("ant-tui")
            assert os.path.dirname(paths.config_file()) == platformdirs.user_config_dir("ant-tui")

    @LINUX
    def test_runtime_directory(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A proper XDG_RUNTIME_DIR is used as platformdirs uses it."""
        tmp_path.chmod(0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert paths.runtime_directory() == platformdirs.user_runtime_dir("ant-tui")

    def test_elsewhere_platformdirs_is_asked(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """On another system the directories are those that platformdirs names."""
        monkeypatch.setattr(sys, "platform", "darwin")
        assert paths.data_directory() == platformdirs.user_data_dir("ant-tui")
        assert os.path.dirname(paths.config_file()) == platformdirs.user_config_dir("ant-tui")


class TestImportCost:
    @LINUX
    def test_asking_for_the_data_directory_imports_nothing(self) -> None:
        """The command line's hot path pays for no module beyond itself that is a file."""
        script = (
            "import os, sys; before = set(sys.modules); from ant_tui import paths; "
            "data = paths.data_directory(); paths.address_file(data); paths.config_file(); "
            "print(*sorted(set(sys.modules) - before))"
        )
        run = subprocess.run(
            [sys.executable, "-c", script],
            env={"PYTHONPATH": str(ROOT), "HOME": "/home/x", "PATH": os.defpath},
            capture_output=True,
            text=True,
            check=True,
        )
        assert set(run.stdout.split()) <= {"__future__", "ant_tui", "ant_tui.paths", "errno"}


class TestPackagedFiles:
    def test_from_the_checkout(self) -> None:
        """Run from a source checkout, the files come from its top folders."""
        assert paths.packaged("config/default.toml") == str(ROOT / "config" / "default.toml")

    def test_from_an_installed_package(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """Installed from a wheel, the files come from the package itself."""
        installed = tmp_path / "ant_tui" / "data" / "config"
        installed.mkdir(parents=True)
        (installed / "default.toml").touch()
        monkeypatch.setattr(paths, "__file__", str(tmp_path / "ant_tui" / "paths.py"))
        assert paths.packaged("config/default.toml") == str(installed / "default.toml")

    def test_a_broken_installation_is_an_error(self) -> None:
        """What is not packaged is named."""
        with pytest.raises(FileNotFoundError, match="no-such"):
            paths.packaged("config/no-such.toml")


class TestRuntimeDirectory:
    def test_is_private(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """The directory is made for this user alone, and asking again gives the same."""
        tmp_path.chmod(0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        first = paths.runtime_directory()
        assert first == str(tmp_path / "ant-tui") == paths.runtime_directory()
        assert stat.S_IMODE(os.stat(first).st_mode) == 0o700

    def test_the_system_s_own_is_found_without_the_variable(self, surroundings: Path) -> None:
        """A shell that was not told XDG_RUNTIME_DIR (cron, su) reaches the user's runtime directory all the same."""
        own = surroundings / "run" / str(os.geteuid())
        own.mkdir(mode=0o700, parents=True)
        assert paths.runtime_directory() == str(own / "ant-tui")

    def test_one_that_is_open_to_others_is_passed_over(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, resort: Path
    ) -> None:
        """A runtime directory that others can enter is not used."""
        tmp_path.chmod(0o755)
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert paths.runtime_directory() == str(resort)
        assert not (tmp_path / "ant-tui").exists()

    @pytest.mark.parametrize("wrong", ["relative/path", "", "/no/such/directory"])
    def test_an_unusable_variable_is_passed_over(
        self, monkeypatch: pytest.MonkeyPatch, wrong: str, resort: Path
    ) -> None:
        """A relative, empty or missing runtime directory is not used."""
        monkeypatch.setenv("XDG_RUNTIME_DIR", wrong)
        assert paths.runtime_directory() == str(resort)

    def test_a_link_is_passed_over(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, resort: Path) -> None:
        """A symbolic link could be turned elsewhere after the check, and is not used."""
        (tmp_path / "real").mkdir(mode=0o700)
        (tmp_path / "link").symlink_to("real")
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / "link"))
        assert paths.runtime_directory() == str(resort)

    def test_one_that_takes_no_directory_is_passed_over(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, resort: Path
    ) -> None:
        """Where our directory cannot be made in the runtime directory, the next place is tried."""
        tmp_path.chmod(0o700)
        (tmp_path / "ant-tui").touch()
        monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
        assert paths.runtime_directory() == str(resort)


class TestLastResort:
    def test_is_made_private(self, resort: Path) -> None:
        """Without a runtime directory a private one under /tmp, named by the user's id, takes its place."""
        assert paths.runtime_directory() == str(resort) == paths.runtime_directory()
        assert stat.S_IMODE(resort.stat().st_mode) == 0o700

    def test_open_to_others_is_refused(self, resort: Path) -> None:
        """A directory there that others can enter is refused with its mode, and what to do."""
        resort.mkdir()
        resort.chmod(0o777)
        with pytest.raises(DataDirectoryError, match=r"open to others \(mode 777\): remove it, or set XDG_RUNTIME_DIR"):
            paths.runtime_directory()

    def test_a_link_is_refused(self, resort: Path) -> None:
        """A symbolic link that somebody planted there is refused."""
        resort.symlink_to("/")
        with pytest.raises(DataDirectoryError, match="is not a directory"):
            paths.runtime_directory()

    def test_of_somebody_else_is_refused(self, resort: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A directory there that belongs to somebody else is refused, naming the owner."""
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
        Path(f"{resort.parent}/ant-tui-{owner + 1}").mkdir(mode=0o700)
        with pytest.raises(DataDirectoryError, match=f"ant-tui-{owner + 1}, belongs to user id {owner}"):
            paths.runtime_directory()

    def test_nowhere_at_all(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Where not even the last resort can be made, the reason is told."""
        monkeypatch.setattr(paths, "_LAST_RESORT", "/no/such/place")
        with pytest.raises(DataDirectoryError, match=r"cannot be made \(No such file or directory\)"):
            paths.runtime_directory()


class TestSocketPath:
    def test_names_the_directory_not_its_spelling(self, tmp_path: Path) -> None:
        """A link to a data directory leads to the same scheduler; another directory to another."""
        (tmp_path / "data").mkdir()
        (tmp_path / "link").symlink_to("data")
        first = paths.socket_path(str(tmp_path / "data"))
        assert first == paths.socket_path(str(tmp_path / "link"))
        assert first == paths.socket_path(str(tmp_path / "data" / ".." / "data"))
        assert first != paths.socket_path(str(tmp_path / "other"))
        stem, suffix = os.path.splitext(os.path.basename(first))
        assert len(stem) == 16
        assert set(stem) <= set("0123456789abcdef")
        assert suffix == ".sock"

    @given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=300))
    def test_any_data_directory_fits(self, name: str) -> None:
        """However long or odd the data directory's name is, the socket's path holds 107 bytes at most."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(paths, "runtime_directory", lambda: "/run/user/4294967295/ant-tui")
            assert len(os.fsencode(paths.socket_path("/" + name))) <= 107


def test_a_runtime_directory_too_deep_for_a_socket_is_passed_over(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A runtime directory whose sockets would not fit into an address is not used; one that just fits is."""
    room = 107 - len("/ant-tui/0123456789abcdef.sock") - len(os.fsencode(str(tmp_path)))
    if room < 2:
        pytest.skip("the temporary directory is too deep already")
    for length, used in ((room, True), (room + 1, False)):
        base = str(tmp_path) + "/" + "x" * (length - 1)
        os.mkdir(base, 0o700)
        monkeypatch.setenv("XDG_RUNTIME_DIR", base)
        path = paths.socket_path("/data")
        assert path.startswith(base) is used
        assert len(os.fsencode(path)) <= 107


class TestPreparing:
    def test_a_new_directory_is_private(self, tmp_path: Path) -> None:
        """A data directory and what leads to it are made; it is the user's alone. row 296"""
        path = tmp_path / "a" / "b"
        paths.prepare_data_directory(str(path))
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert list(path.iterdir()) == []
        paths.prepare_data_directory(str(path))

    def test_an_empty_one_becomes_private(self, tmp_path: Path) -> None:
        """An empty directory that the user made with the usual mode is closed to others."""
        tmp_path.chmod(0o775)
        paths.prepare_data_directory(str(tmp_path))
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700

    def test_one_in_use_keeps_its_mode(self, tmp_path: Path) -> None:
        """A directory that holds something and that others may only read is left as it is."""
        (tmp_path / "x").touch()
        tmp_path.chmod(0o755)
        paths.prepare_data_directory(str(tmp_path))
        assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o755

    def test_one_that_others_can_write_is_refused(self, tmp_path: Path) -> None:
        """Whoever can write to it could have commands run in the user's name: refused, with the command that helps."""
        (tmp_path / "x").touch()
        tmp_path.chmod(0o777)
        with pytest.raises(DataDirectoryError, match=f"run: chmod go-w {tmp_path}"):
            paths.prepare_data_directory(str(tmp_path))

    def test_one_of_somebody_else_is_refused(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A directory that belongs to another user is refused, naming the owner."""
        owner = os.geteuid()
        monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
        with pytest.raises(DataDirectoryError, match=f"belongs to user id {owner}, not to you; name another"):
            paths.prepare_data_directory(str(tmp_path))

    def test_a_file_is_refused(self, tmp_path: Path) -> None:
        """A file is no data directory, and neither is a place below one."""
        file = tmp_path / "file"
        file.touch()
        with pytest.raises(DataDirectoryError, match="is not a directory"):
            paths.prepare_data_directory(str(file))
        with pytest.raises(DataDirectoryError, match=r"cannot be made: .*file is a file"):
            paths.prepare_data_directory(str(file / "below"))

    def test_a_dangling_link_is_refused(self, tmp_path: Path) -> None:
        """A link to nowhere gives a sentence."""
        link = tmp_path / "link"
        link.symlink_to("nowhere")
        with pytest.raises(DataDirectoryError, match="cannot be read: No such file"):
            paths.prepare_data_directory(str(link))

    def test_a_name_that_no_file_can_have(self) -> None:
        """A name with a NUL byte or of impossible length gives a sentence."""
        with pytest.raises(DataDirectoryError, match="cannot be made"):
            paths.prepare_data_directory("/tmp/\0")
        with pytest.raises(DataDirectoryError, match="cannot be made: File name too long"):
            paths.prepare_data_directory("/tmp/" + "x" * 300)

    @pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
    def test_one_that_cannot_be_written_is_refused_even_for_root(self) -> None:
        """Writing is tried, not guessed from permission bits: /proc/self is ours and takes no file."""
        with pytest.raises(DataDirectoryError, match=r"cannot be written: .*; name another with --data-dir"):
            paths.prepare_data_directory("/proc/self/")

    @pytest.mark.parametrize("code", [28, 122])
    def test_a_full_disk_is_no_wrong_directory(
        self, code: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """On a full disk or quota the scheduler must still start and take over what runs."""

        def full(*_: object) -> int:
            raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "open", full)
        paths.prepare_data_directory(str(tmp_path))
