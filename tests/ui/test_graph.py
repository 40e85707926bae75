"""The graph widget: its parts by size, its colours, and what it repaints."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App
from textual.containers import Grid
from textual.geometry import Size

from ant_tui.ui.widgets.graph import Graph, GraphData
from tests.ui import sources
from tests.ui.apps import until
from tests.ui.pty_bytes import pty_bytes, strangers
from tests.ui.sources import HOSTILE, Repaints, Stage, segments_with, text_of

WAVE = tuple(50 + 50 * math.sin(i / 6) for i in range(80))


def data(**changes: Any) -> GraphData:
    return GraphData(**{"values": WAVE, "title": "0 H100", "value": "97%", "span": "5m", **changes})


@pytest.mark.parametrize(
    ("height", "labels", "ruler"),
    [(7, True, True), (6, True, True), (5, True, False), (4, False, False), (2, False, False)],
)
async def test_parts_come_with_the_height(height: int, labels: bool, ruler: bool) -> None:
    """The title is always there, labels where the graph has four rows, the time ruler where it then still has four."""
    graph = Graph(data())
    async with Stage(graph).run_test(size=(30, height)):
        lines = text_of(graph)
        assert len(lines) == height
        assert lines[0].startswith("0 H100 ")
        assert lines[0].endswith(" 97%")
        assert [line[:3].strip() for line in lines if line[:3].strip() in ("100", "50", "0")] == (
            ["100", "50", "0"] if labels else []
        )
        assert (lines[-1].strip().startswith("5m─") and lines[-1].endswith("─now")) == ruler


async def test_a_graph_shrinks_to_one_row() -> None:
    """In one row stand title, graph and value beside each other; in a few cells nothing breaks."""
    graph = Graph(data(values=(100.0,) * 80))
    async with Stage(graph).run_test(size=(30, 1)) as pilot:
        assert text_of(graph) == ["0 H100 " + "⣿" * 19 + " 97%"]
        assert graph.capacity == 38
        await pilot.resize_terminal(5, 1)
        await until(pilot, lambda: graph.size.width == 5)
        assert text_of(graph) == ["⣿⣿⣿⣿⣿"]


@given(
    st.builds(
        GraphData,
        values=st.lists(st.none() | st.floats(0, 100), max_size=40).map(tuple),
        overlay=st.lists(st.none() | st.floats(0, 100), max_size=40).map(tuple),
        title=st.text(max_size=12),
        value=st.text(max_size=12),
        cap=st.sampled_from([1, 100.0, 700, 81559]),
        span=st.text(max_size=5),
    ),
    st.sampled_from([(1, 1), (2, 1), (7, 1), (40, 1), (1, 7), (3, 7), (8, 6), (40, 3), (40, 9)]),
    st.sampled_from(["braille", "block", "ascii"]),
)
def test_every_line_has_the_width_of_the_widget(shown: GraphData, size: tuple[int, int], glyphs: Any) -> None:
    """Whatever data, size and characters: as many lines as rows, each exactly as wide as the widget."""

    class Sized(Graph):
        @property
        def size(self) -> Size:
            return Size(*size)

    graph = Sized(shown, glyphs=glyphs)
    graph._draw()
    lines = ["".join(text for text, _ in line) for line in graph._lines]
    assert [cell_len(line) for line in lines] == [size[0]] * size[1]
    assert all(line.isprintable() for line in lines)


async def test_labels_say_the_top_of_the_scale() -> None:
    """A graph of watts is labelled in watts."""
    graph = Graph(data(cap=700))
    async with Stage(graph).run_test(size=(30, 7)):
        assert [line[:4].strip() for line in text_of(graph)[1:-1]] == ["700", "", "350", "", "0"]


async def test_colours_follow_the_height_and_the_theme() -> None:
    """Low, middle and high parts have styles that themes can set; the second series has its own."""
    graph = Graph(
        GraphData(values=(5, 5, 50, 50, 100, 100), overlay=(None,) * 2 + (90, 90, None, None)),
        styles={"graph-high": "bold $error", "graph-overlay": "underline"},
    )
    app = Stage(graph)
    async with app.run_test(size=(3, 5)) as pilot:
        top = segments_with(graph, "⣿")[0].style
        assert top is not None
        assert top.bold
        assert top.color is not None
        assert top.color.number == 1
        assert any(segment.style and segment.style.underline for segment in segments_with(graph, "⠤"))
        app.theme = "textual-dark"
        await pilot.pause()
        changed = segments_with(graph, "⣿")[0].style
        assert changed is not None
        assert changed.color is not None
        assert changed.color.name == app.theme_variables["error"].lower()


async def test_only_rows_that_change_are_repainted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Equal data writes nothing, another value repaints the title, another sample the rows that it touches."""
    idle = (0.0,) * 60
    graph = Graph(data(values=idle))
    async with Stage(graph).run_test(size=(30, 7)) as pilot:
        await pilot.pause()
        repaints = Repaints(graph, monkeypatch)
        graph.set_data(data(values=idle))
        graph.set_data(data(values=(*idle[:-1], 0)))  # equal, not the same
        graph.set_data(data(values=(0.0,) * 70))  # longer, but all of that is out of view
        assert repaints.taken() == []
        graph.set_data(data(values=(0.0,) * 70, value="96%"))
        assert repaints.taken() == [0]
        graph.set_data(data(values=(*idle, 30), value="96%"))
        assert repaints.taken() == [4, 5]


