"""``web``: the full screen in a browser, on this machine alone unless somebody insists."""

from __future__ import annotations

import os
import sys

from ant_tui.cli.call import Command
from ant_tui.cli.words import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]

_PORT = 8000
_NEEDED = ("textual_serve", "aiohttp", "aiohttp_jinja2", "jinja2")


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("gpus", nargs="*", metavar="GPU,…", help="manage only these GPUs, as without the verb")
    add("--port", type=bounded(0, 65535), default=_PORT, metavar="N", help=f"default: {_PORT}; 0 takes any free one")
    add("--host", default="127.0.0.1", metavar="HOST", help="default: 127.0.0.1, which only this machine reaches")
    add("--allow-remote", action="store_true", help="with --host: let other machines in (read the warning)")
    add("--simulate-gpus", type=bounded(0, 1024), metavar="N", help="N simulated GPUs instead of real ones")
    add("--demo", action="store_true", help="a tour, as without the verb; each tab has its own")
    parser.rest = "gpus"


def _web(call: Call) -> int:
    from ant_tui.cli.starting import gpus_named
    from ant_tui.errors import AntError, UsageError

    args = call.args
    if call.json:
        raise UsageError("web serves until it is ended and has no document; without --json it prints its address.")
    only = gpus_named(call)
    try:
        from ant_tui.web.server import Address, is_loopback, listen, serve
    except ImportError as problem:
        if (problem.name or "").partition(".")[0] not in _NEEDED:
            raise
        raise AntError(
            f"The screen in a browser needs a package more; install it with: "
            f"{sys.executable} -m pip install 'ant-tui[web]'"
        ) from problem
    if not is_loopback(args.host) and not args.allow_remote:
        raise UsageError(
            f"{args.host} can be reached from other machines. Forward the port instead "
            f"(ssh -L {args.port}:127.0.0.1:{args.port} MACHINE), or insist with --allow-remote."
        )
    if (only or args.simulate_gpus is not None) and not args.demo:
        from ant_tui.client.gpu_choice import check_running

        check_running(call.data_dir, only=only, simulated=args.simulate_gpus)
    address = Address(listen(args.host, args.port))

    def ready() -> None:
        call.out.line(address.url)
        if not is_loopback(args.host):
            call.out.complain(
                "Warning: other machines can reach this, and nothing is encrypted. Whoever learns the address can run "
                "any command as you."
            )
        call.out.say("Open it in a browser; ctrl+c ends this. Whoever has the address can do what you can.")

    serve(_command(call), address, ready)
    return 0


def _command(call: Call) -> list[str]:
    """What is run for each visitor: the program without a verb. ``-P`` keeps modules of the current directory out."""
    import ant_tui
    from ant_tui import paths

    args = call.args
    words = [sys.executable, "-P", os.path.join(os.path.dirname(os.path.abspath(ant_tui.__file__)), "__main__.py")]
    words += ["--served", "--data-dir", call.data_dir]
    if (config := paths.chosen_config_file(args.config)) is not None:
        words += ["--config", config]
    if args.simulate_gpus is not None:
        words += ["--simulate-gpus", str(args.simulate_gpus)]
    if args.demo:
        words.append("--demo")
    return [*words, *args.gpus]


COMMANDS = {"web": Command(_options, _web)}
"""The verb of this module."""
