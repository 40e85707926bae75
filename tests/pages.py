"""Commands of pages in Markdown, one by one, and running them with a plain shell."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Command", "commands", "console", "run_in_shell"]

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```", re.MULTILINE | re.DOTALL)
_HERE = re.compile(r"<<-?\s*(['\"]?)(\w+)\1")


@dataclass(frozen=True)
class Command:
    """A command of a page, the output that the page shows, and the line on which it begins."""

    text: str
    output: str
    line: int


def commands(page: str) -> list[Command]:
    """Every command in the ``sh`` blocks of a page; here-documents belong to the command that opens them."""
    found: list[Command] = []
    for line, body in _blocks(page, "sh"):
        lines = iter(enumerate(body.splitlines(), line))
        for number, text in lines:
            if text.strip():
                found.append(Command(_whole(text, lines), "", number))
    return found


def console(page: str) -> list[Command]:
    """Every command of the ``console`` blocks (``$ command``) with the output below it."""
    found: list[Command] = []
    for line, body in _blocks(page, "console"):
        lines = iter(enumerate(body.splitlines(), line))
        for number, text in lines:
            if text.startswith("$ "):
                found.append(Command(_whole(text[2:], lines), "", number))
            elif found:
                last = found[-1]
                found[-1] = Command(last.text, f"{last.output}{text}\n", last.line)
    return found


def _blocks(page: str, kind: str) -> Iterator[tuple[int, str]]:
    for block in _BLOCK.finditer(page):
        if block[1] == kind:
            yield page.count("\n", 0, block.start(2)) + 1, block[2]


def _whole(text: str, lines: Iterator[tuple[int, str]]) -> str:
    """A command with the lines that belong to it: continuations and here-documents."""
    while text.endswith("\\"):
        text += "\n" + next(lines)[1]
    if (opened := _HERE.search(text)) is not None:
        end = ""
        while end != opened[2]:
            end = next(lines)[1]
            text += "\n" + end
    return text


def run_in_shell(command: str, directory: Path, env: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    """Run a command as somebody would who types it into ``sh``."""
    return subprocess.run(
        ["sh", "-c", command],
        cwd=directory,
        env=dict(env),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
