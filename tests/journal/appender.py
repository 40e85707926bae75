"""A process of its own that appends to a journal; the tests kill it, or give it a file system without room.

``appender.py DIRECTORY forever`` submits tasks, in groups of different sizes and with a snapshot now and then, and
prints every sequence number that became durable. ``appender.py DIRECTORY limited`` may write no file longer than 4 KiB
until writing has failed, then recovers without that limit; it prints what happened as one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import threading
from pathlib import Path

from ant_tui.core.events import TaskSubmitted
from ant_tui.core.task import TaskSpec
from ant_tui.errors import JournalUnavailable
from ant_tui.journal.journal import Journal
from ant_tui.journal.writer import JournalFailure


def submission(number: int) -> TaskSubmitted:
    return TaskSubmitted(at=1.0, number=number, id=f"task-{number}", spec=TaskSpec(command="true", workdir="/"))


def forever(directory: Path) -> None:
    """Append until killed."""
    durable = threading.Semaphore(8)

    def on_durable(seq: int) -> None:
        print(seq, flush=True)
        durable.release()

    journal, replay = Journal.open(directory, on_durable=on_durable, on_failure=lambda failure: None)
    state = replay.state
    group = 0
    while durable.acquire():
        group += 1
        events = [submission(state.next_number + index) for index in range(group % 7 + 1)]
        for event in events:
            state.apply(event)
        journal.append(events)
        if group % 10 == 0:
            journal.snapshot(state.image())


def limited(directory: Path) -> None:
    """Append until there is no room, then go on."""
    failed = threading.Event()
    durable = threading.Event()
    failures: list[JournalFailure] = []
    reached: list[int] = []

    def on_failure(failure: JournalFailure) -> None:
        failures.append(failure)
        failed.set()

    def on_durable(seq: int) -> None:
        reached.append(seq)
        durable.set()

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    journal, replay = Journal.open(directory, on_durable=on_durable, on_failure=on_failure)
    number = replay.state.next_number
    while not failed.is_set():
        durable.clear()
        try:
            journal.append([submission(number)])
        except JournalUnavailable:
            break
        number += 1
        durable.wait(0.5)
    recovered_while_full = journal.recover()
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    recovered = journal.recover()
    seq = journal.append([submission(journal.durable_seq + 1)])
    journal.close()
    print(
        json.dumps(
            {
                "first_lost": failures[0].first_seq,
                "sentence": failures[0].sentence,
                "recovered_while_full": recovered_while_full,
                "recovered": recovered,
                "seq": seq,
                "durable": reached[-1],
            }
        )
    )


if __name__ == "__main__":
    {"forever": forever, "limited": limited}[sys.argv[2]](Path(sys.argv[1]))
