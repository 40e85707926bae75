"""Measures the screen beside Textual's own widgets, nvitop and grep, in one run, and prints figures and ratios.

Run it on an otherwise quiet machine, from the project's root: ``python -m benchmarks.screen``. nvitop is used where it
is installed; it and we read GPUs from the same fake driver, which needs a C compiler. As in ``scheduler``, comparisons
are interleaved, medians are printed, and nothing is asserted.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from benchmarks.scheduler import Scheduler, ms, scheduler, show
from benchmarks.terminal import Terminal, ant_tui, memory_mb

_WIDE = (120, 40)
_AS_LEFT = {
    "ANT_TUI_RECOVERY__QUEUED": "restore",
    "ANT_TUI_SCHEDULER__MAX_CPU_TASKS": "1",
    "ANT_TUI_SCHEDULER__MAX_QUEUED": "200000",
}
"""The queue goes on as it was left, one task at a time."""

_HELLO = """
from textual.app import App
from textual.widgets import Static
class Hello(App):
    def compose(self):
        yield Static("hello world")
Hello().run()
"""

_OURS = """
from ant_tui.ui.widgets.graph import Graph, GraphData
def graph():
    return Graph()
def feed(widget, values):
    widget.set_data(GraphData(values=values, title="GPU", value=f"{values[-1]:.0f}%", span="5m"))
"""

_THEIRS = """
from textual.widgets import Sparkline
def graph():
    return Sparkline()
def feed(widget, values):
    widget.data = values
"""

_GRAPHS = """
import math, os, sys, time
from textual.app import App
from textual.containers import Grid
class Graphs(App):
    CSS = "Grid { grid-size: 4 4; } Sparkline { height: 1fr; width: 1fr; }"
    def compose(self):
        with Grid():
            yield from (graph() for _ in range(16))
    def on_mount(self):
        self.step = 0
        self.set_interval(0.05, self.next)
    def next(self):
        self.step += 1
        if self.step == 20:
            self.cpu = time.process_time()
        if self.step == 220:
            self.exit(message=f"CPU {time.process_time() - self.cpu:.3f}")
        for number, widget in enumerate(self.query("Grid > *")):
            feed(widget, [50 + 45 * math.sin((self.step + number * 7 + at) / 9) for at in range(120)])
