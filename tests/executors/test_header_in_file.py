"""What a log says of itself: ``job.json``, and header and footer in the stream where somebody asks for them."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from pathlib import Path

import pytest

from ant_tui.core.resources import GpuRef
from ant_tui.executors.job_directory import Finding
from ant_tui.output.header import describe_footer, describe_header, job_of
from tests.executors.bench import Bench

BASH = shutil.which("bash")
SHELLS = ["/bin/sh", *([BASH] if BASH else [])]
RULE = "=" * 72

pytestmark = pytest.mark.parametrize("shell", SHELLS, ids=os.path.basename)


def framed(output: str) -> tuple[list[str], str, list[str]]:
    """The header's lines, the output between, the footer's lines."""
    _, header, body, footer, rest = output.split(RULE + "\n")
    assert rest == ""
    return header.splitlines(), body, footer.splitlines()


def told(footer: list[str], end: str, code: int, number: int | None = None, since: float = 2.0) -> bool:
    """Whether a footer is what ``describe_footer`` says at the moment that it names."""
    found = re.search(r"\((\d+)\)", footer[1])
    assert found
    at = float(found[1])
    return footer == describe_footer(end, exit_code=code, signal=number, stopped_at=at, started_at=since)


def test_output_is_raw_unless_asked(bench: Bench, shell: str) -> None:
    """Rows 182 and 183: without the setting the log is what the command printed, byte by byte."""
    assert bench.run("printf 'no newline'", shell=shell) == (0, "no newline")


def test_header_and_footer_stand_around_the_output(bench: Bench, shell: str) -> None:
    """Rows 182 and 183: the same lines as a screen shows, and the output between them as it is."""
    gpus = (GpuRef("GPU-abc", 3), GpuRef("GPU-def", 0))
    variables = {"API_KEY": "********", "lr": "0.1"}
    status, output = bench.run(
        "echo 'it'\"'\"'s';\nexit 3",
        shell=shell,
        header_in_file=True,
        gpus=gpus,
        variables=variables,
        submitted_command="echo {it};\nexit 3",
    )
    header, body, footer = framed(output)
    assert status == 3
    assert header == describe_header(job_of(bench.directory().output))
    assert body == "it's\n\n"
    assert told(footer, "failed", 3)


@pytest.mark.parametrize(
    ("command", "end", "code", "number"),
    [
        ("true", "completed", 0, None),
        ("exit 200", "failed", 200, None),
        ("sh -c 'kill -SEGV $$'", "failed", 139, 11),
    ],
)
def test_footer_tells_kind_and_code(
    bench: Bench, shell: str, command: str, end: str, code: int, number: int | None
) -> None:
    """Row 183: end kind, exit code, signal, stop time and duration."""
    status, output = bench.run(command, shell=shell, header_in_file=True)
    assert status == code
    assert told(framed(output)[2], end, code, number)


def test_a_command_that_is_none_has_a_footer(bench: Bench, shell: str) -> None:
    """What the shell cannot even parse has failed, and its log says so (row 183)."""
    status, output = bench.run("echo 'unterminated", shell=shell, header_in_file=True)
    assert status
    assert told(framed(output)[2], "failed", status)


def test_a_task_that_is_terminated_says_so(bench: Bench, shell: str) -> None:
    """Row 183: the footer names what ANT names TERMINATED, with code and signal."""
    words = bench.words("words")
    started = bench.start(bench.job("echo up > words; exec sleep 1000", shell=shell, header_in_file=True))
    assert words.next() == "up"
    os.killpg(started.pid, signal.SIGTERM)
    bench.wait(started.pid)
    assert bench.executor.look(1, 1).status == 143
    _, _, footer = framed(Path(bench.directory().output).read_text())
    assert told(footer, "terminated", 143, 15)


def test_nothing_of_the_frame_gets_into_the_command(bench: Bench, shell: str) -> None:
    """A command sees none of the wrapper's variables in its environment, and its own traps are its own."""
    status, output = bench.run("env; trap 'echo mine' EXIT; exit 4", shell=shell, header_in_file=True)
    _, body, footer = framed(output)
    assert status == 4
    assert "ant_tui_" not in body
    assert "mine\n" in body
    assert told(footer, "failed", 4)


def test_hostile_texts_stay_texts(bench: Bench, shell: str) -> None:
    """An id or value with quotes, escapes and newlines is shown in one clean line and run by nobody."""
    evil = "'; touch hacked; '\x1b]0;x\x07\n$(touch hacked)`touch hacked`"
    status, output = bench.run("true", shell=shell, header_in_file=True, id=evil, variables={"a": evil})
    header, _, _ = framed(output)
    assert status == 0
    assert "\x1b" not in output
    assert header[0] == "task 1: '; touch hacked; '␛]0;x␇⏎$(touch hacked)`touch hacked`, attempt 1"
    assert not (bench.place / "hacked").exists()


def test_footer_does_not_keep_the_status_from_being_told(bench: Bench, shell: str) -> None:
    """Where the time cannot be had (no ``date``), the rest of the footer and the status are there all the same."""
    job = bench.job("exit 5", shell=shell, header_in_file=True)
    words = bench.laid_out(job)
    script = Path(words[1])
    script.write_text(script.read_text().replace("command -p date", "command -p no-such-date"))
    bench.wrapper(job).wait()
    found = bench.executor.look(1, 1)
    assert (found.finding, found.status) == (Finding.EXITED, 5)
    assert "failed (exit code 5)" in Path(bench.directory().output).read_text()


def test_record_keeps_what_a_header_needs(bench: Bench, shell: str) -> None:
    """Row 182: job.json holds id, command, final command, variables, GPUs and times; a masked value stays masked."""
    bench.run("echo 1", shell=shell, submitted_command="echo {x}", variables={"TOKEN": "********"})
    record = json.loads(Path(bench.directory().path, "job.json").read_text())
    assert (record["command"], record["submitted_command"]) == ("echo 1", "echo {x}")
    assert record["variables"] == {"TOKEN": "********"}
    bench.run("echo 1", 2, shell=shell, submitted_command="echo 1")
    assert "submitted_command" not in json.loads(Path(bench.directory(2).path, "job.json").read_text())


def test_the_status_is_left_by_a_shell_that_expands_equals_signs(bench: Bench, shell: str) -> None:
    """Zsh takes a word that begins with ``=`` for the name of a command: the footer's rule must not be one."""
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("there is no zsh here")
    status, output = bench.run("exit 4", shell=zsh, header_in_file=True)
    assert status == 4
    assert "failed (exit code 4)" in output
