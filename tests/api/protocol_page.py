"""``docs/protocol.md`` as data: its sections, its examples, what in them differs each time, and writing it anew."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from msgspec import Struct

PAGE = Path(__file__).parents[2] / "docs" / "protocol.md"
DATA = "/home/me/.local/share/ant-tui"
"""The data directory in the examples."""

_WIDTH = 118
_FENCE = re.compile(r"^```json\n(.*?)\n```$", re.M | re.S)
_HEADING = re.compile(r"^#{2,3} (.*)$", re.M)
_TIME = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")
_VOLATILE = frozenset(
    {
        "at", "boot_id", "clock_mhz", "cpu", "cpu_count", "cpu_name", "driver_error", "ended_at", "exited_at", "fan",
        "finished_at", "load1", "memory_total", "memory_used", "pid", "pid_start", "power_w", "runtime_s",
        "scheduler_pid", "seq", "session", "session_id", "started_at", "starting_at", "submitted_at", "temperature_c",
        "utilization", "version",
    }
)  # fmt: skip
"""Fields whose values differ from run to run; that they are there, and of which type, does not."""

_MAY_BE_LEFT_OUT = frozenset({"shell"})
"""Fields of the image that are left out where they have their default, if that is the same object in memory."""


class Block(Struct, frozen=True):
    """A block of JSON on the page, and where its text begins and ends."""

    value: dict[str, Any]
    start: int
    end: int

    @property
    def is_request(self) -> bool:
        """Whether this is what a client sends."""
        return "method" in self.value and "id" in self.value

    @property
    def is_notification(self) -> bool:
        """Whether this is what a subscriber hears."""
        return "method" in self.value and "id" not in self.value


def blocks(text: str) -> list[Block]:
    """All blocks of JSON, in order."""
    return [Block(json.loads(found[1]), found.start(1), found.end(1)) for found in _FENCE.finditer(text)]


def sections(text: str) -> dict[str, str]:
    """The text below each heading, by every name in backticks that the heading holds."""
    found: dict[str, str] = {}
    headings = list(_HEADING.finditer(text))
    ends = [heading.start() for heading in headings[1:]] + [len(text)]
    for heading, end in zip(headings, ends, strict=True):
        for name in re.findall(r"`([^`]+)`", heading[1]):
            found[name] = text[heading.end() : end]
    return found


def normal(value: Any, data: str, key: str = "") -> Any:
    """A value without what differs from run to run.

    Args:
        value: out of an answer.
        data: the data directory that it names.
        key: the name of the field that holds it.
    """
    if isinstance(value, dict):
        return {name: normal(inner, data, name) for name, inner in value.items() if name not in _MAY_BE_LEFT_OUT}
    if isinstance(value, list) and key == "values":
        return ["<number>" for _ in value]  # measured, and null where the scheduler is too young
    if isinstance(value, list):
        return [normal(inner, data, key) for inner in value]
    if value is None or isinstance(value, bool):
        return value
    if key in _VOLATILE:
        return f"<{'number' if isinstance(value, int | float) else 'text'}>"
    if isinstance(value, str):
        return "<time>" if _TIME.match(value) else value.replace(data, "<data>")
    return value


def pretty(value: Any, data: str) -> str:
    """JSON for reading, with the data directory of the examples."""
    return _wrapped(value, "", 0).replace(data, DATA)


def _wrapped(value: Any, indent: str, used: int) -> str:
    """JSON on one line where it fits, else a line for each part."""
    flat = json.dumps(value, ensure_ascii=False)
    if len(indent) + used + len(flat) <= _WIDTH or not isinstance(value, dict | list) or not value:
        return flat
    inner = indent + "  "
    if isinstance(value, list):
        parts = [_wrapped(part, inner, 1) for part in value]
        return "[\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}]"
    return "{\n" + _lines(value, inner) + f"\n{indent}}}"


def _lines(value: dict[str, Any], indent: str) -> str:
    """The fields of an object, as many on a line as fit."""
    lines: list[str] = []
    for name, part in value.items():
        text = f"{json.dumps(name)}: {_wrapped(part, indent, len(name) + 5)}"
        if lines and "\n" not in text + lines[-1] and len(lines[-1]) + len(text) + 2 <= _WIDTH:
            lines[-1] += f", {text}"
        else:
            lines.append(indent + text)
    return ",\n".join(lines)
