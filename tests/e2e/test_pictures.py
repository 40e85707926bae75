"""The pictures of the documentation: made by a script, of a real session, and shown where people look first."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path

from tests.conftest import ROOT
from tests.e2e.house import PATIENCE_S, House

_PICTURES = (
    ("main", 40, "running"), ("narrow", 24, "llama-8b-ft"), ("gpus", 40, "Simulated"), ("editor", 40, "6 tasks"),
    ("recovery", 40, "Interrupted"),
)  # fmt: skip


def test_the_script_makes_them_anew(house: House, tmp_path: Path) -> None:
    """Pictures at both sizes, with tasks in them and nothing of whoever made them; they load nothing from anywhere."""
    command = [sys.executable, "-m", "docs.screenshots", "--seconds", "1", "--to", str(tmp_path / "images")]
    done = subprocess.run(
        command, env=house.env, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stderr
    for name, rows, word in _PICTURES:
        svg = (tmp_path / "images" / f"{name}.svg").read_text(encoding="utf-8")
        assert len(set(re.findall(r'clip-path="url\(#(ant-line-\d+)\)"', svg))) == rows
        words = "".join(ET.fromstring(svg).itertext()).replace("\xa0", " ")
        assert word in words, name
        assert socket.gethostname() not in words
        assert "url(http" not in svg
    assert not house.left()


def test_the_readme_shows_what_is_there() -> None:
    """Every picture that the README names is in the repository."""
    named = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", (ROOT / "README.md").read_text(encoding="utf-8"))
    assert "docs/images/main.svg" in named
    assert [name for name in named if not (ROOT / name).exists()] == []
