"""``doctor``: look at everything that the program needs, and say of each failure which command mends it."""

from __future__ import annotations

from ant_tui.cli.call import Command

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from ant_tui.cli.call import Call
    from ant_tui.cli.findings import Finding
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]

_FAILED = 1


def _options(parser: Parser) -> None:
    """Only what every verb has."""


def _doctor(call: Call) -> int:
    from ant_tui.output.sanitise import plain

    out, bad = call.out, False
    found = []
    for finding in _findings(call):
        bad = bad or finding.status == "error"
        if call.json:
            found.append(
                {
                    "check": finding.check,
                    "status": finding.status,
                    "message": finding.message,
                    "fix": finding.fix or None,
                }
            )
            continue
        out.line(f"{finding.check:10}{out.paint(f'{finding.status:9}', finding.status)}{plain(finding.message)}")
        if finding.fix:
            out.line(f"{'':19}mend it with: {plain(finding.fix)}")
        out.flush()  # the driver may take its time
    if call.json:
        out.document({"schema": 1, "ok": not bad, "checks": found})
    return _FAILED if bad else 0


def _findings(call: Call) -> Iterator[Finding]:
    from ant_tui.cli import directory_checks, machine_checks, notify_checks

    data_dir = call.data_dir
    yield machine_checks.python()
    yield directory_checks.settings(call.args.config)
    yield notify_checks.notify(call.args.config)
    yield directory_checks.data_directory(data_dir)
    yield directory_checks.disk(data_dir)
    yield directory_checks.journal(data_dir)
    yield directory_checks.scheduler(data_dir)
    yield machine_checks.driver()
    yield machine_checks.linger()
    yield machine_checks.clock()
    yield machine_checks.tmux()


COMMANDS = {"doctor": Command(_options, _doctor)}
"""The verbs of this module."""
