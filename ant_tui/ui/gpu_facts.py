"""What the GPU pane shows of each GPU and of the host: figures and words, made of the state and the last sample."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from msgspec import Struct

from ant_tui.api.documents import GpuProcessDocument
from ant_tui.core.resources import Gpu, GpuState
from ant_tui.core.state import State
from ant_tui.monitor.history import HOST
from ant_tui.monitor.samples import GpuSample, HostSample, MonitorSample
from ant_tui.ui.figures import bar, count, percent, size, size_like, waited
from ant_tui.ui.looks import GPU_LOOKS, Look
from ant_tui.ui.task_name import name_of

__all__ = ["GpuFacts", "Processes", "gpu_facts", "host_facts", "program", "summary_runs"]

Processes = Mapping[str, Sequence[GpuProcessDocument]]
"""Who is on which GPU, by UUID."""

_HOT_C = 84.0
"""Degrees from which on a temperature is shown in a warning colour."""

_HOST_LOOK = Look("", "", "", "")
_MEMORY_CELLS = 9
"""Cells behind the use from which on a GPU's memory has room in the summary."""


class GpuFacts(Struct, frozen=True):
    """One card of the GPU pane.

    Attributes:
        key: UUID, or ``HOST``.
        label: its number, or "host".
        name: the product's name.
        look: glyph and word of its state.
        detail: who holds it, who is in the way, or why it is lost; may be empty.
        use: share of time in which it computes, 0 to 1; None where that is not known.
        memory_used: bytes.
        memory_total: bytes.
        figures: temperature and power, (text, style name) pairs.
        brief_figures: the same in less room.
        strangers: processes of others on it, those with most memory first.
        at: epoch seconds of all this; 0 where nothing was measured.
    """

    key: str
    label: str
    name: str
    look: Look
    detail: str
    use: float | None
    memory_used: int | None
    memory_total: int | None
    figures: tuple[tuple[str, str], ...] = ()
    brief_figures: tuple[tuple[str, str], ...] = ()
    strangers: tuple[GpuProcessDocument, ...] = ()
    at: float = 0.0

    @property
    def memory_share(self) -> float | None:
        """Used share of its memory, 0 to 1."""
        if self.memory_used is None or not self.memory_total:
            return None
        return min(1.0, self.memory_used / self.memory_total)

    @property
    def memory_words(self) -> str:
        """Used and whole memory in one unit: ``71/80G``."""
        whole = size(self.memory_total)
        if self.memory_used is None or not self.memory_total:
            return f"–/{whole}"
        return f"{size_like(self.memory_used, self.memory_total)}/{whole}"

    @property
    def beside(self) -> str:
        """Who else is on it, where its state does not say so already; may be empty."""
        if not self.strangers or self.look.word == GpuState.EXTERNAL:
            return ""
        first = self.strangers[0]
        more = f" and {len(self.strangers) - 1} more" if len(self.strangers) > 1 else ""
        return f"+ {first.user or 'somebody'}: {program(first.command) or first.pid}{_held(first.memory)}{more}"

    @property
    def strangers_line(self) -> str:
        """The same on a line of its own: user, process, memory, for how long, command."""
        if not self.strangers:
            return ""
        first = self.strangers[0]
        more = f"and {len(self.strangers) - 1} more · " if len(self.strangers) > 1 else ""
        ignored = "ignored · " if first.ignored else ""
        who = f"{first.user or 'somebody'} · process {first.pid}{_held(first.memory, ' · ')}{_lasted(first, self.at)}"
        return f"! {who} · {ignored}{more}{first.command or 'command unknown'}"


def program(command: str) -> str:
    """The name of the program that a command line runs."""
    return command.split(maxsplit=1)[0].rsplit("/", 1)[-1] if command.strip() else ""


def _lasted(process: GpuProcessDocument, at: float) -> str:
    if process.since is None or not at:
        return ""
    return f" · for {waited(at - datetime.fromisoformat(process.since).timestamp())}"


def _held(memory: int | None, before: str = " ") -> str:
    return "" if memory is None else f"{before}{size(memory)}"


def gpu_facts(state: State, sample: MonitorSample | None, processes: Processes | None = None) -> list[GpuFacts]:
    """The managed GPUs, by index.

    Args:
        state: who holds which.
        sample: the last one, or None before the first.
        processes: who is on them, as far as that is known.
    """
    samples = {one.uuid: one for one in sample.gpus} if sample else {}
    on = processes or {}
    at = sample.at if sample else 0.0
    return [_gpu(state, gpu, samples.get(gpu.uuid), on.get(gpu.uuid, ()), at) for gpu in state.cluster.managed]


