"""Measures the scheduler beside ``xargs`` and task-spooler (``tsp``), in one run, and prints figures and ratios.

Run it on an otherwise quiet machine: ``python benchmarks/scheduler.py``. Every comparison is interleaved (A B A B …);
medians are printed, because absolute figures differ from machine to machine and from minute to minute. Nothing here
asserts anything: it is for people, and for ``docs/performance.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import msgspec

_TICKS = os.sysconf("SC_CLK_TCK")


class Scheduler:
    """A scheduler in a process of its own, and a connection to it."""

    def __init__(self, directory: Path, *, slots: int, gpus: int = 0) -> None:
        self.directory = directory
        environment = {**os.environ, "ANT_TUI_SCHEDULER__MAX_CPU_TASKS": str(slots)}
        environment["ANT_TUI_SCHEDULER__MAX_QUEUED"] = "1000000"
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        command = [sys.executable, "-m", "ant_tui", "--no-ui", "--simulate-gpus", str(gpus)]
        self.began = time.perf_counter()
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(directory)], env=environment, stderr=subprocess.DEVNULL
        )
        self._stream, self._file = self._connect()
        self.start_s = time.perf_counter() - self.began

    def _connect(self) -> tuple[socket.socket, Any]:
        address = self.directory / "scheduler.json"
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                path = json.loads(address.read_text())["socket"]
                stream = socket.socket(socket.AF_UNIX)
                stream.connect(path)
                return stream, stream.makefile("rb")
            except (OSError, ValueError):
                if self.process.poll() is not None:
                    raise SystemExit("the scheduler did not start") from None
                time.sleep(0.002)
        raise SystemExit("the scheduler did not answer")

    def ask(self, method: str, **parameters: Any) -> Any:
        """Ask one question and wait for its answer."""
        message = {"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters}
        answer = msgspec.json.decode(self.receive(message))
        if "error" in answer:
            raise SystemExit(f"{method}: {answer['error']['message']}")
        return answer["result"]

    def receive(self, message: dict[str, Any]) -> bytes:
        """Send a request; returns the line that answers it, not decoded."""
        self._stream.sendall(json.dumps(message).encode() + b"\n")
        return bytes(self._file.readline())

    def submit(self, count: int, command: str = "true") -> int:
        """Submit equal tasks in one request; returns the last one's number."""
        task = {"command": command, "workdir": "/tmp", "verbatim": True}
        return int(self.ask("submit", tasks=[task] * count)["tasks"][-1]["number"])

    def memory_mb(self) -> float:
        """Resident memory in MB."""
        for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        return 0.0

    def cpu_s(self) -> float:
        """Processor time so far, its children's not included."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS

    def wakeups(self) -> int:
        """Voluntary context switches of all threads so far."""
        total = 0
        for status in Path(f"/proc/{self.process.pid}/task").glob("*/status"):
            for line in status.read_text().splitlines():
                if line.startswith("voluntary_ctxt_switches"):
                    total += int(line.split()[1])
        return total

    def close(self) -> None:
        """End it, and everything it started."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        self._stream.close()


@contextmanager
def scheduler(root: Path, *, slots: int = 8, gpus: int = 0, name: str = "") -> Iterator[Scheduler]:
    """A scheduler on a new directory below ``root``."""
    made = Scheduler(Path(tempfile.mkdtemp(dir=root, prefix=name)), slots=slots, gpus=gpus)
    try:
        yield made
    finally:
        made.close()


def timed(work: Callable[[], object]) -> float:
    """Seconds that something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def ms(values: list[float], share: float = 0.5) -> float:
    """A quantile in milliseconds."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))] * 1000


def show(what: str, ours: str, others: str = "", ratio: str = "") -> None:
    """Print one row."""
    print(f"| {what} | {ours} | {others} | {ratio} |", flush=True)


