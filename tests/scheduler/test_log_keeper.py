"""Logs within their limits, on real directories, with real tasks."""

from __future__ import annotations

import logging
import os
import re
import threading
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from ant_tui.core import events as ev
from ant_tui.core.state import State
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.executors.local import LocalExecutor
from ant_tui.output.log_file import LogFile
from ant_tui.scheduler import log_keeper
from ant_tui.scheduler.log_keeper import KEEP_TAG, Sweep
from ant_tui.scheduler.log_retention import LogLimits
from ant_tui.scheduler.options import LogOptions
from tests.scheduler.world import World

NOW = 1_790_000_000.0
MIB = 1 << 20
MakeWorld = Callable[..., World]
FEW = LogLimits(max_count=1)


@pytest.fixture
def executor(tmp_path: Path, nothing_left: str) -> LocalExecutor:
    return LocalExecutor(str(tmp_path / "jobs"), "keeper")


def lay(executor: LocalExecutor, number: int, attempt: int = 1, *, ended_at: float | None = NOW) -> Path:
    """The directory of an attempt, as a wrapper leaves it."""
    path = Path(executor.root, f"{number}.{attempt}")
    path.mkdir()
    (path / "output.log").write_bytes(b"x" * 10_000)
    (path / "started").write_text(f"1 {executor.boot_id}\n")
    if ended_at is not None:
        (path / "started").write_text(f"1 {executor.boot_id}\n0\n")
        os.utime(path / "started", (ended_at, ended_at))
    return path


def left(executor: LocalExecutor) -> list[str]:
    """Names of the directories that are there."""
    return sorted(os.listdir(executor.root))


def state_of(*tasks: tuple[TaskState, float, tuple[str, ...]]) -> State:
    """A state of tasks that were submitted in this order."""
    state = State()
    for number, (kind, at, tags) in enumerate(tasks, 1):
        spec = TaskSpec(command="true", workdir="/")
        state.apply(ev.TaskSubmitted(at=1.0, number=number, id=f"task-{number}", spec=spec, tags=tags))
        if kind is TaskState.QUEUED:
            continue
        state.apply(ev.TaskStarting(at=2.0, number=number, attempt=1, gpus=()))
        state.apply(ev.TaskStarted(at=2.0, number=number, attempt=1, pid=1, pid_start=1, boot_id="b"))
        if kind not in (TaskState.RUNNING, TaskState.QUEUED):
            ended = kind if kind is not TaskState.RECOVERABLE else TaskState.LOST
            state.apply(ev.TaskEnded(at=at, number=number, state=ended, exit_code=0))
        if kind is TaskState.RECOVERABLE:
            state.apply(ev.LeftAside(at=at, session="s", interrupted=(number,)))
    return state


def sweep(executor: LocalExecutor, state: State, limits: LogLimits, now: float = NOW) -> int:
    return Sweep(executor, state.tasks, state.next_number, limits).remove_surplus(now)


