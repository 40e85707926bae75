"""Beginning a process, seen from the thread that does it and from those that do not."""

from __future__ import annotations

import errno
import os
import signal
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from ant_tui.executors.spawn import spawn_detached


def run(script: str, output: Path, **environment: str) -> tuple[int, str]:
    """Run a shell script to its end; its exit code and what is in the file."""
    pid = spawn_detached(["/bin/sh", "-c", script], {"PATH": os.environ["PATH"], **environment}, str(output))
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), output.read_text()


def test_a_process_has_a_session_of_its_own(tmp_path: Path) -> None:
    """No terminal's ctrl+c reaches it, and its pid names its group."""
    code, told = run("ps -o pid= -o sid= -o pgid= -p $$; exit 3", tmp_path / "log")
    assert (code, len(set(told.split()))) == (3, 1)


def test_its_output_is_appended_and_its_input_is_empty(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text("before\n")
    assert run("cat; echo out; echo err >&2", log) == (0, "before\nout\nerr\n")


def test_its_file_is_private(tmp_path: Path) -> None:
    run("true", tmp_path / "log")
    assert (tmp_path / "log").stat().st_mode & 0o777 == 0o600


def test_its_environment_is_what_it_is_given(tmp_path: Path) -> None:
    """Any text that a process can be given arrives byte for byte."""
    values = {"A": "", "B": " x\ty\n", "C": "é中\udcff", "D": "a=b=c"}
    code, _ = run('printf "%s|" "$A" "$B" "$C" "$D" > "$OUT"', tmp_path / "log", OUT=str(tmp_path / "out"), **values)
    told = (tmp_path / "out").read_bytes().decode(errors="surrogateescape")
    assert (code, told) == (0, "".join(f"{value}|" for value in values.values()))


def test_signals_are_as_a_program_expects_them(tmp_path: Path) -> None:
    """What we ignore or block is not handed down."""
    before = signal.signal(signal.SIGUSR1, signal.SIG_IGN)
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR2})
    try:
        assert run("kill -USR1 $$", tmp_path / "log")[0] == -signal.SIGUSR1
        assert run("kill -USR2 $$", tmp_path / "log")[0] == -signal.SIGUSR2
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["/bin/sh\0"], {}),
        (["/bin/sh", "a\0b"], {}),
        (["/bin/sh"], {"A": "\0"}),
        (["/bin/sh"], {"": "x"}),
        (["/bin/sh"], {"A=": "x"}),
    ],
)
def test_what_no_process_can_be_given_is_refused(
    tmp_path: Path, arguments: list[str], environment: dict[str, str]
) -> None:
    with pytest.raises(ValueError, match=r"embedded null byte|illegal environment variable name"):
        spawn_detached(arguments, environment, str(tmp_path / "log"))
    assert not (tmp_path / "log").exists()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        spawn_detached(["/no/such/program"], {}, str(tmp_path / "log"))
    assert (caught.value.errno, caught.value.filename) == (errno.ENOENT, "/no/such/program")


def test_only_the_thread_that_begins_it_waits(tmp_path: Path) -> None:
    """A file that takes long to open holds up one thread, and not the interpreter (row 144)."""
    fifo = tmp_path / "log"
    os.mkfifo(fifo)
    with ThreadPoolExecutor(1) as pool:
        begun = pool.submit(spawn_detached, ["/bin/sh", "-c", "echo on"], {}, str(fifo))
        assert fifo.read_text() == "on\n"  # before somebody reads, nobody can write: not even begin to
        os.waitpid(begun.result(30), 0)