def throughput(root: Path, count: int, rounds: int) -> None:
    """Tasks that do nothing, eight at once, as a word of the shell and as a program: we, xargs and task-spooler."""
    for command in ("true", "/bin/true"):
        ours: list[float] = []
        floor: list[float] = []
        spooler: list[float] = []
        for _ in range(rounds):
            floor.append(count / timed(partial(_xargs, count, 8, command)))
            with scheduler(root, slots=8) as one:
                _run(one, 1, command)  # what the first task loads is loaded once, as the others' programs are
                ours.append(count / timed(partial(_run, one, count, command)))
            if shutil.which("tsp"):
                few = count // 10
                try:
                    spooler.append(few / timed(partial(_tsp, root, few, command)))
                except subprocess.CalledProcessError:
                    print("tsp gave up in this round", file=sys.stderr)
        us, xargs = statistics.median(ours), statistics.median(floor)
        what = f"{count} x `{command}`, 8 slots, tasks/s"
        show(what, f"{us:.0f}", f"xargs -P8 sh -c: {xargs:.0f}", f"{us / xargs:.2f}")
        if spooler:
            tsp = statistics.median(spooler)
            show("", f"{us:.0f}", f"tsp -S 8: {tsp:.0f}", f"{us / tsp:.2f}")


def _run(one: Scheduler, count: int, command: str) -> None:
    last = one.submit(count, command)
    one.ask("wait", tasks=[f"{last - count + 1}-{last}"])


def _xargs(count: int, slots: int, command: str) -> None:
    numbers = "\n".join(map(str, range(count)))
    subprocess.run(["xargs", f"-P{slots}", "-n1", "sh", "-c", command], input=numbers.encode(), check=True)


