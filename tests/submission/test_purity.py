"""What the package may know."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ant_tui.submission

FILES = sorted(Path(ant_tui.submission.__path__[0]).glob("*.py"))
PURE = {"bisect", "collections", "csv", "dataclasses", "datetime", "io", "json", "math", "re", "types", "typing"}
PURE |= {"__future__", "functools", "itertools", "random", "unicodedata", "uuid"}


def imported(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            yield str(node.module)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_nothing_is_imported_that_could_reach_the_world(file: Path) -> None:
    """Row 068: no file, no clock, no chance of its own: what is not determined by the arguments is in no result."""
    tree = ast.parse(file.read_text("utf-8"))
    for name in imported(tree):
        ours = name in ("ant_tui.errors", "ant_tui.bounds") or name.startswith("ant_tui.submission.")
        assert ours or name.partition(".")[0] in PURE, name
    calls = [ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)]
    assert not {"open", "print", "input", "datetime.now", "uuid4", "Random"} & set(calls)
