"""ANT's settings: which of ours each one means, and why some have no meaning here."""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ant_tui.config import reference
from ant_tui.config.values import fit, shown, type_of
from ant_tui.importing.plan import Left, Plan, SettingTaken

__all__ = ["KNOWN_KEYS", "settings_plan"]

_SAMPLES = 20
"""Readings of which ANT took the mean to see whether somebody else uses a GPU."""


class _Unfit(ValueError):
    """A value that cannot be taken; ``args[0]`` says why."""


class _Taking(NamedTuple):
    """Which setting a key means, how its value is read, and what is to be said about it."""

    key: str
    read: Callable[[Any], object]
    note: str = ""


def _number(value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Unfit(f"{shown(value)} is no number.")
    return value


def _count(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise _Unfit(f"{shown(value)} is no whole number.")
    return int(number)


def _switch(value: Any) -> bool:
    if not isinstance(value, bool):
        raise _Unfit(f"{shown(value)} is neither true nor false.")
    return value


def _fraction(value: Any) -> float:
    """A share: ANT documents fractions; because it compared them with percent, people wrote percent."""
    number = _number(value)
    return number / 100 if 1 < number <= 100 else number


def _seconds(value: Any) -> float:
    return float(_number(value))


def _level(value: Any) -> str:
    """Python's level numbers: 0 is everything."""
    number = int(value) if isinstance(value, bool) else _number(value)
    return "debug" if number <= 10 else "info" if number <= 20 else "warning" if number <= 30 else "error"


def _detection(value: Any) -> str:
    return "load" if _switch(value) else "off"


def _slot_count(value: Any) -> int:
    try:
        return max(1, min(int(value), 64))
    except (TypeError, ValueError):
        return 8


def _log_root(value: Any) -> str:
    path = os.path.expanduser(value) if isinstance(value, str) else ""
    if not os.path.isabs(path):
        raise _Unfit(
            f"{shown(value)} begins in the directory from which ANT was started; here logs lie in the data directory, "
            "and logs.root takes an absolute path."
        )
    return path


_TAKEN = {
    "RUNNER_default_n_gpus": _Taking("scheduler.default_gpus", _count),
    "LOGGER_log_dir": _Taking("logs.root", _log_root),
    "LOGGER_log_to_file": _Taking("scheduler_log.to_file", _switch, "In ANT, too, this was only its own log."),
    "LOGGER_log_to_stdout": _Taking("scheduler_log.to_stderr", _switch, "In ANT, too, this was only its own log."),
    "LOGGER_level": _Taking("scheduler_log.level", _level),
    "ADGS_enabled": _Taking("gpus.busy_detection", _detection),
    "ADGS_usage_threshold": _Taking("gpus.utilization_threshold", _fraction, "0.5 means 50 % here."),
    "ADGS_mem_threshold": _Taking("gpus.memory_threshold", _fraction),
    "MONITORING_refresh_interval": _Taking("gpus.sample_interval_s", _seconds),
    "MONITORING_smoother_alpha": _Taking("monitor.smoothing_alpha", _seconds),
    "ENVVAR_slot_count": _Taking("environment.slot_count", _slot_count),
    "VISUALIZER_terminal_win_height": _Taking("output.live_lines", _count),
    "VISUALIZER_completed_output_default_lines": _Taking("output.preview_lines", _count),
    "VISUALIZER_view_log_max_lines": _Taking("output.view_lines", _count),
}

_NO_PORT = "There is no port: the control socket is a file that only you can open."
_NO_POLLING = "Nothing waits for a tick: a task starts when something has happened."
_ONE_OF_EACH = "There is one of each here, nothing to choose from."
_NO_PAGE = "There is no page; panes are resized on the screen and remembered."
_NO_BROWSER = "There is no shell in a browser; you have one in the terminal already."
_UNUSED = "ANT did not use it either."
_LEFT = {
    "backend_port": _NO_PORT,
    "frontend_port": _NO_PORT,
    "FRONTEND_protocol": _NO_PORT,
    "step_interval": _NO_POLLING,
    "logger": _ONE_OF_EACH,
    "loader": _ONE_OF_EACH,
    "handler": _ONE_OF_EACH,
    "runner": _ONE_OF_EACH,
    "visualizer": _ONE_OF_EACH,
    "RECOVERY_enabled": "Everything is always recorded; [recovery] says what becomes of it after a restart.",
    "RECOVERY_state_file": "The journal lies in the data directory; import this file's tasks with: ant-tui import ant",
    "HANDLER_pipe_to_file": "Output always goes to a file, straight from the task.",
    "ENVVAR_slot_file": "Slots lie in the journal; import this file's with: ant-tui import ant",
    "TERMINAL_enabled": _NO_BROWSER,
    "TERMINAL_shell": _NO_BROWSER,
    "TERMINAL_working_directory": _NO_BROWSER,
    "VISUALIZER_log_max_height": _UNUSED,
    "VISUALIZER_log_max_width": _UNUSED,
    "VISUALIZER_ongoing_output_line_control_enabled": _NO_PAGE,
    "VISUALIZER_completed_output_line_control_enabled": _NO_PAGE,
    "VISUALIZER_output_min_lines": _NO_PAGE,
    "VISUALIZER_output_max_lines": _NO_PAGE,
}

_SIZE = "MONITORING_history_size"
_INTERVAL = "MONITORING_refresh_interval"

KNOWN_KEYS = frozenset({*_TAKEN, *_LEFT, _SIZE})
"""Every key of ANT's settings."""


def settings_plan(path: str, found: Mapping[str, Any]) -> Plan:
    """Plan what to take of a settings file; values that are the defaults here need not be taken.

    Args:
        path: the file.
        found: what is in it.
    """
    defaults = {one.key: one.default for one in reference()}
    settings: list[SettingTaken] = []
    left: list[Left] = []

    def take(what: str, key: str, value: object, note: str = "") -> None:
        section, _, name = key.partition(".")
        try:
            fitting = fit(value, type_of(section, name))
        except ValueError:
            left.append(Left(what, f"{shown(value)} is out of the range of {key}."))
            return
        if fitting == defaults[key]:
            left.append(Left(what, f"{key} is {shown(value)} here by default."))
        else:
            settings.append(SettingTaken(what, key, value, note))

    _take_windows(found, take, left)  # first, so that no window is ever shorter than the time between two readings
    for what, value in found.items():
        if what in _TAKEN:
            taking = _TAKEN[what]
            try:
                read = taking.read(value)
            except _Unfit as problem:
                left.append(Left(what, str(problem)))
                continue
            take(what, taking.key, read, taking.note)
            if taking.key == "logs.root" and settings and settings[-1].key == "logs.root":
                settings.append(SettingTaken(what, "logs.per_start_folder", True, "As ANT did."))
        elif what in _LEFT:
            left.append(Left(what, _LEFT[what]))
        elif what != _SIZE:
            left.append(Left(what, "This is no setting of ANT."))
    return Plan(path, "settings of ANT", settings=tuple(settings), left=tuple(left))


def _take_windows(found: Mapping[str, Any], take: Callable[..., None], left: list[Left]) -> None:
    """What ANT counted in readings is counted in seconds here."""
    try:
        interval = _seconds(found.get(_INTERVAL, 1))
    except _Unfit:
        interval = 1.0
    if _SIZE in found:
        try:
            take(_SIZE, "monitor.window_s", round(_count(found[_SIZE]) * interval), "ANT counted readings.")
        except _Unfit as problem:
            left.append(Left(_SIZE, str(problem)))
    if interval != 1.0:
        take(_INTERVAL, "gpus.window_s", _SAMPLES * interval, f"ANT took the mean of {_SAMPLES} readings.")
