"""``ant-tui`` without a verb: the screen with a scheduler beside it, or attached to the one that runs already.

Here is the process's own part: what is checked before anything begins, signals, what becomes of the scheduler when the
screen is left, and what is said on the terminal afterwards.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable
from functools import partial

from ant_tui import paths
from ant_tui.client import background
from ant_tui.client.interface import Client
from ant_tui.config import Settings, settings_with_origin
from ant_tui.headless import set_up_logging
from ant_tui.output.sanitise import plain
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.ui.app import AntApp
from ant_tui.ui.keys import Keymap
from ant_tui.ui.leaving import Leaving, has_open_work
from ant_tui.ui.session import Session
from ant_tui.ui.themes import load_themes, theme_named

__all__ = ["MakeApp", "app_maker", "run", "say", "show"]

MakeApp = Callable[[Client], AntApp]

_OF_THE_SERVER = (
    "TEXTUAL_DRIVER", "TEXTUAL_FPS", "TEXTUAL_COLOR_SYSTEM", "TERM_PROGRAM", "TERM_PROGRAM_VERSION", "TMUX", "STY",
)  # fmt: skip
"""What whoever serves a screen to a browser tells Textual, which has read it by now, and the terminal of that server:
no task may be told the same, and what is copied must not end in a tmux that nobody looks at."""
_SLOW_S = 0.4
"""After this long somebody who waits for the screen wants to know what for."""


def run(
    settings: Settings,
    data_dir: str,
    *,
    gpus: tuple[str, ...] = (),
    simulate_gpus: int | None = None,
    demo: bool = False,
    served: bool = False,
    config: str | None = None,
) -> int:
    """Show the full screen until somebody leaves it.

    Args:
        settings: as loaded.
        data_dir: absolute path; made if it is not there. Not touched by a demo.
        gpus: indices or UUIDs of the GPUs to manage; empty means all.
        simulate_gpus: how many simulated GPUs to use instead of the driver's; None uses the driver.
        demo: True for a tour: a directory, GPUs and tasks that are all gone afterwards.
        served: True where a browser shows the screen.
        config: the settings file that was asked for, for a scheduler that goes on in the background.

    Returns:
        The exit code: 0 when it was left, 128+n after signal n, 1 when the screen failed.

    Raises:
        AntError: the scheduler could not begin, or something in the settings cannot be used.
    """
    if served:
        for name in _OF_THE_SERVER:
            os.environ.pop(name, None)
    if demo:
        return _run_demo(settings, simulate_gpus, config)
    paths.prepare_data_directory(data_dir)
    make_app = app_maker(settings, config)
    set_up_logging(settings, data_dir, stderr=False)
    options = SchedulerOptions.of(settings, data_dir, gpus=gpus, simulate_gpus=simulate_gpus, headless=False)
    go_on = partial(background.start, options.data_dir, config, gpus=gpus, simulate_gpus=simulate_gpus)
    return asyncio.run(show(Session(options, go_on), make_app))


def _run_demo(settings: Settings, simulate_gpus: int | None, config: str | None) -> int:
    from ant_tui.ui.demo import tour

    with tour(settings, simulate_gpus, config) as demo:
        make_app = app_maker(demo.settings, demo.config)
        set_up_logging(demo.settings, demo.data_dir, stderr=False)
        return asyncio.run(show(demo.session, partial(_demo_app, make_app)))


def _demo_app(make_app: MakeApp, client: Client) -> AntApp:
    app = make_app(client)
    app.demo = True
    return app


def app_maker(settings: Settings, config: str | None = None) -> MakeApp:
    """Check what the settings say about the screen, before anything is started.

    Args:
        settings: as loaded.
        config: the settings file that was asked for; errors name its lines.

    Raises:
        ConfigError: keys or theme cannot be used.
    """
    origins: dict[str, str] = {}
    if settings.keys:
        origins = {found.key: found.origin for found in settings_with_origin(config)}
    keymap = Keymap(settings.keys, origins)
    found = load_themes()
    theme = theme_named(settings.screen.theme, found.themes, os.environ)
    return partial(
        AntApp,
        settings=settings,
        themes=found.themes,
        theme=theme,
        keymap=keymap,
        notices=found.problems,
        config=config,
    )


async def show(session: Session, make_app: MakeApp) -> int:
    """Open a session, show it, and close it as the person wishes.

    Args:
        session: not yet open.
        make_app: makes the app for the session's client.

    Returns:
        The exit code.

    Raises:
        AntError: the scheduler could not begin, or not be handed over.
    """
    loop = asyncio.get_running_loop()
    slow = loop.call_later(_SLOW_S, say, "Starting the scheduler …")
    try:
        client = await session.open()
    finally:
        slow.cancel()
    leaving, app = Leaving.LEAVE, None
    try:
        app = make_app(client)
        leaving = await _show(session, client, app)
    finally:
        try:
            await session.close(leaving, say)
        finally:
            if app is not None and app.crashed:
                say(_what_failed(app.crash_report))
    return app.return_code or 0


def _what_failed(report: str) -> str:
    where = f"The report is in {plain(report)}." if report else "No report could be written: is the disk full?"
    return f"The screen failed because of an error in ant-tui. {where}"


async def _show(session: Session, client: Client, app: AntApp) -> Leaving:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        leave = partial(app.leave_without_asking, 128 + number, terminal_gone=number == signal.SIGHUP)
        loop.add_signal_handler(number, leave)
    watch = loop.create_task(_leave_at_end(session, app), name="end of the scheduler")
    try:
        chosen = await app.run_async(mouse=app.settings.screen.mouse)
    finally:
        watch.cancel()
        for number in (signal.SIGCONT, signal.SIGTSTP):  # Textual's handlers would bring the screen back
            signal.signal(number, signal.SIG_DFL)
    if chosen is not None:
        return chosen
    # The screen failed: nobody could be asked, and the scheduler is not to blame.
    return Leaving.BACKGROUND if client.here and has_open_work(client) else Leaving.LEAVE


async def _leave_at_end(session: Session, app: AntApp) -> None:
    """A scheduler in this process that was told to end takes the screen with it."""
    await session.ended()
    app.exit(Leaving.LEAVE)


def say(sentence: str) -> None:
    """Tell the person at the terminal, if there still is one."""
    try:
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201  the screen is gone, this is the terminal again
    except OSError:
        logging.getLogger(__name__).info("Nobody hears: %s", sentence)
