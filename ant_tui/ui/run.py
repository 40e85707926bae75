"""``ant-tui`` without a verb: the screen with a scheduler beside it, or attached to the one that runs already.

Here is the process's own part: what is checked before anything begins, signals, what becomes of the scheduler when the
screen is left, and what is said on the terminal afterwards.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from functools import partial

from ant_tui import paths
from ant_tui.client.interface import Client
from ant_tui.config import Settings, settings_with_origin
from ant_tui.errors import AntError
from ant_tui.headless import set_up_logging
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.ui.app import AntApp
from ant_tui.ui.hand_over import Background
from ant_tui.ui.keys import Keymap
from ant_tui.ui.leaving import Leaving, has_open_work
from ant_tui.ui.session import Session
from ant_tui.ui.themes import load_themes, theme_named

__all__ = ["run"]

_CRASHED = 1
_SLOW_S = 0.4


def run(
    settings: Settings,
    data_dir: str,
    *,
    gpus: tuple[str, ...] = (),
    simulate_gpus: int | None = None,
    demo: bool = False,
    config: str | None = None,
) -> int:
    """Show the full screen until somebody leaves it.

    Args:
        settings: as loaded.
        data_dir: absolute path; made if it is not there. Not touched by a demo.
        gpus: indices or UUIDs of the GPUs to manage; empty means all.
        simulate_gpus: how many simulated GPUs to use instead of the driver's; None uses the driver.
        demo: True for a tour: a directory, GPUs and tasks that are all gone afterwards.
        config: the settings file that was asked for, for a scheduler that goes on in the background.

    Returns:
        The exit code: 0 when it was left, 128+n after signal n, 1 when the screen failed.

    Raises:
        AntError: the scheduler could not begin, or something in the settings cannot be used.
    """
    if demo:
        from ant_tui.ui.demo import run_demo

        return run_demo(settings, simulate_gpus)
    paths.prepare_data_directory(data_dir)
    app_of = prepare(settings, config)
    set_up_logging(settings, data_dir, stderr=False)
    options = SchedulerOptions.of(settings, data_dir, gpus=gpus, simulate_gpus=simulate_gpus)
    background = Background(options.data_dir, config, gpus, simulate_gpus)
    return asyncio.run(show(Session(options, background), app_of))


class prepare:  # noqa: N801
    ...
