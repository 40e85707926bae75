"""A world in which the tests of the core tell their stories event by event, and the slow truth about the policy."""

from __future__ import annotations

from typing import Any

from ant_tui.core import events as ev
from ant_tui.core.image import StateImage
from ant_tui.core.policy import Limits, Start, decide
from ant_tui.core.resources import ExternalUse, Gpu, GpuRef, ResourceRequest
from ant_tui.core.state import State
from ant_tui.core.task import ACTIVE, Attempt, Task, TaskSpec, TaskState


def uuid_of(index: int) -> str:
    """The identity of the GPU that these tests show under a number; it differs from the number on purpose."""
    return f"GPU-{'abcdefgh'[index]}"


def gpu(index: int, *, lost: str = "", external: ExternalUse | None = None) -> Gpu:
    """A GPU as it would be observed."""
    return Gpu(uuid=uuid_of(index), index=index, name="Test GPU", lost=lost, external=external)


def refs(*indices: int) -> tuple[GpuRef, ...]:
    """GPUs as they are handed to a task."""
    return tuple(GpuRef(uuid_of(index), index) for index in indices)


class World:
    """A state, a clock that goes on by one second per event, and short words for what happens."""

    def __init__(self) -> None:
        self.state = State()
        self.now = 1000.0

    def happens(self, kind: type[ev.Event], **fields: Any) -> None:
        """Let an event happen now."""
        self.now += 1
        self.state.apply(kind(at=self.now, **fields))

    def has_gpus(self, *gpus: Gpu | int) -> None:
        """These GPUs exist from now on."""
        seen = tuple(gpu(one) if isinstance(one, int) else one for one in gpus)
        self.happens(ev.GpusObserved, gpus=seen, reason="" if seen else "no driver")

    def submit(
        self,
        gpus: int = 0,
        *,
        id: str = "",
        held: bool = False,
        tags: tuple[str, ...] = (),
        gpu_ids: tuple[str, ...] = (),
        exclude_gpus: tuple[str, ...] = (),
        **spec: Any,
    ) -> int:
        """Submit a task and return its number."""
        number = self.state.next_number
        request = ResourceRequest(gpus=gpus, gpu_ids=gpu_ids, exclude_gpus=exclude_gpus)
        self.happens(
            ev.TaskSubmitted,
            number=number,
            id=id or f"task-{number}",
            spec=TaskSpec(command="true", workdir="/", resources=request, **spec),
            held=held,
            tags=tags,
        )
        return number

    def starting(self, number: int, *indices: int) -> None:
        """Decide a start on GPUs."""
        self.happens(ev.TaskStarting, number=number, attempt=self.task(number).starts + 1, gpus=refs(*indices))

    def running(self, number: int, *indices: int) -> int:
        """Start a task on GPUs, with a process; returns its number."""
        self.starting(number, *indices)
        attempt = self.task(number).starts
        self.happens(ev.TaskStarted, number=number, attempt=attempt, pid=4000 + number, pid_start=7, boot_id="boot")
        return number

    def ended(self, number: int, state: TaskState = TaskState.COMPLETED, **fields: Any) -> int:
        """End a task; returns its number."""
        self.happens(ev.TaskEnded, number=number, state=state, **fields)
        return number

    def task(self, number: int) -> Task:
        """A known task."""
        return self.state.tasks[number]

    def decides(self, limits: Limits = Limits()) -> list[tuple[int, list[int]]]:  # noqa: B008 - a frozen value
        """What the policy would start: pairs of a number and the indices of its GPUs."""
        return [(start.number, [one.index for one in start.gpus]) for start in decide(self.state, limits)]

    def dispatch(self, limits: Limits = Limits()) -> list[tuple[int, list[int]]]:  # noqa: B008 - a frozen value
        """Start what the policy decides."""
        starts = self.decides(limits)
        for number, indices in starts:
            self.running(number, *indices)
        return starts


def plain_decision(state: State, limits: Limits) -> list[Start]:
    """What ``decide`` must say, found the slow way: each queued task in turn takes what it needs, if that is free."""
    cluster = state.cluster
    kept = cluster.holders.keys() | cluster.disabled | cluster.removed
    free = sorted(
        (one for one in cluster.gpus.values() if not one.lost and not one.external), key=lambda one: one.index
    )
    free = [one for one in free if one.uuid not in kept]
    cpu_tasks = sum(task.state in ACTIVE and not task.gpus for task in state.tasks.values())
    used = len(cluster.holders)
    starts: list[Start] = []
    waiting = [task for task in state.tasks.values() if task.state is TaskState.QUEUED and not task.held]
    for task in sorted(waiting, key=lambda task: task.queue_key):
        request = task.spec.resources
        if state.paused or len(starts) == limits.starts:
            break
        able = [one for one in free if one.uuid not in request.exclude_gpus]
        able = [one for one in able if one.uuid in request.gpu_ids or not request.gpu_ids][: request.gpus]
        too_many_gpus = bool(limits.gpus) and request.gpus > 0 and used + request.gpus > limits.gpus
        too_many_tasks = bool(limits.cpu_tasks) and request.gpus == 0 and cpu_tasks >= limits.cpu_tasks
        if len(able) < request.gpus or too_many_gpus or too_many_tasks:
            continue
        starts.append(Start(task.number, tuple(GpuRef(one.uuid, one.index) for one in able)))
        free = [one for one in free if one not in able]
        used += request.gpus
        cpu_tasks += request.gpus == 0
    return starts


def state_with(task_state: TaskState) -> State:
    """A state whose one task, number 1, is where it is asked to be; it has GPU 0 once it was started."""
    started = task_state not in (TaskState.QUEUED, TaskState.STARTING, TaskState.COMPLETING)
    attempt = Attempt(number=1, gpus=refs(0), starting_at=2.0, started_at=3.0 if started else None)
    task = Task(
        number=1,
        id="one",
        spec=TaskSpec(command="true", workdir="/", resources=ResourceRequest(gpus=1)),
        submitted_at=1.0,
        position=1.0,
        state=task_state,
        attempts=() if task_state is TaskState.QUEUED else (attempt,),
        starts=0 if task_state is TaskState.QUEUED else 1,
    )
    return State.from_image(StateImage(next_number=2, tasks=(task,)))
