"""GPUPeasy's paste format."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ant_tui.submission.gpupeasy import also_written_to, parse_gpupeasy
from ant_tui.submission.multi import print_draft
from tests.submission.world import multi, refused


def test_jobs_become_tasks() -> None:
    """Row 078: name;;outfile;;command;;; job after job; each gets one GPU; blanks around do not count."""
    text = "first job ;;out/1.txt;;python -u x.py\n  --out-dir out/1;;;\r\n\nsecond;;out/2.txt;;a && b"
    drafts = parse_gpupeasy(text, keep_files=False)
    assert [(d.id, d.gpus, d.command, d.line) for d in drafts] == [
        ("first-job", 1, "python -u x.py --out-dir out/1", 1),
        ("second", 1, "a && b", 4),
    ]
    assert parse_gpupeasy(text, gpus=0)[0].gpus == 0


def test_a_command_is_not_altered() -> None:
    """Row 078: ;; in a command, double blanks and ;;; or line breaks in quotes stay."""
    (draft,) = parse_gpupeasy("a;;o;;case x in y) echo  z;; esac; echo ';;;\n;;'  ;;;", keep_files=False)
    assert draft.command == "case x in y) echo  z;; esac; echo ';;;\n;;'"


def test_the_job_file_is_written_beside_the_log(tmp_path: Path) -> None:
    """Row 078: the resolved command writes the same output to the log and to the file, and keeps the exit code."""
    out = tmp_path / "o u't"
    (draft,) = parse_gpupeasy(f"a;;{out};;echo out; echo err >&2; (exit 7) # done")
    assert draft.command == "echo out; echo err >&2; (exit 7) # done"
    ran = subprocess.run(["/bin/sh", "-c", draft.resolved_command], capture_output=True, timeout=30, check=False)
    assert (ran.returncode, ran.stdout, ran.stderr) == (7, b"out\nerr\n", b"")
    assert out.read_bytes() == ran.stdout
    assert multi(print_draft(draft)) == (draft,)


def test_a_file_that_cannot_be_written_does_not_cost_the_task(tmp_path: Path) -> None:
    """Row 144: the command runs, its output is in the log, and so is the complaint."""
    command = also_written_to("echo out", str(tmp_path / "missing" / "o"))
    ran = subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=30, check=False)
    assert (ran.returncode, ran.stdout) == (0, b"out\n")
    assert b"missing" in ran.stderr


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("", ["line 1, column 1: there is no job in this text"]),
        (" \n ", ["line 1, column 1: there is no job in this text"]),
        ("x", ["line 1, column 1: the name is missing or empty"]),
        ("x;;;", ["line 1, column 1: the name is missing or empty"]),
        (";;o;;c;;;", ["line 1, column 1: the name is missing or empty"]),
        ("x;;y;;;", ["line 1, column 1: the outfile is missing or empty"]),
        ("x;;y", ["line 1, column 1: the outfile is missing or empty"]),
        ("x;; ;;c", ["line 1, column 1: the outfile is missing or empty"]),
        ("x;;y;;;;;", ["line 1, column 1: the command is missing"]),
        ("x;;y;; ;;;", ["line 1, column 1: the command is missing"]),
        ("x;;y;;echo 'a;;;", ["line 1, column 12: this ' is never closed"]),
        ("..;;y;;a", ["line 1, column 1: the id '..' is a directory"]),
        (
            "a;;o;;x;;;\na;;p;;x;;;\nb;;o;;x",
            ["line 2, column 1: 'a' belongs to the job on line 1", "line 3, column 1: 'o' bel"],
        ),
        ("bad;;;\ngood;;o;;c;;;\n;;o2;;c;;;", ["line 1, column 1: the name", "line 3, column 1: the name"]),
    ],
)
def test_malformed_jobs_are_listed(text: str, reasons: list[str]) -> None:
    """Row 078: one bad job refuses all, and every bad job is named."""
    told = refused(lambda: parse_gpupeasy(text))
    assert len(told) == len(reasons)
    assert all(one.startswith(reason) for one, reason in zip(told, reasons, strict=True))
