"""Whether the GPUs that were named at a start are those of the scheduler that runs already and would be attached to.

Tasks on GPUs that somebody meant to keep free of them are worse than a refusal, so a difference is never passed over.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ant_tui.client.connection import connect
from ant_tui.core.cluster import Cluster
from ant_tui.core.resources import Gpu
from ant_tui.errors import NoScheduler, OtherSchedulerRunning

__all__ = ["check_gpus", "check_running"]

_SIMULATED = "SIM-"
"""How the UUIDs of simulated GPUs begin."""


def check_running(data_dir: str, *, only: Sequence[str], simulated: int | None) -> None:
    """See that the scheduler of a data directory, if one runs, has the GPUs that were asked for.

    Args:
        data_dir: absolute path.
        only: as for ``check_gpus``.
        simulated: as for ``check_gpus``.

    Raises:
        OtherSchedulerRunning: it has others.
        AntError: it did not answer.
    """
    try:
        connection = connect(data_dir)
    except NoScheduler:
        return
    with connection:
        found = connection.call("gpus")["gpus"]
    cluster = Cluster()
    cluster.observe(
        (Gpu(one["uuid"], one["index"], one["name"], simulated=one["uuid"].startswith(_SIMULATED)) for one in found), ""
    )
    cluster.disabled = frozenset(one["uuid"] for one in found if not one["enabled"])
    check_gpus(cluster, connection.address.pid, only=only, simulated=simulated)


def check_gpus(cluster: Cluster, pid: int, *, only: Sequence[str], simulated: int | None) -> None:
    """See that a scheduler has the GPUs that were asked for.

    Args:
        cluster: the GPUs of the scheduler that runs.
        pid: its process, for the refusal.
        only: the GPUs that were named, by index or UUID; empty where none were.
        simulated: the number of simulated GPUs that was asked for; None where none were.

    Raises:
        OtherSchedulerRunning: it has others; the sentence says what can be done.
    """
    known = list(cluster.gpus.values())
    if simulated is not None and (not all(gpu.simulated for gpu in known) or (not only and len(known) != simulated)):
        raise _other(pid, cluster.managed, f"{simulated} simulated")
    if not only:
        return
    by_name = {name: gpu.uuid for gpu in known for name in (str(gpu.index), gpu.uuid)}
    wanted = {by_name.get(name, name) for name in only}
    used = [gpu for gpu in cluster.managed if gpu.uuid not in cluster.disabled]
    if wanted in ({gpu.uuid for gpu in some} for some in (used, cluster.managed, known)):
        return
    unwanted = [gpu for gpu in used if gpu.uuid not in wanted]
    switch = f", or switch GPUs: ant-tui gpus disable {_indices(unwanted)}" if unwanted else ""
    raise _other(pid, cluster.managed, ",".join(only), switch)


def _other(pid: int, managed: Sequence[Gpu], wanted: str, switch: str = "") -> OtherSchedulerRunning:
    has = f"GPU {_indices(managed)}" if managed else "no GPU"
    kind = " (simulated)" if managed and all(gpu.simulated for gpu in managed) else ""
    return OtherSchedulerRunning(
        f"A scheduler (process {pid}) runs here already and manages {has}{kind}, not {wanted}. See it with: ant-tui; "
        f"to have others, end it first (its tasks go on): ant-tui stop{switch}"
    )


def _indices(gpus: Iterable[Gpu]) -> str:
    return ",".join(str(gpu.index) for gpu in gpus)
