"""The wrapper's shell text, run by real shells: what it promises whatever the command does."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ant_tui.executors import processes, wrapper
from ant_tui.executors.job_directory import Finding
from ant_tui.executors.wrapper import run_script, shell_quote
from tests.executors.bench import Bench

BASH = shutil.which("bash")
SHELLS = ["/bin/sh", *([BASH] if BASH else [])]

pytestmark = pytest.mark.parametrize("shell", SHELLS, ids=os.path.basename)


class TestStatus:
    @pytest.mark.parametrize(
        ("command", "status"),
        [
            ("true", 0),
            ("exit 7", 7),
            ("(exit 3); echo on", 0),
            ("false; true", 0),
            ("exec sh -c 'exit 9'", 9),
            ("set -e; false; echo never", 1),
            ("trap 'exit 5' EXIT; true", 5),
            ("no-such-command-here", 127),
            ("/etc/passwd", 126),
            ("sh -c 'kill -TERM $$'", 143),
            ("cat <<END\nhello\nEND", 0),
            ("true # with a comment", 0),
            ("# only a comment\ntrue", 0),
            ("true \\", 0),
            ("a=1\nb=2\n[ $a$b = 12 ]", 0),
            ("test -d /nowhere", 1),
            ("printf x", 0),
            ("kill $$; sleep 100", 143),
            ("trap 'exit 6' USR1; kill -USR1 ${$}; exit 1", 6),
            ("echo $$ > pid; exec sh -c '[ $(cat pid) = $$ ] && exit 21'", 21),
            ("for i in 1 2 3; do\n  [ $i = 2 ] && exit 42\ndone", 42),
        ],
    )
    def test_is_the_commands_own(self, bench: Bench, shell: str, command: str, status: int) -> None:
        """The status on disk is that of the command, however it leaves its shell (row 211)."""
        assert bench.run(command, shell=shell)[0] == status

    @pytest.mark.parametrize("command", ["echo 'unterminated", "if true", "echo (", "cat <<END\nhello", "done"])
    def test_is_there_for_a_command_that_is_no_command(self, bench: Bench, shell: str, command: str) -> None:
        """A command that the shell cannot parse fails with a status and a message, like any other."""
        status, output = bench.run(command, shell=shell)
        assert (status, bool(output)) != (0, False)
        assert bench.executor.look(1, 1).finding is Finding.EXITED

    def test_of_a_pipeline_is_its_last_members(self, bench: Bench, shell: str) -> None:
        """Shell features work (row 074)."""
        assert bench.run(
            "printf 'a b' | tr ' ' '\\n' | wc -l; echo \"$(echo x)\" > /dev/null && exit 4", shell=shell
        ) == (
            4,
            "1\n",
        )

    def test_ends_with_a_newline(self, bench: Bench, shell: str) -> None:
        """A whole status can be told from one that is still being written."""
        bench.run("exit 12", shell=shell)
        assert Path(bench.directory().path, wrapper.STARTED).read_bytes().endswith(b"\n12\n")

    def test_is_written_by_nobody_else(self, bench: Bench, shell: str) -> None:
        """The command finds no descriptor open but its standard three."""
        assert bench.run("{ echo 0 >&3; } 2> /dev/null && echo leaked; exit 5", shell=shell) == (5, "")


class TestPlace:
    def test_the_command_runs_where_it_was_asked_to(self, bench: Bench, shell: str) -> None:
        """A working directory with every awkward character is entered as it is called."""
        place = bench.place / 'it\'s "a" $HOME `x` \\ place\tä'
        place.mkdir()
        assert bench.run("pwd", shell=shell, workdir=str(place)) == (0, f"{place}\n")

    def test_a_workdir_that_begins_with_a_dash_is_no_option(self, bench: Bench, shell: str) -> None:
        place = bench.place / "-x"
        place.mkdir()
        assert bench.run("pwd", shell=shell, workdir=str(place))[0] == 0

    def test_a_workdir_that_is_gone_fails_with_a_message(self, bench: Bench, shell: str) -> None:
        """The directory was removed between submission and start: the task fails, and its log names the directory."""
        status, output = bench.run("touch ran", shell=shell, workdir=str(bench.place / "gone"))
        assert status == 1
        assert str(bench.place / "gone") in output
        assert not (bench.place / "ran").exists()

    def test_a_job_directory_may_be_called_anything(self, bench: Bench, shell: str, tmp_path: Path) -> None:
        """Quotes and blanks in the path of the data directory harm nothing."""
        awkward = Bench(tmp_path / 'it\'s "the" $x; `y`' / "jobs")
        assert awkward.run("echo fine; exit 6", shell=shell) == (6, "fine\n")


class TestSignals:
    def test_a_loop_ends_when_its_group_is_asked_to(self, bench: Bench, shell: str) -> None:
        """TERM ends a shell loop, not only the process that it just runs; the wrapper lives to tell."""
        said = bench.words("said")
        started = bench.start(bench.job("echo on > said; while :; do sleep 100; done; echo never", shell=shell))
        said.next()
        os.killpg(started.pid, signal.SIGTERM)
        assert bench.wait(started.pid) == 143
        assert bench.directory().status() is not None
        assert Path(bench.directory().output).read_text() in ("", "Terminated\n")

    def test_a_trap_of_the_command_is_its_own(self, bench: Bench, shell: str) -> None:
        """A command that handles TERM runs its handler, and its own status counts."""
        said = bench.words("said")
        command = "trap 'echo bye; exit 3' TERM; echo on > said; while :; do sleep 0.01; done"
        started = bench.start(bench.job(command, shell=shell))
        said.next()
        os.killpg(started.pid, signal.SIGTERM)
        assert bench.wait(started.pid) == 3
        assert Path(bench.directory().output).read_text().endswith("bye\n")

    def test_a_child_that_ignores_term_goes_on(self, bench: Bench, shell: str) -> None:
        """Ignoring TERM is the command's right; the wrapper waits for it."""
        said, go = bench.words("said"), bench.words("go")
        command = "trap '' TERM; echo on > said; sh -c 'read line < go; echo still here; exit 8'"
        started = bench.start(bench.job(command, shell=shell))
        said.next()
        os.killpg(started.pid, signal.SIGTERM)
        go.say("on")
        assert bench.wait(started.pid) == 8
        assert Path(bench.directory().output).read_text() == "still here\n"

    def test_kill_leaves_no_status(self, bench: Bench, shell: str) -> None:
        """The wrapper itself was killed: the directory says that the attempt is gone, and makes no status up."""
        said = bench.words("said")
        started = bench.start(bench.job("echo on > said; sleep 100", shell=shell))
        said.next()
        os.killpg(started.pid, signal.SIGKILL)
        assert bench.wait(started.pid) == -signal.SIGKILL
        assert bench.executor.look(1, 1).finding is Finding.GONE

    def test_the_command_finds_every_signal_at_its_default(self, bench: Bench, shell: str) -> None:
        """Whatever this program ignores or blocks, a task does neither (a scheduler under nohup ignores HUP)."""
        ignored = [signal.SIGHUP, signal.SIGINT, signal.SIGPIPE, signal.SIGALRM, signal.SIGUSR1, signal.SIGPROF]
        before = {number: signal.signal(number, signal.SIG_IGN) for number in ignored}
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGUSR2})
        try:
            status, output = bench.run("grep -E 'Sig(Blk|Ign):' /proc/self/status", shell=shell)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
            for number, handler in before.items():
                signal.signal(number, handler)
        assert status == 0
        # 32 and 33 are the C library's own: nobody can set them.
        sets = {line.split()[0]: int(line.split()[1], 16) & ~(0b11 << 31) for line in output.splitlines()}
        assert sets == {"SigBlk:": 0, "SigIgn:": 0}


