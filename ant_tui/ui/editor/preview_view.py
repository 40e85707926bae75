"""What would be queued, or what is wrong: the part of the editor that answers while one writes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from ant_tui.output.sanitise import plain
from ant_tui.ui.editor.checked import Checked, Fault
from ant_tui.ui.figures import count
from ant_tui.ui.widgets.cells import fit

__all__ = ["PreviewView"]

_WIDEST_NAME = 32
_RANDOM = "(random)"


class PreviewView(VerticalScroll):
    """A page that is written anew at every check."""

    def __init__(self, *, id: str | None = None) -> None:
        """Say nothing yet."""
        super().__init__(id=id)

    def compose(self) -> ComposeResult:
        """What was said, headline, tasks, problems, notes, and the command line."""
        for part in ("said", "headline", "problems", "tasks", "notes", "command-line"):
            yield Static(id=f"preview-{part}", markup=False)

    def show(self, checked: Checked, *, untouched: bool = False) -> None:
        """Show what a form comes to.

        Args:
            checked: what was found out.
            untouched: nothing has been written, so nobody is told what is missing.
        """
        wrong = checked.wrong and not untouched
        style = "bold $text-success" if checked.good else "dim"
        self._write("headline", Content() if wrong else Content.assemble((plain(checked.headline), style)))
        self._write("problems", _problems(checked) if wrong else Content())
        self._write("tasks", Content() if wrong else _tasks(checked))
        self._write("notes", Content("\n".join(map(plain, checked.notes))))
        line = Content()
        if checked.command_line and not wrong:
            line = Content.assemble(("On the command line:\n", "dim"), plain(checked.command_line))
        self._write("command-line", line)

    def say(self, sentence: str) -> None:
        """Say something above all the rest, until something else is said; an empty text takes it away."""
        self._write("said", Content.assemble((plain(sentence), "bold $text-warning")))

    def _write(self, part: str, content: Content) -> None:
        line = self.query_one(f"#preview-{part}", Static)
        if line.visual != content:
            line.update(content)
        line.set_class(not content.plain, "-empty")


def _tasks(checked: Checked) -> Content:
    """A line for each of the first tasks, in columns."""
    if not checked.lines:
        return Content()
    names = [plain(line.name) or _RANDOM for line in checked.lines]
    width = min(_WIDEST_NAME, max(map(len, names)))
    figures = max(len(line.figure) for line in checked.lines)
    rows = []
    for name, line in zip(names, checked.lines, strict=True):
        style = "bold" if line.name else "dim"
        figure = f"  {line.figure:>{figures}}" if figures else ""
        rows.append(Content.assemble((fit(name, width), style), (figure, "$text-accent"), f"  {plain(line.text)}"))
    more = checked.count - len(checked.lines)
    if more > 0 and checked.lines:
        rows.append(Content.assemble((f"… and {count(more, 'more', 'more')}", "dim")))
    return Content("\n").join(rows)


def _problems(checked: Checked) -> Content:
    """All that is wrong and is not said beside a field: what is wrong in the text with its place."""
    parts = [Content.assemble((f"Nothing can be queued yet: {_counted(checked)}.", "bold $text-error"))]
    for fault in checked.faults:
        parts.append(Content.assemble((_place(fault), "bold"), plain(fault.sentence)))
    parts += [Content(plain(problem)) for problem in checked.problems]
    beside = len(checked.fields) + len(checked.rows) + bool(checked.variables)
    if beside:
        parts.append(Content.assemble((f"{count(beside, 'problem')} beside the fields.", "dim")))
    return Content("\n").join(parts)


def _counted(checked: Checked) -> str:
    return count(checked.wrong, "problem")


def _place(fault: Fault) -> str:
    return f"line {fault.line}, column {fault.column}: " if fault.column else f"line {fault.line}: "
