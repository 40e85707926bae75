"""The text of ``run.sh``: the tiny POSIX shell program that holds one task.

It claims the attempt, runs the command, and leaves the exit status behind. It needs nothing but a POSIX shell, so the
same text serves any machine. Four of its lines are less obvious than they look:

* ``set -C`` makes the redirection into ``started`` an exclusive creation. Whoever creates that file owns the attempt:
  the wrapper, or a scheduler that after a crash declares the attempt void. So nothing runs twice, however late the
  wrapper is. The file is filled only afterwards, so that on a full disk an attempt which was claimed also runs.
* the command runs in a subshell, so that its ``exit``, ``exec``, traps and options are its own; a shell runs a single
  simple command in there without a further process.
* the status is written by a trap on ``EXIT``, so that a command which the shell cannot even parse leaves one too.
* ``trap :`` instead of ``trap ''``: the wrapper outlives a signal to its group in order to write the status, and the
  command still receives it, because a trap that does something is reset in a subshell while an ignored signal is not.

No process but the shell itself is started: reading ``/proc`` from here would cost more than all the rest together, so
the process's start time is read by whoever starts it.
"""

from __future__ import annotations

__all__ = ["EXIT", "OUTPUT", "RUN", "STARTED", "VOID", "run_script", "shell_quote"]

RUN = "run.sh"
STARTED = "started"
EXIT = "exit"
OUTPUT = "output.log"
VOID = "void\n"
"""What a scheduler writes into ``started`` when it takes the attempt back."""


def shell_quote(text: str) -> str:
    """Quote any text without NUL as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


def run_script(*, title: str, command: str, workdir: str, directory: str, boot_id: str) -> str:
    """Write the wrapper for one attempt.

    Args:
        title: one line that says whose wrapper this is; control characters must have been removed.
        command: the shell text to run, whole; its lines stay lines.
        workdir: absolute path to run it in.
        directory: absolute path of the job directory.
        boot_id: the boot in which the process will live.
    """
    started, ended = shell_quote(f"{directory}/{STARTED}"), shell_quote(f"{directory}/{EXIT}")
    on_exit = shell_quote(f"printf '%s\\n' \"$?\" > {ended}")
    return (
        f"# {title}; written by ant-tui, runs once\n"
        "trap : HUP INT QUIT USR1 USR2 ALRM TERM\n"
        "set -C\n"
        f"{{ printf '' > {started}; }} 2>/dev/null || exit 1\n"
        "set +C\n"
        f"{{ printf '%s %s\\n' \"$$\" {boot_id} > {started}; }} 2>/dev/null\n"
        f"trap {on_exit} EXIT\n"
        f"cd -- {shell_quote(workdir)} || exit 1\n"
        "(\n"
        f"{command}\n"
        ")\n"
    )
