"""When the screen itself fails: a report in the data directory instead of a traceback full of values on the terminal.

Local variables are left out: they hold environments, and environments hold secrets.
"""

from __future__ import annotations

import logging
import os
import platform
import sys
import tempfile
import time
import traceback

import textual

from ant_tui import __version__

__all__ = ["write_report"]

log = logging.getLogger(__name__)


def write_report(error: BaseException, data_dir: str, facts: str = "") -> str:
    """Write a report.

    Args:
        error: what happened.
        data_dir: where the report goes, readable by the user alone; where it cannot, it goes to a temporary directory.
        facts: what else is worth knowing, as the size of the terminal.

    Returns:
        The report's path; empty where it could not be written.
    """
    name = f"crash-{time.strftime('%Y%m%d-%H%M%S')}-{os.getpid()}"
    lines = [
        f"ant-tui {__version__}, textual {textual.__version__}, python {sys.version.split()[0]}, {platform.platform()}",
        f"TERM={os.environ.get('TERM', '')} COLORTERM={os.environ.get('COLORTERM', '')} {facts}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    for folder in (data_dir, tempfile.gettempdir()):
        try:
            descriptor, path = tempfile.mkstemp(".txt", f"{name}-", folder)
            with open(descriptor, "w", encoding="utf-8", errors="replace") as report:
                report.write("\n".join(lines))
        except OSError as problem:
            log.warning("No crash report could be written to %s: %s", folder, problem)
        else:
            return path
    return ""
