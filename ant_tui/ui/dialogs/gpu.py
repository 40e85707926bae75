"""Everything about one GPU: its state in words, four graphs, every process on it, and what can be done about them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Grid

from ant_tui.api.documents import GpuProcessDocument, GpusDocument, OutcomesDocument, iso
from ant_tui.api.schema import GpuNames, NoArguments, Strangers
from ant_tui.client.interface import Client
from ant_tui.core.resources import Gpu
from ant_tui.core.task import Task
from ant_tui.errors import AntError
from ant_tui.monitor.samples import GpuSample
from ant_tui.monitor.simulated import SimulatedGpus
from ant_tui.output.sanitise import plain
from ant_tui.ui.acts.outcomes import summary
from ant_tui.ui.dialogs.listing import Key, ListDialog, bindings
from ant_tui.ui.figures import percent, size, waited
from ant_tui.ui.gpu_facts import GpuFacts, gpu_facts
from ant_tui.ui.graph_window import GraphWindow
from ant_tui.ui.looks import STYLES
from ant_tui.ui.task_name import name_of
from ant_tui.ui.widgets.braille import Glyphs
from ant_tui.ui.widgets.gpu_card import MEMORY_BANDS, MEMORY_STYLES
from ant_tui.ui.widgets.graph import Graph, GraphData
from ant_tui.ui.widgets.section_rows import RowSection, SectionRows
from ant_tui.ui.widgets.table_rows import Cell, Column
from ant_tui.ui.widgets.text_line import TextLine
from ant_tui.ui.widgets.virtual_table import VirtualTable
from ant_tui.ui.word_search import has_all

__all__ = ["GpuDialog"]

_COLUMNS = (
    Column(key="who", title="WHO", width=16),
    Column(key="pid", title="PROCESS", width=8, align="right"),
    Column(key="memory", title="MEMORY", width=7, align="right"),
    Column(key="since", title="SINCE", width=8, align="right"),
    Column(key="command", title="COMMAND", width=20, flex=1),
)
_LOOK_S = 0.5
_ASK_S = 2.0
_HEAT_BANDS = ((0.0, "graph-low"), (0.5, "graph-mid"), (0.84, "graph-full"))
_HOTTEST_C = 100.0
_GRAPHS = ("utilization", "memory", "power", "temperature")


class GpuDialog(ListDialog[int | None]):
    """Answers with the number of a task that is to be shown."""

    KEYS: ClassVar = (
        Key("enter,o", "jump", "to task", "Go to the task that this process belongs to."),
        Key("X", "switch", "enable/disable", "Hand this GPU out no more, or again; a task on it is not touched."),
        Key("i", "ignore", "ignore", "Ignore this process: it keeps us from no GPU until the scheduler ends."),
        Key("I", "ignore_user", "", "The same for everything that its owner runs."),
        Key("y", "copy", "copy", "Copy the number of this process."),
        Key("u", "copy_uuid", "", "Copy the UUID of this GPU."),
        Key("m", "smooth", "smooth", "Smooth the graphs, or show every reading."),
        Key("minus", "window(-1)", "less", "Show a shorter time in the graphs."),
        Key("equals_sign,plus", "window(1)", "more", "Show a longer time in the graphs."),
        Key("left,h", "go(-1)", "", "Show the GPU before this one."),
        Key("right,l", "go(1)", "next GPU", "Show the next GPU."),
    )
    BINDINGS: ClassVar[list[BindingType]] = bindings(KEYS)

    def __init__(
        self,
        client: Client,
        uuid: str,
        window: GraphWindow,
        *,
        glyphs: Glyphs,
        copy: Callable[[str], str],
        clock: Callable[[], float],
    ) -> None:
        """Show a GPU.

        Args:
            client: the scheduler.
            uuid: which one.
            window: what the graphs show of the past; what is changed here holds elsewhere, too.
            glyphs: what they are drawn with.
            copy: puts a text into the clipboard and says how.
            clock: epoch seconds.
        """
        super().__init__("GPU", _COLUMNS, empty="Nobody is on this GPU.")
        self._client = client
        self._uuid = uuid
        self._window = window
        self._copy = copy
        self._clock = clock
        self._processes: tuple[GpuProcessDocument, ...] = ()
        self._trouble = ""
        self._rows: SectionRows[GpuProcessDocument] = SectionRows([], _key, self._cells)
        self._state = TextLine(styles=STYLES, id="gpu-state")
        self._more = TextLine(styles=STYLES, id="gpu-more")
        memory = {"bands": MEMORY_BANDS, "styles": MEMORY_STYLES}
        looks: dict[str, dict[str, Any]] = {"memory": memory, "power": memory, "temperature": {"bands": _HEAT_BANDS}}
        self._graphs = {metric: Graph(glyphs=glyphs, **looks.get(metric, {})) for metric in _GRAPHS}

    def head(self) -> ComposeResult:
        """State, figures, graphs."""
        yield self._state
        yield self._more
        yield Grid(*self._graphs.values(), id="gpu-graphs")

    def ready(self) -> None:
        """Show it, and keep it up to date."""
        self._begin()
        self.set_interval(_LOOK_S, self._look)
        self.set_interval(_ASK_S, self._ask)

    def _begin(self) -> None:
        self._processes = ()
        self._look()
        self._show()
        self._ask()
        self.call_after_refresh(self._draw)

    def on_resize(self, event: events.Resize) -> None:
        """Give the graphs what the screen has to spare."""
        height = event.size.height
        self.query_one("#gpu-graphs").styles.height = 6 if height < 30 else 10 if height < 40 else 16
        self.call_after_refresh(self._draw)

    # -- what is shown -----------------------------------------------------------------------------------------

    @property
    def _gpu(self) -> Gpu | None:
        return next((gpu for gpu in self._client.state.cluster.managed if gpu.uuid == self._uuid), None)

    @property
    def _sample(self) -> GpuSample | None:
        return self._client.sample.gpu(self._uuid) if self._client.sample is not None else None

    def _look(self) -> None:
        """Show the words of this moment, and the graphs with them."""
        facts = next((one for one in gpu_facts(self._client.state, self._client.sample) if one.key == self._uuid), None)
        if facts is None:
            self._state.set_runs([(" This GPU is not managed any more.", "warn")])
            return
        self.border_text.set_title((f"GPU {facts.label} · {facts.name} · {self._window.words}", ""))
        detail = [(f"  {facts.detail}", "")] if facts.detail else []
        self._state.set_runs([(f" {facts.look.glyph} {facts.look.word}", facts.look.style), *detail])
        self._more.set_runs([(f" {' · '.join(_more(self._sample, self._uuid))}", "quiet")])
        self._draw(facts)

    def _draw(self, facts: GpuFacts | None = None) -> None:
        if facts is None:
            self._look()
            return
        sample, window = self._sample, self._window
        limit = sample.power_limit_w if sample is not None else None
        watts = sample.power_w if sample is not None else None
        heat = sample.temperature_c if sample is not None else None
        power = "–" if watts is None else f"{watts:.0f}{f' of {limit:.0f}' if limit else ''} W"
        said = {
            "utilization": ("use", percent(facts.use).strip(), 100.0, 100.0),
            "memory": ("memory", facts.memory_words, 100.0, 100.0),
            "power": ("power", power, 1.0, limit or 1000.0),
            "temperature": ("temperature", "–" if heat is None else f"{heat:.0f} °C", 1.0, _HOTTEST_C),
        }
        for metric, graph in self._graphs.items():
            title, value, factor, cap = said[metric]
            graph.set_data(GraphData(title=title, value=value, cap=cap, span=window.span))
            if points := graph.capacity:
                series = window.series(self._client.history, metric, self._uuid, points)
                values = tuple(None if one is None else one * factor for one in series)
                graph.set_data(GraphData(values, title=title, value=value, cap=cap, span=window.span))

    def _ask(self) -> None:
        self.run_worker(self._learn(), group="processes", exclusive=True, exit_on_error=False)

    async def _learn(self) -> None:
        try:
            found: GpusDocument = await self._client.call("gpus", NoArguments())
        except AntError as error:
            self._trouble = error.sentence
        else:
            self._trouble = ""
            self._processes = next((gpu.processes for gpu in found.gpus if gpu.uuid == self._uuid), ())
            if not self._processes and self._is_simulated:
                self._processes = self._played()
        if self.is_attached:
            self._show()

    @property
    def _holder(self) -> Task | None:
        """The task that has this GPU."""
        state = self._client.state
        return state.tasks.get(state.cluster.holders.get(self._uuid, 0))

    @property
    def _is_simulated(self) -> bool:
        return self._client.sample is not None and self._client.sample.driver == SimulatedGpus.driver

    def _played(self) -> tuple[GpuProcessDocument, ...]:
        """Who would be on a simulated GPU: the task that has it, by its own process."""
        task, sample = self._holder, self._sample
        attempt = task.attempt if task is not None else None
        if task is None or attempt is None or not attempt.pid:
            return ()
        memory = sample.memory_used if sample is not None else None
        since = iso(attempt.started_at or attempt.starting_at)
        return (GpuProcessDocument(attempt.pid, "", memory, task.id, task.spec.final_command, since),)

    def _show(self) -> None:
        words = self.words.lower().split()
        shown = [one for one in self._processes if has_all(words, _texts(one))]
        shown.sort(key=lambda one: -(one.memory or 0))
        ours = [one for one in shown if one.task_id is not None]
        others = [one for one in shown if one.task_id is None]
        self._rows = SectionRows(
            [
                RowSection((("Tasks", "strong"), (f" {len(ours)}", "quiet")), ours),
                RowSection((("Others", "strong"), (f" {len(others)}", "quiet")), others),
            ],
            _key,
            self._cells,
        )
        self.table.set_empty(self._why_empty())
        self.table.set_source(self._rows)

    def _why_empty(self) -> str:
        if self.words:
            return f'No match for "{self.words}"; esc clears the filter.'
        if self._trouble:
            return self._trouble
        sample = self._sample
        if sample is not None and sample.processes is None:
            return "The driver does not say who is on this GPU."
        holder = self._holder
        return f"{self._empty} Task {plain(name_of(holder))} has it." if holder is not None else self._empty

    def _cells(self, process: GpuProcessDocument) -> tuple[Cell, ...]:
        ours = process.task_id is not None
        who = (process.task_id or process.user or "somebody", "strong" if ours else "gpu-external")
        since = ""
        if process.since is not None:
            since = waited(self._clock() - datetime.fromisoformat(process.since).timestamp())
        command: Cell = ((process.command or "not to be seen from here", "" if process.command else "quiet"),)
        if process.ignored:
            command = (("ignored · ", "warn"), *command)
        return (who,), ((str(process.pid), ""),), ((size(process.memory), ""),), ((since, "quiet"),), command

    def filter_changed(self) -> None:
        """Show the processes that have all of the words."""
        self._show()

    # -- what can be done --------------------------------------------------------------------------------------

    @on(VirtualTable.RowOpened)
    def _row_opened(self) -> None:
        self.action_jump()

    @property
    def _chosen(self) -> GpuProcessDocument | None:
        process = self._rows.thing(self.table.cursor_key)
        if process is None:
            self.say("No process is selected.", "warn")
        return process

    def action_jump(self) -> None:
        """Go to the task of a process."""
        process = self._chosen
        if process is None:
            return
        task = self._client.state.ids.get(process.task_id) if process.task_id is not None else None
        if task is None:
            self.say("This process belongs to no task.", "warn")
        else:
            self.dismiss(task)

    def action_switch(self) -> None:
        """Enable or disable this GPU."""
        disabled = self._uuid in self._client.state.cluster.disabled
        self.act(self._do("gpus_enable" if disabled else "gpus_disable", GpuNames((self._uuid,))))

    def action_ignore(self) -> None:
        """Ignore a process, or count it again."""
        process = self._stranger()
        if process is not None:
            method = "gpus_unignore" if process.ignored else "gpus_ignore"
            self.act(self._do(method, Strangers(pids=(process.pid,))))

    def action_ignore_user(self) -> None:
        """Ignore a user, or count them again."""
        process = self._stranger()
        if process is None:
            return
        if not process.user:
            self.say("Whose process this is cannot be seen from here.", "warn")
            return
        method = "gpus_unignore" if process.ignored else "gpus_ignore"
        self.act(self._do(method, Strangers(users=(process.user,))))

    def _stranger(self) -> GpuProcessDocument | None:
        process = self._chosen
        if process is not None and process.task_id is not None:
            self.say("This process is one of ours; there is nothing to ignore.", "warn")
            return None
        return process

    async def _do(self, method: str, request: GpuNames | Strangers) -> None:
        answer: OutcomesDocument = await self._client.call(method, request)
        self.say(*summary(answer.results, "switched"))
        self._ask()
        self._look()

    def action_copy(self) -> None:
        """Copy the number of a process."""
        process = self._chosen
        if process is not None:
            self.say(f"{process.pid}: {self._copy(str(process.pid))}.")

    def action_copy_uuid(self) -> None:
        """Copy this GPU's UUID."""
        self.say(f"{self._uuid}: {self._copy(self._uuid)}.")

    def action_smooth(self) -> None:
        """Smooth the graphs, or show every reading."""
        self._window.smoothed = not self._window.smoothed
        self._look()

    def action_window(self, steps: int) -> None:
        """Show more or less time."""
        self._window.change(steps)
        self._look()

    def action_go(self, steps: int) -> None:
        """Show another GPU."""
        uuids = [gpu.uuid for gpu in self._client.state.cluster.managed]
        if uuids:
            place = uuids.index(self._uuid) if self._uuid in uuids else 0
            self._uuid = uuids[(place + steps) % len(uuids)]
            self._begin()


def _key(process: GpuProcessDocument) -> int:
    return process.pid


def _texts(process: GpuProcessDocument) -> tuple[str, ...]:
    return process.task_id or "", process.user, process.command, str(process.pid)


def _more(sample: GpuSample | None, uuid: str) -> list[str]:
    """What else is known of a GPU."""
    if sample is None:
        return [uuid]
    clock = f"{sample.clock_mhz:,} MHz" if sample.clock_mhz is not None else ""
    fan = f"fan {sample.fan:.0%}" if sample.fan is not None else ""
    mig = "split into MIG slices" if sample.mig else ""
    return [part for part in (clock, fan, mig, uuid) if part]
