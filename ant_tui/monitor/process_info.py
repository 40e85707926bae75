"""Who a process belongs to and what it is, read from this host.

The one place of the package that looks at other people's processes; ``foreign`` is given this function, so that it
stays free of I/O.
"""

from __future__ import annotations

from ant_tui.monitor.samples import ProcessInfo

__all__ = ["process_info"]

# A command line may be megabytes long; this much of it tells who it is.
_LONGEST_COMMAND = 4096


def process_info(pid: int) -> ProcessInfo | None:
    """Look a process up.

    Args:
        pid: its number.

    Returns:
        What may be read of it, or None where there is no such process here (it has ended, or the driver's numbers are
        those of another namespace, as in a container).
    """
    import psutil  # 6 ms, and most machines have nobody else's process on a GPU when the screen begins

    try:
        process = psutil.Process(pid)
        with process.oneshot():
            read = process.as_dict(["username", "cmdline", "name", "create_time"], ad_value=None)
    except (psutil.Error, ValueError, OverflowError):
        return None
    command = " ".join(read["cmdline"] or ()) or read["name"] or ""
    return ProcessInfo(pid, read["username"], command[:_LONGEST_COMMAND], read["create_time"])