class TestSweep:
    def test_oldest_ends_go_first_with_all_their_attempts(self, executor: LocalExecutor) -> None:
        """Row 200: the logs of a task go together, by the end of the task and not by its number."""
        done = TaskState.COMPLETED
        state = state_of((done, NOW - 10, ()), (done, NOW - 30, ()), (done, NOW - 20, ()))
        for number, attempt in ((1, 1), (2, 1), (2, 2), (3, 1)):
            lay(executor, number, attempt)
        assert sweep(executor, state, LogLimits(max_count=2)) == 1
        assert left(executor) == ["1.1", "3.1"]
        assert sweep(executor, state, LogLimits(max_age_s=15)) == 1
        assert left(executor) == ["1.1"]

    @pytest.mark.parametrize("kind", [TaskState.QUEUED, TaskState.RUNNING, TaskState.RECOVERABLE])
    def test_wanted_logs_never_go(self, executor: LocalExecutor, kind: TaskState) -> None:
        """Row 200: whatever the limits, the logs of tasks that wait, run, or may be restored stay."""
        state = state_of((kind, 5.0, ()), (TaskState.FAILED, 6.0, ()))
        for number in (1, 2):
            lay(executor, number, ended_at=5.0)
        limits = LogLimits(max_age_s=1, max_count=1, max_total=1)
        assert sweep(executor, state, limits) == 1
        assert left(executor) == ["1.1"]

    def test_a_tag_keeps_logs(self, executor: LocalExecutor) -> None:
        """Who tags a task ``keep`` keeps its logs."""
        state = state_of((TaskState.COMPLETED, 5.0, (KEEP_TAG,)), (TaskState.COMPLETED, 6.0, ()))
        for number in (1, 2):
            lay(executor, number)
        sweep(executor, state, LogLimits(max_age_s=1))
        assert left(executor) == ["1.1"]

    def test_room_is_counted_on_the_disk(self, executor: LocalExecutor) -> None:
        """The limit on the room is about disk space: a log with a hole takes what is left of it."""
        done = TaskState.COMPLETED
        state = state_of((done, NOW - 3, ()), (done, NOW - 2, ()))
        for number in (1, 2):
            lay(executor, number)
        with (Path(executor.root) / "2.1" / "output.log").open("ab") as file:
            file.truncate(1 << 40)
        assert sweep(executor, state, LogLimits(max_total=40_000)) == 0
        assert sweep(executor, state, LogLimits(max_total=20_000)) == 1
        assert left(executor) == ["2.1"]

    def test_directories_of_forgotten_tasks_go_by_the_same_rules(self, executor: LocalExecutor) -> None:
        """Row 276: a deleted record keeps its log, until the log is among those that have to go."""
        state = state_of((TaskState.COMPLETED, NOW - 20, ()), (TaskState.COMPLETED, NOW - 10, ()))
        lay(executor, 1, ended_at=NOW - 20)
        lay(executor, 2, ended_at=NOW - 10)
        state.apply(ev.TaskForgotten(at=NOW, number=1))
        assert sweep(executor, state, LogLimits(max_count=2)) == 0
        assert sweep(executor, state, FEW) == 1
        assert left(executor) == ["2.1"]

    def test_an_unknown_directory_without_a_status_counts_from_its_last_change(self, executor: LocalExecutor) -> None:
        """What was killed with the machine has no status: its age is that of its directory."""
        path = lay(executor, 1, ended_at=None)
        (path / "started").write_text("1 another-boot\n")
        os.utime(path, (NOW - 50, NOW - 50))
        state = state_of((TaskState.COMPLETED, NOW, ()))
        state.apply(ev.TaskForgotten(at=NOW, number=1))
        assert sweep(executor, state, LogLimits(max_age_s=60)) == 0
        assert sweep(executor, state, LogLimits(max_age_s=40)) == 1

    def test_tasks_that_come_meanwhile_are_none_of_its_business(self, executor: LocalExecutor) -> None:
        """A directory of a number that was not given when the sweep began stays, and so does what is no attempt."""
        lay(executor, 1, ended_at=1.0)
        Path(executor.root, "notes").mkdir()
        assert sweep(executor, State(), LogLimits(max_age_s=1, max_count=1, max_total=1)) == 0
        assert left(executor) == ["1.1", "notes"]

    def test_what_cannot_be_removed_is_told_and_the_rest_goes(
        self, executor: LocalExecutor, caplog: pytest.LogCaptureFixture
    ) -> None:
        """One directory in the way does not stop the sweep."""
        done = TaskState.COMPLETED
        state = state_of((done, 1.0, ()), (done, 2.0, ()), (done, 3.0, ()))
        elsewhere = lay(executor, 1).rename(Path(executor.root).parent / "elsewhere")
        Path(executor.root, "1.1").symlink_to(elsewhere)  # not ours to follow
        lay(executor, 2)
        lay(executor, 3)
        sweep(executor, state, FEW)
        assert left(executor) == ["1.1", "3.1"]
        assert (elsewhere / "started").exists()
        assert "could not be removed" in caplog.text


async def working(condition: Callable[[], object], world: World) -> None:
    """Wait for what the keeper's thread does; the monitor's beat is when we look."""
    await world.until(condition, "the keeper's work")


def only(limits: LogLimits, **others: object) -> dict[str, object]:
    """Options with these limits, and a quick beat."""
    return {"logs": LogOptions(limits=limits, **others), "sample_interval_s": 0.1}  # type: ignore[arg-type]


def names(world: World) -> Iterable[str]:
    return sorted(os.listdir(world.options.jobs_dir))


