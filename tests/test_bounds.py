"""One bound, whichever way a task takes: every door takes the last number within it and refuses the first beyond."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ant_tui.api.verbs.submitting import check_priority, request_of
from ant_tui.bounds import MOST_GPUS, PRIORITIES
from ant_tui.cli.arguments import parser_of
from ant_tui.cli.submitting import gpu_list
from ant_tui.cli.verbs import VERBS, command_of
from ant_tui.config import load_settings
from ant_tui.core.policy import Limits
from ant_tui.errors import ConfigError, Refused, UsageError
from ant_tui.project import project_defaults
from ant_tui.submission.arguments import ARGUMENTS, Unreadable
from ant_tui.ui.editor.form import gpu_names
from tests.core.world import World


def _cli(option: str) -> Callable[[int], object]:
    verb = next(verb for verb in VERBS if verb.name == "submit")
    return lambda number: parser_of(verb, command_of(verb)).read([f"{option}={number}"])


def _text(argument: str) -> Callable[[int], object]:
    return lambda number: ARGUMENTS[argument].read(str(number))


def _project(tmp_path: Path) -> Callable[[int], object]:
    def read(number: int) -> object:
        file = tmp_path / ".ant-tui.toml"
        file.write_text(f"gpus = {number}\n")
        file.chmod(0o644)
        return project_defaults(str(tmp_path), {})

    return read


def _settings(tmp_path: Path) -> Callable[[int], object]:
    def read(number: int) -> object:
        (tmp_path / "config.toml").write_text(f"[scheduler]\nmax_gpus_per_task = {number}\n")
        return load_settings(str(tmp_path / "config.toml"), environ={})

    return read


def _socket(number: int) -> None:
    """Within the bound, this machine is what refuses."""
    options = SimpleNamespace(default_gpus=0, max_gpus_per_task=0, limits=Limits())
    scheduler: Any = SimpleNamespace(options=options, state=World().state)
    try:
        request_of(scheduler, number, (), ())
    except Refused:
        assert number <= MOST_GPUS


def test_of_the_gpus_of_a_task(tmp_path: Path) -> None:
    """Option, text, project file, settings and socket agree on how many GPUs may be asked for."""
    for door in (_cli("--gpus"), _text("ant_n_gpus"), _project(tmp_path), _settings(tmp_path), _socket):
        door(MOST_GPUS)
        with pytest.raises((UsageError, ConfigError, Unreadable), match=r"10,?000\b"):
            door(MOST_GPUS + 1)


def test_of_a_range_of_gpus() -> None:
    """A range of GPUs is one of numbers up to the bound, on the command line as in the editor."""
    for read in (gpu_list, gpu_names):
        assert len(read(f"0-{MOST_GPUS - 1}")) == MOST_GPUS
        assert list(read(f"0-{MOST_GPUS}")) == [f"0-{MOST_GPUS}"]
        assert list(read("3-2")) == ["3-2"]


@pytest.mark.parametrize("step", [-1, 1])
def test_of_priorities(step: int) -> None:
    """Option, text and socket agree on the least and the greatest priority."""
    last = PRIORITIES[-1] if step > 0 else PRIORITIES[0]
    for door in (_cli("--priority"), _text("ant_priority"), check_priority):
        door(last)
        with pytest.raises((UsageError, Unreadable)):
            door(last + step)
