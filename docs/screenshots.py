"""The pictures of the documentation, made anew: ``python -m docs.screenshots`` (about a minute).

A real scheduler with simulated GPUs runs the tasks of ``--demo`` for a while; then the screen is drawn at each size.
The names of machine and home are not those of whoever makes the pictures.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import signal
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from unittest.mock import patch

from msgspec.structs import replace
from textual.widgets import TextArea

from ant_tui.api.schema import Submit
from ant_tui.client.caller import carried
from ant_tui.config import Settings
from ant_tui.executors import processes
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.ui.app import AntApp
from ant_tui.ui.demo import demo_tasks
from ant_tui.ui.demo_scripts import SCRIPTS
from ant_tui.ui.leaving import Leaving
from ant_tui.ui.run import MakeApp, app_maker
from ant_tui.ui.session import Session

IMAGES = Path(__file__).resolve().parent / "images"
SIZES = {"main": (120, 40), "narrow": (80, 24), "gpus": (120, 40), "editor": (120, 40), "recovery": (120, 40)}
"""Name of a picture → columns and rows."""

_COMMAND = "python train.py --lr {sweep lr 1e-3 3e-4} --seed {sweep seed 1..3}"
_TOUR = {"main": (), "narrow": (), "gpus": ("1", "z"), "editor": ("z", "2", "a")}
"""Name of a picture → what is pressed before it is drawn; each goes on where the one before stopped."""

_GPUS = 6
_WINDOW_S = 60
_FONTS = "'Fira Code', 'DejaVu Sans Mono', 'Cascadia Mono', Menlo, Consolas, monospace"


def main() -> None:
    """Make all pictures."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=70.0, help="how long the tasks run before (default: 70)")
    options.add_argument("--theme", default="dark")
    options.add_argument("--to", type=Path, default=IMAGES, metavar="DIR")
    given = options.parse_args()
    to = given.to.absolute()
    to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ant-tui-pictures-") as home:
        os.environ["HOME"] = home
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "NO_COLOR"):
            os.environ.pop(name, None)
        asyncio.run(_draw(Path(home), given.theme, given.seconds, to))


async def _draw(home: Path, theme: str, seconds: float, to: Path) -> None:
    settings = Settings()
    settings = replace(
        settings,
        cancel=replace(settings.cancel, grace_s=0.5),
        monitor=replace(settings.monitor, window_s=_WINDOW_S),
        screen=replace(settings.screen, theme=theme, graph="braille"),
        recovery=replace(settings.recovery, queued="ask", interrupted="ask"),
    )
    data_dir = home / ".local" / "share" / "ant-tui"
    data_dir.mkdir(parents=True, mode=0o700)
    options = replace(SchedulerOptions.of(settings, str(data_dir), simulate_gpus=_GPUS), machine="gpu01")
    scripts = _scripts(home)
    os.chdir(scripts)
    groups = await _draw_the_tour(app_maker(settings), options, scripts, seconds, to)
    with patch.object(processes, "boot_id", lambda: "this-boot"):
        await _draw_the_recovery(app_maker(settings), options, groups, to)


async def _draw_the_tour(make: MakeApp, options: SchedulerOptions, scripts: str, seconds: float, to: Path) -> list[int]:
    """Main screen, GPU panel and editor, over the tasks of the demo; returns the process groups that still run."""
    session = Session(options, _nobody)
    client = await session.open()
    await client.call("submit", Submit(demo_tasks(scripts, _GPUS), carried(os.environ)))
    app = make(client)
    async with app.run_test(size=SIZES["main"]) as pilot:
        await asyncio.sleep(seconds)
        await pilot.press("g")
        for name, keys in _TOUR.items():
            await pilot.resize_terminal(*SIZES[name])
            await pilot.press(*keys)
            for area in app.screen.query("#command").results(TextArea):
                area.insert(_COMMAND)
            await pilot.pause(1.5)  # the graphs are drawn anew with the next sample
            _save(app, to / f"{name}.svg")
        attempts = [client.state.tasks[number].attempt for number in client.state.active]
        app.exit(Leaving.LEAVE)
    await session.close(Leaving.LEAVE, _hush)
    return [attempt.pid for attempt in attempts if attempt is not None and attempt.pid]


async def _draw_the_recovery(make: MakeApp, options: SchedulerOptions, groups: list[int], to: Path) -> None:
    """What is asked after a restart of the machine. That is played: nothing runs any more, and it is another boot."""
    for group in groups:
        with suppress(ProcessLookupError):
            os.killpg(group, signal.SIGKILL)
    for attempts in Path(options.jobs_dir).iterdir():
        started = attempts / "started"
        words = started.read_text().split() if started.exists() else []
        if len(words) == 2:  # no status: it was running
            started.write_text(f"{words[0]} another-boot\n")
    session = Session(options, _nobody)
    app = make(await session.open())
    async with app.run_test(size=SIZES["recovery"]) as pilot:
        await pilot.pause(2)
        _save(app, to / "recovery.svg")
        app.exit(Leaving.KILL)
    await session.close(Leaving.KILL, _hush)


async def _nobody() -> int:
    raise AssertionError("no scheduler is left in the background here")


def _hush(_: str) -> None:
    """Say nothing."""


def _scripts(home: Path) -> str:
    """What the tasks run, in a folder that looks like somebody's."""
    folder = home / "project"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text.lstrip(), encoding="utf-8")
    return str(folder)


def _save(app: AntApp, path: Path) -> None:
    path.write_text(_picture(app), encoding="utf-8")


def _picture(app: AntApp) -> str:
    """The screen as SVG that needs no font from anywhere: the same offline, and where pages may load nothing."""
    svg = app.export_screenshot(title="ant-tui", simplify=True)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", f"{_FONTS}; font-variant-ligatures: none")
    # The ids are drawn at random: the same screen gives the same file.
    return re.sub(r"terminal-\d+", "ant", svg)


if __name__ == "__main__":
    main()
