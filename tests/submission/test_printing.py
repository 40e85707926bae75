"""Copying a command."""

from __future__ import annotations

import pytest

from ant_tui.submission.drafts import TaskDraft
from ant_tui.submission.printing import print_draft
from tests.submission.world import multi, one, single


def test_a_simple_draft_is_a_simple_line() -> None:
    """Row 080: what a person would have typed."""
    draft = one("ant_task_id=t ant_n_gpus=2 ant_priority=5 ant_tags=a,b ant_gpu_ids=0,1 python x --y 'z # w'")
    assert print_draft(draft) == (
        "ant_task_id=t ant_n_gpus=2 ant_gpu_ids=0,1 ant_priority=5 ant_tags=a,b python x --y 'z # w'"
    )


def test_a_copy_without_id_can_be_pasted_beside_its_original() -> None:
    """Row 080: pasted back it is the same task with a fresh id."""
    draft = one("ant_task_id=t-[date] ant_envar={'A': 'x}y', 'B': null, 'ant_wd': '~/a b'} python x")
    (copy,) = multi(print_draft(draft, with_id=False))
    assert copy.id is None
    assert (copy.command, copy.variables, copy.workdir) == ("python x", {"A": "x}y"}, "~/a b")


@pytest.mark.parametrize(
    "path", ["out.txt", "~/a b/$x `y`.log", "q\"u\\o'te", "none", "x\u202ey", "{rand int 1 2}", "a;b|c", "{sweep x 1}"]
)
def test_an_output_file_is_copied(path: str) -> None:
    """Rows 080 and 185: whatever its name holds, it comes back, and the line holds nothing that a terminal obeys."""
    draft = TaskDraft("python x", "python x", output=path)
    printed = print_draft(draft)
    assert printed.isprintable()
    assert multi(printed, default_gpus=None) == (draft,)


def test_a_script_is_copied_as_one_line() -> None:
    """Row 080: line breaks, comments and here-documents come back."""
    (draft,) = single("cat <<E # c\nit's\nE\npython 'a\nb' \\\n  --c\n")
    printed = print_draft(draft)
    assert "\n" not in printed
    assert multi(printed) == single(printed) == (draft,)


def test_drawn_numbers_are_copied() -> None:
    """Row 073: a copy keeps the drawn numbers, and still shows what was written."""
    draft = one("PORT={rand int 1 100000} x")
    (copy,) = multi(print_draft(draft))
    assert copy.resolved_command == draft.resolved_command
    assert copy.command == "PORT={rand int 1 100000} x"


@pytest.mark.parametrize(
    "command",
    [
        "a # b",
        "#a",
        " a",
        "a ",
        "a\\",
        "a 'b",
        "ant_n_gpus=3 x",
        "ant_gpus=3 x",
        "{rand int 1 2}",
        "{sweep",
        "{sweep ",
        "{sweep x 1}",
        "a\r",
        "a\x1b[31m\u202e",
        "a\n\nb",
        "é 日本 😀",
        "x\u2028y",
        "ant_envar={'A': 1",
        "\ufeffx",
    ],
)
def test_commands_that_no_plain_line_can_hold(command: str) -> None:
    """Row 080: whatever a command holds, the copy is one printable line that gives it back."""
    draft = TaskDraft(command, command)
    printed = print_draft(draft)
    assert printed.isprintable()
    assert multi(printed, default_gpus=None) == single(printed, default_gpus=None) == (draft,)


def test_what_an_older_tool_copied_can_be_pasted() -> None:
    """Row 080: a line with id, number of GPUs and JSON variables before the command is understood."""
    draft = one('ant_task_id=a-b ant_n_gpus=0 ant_envar={"ant_wd":"./","ant_conda_env":null,"N":3,"T":"}"} python x')
    assert (draft.id, draft.gpus, draft.workdir, draft.conda_env) == ("a-b", 0, "./", None)
    assert (draft.variables, draft.command) == ({"N": "3", "T": "}"}, "python x")
