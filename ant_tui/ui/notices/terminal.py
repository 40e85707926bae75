"""Telling the terminal: the bell, and notices on the desktop. The one place that writes to Textual's driver itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from textual.app import App

from ant_tui.core.task import Task
from ant_tui.notify.notice import EndedTask, summary
from ant_tui.notify.notice import Notice as EndNotice
from ant_tui.notify.terminal import text_sequences

__all__ = ["sequences", "through_tmux", "write"]


def sequences(tasks: Sequence[Task], *, bell: bool, desktop: bool, environ: Mapping[str, str]) -> str:
    """What to write when tasks have ended together: one notice and one bell, however many they are.

    Args:
        tasks: those that are told; at least one.
        bell: the setting ``notify.bell``.
        desktop: the setting ``notify.desktop``.
        environ: says which terminal it is, and whether we live in tmux.
    """
    if len(tasks) == 1:
        text = summary(tasks[0].id, tasks[0].state.value, tasks[0].detail)
    else:
        counts: dict[str, int] = {}
        for task in tasks:
            counts[task.state.value] = counts.get(task.state.value, 0) + 1
        text = EndNotice(tuple(EndedTask.of(task, "") for task in tasks), counts).text
    terminal = environ.get("TERM_PROGRAM") or environ.get("TERM", "")
    notice = text_sequences(text, bell=False, desktop=desktop, terminal=terminal)
    if environ.get("TMUX"):
        notice = through_tmux(notice)
    return notice + text_sequences(text, bell=bell, desktop=False)


def through_tmux(sequence: str) -> str:
    """Wrap a sequence so that tmux hands it on to the terminal outside, where ``allow-passthrough`` is on.

    Where it is off, tmux drops all of it, as it would have dropped the sequence itself. The bell needs no wrapping.
    """
    return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\" if sequence else ""


def write(app: App[Any], sequence: str) -> None:
    """Write to the terminal between two frames, as ``App.bell`` does; nothing where there is no terminal."""
    if sequence and not app.is_headless and app._driver is not None:
        app._driver.write(sequence)
