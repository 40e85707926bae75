"""Exponential smoothing that arrives.

The predecessor rounded at every step and fed the rounded value back, so its curves stopped short of the truth and small
changes never showed. Here nothing is rounded, the raw value stays beside, and the curve lands on its target exactly.
"""

from __future__ import annotations

__all__ = ["Smoothed"]


class Smoothed:
    """An exponential moving average of one series.

    Attributes:
        value: the smoothed value, or None where the last raw value was missing.
        raw: the last raw value, or None where it was missing.
    """

    def __init__(self, alpha: float, epsilon: float = 1e-4) -> None:
        """Start empty.

        Args:
            alpha: weight of a new value, above 0 and at most 1 (1 does not smooth).
            epsilon: a difference at or below this is closed at once, in the unit of the values (default: for 0..1).
        """
        if not 0 < alpha <= 1:
            raise ValueError(f"alpha must be above 0 and at most 1, not {alpha}")
        self._alpha = alpha
        self._epsilon = epsilon
        self.value: float | None = None
        self.raw: float | None = None

    def update(self, raw: float | None) -> float | None:
        """Take the next value and return the smoothed one; after a missing value the curve starts afresh."""
        self.raw = raw
        if raw is None or self.value is None:
            self.value = raw
            return raw
        value = self.value + self._alpha * (raw - self.value)
        self.value = raw if abs(raw - value) <= self._epsilon else value
        return self.value
