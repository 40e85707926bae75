"""What the tests of the executors share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.executors.bench import Bench
from tests.executors.left_behind import nothing_left as nothing_left


@pytest.fixture
def bench(tmp_path: Path, nothing_left: str) -> Iterator[Bench]:
    """An executor with an empty root, and the means to start things in it; nothing is left when the test is over."""
    made = Bench(tmp_path / "jobs")
    yield made
    made.clear()