def _tsp(root: Path, count: int, command: str) -> None:
    environment = {**os.environ, "TS_SOCKET": str(root / f"tsp{time.monotonic_ns()}")}
    run = partial(subprocess.run, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    run(["tsp", "-S", "8"], check=True)
    for _ in range(count):
        run(["tsp", "-n", "sh", "-c", command], check=True)
    run(["tsp", "-w"], check=False)
    run(["tsp", "-K"], check=False)


def gap(root: Path, count: int, rounds: int) -> None:
    """One slot: from one start to the next, of tasks that only note the time."""
    ours: list[float] = []
    floor: list[float] = []
    marks = root / "marks"
    script = f"date +%s%N >> {marks}"
    for _ in range(rounds):
        with scheduler(root, slots=1) as one:
            last = one.submit(count, script)
            one.ask("wait", tasks=[f"1-{last}"])
        ours += _cycles(marks)
        _xargs(count, 1, script)
        floor += _cycles(marks)
    show("start to next start, one slot, ms p50 / p95", f"{ms(ours):.2f} / {ms(ours, 0.95):.2f}",
         f"xargs -P1 sh -c: {ms(floor):.2f} / {ms(floor, 0.95):.2f}", f"{ms(ours) / ms(floor):.2f}")  # fmt: skip


def _cycles(marks: Path) -> list[float]:
    times = [int(line) for line in marks.read_text().split()]
    marks.unlink()
    return [(after - before) / 1e9 for before, after in pairwise(times)]


def submitting(root: Path) -> None:
    """One submission at a time, into an empty and into a very long queue."""
    with scheduler(root) as one:
        one.ask("pause")
        few = [timed(lambda: one.submit(1)) for _ in range(1000)]
        show("submit by socket, empty queue, ms p50 / p95", f"{ms(few):.2f} / {ms(few, 0.95):.2f}")
        show("submissions by socket, one by one, /s", f"{len(few) / sum(few):.0f}")
        before = one.memory_mb()
        took = timed(lambda: one.submit(10_000))
        show("10,000 in one request, s", f"{took:.2f}")
        time.sleep(1)  # what the request itself took is given back by then
        show("memory for 10,000 queued, MB", f"+{one.memory_mb() - before:.1f}")
        lists(one)
        while one.ask("queue", limit=1)["counts"]["queued"] < 99_000:
            one.submit(10_000)
        show("memory with 100,000 queued, MB", f"{one.memory_mb():.0f}")
        many = [timed(lambda: one.submit(1)) for _ in range(500)]
        show("submit by socket, 100,000 queued, ms p50", f"{ms(many):.2f}", "", f"{ms(many) / ms(few):.2f} x empty")
        command_line(one.directory)
        directory = one.directory
    again = [_restart(directory) for _ in range(3)]
    show("restart with 100,000 tasks, s", f"{statistics.median(again):.2f}")


def _restart(directory: Path) -> float:
    one = Scheduler(directory, slots=8)
    one.close()
    return one.start_s


def lists(one: Scheduler) -> None:
    """Listing what waits, until the whole answer is here (decoding it is the reader's)."""

    def ask(limit: int) -> bytes:
        parameters = {"states": ["queued"], "limit": limit}
        return one.receive({"jsonrpc": "2.0", "id": 1, "method": "queue", "params": parameters})

    size = len(ask(10_000)) / 1e6
    whole = [timed(partial(ask, 10_000)) for _ in range(9)]
    first = [timed(partial(ask, 200)) for _ in range(25)]
    show(f"list of 10,000 by socket ({size:.1f} MB), ms; first 200", f"{ms(whole):.0f}; {ms(first):.1f}")


def command_line(directory: Path) -> None:
    """What one command costs beside starting Python."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    base = [sys.executable, "-m", "ant_tui", "--data-dir", str(directory)]
    floor: list[float] = []
    submit: list[float] = []
    for _ in range(15):
        floor.append(timed(lambda: subprocess.run([sys.executable, "-c", "pass"], check=True)))
        command = [*base, "submit", "-q", "--export", "none", "--", "true"]
        run = partial(subprocess.run, command, env=environment, check=True, stdout=subprocess.DEVNULL)
        submit.append(timed(run))
    show("submit by command line, 100,000 queued, ms", f"{ms(submit):.0f}", f"python -c pass: {ms(floor):.0f}",
         f"{ms(submit) / ms(floor):.1f}")  # fmt: skip


def idle(root: Path, seconds: float) -> None:
    """Doing nothing: eight GPUs sampled each second; then eight tasks that print."""
    with scheduler(root, gpus=8) as one:
        time.sleep(2)
        cpu, wakeups = one.cpu_s(), one.wakeups()
        time.sleep(seconds)
        percent = (one.cpu_s() - cpu) / seconds * 100
        show("idle, 8 GPUs sampled each second: CPU %, wake-ups/s, MB",
             f"{percent:.2f}, {(one.wakeups() - wakeups) / seconds:.1f}, {one.memory_mb():.0f}")  # fmt: skip
        one.submit(8, "while :; do echo a line of output; sleep 0.1; done")
        time.sleep(2)
        cpu = one.cpu_s()
        time.sleep(seconds)
        show("8 printing tasks beside it: CPU %", f"{(one.cpu_s() - cpu) / seconds * 100:.2f}")
        one.ask("cancel", all=True)
        one.ask("wait", tasks=["1-8"])


def output(root: Path) -> None:
    """One task that prints a gigabyte."""
    with scheduler(root) as one:
        cpu = one.cpu_s()
        last = one.submit(1, "head -c 1000000000 /dev/zero | tr '\\0' x")
        took = timed(lambda: one.ask("wait", tasks=[str(last)]))
        show("1 GB of output: scheduler's CPU s; task's s", f"{one.cpu_s() - cpu:.2f}; {took:.1f}")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--dir", default=None, help="where the data directories go (default: a temporary directory)")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--only", choices=["throughput", "gap", "submit", "idle", "output"])
    options = parser.parse_args()
    parts: dict[str, Callable[[Path], None]] = {
        "throughput": lambda root: throughput(root, options.count, options.rounds),
        "gap": lambda root: gap(root, 300, 3),
        "submit": submitting,
        "idle": lambda root: idle(root, options.seconds),
        "output": output,
    }
    with tempfile.TemporaryDirectory(dir=options.dir, ignore_cleanup_errors=True) as root:
        print("| what | ant-tui | beside it | ratio |\n| --- | --- | --- | --- |")
        for name, part in parts.items():
            if options.only in (None, name):
                part(Path(root))


if __name__ == "__main__":
    main()
