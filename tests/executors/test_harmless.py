"""Commands that are spared the wrapper's subshell: which they are, and that it makes no difference to them."""

from __future__ import annotations

import os
import re
import shutil
import signal
import sys
from pathlib import Path

import pytest

from ant_tui.executors import wrapper
from ant_tui.executors.harmless import is_harmless
from tests.executors.bench import Bench

DASH = shutil.which("dash") or ""
needs_dash = pytest.mark.skipif(not DASH, reason="there is no dash")

PROGRAMS = [
    "/bin/true",
    "true",
    "echo done",
    "exit 9",
    "no-such-program-here --at all",
    "/etc/passwd",
    "sh -c 'exit 7'",
    "sh -c 'kill -KILL $$'",
    "sh -c 'echo out; echo err >&2' > both 2>&1",
    "grep out < both",
    "ls /nowhere-at-all 2>/dev/null",
    "A=1 B='x y' printenv A B",
    'sh -c "exit $A"',
    'printenv "$HOME" HOME',
    "ls -d /*",
    "sh -c 'echo more' >>both",
    "env < nowhere",
    f"{sys.executable} -c 'import sys\nsys.exit(5)'",
    "./script a 'b > c' ~ {x,y}",
    "./unnamed",
]
"""Harmless ones, in an order in which each finds what it wants."""

DOUBTFUL = [
    *("exec true", "time true", "command true", ". ./script", "sleep 0", "cd /", "eval true", "trap : EXIT", "read x"),
    *(
        "true; true",
        "true && true",
        "true | true",
        "true &",
        "(true)",
        "{ true; }",
        "! true",
        "true $(true)",
        "env `id`",
    ),
    *("A=1", "A=1 exec env", "env $$", "env <<E\nE", "env 3>&1", "env # all", "env \\", "env\ntrue", "f() { env; }"),
    *(
        "'env' -i",
        "$HOME/x",
        "env ${x:=1}",
        'env "`id`"',
        'env "$(id)"',
        "if true",
        "[ a = b ]",
        "env > ",
        "env '",
        "\nenv",
    ),
    *(
        "env > $x",
        "env > 'a b'",
        "env > *",
        "env > ~/x",
        "env < fifo",
        "env >>./fifo",
        "env > /dev/tty",
        "env 2> fifo >a",
    ),
    *("/bin/true " + "x" * 5000, "'" * 4000, "a='" * 1300, "x=$A " * 800 + "$"),
]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A directory with a FIFO."""
    os.mkfifo(tmp_path / "fifo")
    return tmp_path


@needs_dash
@pytest.mark.parametrize("command", PROGRAMS)
def test_a_single_program_is_harmless_in_dash(place: Path, command: str) -> None:
    """Copying the shell is saved for what cannot change it; in bash a function may bear any name."""
    assert is_harmless(command, DASH, str(place))
    assert not is_harmless(command, "/bin/bash", str(place))


@needs_dash
def test_a_shell_is_known_by_what_it_is(place: Path) -> None:
    """Whatever it is called, as ``/bin/sh`` is on most machines."""
    (place / "sh").symlink_to(DASH)
    (place / "dash").symlink_to("/bin/bash")
    assert is_harmless("/bin/true", str(place / "sh"), str(place))
    assert not is_harmless("/bin/true", str(place / "dash"), str(place))


@needs_dash
@pytest.mark.parametrize("command", DOUBTFUL)
def test_all_else_is_not(place: Path, command: str) -> None:
    """Also not what would wait for the other end of a FIFO, and no very long text, however it is written."""
    assert not is_harmless(command, DASH, str(place))


@needs_dash
def test_it_makes_no_difference_to_a_program(bench: Bench) -> None:
    """Status, output and what it finds around it are the same with a subshell and without."""
    for name, first in (("script", "#!/bin/sh\n"), ("unnamed", "")):
        (bench.place / name).write_text(first + 'printf "%s|" "$@"; pwd; ulimit -n; trap "exit 8" EXIT; exit 3\n')
        (bench.place / name).chmod(0o700)
    alone = [_told(bench, command, number) for number, command in enumerate(PROGRAMS, 1)]
    (bench.place / "both").unlink()
    apart = [_told(bench, f"({command})", number) for number, command in enumerate(PROGRAMS, 101)]
    assert alone == apart


def _told(bench: Bench, command: str, number: int) -> tuple[int | None, list[str]]:
    """A status, and an output without what a shell says of it, which names lines and pids."""
    status, output = bench.run(command, number, shell=DASH)
    spared = "\n(\n" not in Path(bench.directory(number).path, wrapper.RUN).read_text()
    assert spared != command.startswith("(")
    return status, [line for line in output.splitlines() if not re.search(r"run\.sh: \d+:|^Killed", line)]


@needs_dash
def test_term_ends_a_single_program_and_the_wrapper_tells(bench: Bench) -> None:
    """The program is asked like any other, and the wrapper outlives it."""
    said = bench.words("said")
    program = f"{sys.executable} -c \"import signal; print('on', file=open('said', 'w'), flush=True); signal.pause()\""
    started = bench.start(bench.job(program, shell=DASH))
    said.next()
    os.killpg(started.pid, signal.SIGTERM)
    assert bench.wait(started.pid) == 143
    assert bench.directory().status() is not None


def test_a_function_of_bash_cannot_keep_the_status_from_being_written(bench: Bench) -> None:
    """An exported function of a program's name runs in the subshell, as all in bash does."""
    bash = shutil.which("bash")
    if bash is None:
        pytest.skip("there is no bash")
    environment = {**os.environ, "BASH_FUNC_train%%": "() { trap - EXIT; exec sh -c 'exit 4'; }"}
    assert bench.run("train now", shell=bash, environment=environment)[0] == 4
