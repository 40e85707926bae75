"""What the doctor looks at on the machine: Python, driver, lingering, clock, tmux."""

from __future__ import annotations

import getpass
import glob
import json
import os
import platform
import shutil
import subprocess
import sys
import time

from ant_tui.cli import driver_probe
from ant_tui.cli.findings import Finding, install, output_of

__all__ = ["clock", "driver", "linger", "python", "tmux"]

_DRIVER_PATIENCE_S = 15.0
_RELEASED = 1_735_689_600  # 2025-01-01: a clock that shows less has lost its time
_NVIDIA = "0x10de"
_OLDEST_TMUX = 3.0


def python() -> Finding:
    """Which Python this is."""
    return Finding("python", "ok", f"Python {platform.python_version()} at {sys.executable}.")


def driver() -> Finding:
    """Whether the driver answers, asked in a process of its own."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", driver_probe.__file__],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_DRIVER_PATIENCE_S,
            check=False,
        )
    except subprocess.TimeoutExpired:
        message = f"The NVIDIA driver has not answered for {_DRIVER_PATIENCE_S:g} s; it hangs."
        return Finding("driver", "error", message, "sudo dmesg | grep -i -e nvrm -e xid")
    try:
        found = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        return Finding("driver", "error", f"Asking the driver failed: {last or done.returncode}", "nvidia-smi")
    return judge_driver(found["driver"], found["error"], found["gpus"], has_device=_has_nvidia_device())


def judge_driver(name: str, error: str, gpus: list[dict[str, object]], *, has_device: bool) -> Finding:
    """Say what the driver's answer means."""
    broken = [gpu for gpu in gpus if gpu["problem"]]
    if broken:
        message = "; ".join(f"GPU {gpu['index']}: {gpu['problem']}" for gpu in broken)
        return Finding("driver", "error", message, "sudo nvidia-smi --gpu-reset")
    if gpus:
        names = sorted({str(gpu["name"]) for gpu in gpus})
        return Finding("driver", "ok", f"{name}, {len(gpus)} GPUs: {', '.join(names)}.")
    if not has_device:
        message = "No NVIDIA GPU is in this machine; tasks without GPUs run."
        return Finding("driver", "warning", f"{message} To try things out: ant-tui --simulate-gpus 4")
    if "package" in error:
        fix = f"{sys.executable} -m pip install --upgrade nvidia-ml-py"
    elif "not loaded" in error:
        fix = "sudo modprobe nvidia"
    elif "differ in version" in error:
        fix = "sudo reboot"
    elif "not found" in error:
        fix = install("nvidia-driver")
    else:
        fix = "nvidia-smi"
    return Finding("driver", "error", error, fix)


def _has_nvidia_device() -> bool:
    for path in glob.glob("/sys/bus/pci/devices/*/vendor"):
        try:
            with open(path, encoding="ascii") as file:
                if file.read().strip() == _NVIDIA:
                    return True
        except (OSError, UnicodeDecodeError):
            continue  # a device that vanishes is none
    return os.path.exists("/dev/nvidiactl")  # inside a container the bus may not be visible


def linger() -> Finding:
    """Whether the user's runtime directory, where the control socket is, outlives the last session."""
    if not os.path.isdir("/run/systemd/system") or not shutil.which("loginctl"):
        return Finding("linger", "ok", "No systemd manages sessions here; nothing ends with the last of them.")
    said = output_of(["loginctl", "show-user", _user(), "--property=Linger", "--value"])
    if said == "yes":
        return Finding("linger", "ok", "Sessions linger: the scheduler stays when you log out.")
    if said is None:
        return Finding("linger", "ok", "You have no session that systemd knows; nothing ends with it.")
    message = "When your last session ends, systemd removes the control socket, and may end the scheduler."
    return Finding("linger", "warning", message, "loginctl enable-linger")


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container may run as a user that it does not know
        return str(os.getuid())


def clock(now: float | None = None) -> Finding:
    """Whether the clock can be believed; a wrong one spoils every time in the history."""
    now = time.time() if now is None else now
    fix = "sudo timedatectl set-ntp true"
    if now < _RELEASED:
        return Finding("clock", "error", f"The clock says {time.strftime('%Y-%m-%d', time.gmtime(now))}.", fix)
    up = time.clock_gettime(time.CLOCK_BOOTTIME)
    booted = time.strftime("%Y-%m-%d %H:%M", time.localtime(now - up))
    if now - up < _RELEASED:
        return Finding("clock", "warning", f"By the clock this machine was booted on {booted}; it was set since.", fix)
    if os.path.isdir("/run/systemd/system") and output_of(["timedatectl", "show", "-p", "NTPSynchronized"]) == (
        "NTPSynchronized=no"
    ):
        return Finding("clock", "warning", "Nothing keeps the clock in step with the network's time.", fix)
    return Finding("clock", "ok", f"{time.strftime('%Y-%m-%d %H:%M:%S %Z', time.localtime(now))}, up since {booted}.")


def tmux() -> Finding:
    """Whether there is something that keeps the screen alive when the connection is lost."""
    if shutil.which("tmux") is None:
        message = "There is no tmux: the screen ends with your connection (tasks go on)."
        return Finding("tmux", "warning", message, install("tmux"))
    version = output_of(["tmux", "-V"]) or "tmux"
    digits = "".join(character for character in version.split()[-1] if character.isdigit() or character == ".")
    try:
        old = float(".".join(digits.split(".")[:2])) < _OLDEST_TMUX
    except ValueError:
        old = False  # a build from the development branch
    if old:
        return Finding("tmux", "warning", f"{version} is old; colours and the clipboard suffer.", install("tmux"))
    inside = " You are in it." if os.environ.get("TMUX") else ""
    return Finding("tmux", "ok", f"{version}.{inside}")