class TestKeeper:
    async def test_default_keeps_everything_and_runs_nothing(self, world: World) -> None:
        """Row 200: with no limit set there is not even a thread."""
        await world.end_of(await world.run("echo x"))
        assert "log keeper" not in [thread.name for thread in threading.enumerate()]
        assert list(names(world)) == ["1.1"]

    async def test_removes_at_a_start(self, make_world: MakeWorld) -> None:
        """What is too much when the scheduler starts goes at once, and the task that runs keeps its log."""
        world = await make_world(**only(FEW)).open()
        for number in await world.submit("echo 1", "echo 2", "echo 3"):
            await world.end_of(number)
        running = await world.run('echo up >"$SAID"; read x <"$GO"')
        assert await world.said.next() == "up"
        await world.close()
        await world.open()
        await working(lambda: len(list(names(world))) == 2, world)
        assert f"{running}.1" in names(world)
        world.go.say()
        assert (await world.end_of(running)).state == "completed"

    async def test_removes_after_many_ends(self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch) -> None:
        """Between the hours too, when many tasks have ended."""
        monkeypatch.setattr(log_keeper, "_MANY_ENDS", 5)
        monkeypatch.setattr(log_keeper, "_SWEEP_AGAIN_S", 0.0)
        world = await make_world(**only(FEW)).open()
        await world.ended(*await world.submit(*["true"] * 5))
        await working(lambda: len(list(names(world))) == 1, world)

    async def test_cuts_the_middle_while_the_task_writes(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """Row 200: the log of a running task keeps its head and its end, and the task notices nothing."""
        monkeypatch.setattr(log_keeper, "_SIZES_S", 0.0)
        caplog.set_level(logging.INFO)
        world = await make_world(**only(LogLimits(max_size=2 * MIB))).open()
        line = "0123456789abcdef" * 4
        number = await world.run(
            f'echo begin; yes {line} | head -c {20 * MIB}; echo up >"$SAID"; read x <"$GO"; echo; echo end'
        )
        assert await world.said.next() == "up"
        path = Path(world.options.jobs_dir, f"{number}.1", "output.log")
        await working(lambda: path.stat().st_blocks * 512 <= 2 * MIB or "no effect" in caplog.text, world)
        if "no effect" in caplog.text:
            pytest.skip("this file system keeps no holes")
        world.go.say()
        await world.end_of(number)
        with LogFile(path) as log:
            begin, hidden, end = log.head_and_tail(10)
        assert begin.startswith(f"begin\n{line}\n".encode())
        assert re.search(rb"\n\xe2\x80\xa6 1\d\.\d MiB of output were removed here .*\n\Z", begin)
        assert hidden > 1000
        assert end.endswith(b"\nend\n")

    async def test_cuts_what_a_quick_task_left(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """A task that has ended before anybody looked is cut all the same; after a restart, at the start."""
        caplog.set_level(logging.INFO)
        world = await make_world(**only(LogLimits(max_size=MIB))).open()
        first = await world.run(f"head -c {8 * MIB} /dev/zero | tr '\\0' x")
        path = Path(world.options.jobs_dir, f"{first}.1", "output.log")
        monkeypatch.setattr(log_keeper, "_SIZES_S", 0.0)
        await world.end_of(first)
        await working(lambda: path.stat().st_blocks * 512 <= MIB or "no effect" in caplog.text, world)
        if "no effect" in caplog.text:
            pytest.skip("this file system keeps no holes")
        await world.close()
        path.unlink()
        path.write_bytes(b"x" * 8 * MIB)
        await world.open()
        await working(lambda: path.stat().st_blocks * 512 <= MIB, world)

    async def test_a_file_system_without_holes_is_told_once(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The setting has no effect there; nothing is lost, and the log says so once."""
        looks = 0

        def refuse(path: str, limit: int) -> int:
            nonlocal looks
            looks += 1
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr(log_keeper, "_SIZES_S", 0.0)
        monkeypatch.setattr(log_keeper, "cut_middle", refuse)
        world = await make_world(**only(LogLimits(max_size=MIB))).open()
        number = await world.run('echo up >"$SAID"; read x <"$GO"')
        await world.said.next()
        await working(lambda: looks >= 3, world)
        world.go.say()
        assert (await world.end_of(number)).state == "completed"
        assert caplog.text.count("logs.max_size_mib has no effect") == 1

    async def test_a_disk_that_hangs_holds_up_nobody(
        self, make_world: MakeWorld, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While the keeper's thread is stuck, tasks run, and the scheduler ends."""
        stuck, go_on = threading.Event(), threading.Event()

        def hang(path: str, limit: int) -> int:
            stuck.set()
            go_on.wait()
            return 0

        monkeypatch.setattr(log_keeper, "_SIZES_S", 0.0)
        monkeypatch.setattr(log_keeper, "cut_middle", hang)
        world = await make_world(**only(LogLimits(max_size=MIB))).open()
        await world.end_of(await world.run("true"))
        await working(stuck.is_set, world)
        assert (await world.end_of(await world.run("exit 3"))).exit_code == 3
        await world.close()
        go_on.set()


async def test_logs_lie_in_the_folder_of_the_start(make_world: MakeWorld, tmp_path: Path) -> None:
    """Row 181: with a root and a folder per start, each start's logs lie together, and old ones are found as before."""
    root = tmp_path / "logs"
    world = await make_world(**only(LogLimits(), root=str(root), per_start_folder=True)).open()
    first = await world.end_of(await world.run("echo one", id="first"))
    (folder,) = root.iterdir()
    assert folder.name == time.strftime("%d_%m_%Y_%H_%M_%S", time.localtime(world.scheduler.started_at))
    assert [log.name for log in folder.iterdir()] == ["1.1-first.log"]
    await world.close()
    await world.open()
    second = await world.end_of(await world.run("echo two"))
    assert [Path(task.log_path or "").read_text() for task in (first, second)] == ["one\n", "two\n"]
    assert sum(1 for _ in root.rglob("*.log")) == 2


async def test_header_in_file_names_the_task(make_world: MakeWorld) -> None:
    """Rows 182 and 183: with the setting, the log begins with what ran, secrets hidden, and ends with how it ended."""
    world = await make_world(**only(LogLimits(), header_in_file=True)).open()
    number = await world.run("echo hello", gpus=1, id="train", variables={"API_KEY": "s3cret", "LR": "1"})
    await world.end_of(number)
    text = world.output(number)
    assert "task 1: train, attempt 1\ncommand:         echo hello\n" in text
    assert "variable:        API_KEY=********\nvariable:        LR=1\nGPUs:            0 (" in text
    assert "\nhello\n" in text
    assert "\ncompleted (exit code 0)\nstopped: " in text
    assert not any(b"s3cret" in file.read_bytes() for file in Path(world.options.jobs_dir).rglob("*") if file.is_file())