class TestSurroundings:
    def test_it_leads_a_session_of_its_own(self, bench: Bench, shell: str) -> None:
        """Ctrl+C and a lost terminal never reach a task (row 260)."""
        said, go = bench.words("said"), bench.words("go")
        started = bench.start(bench.job("echo on > said; read line < go", shell=shell))
        said.next()
        found = processes.stat_of(started.pid)
        assert found is not None
        assert (found.group, found.session, found.start) == (started.pid, started.pid, started.pid_start)
        assert found.session != os.getsid(0)
        go.say("on")
        bench.wait(started.pid)

    def test_there_is_nothing_to_read(self, bench: Bench, shell: str) -> None:
        """A command that reads its standard input finds its end at once and no terminal."""
        assert bench.run("cat; [ ! -t 0 ] && readlink /proc/self/fd/0", shell=shell) == (0, "/dev/null\n")

    def test_nothing_else_of_ours_is_open(self, bench: Bench, shell: str) -> None:
        """A task inherits no descriptor of the scheduler's, nor one that the scheduler inherited itself."""
        ours = [os.open("/dev/zero", os.O_RDONLY), os.dup2(0, 200, inheritable=True)]
        processes.keep_descriptors()
        try:
            _, output = bench.run("exec ls -l /proc/self/fd", shell=shell)
        finally:
            for descriptor in ours:
                os.close(descriptor)
        open_files = [line.split(" -> ")[1] for line in output.splitlines() if " -> " in line]
        log = bench.directory().output
        assert sorted(path for path in open_files if not path.startswith("/proc/")) == sorted(["/dev/null", log, log])

    def test_both_outputs_go_to_the_log_in_order(self, bench: Bench, shell: str) -> None:
        """Nothing of stdout or stderr is lost, and what was printed first comes first (row 184)."""
        command = "for i in 1 2 3; do echo out $i; echo err $i >&2; done"
        expected = "".join(f"out {i}\nerr {i}\n" for i in (1, 2, 3))
        assert bench.run(command, shell=shell) == (0, expected)

    def test_everything_is_private(self, bench: Bench, shell: str) -> None:
        """Nobody else can read a task's command or its log (row 296); the command's own umask is not changed."""
        mask = os.umask(0o022)
        try:
            bench.run("umask > mask; touch made", shell=shell)
        finally:
            os.umask(mask)
        directory = Path(bench.directory().path)
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        for name in (wrapper.OUTPUT, wrapper.RUN, "job.json"):
            assert stat.S_IMODE((directory / name).stat().st_mode) == 0o600, name
        assert (bench.place / "mask").read_text().strip() == "0022"
        assert stat.S_IMODE((bench.place / "made").stat().st_mode) == 0o644

    def test_no_process_but_the_shell_is_added(self, bench: Bench, shell: str) -> None:
        """A simple command costs one process beside the wrapper."""
        said, go = bench.words("said"), bench.words("go")
        reader = "import os; os.write(1, b''); open('said', 'w').write('on\\n'); open('go').readline()"
        started = bench.start(bench.job(f"{shell_quote(sys.executable)} -c {shell_quote(reader)}", shell=shell))
        said.next()
        assert len(bench.executor.members(1, 1, started.pid)) == 2
        go.say("on")
        bench.wait(started.pid)


