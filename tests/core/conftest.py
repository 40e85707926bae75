"""What the tests of the core share."""

from __future__ import annotations

import pytest

from tests.core.world import World


@pytest.fixture
def world() -> World:
    """A world in which nothing has happened yet."""
    return World()
