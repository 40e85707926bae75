"""A command on a terminal of its own, for programs that show bars and colours only there.

The holder is ``script`` of util-linux: a process of the task like any other, so it outlives the scheduler. Its
copy of the output goes to the task's log; nothing is ever typed into it.
"""

from __future__ import annotations

from ant_tui.executors.wrapper import shell_quote

__all__ = ["COLUMNS", "LINES", "on_terminal"]

COLUMNS = 120
LINES = 40


def on_terminal(command: str, shell: str) -> str:
    """Wrap a shell text so that it runs on a terminal.

    Args:
        command: the shell text.
        shell: absolute path of the shell that reads it.

    Returns:
        The text to run. Its exit status is the command's (script(1), ``--return``).
    """
    inner = f"stty cols {COLUMNS} rows {LINES} 2>/dev/null\n{command}"
    held = f"{shell_quote(shell)} -c {shell_quote(inner)}"
    # script reads its command with $SHELL, which may be anything; the command itself keeps the user's own.
    return (
        f'ant_tui_shell="$SHELL"; SHELL=/bin/sh; export SHELL; '
        f"exec script --quiet --return --command 'SHELL='\"'$ant_tui_shell' exec \"{shell_quote(held)} /dev/null"
    )
