"""``import gpupeasy``: what is asked for, what is told, and that a batch is queued as a whole or not at all."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from tests.cli.fake_scheduler import FakeScheduler, error
from tests.service import ant_tui, environment, running

QUEUED = {"tasks": [], "dry_run": False, "warnings": [], "schema": 1}


@pytest.fixture(autouse=True)
def answering(fake: FakeScheduler) -> None:
    fake.answers["submit_text"] = QUEUED


@pytest.fixture
def batch(tmp_path: Path) -> Path:
    """A file as GPUPeasy's grid builder writes it."""
    path = tmp_path / "grid.esy"
    path.write_text("run 1;;out/1.txt;;python x.py\n  --seed 1;;;\nrun 2;;out/2.txt;;python x.py --seed 2;;;\n")
    return path


def test_the_text_is_one_request(run: Run, fake: FakeScheduler, batch: Path) -> None:
    """Row 078: the scheduler reads it, so that all is queued or nothing; where it runs is here, or what -D says."""
    result = run("import", "gpupeasy", str(batch))
    assert result.code == 0
    ((method, params),) = fake.requests
    assert (method, params["text"], params["mode"]) == ("submit_text", batch.read_text(), "gpupeasy")
    form = {"command": "", "workdir": str(Path.cwd()), "workdir_default": True, "tags": ["from-gpupeasy"]}
    assert (params["form"], params["dry_run"]) == (form, False)
    assert result.out.splitlines()[:2] == [
        "took  run-1: queued with 1 GPU: python x.py --seed 1",
        "      output: out/1.txt",
    ]
    assert "2 queued" in result.err
    run("import", "gpupeasy", "-D", "/elsewhere", str(batch))
    assert fake.last[1]["form"] == {**form, "workdir": "/elsewhere", "workdir_default": False}


def test_json_is_one_document(run: Run, batch: Path) -> None:
    """As for ANT: files, what was taken, and what was left, which is nothing."""
    document = json.loads(run("import", "gpupeasy", str(batch), "--json").out)
    assert (document["dry_run"], document["files"], document["left"]) == (False, [str(batch)], [])
    assert document["took"][1] == {
        "kind": "task",
        "what": "run-2",
        "became": "queued with 1 GPU: python x.py --seed 2",
        "notes": ["output: out/2.txt"],
    }


def test_malformed_jobs_are_listed_and_nothing_is_asked(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """Row 078: every bad job by line and column; a usage error as for any other text."""
    (tmp_path / "a").write_text("x;;;\n\ny;;o")
    result = run("import", "gpupeasy", str(tmp_path / "a"))
    assert (result.code, result.out, fake.requests) == (2, "", [])
    for place in ("line 1, column 1: the name", "line 3, column 1: the outfile"):
        assert place in result.err


def test_a_refusal_of_the_scheduler_keeps_its_reasons_and_its_code(run: Run, fake: FakeScheduler, batch: Path) -> None:
    """Row 078: what only the scheduler knows is told as it tells it."""
    reasons = ("line 1, job run-1: The id 'run-1' is taken.", "line 3, job run-2: The output file 'o' exists already.")
    fake.answers["submit_text"] = error("refused", 5, "Nothing was queued: 2 of 2 tasks cannot be.", reasons)
    result = run("import", "gpupeasy", str(batch), "--json")
    assert result.code == 5
    assert json.loads(result.out or result.err)["error"]["reasons"] == list(reasons)


@pytest.mark.parametrize("words", [["gpupeasy"], ["gpupeas", "x"], ["gpupeasy", "x", "y"]])
def test_bad_words_are_usage_errors(run: Run, fake: FakeScheduler, words: list[str]) -> None:
    """A source without a file, a source that is none, two files at once."""
    result = run("import", *words)
    assert (result.code, fake.requests) == (2, [])
    assert "gpupeasy" in result.err or "one file" in result.err


def test_a_missing_file_is_told(run: Run, fake: FakeScheduler, tmp_path: Path) -> None:
    """The file is read before anything is asked for."""
    assert run("import", "gpupeasy", str(tmp_path / "missing")).code == 1
    assert fake.requests == []


def test_where_no_scheduler_runs(tmp_path: Path, batch: Path) -> None:
    """A dry run shows what was read and says that nobody checked it; otherwise --no-start finds nobody."""
    env = environment(tmp_path / "nobody")
    tried = ant_tui(["import", "gpupeasy", str(batch), "--dry-run"], env)
    assert (tried.returncode, tried.stdout.count("took  run-")) == (0, 2)
    assert "were not checked" in tried.stderr
    assert ant_tui(["import", "gpupeasy", str(batch), "--no-start"], env).returncode == 3
    assert not (tmp_path / "nobody").exists()


def test_jobs_of_gpupeasy_run_here(tmp_path: Path) -> None:
    """Rows 078 and 185, with a real scheduler: a bad job keeps all out; then each runs and writes to its outfile."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "there").write_text("precious")
    good, bad = tmp_path / "good.esy", tmp_path / "bad.esy"
    good.write_text('run 1;;out/1;;echo "$CUDA_VISIBLE_DEVICES" &&\n echo two;;;run 2;;out/2;;echo {x} "a  b"')
    bad.write_text("run 3;;out/there;;true;;;\nrun 4;;no/4;;true;;;\nrun 5;;out/5;;true;;;")
    with running(tmp_path / "real") as env:
        words = ["import", "gpupeasy", "-D", str(tmp_path)]
        refused = ant_tui([*words, str(bad)], env)
        assert refused.returncode == 2
        for said in ("line 1, job run-3: The output file", "line 2, job run-4: The output file"):
            assert said in refused.stderr
        tried = ant_tui([*words, str(good), "--dry-run"], env)
        assert (tried.returncode, tried.stdout.count("took  run-")) == (0, 2)
        assert ant_tui(["queue", "--parsable", "--all"], env).stdout == ""
        assert ant_tui([*words, str(good)], env).returncode == 0
        assert ant_tui(["wait", "run-1", "run-2"], env).returncode == 0
        again = ant_tui([*words, str(good)], env)
        assert (again.returncode, "is taken" in again.stderr or "exists already" in again.stderr) == (5, True)
    first, second = ((tmp_path / "out" / name).read_text() for name in "12")
    assert (first.splitlines()[1:], second) == (["two"], "{x} a  b\n")
    assert first[0] in "01"
    assert (tmp_path / "out" / "there").read_text() == "precious"


def pasted(text: str, words: list[str], env: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "ant_tui", "import", "gpupeasy", "-", *words]
    return subprocess.run(command, env=env, input=text, capture_output=True, text=True, timeout=60, check=False)


def test_jobs_from_standard_input(tmp_path: Path) -> None:
    """``-`` is the text that was pasted (row 078)."""
    with running(tmp_path / "real") as env:
        assert pasted("a;;out;;echo pasted", ["-D", str(tmp_path)], env).returncode == 0
        assert ant_tui(["wait", "a"], env).returncode == 0
        assert ant_tui(["logs", "a"], env).stdout == (tmp_path / "out").read_text() == "pasted\n"
        bad = pasted("b;;out;;;", [], env)
        assert (bad.returncode, "line 1, column 1: the outfile" in bad.stderr) == (2, True)
