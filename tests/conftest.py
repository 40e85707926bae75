"""What every test may use: the project on the import path, and golden screens."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from textual.app import App

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # ``pytest`` alone, unlike ``python -m pytest``, does not add it
    sys.path.insert(0, str(ROOT))


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden screens anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[App[Any], str], None]:
    """Compare the screen of a running app with ``tests/ui/golden/<name>.txt``."""
    from tests.ui.golden_screens import compare  # here, so that tests without a screen never import Textual

    update = bool(request.config.getoption("--update-golden"))
    return lambda app, name: compare(app, name, update=update)
