"""All settings with their values, origins and meanings, and the reading of what somebody types for one of them.

Values here are as TOML has them. Files are read and written by ``config`` alone.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec

from ant_tui.config import reference, settings_with_origin
from ant_tui.config.schema import Keys
from ant_tui.config.values import FREE_TABLE, allowed, fit_text, type_of
from ant_tui.errors import ConfigError
from ant_tui.ui.keys import Keymap, known_keys
from ant_tui.ui.settings.effects import Effect, effect_of

__all__ = ["Setting", "catalogue", "parse", "shown"]

DEFAULT, ENVIRONMENT = "default", "environment"


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        key: ``section.key``.
        value: what holds.
        default: what holds where nobody says otherwise.
        allowed: what may be said, in words.
        meaning: what it does.
        origin: ``default``, ``environment`` or ``FILE:LINE``.
        choices: the values that it can have, where these are few; empty where they are not.
    """

    key: str
    value: Any
    default: Any
    allowed: str
    meaning: str
    origin: str
    choices: tuple[str, ...] = ()

    @property
    def section(self) -> str:
        """The section that it stands in."""
        return self.key.partition(".")[0]

    @property
    def name(self) -> str:
        """Its name in the section."""
        return self.key.partition(".")[2]

    @property
    def is_set(self) -> bool:
        """Whether somebody has said something, be it the same as the default."""
        return self.origin != DEFAULT

    @property
    def fixed(self) -> str:
        """Why it cannot be changed here, as a sentence; empty where it can."""
        if self.origin != ENVIRONMENT:
            return ""
        variable = f"ANT_TUI_{self.section}__{self.name}".upper()
        return f"{variable} in the environment says so, which is stronger than the file. Unset it to change this here."

    @property
    def line(self) -> str:
        """Where it is said, in a word or two."""
        if self.origin in (DEFAULT, ENVIRONMENT):
            return self.origin
        return f"line {self.origin.rpartition(':')[2]}"

    @cached_property
    def effect(self) -> Effect:
        """When a change of it holds."""
        return effect_of(self.key)


def catalogue(file: str | None, themes: Sequence[str]) -> list[Setting]:
    """Read all settings.

    Args:
        file: the settings file that was asked for; None for the usual one.
        themes: the names of all themes.

    Raises:
        ConfigError: the file cannot be used.
    """
    held = {found.key: found for found in settings_with_origin(file)}
    settings = []
    for about in reference():
        found = held[about.key]
        section, _, name = about.key.partition(".")
        choices = ("auto", *themes) if about.key == "screen.theme" else _choices(type_of(section, name))
        settings.append(
            Setting(about.key, found.value, about.default, about.allowed, about.meaning, found.origin, choices)
        )
    last_of_screen = max(place for place, one in enumerate(settings) if one.section == "screen")
    settings[last_of_screen + 1 : last_of_screen + 1] = _keys(held)
    return settings


def _keys(held: Mapping[str, Any]) -> list[Setting]:
    settings = []
    for known in known_keys().values():
        key = f"{FREE_TABLE}.{known.id}"
        default = ",".join(known.keys)
        value, origin = (held[key].value, held[key].origin) if key in held else (default, DEFAULT)
        settings.append(Setting(key, value, default, allowed(Keys), known.help, origin))
    return settings


def _choices(declared: Any) -> tuple[str, ...]:
    if declared is bool:
        return ("true", "false")
    return get_args(declared) if get_origin(declared) is Literal else ()


def shown(value: Any) -> str:
    """A value as it is shown and typed: lists without brackets, texts without quotes."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, list | tuple):
        return ", ".join(map(str, value))
    return str(value)


def parse(setting: Setting, text: str, settings: Sequence[Setting]) -> tuple[Any, str]:
    """Read what somebody typed.

    Args:
        setting: for what.
        text: as typed; a list may stand in brackets as in TOML, or only have commas.
        settings: all of them, for what must fit together.

    Returns:
        The value and an empty text, or None and what is wrong.
    """
    try:
        value = _value(text, type_of(setting.section, setting.name))
    except (ValueError, RecursionError, tomllib.TOMLDecodeError):
        return None, f"This must be {setting.allowed}."
    if setting.choices and shown(value) not in setting.choices:
        return None, f"There is no {value!r}; there are {', '.join(setting.choices)}."
    if setting.section == FREE_TABLE:
        others = {one.name: one.value for one in settings if one.section == FREE_TABLE and one.is_set}
        others.pop(setting.name, None)
        try:
            Keymap({setting.name: value, **others})  # the new one first: it is the one to blame
        except ConfigError as problem:
            said = problem.sentence.removeprefix(f"[{FREE_TABLE}]: ")
            return None, f"{said[0].upper()}{said[1:]}."
    return value, ""


def _value(text: str, declared: Any) -> Any:
    kind = get_args(declared)[0] if get_origin(declared) is Annotated else declared
    if get_origin(kind) is tuple and not text.lstrip().startswith("["):
        pieces = [piece.strip() for piece in text.split(",")]
        value = msgspec.convert([piece for piece in pieces if piece], declared, strict=False)
    else:
        value = fit_text(text if kind is str else text.strip(), declared)
    return list(value) if isinstance(value, tuple) else value
