"""What the GPU pane says of each GPU."""

from __future__ import annotations

import pytest

from ant_tui.core import events as ev
from ant_tui.monitor.history import HOST
from ant_tui.ui.gpu_facts import GpuFacts, gpu_facts, host_facts, summary_runs
from tests.ui.fake_client import FakeClient, busy_machine


def all_facts(client: FakeClient) -> list[GpuFacts]:
    sample = client.sample
    return [*gpu_facts(client.state, sample), host_facts(sample.host if sample else None, "gpu01")]


def test_every_state_is_said_in_words_with_who_or_why() -> None:
    """Busy names the task, external the user and program, lost the reason."""
    said = [(one.look.word, one.detail) for one in all_facts(busy_machine())]
    assert said[:4] == [
        ("busy", "llama-ft"),
        ("busy", "llama-ft"),
        ("busy", "vit-sweep-3"),
        ("completing", "whisper-eval"),
    ]
    assert said[4] == ("external", "alice (python, pid 31337), 22,528 MiB")
    assert said[5] == ("free", "")
    assert said[7] == ("lost", "Xid 79: it has fallen off the bus")


def test_a_gpu_that_was_switched_off_under_a_task_says_both() -> None:
    """Switching a GPU off does not hide the task that still holds it."""
    client = busy_machine()
    client.happens(ev.GpusSwitched, disabled=("GPU-2", "GPU-5"))
    facts = all_facts(client)
    assert (facts[2].look.word, facts[2].detail) == ("busy", "vit-sweep-3 (disabled)")
    assert facts[5].look.word == "disabled"


def test_figures_are_those_of_the_last_sample() -> None:
    """Temperature, power against its limit, memory in the unit of the whole; what is not known is a dash."""
    facts = all_facts(busy_machine())
    assert facts[0].name == "H100 80GB HBM3"
    assert "".join(text for text, _ in facts[0].figures) == " 70° 648/700W"
    assert facts[0].memory_words == "8.0/80G"
    assert facts[7].use is None
    assert facts[7].memory_words == "–/80G"


def test_heat_is_pointed_out() -> None:
    """A GPU that is nearly too hot is shown in a warning colour."""
    from msgspec.structs import replace

    client = busy_machine()
    assert client.sample is not None
    client.sample = replace(client.sample, gpus=(replace(client.sample.gpus[0], temperature_c=91.0),))
    assert all_facts(client)[0].figures[0] == (" 91° ", "warn")


def test_before_the_first_sample_nothing_is_made_up() -> None:
    """Without a sample there are names and states, and dashes for the rest."""
    client = FakeClient()
    client.has_gpus(1)
    gpu, host = all_facts(client)
    assert (gpu.use, gpu.memory_words, gpu.figures) == (None, "–/80G", ())
    assert (host.key, host.use, host.memory_words) == (HOST, None, "–/–")


@pytest.mark.parametrize(("gpus", "rows", "lines"), [(6, 1, 1), (8, 2, 2), (16, 2, 2)])
def test_the_summary_names_every_gpu(gpus: int, rows: int, lines: int) -> None:
    """In one or two lines stand all GPUs, each with its number, the glyph of its state and its use."""
    found = summary_runs(all_facts(busy_machine(gpus=gpus)), 80, rows)
    assert len(found) == lines
    text = "\n".join("".join(part for part, _ in line) for line in found)
    for one in all_facts(busy_machine(gpus=gpus))[:-1]:
        assert f"{one.label}{one.look.glyph}" in text
    assert all(sum(len(part) for part, _ in line) <= 80 for line in found) or gpus == 16


def test_a_machine_without_gpus_shows_itself() -> None:
    """Without a GPU the summary says so, and what the host does."""
    client = FakeClient()
    client.has_gpus(0)
    client.samples(10)
    [line] = summary_runs(all_facts(client), 80, 1)
    assert "no GPU · cpu 16% · memory 212/503G" in line[0][0]
