"""Requests and GPUs as values."""

from __future__ import annotations

import msgspec
import pytest

from ant_tui.core.resources import ExternalUse, ResourceRequest


@pytest.mark.parametrize(
    ("use", "sentence"),
    [
        (ExternalUse(since=1.0), "somebody"),
        (ExternalUse(since=1.0, pid=77), "somebody (pid 77)"),
        (ExternalUse(since=1.0, command="python train.py", user="mia"), "mia (python)"),
        (
            ExternalUse(since=1.0, pid=77, user="mia", command="/usr/bin/python train.py", memory=3 * 2**30),
            "mia (python, pid 77), 3,072 MiB",
        ),
        (ExternalUse(since=1.0, pid=77, command="  "), "somebody (pid 77)"),
    ],
)
def test_who_is_in_the_way_is_said_with_what_is_known(use: ExternalUse, sentence: str) -> None:
    """Whatever the driver could find out about a foreign process is told, and nothing that it could not."""
    assert use.sentence() == sentence


def test_equal_requests_are_one_key() -> None:
    """Two requests for the same are equal and hash alike, also when one was read from a file."""
    made = ResourceRequest(gpus=2, exclude_gpus=("GPU-a",))
    read = msgspec.json.decode(b'{"gpus":2,"exclude_gpus":["GPU-a"]}', type=ResourceRequest)
    assert made == read
    assert len({made, read, ResourceRequest(gpus=2)}) == 2
