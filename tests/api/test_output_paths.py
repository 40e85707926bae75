"""Files that tasks are to write into, judged at the submission."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from msgspec.structs import replace

from ant_tui.api.schema import Submission, SubmitText
from ant_tui.api.verbs.drafting import drafts_of_tasks, drafts_of_text
from ant_tui.api.verbs.output_paths import OutputPaths, output_path
from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.errors import Refused, SubmissionError
from tests.api.test_drafting import state_with


def refused(paths: OutputPaths, path: object) -> str:
    with pytest.raises((SubmissionError, Refused)) as caught:
        paths.take(str(path))
    return caught.value.sentence


def state_of(output: Path, kind: TaskState) -> State:
    """A state with one task that writes to a file."""
    state = State()
    spec = TaskSpec(command="true", workdir="/", output=str(output))
    state.apply(ev.TaskSubmitted(at=1.0, number=1, id="first", spec=spec))
    if kind is not TaskState.QUEUED:
        state.apply(ev.TaskStarting(at=2.0, number=1, attempt=1, gpus=()))
        state.apply(ev.TaskStarted(at=2.0, number=1, attempt=1, pid=1, pid_start=1, boot_id="b"))
    if kind is TaskState.COMPLETED:
        state.apply(ev.TaskEnded(at=3.0, number=1, state=kind, exit_code=0))
    return state


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("", ""),
        ("out.txt", "/runs/out.txt"),
        ("a/../b//c", "/runs/b/c"),
        ("/abs/x", "/abs/x"),
        ("~/x", "/home/ada/x"),
        ("./~/x", "/runs/~/x"),
        ("out/", "/runs/out/"),
    ],
)
def test_a_path_begins_at_the_working_directory(monkeypatch: pytest.MonkeyPatch, text: str, path: str) -> None:
    """As a directory to work in does: relative, absolute, or with ``~``."""
    monkeypatch.setenv("HOME", "/home/ada")
    assert output_path(text, "/runs") == path


def test_what_is_there_is_refused(tmp_path: Path) -> None:
    """Row 185: a file, an empty one, a directory, a link to nowhere: whatever bears the name is in the way."""
    (tmp_path / "file").touch()
    (tmp_path / "link").symlink_to(tmp_path / "nowhere")
    (tmp_path / "directory").mkdir()
    paths = OutputPaths(State())
    for name in ("file", "link"):
        said = f"The output file '{tmp_path}/{name}' exists already, and nothing is written over; choose another name."
        assert refused(paths, tmp_path / name) == said
    assert "is a directory that exists already; name a file in it." in refused(paths, tmp_path / "directory")
    assert "is a directory by its name" in refused(paths, f"{tmp_path}/new/")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["directory", "file", "link"]


def test_a_place_that_cannot_hold_it_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row 185: no such directory, one that may not be written, a file in a directory's place, too long a name."""
    (tmp_path / "file").touch()
    paths = OutputPaths(State())
    missing = f"the directory '{tmp_path}/no' does not exist; make it first."
    assert refused(paths, tmp_path / "no" / "x").endswith(missing)
    assert refused(paths, tmp_path / "file" / "x").endswith(f"'{tmp_path}/file' is not a directory.")
    monkeypatch.setattr(os, "access", lambda path, mode: path != str(tmp_path))  # root may write anywhere
    assert refused(paths, tmp_path / "x").endswith(f"cannot be made: you may not write in '{tmp_path}'.")


def test_what_no_system_takes_is_refused_before_the_disk_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """4,095 bytes in all and 255 in a name; a text of a megabyte costs nothing, and is not repeated in the sentence."""

    def looked(*_: object) -> None:
        raise AssertionError("the disk was looked at")

    with monkeypatch.context() as patched:
        for name in ("stat", "lstat", "access"):
            patched.setattr(os, name, looked)
        for text, why in (
            ("a/" * 500_000 + "x", "it is longer than 4,095 bytes"),
            ("é/" * 1366 + "x", "it is longer than 4,095 bytes"),
            (f"a/{'é' * 128}/x", "a name in it is longer than 255 bytes"),
            ("~" + "x" * 300, "a name in it is longer than 255 bytes"),
        ):
            said = refused(OutputPaths(State()), output_path(text, "/"))
            assert said.endswith(f" is no path: {why}.")
            assert len(said) < 350
    directory = "/".join(["a" * 200] * 20)
    said = refused(OutputPaths(State()), f"/{directory}/x")
    assert said.endswith("does not exist; make it first.")
    assert len(said) < 600
    assert OutputPaths(State()).take(str(tmp_path / ("é" * 127))) == ""


