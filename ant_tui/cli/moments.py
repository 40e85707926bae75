"""Times as people type and read them: ``2026-11-21 10:30``, ``7d`` ago, ``1:02:03``."""

from __future__ import annotations

import re
import time

__all__ = ["clock", "duration", "moment", "seconds"]

_UNITS = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_SPELT = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+(?:\.\d+)?)s)?", re.ASCII)
_LONGEST_TEXT = 48


def seconds(text: str) -> float:
    """A span of seconds as ``--timeout`` takes it: ``90``, ``1.5``, ``10m``, ``2h30m``.

    Raises:
        UsageError: it is none.
    """
    try:
        value = float(text)
    except ValueError:
        return _spelt(text)
    if not 0 <= value < 1e10:  # also refuses nan
        raise _no_span(text)
    return value


def moment(text: str, now: float | None = None) -> float:
    """A time as ``--since`` and ``--before`` take it, in epoch seconds.

    Args:
        text: ISO-8601 (``2026-11-21``, ``2026-11-21T10:30``, with ``Z`` or an offset for other zones than the local
            one), a time of today (``10:30``), or a span, which means so long ago (``7d``, ``2h30m``).
        now: epoch seconds; None looks at the clock.

    Raises:
        UsageError: it is none of these.
    """
    from datetime import datetime

    from ant_tui.errors import UsageError

    now = time.time() if now is None else now
    if _SPELT.fullmatch(text) and text:
        return now - _spelt(text)
    today = datetime.fromtimestamp(now).date().isoformat()
    try:
        if ":" in text and "-" not in text:
            return datetime.fromisoformat(f"{today}T{text if text[1:2] != ':' else '0' + text}").timestamp()
        if "-" in text:
            return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError):
        pass
    raise UsageError(f"{text!r} is no time; write 2026-11-21, 2026-11-21T10:30, 10:30, or 7d for seven days ago.")


def duration(span_s: float | None) -> str:
    """A span for people: ``4s``, ``3:20``, ``1:02:03``, ``2-01:02:03``; ``-`` for none."""
    if span_s is None:
        return "-"
    whole = max(0, int(span_s))
    if whole < 60:
        return f"{whole}s"
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    if not hours:
        return f"{minutes}:{rest:02d}"
    days, hours = divmod(hours, 24)
    return f"{days}-{hours:02d}:{minutes:02d}:{rest:02d}" if days else f"{hours}:{minutes:02d}:{rest:02d}"


def clock(iso: str | None) -> str:
    """A document's time in the local zone, to the second; ``-`` for none."""
    if not iso:
        return "-"
    from datetime import datetime

    try:
        return datetime.fromisoformat(iso).astimezone().strftime("%Y-%m-%d %H:%M:%S")
    except ValueError:
        return iso


def _spelt(text: str) -> float:
    found = _SPELT.fullmatch(text)
    if found is None or not text or len(text) > _LONGEST_TEXT:
        raise _no_span(text)
    return sum(float(count) * unit for count, unit in zip(found.groups(), _UNITS.values(), strict=True) if count)


def _no_span(text: str) -> Exception:
    from ant_tui.errors import UsageError

    return UsageError(f"{text!r} is no span of time; write 90, 10m or 2h30m.")
