"""Logs written into files of the user's."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ant_tui.output.export import ExportFailed, export_log
from ant_tui.output.log_file import LogMissing


def log(folder: Path, data: bytes, **job: object) -> str:
    """A job directory with a log."""
    (folder / "1.1").mkdir()
    (folder / "1.1" / "output.log").write_bytes(data)
    if job:
        (folder / "1.1" / "job.json").write_text(json.dumps(job))
    return str(folder / "1.1" / "output.log")


JOB = {"number": 1, "id": "vit", "attempt": 1, "command": "python t.py", "workdir": "/w"}


def test_what_ran_stands_above_and_how_it_ended_below(tmp_path: Path) -> None:
    """The bytes between are the log's own, escape sequences and all."""
    path = log(tmp_path, b"\x1b[31mred\x1b[0m\r\nno newline at the end", **JOB)
    target = tmp_path / "vit.log"
    written = export_log(path, str(target), ["failed (exit code 1)"])
    lines = target.read_bytes().split(b"\n")
    assert lines[0] == b"task 1: vit, attempt 1"
    assert any(line.startswith(b"command:") for line in lines)
    assert b"\n\n\x1b[31mred\x1b[0m\r\nno newline at the end\n\nfailed (exit code 1)\n" in target.read_bytes()
    assert written == os.path.getsize(path)


def test_a_log_with_its_own_header_gets_no_second_one(tmp_path: Path) -> None:
    """Where the setting logs.header_in_file wrote both, the log is copied as it is."""
    path = log(tmp_path, b"its own\n", **JOB, header_in_file=True)
    export_log(path, str(tmp_path / "out"), ["completed (exit code 0)"])
    assert (tmp_path / "out").read_bytes() == b"its own\n"


def test_no_file_is_ever_written_over(tmp_path: Path) -> None:
    """What is there stays, a link to somewhere else too."""
    path = log(tmp_path, b"new\n")
    (tmp_path / "out").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("out", "link"):
        with pytest.raises(ExportFailed, match="exists already and was left as it is"):
            export_log(path, str(tmp_path / name))
    assert (tmp_path / "out").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


def test_a_missing_log_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(LogMissing):
        export_log(str(tmp_path / "none"), str(tmp_path / "out"))
    assert os.listdir(tmp_path) == []


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = log(tmp_path, b"x")
    with pytest.raises(ExportFailed, match="No such file or directory"):
        export_log(path, str(tmp_path / "no" / "out"))


def test_what_was_begun_is_removed_when_the_disk_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a log is worse than none."""
    path = log(tmp_path, b"x" * 10, **JOB)

    def full(*_: object) -> tuple[bytes, int]:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("ant_tui.output.log_file.LogFile.read_on", full)
    with pytest.raises(ExportFailed, match="No space left on device"):
        export_log(path, str(tmp_path / "out"))
    assert not (tmp_path / "out").exists()


def test_long_logs_are_copied_in_pieces(tmp_path: Path) -> None:
    """Every byte arrives, whatever the length."""
    data = os.urandom(2_500_000)
    path = log(tmp_path, data)
    assert export_log(path, str(tmp_path / "out")) == len(data)
    assert (tmp_path / "out").read_bytes() == data
