"""The text of ``run.sh``: the tiny POSIX shell program that holds one task.

It claims the attempt, runs the command, and leaves the exit status behind. It needs nothing but a POSIX shell, so the
same text serves any machine. Five of its lines are less obvious than they look:

* ``set -C`` makes the redirection into ``started`` an exclusive creation. Whoever creates that file owns the attempt:
  the wrapper, or a scheduler that after a crash declares the attempt void. So nothing runs twice, however late the
  wrapper is. The file is filled only afterwards, so that on a full disk an attempt which was claimed also runs.
* the same file takes the exit status as its second line, appended. A file of its own, like one that is opened to be
  truncated, would cost a short task a good part of its life; and on a full disk there might be no room for it.
* the command runs in a subshell, so that its ``exit``, ``exec``, traps and options are its own; a shell runs a single
  simple command in there without a further process. What is known to do nothing to the shell around it (``harmless``)
  runs without one, as copying a shell is the dearest thing in a short task's life.
* the status is written by a trap on ``EXIT``, so that a command which the shell cannot even parse leaves one too.
* ``trap :`` instead of ``trap ''``: the wrapper outlives a signal to its group in order to write the status, and the
  command still receives it, because a trap that does something is reset in a subshell while an ignored signal is not.

No process but the shell itself is started: reading ``/proc`` from here would cost more than all the rest together, so
the process's start time is read by whoever starts it.
"""

from __future__ import annotations

from collections.abc import Sequence

__all__ = ["OUTPUT", "RUN", "STARTED", "VOID", "run_script", "shell_quote"]

RUN = "run.sh"
STARTED = "started"
EXIT = "exit"
"""Where wrappers of versions before 2026-11 left the status; those that still run do."""
OUTPUT = "output.log"
VOID = "void\n"
"""What a scheduler writes into ``started`` when it takes the attempt back."""


def shell_quote(text: str) -> str:
    """Quote any text without NUL as one word of a POSIX shell."""
    return "'" + text.replace("'", "'\"'\"'") + "'"


_RULE = "=" * 72
_FOOTER = """\
ant_tui_end() {
    ant_tui_status=$?
    ant_tui_kind=failed
    [ "$ant_tui_status" -ne 0 ] || ant_tui_kind=completed
    ant_tui_kind=${ant_tui_told:-$ant_tui_kind}
    ant_tui_signal=
    [ "$ant_tui_status" -le 128 ] || [ "$ant_tui_status" -gt 192 ] ||
        ant_tui_signal=", signal $((ant_tui_status - 128))"
    ant_tui_now=$(command -p date '+%Y-%m-%d %H:%M:%S %z %s')
    ant_tui_at=${ant_tui_now##* }
    printf '\\n%s\\n%s (exit code %s%s)\\n' RULE "$ant_tui_kind" "$ant_tui_status" "$ant_tui_signal"
    case $ant_tui_at in
    '' | *[!0-9]*) ;;
    *)
        ant_tui_took=$((ant_tui_at - SINCE))
        printf 'stopped:         %s (%s)\\nduration:        %d:%02d:%02d\\n' "${ant_tui_now% *}" "$ant_tui_at" \\
            $((ant_tui_took / 3600)) $((ant_tui_took / 60 % 60)) $((ant_tui_took % 60))
        ;;
    esac
    printf '%s\\n' RULE
    printf '%s\\n' "$ant_tui_status" >> STATUS_FILE
}
"""
"""What the wrapper does at its end where the log gets a footer; its words are those of ``output.header``."""


def run_script(
    *,
    title: str,
    command: str,
    shell: str,
    workdir: str,
    directory: str,
    boot_id: str,
    header: Sequence[str] = (),
    since: float = 0.0,
    apart: bool = True,
) -> str:
    """Write the wrapper for one attempt.

    Args:
        title: one line that says whose wrapper this is; control characters must have been removed.
        command: the shell text to run, whole; its lines stay lines.
        shell: absolute path of the shell that reads this script.
        workdir: absolute path to run it in.
        directory: absolute path of the job directory.
        boot_id: the boot in which the process will live.
        header: lines to write into the log above the output; with them goes a footer below it. Both are part of the
            log then, and cost a process (``date``) at the end. A task that is ended with KILL has no footer.
        since: with a header, epoch seconds from which the duration in the footer counts.
        apart: whether the command needs a subshell (see ``harmless``).
    """
    claim = shell_quote(f"{directory}/{STARTED}")
    on_exit = shell_quote(f"printf '%s\\n' \"$?\" >> {claim}")
    framing = ""
    if header:
        lines = " ".join(shell_quote(line) for line in (_RULE, *header, _RULE))
        footer = (
            _FOOTER.replace("RULE", shell_quote(_RULE)).replace("SINCE", str(int(since))).replace("STATUS_FILE", claim)
        )
        framing = f"ant_tui_told=\ntrap ant_tui_told=terminated TERM\nprintf '%s\\n' {lines}\n{footer}"
        on_exit = "ant_tui_end"
    return (
        f"# {title}; written by ant-tui, runs once\n"
        "trap : HUP INT QUIT USR1 USR2 ALRM TERM\n"
        "set -C\n"
        f"exec 3> {claim} || exit 1\n"
        "set +C\n"
        f"printf '%s %s\\n' \"$$\" {boot_id} >&3 2>/dev/null\n"
        "exec 3>&-\n"
        f"{framing}"
        f"trap {on_exit} EXIT\n"
        f"cd -- {shell_quote(workdir)} || exit 1\n"
        f"{_in_subshell(command, shell) if apart else command}\n"
    )


def _in_subshell(command: str, shell: str) -> str:
    """Keep what a command does to its shell away from the wrapper; one that asks for its pid has a shell of its own.

    In a subshell ``$$`` is still the pid of the shell around it: ``kill $$`` would be sent to the wrapper, which
    outlives it, and ``echo $$ > server.pid; exec server`` would name the wrong process.
    """
    if "$$" in command or "${$" in command:
        command = f"exec {shell_quote(shell)} -c {shell_quote(command)}"
    return f"(\n{command}\n)"
