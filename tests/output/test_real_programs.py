"""Output of real programs, captured in a pseudo-terminal, comes out as a real terminal shows it (row 189)."""

from __future__ import annotations

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from functools import cache

import pyte
import pytest

from ant_tui.output.ansi_text import render_plain
from ant_tui.output.line_terminal import LineTerminal
from ant_tui.output.progress import read_progress
from ant_tui.output.style import PLAIN

LINES, COLUMNS = 30, 120

PROGRAMS = {
    "tqdm": """
from tqdm import tqdm
for _ in tqdm(range(200), mininterval=0, desc="load"): pass
print("done")
""",
    "nested tqdm": """
from tqdm import tqdm
for epoch in tqdm(range(4), mininterval=0, desc="epochs"):
    for step in tqdm(range(30), mininterval=0, leave=False, desc="steps"):
        if step % 10 == 5: tqdm.write(f"epoch {epoch} step {step}: loss 0.5")
print("done")
""",
    "three tqdm bars": """
from tqdm import tqdm
bars = [tqdm(total=20, position=place, mininterval=0, desc=f"gpu {place}") for place in range(3)]
for step in range(20):
    for bar in bars: bar.update()
for bar in bars: bar.close()
""",
    "tqdm that is stopped": """
from tqdm import tqdm
bar = tqdm(total=100, mininterval=0, desc="train")
bar.update(45)
""",
    "rich": """
from rich.console import Console
from rich.progress import Progress
console = Console(force_terminal=True, width=100, color_system="truecolor")
with Progress(console=console, auto_refresh=False) as progress:
    tasks = [progress.add_task(f"[red]task {number}", total=50) for number in range(3)]
    for step in range(50):
        for task in tasks: progress.advance(task)
        progress.refresh()
        if step % 10 == 0: console.print(f"[bold green]step[/] {step} 中文", highlight=False)
""",
    "rich that goes away": """
from rich.console import Console
from rich.progress import Progress
console = Console(force_terminal=True, width=100)
with Progress(console=console, auto_refresh=False, transient=True) as progress:
    task = progress.add_task("work", total=20)
    for step in range(20):
        progress.advance(task); progress.refresh()
console.print("all done")
""",
    "spinner": """
import sys
for step in range(60):
    sys.stdout.write("\\r" + "|/-\\\\"[step % 4] + f" working {step}"); sys.stdout.flush()
print("\\rfinished        ")
""",
    "backspace counter": """
import sys
sys.stdout.write("count: ")
for step in range(120):
    text = str(step); sys.stdout.write(text + "\\b" * len(text)); sys.stdout.flush()
print()
""",
    "hyperlink": """
from rich.console import Console
console = Console(force_terminal=True, width=80)
console.print("see [link=https://example.org/a?b=c]the page[/link] now")
""",
    "table with tabs": """
print("name\\tloss\\tlr")
for step in range(80): print(f"{step}\\t{step / 7:.3f}\\t1e-4")
""",
}


@cache
def captured(name: str) -> bytes:
    """All that a program writes to a terminal of 120 columns and 30 lines."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, COLUMNS, 0, 0))
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS), "PYTHONIOENCODING": "utf-8"}
    environment.pop("NO_COLOR", None)
    output = b""
    command = [sys.executable, "-c", PROGRAMS[name]]
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=environment) as process:
        os.close(slave)
        try:
            while part := os.read(master, 65536):
                output += part
        except OSError:  # EIO: the program has ended and all of its output was read
            pass
        finally:
            os.close(master)
    assert process.returncode == 0, output
    return output


def pyte_screen(data: bytes) -> pyte.HistoryScreen:
    screen = pyte.HistoryScreen(COLUMNS, LINES, history=100_000, ratio=0.5)
    pyte.ByteStream(screen).feed(data)
    return screen


def pyte_text(data: bytes) -> str:
    screen = pyte_screen(data)
    rows = ["".join(line[x].data for x in range(COLUMNS)) for line in screen.history.top]
    return "\n".join(row.rstrip() for row in [*rows, *screen.display]).rstrip("\n")


@pytest.mark.parametrize("chunk", [1_000_000, 777, 13, 1], ids="chunk{}".format)
@pytest.mark.parametrize("name", PROGRAMS)
def test_the_text_is_that_of_a_real_terminal(name: str, chunk: int) -> None:
    """Row 189: the final text equals that of pyte, however the output is cut."""
    data = captured(name)
    terminal = LineTerminal(window=LINES)
    for at in range(0, len(data), chunk):
        terminal.feed(data[at : at + chunk])
    assert terminal.text() == pyte_text(data)
    assert terminal.text()


@pytest.mark.parametrize("name", PROGRAMS)
def test_plain_rendering_needs_no_knowledge_of_the_window(name: str) -> None:
    """What `logs` prints is the same text, though it does not know the height of the task's terminal."""
    data = captured(name)
    assert render_plain(data) == pyte_text(data)


def test_colours_and_attributes_are_those_of_a_real_terminal() -> None:
    """Every visible character of rich's bars is bold, italic, reversed and coloured as in pyte."""
    data = captured("rich")
    screen = pyte_screen(data)
    terminal = LineTerminal(window=LINES)
    terminal.feed(data)
    compared = 0
    for y, line in enumerate(screen.display):
        if not line.strip() or "中" in line:  # there, columns are not indices
            continue
        row = terminal.row(len(screen.history.top) + y)
        for x, character in enumerate(row.text.rstrip()):
            if character == " ":
                continue
            style = next((style for start, end, style in row.runs if start <= x < end), PLAIN)
            theirs = screen.buffer[y][x]
            assert (character, style.bold, style.italic, style.underline, style.reverse) == (
                theirs.data,
                theirs.bold,
                theirs.italics,
                theirs.underscore,
                theirs.reverse,
            )
            assert (style.fg is None) == (theirs.fg == "default")
            compared += 1
    assert compared > 150


def test_the_link_survives() -> None:
    """Rich's hyperlink is in the row's style and not in its text."""
    terminal = LineTerminal()
    terminal.feed(captured("hyperlink"))
    row = terminal.row(0)
    start, end, style = next(run for run in row.runs if run[2].link)
    assert (row.text[start:end], style.link) == ("the page", "https://example.org/a?b=c")


def test_progress_is_read_from_a_real_bar() -> None:
    """What tqdm shows when it is at 45 of 100 is read as 0.45."""
    progress = read_progress(render_plain(captured("tqdm that is stopped")))
    assert progress is not None
    assert (progress.fraction, progress.label) == (0.45, "train")
