"""Twenty commands of mixed kinds on four simulated GPUs, and a scheduler that is killed in the middle."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.e2e.house import House, until

_BAR = r"""
import sys, time
for step in range(101):
    filled = "█" * (step // 5)
    sys.stdout.write(f"\rtrain: {step:3d}%|{filled:<20}| {step}/100 [00:00<00:00, 9.1it/s]")
    sys.stdout.flush()
    time.sleep(0.002)
print()
"""


@dataclass(frozen=True)
class Case:
    """One of the twenty.

    Attributes:
        words: what stands behind ``submit``: options and a shell line, above which a line is put that notes the run.
        log: what the whole log must be; a pattern where the shell's own words are in it.
        code: the exit code.
        state: how it ends.
        gpus: how many it wants.
        runs: False for a command that no shell can begin.
    """

    words: tuple[str, ...]
    log: bytes | re.Pattern[bytes]
    code: int = 0
    state: str = "completed"
    gpus: int = 0
    runs: bool = True


# The gates: "down" opens while no scheduler is there, "up" when the second one is.
_UNTIL_DOWN = "while [ ! -e down ]; do sleep 0.02; done"
_UNTIL_UP = "while [ ! -e up ]; do sleep 0.02; done"
_NOT_FOUND = re.compile(rb"[^\n]*no-such-command-anywhere[^\n]*\n")

CASES = (
    # These end before the kill.
    Case(("python bar.py",), b"".join(b"\rtrain: %3d%%|%s| %d/100 [00:00<00:00, 9.1it/s]" % (
        step, ("█" * (step // 5)).ljust(20).encode(), step) for step in range(101)) + b"\n"),
    Case(("seq 1 1000 | grep 7 | sort -rn | head -3",), b"997\n987\n979\n"),
    Case(("echo to stderr >&2; exit 3",), b"to stderr\n", 3, "failed"),
    Case(("no-such-command-anywhere --option",), _NOT_FOUND, 127, "failed"),
    Case(("if then fi fi (",), re.compile(rb"(?s).+"), 2, "failed", runs=False),
    Case(("cat <<'END'\n$HOME stays  as it is\n\ttab \\ 'quotes' \"both\"\nEND",),
         b"$HOME stays  as it is\n\ttab \\ 'quotes' \"both\"\n"),
    # These run while nobody watches, and end then.
    Case((f"{_UNTIL_DOWN}; head -c 300000 junk; exit 9",), bytes(range(256)) * 1171 + bytes(range(224)), 9, "failed"),
    Case(("-G", "1", f"{_UNTIL_DOWN}; echo on $CUDA_VISIBLE_DEVICES"), b"on 0\n", gpus=1),
    Case((f"{_UNTIL_DOWN}; kill -SEGV $$",), re.compile(rb"(?s).*"), 139, "failed"),
    # These run through it all.
    Case(("-G", "1", f"{_UNTIL_UP}; i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done"),
         b"".join(b"line %d\n" % number for number in range(20_000)), gpus=1),
    Case(("-J", "stubborn", "trap '' TERM; echo deaf; while :; do sleep 0.1; done"), re.compile(rb"deaf\n.*"),
         137, "cancelled"),
    Case(("-G", "2", f"echo $CUDA_DEVICE_ORDER $CUDA_VISIBLE_DEVICES; {_UNTIL_UP}"), b"PCI_BUS_ID 2,3\n", gpus=2),
    Case((f"{_UNTIL_UP} & echo left; exit 4",), b"left\n", 4, "failed"),
    Case((f"setsid sh -c '{_UNTIL_UP}; echo far away' & sleep 0.1",), b"far away\n"),
    # These wait for GPUs until then.
    Case(("-G", "4", "echo $CUDA_VISIBLE_DEVICES"), b"0,1,2,3\n", gpus=4),
    Case(("-G", "3", "echo three; false"), b"three\n", 1, "failed", gpus=3),
    Case(("-G", "2", "-J", "größe-日本", "echo 'größe 日本 🐜'"), "größe 日本 🐜\n".encode(), gpus=2),
    Case(("-G", "1", "printf 'no newline at the end'"), b"no newline at the end", gpus=1),
    Case(("-G", "1", "exec sh -c 'exit 255'"), b"", 255, "failed", gpus=1),
    Case(("-G", "0", "-H", "echo \"[$CUDA_VISIBLE_DEVICES]\""), b"[]\n"),
)  # fmt: skip
_EARLY = range(1, 7)
_UNSEEN = range(7, 10)
_WAITING = range(15, 20)
_HELD = 20
_BEGIN_AT_ONCE = [number for number in range(1, _WAITING[0]) if CASES[number - 1].runs]


def test_twenty_commands_end_once_with_their_codes_and_logs_though_the_scheduler_is_killed(house: House) -> None:
    """All of it: nothing is lost, nothing runs twice, no GPU has two tasks, and every log is complete."""
    assert len(CASES) == 20
    (house.work / "bar.py").write_text(_BAR, encoding="utf-8")
    (house.work / "junk").write_bytes(bytes(range(256)) * 1200)
    ran = house.work / "ran"
    house.start("--simulate-gpus", "4", env={"ANT_TUI_CANCEL__GRACE_S": "0.4"})
    names = {number: _submit(house, number, case) for number, case in enumerate(CASES, 1)}

    house.run("wait", f"{_EARLY[0]}-{_EARLY[-1]}", code=1)
    until("what has no need of GPUs that are taken has begun", lambda: _numbers(ran) == _BEGIN_AT_ONCE)
    before = house.tasks()
    assert [before[names[number]]["state"] for number in (*_WAITING, _HELD)] == ["queued"] * 6
    house.kill()
    (house.work / "down").touch()
    for number in _UNSEEN:
        until(f"task {number} ends unseen", partial(_has_status, house.data / f"jobs/{number}.1/started"))
    house.start()

    assert {name: task["state"] for name, task in house.tasks().items() if task["number"] in _UNSEEN} == {
        names[number]: CASES[number - 1].state for number in _UNSEEN
    }, "what ended unseen is known at once"
    house.run("cancel", "stubborn")
    house.run("release", str(_HELD))
    (house.work / "up").touch()
    house.run("wait", "1-20", code=1)

    after = house.tasks()
    for number, case in enumerate(CASES, 1):
        _check(after[names[number]], number, case)
    assert _numbers(ran) == [number for number, case in enumerate(CASES, 1) if case.runs], "each ran exactly once"
    _check_events(house.events())


def _submit(house: House, number: int, case: Case) -> str:
    *options, command = case.words
    note = f"echo {number} >> ran\n"
    return house.submit(*options, note + command)


def _numbers(ran: Path) -> list[int]:
    return sorted(map(int, ran.read_text().split())) if ran.exists() else []


def _has_status(started: Path) -> bool:
    return started.read_text().count("\n") == 2


def _check(task: Any, number: int, case: Case) -> None:
    found = (task["number"], task["state"], task["exit_code"], task["attempt"], len(task["attempts"]))
    assert found == (number, case.state, case.code, 1, 1), (case.words, task)
    assert len(task["gpu_ids"]) == case.gpus, task
    log = Path(task["log_path"]).read_bytes()
    if isinstance(case.log, bytes):
        assert log == case.log, (case.words, log[:200])
    else:
        assert case.log.fullmatch(log), (case.words, log[:200])


def _check_events(events: list[Any]) -> None:
    """By the journal: every task starts once and ends once, and nobody gets a GPU that somebody has."""
    started: list[int] = []
    ended: list[int] = []
    holder: dict[str, int] = {}
    for event in events:
        if event["type"] == "task_starting":
            started.append(event["number"])
            for gpu in event.get("gpus", ()):
                assert gpu["uuid"] not in holder, (event, holder)
                holder[gpu["uuid"]] = event["number"]
        elif event["type"] == "task_ended":
            ended.append(event["number"])
            holder = {gpu: number for gpu, number in holder.items() if number != event["number"]}
    assert sorted(started) == sorted(ended) == list(range(1, 21))
    assert not holder
    assert [event["type"] for event in events].count("scheduler_started") == 2
