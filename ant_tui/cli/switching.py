"""``pause``, ``unpause`` and ``stop``: switches of the whole scheduler."""

from __future__ import annotations

import os

from ant_tui.cli.call import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]


def _no_options(parser: Parser) -> None:
    """These verbs take nothing."""


def _pause(call: Call) -> int:
    result = call.ask(call.verb)
    if call.json:
        call.out.document(result)
    elif result["paused"]:
        call.out.say("The queue is paused: no further task starts; running ones go on.")
    else:
        call.out.say("Tasks start again.")
    return 0


def _stop_options(parser: Parser) -> None:
    parser.add_argument(
        "--tasks",
        choices=("leave", "kill"),
        default="leave",
        help="what becomes of running tasks: they go on and are taken over at the next start (default), or end",
    )


def _stop(call: Call) -> int:
    """Ask, and return when the process is gone, so that the next start finds the data directory free."""
    with call.connect() as connection:
        pid = connection.address.pid
        try:
            process = os.pidfd_open(pid)
        except OSError:  # in another container, or on a kernel without it: the end of the connection must do
            process = -1
        try:
            result = connection.call("stop", {"tasks": call.args.tasks}, timeout=None)
            connection.wait_for_end()
            _wait_for(process)
        finally:
            if process >= 0:
                os.close(process)
    if call.json:
        call.out.document(result)
    else:
        call.out.say(f"The scheduler (process {pid}) has ended{_fate(call.args.tasks, result.get('running'))}.")
    return 0


def _fate(tasks: str, running: int | None) -> str:
    """What became of the tasks that ran; a scheduler of an earlier version does not tell how many."""
    if running == 0:
        return "; no task was running"
    if tasks == "kill":
        return "; its tasks were ended"
    if running is None:
        return "; running tasks go on"
    return "; 1 task goes on" if running == 1 else f"; {running} tasks go on"


def _wait_for(process: int) -> None:
    """Wait until a process has ended."""
    if process < 0:
        return
    import select

    select.select([process], [], [])


COMMANDS = {
    "pause": Command(_no_options, _pause),
    "unpause": Command(_no_options, _pause),
    "stop": Command(_stop_options, _stop),
}
"""The verbs of this module."""
