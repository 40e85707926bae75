"""``skill`` and ``mcp``: what is told where the text is, or where the SDK is not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from tests.cli.conftest import Run
from tests.conftest import ROOT
from tests.service import environment


def test_skill_is_printed(run: Run) -> None:
    """The text comes from the installation, word by word."""
    text = (ROOT / "skills" / "ant-tui-control" / "SKILL.md").read_text(encoding="utf-8")
    assert run("skill").out == text
    directory = run("skill", "--path").out.strip()
    assert (Path(directory) / "SKILL.md").read_text(encoding="utf-8") == text
    document = json.loads(run("skill", "--json").out)
    assert (document["path"], document["text"]) == (directory, text)


def test_missing_sdk_is_told_with_the_line_that_installs_it(tmp_path: Path) -> None:
    """Without the extra there is one sentence, not a traceback, and nothing on stdout."""
    program = "import sys; sys.modules['mcp'] = None; from ant_tui.cli.main import main; sys.exit(main(['mcp']))"
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment(tmp_path / "data"),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert f"{sys.executable} -m pip install 'ant-tui[mcp]'" in done.stderr
