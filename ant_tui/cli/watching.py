"""``watch``: events as they happen, a line each, until somebody has seen enough."""

from __future__ import annotations

from ant_tui.cli.call import Command
from ant_tui.cli.words import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]

_GONE = 3
_VARIABLES = ("variables", "values")
"""Where events and specs hold variables."""

_LEFT_OUT = ("type", "at", "spec", "variables", "digest", "boot_id", "pid_start", "gpus")


def _options(parser: Parser) -> None:
    parser.add_argument("--secrets", action="store_true", help="show the values of variables that look secret")
    parser.add_argument("--since", type=bounded(0), metavar="N", help="begin with the event after number N")


def _watch(call: Call) -> int:
    params = {} if call.args.since is None else {"since": call.args.since}
    with call.connect() as connection:
        begun = connection.call("subscribe", params)
        if not call.json:
            first = (begun["seq"] if call.args.since is None else call.args.since) + 1
            call.out.say(f"Watching from event {first} on; Ctrl+C ends it.")
        for message in connection.notifications():
            if not call.args.secrets:
                message = _without_secrets(message)
            if call.json:
                _print_json(call, message["params"])
            else:
                _print(call, message)
            call.out.flush()
            if call.out.gone:
                return 0
    call.out.complain("ant-tui: The scheduler has ended.")
    return _GONE


def _without_secrets(message: dict[str, Any]) -> dict[str, Any]:
    """A message in which the values of all variables that look secret are hidden."""
    if "event" not in message["params"]:
        return message
    event = _hidden(message["params"]["event"])
    if isinstance(event.get("spec"), dict):
        event["spec"] = _hidden(event["spec"])
    return {**message, "params": {**message["params"], "event": event}}


def _hidden(said: Mapping[str, Any]) -> dict[str, Any]:
    """What is said, with the variables in it hidden that look secret: its own, an environment's, the workspace's."""
    from ant_tui.core.secrets import masked

    of_variables = {name: masked(said[name]) for name in _VARIABLES if isinstance(said.get(name), dict)}
    return {**said, **of_variables}


def _print_json(call: Call, params: Mapping[str, Any]) -> None:
    """JSON Lines: what the socket told, secrets apart, also on a terminal one to a line."""
    import json

    call.out.line(json.dumps(params))


def _print(call: Call, message: Mapping[str, Any]) -> None:
    from ant_tui.output.sanitise import plain

    params = message["params"]
    if message["method"] == "reset":
        call.out.line(plain(f"reset: {params['reason']}"))
        return
    event = params["event"]
    number = params.get("seq", "")
    facts = " ".join(f"{name}={value}" for name, value in _facts(event))
    call.out.line(plain(f"{_time(event['at'])} {number:>6} {event['type']} {facts}".rstrip()))


def _facts(event: Mapping[str, Any]) -> list[tuple[str, object]]:
    """What an event says in a few words; what is long, as a whole environment, is left to ``--json``."""
    facts = [(name, value) for name, value in event.items() if name not in _LEFT_OUT]
    spec = event.get("spec")
    if spec:
        facts.append(("command", spec["command"]))
    if event.get("gpus"):
        facts.append(("gpus", ",".join(str(gpu["index"]) for gpu in event["gpus"])))
    return facts


def _time(at: float) -> str:
    import time

    return time.strftime("%H:%M:%S", time.localtime(at))


COMMANDS = {"watch": Command(_options, _watch)}
"""The verbs of this module."""
