"""What coding agents use: ``skill`` prints the text that teaches them ant-tui, ``mcp`` offers the verbs as tools."""

from __future__ import annotations

import os
import sys

from ant_tui import paths
from ant_tui.cli.call import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]

_SKILL = "skills/ant-tui-control"
_SDK = ("mcp", "mcp_types", "pydantic", "anyio")


def _skill_options(parser: Parser) -> None:
    parser.add_argument("--path", action="store_true", help="print the skill's directory, to be copied or linked")


def _skill(call: Call) -> int:
    directory = paths.packaged(_SKILL)
    if call.args.path:
        if call.json:
            call.out.document({"schema": 1, "path": directory})
        else:
            call.out.line(directory)
        return 0
    with open(os.path.join(directory, "SKILL.md"), encoding="utf-8") as file:
        text = file.read()
    if call.json:
        call.out.document({"schema": 1, "path": directory, "text": text})
    else:
        call.out.text(text)
    return 0


def _no_options(parser: Parser) -> None:
    """The server has none of its own."""


def _mcp(call: Call) -> int:
    """Serve until the client hangs up. Nothing but the protocol may be printed on stdout."""
    from ant_tui.errors import AntError

    try:
        from ant_tui.mcp.server import serve
    except ImportError as problem:
        if (problem.name or "").partition(".")[0] not in _SDK:
            raise
        raise AntError(
            f"The MCP server needs a package more; install it with: {sys.executable} -m pip install 'ant-tui[mcp]'"
        ) from problem
    from ant_tui.client.caller import carried
    from ant_tui.mcp.door import Door

    environment = carried(os.environ, lambda text: call.out.say(f"ant-tui: {text}"))
    serve(Door(call.connect, call.connect_or_start, environment, os.getcwd()))
    return 0


COMMANDS = {"skill": Command(_skill_options, _skill), "mcp": Command(_no_options, _mcp)}
"""The verbs of this module."""
