"""The reference file, read for people: what each setting means, what it allows, what it is by default."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

from ant_tui import paths
from ant_tui.config.positions import statements
from ant_tui.config.schema import Settings
from ant_tui.config.values import allowed, plain, types

__all__ = ["SettingReference", "reference"]


class SettingReference(NamedTuple):
    """One setting, explained.

    Attributes:
        key: ``section.key``.
        default: as TOML has it.
        allowed: what its type allows, with unit and range.
        meaning: what it does; the comment of the reference file, in one line.
    """

    key: str
    default: Any
    allowed: str
    meaning: str


@cache
def reference() -> tuple[SettingReference, ...]:
    """Every declared setting in the order of the reference file.

    Raises:
        FileNotFoundError: the installation is broken.
    """
    with open(paths.packaged("config/default.toml"), encoding="utf-8") as source:
        comments = {statement.path: statement.comment for statement in statements(source.read())}
    built = plain(Settings())
    found = []
    for section, keys in types().items():
        for key, declared in keys.items():
            words = allowed(declared)
            comment = comments.get((section, key), ())
            meaning = " ".join(line for line in comment if line != f"Allowed: {words}.")
            found.append(SettingReference(f"{section}.{key}", built[section][key], words, meaning))
    return tuple(found)
