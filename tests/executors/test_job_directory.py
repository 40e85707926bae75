"""What a job directory says about its attempt, whatever was left in it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import msgspec
import pytest

from ant_tui.executors import wrapper
from ant_tui.executors.job_directory import Finding
from ant_tui.executors.local import LocalExecutor
from tests.executors.bench import Bench, gpu

OTHER_BOOT = "00000000-1111-2222-3333-444444444444"


def leave(bench: Bench, started: str, status: str = "") -> None:
    """Lay an attempt out and leave in its directory what a wrapper might have written."""
    if not os.path.exists(bench.directory().path):
        bench.laid_out(bench.job("true"))
    Path(bench.directory().output).touch()
    Path(bench.directory().path, wrapper.STARTED).write_text(started + status)


class TestFindings:
    def test_nothing_at_all_means_not_started(self, bench: Bench) -> None:
        """No directory: no process of the attempt was ever started."""
        assert bench.executor.look(1, 1).finding is Finding.NOT_STARTED

    def test_laid_out_means_not_started(self, bench: Bench) -> None:
        bench.laid_out(bench.job("true"))
        assert bench.executor.look(1, 1).finding is Finding.NOT_STARTED
        assert bench.directory().never_began()

    def test_void_means_void(self, bench: Bench) -> None:
        """An attempt that was taken back stays so, also where its directory was never made."""
        assert bench.directory().void()
        assert bench.executor.look(1, 1).finding is Finding.VOID
        assert not bench.directory().void()

    def test_a_void_cut_short_means_void(self, bench: Bench) -> None:
        """The scheduler died while it took the attempt back: nothing had been started, so nothing runs."""
        bench.laid_out(bench.job("true"))
        Path(bench.directory().path, wrapper.STARTED).touch()
        assert bench.executor.look(1, 1).finding is Finding.VOID

    def test_running_means_alive(self, bench: Bench) -> None:
        """Who it is, since when, in which boot."""
        said, go = bench.words("said"), bench.words("go")
        started = bench.start(bench.job("echo on > said; read line < go"))
        said.next()
        found = bench.executor.look(1, 1)
        assert (found.finding, found.pid, found.pid_start) == (Finding.ALIVE, started.pid, started.pid_start)
        assert found.boot_id == bench.executor.boot_id
        claim = Path(bench.directory().path, wrapper.STARTED)
        assert found.started_at == claim.stat().st_mtime
        go.say("on")
        bench.wait(started.pid)

    def test_ended_means_exited(self, bench: Bench) -> None:
        """The status and the moment of the end, also when nobody was there to see it."""
        bench.run("exit 9")
        found = bench.executor.look(1, 1)
        assert (found.finding, found.status) == (Finding.EXITED, 9)
        assert found.exited_at == Path(bench.directory().path, wrapper.STARTED).stat().st_mtime
        assert found.started_at == Path(bench.directory().path, wrapper.RUN).stat().st_mtime
        assert not bench.directory().never_began()

    def test_the_moment_of_the_end_is_known_without_reading(self, bench: Bench) -> None:
        """And no claim is taken for a status."""
        started = bench.start(bench.job("true"))
        bench.wait(started.pid)
        told = Path(bench.directory().path, wrapper.STARTED)
        at = bench.directory().exited_at(started.pid, bench.executor.boot_id)
        assert at == told.stat().st_mtime
        os.truncate(told, told.stat().st_size - 2)
        assert bench.directory().exited_at(started.pid, bench.executor.boot_id) is None
        told.unlink()
        assert bench.directory().exited_at(started.pid, bench.executor.boot_id) is None

    def test_killed_means_gone(self, bench: Bench) -> None:
        """The wrapper began and is not there any more, and left no status."""
        said = bench.words("said")
        started = bench.start(bench.job("echo on > said; exec sleep 100"))
        said.next()
        os.killpg(started.pid, signal.SIGKILL)
        bench.wait(started.pid)
        found = bench.executor.look(1, 1)
        assert (found.finding, found.pid, found.status) == (Finding.GONE, started.pid, None)

    def test_another_boot_means_gone(self, bench: Bench) -> None:
        """After a reboot a process with the same pid is somebody else, even one with the right marker."""
        said, go = bench.words("said"), bench.words("go")
        started = bench.start(bench.job("echo on > said; read line < go"))
        said.next()
        leave(bench, started=f"{started.pid} {OTHER_BOOT}\n")
        found = bench.executor.look(1, 1)
        assert (found.finding, found.boot_id) == (Finding.GONE, OTHER_BOOT)
        go.say("on")
        bench.wait(started.pid)

    @pytest.mark.parametrize(
        ("told", "status"), [("255", 255), ("265", 137), ("393", 137), ("271", 143), ("256", 128), ("999", 231)]
    )
    def test_what_ksh_and_yash_tell_of_a_signal(self, bench: Bench, told: str, status: int) -> None:
        """256 + N and 384 + N are what 128 + N is elsewhere; never a code that no program can have."""
        leave(bench, started=f"4711 {OTHER_BOOT}\n", status=f"{told}\n")
        assert bench.executor.look(1, 1).status == status
        found = bench.directory().status()
        assert found is not None
        assert found[0] == status

    def test_a_status_of_another_boot_counts(self, bench: Bench) -> None:
        """A task that ended before the reboot has ended."""
        leave(bench, started=f"4711 {OTHER_BOOT}\n", status="3\n")
        found = bench.executor.look(1, 1)
        assert (found.finding, found.status, found.boot_id) == (Finding.EXITED, 3, OTHER_BOOT)

    def test_a_used_pid_means_gone(self, bench: Bench) -> None:
        """The pid of the claim lives in this boot, but without the marker: it was used again."""
        leave(bench, started=f"{os.getpid()} {bench.executor.boot_id}\n")
        assert bench.executor.look(1, 1).finding is Finding.GONE

    def test_another_attempts_wrapper_is_not_this_ones(self, bench: Bench) -> None:
        """Attempt 1 is not alive because attempt 11 is, whatever its claim says."""
        said, go = bench.words("said"), bench.words("go")
        started = bench.start(bench.job("echo on > said; read line < go", attempt=11))
        said.next()
        leave(bench, started=f"{started.pid} {bench.executor.boot_id}\n")
        assert bench.executor.look(1, 1).finding is Finding.GONE
        assert bench.executor.look(1, 11).finding is Finding.ALIVE
        go.say("on")
        bench.wait(started.pid)

    def test_another_schedulers_task_is_not_ours(self, bench: Bench) -> None:
        """Two data directories on one machine never take each other's processes for their own."""
        said, go = bench.words("said"), bench.words("go")
        started = bench.start(bench.job("echo on > said; read line < go"))
        said.next()
        other = LocalExecutor(bench.executor.root, "other")
        assert other.look(1, 1).finding is Finding.GONE
        assert other.members(1, 1, 0) == {}
        go.say("on")
        bench.wait(started.pid)


