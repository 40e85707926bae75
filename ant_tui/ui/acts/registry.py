"""Action id → what it does. Together with ``ui.actions`` this is all there is; a test holds the two equal."""

from __future__ import annotations

from collections.abc import Mapping

from ant_tui.ui.acts import on_copies, on_editor, on_list, on_output, on_screen, on_tasks, on_views
from ant_tui.ui.acts.host import Act

__all__ = ["ACTS"]

ACTS: Mapping[str, Act] = {
    **on_tasks.ACTS,
    **on_list.ACTS,
    **on_copies.ACTS,
    **on_output.ACTS,
    **on_editor.ACTS,
    **on_screen.ACTS,
    **on_views.ACTS,
}
