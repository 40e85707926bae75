"""Measures how long texts of a task a line are read, and prints the processor time for each kind of line.

Run it on an otherwise quiet machine: ``python -m benchmarks.texts``. Of several readings the least is printed, because
others only add to it. Nothing here asserts anything: it is for people, and for ``docs/performance.md``.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime
from random import Random
from uuid import uuid4

from ant_tui.submission.drafts import FormValues, Sources
from ant_tui.submission.multi import parse_multi

_COUNT, _LENGTH, _READINGS = 100_000, 99, 7

_LINES: dict[str, Callable[[int], str]] = {
    "plain": lambda n: f"python train.py --seed {n} --out ",
    "quotes": lambda n: f"python train.py --seed {n} --name 'a b' \"c d\" --out ",
    "`ant_n_gpus`, id with `[uuid8]`": lambda n: f"ant_n_gpus=1 ant_task_id=run-{n}-[uuid8] python train.py ",
    "the same in quotes": lambda n: f"ant_n_gpus='1' ant_task_id=\"run {n} [uuid8]\" python train.py ",
    "`ant_n_gpus`, id of three tokens": lambda _: "ant_n_gpus=1 ant_task_id=[date]-[phrase]-[uuid8] python train.py ",
    "`ant_n_gpus`, id, `{rand …}`": lambda n: f"ant_n_gpus=1 ant_task_id=r{n}-[uuid8] p.py --lr {{rand float 0 1}} ",
    "`ant_envar` of two": lambda n: f"ant_envar={{'SEED': {n}, 'MODE': 'a b'}} python train.py ",
    "`ant_n_gpus`, id, `ant_envar`": lambda n: f"ant_n_gpus=1 ant_task_id=r{n}-[uuid8] ant_envar={{'S': {n}}} p.py ",
}
"""What stands on each line; it is filled up to a length."""


def seconds(text: str) -> float:
    """The least processor time in which a text is read."""
    taken = []
    for _ in range(_READINGS):
        began = time.process_time()
        parse_multi(text, form=FormValues(), env_rows={}, sources=Sources(Random(), datetime.now(), uuid4))
        taken.append(time.process_time() - began)
    return min(taken)


def main() -> None:
    """Measure every kind of line."""
    print(f"| {_COUNT:,} lines, {_COUNT * (_LENGTH + 1) / 1e6:.0f} MB | processor s |\n| --- | --- |")
    for what, line in _LINES.items():
        text = "\n".join(line(number).ljust(_LENGTH, "x") for number in range(_COUNT))
        print(f"| {what} | {seconds(text):.2f} |", flush=True)


if __name__ == "__main__":
    main()
