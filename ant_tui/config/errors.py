"""What can be wrong with a settings file, as sentences that name file, line, key and the way out."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from ant_tui.config.values import FREE_TABLE, allowed, shown
from ant_tui.errors import ConfigError

__all__ = ["SettingError", "unknown_key", "unknown_section", "wrong_value"]

_LONGEST_NAME = 64


class SettingError(ConfigError):
    """One thing that is wrong, with its place, so that a screen can show it beside the setting.

    Attributes:
        file: the file, or ``environment``.
        line: from 1; 0 where no line is to blame.
        key: ``section.key``, a section, or empty.
    """

    def __init__(self, problem: str, *, file: str, line: int = 0, key: str = "", reasons: tuple[str, ...] = ()) -> None:
        """Make an error; ``problem`` is the sentence without its place."""
        place = f"{file}, line {line}" if line else file
        super().__init__(f"{place}: {problem}", reasons=reasons)
        self.problem = problem
        self.file = file
        self.line = line
        self.key = key

    def with_reasons(self, others: Iterable[SettingError]) -> SettingError:
        """The same, naming what else is wrong."""
        return SettingError(
            self.problem,
            file=self.file,
            line=self.line,
            key=self.key,
            reasons=tuple(other.sentence for other in others),
        )


def wrong_value(key: str, value: object, declared: Any) -> str:
    """The sentence for a value that does not fit."""
    return f"{_plain(key)} is {shown(value)}, but must be {allowed(declared)}"


def unknown_section(name: str, value: object, known: Mapping[str, Mapping[str, Any]]) -> str:
    """The sentence for something at the top of a file that is no section."""
    homes = _homes(name, known)
    if homes and not isinstance(value, dict):
        return f'"{name}" stands outside its section; it belongs below [{homes[0]}]'
    return f'there is no section "{_plain(name)}"{_nearest(name, known, "[{}]")}'


def unknown_key(section: str, key: str, known: Mapping[str, Mapping[str, Any]]) -> str:
    """The sentence for a key that its section does not have."""
    homes = _homes(key, known)
    near = _nearest(key, known.get(section, {}), '"{}"')
    if homes and not near:
        near = f'; "{key}" belongs below [{homes[0]}]'
    return f'there is no setting "{_plain(key)}" in [{section}]{near}'


def _homes(key: str, known: Mapping[str, Mapping[str, Any]]) -> list[str]:
    return [section for section, keys in known.items() if key in keys and section != FREE_TABLE]


def _nearest(name: str, known: Mapping[str, Any], form: str) -> str:
    found = difflib.get_close_matches(name[:_LONGEST_NAME].lower(), known, n=1, cutoff=0.5)
    return f"; did you mean {form.format(found[0])}?" if found else ""


def _plain(name: str) -> str:
    return shown(name)[1:-1]
