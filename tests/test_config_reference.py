"""The reference file, the declared settings, the page about them: one story."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from msgspec import inspect

from ant_tui import paths
from ant_tui.config import Settings, load_settings, reference
from ant_tui.config.positions import statements
from ant_tui.config.schema import EndedState, RecoverySettings, SchedulerSettings
from ant_tui.config.values import allowed, plain, types
from ant_tui.core.task import ENDED

DEFAULT = Path(paths.packaged("config/default.toml"))
PAGE = Path(__file__).parents[1] / "docs" / "configuration.md"


def every_type() -> list[tuple[str, Any]]:
    return [(f"{section}.{key}", declared) for section, keys in types().items() for key, declared in keys.items()]


class TestReferenceFile:
    def test_holds_every_setting_with_its_default(self) -> None:
        """The shipped file and the program's defaults agree in every section, key, value, type and order. row 007"""
        shipped = tomllib.loads(DEFAULT.read_text("utf-8"))
        built = plain(Settings())
        assert shipped == built
        assert list(shipped) == list(built)
        for section, table in shipped.items():
            assert list(table) == list(built[section])
            for key, value in table.items():
                assert type(value) is type(built[section][key]), f"{section}.{key}"

    def test_can_be_loaded_and_changes_nothing(self) -> None:
        """Who copies the whole file as his own gets the defaults. row 007"""
        assert load_settings(DEFAULT, environ={}) == Settings()

    def test_every_setting_has_its_meaning_and_what_is_allowed(self) -> None:
        """Above each setting stand what it does and then exactly what its type allows, with unit and range."""
        checked = 0
        for statement in statements(DEFAULT.read_text("utf-8")):
            if len(statement.path) == 1:
                assert statement.comment, f"section {statement.path} says nothing"
                continue
            section, key = statement.path
            *meaning, last = statement.comment
            assert last == f"Allowed: {allowed(types()[section][key])}.", f"{section}.{key}"
            assert meaning, f"{section}.{key}"
            assert meaning[-1].endswith("."), f"{section}.{key}"
            checked += 1
        assert checked == len(every_type())

    def test_explains_each_setting_for_the_settings_screen(self) -> None:
        """The same words are at hand as values, without the line about what is allowed."""
        assert [entry.key for entry in reference()] == [key for key, _ in every_type()]
        by_key = {entry.key: entry for entry in reference()}
        grace = by_key["cancel.grace_s"]
        assert grace == (
            "cancel.grace_s",
            10.0,
            "a number of seconds from 0 to 3600",
            "Time that a task has between TERM and KILL.",
        )
        assert all(entry.meaning and "Allowed:" not in entry.meaning for entry in reference())


class TestDeclarations:
    @pytest.mark.parametrize(("key", "declared"), every_type())
    def test_says_its_unit_and_its_range(self, key: str, declared: Any) -> None:
        """Every number has both bounds, and a name that ends in a unit is declared with that unit."""
        info = inspect.type_info(declared)
        extra: dict[str, Any] = {}
        if isinstance(info, inspect.Metadata):
            extra = info.extra or {}
            info = info.type
        if isinstance(info, inspect.IntType | inspect.FloatType):
            assert info.le is not None, key
            assert info.ge is not None or info.gt is not None, key
        for suffix, unit in (("_s", "seconds"), ("_mib", "MiB"), ("_days", "days"), ("_hours", "hours")):
            if key.endswith(suffix):
                assert extra.get("unit") == unit, key
        if isinstance(info, inspect.StrType):
            assert info.pattern is not None, key
            assert "words" in extra, key

    def test_defaults_keep_their_own_rules(self) -> None:
        """Every default is a value that a file may give."""
        assert msgspec.convert(plain(Settings()), Settings) == Settings()

    def test_ends_of_tasks_are_those_of_the_core(self) -> None:
        """What can be told about the end of a task are the states in which a task ends."""
        assert set(get_args(EndedState)) == {state.value for state in ENDED}

    def test_settings_cannot_be_changed(self) -> None:
        """Settings are values: whoever holds them can rely on them."""
        with pytest.raises(AttributeError):
            Settings().cancel.grace_s = 1.0  # type: ignore[misc]


class TestDerived:
    @pytest.mark.parametrize(("limit", "cores", "expected"), [(0, 1, 16), (0, 4, 16), (0, 64, 256), (3, 64, 3)])
    def test_cpu_task_limit(self, limit: int, cores: int, expected: int) -> None:
        """The automatic limit of CPU tasks is 4 for each core, at least 16; a set one holds. row 125"""
        assert SchedulerSettings(max_cpu_tasks=limit).cpu_task_limit(cores) == expected

    def test_recovery_decides_by_the_screen(self) -> None:
        """With a screen there is somebody to ask; without one everything is taken back; what is set, holds."""
        assert RecoverySettings().resolved(headless=False) == RecoverySettings("ask", "ask", "restore")
        assert RecoverySettings().resolved(headless=True) == RecoverySettings("restore", "restore", "restore")
        chosen = RecoverySettings("keep", "ask", "keep")
        assert chosen.resolved(headless=True) == chosen.resolved(headless=False) == chosen
        assert RecoverySettings(completed="auto").resolved(headless=False).completed == "restore"


class TestPage:
    def test_lists_every_setting_as_it_is(self) -> None:
        """The page's table has a row for each setting, in order, with default and what is allowed."""
        rows = re.findall(r"^\| `([a-z_]+\.[a-z_]+)` \| `(.*?)` \| (.*?) \|$", PAGE.read_text("utf-8"), re.MULTILINE)
        values = {
            f"{'.'.join(statement.path)}": statement.text.partition(" = ")[2]
            for statement in statements(DEFAULT.read_text("utf-8"))
        }
        assert rows == [(entry.key, values[entry.key], entry.allowed) for entry in reference()]

    def test_has_a_place_for_each_key_of_ant(self) -> None:
        """Every key of ANT's default.json is named, with its successor or with the reason why it has none. row 007"""
        text = PAGE.read_text("utf-8")
        rows = dict(re.findall(r"^\| `([A-Za-z_]+)` \| (.*?) \|$", text, re.MULTILINE))
        assert len(rows) == 37
        known = {entry.key for entry in reference()}
        for key, place in rows.items():
            assert place, key
            for named in re.findall(r"`([a-z_]+\.[a-z_]+)`", place):
                assert named in known, f"{key} -> {named}"
