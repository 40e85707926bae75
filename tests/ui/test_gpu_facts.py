"""What the GPU pane says of each GPU."""

from __future__ import annotations

import pytest

from ant_tui.api.documents import GpuProcessDocument, iso
from ant_tui.core import events as ev
from ant_tui.monitor.history import HOST
from ant_tui.ui.gpu_facts import GpuFacts, gpu_facts, host_facts, summary_runs
from tests.ui.fake_client import NOW, FakeClient, busy_machine


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


def _process(pid: int, user: str, memory: int | None, task: str | None = None, command: str = "") -> GpuProcessDocument:
    return GpuProcessDocument(pid, user, memory, task, command)


def test_other_peoples_processes_are_named_beside_our_tasks() -> None:
    """On a GPU that is busy or free for us, whoever else is there is said: user, program, memory, how many more."""
    client = busy_machine()
    ours = _process(1, "bo", 9 << 30, "llama-ft", "python train.py")
    small, large = _process(2, "", 1 << 20, None), _process(3, "alice", 2 << 30, None, "/opt/bin/python eval.py")
    on = {"GPU-0": (ours, small, large), "GPU-4": (large,), "GPU-5": (small,)}
    facts = gpu_facts(client.state, client.sample, on)
    assert facts[0].beside == "+ alice: python 2.0G and 1 more"
    assert facts[0].strangers_line == "! alice · process 3 · 2.0G · and 1 more · /opt/bin/python eval.py"
    assert facts[4].beside == "", "its state says so already"
    assert facts[5].beside == "+ somebody: 2 1.0M"
    assert facts[5].strangers_line == "! somebody · process 2 · 1.0M · command unknown"
    assert (facts[1].beside, facts[1].strangers_line) == ("", "")


def test_an_ignored_process_is_said_to_be_ignored() -> None:
    """Whoever does not keep us from the GPU is shown all the same."""
    client = busy_machine()
    idle = GpuProcessDocument(7, "eve", None, None, "jupyter", None, True)
    facts = gpu_facts(client.state, client.sample, {"GPU-5": (idle,)})
    assert facts[5].strangers_line == "! eve · process 7 · ignored · jupyter"


def test_how_long_a_stranger_is_there() -> None:
    """The line says since when, as a length of time."""
    client = busy_machine()
    eve = GpuProcessDocument(7, "eve", 1 << 30, None, "jupyter", iso(NOW - 7200))
    facts = gpu_facts(client.state, client.sample, {"GPU-5": (eve,)})
    assert facts[5].strangers_line == "! eve · process 7 · 1.0G · for 2h 00m · jupyter"


def test_the_summary_shows_use_as_a_bar_and_memory_in_figures() -> None:
    """The bar beside the use is one of the use; memory stands in figures, where there is room."""
    facts = all_facts(busy_machine(gpus=8))[:4]
    line = "".join(text for text, _ in summary_runs(facts, 160, 1)[0])
    assert line.startswith("  0● 96% " + "█" * 13 + "  8.0/80G   1● 49% " + "█" * 6 + "░" * 7)
    narrow = "".join(text for text, _ in summary_runs(all_facts(busy_machine(gpus=8)), 80, 2)[0])
    assert "█" not in narrow
    assert "96%   8.0/80G" in narrow


def test_figures_get_shorter_before_they_are_cut() -> None:
    """Where temperature, power and memory have no room together, the limit of the power goes first."""
    facts = all_facts(busy_machine())[0]
    assert "".join(text for text, _ in facts.brief_figures) == " 70° 648W"
