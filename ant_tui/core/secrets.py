"""Which variables are nobody else's business, by their names: the one rule by which values are hidden."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

__all__ = ["MASK", "looks_secret", "masked"]

_Value = TypeVar("_Value")

MASK = "********"
"""What is shown instead of a value."""

_SECRET_WORDS = ("KEY", "TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "AUTH", "COOKIE")


def looks_secret(name: str) -> bool:
    """Whether a variable's name suggests that its value is nobody else's business."""
    upper = name.upper()
    return any(word in upper for word in _SECRET_WORDS)


def masked(variables: Mapping[str, _Value]) -> dict[str, _Value | str]:
    """Variables with the values of those whose names look secret hidden."""
    return {name: MASK if looks_secret(name) else value for name, value in variables.items()}
