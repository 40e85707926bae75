"""The verb that does the same as a form."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Any

import pytest

from ant_tui.api.schema import Submission
from ant_tui.ui.editor.command_line import submit_line
from ant_tui.ui.editor.form import Form, Made
from ant_tui.ui.editor.variables import Variables
from tests.cli.conftest import Run, data_dir, fake, run
from tests.cli.fake_scheduler import FakeScheduler

__all__ = ["data_dir", "fake", "run"]

FORMS = (
    Form(text="true"),
    Form(text="python x.py --lr {sweep lr 1 2} 'a b' $HOME # note", id="run-[lr]", gpus="1"),
    Form(text="cd x\npython y.py", priority="-5", tags="a b", hold=True, pty=True, workdir="/tmp/a b"),
    Form(text="true", gpu_ids="0-1", exclude="3", conda="torch", variables=Variables((("A", "x y"), ("B", "'")))),
    Form(text="true", conda="/env dir", gpus="0", variables=Variables((("ant_conda_path", "mamba"),))),
)


@pytest.mark.parametrize("form", FORMS, ids=range(len(FORMS)))
def test_the_command_line_asks_for_the_same(run: Run, fake: FakeScheduler, form: Form, tmp_path: Path) -> None:
    """What is shown, given to a shell, makes the request that the editor would make."""
    fake.answers["submit"] = {"tasks": [], "dry_run": False, "warnings": []}
    asked = Made.of(form, "/here").submission
    line = submit_line(form.text, asked, multi=False)
    program, verb, *words = shlex.split(line)
    assert (program, verb) == ("ant-tui", "submit")
    assert run(verb, "--no-start", *words).code == 0
    method, request = fake.last
    assert method == "submit"
    (sent,) = request["tasks"]
    sent = {**sent, "command": ""}
    if asked.workdir_default:
        sent.pop("workdir")
    for name in Submission.__struct_fields__:
        if name in sent or name not in ("key", "verbatim", "workdir"):
            assert _plain(sent.get(name, _default(name))) == _plain(getattr(asked, name)), name


def _default(name: str) -> Any:
    return getattr(Submission(command="", workdir=""), name)


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def test_secrets_are_not_shown() -> None:
    """Row 106: values of names that look secret are masked."""
    made = Made.of(Form(text="true", variables=Variables((("WANDB_API_KEY", "s3cret"), ("A", "1")))), "/")
    line = submit_line("true", made.submission, multi=False)
    assert "s3cret" not in line
    assert "-e 'WANDB_API_KEY=********' -e A=1" in line


def test_multi_reads_the_text_from_stdin() -> None:
    """The text is not repeated: it stands above."""
    line = submit_line("a\nb", Made.of(Form(gpus="2", multi=True, tags="x"), "/here").submission, multi=True)
    assert line.startswith("ant-tui submit --tag x --file - <<'END'")


@pytest.fixture(autouse=True)
def _home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No project of this machine says what tasks should be."""
    monkeypatch.chdir(tmp_path)
    for name in ("CONDA_ENV", "CONDA_ENV_PATH", "CONDA_PATH", "WORKDIR", "GPUS", "TAGS"):
        monkeypatch.delenv(f"ANT_TUI_{name}", raising=False)
