"""Whatever happens, in whatever order: the state stays sound, the policy's word holds, and a replay gives the same.

A machine makes events that may come (drawn from ``TRANSITIONS`` and from ``policy.decide``) and events that may not.
Every event goes through JSON first, as it would through the journal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from ant_tui.core import events as ev
from ant_tui.core.explain import Reason, reasons_of
from ant_tui.core.image import StateImage
from ant_tui.core.policy import Limits, decide
from ant_tui.core.resources import ExternalUse, Gpu, GpuState, ResourceRequest
from ant_tui.core.state import State, WrongTransition
from ant_tui.core.task import ENDED, Task, TaskSpec, TaskState
from ant_tui.core.transitions import TRANSITIONS
from tests.core.world import gpu, plain_decision, refs, uuid_of

_GPUS = range(4)
_UUIDS = [uuid_of(index) for index in _GPUS]
_KINDS = list(TRANSITIONS)
_LIMITS = [Limits(), Limits(starts=2), Limits(cpu_tasks=1, gpus=3)]

requests = st.builds(
    ResourceRequest,
    gpus=st.sampled_from([0, 1, 1, 2, 3, 5]),
    gpu_ids=st.sampled_from([(), (), (), tuple(_UUIDS[:2]), tuple(_UUIDS[2:])]),
    exclude_gpus=st.sampled_from([(), (), (), (_UUIDS[0],)]),
)
specs = st.builds(
    TaskSpec,
    command=st.just("true"),
    workdir=st.just("/"),
    environment=st.sampled_from(["", "9f", "aa"]),
    priority=st.sampled_from([10, 10, 10, 9, -1]),
    resources=requests,
    output=st.sampled_from(["", "", "/o", "/way/o"]),
    output_file=st.sampled_from(["", "/real/o"]),
)
tags = st.sampled_from([(), ("x",), ("x", "y")])
submissions = st.fixed_dictionaries(
    {
        "spec": specs,
        "count": st.integers(1, 4),
        "with_key": st.booleans(),
        "held": st.sampled_from([False, False, False, True]),
        "tags": tags,
        "skipped": st.sampled_from([0, 0, 3]),
    }
)
exit_codes = st.sampled_from([None, 0, 3, 143])
leftovers = st.sampled_from(["", "a child lives"])
uses = st.sampled_from([None, None, None, ExternalUse(since=1.0, user="mia", pid=7)])
present = st.sampled_from([True, True, True, True, False])
health = st.sampled_from(["", "", "", "", "gone"])


@st.composite
def _observations(draw: st.DrawFn) -> list[Gpu]:
    """Most GPUs are there, most of them well and nobody else's."""
    return [gpu(index, lost=draw(health), external=draw(uses)) for index in _GPUS if draw(present)]


observed = _observations()


def fields_of(kind: type[ev.Event], task: Task, unused: str) -> st.SearchStrategy[dict[str, Any]]:
    """What an event about a task may say beside the task's number, ``unused`` being an id and key that is free."""
    attempt = st.just(task.attempts[-1].number if task.attempts else 1)
    makers: dict[type[ev.Event], Callable[[], dict[str, st.SearchStrategy[Any]]]] = {
        ev.TaskEdited: lambda: {"spec": st.builds(_with_key, specs, st.sampled_from(["", unused, task.spec.key]))},
        ev.TaskMoved: lambda: {"position": st.floats(0, 20) | st.floats(allow_nan=False, allow_infinity=False)},
        ev.TaskRenamed: lambda: {"id": st.sampled_from([task.id, unused])},
        ev.TaskTagged: lambda: {"tags": tags},
        ev.TaskStarting: lambda: {"attempt": attempt, "gpus": st.just(())},
        ev.TaskStarted: lambda: {
            "attempt": attempt,
            "pid": st.just(9),
            "pid_start": st.just(1),
            "boot_id": st.just("b"),
        },
        ev.TaskNotStarted: lambda: {"attempt": attempt},
        ev.TaskExited: lambda: {"attempt": attempt, "exit_code": exit_codes, "leftovers": leftovers},
        ev.TaskLeftovers: lambda: {"leftovers": leftovers},
        ev.TaskEnded: lambda: {"state": st.sampled_from(sorted(ENDED)), "exit_code": exit_codes},
    }
    return st.fixed_dictionaries(makers[kind]() if kind in makers else {})


