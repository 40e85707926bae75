"""``--demo``: a tour on simulated GPUs with tasks that show what tasks look like. Everything is gone afterwards.

What the tour needs is made here; who shows it is ``run``, of which nothing here knows.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from msgspec.structs import replace

from ant_tui import paths
from ant_tui.api.schema import Submission, Submit
from ant_tui.client import background
from ant_tui.client.caller import carried
from ant_tui.client.interface import Client
from ant_tui.config import Settings
from ant_tui.scheduler.options import SchedulerOptions
from ant_tui.ui.dead_demos import PREFIX, clear_dead_demos
from ant_tui.ui.demo_scripts import SCRIPTS
from ant_tui.ui.leaving import Leaving
from ant_tui.ui.session import Session

__all__ = ["Demo", "DemoSession", "demo_tasks", "tour"]

_GPUS = 6
_GRACE_S = 1.0


@dataclass(frozen=True, slots=True)
class Demo:
    """What there is to be shown.

    Attributes:
        settings: those that hold in the demo.
        config: their file, a copy.
        data_dir: where the scheduler keeps what it keeps.
        session: not yet open.
    """

    settings: Settings
    config: str
    data_dir: str
    session: DemoSession


@contextmanager
def tour(settings: Settings, simulate_gpus: int | None = None, config: str | None = None) -> Iterator[Demo]:
    """Prepare a demo, and take all of it away afterwards; and before, what others left that were killed.

    Args:
        settings: as loaded; what they say about files, shutdown and who is told does not hold here.
        simulate_gpus: how many GPUs; None for six.
        config: the settings file that was asked for; what is changed in the demo is changed in a copy of it.
    """
    clear_dead_demos()
    folder = tempfile.mkdtemp(prefix=PREFIX)
    try:
        settings = replace(
            settings,
            cancel=replace(settings.cancel, grace_s=_GRACE_S),
            shutdown=replace(settings.shutdown, tasks="kill"),
            logs=replace(settings.logs, root=""),
            notify=replace(settings.notify, command="", webhook=""),
        )
        data_dir = os.path.join(folder, "data")
        os.mkdir(data_dir, 0o700)
        options = SchedulerOptions.of(
            settings, data_dir, simulate_gpus=_GPUS if simulate_gpus is None else simulate_gpus
        )
        session = DemoSession(options, _write_scripts(folder))
        yield Demo(settings, _copy_settings(config, folder), data_dir, session)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def demo_tasks(folder: str, most_gpus: int) -> tuple[Submission, ...]:
    """The tasks of the demo: bars, lines, a failure, some that wait, one that is held.

    Args:
        folder: where the scripts are and the tasks work; ``bin`` in it has a ``python``.
        most_gpus: how many GPUs there are; no task asks for more.
    """
    path = f"{folder}/bin:{os.environ.get('PATH', '')}"

    def task(name: str, gpus: int, command: str, *tags: str, hold: bool = False) -> Submission:
        return Submission(
            command=command,
            workdir=folder,
            id=name,
            gpus=min(gpus, most_gpus),
            variables={"PATH": path},
            tags=tags,
            hold=hold,
        )

    return (
        task("check-data", 0, "sh check.sh", "data"),
        task("llama-8b-ft", 2, "python train.py --model llama-8b --lr 3e-4", "llama"),
        task("vit-sweep-1", 1, "python train.py --model vit-b16 --lr 1e-3 --epochs 10 --pace 0.06", "vit", "sweep"),
        task("whisper-eval", 1, "python evaluate.py whisper-large", "eval"),
        task("fetch-shards", 0, "python download.py", "data"),
        task("tokenise", 0, "sh tokenise.sh 400", "data"),
        task("moe-pretrain", 4, "python train.py --model moe-16x --steps 4000", "moe"),
        task("vit-sweep-2", 1, "python train.py --model vit-b16 --lr 3e-3 --steps 300", "vit", "sweep"),
        task("moe-eval", 4, "python evaluate.py moe-16x", "moe", "eval"),
        task("ablate-lr", 1, "python train.py --model ablation --lr 1e-2", "ablation", hold=True),
    )


def _copy_settings(config: str | None, folder: str) -> str:
    copy = os.path.join(folder, "config.toml")
    original = paths.config_file(config)
    if os.path.exists(original):
        shutil.copyfile(original, copy)
    else:
        Path(copy).touch()
    return copy


def _write_scripts(folder: str) -> str:
    work = Path(folder, "work")
    binaries = work / "bin"
    binaries.mkdir(parents=True)
    for name, text in SCRIPTS.items():
        (work / name).write_text(text.lstrip(), encoding="utf-8")
    (binaries / "python").symlink_to(sys.executable)
    return str(work)


class DemoSession(Session):
    """A session that begins with tasks and ends with all of them."""

    def __init__(self, options: SchedulerOptions, work: str) -> None:
        """Prepare.

        Args:
            options: of the scheduler.
            work: the folder of the scripts.
        """
        super().__init__(options, partial(background.start, options.data_dir))
        self._work = work

    async def open(self) -> Client:
        """Start the scheduler and queue the tasks."""
        client = await super().open()
        gpus = len(client.state.cluster.managed)
        await client.call("submit", Submit(demo_tasks(self._work, gpus), carried(os.environ)))
        return client

    async def close(self, leaving: Leaving, say: Callable[[str], None]) -> None:
        """End everything, whatever was chosen."""
        await super().close(Leaving.KILL, lambda sentence: None)
