"""Beginning a process without holding up the threads that are not concerned: ``posix_spawn`` of the C library.

``os.posix_spawn`` keeps the interpreter's lock until the child has begun its program. On a busy machine that takes
milliseconds, in which no other thread does anything: the child has to wait for a processor first, and it is exactly a
scheduler's machine that is busy. Called this way, only the calling thread waits.
"""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Mapping, Sequence
from functools import cache

__all__ = ["spawn_detached"]

_OBJECT_SIZE = 1024
"""Bytes set aside for what only the C library looks into; glibc's and musl's largest takes 336."""

_SETSIGDEF, _SETSIGMASK, _SETSID = 0x04, 0x08, 0x80
"""Flags of posix_spawnattr_setflags(3), the same in glibc and musl."""


class _Library:
    """The functions of the C library, and the attributes that every spawned process shares."""

    def __init__(self) -> None:
        self.spawn = ctypes.CDLL(None).posix_spawn
        self.spawn.argtypes = [ctypes.c_void_p, ctypes.c_char_p, *[ctypes.c_void_p] * 4]
        quick = ctypes.PyDLL(None)  # these only write into memory: giving the lock away would cost more than they do
        self.init = quick.posix_spawn_file_actions_init
        self.add_open = quick.posix_spawn_file_actions_addopen
        self.add_open.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_char_p, ctypes.c_int, ctypes.c_uint]
        self.add_dup2 = quick.posix_spawn_file_actions_adddup2
        self.destroy = quick.posix_spawn_file_actions_destroy
        self.attributes = ctypes.create_string_buffer(_OBJECT_SIZE)
        default, none = ctypes.create_string_buffer(_OBJECT_SIZE), ctypes.create_string_buffer(_OBJECT_SIZE)
        quick.sigemptyset(none)
        quick.sigfillset(default)
        for number in (signal.SIGKILL, signal.SIGSTOP):
            quick.sigdelset(default, int(number))
        quick.posix_spawnattr_init(self.attributes)
        quick.posix_spawnattr_setsigdefault(self.attributes, default)
        quick.posix_spawnattr_setsigmask(self.attributes, none)
        set_flags = quick.posix_spawnattr_setflags
        set_flags.argtypes = [ctypes.c_void_p, ctypes.c_short]
        _check(set_flags(self.attributes, _SETSIGDEF | _SETSIGMASK | _SETSID), "posix_spawn")


_library = cache(_Library)


def spawn_detached(arguments: Sequence[str], environment: Mapping[str, str], output: str) -> int:
    """Begin a program in a session of its own, with default signals, no input, and its output appended to a file.

    See posix_spawn(3). The calling thread waits until the program has begun, and no other does.

    Args:
        arguments: the program's absolute path, and what it is given.
        environment: the complete environment.
        output: absolute path of the file for standard output and error; made with mode 0600 if it is not there.

    Returns:
        The new process's pid; it is our child.

    Raises:
        OSError: no process was begun.
        ValueError: a text holds NUL, or the name of a variable is empty or holds ``=``.
    """
    library = _library()
    if "" in environment or "=" in "".join(environment):
        raise ValueError("illegal environment variable name")
    path, *encoded = _encoded([output, *arguments, *map("=".join, environment.items())])
    words, variables = _vector(encoded[: len(arguments)]), _vector(encoded[len(arguments) :])
    actions = ctypes.create_string_buffer(_OBJECT_SIZE)
    pid = ctypes.c_int()
    _check(library.init(actions), output)
    try:
        append = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        _check(library.add_open(actions, 0, b"/dev/null", os.O_RDONLY, 0), output)
        _check(library.add_open(actions, 1, path, append, 0o600), output)
        _check(library.add_dup2(actions, 1, 2), output)
        failed = library.spawn(ctypes.byref(pid), words[0], actions, library.attributes, words, variables)
        _check(failed, arguments[0])
    finally:
        library.destroy(actions)
    return pid.value


def _encoded(texts: Sequence[str]) -> list[bytes]:
    """Texts as the bytes that they stand for: all in one go, as an environment may be long."""
    encoded = "\0".join(texts).encode(errors="surrogateescape").split(b"\0")
    if len(encoded) > len(texts):
        raise ValueError("embedded null byte")
    return encoded


def _vector(texts: Sequence[bytes]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * (len(texts) + 1))(*texts)


def _check(number: int, path: str) -> None:
    if number:
        raise OSError(number, os.strerror(number), path)
