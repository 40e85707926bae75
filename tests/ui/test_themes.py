"""Themes: those that come with the program, and those that people write."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.color import Color

from ant_tui import paths
from ant_tui.errors import ConfigError
from ant_tui.ui.themes import load_theme, load_themes, theme_named

OURS = {"ansi", "ansi-light", "dark", "high-contrast", "light", "sixteen"}


def theme(folder: Path, text: str, name: str = "mine") -> str:
    path = folder / f"{name}.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_our_own_themes_are_there_and_whole(tmp_path: Path) -> None:
    """Every theme that comes with the program loads, and all name the same variables of ours."""
    found = load_themes(str(tmp_path / "none"))
    assert set(found.themes) == OURS
    assert found.problems == ()
    for name in OURS:  # the start takes their colours as they are
        assert load_theme(paths.packaged("themes") + f"/{name}.toml") == found.themes[name]
    ours = [
        {key for key in one.variables if key.startswith(("state-", "gpu-b", "graph-"))} for one in found.themes.values()
    ]
    assert all(names == ours[0] for names in ours)


@pytest.mark.parametrize("name", ["dark", "light", "high-contrast"])
def test_text_can_be_read(name: str, tmp_path: Path) -> None:
    """Every state stands out from the background: a contrast of at least 4.5, 7 where contrast is the point."""
    one = load_themes(str(tmp_path)).themes[name]
    assert one.background is not None
    background = Color.parse(one.background)
    least = 7.0 if name == "high-contrast" else 4.5
    for key, value in one.variables.items():
        if key.startswith("state-"):
            light, dark = sorted((_luminance(Color.parse(value)), _luminance(background)), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= least, key


def _luminance(colour: Color) -> float:
    """Relative luminance as in the Web Content Accessibility Guidelines 2.1."""
    parts = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in colour.normalized]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]


@pytest.mark.parametrize("name", ["ansi", "ansi-light", "sixteen"])
def test_terminal_themes_use_nothing_but_the_terminals_colours(name: str, tmp_path: Path) -> None:
    """Themes for few colours name only colours that every terminal has."""
    one = load_themes(str(tmp_path)).themes[name]
    assert one.ansi
    variables = [colour for name, colour in one.variables.items() if not name.endswith("-text-style")]
    colours = [one.primary, one.secondary, one.error, one.background, *variables]
    assert all(colour is not None and colour.startswith("ansi_") for colour in colours)


def test_a_users_theme_wins(tmp_path: Path) -> None:
    """A file in the user's directory adds a theme, or takes the place of ours of that name."""
    theme(tmp_path, 'primary = "#102030"\n[variables]\nborder = "#102030 50%"\n')
    theme(tmp_path, 'primary = "#abcdef"\n', "dark")
    found = load_themes(str(tmp_path)).themes
    assert found["mine"].primary == "#102030"
    assert found["dark"].primary == "#abcdef"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("primary = ", "is not TOML"),
        ('secondary = "#102030"', 'the colour "primary" is missing'),
        ('primary = "greenish"', 'primary is "greenish", which is no colour'),
        ('primary = "#fff"\nprimry = "#fff"', 'a theme has no "primry"'),
        ('primary = "#fff"\ndark = "yes"', "dark must be true or false"),
        ('primary = "#fff"\n[variables]\nborder = "no"', 'variables.border is "no"'),
        ('primary = "#fff"\n[variables]\nborder = 3', "variables.border must be a text"),
        ('primary = "#fff"\n[variables]\nborder = "#fff much"', "a percentage"),
        ('primary = "#fff"\nvariables = 3', "variables must be a table"),
    ],
)
def test_a_broken_theme_is_told_and_left_out(text: str, sentence: str, tmp_path: Path) -> None:
    """A mistake in a user's theme costs that theme, and a sentence says file and key."""
    path = theme(tmp_path, text)
    with pytest.raises(ConfigError, match=r"mine\.toml"):
        load_theme(path)
    found = load_themes(str(tmp_path))
    assert set(found.themes) == OURS
    assert sentence in found.problems[0]


def test_a_theme_is_chosen_by_name_or_by_the_terminal(tmp_path: Path) -> None:
    """``auto`` means the terminal's own colours, the light ones where the terminal says that it is light."""
    themes = load_themes(str(tmp_path)).themes
    assert theme_named("auto", themes, {}) == "ansi"
    assert theme_named("auto", themes, {"COLORFGBG": "15;0"}) == "ansi"
    assert theme_named("auto", themes, {"COLORFGBG": "0;default;15"}) == "ansi-light"
    assert theme_named("light", themes, {}) == "light"
    with pytest.raises(ConfigError, match='there is no theme "drak"'):
        theme_named("drak", themes, {})
