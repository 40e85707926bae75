"""No two modules know each other, not even by their types: each can be read, and moved, without the other."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import ant_tui

_ROOT = Path(ant_tui.__path__[0])
_KNOWN = ("ant_tui.ui.",)
"""Where the rule does not hold yet: the screen and its helpers."""


def _name(file: Path) -> str:
    parts = file.relative_to(_ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imported(file: Path, known: frozenset[str]) -> Iterator[str]:
    """Every module of ours that a file imports, wherever in it."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in known else str(node.module)


def test_there_are_no_circles() -> None:
    """Imports for types only and imports inside functions count as well."""
    files = {_name(file): file for file in _ROOT.rglob("*.py")}
    known = frozenset(files)
    graph = {
        name: {other for other in _imported(file, known) if other != name and not other.startswith(_KNOWN)}
        for name, file in files.items()
        if not name.startswith(_KNOWN)
    }
    assert len(graph) > 100
    circle: list[str] = []
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as found:
        circle = found.args[1]
    assert circle == []