async def test_the_alphabet_can_be_changed() -> None:
    """With ASCII the whole graph is ASCII, ruler included; a line can be shown instead of an area."""
    graph = Graph(data(values=(50.0,) * 80))
    async with Stage(graph).run_test(size=(30, 7)) as pilot:
        graph.set_look(glyphs="ascii")
        await pilot.pause()
        assert "".join(text_of(graph)).isascii()
        assert text_of(graph)[5] == "  0 " + "#" * 26
        graph.set_look(glyphs="braille", line=True)
        await pilot.pause()
        assert text_of(graph)[5] == "  0"


async def test_a_graph_that_grows_draws_anew() -> None:
    """After a change of size the graph fills its new room, and knows how many samples have room."""
    graph = Graph(data(values=(100.0,) * 500))
    async with Stage(graph).run_test(size=(30, 7)) as pilot:
        assert graph.capacity == 52
        await pilot.resize_terminal(60, 9)
        await until(pilot, lambda: graph.size == (60, 9))
        assert graph.capacity == 112
        assert text_of(graph)[3] == "    " + "⣿" * 56


@pytest.mark.parametrize("theme", ["ansi-dark", "textual-dark"])
async def test_golden_graphs(theme: str, golden: Callable[[App[None], str], None]) -> None:
    """The whole look: four graphs of different data, and one of a single row."""
    gap = (*WAVE[:30], *(None,) * 8, *WAVE[38:])
    graphs = [
        Graph(data(overlay=tuple(value * 0.6 + 10 for value in reversed(WAVE)))),
        Graph(data(values=gap, title="1 H100 日本", value="lost")),
        Graph(data(title="2 H100", value="0%", values=(0.0,) * 80)),
        Graph(data(title="3 ascii"), glyphs="ascii"),
    ]

    class Wall(Stage):
        CSS = "Grid { grid-size: 2 2; grid-gutter: 0 2; } #row { height: 1; }"

        def compose(self) -> Any:
            yield Grid(*graphs)
            yield Graph(data(title="4 H100"), id="row")

    app = Wall(graphs[0], theme=theme)
    async with app.run_test(size=(60, 15)):
        golden(app, f"graph_{theme}")


def test_hostile_text_never_reaches_the_terminal() -> None:
    """Titles, values and rulers with escape sequences, C1 and bidi characters leave only text behind."""
    program = (
        inspect.getsource(sources)
        + f"""
from ant_tui.ui.widgets.graph import Graph, GraphData

class Hostile(Stage):
    def on_mount(self):
        super().on_mount()
        self.call_after_refresh(self.call_after_refresh, self.exit)

Hostile(*(Graph(GraphData(values=(1, 2, 3), title=text, value=text, span=text)) for text in {HOSTILE!r})).run()
"""
    )
    data = pty_bytes(program, size=(120, 60))
    assert "␛]52" in data.decode()
    assert strangers(data) == []
