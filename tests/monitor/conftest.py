"""What the tests of the monitor share."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.fake_nvml import FakeNvml
from tests.fake_nvml import fake_nvml as fake_nvml
from tests.monitor.child import Child


@pytest.fixture
def child() -> Iterator[Callable[..., Child]]:
    """Start children (``tests.monitor.child``) that see a fake driver; each is gone at the test's end."""
    started: list[Child] = []

    def start(driver: FakeNvml | None, what: str) -> Child:
        started.append(Child(driver.env if driver else {}, what))
        return started[-1]

    yield start
    for one in started:
        one.kill()
