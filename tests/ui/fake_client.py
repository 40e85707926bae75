"""A client without a scheduler: a state told event by event, samples and a history by formula, and a clock that stands.

What is asked of it is kept, and answered from a table, so that a test decides what an act comes to.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

from msgspec import Struct

from ant_tui.core import events as ev
from ant_tui.core.policy import Limits
from ant_tui.core.resources import ExternalUse, Gpu, GpuRef, ResourceRequest
from ant_tui.core.state import State
from ant_tui.core.task import TaskSpec, TaskState
from ant_tui.errors import AntError
from ant_tui.monitor.history import History
from ant_tui.monitor.samples import LOST, OK, GpuSample, HostSample, MonitorSample
from ant_tui.scheduler.publisher import Observed, Publication, Publisher, Recorded, Sampled

__all__ = ["NOW", "FakeClient", "FakePlace", "busy_machine"]

NOW = 1_800_000_000.0
GIB = 1 << 30


class FakePlace(Struct, frozen=True):
    """Where it would be."""

    pid: int = 4242
    machine: str = "gpu01"
    data_dir: str = "/data/ant-tui"
    jobs_dir: str = "/data/ant-tui/jobs"
    limits: Limits = Limits()


class FakeClient:
    """See ``client.interface.Client``."""

    def __init__(self, *, here: bool = True, jobs_dir: str = "/data/ant-tui/jobs") -> None:
        self.state = State()
        self.place = FakePlace(jobs_dir=jobs_dir)
        self.here = here
        self.trouble = ""
        self.connected = True
        self.sample: MonitorSample | None = None
        self.history = History()
        self.asked: list[tuple[str, Any]] = []
        self.answers: dict[str, Any] = {}
        self._publisher = Publisher()
        self._seq = 0

    def listen(self, listener: Callable[[Publication], None]) -> Callable[[], None]:
        return self._publisher.subscribe(listener)

    async def call(self, method: str, request: Any) -> Any:
        """Answer from ``answers``: a value, an error to be raised, or a function of the request."""
        self.asked.append((method, request))
        answer = self.answers[method]
        if isinstance(answer, AntError):
            raise answer
        return answer(request) if callable(answer) else answer

    def publish(self, publication: Publication) -> None:
        self._publisher.publish(publication)

    # -- telling its story -------------------------------------------------------------------------------------

    def happens(self, kind: type[Any], at: float = NOW, **fields: Any) -> None:
        """Let an event happen, and tell it."""
        event = kind(at=at, **fields)
        self.state.apply(event)
        self._seq += 1
        if isinstance(event, ev.GpusObserved):
            self.publish(Observed(event))
        else:
            self.publish(Recorded(((self._seq, event),)))

    def has_gpus(self, count: int, **changes: dict[str, Any]) -> None:
        """Have so many GPUs; ``gpu3={"lost": "…"}`` changes one."""
        plain = {"name": "NVIDIA H100 80GB HBM3", "memory_total": 80 * GIB}
        gpus = tuple(Gpu(uuid=f"GPU-{i}", index=i, **{**plain, **changes.get(f"gpu{i}", {})}) for i in range(count))
        self.happens(ev.GpusObserved, gpus=gpus, reason="" if gpus else "no driver was found")

    def submit(self, id: str = "", gpus: int = 0, *, ago: float = 60.0, command: str = "true", **more: Any) -> int:
        """Queue a task that many seconds ago."""
        number = self.state.next_number
        spec = TaskSpec(command=command, workdir="/home/bo", resources=ResourceRequest(gpus=gpus))
        self.happens(ev.TaskSubmitted, NOW - ago, number=number, id=id or f"task-{number}", spec=spec, **more)
        return number

    def run(self, id: str, *indices: int, ago: float = 60.0, **more: Any) -> int:
        """Queue a task and start it on GPUs that many seconds ago."""
        number = self.submit(id, len(indices), ago=ago + 5, **more)
        gpus = tuple(GpuRef(f"GPU-{index}", index) for index in indices)
        self.happens(ev.TaskStarting, NOW - ago, number=number, attempt=1, gpus=gpus)
        self.happens(
            ev.TaskStarted, NOW - ago, number=number, attempt=1, pid=5000 + number, pid_start=1, boot_id="boot"
        )
        return number

    def end(self, number: int, state: TaskState = TaskState.COMPLETED, *, ago: float = 0.0, **more: Any) -> int:
        """End a task that many seconds ago."""
        self.happens(ev.TaskEnded, NOW - ago, number=number, state=state, **more)
        return number

    def samples(self, seconds: int = 300) -> None:
        """Have samples of the last seconds: each GPU has its own wave, those without a task lie still."""
        for second in range(-seconds + 1, 1):
            self.sample = self._sample(NOW + second)
            self.history.record(self.sample)
        assert self.sample is not None
        self.publish(Sampled(self.sample))

    def _sample(self, at: float) -> MonitorSample:
        gpus = tuple(self._gpu(gpu, at) for gpu in self.state.cluster.managed)
        wave = 0.3 + 0.2 * math.sin(at / 20)
        host = HostSample(wave, 64, 212 * GIB, 503 * GIB, 12.5, "A CPU")
        return MonitorSample(at, gpus, host, "NVIDIA 550.54", "" if gpus else "no driver was found")

    def _gpu(self, gpu: Gpu, at: float) -> GpuSample:
        fields = {"index": gpu.index, "uuid": gpu.uuid, "name": gpu.name, "memory_total": gpu.memory_total}
        if gpu.lost:
            return GpuSample(health=LOST, detail=gpu.lost, **fields)  # type: ignore[arg-type]
        holder = gpu.uuid in self.state.cluster.holders
        use = max(0.0, min(1.0, 0.7 + 0.3 * math.sin(at / (15 + 4 * gpu.index) + gpu.index))) if holder else 0.0
        memory = (8 + 8 * (gpu.index % 9)) * GIB if holder else GIB // 2
        return GpuSample(
            health=OK,
            utilization=use,
            memory_used=memory,
            power_w=70 + 600 * use,
            power_limit_w=700.0,
            temperature_c=31.0 + 40 * use,
            processes=(),
            **fields,  # type: ignore[arg-type]
        )


def busy_machine(folder: Path | None = None, *, gpus: int = 8, here: bool = True) -> FakeClient:
    """A machine in the middle of its work: everything that a screen shows occurs once.

    Args:
        folder: where job directories with some output are made; None for none.
        gpus: how many it has, at least 6.
        here: whether the scheduler would live in this process.
    """
    client = FakeClient(here=here, jobs_dir=str(folder) if folder else "/data/ant-tui/jobs")
    alice = ExternalUse(since=NOW - 600, pid=31337, user="alice", command="python train.py", memory=22 * GIB)
    last = f"gpu{gpus - 1}"
    client.has_gpus(gpus, gpu4={"external": alice}, **{last: {"lost": "Xid 79: it has fallen off the bus"}})
    old = client.run("vit-base", 0, ago=9000, command="python train.py --model vit-b16")
    client.end(old, ago=5300)
    debug = client.run("debug", 1, ago=4000)
    client.end(debug, TaskState.CANCELLED, ago=3400, detail="cancelled")
    clip = client.run("clip-bs512", 2, ago=1000, command="python clip.py --batch 512")
    client.end(clip, TaskState.FAILED, ago=959, exit_code=1)
    llama = client.run("llama-ft", 0, 1, ago=8047, command="torchrun --nproc 2 train.py --model llama-8b --lr 3e-4")
    sweep = client.run("vit-sweep-3", 2, ago=2472, command="python train.py --model vit-b16 --seed 3")
    whisper = client.run("whisper-eval", 3, ago=300, command="python evaluate.py whisper-large")
    client.happens(ev.TaskCancelRequested, NOW - 3, number=whisper)
    client.submit("moe-pretrain", 4, ago=5000, command="torchrun --nproc 4 moe.py")
    client.submit("moe-eval", 4, ago=4900, command="python evaluate.py moe")
    client.submit("tokenise", 0, ago=30, command="sh tokenise.sh /data/raw | gzip > /data/tokens.gz", held=True)
    client.submit("a-task-with-a-rather-long-name-for-its-column", 1, ago=12, command="python -c 'print(1)'")
    client.samples()
    if folder is not None:
        _write_output(folder, llama, sweep, clip)
    return client


def _write_output(folder: Path, llama: int, sweep: int, clip: int) -> None:
    lines = [f"\x1b[2m10:{step // 60:02d}:{step % 60:02d}\x1b[0m step {step} \x1b[36mloss {3 - step / 500:.4f}\x1b[0m"
             for step in range(0, 600, 10)]  # fmt: skip
    bar = "\repoch 3/10:  41%|████▏     | 412/1000 [02:13<03:11, 3.1it/s]"
    texts = {
        llama: "\n".join(lines) + "\n" + bar,
        sweep: "Epoch 3/10\nstep 120/1000\n",
        clip: 'Traceback (most recent call last):\n  File "clip.py", line 3\nRuntimeError: shapes differ\n',
    }
    for number, text in texts.items():
        job = folder / f"{number}.1"
        job.mkdir(parents=True)
        (job / "output.log").write_text(text, encoding="utf-8")
