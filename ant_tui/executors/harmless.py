"""Which commands do nothing to the shell that runs them, so that the wrapper need not make a copy of itself for them.

That copy is the dearest thing in a short task's life. But a command that is wrongly spared it can keep the wrapper from
leaving the exit status; so only what is known for certain counts, and every doubt costs no more than the copy:

* the shell is dash, which has no functions but those of the script. In bash any name may be a function, from the
  environment or from the file that ``BASH_ENV`` names.
* the command is a word or two that the shell itself does at once (``true``, ``echo done``), or a single program with
  variables of its own, arguments and files. For a program dash uses vfork(2).
* the files are plain ones: dash opens them itself, and whoever waits for the other end of a FIFO must die of a signal.
"""

from __future__ import annotations

import os
import re
from functools import cache
from stat import S_ISREG

__all__ = ["is_harmless"]

_DONE_AT_ONCE = re.compile(r"(?:true|false|:|echo|printf|test|pwd|exit)(?: [A-Za-z0-9_./,:@%+-]*)*", re.ASCII)

_VARIABLE = r"\$(?:[A-Za-z_][A-Za-z0-9_]*|\{[A-Za-z_][A-Za-z0-9_]*\})"
_WORD = rf"""(?:[A-Za-z0-9_./,:@%+=~*?\[\]{{}}-]|{_VARIABLE}|'[^']*'|"(?:[^"$`\\!]|{_VARIABLE})*")++"""
_FILE = r"[A-Za-z0-9_./,:@%+=-]++"
_REDIRECTION = rf"(?:[0-2]?(?:>>?|<) *{_FILE}|[12]?>&[12])"
_PROGRAM = re.compile(
    rf"(?:[A-Za-z_][A-Za-z0-9_]*=(?:{_WORD})? +)*([A-Za-z0-9_./+-]++)((?: +(?:{_REDIRECTION}|{_WORD}))*) *", re.ASCII
)
_FILES = re.compile(rf"'[^']*'|\"[^\"]*\"|[><] *({_FILE})")

_LONGEST = 4096
"""Characters up to which a command is looked at."""

_SHELLS_OWN = """
if then else elif fi do done case esac while until for in function select time coproc namespace
. alias autoload bg bind break builtin caller cat cd chdir command compgen complete compopt continue declare dirs disown
echo enable eval exec exit export false fc fg float functions getopts global hash help history integer jobs kill let
local logout mapfile mknod nameref popd print printf pushd pwd read readarray readonly realpath rename return set shift
shopt sleep source stop suspend test times trap true type typeset ulimit umask unalias unset wait whence
"""
"""Reserved words, and what dash or one that is built like it has built in: not programs."""

_NO_PROGRAMS = frozenset(_SHELLS_OWN.split())


def is_harmless(command: str, shell: str, workdir: str) -> bool:
    """Whether a command certainly does nothing to the shell that runs it.

    Args:
        command: the shell text.
        shell: absolute path of the shell, on this machine.
        workdir: absolute path of the directory in which it will run.
    """
    if len(command) > _LONGEST or not _is_dash(shell):
        return False
    if _DONE_AT_ONCE.fullmatch(command):
        return True
    found = _PROGRAM.fullmatch(command)
    if found is None or found[1] in _NO_PROGRAMS:
        return False
    files = [name for name in _FILES.findall(found[2]) if name]
    return all(_opens_at_once(os.path.join(workdir, name)) for name in files)


@cache
def _is_dash(shell: str) -> bool:
    return os.path.basename(os.path.realpath(shell)) == "dash"


def _opens_at_once(path: str) -> bool:
    try:
        return path == os.devnull or S_ISREG(os.stat(path).st_mode)
    except OSError:
        return True  # it is not there: it will be made, or cannot be opened
