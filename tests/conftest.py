"""What every test may use: the project on the import path, and golden screens; and what no test leaves behind."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from textual.app import App

ROOT = Path(__file__).resolve().parent.parent
if str(ROOT) not in sys.path:  # ``pytest`` alone, unlike ``python -m pytest``, does not add it
    sys.path.insert(0, str(ROOT))

# How long an example takes tells more of the machine than of what is tested.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")

_PR_SET_CHILD_SUBREAPER, _PR_GET_CHILD_SUBREAPER = 36, 37
_LIBC, _IS_REAPER = ctypes.CDLL(None), ctypes.c_int(0)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="write the golden screens anew")


@pytest.fixture(autouse=True)
def no_reaper_of_orphans() -> Iterator[None]:
    """A scheduler in this process makes it the reaper of orphans; the next test finds it as processes usually are."""
    yield
    _LIBC.prctl(_PR_GET_CHILD_SUBREAPER, ctypes.byref(_IS_REAPER), 0, 0, 0)
    if _IS_REAPER.value:
        from ant_tui.executors.processes import reap_orphans

        _LIBC.prctl(_PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0)
        reap_orphans(())  # in sessions of their own, as tasks are; a test waits for what it has started itself


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[App[Any], str], None]:
    """Compare the screen of a running app with ``tests/ui/golden/<name>.txt``."""
    from tests.ui.golden_screens import compare  # here, so that tests without a screen never import Textual

    update = bool(request.config.getoption("--update-golden"))
    return lambda app, name: compare(app, name, update=update)
