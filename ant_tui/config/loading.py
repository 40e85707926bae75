"""Settings from a file and the environment, every value with its origin, every mistake with its place.

All mistakes are gathered, none stops the search for the next; who loads raises the first and names the others.
Strength: ``ANT_TUI_<SECTION>__<KEY>`` in the environment, then the file, then the default. Nothing is written here.
"""

from __future__ import annotations

import os
import re
import sys
import tomllib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

import msgspec

from ant_tui import paths
from ant_tui.config.errors import SettingError, unknown_key, unknown_section, wrong_value
from ant_tui.config.positions import Path, first_unreadable, key_lines, leaves
from ant_tui.config.schema import Settings, inconsistencies
from ant_tui.config.values import FREE_TABLE, fit, fit_text, plain, shown, type_of, types
from ant_tui.errors import DataDirectoryError

__all__ = ["SettingOrigin", "check", "load_settings", "parse", "read_text", "settings_with_origin"]

_MOST_BYTES = 1 << 20
_ENVIRONMENT = re.compile(r"ANT_TUI_([A-Za-z0-9_]+?)__([A-Za-z0-9_]+)", re.ASCII)

Anywhere = str | os.PathLike[str]


class SettingOrigin(NamedTuple):
    """A setting that holds now, and who says so.

    Attributes:
        key: ``section.key``.
        value: as TOML has it (a list, not a tuple).
        origin: ``default``, ``environment``, or ``FILE:LINE``.
    """

    key: str
    value: Any
    origin: str


def load_settings(path: Anywhere | None = None, *, environ: Mapping[str, str] | None = None) -> Settings:
    """Read the settings.

    Args:
        path: a file that must be there; None reads the default one, which need not be there.
        environ: where overrides are looked for; None means the process's own environment.

    Raises:
        ConfigError: something cannot be used. The sentence is about the first mistake, ``reasons`` about the others.
    """
    found = _Reading(path, environ)
    if found.problems:
        raise found.problems[0].with_reasons(found.problems[1:])
    return found.settings


def check(path: Anywhere | None = None, *, environ: Mapping[str, str] | None = None) -> list[SettingError]:
    """Everything that is wrong with the settings at once, in the order of the file; empty when all is right."""
    return _Reading(path, environ).problems


def settings_with_origin(
    path: Anywhere | None = None, *, environ: Mapping[str, str] | None = None
) -> list[SettingOrigin]:
    """Every setting with its value and its origin, in the order of the reference file.

    Raises:
        ConfigError: as ``load_settings``.
    """
    found = _Reading(path, environ)
    if found.problems:
        raise found.problems[0].with_reasons(found.problems[1:])
    return [
        SettingOrigin(f"{section}.{key}", value, found.origin(section, key))
        for section, table in plain(found.settings).items()
        for key, value in table.items()
    ]


def read_text(file: str) -> str | None:
    """The text of a settings file; None when there is none.

    Raises:
        SettingError: it cannot be read, is no text, or is far too large.
    """
    try:
        with open(file, "rb") as source:
            content = source.read(_MOST_BYTES + 1)
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as problem:
        why = getattr(problem, "strerror", None) or str(problem)
        raise SettingError(f"the settings cannot be read: {why}", file=file) from problem
    if len(content) > _MOST_BYTES:
        raise SettingError("this is larger than any settings file (1 MiB); name another file", file=file)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as problem:
        line = content.count(b"\n", 0, problem.start) + 1
        raise SettingError("this is not UTF-8 text; save the file as UTF-8", file=file, line=line) from problem


def parse(text: str, file: str) -> dict[str, Any]:
    """Read TOML.

    Raises:
        SettingError: it is no TOML; names the line.
    """
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as problem:
        what, _, place = str(problem).partition(" (at ")
        number = re.match(r"line (\d+)", place)
        line = int(number[1]) if number else first_unreadable(text)  # "end of document" blames the wrong line
        what = "nested too deeply" if isinstance(problem, RecursionError) else what[:1].lower() + what[1:]
        raise SettingError(f"this is not TOML: {what}", file=file, line=line) from problem


def _default_file() -> str:
    """The default file; empty for a user without a home, who cannot have one."""
    try:
        return paths.config_file()
    except DataDirectoryError:
        return ""


