"""Letting a person change a text in their own editor while the screen steps aside."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from dataclasses import dataclass
from typing import Any

from textual.app import App, SuspendNotSupported

__all__ = ["Edited", "edit_text"]


@dataclass(frozen=True, slots=True)
class Edited:
    """What came of it.

    Attributes:
        text: what was written; None where nothing can be used.
        problem: what went wrong, as a sentence; empty where nothing did.
        path: the file that still holds the text; empty where it is gone.
    """

    text: str | None = None
    problem: str = ""
    path: str = ""


def edit_text(app: App[Any], text: str, suffix: str, *, path: str = "") -> Edited:
    """Run ``$VISUAL``, ``$EDITOR`` or vi on a text, with the terminal to itself.

    Args:
        app: steps aside meanwhile.
        text: what the file holds at first.
        suffix: of the file's name, by which editors choose their colours.
        path: a file that is there already, to go on in; ``text`` is not used then.

    Returns:
        The new text; the file is gone. Or a problem, and then the file stays where one was made.
    """
    words = shlex.split(os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi")
    try:
        if not path:
            descriptor, path = tempfile.mkstemp(prefix="ant-tui-", suffix=suffix)  # readable for this user alone
            with open(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
        with app.suspend():
            code = subprocess.run([*words, path], check=False).returncode
        with open(path, encoding="utf-8-sig") as file:
            found = file.read()
    except SuspendNotSupported:
        os.unlink(path)
        return Edited(problem="This terminal cannot be handed to an editor.")
    except UnicodeDecodeError:
        return Edited(problem=f"What you wrote is not UTF-8 text; it is in {path}.", path=path)
    except OSError as problem:
        return Edited(problem=f"The editor {words[0]} cannot be run: {problem.strerror}; set EDITOR.", path=path)
    if code:
        return Edited(problem=f"The editor {words[0]} failed with code {code}; your text is in {path}.", path=path)
    os.unlink(path)
    return Edited(text=found)
