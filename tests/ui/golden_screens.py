"""Golden screens: what an app shows, as text and a map of styles that a person can read in a diff.

A golden file holds the rows of the screen, then the same rows with one letter per cell for its style, then what
each letter means. ``pytest --update-golden`` writes the files anew. Nothing here knows any widget.
"""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len

if TYPE_CHECKING:
    from rich.color import Color
    from rich.style import Style
    from textual.app import App
    from textual.strip import Strip

__all__ = ["compare", "screen_strips", "screen_text"]

FOLDER = Path(__file__).parent / "golden"
LETTERS = ".abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"


def screen_strips(app: App[Any]) -> list[Strip]:
    """The rows of the app's screen as Textual would send them (the one place that uses the private compositor)."""
    return app.screen._compositor.render_strips()


def screen_text(app: App[Any]) -> str:
    """Describe the whole screen: rows, style map, legend."""
    letters: dict[str, str] = {}
    rows: list[str] = []
    styles: list[str] = []
    for strip in screen_strips(app):
        rows.append(f"|{strip.text}|")
        line = ""
        for text, style, _control in strip:
            words = _in_words(style)
            letter = letters.setdefault(words, LETTERS[min(len(letters), len(LETTERS) - 1)])
            line += letter * cell_len(text)
        styles.append(f"|{line}|")
    legend = [f"{letter} {words}" for words, letter in letters.items()]
    size = f"{app.size.width}x{app.size.height} {app.theme}"
    return "\n".join([size, *rows, "styles", *styles, "legend", *legend, ""])


def compare(app: App[Any], name: str, *, update: bool) -> None:
    """Fail with a diff if the screen differs from the golden file; write the file instead if ``update``."""
    path = FOLDER / f"{name}.txt"
    now = screen_text(app)
    if update:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(now, encoding="utf-8")
        return
    if not path.exists():
        raise AssertionError(f"{path} is missing: look at the screen, then run pytest --update-golden\n{now}")
    before = path.read_text(encoding="utf-8")
    if before != now:
        diff = difflib.unified_diff(before.splitlines(), now.splitlines(), "golden", "now", lineterm="", n=1)
        raise AssertionError(f"the screen differs from {path} (renew: pytest --update-golden)\n" + "\n".join(diff))


def _in_words(style: Style | None) -> str:
    if style is None:
        return "plain"
    words = [
        name for name in ("bold", "dim", "italic", "underline", "reverse", "strike", "overline") if getattr(style, name)
    ]
    if style.color is not None and not style.color.is_default:
        words.append(_color(style.color))
    if style.bgcolor is not None and not style.bgcolor.is_default:
        words.append(f"on {_color(style.bgcolor)}")
    return " ".join(words) or "plain"


def _color(color: Color) -> str:
    if color.triplet is not None:
        return str(color.triplet.hex)
    return str(color.name)
