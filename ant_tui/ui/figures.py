"""How numbers are written on the screen: times, sizes, shares. Short, of known width, and the same everywhere."""

from __future__ import annotations

__all__ = ["bar", "clock", "count", "elapsed", "percent", "size", "size_like", "spent", "waited"]

_UNITS = ("B", "K", "M", "G", "T", "P")


def elapsed(seconds: float | None) -> str:
    """A length of time in at most 8 cells: ``7s``, ``3:05``, ``2:14:07``, ``3d 04h``; empty for None."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes, second = divmod(whole, 60)
    if minutes < 60:
        return f"{minutes}:{second:02d}"
    hours, minute = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}:{minute:02d}:{second:02d}"
    days, hour = divmod(hours, 24)
    return f"{days}d {hour:02d}h" if days < 1000 else f"{days}d"


def spent(seconds: float | None) -> str:
    """A length of time in at most 7 cells, spelled like ``waited``: ``7s``, ``3m 05s``, ``2h 14m``; empty for None."""
    if seconds is None:
        return ""
    whole = max(0, int(seconds))
    if 60 <= whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s"
    return waited(seconds)


def waited(seconds: float) -> str:
    """A length of time that nobody watches by the second, in up to 7 cells: ``7s``, ``12m``, ``2h 14m``, ``3d 04h``."""
    whole = max(0, int(seconds))
    if whole < 60:
        return f"{whole}s"
    minutes = whole // 60
    if minutes < 60:
        return f"{minutes}m"
    hours, minute = divmod(minutes, 60)
    if hours < 48:
        return f"{hours}h {minute:02d}m"
    days, hour = divmod(hours, 24)
    return f"{days}d {hour:02d}h" if days < 100 else f"{days}d"


def clock(at: float | None, now: float) -> str:
    """A moment in the reader's own time zone: the time alone for the last 18 hours, else the day with it.

    Args:
        at: epoch seconds; None gives a dash.
        now: epoch seconds.
    """
    import time

    if at is None:
        return "–"
    near = abs(now - at) < 18 * 3600
    return time.strftime("%H:%M:%S" if near else "%Y-%m-%d %H:%M", time.localtime(at))


def size(number: float | None) -> str:
    """A number of bytes in at most 5 cells: ``512M``, ``7.1G``, ``80G``; a dash for None."""
    if number is None:
        return "–"
    value = float(max(0, number))
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1024
    return f"{value:.1f}{unit}" if value < 9.95 and unit not in "BK" else f"{value:.0f}{unit}"


def size_like(number: float, whole: float) -> str:
    """A number of bytes in the unit that ``size`` gives to ``whole``, without that unit: ``71`` of ``80G``."""
    unit, value = 1.0, float(whole)
    while value >= 999.5 and unit < 1024**5:
        value /= 1024
        unit *= 1024
    part = max(0.0, number) / unit
    return f"{part:.1f}" if 0.05 <= part < 9.95 and unit > 1024 else f"{part:.0f}"


def percent(share: float | None) -> str:
    """A share in 4 cells: ``  7%``, ``100%``; dashes for None."""
    return "  –%" if share is None else f"{min(999, round(share * 100)):3d}%"


def count(number: int, one: str, many: str = "") -> str:
    """A number with its noun: ``1 task``, ``3 tasks``, ``12,000 tasks``."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def bar(share: float, width: int, *, ascii_only: bool = False) -> tuple[str, str]:
    """A bar: its filled and its empty part, together ``width`` cells.

    Args:
        share: 0 to 1; less and more are cut.
        width: cells.
        ascii_only: draw with ``#`` and ``.``.
    """
    filled = round(min(1.0, max(0.0, share)) * width)
    full, rest = ("#", ".") if ascii_only else ("█", "░")
    return full * filled, rest * (width - filled)
