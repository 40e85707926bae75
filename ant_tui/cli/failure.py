"""How a call that failed ends: one sentence on stderr, an exit code, and for our own mistakes a file with the rest."""

from __future__ import annotations

import json
import os
import sys

from ant_tui.errors import AntError, UsageError
from ant_tui.output.sanitise import plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["report"]


def report(problem: Exception, words: Sequence[str]) -> int:
    """Tell the person what went wrong.

    Args:
        problem: what was raised.
        words: the command line, which may hold ``--json`` and ``--data-dir``.

    Returns:
        The exit code, never 0.
    """
    if not isinstance(problem, AntError):
        problem = _explained(problem, words)
    sentences = [problem.sentence, *(f"  {one}" for one in problem.reasons if one not in problem.sentence)]
    if sys.stderr is not None:
        try:
            sys.stderr.write("".join(f"{line}\n" for line in _lines(sentences)))
            sys.stderr.flush()
        except (OSError, UnicodeError):
            pass  # nobody can read it; the exit code still tells
    if "--json" in (words[: list(words).index("--")] if "--" in words else words):
        _print_document(problem)
    return problem.exit_code or 1


def _lines(sentences: Sequence[str]) -> list[str]:
    return [f"ant-tui: {plain(sentences[0])}", *(plain(sentence) for sentence in sentences[1:])]


def _print_document(problem: AntError) -> None:
    """Programs that asked for JSON get the failure as JSON, too."""
    error = {
        "kind": problem.kind,
        "message": problem.sentence,
        "exit_code": problem.exit_code,
        "reasons": list(problem.reasons),
    }
    if sys.stdout is None:
        return
    try:
        sys.stdout.write(json.dumps({"schema": 1, "error": error}) + "\n")
    except OSError:
        return  # nobody reads it; stderr and the exit code have told


def _explained(problem: Exception, words: Sequence[str]) -> AntError:
    """A sentence for what no part of the program has foreseen."""
    if isinstance(problem, UnicodeEncodeError):
        return UsageError("What was given holds bytes that are not UTF-8, which cannot be used here.")
    if isinstance(problem, OSError) and problem.strerror:
        place = f"{problem.filename}: " if problem.filename is not None else ""
        return AntError(f"{place}{problem.strerror}.")
    what = f"{type(problem).__name__}: {problem}"
    try:
        file = _write_crash_file(problem, words)
    except OSError as second:
        return AntError(f"This is a fault of ant-tui ({what}), and it could not be written down ({second.strerror}).")
    return AntError(f"This is a fault of ant-tui ({what}); please report it, together with {file}")


def _write_crash_file(problem: Exception, words: Sequence[str]) -> str:
    import tempfile
    import time
    import traceback

    from ant_tui import __version__

    directory = _data_directory(words)
    stamp = time.strftime("%Y%m%d-%H%M%S")
    descriptor, path = tempfile.mkstemp(
        prefix=f"crash-{stamp}-", suffix=".txt", dir=directory if os.path.isdir(directory) else None
    )
    with open(descriptor, "w", encoding="utf-8", errors="backslashreplace") as file:
        # Only the verb and the options' names: what follows may hold secrets, and the file is meant to be sent.
        names = [word.partition("=")[0] for word in words if word.startswith("-")]
        file.write(f"ant-tui {__version__}, Python {sys.version}\noptions: {' '.join(names)}\n\n")
        file.write("".join(traceback.format_exception(problem)))
    return path


def _data_directory(words: Sequence[str]) -> str:
    from ant_tui import paths

    given = None
    for at, word in enumerate(words):
        if word == "--data-dir" and at + 1 < len(words):
            given = words[at + 1]
        elif word.startswith("--data-dir="):
            given = word.partition("=")[2]
    try:
        return paths.data_directory(given or None)
    except AntError:
        return ""
