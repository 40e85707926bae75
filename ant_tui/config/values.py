"""One value at a time: does it fit its declared type, and what would, in words that people understand.

The words are made from the declaration itself, so that an error, the reference file and the settings screen cannot
tell different stories.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal, get_args, get_origin

import msgspec
from msgspec import Meta

from ant_tui.config.schema import Keys, Settings

__all__ = ["FREE_TABLE", "allowed", "fit", "fit_text", "plain", "shown", "type_of", "types"]

FREE_TABLE = "keys"
"""The one section whose keys are not declared: every key may stand there, and all values are of one type."""

_SHOWN_LENGTH = 60


@cache
def types() -> Mapping[str, Mapping[str, Any]]:
    """Section -> key -> declared type, in the order of the reference file. The free table has no keys here."""
    return {
        section.name: {}
        if section.name == FREE_TABLE
        else {key.name: key.type for key in msgspec.structs.fields(section.type)}
        for section in msgspec.structs.fields(Settings)
    }


def type_of(section: str, key: str) -> Any:
    """The declared type of a setting, or None when there is no such setting."""
    return Keys if section == FREE_TABLE else types().get(section, {}).get(key)


def plain(settings: Settings) -> dict[str, dict[str, Any]]:
    """Section -> key -> value as TOML has it (lists, not tuples)."""
    sections: dict[str, dict[str, Any]] = msgspec.to_builtins(settings)
    return {
        section: {key: list(value) if isinstance(value, tuple) else value for key, value in table.items()}
        for section, table in sections.items()
    }


def fit(value: object, declared: Any) -> Any:
    """Check a value from TOML against its declared type.

    Returns:
        The value as the program holds it (a list becomes a tuple, a whole number a float where one is declared).

    Raises:
        ValueError: it does not fit.
    """
    return msgspec.convert(value, declared)


def fit_text(text: str, declared: Any) -> Any:
    """Check the text of an environment variable against a declared type.

    Numbers and ``true`` are written as in TOML, a text without quotes, a list as in TOML.

    Raises:
        ValueError: it does not fit.
    """
    try:
        return msgspec.convert(text, declared, strict=False)
    except msgspec.ValidationError:
        value = tomllib.loads(f"value = {text}")
        if list(value) != ["value"]:
            raise
        return fit(value["value"], declared)


def allowed(declared: Any) -> str:
    """What a type allows, as ``a whole number of tasks from 0 to 1000``."""
    kind, meta = declared, Meta()
    if get_origin(declared) is Annotated:
        kind, meta = get_args(declared)
    extra = meta.extra or {}
    unit = f" of {extra['unit']}" if "unit" in extra else ""
    if get_origin(kind) is Literal:
        return " or ".join(f'"{value}"' for value in get_args(kind))
    if get_origin(kind) is tuple:
        return f"a list{' of at least one' if meta.min_length else ''}, each {allowed(get_args(kind)[0])}"
    if kind is bool:
        return "true or false"
    if kind is int:
        return f"a whole number{unit}{_range(meta)}"
    if kind is float:
        return f"a number{unit}{_range(meta)}"
    return str(extra["words"])


def shown(value: object) -> str:
    """A value from a file as it can be shown in a sentence: on one line, printable, cut when long."""
    try:
        text = repr(value) if isinstance(value, str | list | dict) else str(value).lower()
    except (RecursionError, ValueError):  # deep nesting; a whole number of more digits than Python prints
        text = "something huge"
    return text if len(text) <= _SHOWN_LENGTH else text[: _SHOWN_LENGTH - 1] + "…"


def _range(meta: Meta) -> str:
    if meta.gt is not None:
        return f" above {meta.gt:.15g}, up to {meta.le:.15g}"
    return f" from {meta.ge:.15g} to {meta.le:.15g}"