@pytest.mark.parametrize("text", ["~\0", "~\ud800/x", "~a\nb"])
def test_a_home_that_nobody_can_have_is_refused(text: str) -> None:
    """The text is judged before anybody's home is looked for."""
    assert "is no path" in refused(OutputPaths(State()), output_path(text, "/"))


@pytest.mark.parametrize("text", [" ", "  ", "sub/ ", "\u3000"])
def test_a_blank_name_is_refused(text: str) -> None:
    """Whoever writes one has written none."""
    assert "there are only blanks; write one" in refused(OutputPaths(State()), output_path(text, "/"))


def test_a_blank_file_of_a_submission_is_not_left_out() -> None:
    """It is refused where a path is judged, and does not become a log without a word."""
    (draft,) = drafts_of_tasks(State(), [Submission("true", "/here", output=" ")])
    assert draft.task.output == "/here/ "
    drafts = drafts_of_text(State(), SubmitText("true\nant_output=x true", Submission("", "/here", output=" ")))
    assert [draft.task.output for draft in drafts] == ["/here/ ", "/here/x"]


@pytest.mark.parametrize("name", ["a\nb", "a\x1b[2Jb", "a\0b", "a\x9bb", "a\udc80b"])
def test_characters_that_no_name_should_hold_are_refused(tmp_path: Path, name: str) -> None:
    """NUL, control characters, half characters: the sentence itself holds none of them."""
    said = refused(OutputPaths(State()), f"{tmp_path}/{name}")
    assert "is no path" in said
    assert said.isprintable()


@pytest.mark.parametrize("kind", [TaskState.QUEUED, TaskState.RUNNING])
def test_the_file_of_another_task_is_refused(tmp_path: Path, kind: TaskState) -> None:
    """Row 185: of a task that waits or runs, by whatever way its directory is reached; the task is named."""
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to("real")
    state = state_of(tmp_path / "real" / "x", kind)
    said = refused(OutputPaths(state), tmp_path / "way" / "x")
    assert said == (
        f"The output file '{tmp_path}/way/x' is that of task 1, first, which is {kind.value}; choose another name."
    )
    assert OutputPaths(state, but=1).take(str(tmp_path / "real" / "x")) == ""
    assert OutputPaths(state, but=1).take(str(tmp_path / "way" / "x")) == str(tmp_path / "real" / "x")


def test_the_file_of_a_task_that_is_over_is_judged_by_the_disk(tmp_path: Path) -> None:
    """Once its file was moved away, the name is free: the next one to ask for it has it."""
    paths = OutputPaths(state_of(tmp_path / "x", TaskState.COMPLETED))
    paths.take(str(tmp_path / "x"), "line 1")
    assert "that of line 1 already" in refused(paths, tmp_path / "x")


def test_twice_in_one_request_is_refused(tmp_path: Path) -> None:
    """Row 185: the second task is told of the first."""
    paths = OutputPaths(State())
    paths.take(str(tmp_path / "x"), "line 3")
    assert refused(paths, tmp_path / "x").endswith("/x' is that of line 3 already; give each task its own.")
    paths.take(str(tmp_path / "y"))
    assert "is that of another task of this submission already" in refused(paths, tmp_path / "y")


