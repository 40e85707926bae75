"""``ant-tui`` without a verb: the full-screen app, or with ``--no-ui`` the scheduler alone, also in the background."""

from __future__ import annotations

import gc
import os
import sys
from argparse import SUPPRESS

from ant_tui.cli.arguments import looks_like_gpus
from ant_tui.cli.call import Command
from ant_tui.cli.words import bounded
from ant_tui.errors import AntError, NoScheduler, OtherSchedulerRunning, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser
    from ant_tui.config import Settings

__all__ = ["COMMANDS", "gpus_named"]


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("gpus", nargs="*", metavar="GPU,…", help="manage only these GPUs: indices as in nvidia-smi, or UUIDs")
    add("--no-ui", action="store_true", help="the scheduler without a screen, in the foreground")
    add("--daemon", action="store_true", help="with --no-ui: in the background, detached from the terminal")
    add("--simulate-gpus", type=bounded(0, 1024), metavar="N", help="N simulated GPUs instead of real ones")
    add("--demo", action="store_true", help="a tour with simulated GPUs and sample tasks; leaves no trace")
    add("--served", action="store_true", help=SUPPRESS)
    add("--ready-fd", type=bounded(0, 65535), metavar="N", help=SUPPRESS)
    parser.rest = "gpus"


def _start(call: Call) -> int:
    args = call.args
    if call.json:
        raise UsageError("--json goes with a verb: ant-tui queue --json")
    if args.daemon and not args.no_ui:
        raise UsageError("--daemon has no screen; say --no-ui --daemon.")
    if args.demo and args.no_ui:
        raise UsageError("--demo is a tour of the screen; without one there is ant-tui --no-ui --simulate-gpus 4")
    if not args.no_ui:
        return _screen(call)
    return _in_background(call) if args.daemon else _headless(call)


def _collect_garbage() -> None:
    """Turn the collector on again (see ``__main__``): unlike a verb, this stays. What was imported stays anyway."""
    gc.freeze()
    gc.enable()


def _import_asyncio() -> None:
    """Import asyncio without TLS, as on a Python that was built without OpenSSL: 8 ms of each start.

    No connection of ours that asyncio serves uses TLS. Who wants it elsewhere, as a webhook, imports it as ever.
    """
    if "asyncio" in sys.modules or "ssl" in sys.modules:
        return
    sys.modules["ssl"] = None  # type: ignore[assignment]  # how Python is told that there is no such module
    try:
        import asyncio  # noqa: F401
    finally:
        del sys.modules["ssl"]


def gpus_named(call: Call) -> tuple[str, ...]:
    """The GPUs that a start is to manage, by index or UUID; empty for all.

    Raises:
        UsageError: a word is no list of GPUs, or one stands in it twice.
    """
    words: list[str] = call.args.gpus
    if not words:
        return ()
    from ant_tui.cli.submitting import gpu_list

    for word in words:
        if not looks_like_gpus(word):
            raise UsageError(f"{word!r} is no list of GPUs; write indices or UUIDs with commas between them: 0,1,2,3")
        if not all(part.strip() for part in word.split(",")):
            raise UsageError(f"{word!r} has a comma too many, or a GPU is missing; write 0,1,2,3")
    names = [name for word in words for name in gpu_list(word)]
    if twice := [name for at, name in enumerate(names) if name in names[:at]]:
        raise UsageError(f"GPU {twice[0]} stands twice in the list; name each once")
    return tuple(names)


def _settings(call: Call) -> Settings:
    from ant_tui import paths
    from ant_tui.config import load_settings

    return load_settings(paths.chosen_config_file(call.args.config))


def _headless(call: Call) -> int:
    ready: int | None = call.args.ready_fd
    try:
        settings, gpus, data_dir = _settings(call), gpus_named(call), call.data_dir
    except AntError as problem:
        if ready is not None:  # after this ``serve`` itself tells
            os.write(ready, f"error {problem.on_one_line()}\n".encode())
        raise
    if ready is not None:
        from msgspec.structs import replace

        # Whoever gave us this descriptor waits for its end, so no task may inherit it; and stderr has no reader.
        os.set_inheritable(ready, False)
        settings = replace(settings, scheduler_log=replace(settings.scheduler_log, to_stderr=False))
    _import_asyncio()
    from ant_tui.headless import serve

    _collect_garbage()
    return serve(settings, data_dir, gpus=gpus, simulate_gpus=call.args.simulate_gpus, ready_fd=ready)


def _in_background(call: Call) -> int:
    from ant_tui.client.background import start
    from ant_tui.client.connection import connect

    try:
        with connect(call.data_dir) as connection:
            running = connection.address.pid
    except NoScheduler:
        pass
    else:
        raise OtherSchedulerRunning(f"A scheduler (process {running}) runs on {call.data_dir} already.")
    pid = start(call.data_dir, call.args.config, gpus=gpus_named(call), simulate_gpus=call.args.simulate_gpus)
    call.out.say(f"The scheduler runs in the background (process {pid}) on {call.data_dir}; end it with: ant-tui stop")
    return 0


def _screen(call: Call) -> int:
    from ant_tui import paths

    if not call.out.is_terminal and not call.args.served:
        raise UsageError("The full screen needs a terminal; without one there is ant-tui --no-ui")
    gpus, settings, data_dir = gpus_named(call), _settings(call), call.data_dir
    _import_asyncio()
    from ant_tui.ui.run import run

    _collect_garbage()
    return run(
        settings,
        data_dir,
        gpus=gpus,
        simulate_gpus=call.args.simulate_gpus,
        demo=call.args.demo,
        served=call.args.served,
        config=paths.chosen_config_file(call.args.config),
    )


COMMANDS = {"": Command(_options, _start)}
"""What is done without a verb."""
