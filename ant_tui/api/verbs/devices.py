"""GPUs: what they do and did, switching them, and whose processes are no hindrance (``gpus`` and all ``gpus_…``)."""

from __future__ import annotations

import re
import time
from collections.abc import Callable

from ant_tui.api.documents import (
    ExternalDocument,
    GpuDocument,
    GpuHistoryDocument,
    GpuProcessDocument,
    GpusDocument,
    HostDocument,
    OutcomeDocument,
    OutcomesDocument,
    SeriesDocument,
    iso,
)
from ant_tui.api.schema import GpuHistory, GpuNames, NoArguments, Strangers
from ant_tui.core import events as ev
from ant_tui.core.resources import ExternalUse, Gpu
from ant_tui.errors import Refused, UsageError
from ant_tui.monitor.foreign import SeenProcess
from ant_tui.monitor.history import HOST, METRICS
from ant_tui.monitor.samples import GpuSample
from ant_tui.scheduler.scheduler import Scheduler

__all__ = ["add", "disable", "enable", "gpus", "history", "ignore", "remove", "unignore"]


async def gpus(scheduler: Scheduler, _: NoArguments) -> GpusDocument:
    """Every managed GPU: what it does, for whom, and its last sample."""
    cluster, sample = scheduler.state.cluster, scheduler.gpus.sample
    samples = {one.uuid: one for one in sample.gpus} if sample else {}
    host = sample.host if sample else None
    return GpusDocument(
        gpus=tuple(_document(scheduler, gpu, samples.get(gpu.uuid)) for gpu in cluster.managed),
        driver=sample.driver if sample else "none",
        reason=cluster.absent_reason,
        host=HostDocument(host.cpu or 0.0, host.cpu_count, host.cpu_name, host.memory_used, host.memory_total)
        if host
        else None,
        removed=tuple(uuid for uuid in cluster.gpus if uuid in cluster.removed),
    )


def _document(scheduler: Scheduler, gpu: Gpu, sample: GpuSample | None) -> GpuDocument:
    state = scheduler.state
    holder = state.cluster.holders.get(gpu.uuid)
    external = gpu.external
    seen = scheduler.gpus.external.seen
    return GpuDocument(
        index=gpu.index,
        uuid=gpu.uuid,
        name=gpu.name,
        state=state.cluster.state_of(gpu.uuid).value,
        detail=gpu.lost or (external.sentence() if external else ""),
        task_ids=() if holder is None else (state.tasks[holder].id,),
        enabled=gpu.uuid not in state.cluster.disabled,
        utilization=sample.utilization if sample else None,
        memory_used=sample.memory_used if sample else None,
        memory_total=gpu.memory_total,
        power_w=sample.power_w if sample else None,
        power_limit_w=sample.power_limit_w if sample else None,
        temperature_c=sample.temperature_c if sample else None,
        processes=tuple(_process(scheduler, process) for process in seen.get(gpu.uuid) or ()),
        external=_external(external) if external else None,
    )


def _process(scheduler: Scheduler, process: SeenProcess) -> GpuProcessDocument:
    task = scheduler.state.tasks.get(process.task) if process.task is not None else None
    name = task.id if task else None
    return GpuProcessDocument(
        process.pid,
        process.user or "",
        process.memory,
        name,
        process.command,
        iso(process.since),
        process.foreign and scheduler.gpus.external.ignores(process),
    )


def _external(use: ExternalUse) -> ExternalDocument:
    return ExternalDocument(iso(use.since) or "", use.pid, use.user, use.command, use.memory)


_DIGITS = {"utilization": 4, "memory": 4, "power": 1, "temperature": 1}


async def history(scheduler: Scheduler, request: GpuHistory) -> GpuHistoryDocument:
    """What the GPUs and the host did lately, in the steps in which it is kept."""
    watch, cluster = scheduler.gpus, scheduler.state.cluster
    by_name = {name: gpu.uuid for gpu in cluster.managed for name in (str(gpu.index), gpu.uuid)} | {HOST: HOST}
    wanted = request.gpus or (*(gpu.uuid for gpu in cluster.managed), HOST)
    if unknown := [name for name in wanted if name not in by_name]:
        raise Refused(f"There is no GPU '{unknown[0]}' here; there are: {', '.join(sorted(by_name))}.")
    metrics = request.metrics or METRICS
    begins_at, step_s, series = None, 0, []
    for uuid in dict.fromkeys(by_name[name] for name in wanted):
        for metric in metrics:
            past = watch.history.past(metric, uuid, request.window_s)
            begins_at, step_s, digits = past.begins_at, past.step_s, _DIGITS[metric]
            values = tuple([None if value is None else round(value, digits) for value in past.values])
            if uuid != HOST or metric in ("utilization", "memory"):
                series.append(SeriesDocument(uuid, metric, values))
    if watch.sample is None:
        return GpuHistoryDocument(None, step_s, ())
    return GpuHistoryDocument(iso(begins_at), step_s, tuple(series))


