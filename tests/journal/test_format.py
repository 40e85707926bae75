"""The journal's text: documented, checked, and readable by anybody's JSON decoder."""

from __future__ import annotations

import json
import math
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings

from ant_tui.core import events as ev
from ant_tui.core.image import StateImage
from ant_tui.core.state import State
from ant_tui.journal.format import (
    SnapshotText,
    UnknownFormat,
    Unreadable,
    decode_snapshot,
    encode_events,
    encode_header,
    encode_records,
    scan,
)
from tests.journal.stories import after, stories, submitted


def segment(*events: ev.RecordedEvent, first: int = 1) -> bytes:
    return encode_header(first) + encode_records(first, encode_events(events))


def text_of(seq: int, image: StateImage) -> bytes:
    text = SnapshotText(seq, image)
    data = b"".join(text)
    return text.start() + data[len(text.start()) :]


def sealed(body: str) -> bytes:
    return f'{{"crc":"{crc32(body.encode()):08x}",{body}'.encode()


def test_a_line_is_json_and_its_checksum_covers_all_that_follows_it() -> None:
    """Every line is one JSON object on one line, and its crc is the CRC-32 of the text behind it."""
    header, record, rest = segment(submitted(1)).split(b"\n")
    assert rest == b""
    for line in (header, record):
        values: dict[str, Any] = json.loads(line)
        assert values["crc"] == f"{crc32(line[18:]):08x}"
    assert json.loads(header) == {"crc": json.loads(header)["crc"], "format": 1, "first": 1}
    assert record.partition(b",")[2].startswith(b'"seq":1,"event":{"type":"task_submitted"')


@settings(max_examples=50)
@given(stories())
def test_events_come_back_from_a_segment_as_they_were(events: list[ev.RecordedEvent]) -> None:
    """Whatever was recorded is read back equal and with consecutive numbers."""
    found = scan(segment(*events, first=7))
    assert found.records == list(enumerate(events, 7))
    assert not found.damages
    assert found.headed
    assert found.closed


@settings(max_examples=50)
@given(stories())
def test_an_image_comes_back_from_a_snapshot_as_it_was(events: list[ev.RecordedEvent]) -> None:
    """A snapshot is one valid JSON document, its checksum fits, and it holds the image."""
    image = after(events).image()
    text = text_of(41, image)
    assert decode_snapshot(text) == (41, image)
    assert json.loads(text)["format"] == 1
    assert crc32(text[18:-1]) == int(json.loads(text)["crc"], 16)


def test_a_snapshot_of_more_tasks_than_a_piece_holds_is_one_document() -> None:
    """The joints between pieces are valid JSON, and every task stands on a line of its own."""
    state = after([submitted(number) for number in range(1, 1202)])
    text = text_of(1201, state.image())
    assert len(json.loads(text)["image"]["tasks"]) == 1201
    assert decode_snapshot(text) == (1201, state.image())
    assert text.count(b"\n") == 1203


def test_an_empty_state_has_a_snapshot() -> None:
    """No task, no setting: still a valid snapshot."""
    assert decode_snapshot(text_of(0, State().image())) == (0, StateImage())


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_what_could_not_be_read_back_is_not_written(value: float) -> None:
    """A number that JSON does not have is refused before it is recorded, not found out by the next start."""
    with pytest.raises(ValueError, match="TaskMoved cannot be read back"):
        encode_events([ev.TaskMoved(at=1.0, number=1, position=value)])


def test_a_text_with_the_word_null_is_no_reason_to_refuse() -> None:
    """``2>/dev/null`` and a missing exit code are fine."""
    events: list[ev.RecordedEvent] = [submitted(1), ev.TaskExited(at=1.0, number=1, attempt=1, exit_code=None)]
    assert [event for _, event in scan(segment(*events)).records] == events


def test_text_that_is_not_unicode_is_refused() -> None:
    """A lone surrogate, as from an undecodable path, is a ``ValueError`` here."""
    with pytest.raises(ValueError, match="surrogate"):
        encode_events([ev.TaskRenamed(at=1.0, number=1, id="\ud800")])


def test_an_observed_event_is_not_recorded() -> None:
    """What the GPUs look like is never stored; trying to is a defect."""
    with pytest.raises(TypeError, match="GpusObserved"):
        encode_events([ev.GpusObserved(at=1.0, gpus=())])  # type: ignore[list-item]


def test_a_damaged_line_end_costs_no_record() -> None:
    """Two records that a damaged line end has joined are both still read, and the damage is told."""
    whole = segment(submitted(1), submitted(2), submitted(3))
    for offset in [index for index, byte in enumerate(whole) if byte == ord("\n")]:
        found = scan(whole[:offset] + b"~" + whole[offset + 1 :])
        assert [seq for seq, _ in found.records] == [1, 2, 3]
        assert len(found.damages) == 1


def test_a_newer_format_is_refused_by_name() -> None:
    """A segment and a snapshot of format 2 are never misread."""
    with pytest.raises(UnknownFormat, match="format 2, and this version reads format 1"):
        scan(sealed('"format":2,"first":1,"more":[]}') + b"\n" + b"whatever format 2 has\n")
    with pytest.raises(UnknownFormat, match="format 2, and this version reads format 1"):
        decode_snapshot(sealed('"format":2,"sequence":[1,2]}') + b"\n")


def test_an_intact_line_of_an_unknown_kind_is_not_taken_for_damage() -> None:
    """An event that this version does not know is a reason to refuse, not to leave it out."""
    line = sealed('"seq":1,"event":{"type":"task_teleported","at":1.0}}')
    with pytest.raises(UnknownFormat, match="task_teleported"):
        scan(encode_header(1) + line + b"\n")
    with pytest.raises(UnknownFormat, match="holds what this version does not know"):
        decode_snapshot(sealed('"format":1,"seq":1,"image":{"tasks":7}}') + b"\n")


@pytest.mark.parametrize("data", [b"", b"\n", b"{}", b'{"crc":"', b"\0" * 100])
def test_what_is_no_snapshot_is_unreadable(data: bytes) -> None:
    """Nothing, half of something and zeros are damage."""
    with pytest.raises(Unreadable):
        decode_snapshot(data)


def test_every_damaged_byte_of_a_snapshot_is_noticed() -> None:
    """No byte of a snapshot can change without being noticed."""
    text = text_of(3, after([submitted(1), submitted(2)]).image())
    for offset in range(len(text)):
        with pytest.raises(Unreadable):
            decode_snapshot(text[:offset] + bytes([text[offset] ^ 0x20]) + text[offset + 1 :])
