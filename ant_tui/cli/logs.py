"""``logs``: what a task printed. Bytes as they are for a file or a pipe, made safe for a terminal."""

from __future__ import annotations

from ant_tui.cli.attempts import attempt_of, footer_of, header_of, one_task, print_footer, print_header
from ant_tui.cli.call import Command
from ant_tui.cli.offline import ask_or_read
from ant_tui.cli.words import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser
    from ant_tui.output.log_file import LogFile

__all__ = ["COMMANDS", "print_output"]

_LINES = 200
"""Lines that are shown of a long log when nothing else was asked for: the first and the last half."""
_CHUNK = 1 << 20


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("words", nargs="*", metavar="ID", help="an id, a number, or last (@)")
    add("-f", "--follow", action="store_true", help="go on until the task has ended")
    add("-n", "--lines", type=bounded(1, 1_000_000), metavar="N", help="the last N lines")
    add("--full", action="store_true", help="all of it")
    add("--attempt", type=bounded(1), metavar="K", help="of the K-th start (default: the last)")
    add("--header", action="store_true", help="also what ran, above, and how it ended, below")
    add("--stderr", action="store_true", help="only stderr, where it is kept apart")
    add("--path", action="store_true", help="print where the log is, not what is in it")
    parser.rest = "words"


def _logs(call: Call) -> int:
    from ant_tui.errors import Refused, UsageError

    args = call.args
    if len(args.words) != 1:
        raise UsageError("logs shows the output of one task: ant-tui logs ID")
    if args.full and args.lines is not None:
        raise UsageError("--full is all of it and -n its end; say one of the two.")
    if args.stderr:
        raise Refused(
            "stdout and stderr of a task go into one log, in the order in which they came; leave --stderr out."
        )
    if args.follow and not args.path:
        if call.json:
            raise UsageError("--json is one document, which -f would never finish; there is ant-tui watch --json")
        from ant_tui.cli.following import follow

        return follow(call, args.words[0])
    task = one_task(ask_or_read(call, "show", {"tasks": args.words}))
    attempt = attempt_of(task, args.attempt)
    if args.path:
        if call.json:
            call.out.document({"schema": 1, "id": task["id"], "number": task["number"], "path": attempt["log_path"]})
        else:
            call.out.line(attempt["log_path"])
        return 0
    from ant_tui.output.log_file import LogFile

    with LogFile(attempt["log_path"]) as log:
        if call.json:
            _print_document(call, task, attempt, log)
            return 0
        print_header(call, attempt)
        if args.full:
            _print_from(call, log, 0)
        elif args.lines is not None:
            _print_from(call, log, log.tail_start(args.lines, log.size() or 1))
        else:
            _print_ends(call, log)
        print_footer(call, task, attempt)
    return 0


def print_output(call: Call, data: bytes) -> None:
    """Print a part of a log that ends at the end of a line, or at the log's end."""
    if not call.out.is_terminal:
        call.out.bytes(data)
        return
    from ant_tui.output.ansi_text import render_plain

    text = render_plain(data)
    if text:
        call.out.line(text)


def _print_from(call: Call, log: LogFile, start: int) -> None:
    for piece in _pieces(log, start):
        print_output(call, piece)
        if call.out.gone:
            return


def _print_ends(call: Call, log: LogFile) -> None:
    begin, hidden, end = log.head_and_tail(_LINES)
    print_output(call, begin)
    if hidden:
        if not begin.endswith(b"\n"):
            call.out.line()
        call.out.line(f"[… {hidden:,} lines are hidden; --full shows all …]")
        print_output(call, end)


def _pieces(log: LogFile, start: int) -> Iterator[bytes]:
    """The log from an offset to its present end, in pieces of whole lines where lines are not longer than a piece."""
    end = log.size()
    while start < end:
        piece, after = log.read_on(start, min(_CHUNK, end - start))
        if not piece:
            return  # it was cut meanwhile
        if after < end and (newline := piece.rfind(b"\n") + 1):
            after -= len(piece) - newline
            piece = piece[:newline]
        start = after
        yield piece


def _print_document(call: Call, task: Mapping[str, Any], attempt: Mapping[str, Any], log: LogFile) -> None:
    """The output as readable text in a document, for programs and agents."""
    from ant_tui.output.ansi_text import render_plain

    args, hidden = call.args, 0
    if args.full:
        text = render_plain(b"".join(_pieces(log, 0)))
    elif args.lines is not None:
        text = render_plain(b"".join(_pieces(log, log.tail_start(args.lines, log.size() or 1))))
    else:
        begin, hidden, end = log.head_and_tail(_LINES)
        text = render_plain(begin)
        if hidden:
            text = f"{text}\n[… {hidden:,} lines are hidden …]\n{render_plain(end)}"
    call.out.document(
        {
            "schema": 1,
            "id": task["id"],
            "number": task["number"],
            "state": task["state"],
            "attempt": attempt["attempt"],
            "path": attempt["log_path"],
            "size": log.size(),
            "hidden_lines": hidden,
            "text": text,
            **({"header": header_of(attempt), "footer": footer_of(task, attempt)} if args.header else {}),
        }
    )


COMMANDS = {"logs": Command(_options, _logs)}
"""The verbs of this module."""
