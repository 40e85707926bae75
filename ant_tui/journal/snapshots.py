"""Writing snapshots, and taking away what a newer one has made superfluous.

The newest snapshot and the one before it are kept, with every record since the older one: should the newest turn out
to be unreadable, nothing is lost.
"""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from ant_tui.core.image import StateImage
from ant_tui.journal import files
from ant_tui.journal.format import SnapshotText

__all__ = ["Policy", "remove_superfluous", "write_snapshot"]

_MIN_RECORDS = 20_000
_MIN_RECORDS_LEFT = 500
_MIN_BYTES = 16 * 2**20


def write_snapshot(directory: Path, seq: int, image: StateImage) -> int:
    """Write a snapshot in small steps, durably.

    Args:
        directory: the journal's directory.
        seq: sequence number of the last event that is in the image.
        image: what to keep.

    Returns:
        Its size in bytes.
    """
    text = SnapshotText(seq, image)
    return files.replace_file(files.snapshot_path(directory, seq), text, start=text.start)


def remove_superfluous(directory: Path) -> None:
    """Remove what neither the newest snapshot nor the one before it needs. What was set aside stays."""
    kept = files.snapshots(directory)[-2:]
    oldest = kept[0][0] if len(kept) == 2 else 0
    listed = files.segments(directory)
    following = [first for first, _ in listed[1:]]
    superfluous = [path for (_, path), after in zip(listed, following, strict=False) if after <= oldest + 1]
    superfluous += [path for seq, path in files.snapshots(directory) if seq < oldest]
    for path in superfluous:
        path.unlink(missing_ok=True)
    if superfluous:
        files.sync_directory(directory)


class Policy(Struct):
    """When a snapshot is worth its cost.

    A snapshot costs as much as the state is large, so it waits until as many bytes of records came as half its size:
    the cost for each event stays the same however many tasks there are, and a start reads at most that much.

    Attributes:
        records: records since the latest snapshot, or the latest attempt at one.
        size: their bytes.
        snapshot_size: bytes of the latest snapshot.
    """

    records: int = 0
    size: int = 0
    snapshot_size: int = 0

    def add(self, records: int, size: int) -> None:
        """Count what was appended."""
        self.records += records
        self.size += size

    def begin(self) -> None:
        """Start counting anew, because a snapshot is being written. One that fails is tried again as late."""
        self.records = self.size = 0

    @property
    def due(self) -> bool:
        """Whether a snapshot should be written now."""
        enough = self.records >= _MIN_RECORDS or self.size >= _MIN_BYTES
        return enough and self.size >= self.snapshot_size // 2

    @property
    def worth_leaving(self) -> bool:
        """Whether a snapshot at the end of a scheduler makes the next start noticeably quicker."""
        return self.records >= _MIN_RECORDS_LEFT and self.size >= self.snapshot_size // 8
