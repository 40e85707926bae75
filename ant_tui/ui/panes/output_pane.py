"""The output with the line below it in which one types what to search for, or which line to go to."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.message import Message

from ant_tui.errors import AntError, UsageError
from ant_tui.ui.panes.output import TaskOutput
from ant_tui.ui.panes.output_search import query_for
from ant_tui.ui.widgets.covered import CoveredColumn
from ant_tui.ui.widgets.key_hints import Hint

if TYPE_CHECKING:
    from ant_tui.ui.widgets.filter_bar import FilterBar
    from ant_tui.ui.widgets.prompt_bar import PromptBar

__all__ = ["OutputPane", "parse_place"]

_MOST = 20
"""Searches that are remembered."""


class _Asking(Enum):
    TEXT = "text to search for"
    LINE = "number of a line, or a share such as 50%"


def parse_place(text: str) -> float | int:
    """Read which line somebody wants.

    Args:
        text: ``1234``, ``1,234`` or ``50%``.

    Returns:
        The number of a line from 1, or a share of all lines from 0.0 to 1.0.

    Raises:
        UsageError: it is neither.
    """
    wanted = text.strip().replace(",", "").replace(" ", "")
    share = wanted.endswith("%")
    digits = wanted.removesuffix("%")
    if not digits.isascii() or not digits.isdigit() or len(digits) > 18 or (share and int(digits) > 100):
        raise UsageError("Type the number of a line, such as 1200, or a share of the log, such as 50%.")
    return int(digits) / 100 if share else max(1, int(digits))


class OutputPane(CoveredColumn):
    """Output and prompt."""

    class Said(Message):
        """Something is to be told."""

        def __init__(self, text: str, style: str) -> None:
            """Make a message."""
            super().__init__()
            self.text = text
            self.style = style

    class HintsChanged(Message):
        """Other keys work now."""

    def __init__(self, output: TaskOutput, *, id: str | None = None) -> None:
        """Make a pane around an output."""
        super().__init__(id=id)
        self.output = output
        self.earlier: list[str] = []
        """What was searched for before, the newest first."""
        self.regex = False
        """Whether a regular expression is typed."""
        self._asking = _Asking.TEXT
        self._prompt: PromptBar | None = None

    def compose(self) -> ComposeResult:
        """Put the output in."""
        yield self.output

    @property
    def is_open(self) -> bool:
        """Whether somebody is typing."""
        return self._prompt is not None and self._prompt.is_open

    async def ask_text(self) -> None:
        """Let somebody type what to search for."""
        await self._ask(_Asking.TEXT, "/", self.earlier)
        self._say_kind()

    async def ask_line(self) -> None:
        """Let somebody type which line to go to."""
        await self._ask(_Asking.LINE, "#", [])

    async def _ask(self, asking: _Asking, sign: str, earlier: list[str]) -> None:
        if self._prompt is None:
            from ant_tui.ui.widgets.prompt_bar import PromptBar  # not before: the first frame does not need it

            self._prompt = PromptBar("")
            await self.mount(self._prompt)
        self._asking = asking
        self._prompt.ask(sign, asking.value, earlier)
        self.post_message(self.HintsChanged())

    def hints(self) -> list[Hint]:
        """The keys that work in the prompt; none while it is closed."""
        if not self.is_open:
            return []
        if self._asking is _Asking.LINE:
            return [Hint("enter", "go there", "keep"), Hint("esc", "back", "clear")]
        kind = "plain text" if self.regex else "regular expression"
        return [
            Hint("enter", "search", "keep"),
            Hint("esc", "back", "clear"),
            Hint("^r", kind, "switch"),
            Hint("↑↓", "earlier searches", "earlier", bool(self.earlier)),
        ]

    def press(self, hint: str) -> None:
        """Do what a click on one of the keys asks for."""
        if self._prompt is None:
            return
        match hint:
            case "keep":
                self._take(self._prompt.text)
            case "clear":
                self._leave()
            case "switch":
                self._switch()
            case "earlier":
                self._prompt.step(1)

    def _say_kind(self) -> None:
        assert self._prompt is not None
        self._prompt.say("regex" if self.regex else "text")

    def on_filter_bar_changed(self, event: FilterBar.Changed) -> None:
        """Highlight in the lines in view what is being typed."""
        event.stop()
        if self._asking is _Asking.TEXT:
            self._preview(event.text)

    def _preview(self, text: str) -> None:
        assert self._prompt is not None
        try:
            self.output.search.preview(query_for(text, regex=self.regex) if text else None)
        except UsageError:
            self._prompt.say("no regular expression yet", wrong=True)
        else:
            self._say_kind()

    def on_prompt_bar_switched(self, event: PromptBar.Switched) -> None:
        """The other kind of search is meant."""
        event.stop()
        self._switch()

    def _switch(self) -> None:
        if self._prompt is not None and self._asking is _Asking.TEXT:
            self.regex = not self.regex
            self._preview(self._prompt.text)
            self.post_message(self.HintsChanged())

    def on_filter_bar_kept(self, event: FilterBar.Kept) -> None:
        """Enter."""
        event.stop()
        self._take(event.text)

    def _take(self, text: str) -> None:
        try:
            if self._asking is _Asking.LINE:
                self.output.jump(parse_place(text))
            elif text:
                self.output.search.begin(text, regex=self.regex)
                self.earlier = [text, *(one for one in self.earlier if one != text)][:_MOST]
        except AntError as problem:
            self.post_message(self.Said(problem.sentence, "bad"))
        else:
            self._leave(preview_too=False)

    def on_filter_bar_cleared(self, event: FilterBar.Cleared) -> None:
        """Esc."""
        event.stop()
        self._leave()

    def on_filter_bar_left(self, event: FilterBar.Left) -> None:
        """Somebody went elsewhere."""
        event.stop()
        self._leave(focus=False)

    def _leave(self, *, focus: bool = True, preview_too: bool = True) -> None:
        if self._prompt is None or not self._prompt.is_open:
            return
        self._prompt.close()
        if preview_too:
            self.output.search.preview(None)
        if focus:
            self.output.focus()
        self.post_message(self.HintsChanged())
