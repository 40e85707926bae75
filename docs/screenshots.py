"""The pictures of the documentation, made anew: ``python -m docs.screenshots`` (about a minute).

A real scheduler with simulated GPUs runs the tasks of ``--demo`` for a while; then the screen is drawn at each size.
The names of machine and home are not those of whoever makes the pictures.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
from pathlib import Path

from msgspec.structs import replace

from ant_tui.config import Settings
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.ui.app import AntApp
from ant_tui.ui.demo import DemoSession
from ant_tui.ui.demo_scripts import SCRIPTS
from ant_tui.ui.hand_over import Background
from ant_tui.ui.leaving import Leaving
from ant_tui.ui.run import app_maker

IMAGES = Path(__file__).resolve().parent / "images"
SIZES = {"main": (120, 40), "narrow": (80, 24)}
"""Name of a picture → columns and rows."""

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
    given.to.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ant-tui-pictures-") as home:
        os.environ["HOME"] = home
        for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "NO_COLOR"):
            os.environ.pop(name, None)
        asyncio.run(_draw(Path(home), given.theme, given.seconds, given.to))


async def _draw(home: Path, theme: str, seconds: float, to: Path) -> None:
    settings = Settings()
    settings = replace(
        settings,
        cancel=replace(settings.cancel, grace_s=0.5),
        monitor=replace(settings.monitor, window_s=_WINDOW_S),
        screen=replace(settings.screen, theme=theme, graph="braille"),
    )
    data_dir = home / ".local" / "share" / "ant-tui"
    data_dir.mkdir(parents=True, mode=0o700)
    options = replace(SchedulerOptions.of(settings, str(data_dir), simulate_gpus=_GPUS), machine="gpu01")
    session = DemoSession(options, Background(options.data_dir), _scripts(home))
    client = await session.open()
    try:
        app = app_maker(settings)(client)
        size = SIZES["main"]
        async with app.run_test(size=size) as pilot:
            await asyncio.sleep(seconds)
            await pilot.press("g")
            for name, size in SIZES.items():
                await pilot.resize_terminal(*size)
                await pilot.pause(1.5)  # the graphs are drawn anew with the next sample
                (to / f"{name}.svg").write_text(_picture(app), encoding="utf-8")
            app.exit(Leaving.KILL)
    finally:
        await session.close(Leaving.KILL, lambda sentence: None)


def _scripts(home: Path) -> str:
    """What the tasks run, in a folder that looks like somebody's."""
    folder = home / "project"
    (folder / "bin").mkdir(parents=True)
    (folder / "bin" / "python").symlink_to(sys.executable)
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text.lstrip(), encoding="utf-8")
    return str(folder)


def _picture(app: AntApp) -> str:
    """The screen as SVG that needs no font from anywhere: the same offline, and where pages may load nothing."""
    svg = app.export_screenshot(title="ant-tui", simplify=True)
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = svg.replace("Fira Code, monospace", f"{_FONTS}; font-variant-ligatures: none")
    # The ids are drawn at random: the same screen gives the same file.
    return re.sub(r"terminal-\d+", "ant", svg)


if __name__ == "__main__":
    main()
