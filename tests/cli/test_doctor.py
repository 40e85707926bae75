"""``doctor``: what it looks at, what it says is wrong, and the one command that mends it."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from ant_tui import __version__
from ant_tui.cli import directory_checks, driver_probe, machine_checks, notify_checks
from ant_tui.cli.findings import Finding, install, output_of
from ant_tui.errors import DataDirectoryError
from ant_tui.journal import replay
from tests.cli.conftest import Run
from tests.cli.fake_scheduler import HANG_UP, FakeScheduler

PING = {"version": __version__, "trouble": ""}


@pytest.fixture
def healthy(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without a driver, a session manager and a tmux of its own would make the tests depend on it."""
    for name in ("driver", "linger", "clock", "tmux"):
        found = Finding(name, "ok", f"{name} is well.")
        monkeypatch.setattr(machine_checks, name, lambda found=found: found)


@pytest.mark.usefixtures("healthy")
class TestVerb:
    def test_everything_is_looked_at(self, run: Run, fake: FakeScheduler) -> None:
        """Each check has a line, and a healthy machine is code 0 (row 333)."""
        fake.answers["ping"] = PING
        result = run("doctor")
        assert result.code == 0
        assert [line.split()[0] for line in result.out.splitlines()] == [
            *("python", "settings", "notify", "data", "disk", "journal", "scheduler"),
            *("driver", "linger", "clock", "tmux"),
        ]

    def test_error_has_its_remedy_and_fails(
        self, run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A failure names the command that mends it, and the code is 1; a warning alone is not."""
        fake.answers["ping"] = PING
        monkeypatch.setattr(machine_checks, "tmux", lambda: Finding("tmux", "warning", "Old.", "sudo apt-get x"))
        assert run("doctor").code == 0
        monkeypatch.setattr(machine_checks, "clock", lambda: Finding("clock", "error", "It is 1970.", "ntpdate"))
        result = run("doctor")
        assert result.code == 1
        assert "clock     error    It is 1970.\n                   mend it with: ntpdate\n" in result.out

    def test_json_holds_every_check(self, run: Run, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch) -> None:
        """Programs get check, status, message and fix."""
        fake.answers["ping"] = PING
        monkeypatch.setattr(machine_checks, "clock", lambda: Finding("clock", "error", "It is 1970.", "ntpdate"))
        document = json.loads(run("doctor", "--json").out)
        assert document["ok"] is False
        assert {"check": "clock", "status": "error", "message": "It is 1970.", "fix": "ntpdate"} in document["checks"]
        assert {"check": "tmux", "status": "ok", "message": "tmux is well.", "fix": None} in document["checks"]


class TestScheduler:
    def test_nobody_is_no_failure(self, data_dir: Path) -> None:
        """That none runs is told with the command that starts one."""
        found = directory_checks.scheduler(str(data_dir))
        assert found.status == "ok"
        assert "ant-tui --no-ui --daemon" in found.message

    @pytest.mark.parametrize(
        ("ping", "status", "said"),
        [
            (PING, "ok", "answers"),
            ({**PING, "trouble": "The disk is full."}, "error", "disk is full"),
            ({**PING, "version": "0.0.1"}, "warning", "0.0.1"),
            (HANG_UP, "ok", "None runs"),
        ],
    )
    def test_its_own_word_counts(
        self, fake: FakeScheduler, data_dir: Path, ping: dict[str, Any], status: str, said: str
    ) -> None:
        """Trouble, another version, or going away while asked."""
        fake.answers["ping"] = ping
        found = directory_checks.scheduler(str(data_dir))
        assert found.status == status
        assert said in found.message

    @pytest.mark.parametrize(
        ("stopped", "same_start", "status", "fix"),
        [
            (True, True, "error", "kill -CONT {pid}"),
            (False, True, "error", "kill {pid} && sleep 1 && ant-tui --no-ui --daemon"),
            (False, False, "ok", ""),
        ],
    )
    def test_one_that_cannot_be_reached_is_found_by_its_process(
        self, data_dir: Path, stopped: bool, same_start: bool, status: str, fix: str
    ) -> None:
        """A stopped scheduler, or one whose socket was removed, is told; another process with its number is not it."""
        process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        start = int(Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split()[19])
        if stopped:
            process.send_signal(signal.SIGSTOP)
            os.waitpid(process.pid, os.WUNTRACED)
        address = {"pid": process.pid, "pid_start": start if same_start else start + 1, "socket": "/no/such/socket"}
        (data_dir / "scheduler.json").write_text(json.dumps(address))
        found = directory_checks.scheduler(str(data_dir))
        process.kill()
        process.communicate()
        assert (found.status, found.fix) == (status, fix.format(pid=process.pid))

    def test_one_that_does_not_answer_is_told(
        self, data_dir: Path, fake: FakeScheduler, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """A scheduler that listens but does not answer hangs; its log says more."""
        monkeypatch.setattr(directory_checks, "_PATIENCE_S", 0.05)
        answered = threading.Event()

        def wait(params: dict[str, Any]) -> dict[str, Any]:
            answered.wait(60)
            return PING

        fake.answers["ping"] = wait
        found = directory_checks.scheduler(str(data_dir))
        answered.set()
        assert found.status == "error"
        assert found.fix.startswith("tail ")


class TestPlace:
    def test_ready_directory(self, data_dir: Path, tmp_path: Path) -> None:
        """A directory that is ours is fine, and so is one that can be made; nothing is made by looking."""
        assert directory_checks.data_directory(str(data_dir)).status == "ok"
        later = tmp_path / "a" / "b"
        assert "will be made" in directory_checks.data_directory(str(later)).message
        assert not later.parent.exists()

    def test_file_in_its_place(self, tmp_path: Path) -> None:
        """A file where the directory should be is an error."""
        file = tmp_path / "file"
        file.touch()
        assert directory_checks.data_directory(str(file)).status == "error"

    def test_open_to_others(self, data_dir: Path) -> None:
        """Whoever may write there could run commands in our name."""
        (data_dir / "something").touch()
        data_dir.chmod(0o777)
        found = directory_checks.data_directory(str(data_dir))
        assert (found.status, found.fix) == ("error", f"chmod 700 {data_dir}")

    @pytest.mark.parametrize(
        ("kind", "status"),
        [("ext4", "ok"), ("xfs", "ok"), ("nfs4", "warning"), ("fuse.sshfs", "warning"), ("tmpfs", "warning")],
    )
    def test_kind_of_file_system(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch, kind: str, status: str) -> None:
        """Network and memory file systems are told, with the way out."""
        monkeypatch.setattr(directory_checks, "file_system", lambda path: kind)
        found = directory_checks.data_directory(str(data_dir))
        assert found.status == status
        assert kind in found.message
        assert bool(found.fix) is (status != "ok")

    def test_longest_mount_point_counts(self, tmp_path: Path) -> None:
        """The mount that is closest to a path says its type; a later one on the same point hides the earlier."""
        table = tmp_path / "mountinfo"
        table.write_text(
            "1 0 8:1 / / rw - ext4 /dev/a rw\n2 1 0:1 / /home rw shared:1 - nfs4 server:/h rw\nnonsense\n"
            "3 2 0:2 / /home/my\\040disk rw - xfs /dev/b rw\n"
            "4 1 0:3 / /mnt rw - ext4 x rw\n5 1 0:4 / /mnt rw - btrfs x rw\n"
        )
        for path, kind in (
            ("/home/me", "nfs4"),
            ("/homes", "ext4"),
            ("/home/my disk/x", "xfs"),
            ("/mnt/x", "btrfs"),
            ("/", "ext4"),
        ):
            assert directory_checks.file_system(path, str(table)) == kind
        assert directory_checks.file_system("/", "/no/such/table") == "unknown"

    @pytest.mark.parametrize(
        ("free", "files", "status"),
        [(10 << 30, 10**6, "ok"), (1 << 30, 10**6, "warning"), (1 << 20, 10**6, "error"), (10 << 30, 5, "error")],
    )
    def test_room(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch, free: int, files: int, status: str) -> None:
        """Little room is a warning, none an error; running out of files is running out of room."""
        room = SimpleNamespace(f_bavail=free // 4096, f_frsize=4096, f_files=10**7, f_favail=files)
        monkeypatch.setattr(os, "statvfs", lambda path: room)
        found = directory_checks.disk(str(data_dir))
        assert found.status == status
        assert bool(found.fix) is (status != "ok")

    def test_journal(self, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """What cannot be read of the journal is told; one of a newer version is an error."""
        assert directory_checks.journal(str(data_dir)).message == "Nothing has been recorded yet."
        (data_dir / "journal").mkdir()
        assert directory_checks.journal(str(data_dir)).status == "ok"
        damaged = SimpleNamespace(notes=("A line is damaged.",), needs_repair=True)
        monkeypatch.setattr(replay, "read", lambda directory: damaged)
        assert directory_checks.journal(str(data_dir)).status == "warning"

        def refuse(directory: Path) -> None:
            raise DataDirectoryError("A newer version wrote this.")

        monkeypatch.setattr(replay, "read", refuse)
        assert directory_checks.journal(str(data_dir)).status == "error"

    def test_settings(self, tmp_path: Path) -> None:
        """Settings with a mistake are an error that ``config edit`` mends."""
        file = tmp_path / "config.toml"
        file.write_text("[scheduler]\nx = 1\n")
        found = directory_checks.settings(str(file))
        assert (found.status, found.fix) == ("error", "ant-tui config edit")
        file.write_text("")
        assert directory_checks.settings(str(file)).status == "ok"


class TestNotify:
    @pytest.mark.parametrize(
        ("lines", "status", "said"),
        [
            ("", "ok", "Nobody is told"),
            ("bell = true", "ok", "bell"),
            ("command = 'true'\nwebhook = 'https://hooks.example.org/T?x=s3cr3t'", "ok", "command, webhook"),
            ('command = \'LEVEL=info printf "%s" "$ANT_TUI_ID" | cat\'', "ok", "command"),
            ("command = 'if true; then no-such-program; fi'", "ok", "command"),
            ("command = 'true'\nstates = []", "warning", "nobody is ever told"),
            ("command = 'no-such-program --now'", "error", "no-such-program"),
            ("command = '/etc/passwd hello'", "error", "/etc/passwd"),
            ("command = 'echo \"never closed'", "error", "nothing that a shell understands"),
            ("webhook = 'no-address'", "warning", "settings have mistakes"),
            ("webhook = 'https:///s3cr3t'", "error", "host and port"),
            ("webhook = 'https://host:99999999/s3cr3t'", "error", "no address"),
            ("webhook = 'https://me:s3cr3t/x@host'", "error", "no address"),
            ("webhook = 'https://[::1/s3cr3t'", "error", "no address"),
        ],
    )
    def test_who_is_to_be_told_can_be_told(self, tmp_path: Path, lines: str, status: str, said: str) -> None:
        """The command exists and the address can be one (row 218); the address itself, maybe a secret, is not shown."""
        file = tmp_path / "config.toml"
        file.write_text(f"[notify]\n{lines}\n")
        found = notify_checks.notify(str(file))
        assert (found.status, found.fix) == (status, "" if status == "ok" else "ant-tui config edit")
        assert said in found.message
        assert "s3cr3t" not in found.message


GPU: dict[str, object] = {"index": 0, "name": "H200", "problem": ""}


class TestDriver:
    @pytest.mark.parametrize(
        ("error", "gpus", "has_device", "status", "fix"),
        [
            ("", [GPU], True, "ok", ""),
            ("", [GPU, {**GPU, "index": 1, "problem": "fallen off"}], True, "error", "nvidia-smi --gpu-reset"),
            ("The kernel driver is not loaded.", [], True, "error", "modprobe nvidia"),
            ("Library and driver differ in version.", [], True, "error", "reboot"),
            ("The library was not found.", [], True, "error", "nvidia-driver"),
            ("The Python package nvidia-ml-py cannot be used.", [], True, "error", "pip install"),
            ("Something else.", [], True, "error", "nvidia-smi"),
        ],
    )
    def test_each_failure_has_its_remedy(
        self, error: str, gpus: list[dict[str, object]], has_device: bool, status: str, fix: str
    ) -> None:
        """What the driver says leads to the one command that mends it."""
        found = machine_checks.judge_driver("NVIDIA 1", error, gpus, has_device=has_device)
        assert found.status == status
        assert fix in found.fix
        assert bool(found.fix) is (status != "ok")

    def test_machine_without_gpu_is_told_how_to_try_things_out(self) -> None:
        """Nothing mends that there is none, and simulated ones are not called a remedy."""
        found = machine_checks.judge_driver("NVIDIA 1", "no GPU", [], has_device=False)
        assert (found.status, found.fix) == ("warning", "")
        assert found.message.endswith("To try things out: ant-tui --simulate-gpus 4")

    def test_driver_that_hangs_is_left_alone(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A driver that does not answer is told, and the doctor goes on."""
        probe = tmp_path / "probe.py"
        probe.write_text("import signal\nsignal.pause()\n")
        monkeypatch.setattr(driver_probe, "__file__", str(probe))
        monkeypatch.setattr(machine_checks, "_DRIVER_PATIENCE_S", 0.2)
        found = machine_checks.driver()
        assert found.status == "error"
        assert "hangs" in found.message

    def test_driver_that_crashes_is_told(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        """A driver that takes its process down costs only that process."""
        probe = tmp_path / "probe.py"
        probe.write_text("import os\nos.abort()\n")
        monkeypatch.setattr(driver_probe, "__file__", str(probe))
        assert machine_checks.driver().status == "error"

    def test_real_probe_says_something(self) -> None:
        """The child process speaks to whatever driver there is, or is not."""
        assert machine_checks.driver().check == "driver"


class TestMachine:
    def test_python_is_named(self) -> None:
        """Which Python runs is the first thing that a report needs."""
        assert sys.executable in machine_checks.python().message

    def test_clock_that_lost_its_time(self) -> None:
        """A clock in the past spoils the history."""
        assert machine_checks.clock(0).status == "error"
        assert machine_checks.clock(1_735_689_601).status == "warning"

    @pytest.mark.parametrize(("said", "status"), [("yes", "ok"), ("no", "warning"), (None, "ok")])
    def test_lingering(self, monkeypatch: pytest.MonkeyPatch, said: str | None, status: str) -> None:
        """Without lingering the control socket goes with the last session."""
        monkeypatch.setattr(os.path, "isdir", lambda path: True)
        monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/loginctl")
        monkeypatch.setattr(machine_checks, "output_of", lambda command: said)
        found = machine_checks.linger()
        assert found.status == status
        assert found.fix == ("loginctl enable-linger" if status == "warning" else "")

    @pytest.mark.parametrize(
        ("version", "status"), [("tmux 3.4", "ok"), ("tmux 3.3a", "ok"), ("tmux 1.8", "warning"), ("tmux master", "ok")]
    )
    def test_tmux(self, monkeypatch: pytest.MonkeyPatch, version: str, status: str) -> None:
        """Its version is told; a very old one is a warning."""
        monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/tmux")
        monkeypatch.setattr(machine_checks, "output_of", lambda command: version)
        assert machine_checks.tmux().status == status

    def test_missing_tmux(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Without tmux the screen ends with the connection."""
        monkeypatch.setattr(shutil, "which", lambda name: None)
        assert machine_checks.tmux().status == "warning"

    def test_package_manager_is_the_machines_own(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """What installs a package depends on the distribution."""
        monkeypatch.setattr(shutil, "which", lambda name: name if name == "dnf" else None)
        assert install("tmux") == "sudo dnf install tmux"
        monkeypatch.setattr(shutil, "which", lambda name: None)
        assert "tmux" in install("tmux")

    def test_program_that_fails_or_hangs_says_nothing(self) -> None:
        """Asking a program never fails."""
        assert output_of(["sh", "-c", "echo hi"]) == "hi"
        assert output_of(["sh", "-c", "exit 1"]) is None
        assert output_of(["/no/such/program"]) is None
        assert output_of(["sh", "-c", "exec tail -f /dev/null"], timeout=0.1) is None