Graphs().run()
"""

_COLOURS = (
    "import time; n = 0; t = time.time()\n"
    "while True:\n"
    "    print(*(f'\\033[3{k}mstep {n + k}\\033[0m loss=\\033[1m{k / 7:.4f}\\033[0m lr=1e-4 images/s=1234' "
    "for k in range(1, 6)), sep='\\n', flush=True); n += 5; t += 0.005; time.sleep(max(0, t - time.time()))"
)
_MANY_LINES = (
    "import time; n = 0; t = time.time()\n"
    "while True:\n"
    "    print(*(f'line {n + k} of a task that prints a lot' for k in range(200)), sep='\\n', flush=True)\n"
    "    n += 200; t += 0.01; time.sleep(max(0, t - time.time()))"
)


def _python(program: str) -> str:
    return f"{sys.executable} -c {shell_quote(program)}"


def shell_quote(text: str) -> str:
    """One word of a shell."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def _prepared(root: Path, count: int, *, run: bool = False) -> Path:
    """A data directory in which so many tasks are known, ended or queued in a paused queue."""
    with scheduler(root, gpus=8) as one:
        if not run:
            one.ask("pause")
        for _ in range(max(1, count // 10_000)):
            one.submit(min(count, 10_000))
        if run:
            one.ask("wait", tasks=[f"1-{count}"])
        return one.directory


def first_frame(root: Path, rounds: int) -> None:
    """From the command to the tasks on the screen, beside the smallest Textual program."""
    data = _prepared(root, 1000, run=True)
    ours: list[float] = []
    hello: list[float] = []
    for _ in range(rounds):
        one = Terminal([sys.executable, "-c", _HELLO], _WIDE)
        hello.append(one.until("hello world"))
        one.close()
        one = Terminal(ant_tui(data, "--simulate-gpus", "8"), _WIDE)
        ours.append(one.until("Finished"))
        one.close()
    show("first useful frame, 1,000 tasks known, ms", f"{ms(ours):.0f}", f"Textual hello world: {ms(hello):.0f}",
         f"{ms(ours) / ms(hello):.2f}")  # fmt: skip


def memory(root: Path) -> None:
    """The whole program, scheduler and screen, with many tasks."""
    for count in (1000, 100_000):
        data = _prepared(root, count)
        one = Terminal(ant_tui(data, "--simulate-gpus", "8"), _WIDE, _AS_LEFT)
        one.until("Queued")
        one.watch(3)
        show(f"memory of scheduler and screen, {count:,} tasks, MB", f"{memory_mb(one.pid):.0f}")
        one.close()


def keys(root: Path, presses: int) -> None:
    """From a key press to its row, with a very long queue and a task that floods the output pane."""
    data = _prepared(root, 100_000)
    with_screen = Terminal(ant_tui(data, "--simulate-gpus", "8"), _WIDE, _AS_LEFT)
    with_screen.until("Queued")
    command = [*ant_tui(data), "submit", "--priority", "9", "--", _python(_MANY_LINES)]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([*ant_tui(data), "unpause"], check=True, stdout=subprocess.DEVNULL)
    with_screen.until("Running")
    with_screen.press("g", r">100\S+ ")
    with_screen.until(r"line \d{5,}")
    took: list[float] = []
    for _ in range(presses):
        with_screen.watch(0.3)
        took.append(with_screen.press("j", r">\s*(?!100)\d+ "))
        with_screen.watch(0.3)
        took.append(with_screen.press("k", r">100\S+ "))
    show("key press to its row, 100,000 tasks, 20,000 lines/s, ms p50 / p95", f"{ms(took):.1f} / {ms(took, 0.95):.1f}")
    with_screen.close()
    _end(data)


def _end(data: Path) -> None:
    """End every task that a program which was measured has left running."""
    last = Scheduler(data, slots=8)
    last.ask("cancel", all=True)
    last.ask("stop", tasks="kill")
    last.process.wait(60)


def following(root: Path, seconds: float) -> None:
    """Following a task that prints a thousand coloured lines each second."""
    data = Path(tempfile.mkdtemp(dir=root))
    one = Terminal(ant_tui(data, "--simulate-gpus", "2"), _WIDE)
    one.until("No tasks yet")
    subprocess.run([*ant_tui(data), "submit", "--", _python(_COLOURS)], check=True, stdout=subprocess.DEVNULL)
    one.until(r"step \d{3,}")
    one.watch(2)
    cpu, received = one.cpu_s(), one.received
    one.watch(seconds)
    percent, rate = (one.cpu_s() - cpu) / seconds * 100, (one.received - received) / seconds / 1000
    show("following 1,000 coloured lines/s at 120x40: CPU %, kB/s", f"{percent:.1f}, {rate:.0f}")
    one.close()
    _end(data)


def graphs(rounds: int) -> None:
    """Sixteen graphs, redrawn twenty times a second for ten seconds."""
    found: dict[str, list[float]] = {_OURS: [], _THEIRS: []}
    for _ in range(rounds):
        for kind, values in found.items():
            one = Terminal([sys.executable, "-c", kind + _GRAPHS], (120, 30))
            one.until(r"CPU \d+\.\d+")
            values.append(float(one.told(r"CPU (\d+\.\d+)")))
            one.close()
    ours, theirs = (statistics.median(values) for values in found.values())
    show("16 graphs x 200 redraws at 120x30, CPU s", f"{ours:.2f}", f"16 Sparklines: {theirs:.2f}",
         f"{ours / theirs:.2f}")  # fmt: skip


def beside_nvitop(root: Path, seconds: float) -> None:
    """Eight GPUs at 1 Hz, and on them eight tasks that print ten lines each second."""
    from tests.fake_nvml import FakeGpu, FakeNvml, compiler

    peer = shutil.which("nvitop") or shutil.which("nvitop", path=str(Path(sys.executable).parent))
    if compiler() is None:
        print("no C compiler: the fake driver cannot be built", file=sys.stderr)
        return
    driver = FakeNvml(root / "driver")
    driver.set_gpus(*(FakeGpu(utilization=20 + 9 * index, used=9000 * (index + 1)) for index in range(8)))
    data = Path(tempfile.mkdtemp(dir=root))
    ours = Terminal(ant_tui(data), _WIDE, driver.env)
    ours.until("No tasks yet")
    command = "while :; do echo a line of output; sleep 0.1; done"
    for _ in range(8):
        subprocess.run([*ant_tui(data), "submit", "-G", "1", "--", command], check=True, stdout=subprocess.DEVNULL)
    ours.until("a line of output")
    theirs = Terminal([peer], _WIDE, driver.env) if peer else None
    if theirs:
        theirs.until("NVITOP")
    programs = [ours, *([theirs] if theirs else [])]
    spent = [one.cpu_s() for one in programs]
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for one in programs:
            one.watch(0.05)
    shares = [(one.cpu_s() - before) / seconds * 100 for one, before in zip(programs, spent, strict=True)]
    peers = (f"nvitop: {shares[1]:.1f}", f"{shares[0] / shares[1]:.2f}") if theirs else ("", "")
    show("8 GPUs at 1 Hz, 8 tasks with 10 lines/s: CPU %", f"{shares[0]:.1f}", *peers)
    for one in programs:
        one.close()
    _end(data)


def big_log(root: Path, gigabytes: float, rounds: int) -> None:
    """A large coloured log: showing its end, and looking for a rare and a common word beside grep."""
    from ant_tui.output.log_file import LogFile
    from ant_tui.output.query import Query
    from ant_tui.output.search import search_in_steps
    from ant_tui.ui.output_feed import OutputFeed

    path = root / "big.log"
    block = b"".join(
        b"\x1b[3%dmepoch %d\x1b[0m step %d loss=%.4f lr=1e-4 images/s=1234\n" % (n % 7, n // 100, n, n / 7)
        for n in range(20_000)
    )
    with path.open("wb") as file:
        for _ in range(int(gigabytes * 1e9) // len(block)):
            file.write(block)
        file.write(b"a needle in a haystack\n")
    opening: list[float] = []
    for _ in range(rounds):
        before = time.perf_counter()
        feed = OutputFeed(str(path))
        feed.poll()
        assert feed.last_line == "a needle in a haystack"
        opening.append(time.perf_counter() - before)
    show(f"open a log of {gigabytes:g} GB at its end, ms", f"{ms(opening):.0f}")
    for word in ("needle", "step 777"):
        ours: list[float] = []
        grep: list[float] = []
        for _ in range(rounds):
            before = time.perf_counter()
            count = sum(len(found.matches) for found in search_in_steps(LogFile(str(path)), Query(word), 0))
            ours.append(time.perf_counter() - before)
            before = time.perf_counter()
            lines = int(subprocess.run(["grep", "-c", word, str(path)], capture_output=True, check=True).stdout)
            grep.append(time.perf_counter() - before)
            assert count == lines, (word, count, lines)
        show(f"find “{word}” in it ({count:,} times), s", f"{statistics.median(ours):.2f}",
             f"grep -c: {statistics.median(grep):.2f}", f"{ms(ours) / ms(grep):.2f}")  # fmt: skip
    path.unlink()


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dir", default=None, help="where data directories and logs go (default: a temporary one)")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--gigabytes", type=float, default=2.0, help="size of the large log")
    parser.add_argument("--only", choices=["first", "keys", "follow", "graphs", "nvitop", "memory", "log"])
    options = parser.parse_args()
    parts: dict[str, Callable[[Path], None]] = {
        "first": lambda root: first_frame(root, options.rounds),
        "keys": lambda root: keys(root, 60),
        "follow": lambda root: following(root, options.seconds),
        "graphs": lambda root: graphs(options.rounds),
        "nvitop": lambda root: beside_nvitop(root, options.seconds),
        "memory": memory,
        "log": lambda root: big_log(root, options.gigabytes, options.rounds),
    }
    with tempfile.TemporaryDirectory(dir=options.dir, ignore_cleanup_errors=True) as root:
        print("| what | ant-tui | beside it | ratio |\n| --- | --- | --- | --- |")
        for name, part in parts.items():
            if options.only in (None, name):
                part(Path(root))


if __name__ == "__main__":
    main()
