"""The server itself: the tools behind the SDK, with our errors as sentences that the agent reads."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from mcp.server.mcpserver import MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from mcp_types import ToolAnnotations

from ant_tui import __version__
from ant_tui.errors import AntError
from ant_tui.mcp.door import Door
from ant_tui.mcp.tools import Tools

__all__ = ["TOOLS", "make_server", "serve"]

_READS = ToolAnnotations(read_only_hint=True, open_world_hint=False)
_ADDS = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)
_SETS = ToolAnnotations(read_only_hint=False, destructive_hint=False, idempotent_hint=True, open_world_hint=False)
_ENDS = ToolAnnotations(read_only_hint=False, destructive_hint=True, open_world_hint=False)

TOOLS = {
    "submit": _ADDS,
    "submit_text": _ADDS,
    "queue": _READS,
    "show": _READS,
    "explain": _READS,
    "history": _READS,
    "logs": _READS,
    "wait": _READS,
    "cancel": _ENDS,
    "retry": _ADDS,
    "hold": _SETS,
    "release": _SETS,
    "move": _ADDS,
    "gpus": _READS,
    "gpus_enable": _SETS,
    "gpus_disable": _SETS,
    "pause": _SETS,
    "unpause": _SETS,
}
"""Every tool, and what a call of it may change."""

_INSTRUCTIONS = """\
ant-tui queues shell commands that want N GPUs on this machine and runs them when GPUs are free. Look at gpus and queue
first; submit with a unique id and a key; wait with a timeout; read the last lines of logs; then decide. Never start GPU
work beside the queue, and ask before you cancel, pause or disable what you did not submit."""


def make_server(door: Door) -> MCPServer[Any]:
    """Make a server whose tools speak through a door."""
    server: MCPServer[Any] = MCPServer("ant-tui", version=__version__, instructions=_INSTRUCTIONS, log_level="WARNING")
    tools = Tools(door)
    for name, about in TOOLS.items():
        server.add_tool(_told(getattr(tools, name)), name=name, annotations=about)
    return server


def serve(door: Door) -> None:
    """Serve one client on stdin and stdout, until it hangs up."""
    make_server(door).run("stdio")


def _told(tool: Callable[..., Any]) -> Callable[..., Any]:
    """The same tool with our refusals as errors that the agent is told; anything else stays a fault of ours."""
    if inspect.iscoroutinefunction(tool):

        @functools.wraps(tool)
        async def later(**arguments: Any) -> Any:
            try:
                return await tool(**arguments)
            except AntError as error:
                raise ToolError(_sentences(error)) from error

        return later

    @functools.wraps(tool)
    def at_once(**arguments: Any) -> Any:
        try:
            return tool(**arguments)
        except AntError as error:
            raise ToolError(_sentences(error)) from error
        except OSError as error:
            raise ToolError(f"{error.filename}: {error.strerror}.") from error

    return at_once


def _sentences(error: AntError) -> str:
    """The error's kind, its sentence, and further reasons, a line each."""
    more = [reason for reason in error.reasons if reason != error.sentence]
    return "\n".join([f"{error.kind}: {error.sentence}", *more])