@pytest.mark.parametrize("verbatim", [True, False])
def test_a_submission_names_it_from_where_it_runs(verbatim: bool) -> None:
    """An ``ant_wd`` of the workspace moves it along; a submission's own file wins over one of the workspace."""
    task = Submission("true", "/here", workdir_default=True, output="a.txt", verbatim=verbatim)
    (draft,) = drafts_of_tasks(state_with(ant_wd="sub", ant_output="row.txt"), [task])
    assert (draft.task.workdir, draft.task.output) == ("/here/sub", "/here/sub/a.txt")
    (draft,) = drafts_of_tasks(state_with(ant_output="row-{rand int 3 3}.txt"), [Submission("true", "/here")])
    assert draft.task.output == "/here/row-3.txt"


def test_tasks_of_one_request_have_files_of_their_own() -> None:
    """Each keeps what was said for it; one that names none has a log."""
    tasks = [Submission("true", "/here", output=name) for name in ("a", "", "b")]
    assert [draft.task.output for draft in drafts_of_tasks(State(), tasks)] == ["/here/a", "", "/here/b"]


def test_a_sweep_makes_a_file_for_each_task() -> None:
    """In a text ``ant_output`` is filled in like any argument, and leaves the command."""
    text = "ant_output=out/{sweep lr 1 2}.txt python x.py {sweep lr}\npython y.py"
    drafts = drafts_of_text(State(), SubmitText(text, Submission("", "/here")))
    assert [(draft.task.output, draft.resolved_command) for draft in drafts] == [
        ("/here/out/1.txt", "python x.py 1"), ("/here/out/2.txt", "python x.py 2"), ("", "python y.py"),
    ]  # fmt: skip


def test_a_task_is_looked_for_by_the_path_that_it_had_when_it_was_submitted(tmp_path: Path) -> None:
    """Of the tasks that wait none costs a look at the disk: what was found at their submission is on record."""
    (tmp_path / "real").mkdir()
    (tmp_path / "way").symlink_to("real")
    state = State()
    spec = TaskSpec(command="true", workdir="/", output=str(tmp_path / "way" / "x"))
    spec = replace(spec, output_file=OutputPaths(state).take(spec.output))
    state.apply(ev.TaskSubmitted(at=1.0, number=1, id="first", spec=spec))
    assert state.files == {str(tmp_path / "real" / "x"): (1,)}
    for way in ("real", "way", "way/../real"):
        assert "is that of task 1, first" in refused(OutputPaths(state), tmp_path / way / "x")
    again = State.from_image(state.image())
    (tmp_path / "way").unlink()
    assert "is that of task 1, first" in refused(OutputPaths(again), tmp_path / "real" / "x")


@pytest.mark.parametrize("again", ["a retry", "a second start"])
def test_the_next_name_of_a_repetition_is_taken(tmp_path: Path, again: str) -> None:
    """A task that starts once more writes to ``x~2`` or a later one: nobody is promised one of these meanwhile."""
    file = tmp_path / "x"
    state = state_of(file, TaskState.QUEUED)
    OutputPaths(state).take(f"{file}~2")
    if again == "a retry":
        spec = TaskSpec(command="true", workdir="/", output=str(file), retried_from=1)
        state.apply(ev.TaskSubmitted(at=2.0, number=2, id="second", spec=spec))
    else:
        state.apply(ev.TaskStarting(at=2.0, number=1, attempt=1, gpus=()))
        OutputPaths(state).take(f"{file}~2")
        state.apply(ev.TaskNotStarted(at=2.0, number=1, attempt=1))
    number = max(state.tasks)
    for name in ("x~2", "x~3", "x~17"):
        said = refused(OutputPaths(state), tmp_path / name)
        assert f"may be that of task {number}, {state.tasks[number].id}, which starts once more" in said
    OutputPaths(state, but=number).take(f"{file}~2")
    for name in ("x~", "x~a", "x~02", "y~2"):
        OutputPaths(state).take(str(tmp_path / name))
    attempt = state.tasks[number].starts + 1
    state.apply(ev.TaskStarting(at=3.0, number=number, attempt=attempt, gpus=()))
    assert "may be that of" in refused(OutputPaths(state), f"{file}~2")
    state.apply(ev.TaskStarted(at=3.0, number=number, attempt=attempt, pid=1, pid_start=1, boot_id="b"))
    OutputPaths(state).take(f"{file}~2")