async def ignore(scheduler: Scheduler, request: Strangers) -> OutcomesDocument:
    """Let somebody's processes keep us from no GPU, until the scheduler ends."""
    return _heed(scheduler, request, ignored=True)


async def unignore(scheduler: Scheduler, request: Strangers) -> OutcomesDocument:
    """Let them do so again."""
    return _heed(scheduler, request, ignored=False)


def _heed(scheduler: Scheduler, request: Strangers, *, ignored: bool) -> OutcomesDocument:
    if not request.pids and not request.users:
        raise UsageError("Whose processes? Give process numbers or user names.")
    for user in request.users:
        if not _USER_NAME.fullmatch(user):
            raise UsageError(f"'{user}' is neither a process number nor a user name.")
    watch = scheduler.gpus.external
    pids, users = frozenset(request.pids), frozenset(request.users)
    if ignored:
        watch.ignore(watch.ignored_pids | pids, watch.ignored_users | users)
    else:
        watch.ignore(watch.ignored_pids - pids, watch.ignored_users - users)
    now = "is ignored until the scheduler ends" if ignored else "counts again"
    if not watch.looks:
        now += ", but gpus.busy_detection is off anyway"
    named = [(str(pid), f"Process {pid}") for pid in request.pids]
    named += [(user, f"What {user} runs") for user in request.users]
    return OutcomesDocument(tuple(OutcomeDocument(name, True, f"{words} {now}.") for name, words in named))


async def enable(scheduler: Scheduler, request: GpuNames) -> OutcomesDocument:
    """Hand GPUs out again."""
    return await _switch(scheduler, request, lambda gpu, disabled, removed: (disabled - {gpu.uuid}, removed), "enabled")


async def disable(scheduler: Scheduler, request: GpuNames) -> OutcomesDocument:
    """Hand GPUs out no more; a task on one of them is not touched."""
    return await _switch(
        scheduler, request, lambda gpu, disabled, removed: (disabled | {gpu.uuid}, removed), "disabled"
    )


async def add(scheduler: Scheduler, request: GpuNames) -> OutcomesDocument:
    """Manage GPUs that are on this machine and were left out or removed."""
    watch = scheduler.gpus
    if watch.only and watch.sample is not None:
        for sample in watch.sample.gpus:
            if str(sample.index) in request.gpus or sample.uuid in request.gpus:
                watch.only.add(sample.uuid)
        watch.observe(watch.sample)
    return await _switch(scheduler, request, lambda gpu, disabled, removed: (disabled, removed - {gpu.uuid}), "managed")


async def remove(scheduler: Scheduler, request: GpuNames) -> OutcomesDocument:
    """Manage GPUs no more; one that a task holds cannot be removed."""

    def change(gpu: Gpu, disabled: frozenset[str], removed: frozenset[str]) -> _Sets:
        holder = scheduler.state.cluster.holders.get(gpu.uuid)
        if holder is not None:
            raise Refused(f"GPU {gpu.index} is held by {scheduler.state.tasks[holder].id}; disable it instead.")
        return disabled, removed | {gpu.uuid}

    return await _switch(scheduler, request, change, "not managed any more")


_USER_NAME = re.compile(r"[^\s:\0-][^\s:\0]*")
"""As passwd(5) has them: no blank, no colon; one that begins with a dash would be an option."""

_Sets = tuple[frozenset[str], frozenset[str]]


async def _switch(
    scheduler: Scheduler,
    request: GpuNames,
    change: Callable[[Gpu, frozenset[str], frozenset[str]], _Sets],
    now: str,
) -> OutcomesDocument:
    if not request.gpus:
        raise UsageError("No GPU was named: give indices as nvidia-smi shows them, or UUIDs.")
    cluster = scheduler.state.cluster
    by_name = {name: gpu for gpu in cluster.gpus.values() for name in (str(gpu.index), gpu.uuid)}
    disabled, removed = cluster.disabled, cluster.removed
    results: list[OutcomeDocument] = []
    for name in (part.strip() for text in request.gpus for part in text.split(",")):
        gpu = by_name.get(name)
        if gpu is None:
            there = ", ".join(str(gpu.index) for gpu in cluster.gpus.values()) or "none"
            message = f"There is no GPU '{name}' here; there are: {there}."
            results.append(OutcomeDocument(name, False, message, kind=Refused.kind))
            continue
        try:
            disabled, removed = change(gpu, disabled, removed)
        except Refused as error:
            results.append(OutcomeDocument(name, False, error.sentence, kind=error.kind))
            continue
        results.append(OutcomeDocument(str(gpu.index), True, f"GPU {gpu.index} is {now}."))
    if (disabled, removed) != (cluster.disabled, cluster.removed):
        event = ev.GpusSwitched(at=time.time(), disabled=tuple(sorted(disabled)), removed=tuple(sorted(removed)))
        await scheduler.recorder.record(event)
    return OutcomesDocument(tuple(results))
