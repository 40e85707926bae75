"""Colour themes from TOML files: those that come with the program, and the user's own, which win.

A file says ``dark``, ``ansi`` and colours by Textual's names, and in ``[variables]`` further ones, among them our own
(states, graphs). Everything is checked here, because Textual finds a wrong colour only when it paints with it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterator, Mapping
from typing import Any

from msgspec import Struct
from textual.color import Color, ColorParseError
from textual.theme import Theme

from ant_tui import paths
from ant_tui.errors import ConfigError
from ant_tui.output.sanitise import plain

__all__ = ["Themes", "load_theme", "load_themes", "theme_named"]

_COLOURS = (
    "primary", "secondary", "warning", "error", "success", "accent", "foreground", "background", "surface", "panel",
    "boost",
)  # fmt: skip
_SWITCHES = ("dark", "ansi")


class Themes(Struct, frozen=True):
    """What was found.

    Attributes:
        themes: name → theme.
        problems: what is wrong with files of the user's, one sentence each; those themes are left out.
    """

    themes: Mapping[str, Theme]
    problems: tuple[str, ...]


def load_themes(user_directory: str | None = None) -> Themes:
    """Load all themes.

    Args:
        user_directory: the user's own; None takes the usual one.

    Raises:
        ConfigError: one of the program's own themes is broken.
        FileNotFoundError: the installation is broken.
    """
    own = (load_theme(path, checked=True) for path in _files(paths.packaged("themes")))
    themes = {theme.name: theme for theme in own}
    problems: list[str] = []
    for path in _files(paths.themes_dir() if user_directory is None else user_directory):
        try:
            theme = load_theme(path)
        except ConfigError as problem:
            problems.append(problem.sentence)
        else:
            themes[theme.name] = theme
    return Themes(themes, tuple(problems))


def load_theme(path: str, *, checked: bool = False) -> Theme:
    """Load one theme; it is called as its file.

    Args:
        path: the file.
        checked: whether a test has looked at every colour already, as at those of the program's own themes.

    Raises:
        ConfigError: it cannot be read or used; names file and key.
    """
    try:
        with open(path, "rb") as file:
            found = tomllib.load(file)
    except OSError as problem:
        raise ConfigError(f"{plain(path)}: this theme cannot be read: {problem.strerror}") from problem
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ConfigError(f"{plain(path)}: this theme is not TOML: {plain(str(problem))}") from problem
    variables = found.pop("variables", {})
    if not isinstance(variables, dict):
        raise ConfigError(f"{plain(path)}: variables must be a table")
    if not checked:
        _check(path, found, variables)
    name = os.path.splitext(os.path.basename(path))[0]
    return Theme(name=name, variables=variables, **found)


def theme_named(wanted: str, themes: Mapping[str, Theme], environ: Mapping[str, str]) -> str:
    """The theme that a setting means.

    Args:
        wanted: the setting ``screen.theme``: a name, or ``auto`` for the terminal's own colours.
        themes: what there is.
        environ: ``COLORFGBG`` tells whether the terminal is light, where it tells.

    Raises:
        ConfigError: there is no such theme.
    """
    if wanted == "auto":
        return "ansi-light" if _is_light(environ.get("COLORFGBG", "")) else "ansi"
    if wanted not in themes:
        known = ", ".join(sorted(themes))
        raise ConfigError(f'screen.theme: there is no theme "{plain(wanted)}"; there are {known}')
    return wanted


def _is_light(fgbg: str) -> bool:
    """Whether the background that a terminal names in ``COLORFGBG`` (as ``15;0``) is a light one."""
    background = fgbg.rpartition(";")[2]
    return background in ("7", "15")


def _files(directory: str) -> Iterator[str]:
    try:
        names = sorted(os.listdir(directory))
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # most users have no themes of their own
    for name in names:
        if name.endswith(".toml"):
            yield os.path.join(directory, name)


def _check(path: str, found: Mapping[str, Any], variables: Mapping[str, Any]) -> None:
    if "primary" not in found:
        raise ConfigError(f'{plain(path)}: the colour "primary" is missing')
    for key, value in found.items():
        if key in _SWITCHES:
            if not isinstance(value, bool):
                raise ConfigError(f"{plain(path)}: {key} must be true or false")
        elif key in _COLOURS:
            _check_colour(path, key, value)
        else:
            known = ", ".join((*_SWITCHES, *_COLOURS, "variables"))
            raise ConfigError(f'{plain(path)}: a theme has no "{plain(key)}"; it has {known}')
    for key, value in variables.items():
        if not isinstance(value, str):
            raise ConfigError(f"{plain(path)}: variables.{plain(key)} must be a text")
        if not key.endswith(("-style", "-style-hover")):
            _check_colour(path, f"variables.{key}", value)


def _check_colour(path: str, key: str, value: object) -> None:
    text = str(value)
    colour, _, opacity = text.partition(" ")  # "#102030 50%" is a colour and how much of it
    try:
        Color.parse(colour)
    except ColorParseError:
        raise ConfigError(f'{plain(path)}: {plain(key)} is "{plain(text)}", which is no colour') from None
    if opacity and not (opacity.endswith("%") and opacity[:-1].isdigit()):
        raise ConfigError(f'{plain(path)}: {plain(key)} is "{plain(text)}"; behind a colour stands a percentage')
