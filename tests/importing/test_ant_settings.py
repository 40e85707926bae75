"""ANT's settings: what each becomes here, and why others do not."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from ant_tui.config import edit_setting, load_settings
from ant_tui.importing.ant_settings import KNOWN_KEYS, settings_plan
from ant_tui.importing.plan import Plan

README = {
    "backend_port": 5000,
    "frontend_port": 6060,
    "step_interval": 1,
    "logger": "default_logger",
    "loader": "memory_loader",
    "handler": "subprocess_handler",
    "runner": "gpu_runner",
    "visualizer": "flask_visualizer",
    "RUNNER_default_n_gpus": 0,
    "RECOVERY_enabled": True,
    "RECOVERY_state_file": "./ant_runner_logs/ant_recovery_state.json",
    "LOGGER_log_dir": "./ant_runner_logs",
    "LOGGER_log_to_file": True,
    "LOGGER_log_to_stdout": True,
    "LOGGER_level": 0,
    "ADGS_enabled": False,
    "ADGS_usage_threshold": 0.5,
    "ADGS_mem_threshold": 0.5,
    "MONITORING_history_size": 300,
    "MONITORING_refresh_interval": 1,
    "MONITORING_smoother_alpha": 0.1,
    "HANDLER_pipe_to_file": True,
    "VISUALIZER_log_max_height": 20,
    "VISUALIZER_log_max_width": "inf",
    "VISUALIZER_terminal_win_height": 20,
    "VISUALIZER_ongoing_output_line_control_enabled": True,
    "VISUALIZER_completed_output_line_control_enabled": True,
    "VISUALIZER_completed_output_default_lines": 50,
    "VISUALIZER_output_min_lines": 1,
    "VISUALIZER_output_max_lines": 10,
    "VISUALIZER_view_log_max_lines": 200,
}
LATER = {"FRONTEND_protocol": "http", "ENVVAR_slot_count": 8, "ENVVAR_slot_file": "x", "TERMINAL_enabled": True,
         "TERMINAL_shell": "/bin/bash", "TERMINAL_working_directory": "~"}  # fmt: skip


def taken(plan: Plan) -> dict[str, object]:
    return {one.key: one.value for one in plan.settings}


def test_every_key_of_ant_is_answered() -> None:
    """No key of ANT, early or late, is passed over: each is taken, or left with a reason (row 007)."""
    assert {*README, *LATER} == KNOWN_KEYS
    plan = settings_plan("f", {**README, **LATER})
    answered = {one.what for one in plan.settings} | {one.what for one in plan.left}
    assert answered == KNOWN_KEYS
    assert all(one.why.endswith((".", "ant")) for one in plan.left)


def test_defaults_of_ant_are_defaults_here() -> None:
    """Of the file as ANT ships it only the level of its own log is different here (rows 007, 008)."""
    assert taken(settings_plan("f", README)) == {"scheduler_log.level": "debug"}


@pytest.mark.parametrize(
    ("found", "became"),
    [
        ({"RUNNER_default_n_gpus": 1}, {"scheduler.default_gpus": 1}),
        ({"ADGS_enabled": True}, {"gpus.busy_detection": "load"}),
        ({"ADGS_usage_threshold": 0.3}, {"gpus.utilization_threshold": 0.3}),
        ({"ADGS_usage_threshold": 30}, {"gpus.utilization_threshold": 0.3}),
        ({"ADGS_mem_threshold": 1}, {"gpus.memory_threshold": 1}),
        ({"LOGGER_level": 25}, {"scheduler_log.level": "warning"}),
        ({"LOGGER_level": 50}, {"scheduler_log.level": "error"}),
        ({"LOGGER_level": True}, {"scheduler_log.level": "debug"}),
        ({"LOGGER_log_to_stdout": False}, {"scheduler_log.to_stderr": False}),
        ({"LOGGER_log_dir": "/var/logs/ant"}, {"logs.root": "/var/logs/ant", "logs.per_start_folder": True}),
        ({"MONITORING_refresh_interval": 2}, {"gpus.sample_interval_s": 2.0, "gpus.window_s": 40.0}),
        ({"MONITORING_history_size": 600}, {"monitor.window_s": 600}),
        (
            {"MONITORING_history_size": 600, "MONITORING_refresh_interval": 0.5},
            {"gpus.sample_interval_s": 0.5, "gpus.window_s": 10.0},
        ),
        ({"ENVVAR_slot_count": 100}, {"environment.slot_count": 64}),
        ({"ENVVAR_slot_count": 0}, {"environment.slot_count": 1}),
        ({"ENVVAR_slot_count": "many"}, {}),
        ({"VISUALIZER_terminal_win_height": 40}, {"output.live_lines": 40}),
        ({"VISUALIZER_completed_output_default_lines": 20}, {"output.preview_lines": 20}),
        ({"VISUALIZER_view_log_max_lines": 80}, {"output.view_lines": 80}),
    ],
)
def test_values_are_translated(found: dict[str, Any], became: dict[str, object]) -> None:
    """Units and words become ours: percent a fraction, readings seconds, level numbers words (rows 157, 158, 159)."""
    assert taken(settings_plan("f", found)) == became


@pytest.mark.parametrize(
    ("found", "why"),
    [
        ({"RUNNER_default_n_gpus": "4"}, "no number"),
        ({"RUNNER_default_n_gpus": 1.5}, "no whole number"),
        ({"RUNNER_default_n_gpus": -1}, "out of the range of scheduler.default_gpus"),
        ({"ADGS_usage_threshold": 200}, "out of the range"),
        ({"ADGS_enabled": "yes"}, "neither true nor false"),
        ({"MONITORING_smoother_alpha": 0}, "out of the range"),
        ({"VISUALIZER_view_log_max_lines": 1}, "out of the range"),
        ({"MONITORING_history_size": 3}, "out of the range of monitor.window_s"),
        ({"LOGGER_log_dir": "./logs"}, "absolute path"),
        ({"LOGGER_log_dir": None}, "absolute path"),
        ({"backend_port": 1}, "no port"),
        ({"step_intervall": 1}, "no setting of ANT"),
    ],
)
def test_what_cannot_be_is_left_with_a_reason(found: dict[str, Any], why: str) -> None:
    """Nothing is dropped in silence, and nothing out of range gets through (row 006)."""
    plan = settings_plan("f", found)
    assert plan.settings == ()
    assert [why in one.why for one in plan.left] == [True]


def test_what_is_taken_can_be_set_in_this_order(tmp_path: Path) -> None:
    """Every setting of a plan is one that the settings file takes, one after the other."""
    extreme = {**README, "MONITORING_refresh_interval": 60, "RUNNER_default_n_gpus": 8, "LOGGER_log_dir": "/l"}
    file = tmp_path / "config.toml"
    for one in settings_plan("f", extreme).settings:
        edit_setting(file, one.key, one.value)
    settings = load_settings(file, environ={})
    assert (settings.gpus.sample_interval_s, settings.gpus.window_s) == (60, 1200)
