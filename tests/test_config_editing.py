"""Changing the settings file: the user's comments stay, and the file is whole at every moment."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ant_tui.config import SettingError, Settings, check, edit_setting, load_settings, reference, starter_text
from ant_tui.errors import ConfigError

MINE = dedent(
    """\
    # my settings

    [cancel]
    # our jobs write checkpoints
    grace_s = 60   # seconds

    [keys]
    task.cancel = "x"  # with bare dots
    "queue.pause" = "P"
    """
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(MINE)
    return path


class TestEditing:
    def test_changes_one_value_and_keeps_every_comment(self, file: Path) -> None:
        """Only the value changes; order, comments and blank lines stay."""
        edit_setting(file, "cancel.grace_s", 5)
        assert file.read_text() == MINE.replace("60 ", "5.0 ")

    def test_adds_a_section(self, file: Path) -> None:
        """A setting of a section that is not there yet is added below, and the rest stays."""
        edit_setting(file, "gpus.ignore_users", ["gdm", "bo"])
        assert file.read_text() == MINE + '\n[gpus]\nignore_users = ["gdm", "bo"]\n'
        assert load_settings(file, environ={}).gpus.ignore_users == ("gdm", "bo")

    def test_adds_to_a_section(self, file: Path) -> None:
        """A setting is added to a section that is there."""
        edit_setting(file, "keys.help", "f1")
        assert load_settings(file, environ={}).keys == {"task.cancel": "x", "queue.pause": "P", "help": "f1"}
        assert "# with bare dots" in file.read_text()

    @pytest.mark.parametrize("action", ["task.cancel", "queue.pause"])
    def test_finds_an_action_in_either_spelling(self, file: Path, action: str) -> None:
        """The id of an action is found with bare dots and in quotes, changed and taken out."""
        edit_setting(file, f"keys.{action}", "f9")
        assert load_settings(file, environ={}).keys[action] == "f9"
        edit_setting(file, f"keys.{action}", None)
        assert action not in load_settings(file, environ={}).keys

    @pytest.mark.parametrize(
        "text", ["scheduler.max_gpus = 1 # c\n", "scheduler = {max_gpus = 1} # c\n", "[scheduler]\nmax_gpus=1# c\n"]
    )
    def test_every_way_of_toml(self, file: Path, text: str) -> None:
        """A value is changed in the form in which it stands."""
        file.write_text(text)
        edit_setting(file, "scheduler.max_gpus", 2)
        assert file.read_text() == text.replace("1", "2")

    def test_none_takes_a_setting_out(self, file: Path) -> None:
        """Without a value the default holds again; taking out what is not there changes nothing."""
        edit_setting(file, "cancel.grace_s", None)
        assert load_settings(file, environ={}).cancel == Settings().cancel
        assert "our jobs write checkpoints" in file.read_text()
        before = file.stat()
        edit_setting(file, "cancel.grace_s", None)
        edit_setting(file, "screen.theme", None)
        after = file.stat()
        assert (before.st_ino, before.st_mtime_ns) == (after.st_ino, after.st_mtime_ns)

    def test_makes_the_file(self, tmp_path: Path) -> None:
        """Where there is no file and no folder, both are made for this user alone."""
        path = tmp_path / "new" / "config.toml"
        edit_setting(path, "history.keep", 7)
        assert path.read_text() == "[history]\nkeep = 7\n"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_follows_a_link_and_keeps_the_mode(self, file: Path, tmp_path: Path) -> None:
        """A link into a folder of dotfiles stays a link; the file's mode stays; nothing is left beside it."""
        file.chmod(0o644)
        link = tmp_path / "link.toml"
        link.symlink_to("config.toml")
        edit_setting(link, "history.keep", 7)
        assert link.is_symlink()
        assert load_settings(file, environ={}).history.keep == 7
        assert stat.S_IMODE(file.stat().st_mode) == 0o644
        assert sorted(path.name for path in tmp_path.iterdir()) == ["config.toml", "link.toml"]

    @pytest.mark.parametrize(
        ("key", "value", "sentence"),
        [
            ("cancel.grace", 1, 'there is no setting "grace" in [cancel]; did you mean "grace_s"?'),
            ("cancle.grace_s", 1, 'there is no section "cancle"; did you mean [cancel]?'),
            ("cancel", 1, 'there is no setting "" in [cancel]'),
            ("cancel.grace", None, 'there is no setting "grace" in [cancel]'),
            ("cancel.grace_s", "long", "cancel.grace_s is 'long', but must be a number of seconds"),
            ("gpus.window_s", 5, "gpus.window_s is shorter than gpus.sample_interval_s (30)"),
            ("keys.help", 3, "keys.help is 3, but must be keys with commas"),
        ],
    )
    def test_refuses_what_the_file_may_not_say(self, file: Path, key: str, value: object, sentence: str) -> None:
        """An unknown setting, a value that does not fit or contradicts another: told, and the file is as it was."""
        text = MINE + "[gpus]\nsample_interval_s = 30\nwindow_s = 60\n"
        file.write_text(text)
        with pytest.raises(ConfigError) as raised:
            edit_setting(file, key, value)
        assert sentence in raised.value.sentence
        assert file.read_text() == text

    def test_refuses_a_file_that_it_cannot_read(self, file: Path) -> None:
        """A file that is no TOML is told with its line and not touched."""
        file.write_text("[cancel]\ngrace_s = \n")
        with pytest.raises(SettingError, match="line 2: this is not TOML"):
            edit_setting(file, "history.keep", 7)
        assert file.read_text() == "[cancel]\ngrace_s = \n"

    def test_refuses_a_section_that_is_none(self, file: Path) -> None:
        """Where a section's name stands for something else, the user is sent there."""
        file.write_text("# x\nhistory = 3\n")
        with pytest.raises(SettingError, match=r"line 2: history\.keep cannot be changed where it stands"):
            edit_setting(file, "history.keep", 7)
        assert file.read_text() == "# x\nhistory = 3\n"

    def test_other_faults_of_the_file_do_not_hinder(self, file: Path) -> None:
        """One setting can be mended while another is still wrong."""
        file.write_text('[cancel]\ngrace_s = "x"\n[history]\nkeep = -1\n')
        edit_setting(file, "history.keep", 7)
        assert [error.key for error in check(file, environ={})] == ["cancel.grace_s"]
        edit_setting(file, "cancel.grace_s", 1.5)
        assert check(file, environ={}) == []

    @pytest.mark.parametrize("step", ["fsync", "rename"])
    def test_a_failure_leaves_the_old_file(self, file: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
        """A disk that fills up while writing costs nothing: the old file is whole, and no other is left."""

        def fails(*_: object) -> None:
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(os, step, fails)
        with pytest.raises(SettingError, match="cannot be written: No space left on device; the file is as it was"):
            edit_setting(file, "history.keep", 7)
        assert file.read_text() == MINE
        assert [path.name for path in file.parent.iterdir()] == ["config.toml"]

    def test_a_folder_that_cannot_be_made(self, file: Path) -> None:
        """A path below a file gives a sentence."""
        with pytest.raises(SettingError, match="cannot be read: Not a directory"):
            edit_setting(file / "below.toml", "history.keep", 7)


class TestAnyDefault:
    @pytest.mark.parametrize("entry", reference(), ids=lambda entry: entry.key)
    def test_every_setting_can_be_written_and_read_back(self, entry: Any, tmp_path: Path) -> None:
        """Each setting, given its default, is written into a new file and read back as the default."""
        path = tmp_path / "config.toml"
        edit_setting(path, entry.key, entry.default)
        assert load_settings(path, environ={}) == Settings()
        assert path.read_text().count("=") == 1

    @given(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=30))
    def test_any_text_is_written_so_that_it_reads_the_same(self, command: str) -> None:
        """A text with quotes, backslashes, line ends or control characters survives the file."""
        import tempfile

        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "config.toml"
            path.write_text(MINE)
            edit_setting(path, "notify.command", command)
            assert load_settings(path, environ={}).notify.command == command
            assert path.read_text().startswith(MINE)


class TestStarter:
    def test_is_the_reference_with_every_setting_commented_out(self, tmp_path: Path) -> None:
        """A new file explains every setting and sets none; taking a # away sets one."""
        path = tmp_path / "config.toml"
        path.write_text(starter_text())
        assert load_settings(path, environ={}) == Settings()
        assert "\n# grace_s = 10.0\n" in starter_text()
        path.write_text(starter_text().replace("# grace_s = 10.0", "grace_s = 11.0"))
        assert load_settings(path, environ={}).cancel.grace_s == 11.0