class TestTornFiles:
    @pytest.mark.parametrize("text", ["", "1", "0", "-1\n", "x\n", " \n", "\n", "1 2\n", "9" * 40 + "\n", "½\n"])
    def test_a_status_that_is_not_whole_is_none(self, bench: Bench, text: str) -> None:
        """A status without its newline is still being written, and rubbish is no status."""
        leave(bench, started=f"4711 {bench.executor.boot_id}\n", status=text)
        assert bench.directory().status() is None
        assert bench.executor.look(1, 1).finding is Finding.GONE

    @pytest.mark.parametrize("claim", ["", "12", "4711 half-a-boot-id"])
    def test_an_unfinished_claim_of_a_living_wrapper_is_alive(self, bench: Bench, claim: str) -> None:
        """The wrapper made the file and has not filled it, or there was no room: it is found by its marker."""
        said, go = bench.words("said"), bench.words("go")
        started = bench.start(bench.job("echo on > said; read line < go"))
        said.next()
        leave(bench, started=claim)
        found = bench.executor.look(1, 1)
        assert (found.finding, found.pid, found.pid_start) == (Finding.ALIVE, started.pid, started.pid_start)
        go.say("on")
        bench.wait(started.pid)

    def test_an_unfinished_claim_of_nobody_is_gone(self, bench: Bench) -> None:
        """It was claimed, so it may have run: it must not run again."""
        leave(bench, started="")
        assert bench.executor.look(1, 1).finding is Finding.GONE

    @pytest.mark.parametrize("claim", ["rubbish\n", "\xff\xfe\n", "0 0 0 0\n", "\n", "²\n", "x" * 500])
    def test_a_claim_that_is_rubbish_is_gone(self, bench: Bench, claim: str) -> None:
        """Somebody wrote into the file: that is a claim all the same, and no exception."""
        leave(bench, started=claim)
        assert bench.executor.look(1, 1).finding is Finding.GONE


class TestRecord:
    def test_tells_who_it_was_but_no_secret(self, bench: Bench) -> None:
        """``job.json`` names task, command and GPUs, and holds no environment."""
        job = bench.job("train", environment={"API_TOKEN": "s3cret"}, gpus=(gpu(2), gpu(0)))
        bench.laid_out(job)
        directory = bench.directory()
        text = Path(directory.path, "job.json").read_bytes()
        told = msgspec.json.decode(text)
        assert (told["number"], told["attempt"], told["id"], told["command"]) == (1, 1, "a-task", "train")
        assert b"s3cret" not in text
        assert directory.gpus() == (gpu(2), gpu(0))

    @pytest.mark.parametrize("text", [None, "", "{", '{"number": "x"}'])
    def test_that_cannot_be_read_names_no_gpu(self, bench: Bench, text: str | None) -> None:
        bench.laid_out(bench.job("true"))
        record = Path(bench.directory().path, "job.json")
        record.unlink()
        if text is not None:
            record.write_text(text)
        assert bench.directory().gpus() == ()

    def test_is_never_overwritten(self, bench: Bench) -> None:
        """A directory that is there is nobody's but the attempt's that made it (row 045)."""
        bench.laid_out(bench.job("echo first"))
        with pytest.raises(FileExistsError):
            bench.laid_out(bench.job("echo second"))
        assert "first" in Path(bench.directory().path, wrapper.RUN).read_text()

    def test_the_root_is_made_again(self, bench: Bench) -> None:
        """Somebody removed the directory of all logs: the next task runs all the same (row 144)."""
        os.rmdir(bench.executor.root)
        assert bench.run("echo fine") == (0, "fine\n")


class TestAWrapperOfAnEarlierVersion:
    """It goes on while the scheduler is upgraded, and leaves its status in a file of its own, ``exit``."""

    def test_that_ended_is_told_with_its_code(self, bench: Bench) -> None:
        bench.laid_out(bench.job("true"))
        directory = bench.directory()
        Path(directory.path, "started").write_text(f"4194304 {bench.executor.boot_id}\n")
        assert bench.executor.look(1, 1).finding is Finding.GONE
        left = Path(directory.path, "exit")
        left.write_text("3")
        assert directory.status() is None
        left.write_text("3\n")
        found = bench.executor.look(1, 1)
        assert (found.finding, found.status, found.exited_at) == (Finding.EXITED, 3, left.stat().st_mtime)

    def test_that_was_made_void_stays_void(self, bench: Bench) -> None:
        assert bench.directory().void()
        Path(bench.directory().path, "exit").write_text("0\n")
        assert bench.executor.look(1, 1).finding is Finding.VOID