def _with_key(spec: TaskSpec, key: str) -> TaskSpec:
    return msgspec.structs.replace(spec, key=key)


def may_come(kind: type[ev.Event], task: Task) -> bool:
    """Whether an event of a kind that only the policy does not make may come to a task."""
    attempt = task.attempt
    if kind is ev.TaskStarting or task.state not in TRANSITIONS[kind][0]:
        return False
    if kind in (ev.TaskStarted, ev.TaskNotStarted):
        return attempt is not None and attempt.started_at is None and attempt.exited_at is None
    return True


def everything(state: State) -> object:
    """All that a state holds, indices and GPUs included, as a value of its own."""
    cluster = state.cluster
    return (
        state.image(),
        list(state.queue),
        {request: list(line) for request, line in state.lines.items()},
        dict(state.ids),
        dict(state.keys),
        +state.counts,
        dict(state.environment_users),
        state.active_cpu_tasks,
        dict(cluster.holders),
        set(cluster.completing),
        dict(cluster.gpus),
        cluster.absent_reason,
    )


class Life(RuleBasedStateMachine):
    """One scheduler's life."""

    def __init__(self) -> None:
        super().__init__()
        self.state = State()
        self.story: list[ev.Event] = []
        self.last_number = 0

    def happens(self, event: ev.Event) -> None:
        """Let an event happen as the journal would tell it."""
        event = msgspec.json.decode(msgspec.json.encode(event), type=ev.Event)
        self.state.apply(event)
        self.story.append(event)

    @property
    def now(self) -> float:
        """A time after everything that has happened."""
        return 1000.0 + len(self.story)

    # -- what may happen ---------------------------------------------------------------------------------------

    @initialize(gpus=observed)
    def begins(self, gpus: list[Gpu]) -> None:
        """A scheduler starts and looks at its GPUs."""
        self.happens(ev.SchedulerStarted(at=self.now, pid=7, boot_id="b", version="1", session="s"))
        self.happens(ev.GpusObserved(at=self.now, gpus=tuple(gpus), reason="" if gpus else "no driver"))

    @rule(data=st.data())
    def life_goes_on(self, data: st.DataObject) -> None:
        """Tasks come, start, and go on; one rule, because hypothesis leaves out whole rules in many of its runs."""
        if not self.state.lines or data.draw(st.booleans()):
            self.submit(data.draw(submissions))
        self.start(data.draw(st.sampled_from(_LIMITS)), data.draw(st.integers(0, 9)), data.draw(st.booleans()))
        for _ in range(data.draw(st.integers(1, 8))):
            self.something_happens_to_a_task(data)
            self.the_state_is_sound()

    def submit(self, submission: dict[str, Any]) -> None:
        """Tasks come, equals together; numbers only ever rise."""
        for _ in range(submission["count"]):
            number = self.state.next_number + submission["skipped"]
            assert number > self.last_number
            self.last_number = number
            spec = _with_key(submission["spec"], f"key-{number}" if submission["with_key"] else "")
            about = {"held": submission["held"], "tags": submission["tags"]}
            self.happens(ev.TaskSubmitted(at=self.now, number=number, id=f"id-{number}", spec=spec, **about))

    def start(self, limits: Limits, most: int, appear: bool) -> None:
        """The policy's decisions, or the first of them, are carried out; their processes appear, or not yet."""
        for one in decide(self.state, limits)[:most]:
            told = {"number": one.number, "attempt": self.state.tasks[one.number].starts + 1}
            self.happens(ev.TaskStarting(at=self.now, **told, gpus=one.gpus))
            if appear:
                self.happens(ev.TaskStarted(at=self.now, **told, pid=9, pid_start=1, boot_id="b"))

    def something_happens_to_a_task(self, data: st.DataObject) -> None:
        """An event that the table allows; its kind and the task's state are drawn first, so that rare ones come too."""
        possible: dict[tuple[TaskState, int], list[Task]] = {}
        for which, kind in enumerate(_KINDS):
            for task in self.state.tasks.values():
                if may_come(kind, task):
                    possible.setdefault((task.state, which), []).append(task)
        if possible:
            arrow = data.draw(st.sampled_from(sorted(possible)))
            kind, task = _KINDS[arrow[1]], data.draw(st.sampled_from(possible[arrow]))
            fields = data.draw(fields_of(kind, task, f"new-{len(self.story)}"))
            self.happens(kind(**{"at": self.now, "number": task.number, **fields}))

    @rule(gpus=observed, switched=st.sets(st.sampled_from(_UUIDS), max_size=2), remove=st.booleans())
    def gpus_change(self, gpus: list[Gpu], switched: set[str], remove: bool) -> None:
        """GPUs come, go, are lost, are used by somebody else, and a person switches some off or removes them."""
        uuids = tuple(sorted(switched))
        self.happens(ev.GpusObserved(at=self.now, gpus=tuple(gpus), reason="" if gpus else "no driver"))
        self.happens(ev.GpusSwitched(at=self.now, disabled=uuids[:1], removed=uuids[1:] if remove else ()))

    @rule(digest=st.sampled_from(["9f", "aa"]), paused=st.sampled_from([False, False, True]))
    def queue_and_environment_change(self, digest: str, paused: bool) -> None:
        """A person pauses the queue or lets it go, and an environment becomes known."""
        self.happens(ev.QueuePaused(at=self.now) if paused else ev.QueueUnpaused(at=self.now))
        self.happens(ev.EnvironmentRecorded(at=self.now, digest=digest, variables={"NAME": digest}))

    @rule()
    def restart(self) -> None:
        """The scheduler ends; another goes on from the snapshot on disk and looks at the GPUs anew."""
        self.happens(ev.SchedulerStopped(at=self.now, reason="asked to"))
        gpus, reason = tuple(self.state.cluster.gpus.values()), self.state.cluster.absent_reason
        self.state = _restored(self.state)
        self.happens(ev.SchedulerStarted(at=self.now, pid=8, boot_id="b", version="1", session=f"s{len(self.story)}"))
        self.happens(ev.GpusObserved(at=self.now, gpus=gpus, reason=reason))

    # -- what may not happen -----------------------------------------------------------------------------------

    def refused(self, event: ev.Event) -> None:
        """An event that may not come is an error and changes nothing."""
        before = everything(self.state)
        with pytest.raises(WrongTransition):
            self.state.apply(event)
        assert everything(self.state) == before

    @rule(data=st.data())
    def what_may_not_come_is_refused(self, data: st.DataObject) -> None:
        """Each kind of mistake that a caller could make is tried."""
        self.wrong_state(data, data.draw(st.sampled_from(_KINDS)))
        self.wrong_names(data)
        self.wrong_start(data)
        self.wrong_attempt(data)

    def wrong_state(self, data: st.DataObject, kind: type[ev.Event]) -> None:
        """An event comes to a task whose state does not allow it."""
        unable = [task for task in self.state.tasks.values() if task.state not in TRANSITIONS[kind][0]]
        if unable:
            task = data.draw(st.sampled_from(unable))
            fields = data.draw(fields_of(kind, task, f"new-{len(self.story)}"))
            self.refused(kind(**{"at": self.now, "number": task.number, **fields}))

    def wrong_names(self, data: st.DataObject) -> None:
        """A number, an id or a key comes that another task has or had, or a task that nobody has."""
        spec, number = TaskSpec(command="true", workdir="/"), self.state.next_number
        self.refused(ev.TaskSubmitted(at=self.now, number=number - 1, id="free", spec=spec))
        self.refused(ev.TaskHeld(at=self.now, number=number))
        for id in list(self.state.ids)[:1]:
            self.refused(ev.TaskSubmitted(at=self.now, number=number, id=id, spec=spec))
            others = [task for task in self.state.tasks.values() if task.id != id]
            if others:
                other = data.draw(st.sampled_from(others))
                self.refused(ev.TaskRenamed(at=self.now, number=other.number, id=id))
        for key in list(self.state.keys)[:1]:
            self.refused(ev.TaskSubmitted(at=self.now, number=number, id="free", spec=_with_key(spec, key)))

    def wrong_start(self, data: st.DataObject) -> None:
        """On a GPU that is taken or named twice, or as an attempt that was: nothing starts."""
        queued = self.state.queued()
        if queued:
            task = data.draw(st.sampled_from(queued))
            taken = [index for index in _GPUS if uuid_of(index) in self.state.cluster.holders]
            gpus = refs(taken[0]) if taken else refs(0, 0)
            self.refused(ev.TaskStarting(at=self.now, number=task.number, attempt=task.starts + 1, gpus=gpus))
            self.refused(ev.TaskStarting(at=self.now, number=task.number, attempt=task.starts))

    def wrong_attempt(self, data: st.DataObject) -> None:
        """News of an attempt that is not the latest is not taken for news of the latest."""
        kinds: list[type[ev.Event]] = [ev.TaskStarted, ev.TaskNotStarted, ev.TaskExited]
        kind = data.draw(st.sampled_from(kinds))
        active = list(self.state.active)
        if active:
            task = self.state.tasks[data.draw(st.sampled_from(active))]
            fields = data.draw(fields_of(kind, task, ""))
            self.refused(kind(**{"at": self.now, "number": task.number, **fields, "attempt": fields["attempt"] + 1}))

    # -- what always holds -------------------------------------------------------------------------------------

    @invariant()
    def the_state_is_sound(self) -> None:
        """Every index is what the tasks say."""
        assert self.state.invariants() == []

    @invariant()
    def decisions_are_right(self) -> None:
        """Free GPUs, each once, in queue order, and whoever fits starts although a head before it is blocked."""
        before = everything(self.state)
        for limits in _LIMITS:
            starts = decide(self.state, limits)
            given = [one.uuid for start in starts for one in start.gpus]
            assert len(set(given)) == len(given)
            assert all(self.state.cluster.state_of(uuid) is GpuState.FREE for uuid in given)
            assert not set(given) & self.state.cluster.removed
            tasks = [self.state.tasks[start.number] for start in starts]
            assert all(task.state is TaskState.QUEUED and not task.held for task in tasks)
            assert [task.queue_key for task in tasks] == sorted(task.queue_key for task in tasks)
            assert [len(start.gpus) for start in starts] == [task.spec.resources.gpus for task in tasks]
            assert starts == plain_decision(self.state, limits)
        assert everything(self.state) == before

    @invariant()
    def every_queued_task_can_say_why_it_waits(self) -> None:
        """A reason and a sentence for each that waits, none for others, and none that could never start is started."""
        for limits in _LIMITS:
            why = reasons_of(self.state, limits)
            for task in self.state.tasks.values():
                told = why(task)
                assert bool(told.reason) == bool(told.sentence) == (task.state is TaskState.QUEUED)
            reasons = {why(self.state.tasks[start.number]).reason for start in decide(self.state, limits)}
            assert reasons <= {Reason.RESOURCES, Reason.PRIORITY}

    @invariant()
    def the_image_is_the_state(self) -> None:
        """A state made of the image is equal and decides the same, once it has seen the same GPUs."""
        back = _restored(self.state)
        assert back.image() == self.state.image()
        gpus, reason = tuple(self.state.cluster.gpus.values()), self.state.cluster.absent_reason
        back.apply(ev.GpusObserved(at=0.0, gpus=gpus, reason=reason))
        assert everything(back) == everything(self.state)
        assert decide(back) == decide(self.state)

    def teardown(self) -> None:
        """The whole story, told again to an empty state, gives the same state, restarts in between or not."""
        again = State()
        for event in self.story:
            again.apply(event)
        assert everything(again) == everything(self.state)
        assert [start.number for start in decide(again)] == [start.number for start in decide(self.state)]


def _restored(state: State) -> State:
    """The state as a new process would read it from disk."""
    return State.from_image(msgspec.json.decode(msgspec.json.encode(state.image()), type=StateImage))


TestLife = Life.TestCase
TestLife.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
