"""The catalogue of settings: complete, with origins, and strict about what is typed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ant_tui.config import reference
from ant_tui.errors import ConfigError
from ant_tui.ui.keys import known_keys
from ant_tui.ui.settings.catalogue import Setting, catalogue, parse, shown
from ant_tui.ui.settings.effects import Effect, effect_of

THEMES = ("dark", "light")


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "config.toml"
    path.write_text('[scheduler]\n# half of them\nmax_gpus = 4\n[keys]\n"queue.pause" = "P,f5"\n')
    return str(path)


def named(settings: list[Setting], key: str) -> Setting:
    return next(setting for setting in settings if setting.key == key)


def typed(file: str, key: str, text: str) -> tuple[Any, str]:
    settings = catalogue(file, THEMES)
    return parse(named(settings, key), text, settings)


def test_every_setting_and_every_key_is_there(file: str) -> None:
    """What the reference names and what can be done with a key, each once, sections in one piece."""
    settings = catalogue(file, THEMES)
    keys = [setting.key for setting in settings]
    assert set(keys) == {one.key for one in reference()} | {f"keys.{name}" for name in known_keys()}
    assert len(set(keys)) == len(keys)
    sections = [setting.section for setting in settings]
    assert len({*sections}) == sum(one != other for one, other in zip(sections, ["", *sections], strict=False))


def test_of_every_setting_it_is_known_when_it_holds(file: str) -> None:
    """No setting is without an answer to that."""
    for setting in catalogue(file, THEMES):
        assert isinstance(setting.effect, Effect), setting.key
    assert effect_of("screen.theme") is Effect.AT_ONCE
    assert effect_of("scheduler.max_gpus") is Effect.SCHEDULER
    assert effect_of("keys.task.add") is Effect.SCREEN
    with pytest.raises(KeyError):
        effect_of("nobody.knows")


def test_origins_are_told(file: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Default, line of the file, or a variable that is stronger than the file and so cannot be changed here."""
    monkeypatch.setenv("ANT_TUI_GPUS__DEADLINE_S", "3")
    settings = catalogue(file, THEMES)
    shell, gpus, deadline = (named(settings, f) for f in ("scheduler.shell", "scheduler.max_gpus", "gpus.deadline_s"))
    assert (shell.line, shell.is_set, shell.fixed) == ("default", False, "")
    assert (gpus.line, gpus.value, gpus.is_set) == ("line 3", 4, True)
    assert (deadline.line, deadline.value) == ("environment", 3.0)
    assert deadline.fixed.startswith("ANT_TUI_GPUS__DEADLINE_S in the environment says so")
    assert named(settings, "keys.queue.pause").line == "line 5"


def test_a_broken_file_is_told_with_its_line(file: str) -> None:
    with open(file, "a") as more:
        more.write("[scheduler_log]\nlevel = 7\n")
    with pytest.raises(ConfigError, match="line 7"):
        catalogue(file, THEMES)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("scheduler.max_gpus", " 8 ", 8),
        ("cancel.grace_s", "2", 2.0),
        ("scheduler.shell", "/bin/bash", "/bin/bash"),
        ("logs.root", "", ""),
        ("logs.root", "~/logs of mine", "~/logs of mine"),
        ("gpus.ignore_pids", "1, 22", [1, 22]),
        ("gpus.ignore_pids", "", []),
        ("gpus.ignore_users", "alice", ["alice"]),
        ("notify.states", "failed, timeout", ["failed", "timeout"]),
        ("notify.states", '["failed"]', ["failed"]),
        ("screen.columns", "id,state", ["id", "state"]),
        ("screen.theme", "dark", "dark"),
        ("keys.task.add", "insert", "insert"),
        ("notify.bell", "true", True),
    ],
)
def test_what_fits_is_taken(file: str, key: str, text: str, value: object) -> None:
    """Numbers and texts as they are, lists with commas or as in TOML."""
    assert typed(file, key, text) == (value, "")


@pytest.mark.parametrize(
    ("key", "text", "wrong"),
    [
        ("scheduler.max_gpus", "many", "This must be a whole number of GPUs from 0 to 10000."),
        ("scheduler.max_gpus", "", "This must be a whole number of GPUs from 0 to 10000."),
        ("scheduler.max_gpus", "10001", "from 0 to 10000"),
        ("scheduler.shell", "bash", "the absolute path of a program"),
        ("screen.columns", "", "a list of at least one"),
        ("screen.columns", "id, colour", "each "),
        ("notify.states", "[failed", "a list"),
        ("screen.theme", "nord", "There is no 'nord'; there are auto, dark, light."),
        ("screen.theme", "", "the name of a theme"),
        ("keys.task.add", "P", "The key P of task.add is that of queue.pause"),
        ("keys.task.add", "no-such-key", 'There is no key "no-such-key".'),
        ("keys.task.add", "", "keys with commas between them"),
        ("notify.webhook", "ftp://x", "an http:// or https:// address"),
    ],
)
def test_what_does_not_fit_is_explained(file: str, key: str, text: str, wrong: str) -> None:
    """The sentence says what would do; for keys, also who has the key already."""
    value, said = typed(file, key, text)
    assert value is None
    assert wrong in said


def test_what_is_shown_can_be_typed_again(file: str) -> None:
    """Every value reads back as itself."""
    settings = catalogue(file, THEMES)
    for setting in settings:
        if setting.section == "keys" and not setting.value:
            continue  # an action without a key has nothing to type
        value, wrong = parse(setting, shown(setting.value), settings)
        assert (value, wrong) == (setting.value, ""), setting.key