class _Reading:
    """One look at a file and an environment: the settings, where each comes from, and what is wrong."""

    def __init__(self, path: Anywhere | None, environ: Mapping[str, str] | None) -> None:
        self.problems: list[SettingError] = []
        self._values: dict[str, dict[str, Any]] = {}
        self._from_file: dict[tuple[str, str], Path] = {}
        self._from_environment: set[tuple[str, str]] = set()
        self._text = ""
        self._file = ""
        try:
            chosen = path if path is not None else paths.chosen_config_file()
            self._file = os.path.abspath(chosen) if chosen is not None else _default_file()
            self._take_file(must_exist=chosen is not None)
        except SettingError as problem:
            self.problems.append(problem)
        self._take_environment(os.environ if environ is None else environ)
        # Most have set nothing: then nobody need look at what each setting may be, which takes 3 ms of every start.
        self.settings = msgspec.convert(self._values, Settings) if self._values else Settings()
        for key, about in inconsistencies(self.settings):
            section, name = key.split(".")
            self._blame(f"{key} {about}", self._from_file.get((section, name)), key)
        self.problems.sort(key=lambda problem: problem.line or sys.maxsize)

    def origin(self, section: str, key: str) -> str:
        """Who says so."""
        if (section, key) in self._from_environment:
            return "environment"
        path = self._from_file.get((section, key))
        return f"{self._file}:{self._lines[path]}" if path else "default"

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return key_lines(self._text)

    def _blame(self, sentence: str, path: Path | None, key: str) -> None:
        line = self._lines.get(path, 0) if path else 0
        file = self._file if path else "environment"
        self.problems.append(SettingError(sentence, file=file, line=line, key=key))

    def _take_file(self, *, must_exist: bool) -> None:
        text = read_text(self._file) if self._file else None
        if text is None:
            if must_exist:
                raise SettingError("there is no such settings file; check --config and ANT_TUI_CONFIG", file=self._file)
            return
        self._text = text
        for section, table in parse(text, self._file).items():
            if section not in types():
                self._blame(unknown_section(section, table, types()), (section,), section)
            elif not isinstance(table, dict):
                sentence = f"{section} is {shown(table)}, but must be a section: [{section}], its settings below it"
                self._blame(sentence, (section,), section)
            elif section == FREE_TABLE:
                for path, value in leaves(table, (section,)):  # bare dots of an action's id make nested tables
                    self._take(section, ".".join(path[1:]), value, path)
            else:
                for key, value in table.items():
                    self._take(section, key, value, (section, key))

    def _take(self, section: str, key: str, value: object, path: Path) -> None:
        declared = type_of(section, key)
        name = f"{section}.{key}"
        if declared is None:
            self._blame(unknown_key(section, key, types()), path, name)
            return
        if (section, key) in self._from_file:  # [keys] alone: once with quotes, once with bare dots
            self._blame(f"{name} is set twice; keep one", path, name)
        try:
            self._values.setdefault(section, {})[key] = fit(value, declared)
        except ValueError:
            self._blame(wrong_value(name, value, declared), path, name)
        else:
            self._from_file[section, key] = path

    def _take_environment(self, environ: Mapping[str, str]) -> None:
        for variable in sorted(environ):
            parts = _ENVIRONMENT.fullmatch(variable)
            if parts:
                section, key = parts[1].lower(), parts[2].lower()
                sentence = self._take_variable(section, key, environ[variable])
                if sentence:
                    problem = SettingError(sentence, file=f"environment, {variable}", key=f"{section}.{key}")
                    self.problems.append(problem)

    def _take_variable(self, section: str, key: str, text: str) -> str:
        """Take one override; returns what is wrong with it, or an empty text."""
        if section not in types():
            return unknown_section(section, {}, types())
        if section == FREE_TABLE:
            return f"[{FREE_TABLE}] can only be set in the settings file"
        declared = type_of(section, key)
        if declared is None:
            return unknown_key(section, key, types())
        try:
            self._values.setdefault(section, {})[key] = fit_text(text, declared)
        except (ValueError, RecursionError):
            return wrong_value(f"{section}.{key}", text, declared)
        self._from_environment.add((section, key))
        return ""
