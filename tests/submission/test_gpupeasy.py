"""GPUPeasy's paste format."""

from __future__ import annotations

import pytest

from ant_tui.submission.gpupeasy import parse_gpupeasy
from ant_tui.submission.multi import print_draft
from tests.submission.world import multi, refused


def test_jobs_become_tasks() -> None:
    """Row 078: name;;outfile;;command;;; job after job; each gets one GPU; blanks around do not count."""
    text = "first job ;;out/1.txt;;python -u x.py\n  --out-dir out/1;;;\r\n\nsecond;;out/2.txt;;a && b"
    drafts = parse_gpupeasy(text)
    assert [(d.id, d.gpus, d.output, d.command, d.line) for d in drafts] == [
        ("first-job", 1, "out/1.txt", "python -u x.py --out-dir out/1", 1),
        ("second", 1, "out/2.txt", "a && b", 4),
    ]


def test_a_command_is_not_altered() -> None:
    """Row 078: ;; in a command, double blanks and ;;; or line breaks in quotes stay."""
    (draft,) = parse_gpupeasy("a;;o;;case x in y) echo  z;; esac; echo ';;;\n;;'  ;;;")
    assert draft.command == "case x in y) echo  z;; esac; echo ';;;\n;;'"


def test_the_outfile_is_where_the_output_goes() -> None:
    """Rows 078 and 185: blanks in its name stay; a copy of the task, read again, names the same file."""
    (draft,) = parse_gpupeasy("a;; out/o  u't.txt\t;;echo out # done")
    assert (draft.output, draft.command, draft.resolved_command) == ("out/o  u't.txt", *["echo out # done"] * 2)
    assert multi(print_draft(draft)) == (draft,)


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
        ("x;;y;;echo \\;;;\n", ["line 1, column 12: the line goes on after this backslash"]),
        ("..;;y;;a", ["line 1, column 1: the id '..' would be taken for a directory"]),
        ("a;;o;;x;;;\na;;p;;x;;;\nb;;o;;x", ["line 2, column 1: 'a' belongs to the job on line 1"]),
        ("bad;;;\ngood;;o;;c;;;\n;;o2;;c;;;", ["line 1, column 1: the name", "line 3, column 1: the name"]),
    ],
)
def test_malformed_jobs_are_listed(text: str, reasons: list[str]) -> None:
    """Row 078: one bad job refuses all, and every bad job is named."""
    told = refused(lambda: parse_gpupeasy(text))
    assert len(told) == len(reasons)
    assert all(one.startswith(reason) for one, reason in zip(told, reasons, strict=True))