class TestClaim:
    def test_two_wrappers_run_the_command_once(self, bench: Bench, shell: str) -> None:
        """Whoever claims the attempt first runs it; the other ends without a trace."""
        job = bench.job("echo ran >> ran", shell=shell)
        bench.laid_out(job)
        racing = [bench.wrapper(job) for _ in range(8)]
        codes = sorted(one.wait(20) != 0 for one in racing)
        assert codes == [False, *[True] * 7]
        assert (bench.place / "ran").read_text() == "ran\n"
        assert bench.executor.look(1, 1).status == 0

    def test_a_void_attempt_never_runs(self, bench: Bench, shell: str) -> None:
        """A scheduler took the attempt back before its wrapper began: it never will, however late it comes."""
        job = bench.job("touch ran", shell=shell)
        bench.laid_out(job)
        assert bench.directory().void()
        assert bench.wrapper(job).wait(20) != 0
        assert not (bench.place / "ran").exists()
        assert bench.executor.look(1, 1).finding is Finding.VOID

    def test_a_claimed_attempt_cannot_be_taken_back(self, bench: Bench, shell: str) -> None:
        """Once the wrapper has begun, nobody can say that it did not."""
        bench.run("true", shell=shell)
        assert not bench.directory().void()
        assert bench.executor.look(1, 1).finding is Finding.EXITED

    def test_racing_with_void_is_decided_once(self, bench: Bench, shell: str) -> None:
        """Wrapper and scheduler at the same moment: either it ran and was not void, or it was void and did not run."""
        for number in range(1, 21):
            job = bench.job(f"touch ran{number}", number, shell=shell)
            bench.laid_out(job)
            started = bench.wrapper(job)
            void = bench.directory(number).void()
            started.wait(20)
            assert void is not (bench.place / f"ran{number}").exists()

    def test_it_does_not_run_where_it_cannot_be_claimed(self, bench: Bench, shell: str) -> None:
        """No room to say that it began: the command is not run, and that can be seen."""
        job = bench.job("touch ran", shell=shell)
        bench.laid_out(job)
        os.symlink("/nowhere/at/all", f"{bench.directory().path}/{wrapper.STARTED}")
        assert bench.wrapper(job).wait(20) != 0
        assert not (bench.place / "ran").exists()
        assert bench.directory().never_began()

    def test_noclobber_does_not_reach_the_command(self, bench: Bench, shell: str) -> None:
        """What the wrapper sets for its own claim is off again: a redirection may overwrite a file."""
        assert bench.run("echo 1 > file; echo 2 > file; cat file", shell=shell) == (0, "2\n")


def test_any_text_can_be_quoted(shell: str) -> None:
    """A quoted word comes out of the shell as it went in, whatever it holds but NUL."""

    @settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1, max_size=8))
    def check(words: list[str]) -> None:
        line = "printf '%s\\0' " + " ".join(map(shell_quote, words))
        out = subprocess.run([shell, "-c", line], stdout=subprocess.PIPE, check=True).stdout
        assert out == b"".join(word.encode() + b"\0" for word in words)

    check()


def test_the_title_is_a_comment(shell: str) -> None:
    """The first line says whose wrapper this is, for whoever finds the file."""
    script = run_script(
        title="task 7, attempt 2", command="true", shell=shell, workdir="/", directory="/d", boot_id="b"
    )
    assert script.startswith("# task 7, attempt 2;")
    assert subprocess.run([shell, "-n"], input=script.encode(), check=False).returncode == 0
