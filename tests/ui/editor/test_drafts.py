"""Half-written forms on the disk."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from ant_tui.ui.editor.drafts import DraftFile, drafts_in
from ant_tui.ui.editor.form import Form
from ant_tui.ui.editor.variables import Variables

FORM = Form(text="python tr", multi=True, variables=Variables((("A", ""),), '{"half'), hold=True)


def test_a_draft_survives_word_for_word(tmp_path: Path) -> None:
    """Whatever is half-written, another process finds it as it was, also text that is no JSON yet."""
    path = str(tmp_path / "draft.json")
    assert DraftFile(path).keep("new", FORM, 17.0) == ""
    found = DraftFile(path).find("new")
    assert found is not None
    assert (found.form, found.at) == (FORM, 17.0)
    assert DraftFile(path).find("3") is None


def test_nobody_else_can_read_it(tmp_path: Path) -> None:
    """The file is private, also where it was not before, and nothing is left beside it."""
    path = tmp_path / "draft.json"
    path.write_text("{}")
    path.chmod(0o644)
    DraftFile(str(path)).keep("new", FORM, 1.0)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["draft.json"]


def test_each_has_its_own_and_can_be_dropped(tmp_path: Path) -> None:
    """New tasks and changes of several tasks keep theirs side by side."""
    drafts = DraftFile(str(tmp_path / "draft.json"))
    drafts.keep("new", FORM, 1.0)
    drafts.keep("3,4", Form(gpus="2"), 2.0)
    assert drafts.drop("new") == ""
    assert drafts.drop("new") == ""
    assert drafts.find("new") is None
    kept = drafts.find("3,4")
    assert kept is not None
    assert kept.form.gpus == "2"


def test_there_are_never_very_many(tmp_path: Path) -> None:
    """The oldest go first."""
    drafts = DraftFile(str(tmp_path / "draft.json"))
    for number in range(30):
        drafts.keep(str(number), FORM, float(number))
    assert drafts.find("0") is None
    assert drafts.find("29") is not None
    assert sum(drafts.find(str(number)) is not None for number in range(30)) == 20


def test_what_is_no_draft_is_none(tmp_path: Path) -> None:
    """A damaged or foreign file costs at most the drafts in it."""
    path = tmp_path / "draft.json"
    for content in (b"", b"\xff\x00", b"[1]", b'{"drafts": {"new": {"form": 3, "at": 1}}}', b"{" * 5000):
        path.write_bytes(content)
        drafts = DraftFile(str(path))
        assert drafts.find("new") is None
        assert drafts.keep("new", FORM, 1.0) == ""
        assert drafts.find("new") is not None


def test_what_cannot_be_written_is_kept_in_memory(tmp_path: Path) -> None:
    """Without a disk the reason is told, and the draft lives as long as the program; later it is written after all."""
    path = tmp_path / "not yet" / "draft.json"
    drafts = drafts_in(str(path))
    assert "cannot be written" in drafts.keep("new", FORM, 1.0)
    found = drafts_in(str(path)).find("new")
    assert found is not None
    assert found.form == FORM
    path.parent.mkdir()
    assert drafts.keep("new", FORM, 2.0) == ""
    assert DraftFile(str(path)).find("new") is not None
    assert drafts.drop("new") == ""
    assert drafts.find("new") is None


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Whoever puts a link in the place of the file does not get the draft."""
    target = tmp_path / "elsewhere"
    target.write_text("untouched")
    link = tmp_path / "draft.json"
    link.symlink_to(target)
    assert DraftFile(str(link)).keep("new", FORM, 1.0) == ""
    assert target.read_text() == "untouched"
    assert not link.is_symlink()
