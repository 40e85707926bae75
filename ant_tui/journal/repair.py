"""Mending what a replay found damaged, without ever destroying a byte that somebody may want to look at.

Three steps in this order, because the machine may stop at any moment: copies of what is damaged, then a snapshot of all
that could be read, and only then the files themselves. Whatever was done, doing it all again does no harm.
"""

from __future__ import annotations

from pathlib import Path

from ant_tui.core.image import StateImage
from ant_tui.journal import files
from ant_tui.journal.format import encode_header, without_reserve
from ant_tui.journal.replay import DamagedSegment, Replay
from ant_tui.journal.snapshots import write_snapshot

__all__ = ["repair"]


def repair(directory: Path, replay: Replay, image: StateImage) -> list[str]:
    """Make the next start find nothing to complain of: set aside, keep the state in a new snapshot, mend.

    Args:
        directory: the journal's directory.
        replay: what was just read from it.
        image: that replay's state, as it was read.

    Returns:
        One sentence for everything that was set aside, with its name.

    Raises:
        OSError: not possible now; may be done again.
    """
    notes = [_copy(segment) for segment in replay.damaged]
    for path in replay.unreadable:
        notes.append(f"{path} was set aside as {files.file_aside(path).name}")
    if replay.seq > replay.snapshot_seq:
        write_snapshot(directory, replay.seq, image)
    for path in replay.unreadable:
        if path != files.snapshot_path(directory, replay.seq):
            path.unlink(missing_ok=True)
    for segment in replay.damaged:
        _mend(segment)
    files.sync_directory(directory)
    return notes


def _copy(segment: DamagedSegment) -> str:
    path = segment.path
    if segment.torn_seq is None:
        return f"{path} was set aside as {files.file_aside(path).name}; what is readable of it stays in use"
    torn = without_reserve(path.read_bytes())[segment.scan.readable_end :]
    aside = files.copy_aside(path, segment.torn_seq, torn)
    return f"the last {len(torn)} bytes of {path} were cut off and kept as {aside.name}"


def _mend(segment: DamagedSegment) -> None:
    """Leave a segment with its readable lines; one without a record goes, because the next may need its name."""
    path, scan = segment.path, segment.scan
    if not scan.last_seq:
        path.unlink(missing_ok=True)
    elif segment.torn_seq is not None:
        files.truncate_file(path, scan.readable_end)
    else:
        header = [] if scan.headed else [encode_header(segment.first)]
        files.replace_file(path, header + [line + b"\n" for line in scan.lines])
