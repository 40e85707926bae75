"""When the screen itself fails: a report in the data directory instead of a traceback full of values on the terminal.

Local variables are left out: they hold environments, and environments hold secrets.
"""

from __future__ import annotations

import os
import platform
import sys
import time
import traceback

import textual

from ant_tui import __version__

__all__ = ["write_report"]


def write_report(error: BaseException, data_dir: str, facts: str = "") -> str:
    """Write a report.

    Args:
        error: what happened.
        data_dir: where the report goes, readable by the user alone.
        facts: what else is worth knowing, as the size of the terminal.

    Returns:
        The report's path; empty where it could not be written.
    """
    path = os.path.join(data_dir, f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}.txt")
    lines = [
        f"ant-tui {__version__}, textual {textual.__version__}, python {sys.version.split()[0]}, {platform.platform()}",
        f"TERM={os.environ.get('TERM', '')} COLORTERM={os.environ.get('COLORTERM', '')} {facts}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with open(descriptor, "w", encoding="utf-8", errors="replace") as report:
            report.write("\n".join(lines))
    except OSError:
        return ""
    return path
