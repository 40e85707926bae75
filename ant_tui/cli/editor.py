"""Changing text in the person's own editor; a task is shown there as TOML (see ``api.edit_text``)."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile

from ant_tui.api.edit_text import difference, read_text, text_of, values_of
from ant_tui.errors import AntError, UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["edited_values", "run_editor"]


def edited_values(task: Mapping[str, Any], *, head: str) -> dict[str, str]:
    """Let the person edit a task.

    Args:
        task: its document, with secrets shown.
        head: a comment for the top of the text.

    Returns:
        What is different now, as the method ``edit`` takes it; empty when nothing is.

    Raises:
        UsageError: what was written is no TOML, or holds unknown keys or wrong types; the text is kept in a file.
        AntError: the editor could not be run.
    """
    before = values_of(task)
    descriptor, path = tempfile.mkstemp(prefix="ant-tui-", suffix=".toml")  # readable for this user alone
    with open(descriptor, "w", encoding="utf-8") as file:
        file.write(text_of(before, head=head))
    run_editor(path)
    try:
        with open(path, "rb") as changed:
            found = difference(before, read_text(changed.read()))
    except UsageError as problem:
        raise UsageError(f"{problem.sentence} Nothing was changed; your text is in {path}") from None
    os.unlink(path)
    return found


def run_editor(path: str) -> None:
    """Run ``$VISUAL``, ``$EDITOR`` or vi on a file and wait for its end.

    Raises:
        AntError: it cannot be run, or failed; the file stays.
    """
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    try:
        code = subprocess.run([*words, path], check=False).returncode
    except OSError as problem:
        raise AntError(
            f"The editor {words[0]} cannot be run: {problem.strerror}; set EDITOR. The text is in {path}"
        ) from problem
    if code:
        raise AntError(f"The editor {words[0]} failed with code {code}; nothing was changed. The text is in {path}")
