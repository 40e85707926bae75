"""What people rely on who come from other schedulers, tried on the real program: starting, GPUs, many tasks at once."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from ant_tui import __version__
from ant_tui.client.connection import connect
from tests.e2e.house import House, until


class TestStarting:
    @pytest.mark.parametrize(
        ("gpus", "said"),
        [
            ("9", "There is no GPU 9: this machine has 4 (0, 1, 2, 3)."),
            ("0,GPU-nobody", "There is no GPU GPU-nobody: this machine has 4 (0, 1, 2, 3)."),
            ("0,0", "GPU 0 stands twice"),
            ("0-2,1", "GPU 1 stands twice"),
            ("0,,1", "a comma too many"),
            ("-1", "There is no option -1"),
            ("", "There is no verb ''"),
        ],
    )
    def test_with_gpus_that_cannot_be_is_refused(self, house: House, gpus: str, said: str) -> None:
        """Ids that are not there, doubled, negative or empty: a sentence names them, nothing starts (rows 002, 003)."""
        done = house.run(gpus, "--no-ui", "--daemon", *house.options, code=2)
        assert said in done.stderr
        assert not house.pid

    def test_needs_no_terminal(self, house: House) -> None:
        """In a session of its own, with all streams closed, it runs tasks and ends by a signal (row 010)."""
        command = [*house.command("--no-ui", *house.options)]
        closed = ["sh", "-c", 'exec "$@" <&- >&- 2>&-', "sh", *command]
        env = {name: value for name, value in house.env.items() if name != "TERM"}
        process = subprocess.Popen(closed, env=env, cwd=house.work, start_new_session=True)
        try:
            until("it answers", lambda: house.address)
            house.run("submit", "-J", "one", "--wait", "--no-start", "echo done")
            assert house.log("one") == b"done\n"
        finally:
            process.terminate()
            assert process.wait(30) == 0

    def test_tells_product_version_and_health(self, house: House) -> None:
        """One call says which version runs and whether anything is wrong, also while tasks run (row 012)."""
        house.start()
        house.submit("-J", "long", "sleep 1000")
        house.until_state("long", "running")
        with connect(str(house.data)) as connection:
            said = connection.call("ping", {})
        assert (said["version"], said["trouble"], said["pid"]) == (__version__, "", house.pid)
        found = {one["check"]: one for one in house.ask("doctor", code=None)["checks"]}
        assert found["scheduler"]["status"] == "ok"
        house.run("cancel", "long")

    def test_writes_down_what_it_does(self, house: House) -> None:
        """Its own log has time, level and part in each line (row 186)."""
        house.start()
        lines = house.own_log().splitlines()
        assert lines
        shape = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} (INFO|WARNING|ERROR) ant_tui[.a-z_]*: .+"
        assert [line for line in lines if not re.fullmatch(shape, line)] == []


class TestGpus:
    def test_several_are_switched_in_one_call(self, house: House) -> None:
        """Off and on by a list and a range; each is told (row 151)."""
        house.start()
        told = house.ask("gpus", "disable", "0", "2-3")
        assert [one["ok"] for one in told["results"]] == [True, True, True]
        house.until_gpus("disabled", "free", "disabled", "disabled")
        house.run("gpus", "enable", "0,2,3")
        house.until_gpus("free", "free", "free", "free")

    def test_come_and_go_while_tasks_run(self, house: House) -> None:
        """Taken away, a GPU is handed out no more; given back, it is; the same scheduler and task go on (row 155)."""
        pid = house.start()
        house.submit("-J", "long", "-G", "1", "sleep 1000")
        house.until_state("long", "running")
        house.run("gpus", "remove", "1-3")
        assert [gpu["index"] for gpu in house.ask("gpus")["gpus"]] == [0]
        assert "GPU" in house.run("submit", "-G", "2", "true", code=5).stderr
        house.run("gpus", "add", "2")
        house.run("submit", "-J", "other", "-G", "1", "--wait", "true")
        assert house.task("other")["gpu_ids"] == [2]
        assert (house.task("long")["state"], house.pid) == ("running", pid)
        house.run("cancel", "long")


class TestMany:
    def test_succeeded_and_failed_are_seen_apart(self, house: House) -> None:
        """The same history, by how it ended (row 214)."""
        house.start()
        for name, command in (("good", "true"), ("bad", "exit 3"), ("fine", "true")):
            house.run("submit", "-J", name, "--wait", command, code=None)
        assert [task["id"] for task in house.ask("history", "--failed")["tasks"]] == ["bad"]
        completed = house.ask("queue", "--all", "--state", "completed")["tasks"]
        assert sorted(task["id"] for task in completed) == ["fine", "good"]

    def test_the_history_is_cleared_in_part_and_at_once(self, house: House) -> None:
        """By state or all of it; what still waits is not touched, and ids are free again (row 277)."""
        house.start()
        for name, command in (("good", "true"), ("bad", "exit 3"), ("worse", "exit 4")):
            house.run("submit", "-J", name, "--wait", command, code=None)
        house.run("pause")
        house.submit("-J", "waits", "true")
        house.run("forget", "--state", "failed")
        assert sorted(house.tasks()) == ["good", "waits"]
        house.run("forget", "--all")
        assert list(house.tasks()) == ["waits"]
        house.submit("-J", "good", "true")
        house.run("cancel", "--all")

    def test_queued_and_running_ones_are_changed_together(self, house: House) -> None:
        """Held, moved and cancelled by list, range and tag, each with its answer (rows 274, 278)."""
        house.start()
        house.run("submit", "-J", "long", "-G", "4", "--tag", "night", "sleep 1000")
        house.until_state("long", "running")
        for name in ("a", "b", "c", "d"):
            house.submit("-J", name, "-G", "4", *(["--tag", "night"] if name in "ad" else []), "true")
        house.run("hold", "a", "b")
        house.run("move", "c", "d", "--top")
        waiting = [task for task in house.ask("queue", "--state", "queued")["tasks"]]
        assert [task["id"] for task in waiting] == ["c", "d", "a", "b"]
        assert [task["reason"] for task in waiting][2:] == ["Held", "Held"]
        told = house.ask("cancel", "--tag", "night")["results"]
        assert sorted(one["id"] for one in told) == ["a", "d", "long"]
        house.until_state("long", "cancelled")
        house.run("cancel", "b", "c", code=None)

    def test_several_run_again_each_with_its_answer(self, house: House) -> None:
        """One that is not known fails for itself, and the call says so (row 234)."""
        house.start()
        for name in ("one", "two"):
            house.run("submit", "-J", name, "--wait", "true")
        told = house.ask("retry", "one", "nobody", "two", code=4)["results"]
        by_id = {one["id"]: one["ok"] for one in told}
        assert by_id == {"one-restart-1": True, "nobody": False, "two-restart-1": True}
        house.run("wait", "one-restart-1", "two-restart-1")


def test_logs_are_read_through_tasks_only(house: House, tmp_path: Path) -> None:
    """A path is no task, whatever file it leads to (row 293)."""
    house.start()
    secret = tmp_path / "secret.log"
    secret.write_text("s3cr3t")
    for name in (str(secret), f"../../{secret.name}", f"../../../../../../../../..{secret}"):
        done = house.run("logs", "--full", name, code=4)
        assert "s3cr3t" not in done.stdout


@pytest.mark.parametrize("lines", [1, 3])
def test_as_many_lines_of_the_end_as_one_likes(house: House, lines: int) -> None:
    """``-n`` says how many (row 188)."""
    house.start()
    house.run("submit", "-J", "counts", "--wait", "seq 100")
    assert house.run("logs", "-n", str(lines), "counts").stdout.split() == [str(n) for n in range(101 - lines, 101)]
