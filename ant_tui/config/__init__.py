"""Typed settings: declared once in ``schema``, read from TOML and the environment, edited without losing comments.

A leaf: it imports nothing of ours but ``paths`` and ``errors``. What a setting makes the program do is not decided
here.
"""

from __future__ import annotations

from ant_tui.config.editing import edit_setting, starter_text
from ant_tui.config.errors import SettingError
from ant_tui.config.loading import SettingOrigin, check, load_settings, settings_with_origin
from ant_tui.config.reference import SettingReference, reference
from ant_tui.config.schema import Settings

__all__ = [
    "SettingError",
    "SettingOrigin",
    "SettingReference",
    "Settings",
    "check",
    "edit_setting",
    "load_settings",
    "reference",
    "settings_with_origin",
    "starter_text",
]
