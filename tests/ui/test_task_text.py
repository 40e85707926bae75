"""A task as text that makes it again."""

from __future__ import annotations

import random
import shlex
from datetime import datetime
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ant_tui.core.resources import ResourceRequest
from ant_tui.core.task import Task, TaskSpec
from ant_tui.submission.drafts import FormValues, Sources
from ant_tui.submission.multi import parse_multi
from ant_tui.ui.task_text import as_line, as_submit, left_out, secrets_in

SOURCES = Sources(random.Random(1), datetime(2026, 11, 21), lambda: UUID(int=1))


def name_of(uuid: str) -> str:
    return uuid.removeprefix("GPU-")


def task(spec: TaskSpec, tags: tuple[str, ...] = ()) -> Task:
    return Task(7, "vit", spec, 0.0, 1.0, tags=tags)


texts = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,8}", fullmatch=True).filter(lambda name: not name.startswith("ant_"))


@given(st.dictionaries(names, texts, max_size=4), st.integers(0, 16), st.integers(0, 99))
def test_a_copied_task_pasted_back_is_the_same_task(variables: dict[str, str], gpus: int, priority: int) -> None:
    """For any values of variables, with its GPUs, folder, tags and priority, and an id of its own (row 080)."""
    request = ResourceRequest(gpus=gpus, gpu_ids=("GPU-0", "GPU-3"))
    spec = TaskSpec("python t.py --x '1 2'", "/home/bo", variables=variables, priority=priority, resources=request)
    line = as_line(task(spec, ("night", "abl")), name_of)
    assert "\n" not in line
    (draft,) = parse_multi(line, form=FormValues(), env_rows={}, sources=SOURCES)
    assert (draft.command, draft.gpus, draft.gpu_ids) == (spec.command, gpus, ("0", "3"))
    assert (draft.variables, draft.workdir, draft.tags) == (variables, "/home/bo", ("night", "abl"))
    assert draft.id is None
    assert (10 if draft.priority is None else draft.priority) == priority


def test_drawn_numbers_are_kept() -> None:
    """A copied task computes with the same random values (row 073)."""
    spec = TaskSpec("train --lr {rand float 0 1}", "/", resolved_command="train --lr 0.25")
    (draft,) = parse_multi(as_line(task(spec), name_of), form=FormValues(), env_rows={}, sources=SOURCES)
    assert draft.resolved_command == "train --lr 0.25"


def test_the_shells_form_is_one_command_with_masked_secrets() -> None:
    """ant-tui submit with what the task asked for; a secret never stands in it."""
    spec = TaskSpec("echo hi", "/home/bo", variables={"API_KEY": "s3cret", "A": "b c"}, pty=True)
    words = shlex.split(as_submit(task(spec, ("night",)), name_of))
    assert words[:2] == ["ant-tui", "submit"]
    assert words[-2:] == ["--", "echo hi"]
    assert {"--pty", "night", "A=b c", "/home/bo"} <= set(words)
    assert not any("s3cret" in word for word in words)


def test_what_a_line_cannot_say_is_known() -> None:
    plain = TaskSpec("true", "/")
    special = replace(
        plain,
        pty=True,
        output="/o.txt",
        resources=ResourceRequest(exclude_gpus=("GPU-1",)),
        variables={"MY_TOKEN": "x"},
    )
    assert left_out(task(plain)) == []
    assert left_out(task(special)) == ["GPUs to stay away from", "its output file", "its terminal"]
    assert "/o.txt" not in as_line(task(special), name_of) + as_submit(task(special), name_of)
    assert secrets_in(task(special)) == ["MY_TOKEN"]