def _gpu(
    state: State, gpu: Gpu, sample: GpuSample | None, processes: Sequence[GpuProcessDocument], at: float
) -> GpuFacts:
    word = state.cluster.state_of(gpu.uuid)
    strangers = sorted((one for one in processes if one.task_id is None), key=lambda one: -(one.memory or 0))
    return GpuFacts(
        key=gpu.uuid,
        label=str(gpu.index),
        name=_short(gpu.name),
        look=GPU_LOOKS[word],
        detail=_detail(state, gpu, word),
        use=sample.utilization if sample else None,
        memory_used=sample.memory_used if sample else None,
        memory_total=gpu.memory_total,
        figures=_figures(sample),
        brief_figures=_figures(sample, brief=True),
        strangers=tuple(strangers),
        at=at,
    )


def _detail(state: State, gpu: Gpu, word: GpuState) -> str:
    if word is GpuState.LOST:
        return gpu.lost
    if word is GpuState.EXTERNAL and gpu.external is not None:
        return gpu.external.sentence()
    holder = state.tasks.get(state.cluster.holders.get(gpu.uuid, 0))
    also_off = " (disabled)" if holder is not None and gpu.uuid in state.cluster.disabled else ""
    return f"{name_of(holder)}{also_off}" if holder is not None else ""


def _short(name: str) -> str:
    """A product's name without what every product of its maker has."""
    for word in ("NVIDIA ", "GeForce ", "Tesla ", "Quadro "):
        name = name.replace(word, "")
    return name.strip()


def _figures(sample: GpuSample | None, *, brief: bool = False) -> tuple[tuple[str, str], ...]:
    if sample is None:
        return ()
    heat = sample.temperature_c
    power, limit = sample.power_w, sample.power_limit_w
    degrees = "–°" if heat is None else f"{heat:.0f}°"
    watts = "–" if power is None else f"{power:.0f}"
    watts += f"/{limit:.0f}W" if limit and not brief else "W"
    warn = "warn" if heat is not None and heat >= _HOT_C else ""
    return ((f"{degrees:>4} ", warn), (f"{watts:>{4 if brief else 8}}", ""))


def host_facts(sample: HostSample | None, machine: str) -> GpuFacts:
    """The machine's processors and memory, as one more card."""
    cores = count(sample.cpu_count, "core") if sample else ""
    load = f"load {sample.load1:.1f}" if sample else ""
    return GpuFacts(
        key=HOST,
        label="host",
        name=machine,
        look=_HOST_LOOK,
        detail=cores,
        use=sample.cpu if sample else None,
        memory_used=sample.memory_used if sample else None,
        memory_total=sample.memory_total if sample else None,
        figures=((load, "quiet"),) if load else (),
    )


def summary_runs(facts: Sequence[GpuFacts], width: int, rows: int) -> list[list[tuple[str, str]]]:
    """The GPUs in one or two lines: index, glyph, use with a bar of it, and memory in figures, as far as there is room.

    Args:
        facts: the GPUs, the host's card last.
        width: cells of a line.
        rows: how many lines there are.
    """
    gpus = [one for one in facts if one.key != HOST]
    if not gpus:
        host = next(iter(facts), None)
        words = f" no GPU · cpu {percent(host.use).strip()} · memory {host.memory_words}" if host else " no GPU"
        return [[(words, "quiet")]]
    per_row = -(-len(gpus) // rows)
    room = max(8, min(32, (width - 1) // per_row))
    lines: list[list[tuple[str, str]]] = []
    for start in range(0, len(gpus), per_row):
        line: list[tuple[str, str]] = []
        for one in gpus[start : start + per_row]:
            line.extend(_summary(one, room))
        lines.append(line)
    return lines


def _summary(one: GpuFacts, room: int) -> list[tuple[str, str]]:
    head = [(f" {one.label:>2}", "strong"), (one.look.glyph, one.look.style), (f"{percent(one.use)} ", one.look.style)]
    cells = max(0, room - 10)
    memory = f" {one.memory_words:>8}" if cells >= _MEMORY_CELLS else ""
    barred = cells - len(memory)
    full, rest = bar(one.use or 0.0, barred if barred > 2 else 0)
    memory = memory.rjust(cells - len(full + rest)) if memory else ""
    return [*head, (full, "good"), (rest, "quiet"), (memory, ""), (" " if cells else "", "")]
