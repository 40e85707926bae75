"""From the settings ``[logs]``, ``[history]`` and ``[notify]`` to what a scheduler is started with."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from ant_tui.config.schema import LogSettings, NotifySettings, Settings
from ant_tui.scheduler.log_retention import LogLimits
from ant_tui.scheduler.options import LogOptions, SchedulerOptions
from tests.scheduler.world import World

MakeWorld = Callable[..., World]
DAY = 86_400.0
MIB = 1 << 20
AT = time.mktime((2026, 11, 21, 14, 5, 9, 0, 0, -1))


def options(tmp_path: Path, settings: Settings) -> SchedulerOptions:
    return SchedulerOptions.of(settings, str(tmp_path))


def test_by_default_logs_stay_and_nobody_is_told(tmp_path: Path) -> None:
    """No limit, no folder, no header, no command, no webhook."""
    made = options(tmp_path, Settings())
    assert made.logs == LogOptions()
    assert made.logs.folder(AT) == ""
    assert not made.notify.wanted


def test_limits_are_in_seconds_and_bytes(tmp_path: Path) -> None:
    """Row 200: days and MiB of the settings become what the limits are in."""
    logs = LogSettings(max_age_days=2, max_count=3, max_total_mib=4, max_size_mib=5)
    assert options(tmp_path, Settings(logs=logs)).logs.limits == LogLimits(2 * DAY, 3, 4 * MIB, 5 * MIB)


@pytest.mark.parametrize(
    ("root", "per_start", "folder"),
    [
        ("", False, ""),
        ("", True, "{data}/logs/21_11_2026_14_05_09"),
        ("/big/logs/", False, "/big/logs"),
        ("/big/logs", True, "/big/logs/21_11_2026_14_05_09"),
        ("~/logs", False, "{home}/logs"),
    ],
)
def test_root_and_folder_of_a_start(tmp_path: Path, root: str, per_start: bool, folder: str) -> None:
    """Row 181: ``~`` is the home; a folder per start needs no root of its own."""
    logs = LogSettings(root=root, per_start_folder=per_start)
    data, home = os.path.realpath(tmp_path), os.path.expanduser("~")
    expected = folder.format(data=data, home=home)
    assert options(tmp_path, Settings(logs=logs)).logs.folder(AT) == expected


def test_who_is_told_of_what(tmp_path: Path) -> None:
    """Somebody is told when there is a way and an end that is told; the command's output has its place."""
    told = NotifySettings(command="x", states=("lost",))
    made = options(tmp_path, Settings(notify=told)).notify
    assert (made.wanted, made.command, made.states) == (True, "x", frozenset({"lost"}))
    assert made.log_path == os.path.join(os.path.realpath(tmp_path), "notify.log")
    assert not options(tmp_path, Settings(notify=NotifySettings(command="x", states=()))).notify.wanted
    assert options(tmp_path, Settings(notify=NotifySettings(webhook="http://x"))).notify.wanted


async def test_a_history_without_limit_forgets_nobody(make_world: MakeWorld) -> None:
    """Row 215: ``history.keep = 0`` keeps every ended task; another number, the newest ones."""
    world = await make_world(keep_ended=0).open()
    await world.ended(*await world.submit("true", "true", "true"))
    await world.until(lambda: len(world.scheduler.state.ended) == 3)
    newest = list(world.scheduler.state.ended)[-1]
    await world.close()
    other = make_world(keep_ended=2)
    await other.open()
    await other.end_of(await other.run("true"))
    await other.until(lambda: list(other.scheduler.state.ended) == [newest, 4])
