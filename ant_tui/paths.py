"""Where everything of the program lies: one small function for each place.

Paths are plain strings, because the command line asks for them at every call and ``pathlib`` alone would double the
time that Python needs to start; for the same reason the rule of the XDG base directories is written out here for
Linux, and platformdirs is asked only elsewhere. What lies inside a file, and who opens it, is none of this module's
business; the only things that it ever makes are directories.
"""

from __future__ import annotations

import errno
import os
import stat
import sys

__all__ = [
    "address_file",
    "chosen_config_file",
    "config_file",
    "data_directory",
    "draft_file",
    "jobs_dir",
    "journal_dir",
    "log_file",
    "logs_dir",
    "notify_log_file",
    "packaged",
    "prepare_data_directory",
    "runtime_directory",
    "socket_path",
    "themes_dir",
    "ui_state_file",
]

_APP = "ant-tui"
_SOCKET_PATH_LIMIT = 107
"""Bytes that the path of a Unix socket holds (``sun_path`` without its closing zero)."""
_SOCKET_NAME_LENGTH = len("/0123456789abcdef.sock")
_PRIVATE = 0o700
_RUNTIME_OF_USERS = "/run/user"
_LAST_RESORT = "/tmp"


def data_directory(option: str | None = None) -> str:
    """The data directory: ``--data-dir``, else ``ANT_TUI_DATA_DIR``, else the user's own.

    Args:
        option: what ``--data-dir`` was given, or None.

    Returns:
        An absolute path; nothing is made and nothing need be there.

    Raises:
        UsageError: the option is empty.
        DataDirectoryError: nothing says where the user's home is.
    """
    return _chosen("--data-dir", option, "ANT_TUI_DATA_DIR") or _user_directory("data")


def chosen_config_file(option: str | None = None) -> str | None:
    """The settings file that somebody asked for: ``--config``, else ``ANT_TUI_CONFIG``, else None.

    A file that was asked for must exist; the default one need not. Hence the two functions.

    Raises:
        UsageError: the option is empty.
    """
    return _chosen("--config", option, "ANT_TUI_CONFIG")


def config_file(option: str | None = None) -> str:
    """The settings file: the one that was asked for, else ``config.toml`` in the user's configuration directory.

    Raises:
        UsageError: the option is empty.
        DataDirectoryError: nothing says where the user's home is.
    """
    return chosen_config_file(option) or os.path.join(_user_directory("config"), "config.toml")


def themes_dir() -> str:
    """The directory of the user's own colour themes."""
    return os.path.join(_user_directory("config"), "themes")


def journal_dir(data: str) -> str:
    """The journal's directory in the data directory."""
    return os.path.join(data, "journal")


def jobs_dir(data: str) -> str:
    """The directory that holds one directory for each attempt of a task."""
    return os.path.join(data, "jobs")


def logs_dir(data: str) -> str:
    """The directory of logs that lie apart from the job directories, where the settings name no other."""
    return os.path.join(data, "logs")


def notify_log_file(data: str) -> str:
    """What the command that is run at a task's end prints (``notify.command``)."""
    return os.path.join(data, "notify.log")


def log_file(data: str) -> str:
    """The scheduler's own log."""
    return os.path.join(data, "scheduler.log")


def address_file(data: str) -> str:
    """The file in which a running scheduler says where it can be reached."""
    return os.path.join(data, "scheduler.json")


def draft_file(data: str) -> str:
    """Half-written tasks of the screen's editor."""
    return os.path.join(data, "draft.json")


def ui_state_file(data: str) -> str:
    """What the screen remembers: panes, sort, filters, window."""
    return os.path.join(data, "ui-state.json")


def packaged(name: str) -> str:
    """A file that comes with the program, as ``config/default.toml`` or ``themes``.

    Args:
        name: path below the project's top folder; it begins with ``config``, ``themes`` or ``skills``.

    Returns:
        Its path in the installed package, or in the source checkout where the program runs from one.

    Raises:
        FileNotFoundError: it is in neither, so the installation is broken.
    """
    package = os.path.dirname(os.path.abspath(__file__))
    for top in (os.path.join(package, "data"), os.path.dirname(package)):
        path = os.path.join(top, name)
        if os.path.exists(path):
            return path
    raise FileNotFoundError(errno.ENOENT, "not part of this installation", name)


def socket_path(data: str) -> str:
    """The control socket of the scheduler that works on a data directory.

    It does not lie in the data directory, since a home on NFS carries no sockets and a deep path does not fit into
    a socket's address. Clients read it from ``address_file``: another environment may have another runtime directory.

    Args:
        data: the data directory; different spellings of one directory give the same socket.

    Returns:
        An absolute path of at most 107 bytes in a directory that only this user can enter.

    Raises:
        DataDirectoryError: see ``runtime_directory``.
    """
    import hashlib  # 3 ms; only the scheduler needs it

    digest = hashlib.blake2b(os.fsencode(os.path.realpath(data)), digest_size=8).hexdigest()
    return os.path.join(runtime_directory(), f"{digest}.sock")


def runtime_directory() -> str:
    """Our directory for sockets, made if need be: private to this user, on a local disk, short enough.

    It is ``ant-tui`` in ``XDG_RUNTIME_DIR`` or in ``/run/user/UID``, whichever is first found to be a directory that
    belongs to this user alone, and ``/tmp/ant-tui-UID`` where neither is.

    Raises:
        DataDirectoryError: somebody else has taken the last resort, or it cannot be made.
    """
    uid = os.geteuid()
    for base in (os.environ.get("XDG_RUNTIME_DIR", ""), f"{_RUNTIME_OF_USERS}/{uid}"):
        path = os.path.join(base, _APP)
        short = len(os.fsencode(path)) + _SOCKET_NAME_LENGTH <= _SOCKET_PATH_LIMIT
        if os.path.isabs(base) and short and not _problem(base) and not _make_private(path):
            return path
    path = f"{_LAST_RESORT}/{_APP}-{uid}"
    problem = _make_private(path)
    if problem:
        raise _unusable(f"the directory for the control socket, {path}, {problem}: remove it, or set XDG_RUNTIME_DIR")
    return path


def prepare_data_directory(path: str) -> None:
    """Make the data directory if it is not there, and check that we can work in it and nobody else can write to it.

    Args:
        path: absolute path. A new directory is private (0700), and so becomes an empty one that is ours.

    Raises:
        DataDirectoryError: it cannot be made, is no directory, is not ours, or cannot be written.
    """
    try:
        if not os.path.lexists(path):
            os.makedirs(os.path.dirname(path), exist_ok=True)
            os.mkdir(path, _PRIVATE)
    except FileExistsError as problem:
        if not os.path.lexists(path):  # else another of our processes was quicker
            raise _unusable(f"the data directory {path} cannot be made: {problem.filename} is a file") from problem
    except (OSError, ValueError) as problem:
        raise _unusable(f"the data directory {path} cannot be made: {_why(problem)}; {_ELSEWHERE}") from problem
    _check_ours(path)
    _check_writable(path)


_ELSEWHERE = "name another with --data-dir or ANT_TUI_DATA_DIR"


def _check_ours(path: str) -> None:
    """Whoever can write to the data directory can have commands run in our name."""
    try:
        found = os.stat(path)
        if not stat.S_ISDIR(found.st_mode):
            raise _unusable(f"the data directory {path} is not a directory; {_ELSEWHERE}")
        if found.st_uid != os.geteuid():
            raise _unusable(f"the data directory {path} belongs to user id {found.st_uid}, not to you; {_ELSEWHERE}")
        loose = stat.S_IMODE(found.st_mode) & 0o077
        if loose and not os.listdir(path):
            os.chmod(path, _PRIVATE)
        elif loose & 0o022:
            raise _unusable(f"the data directory {path} can be written by others; run: chmod go-w {path}")
    except OSError as problem:
        raise _unusable(f"the data directory {path} cannot be read: {_why(problem)}; {_ELSEWHERE}") from problem


def _check_writable(path: str) -> None:
    """Try it: permission bits know nothing of read-only mounts, and root is told that it may write everywhere."""
    probe = os.path.join(path, f".probe-{os.getpid()}")
    try:
        os.close(os.open(probe, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
        os.unlink(probe)
    except OSError as problem:
        # A full disk is no wrong directory: running tasks are taken over all the same, and the journal reports it.
        if problem.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise _unusable(f"the data directory {path} cannot be written: {_why(problem)}; {_ELSEWHERE}") from problem


def _make_private(path: str) -> str:
    """Make a directory for this user alone; returns what is wrong with it, or an empty text."""
    try:
        os.mkdir(path, _PRIVATE)
    except FileExistsError:
        pass
    except OSError as problem:
        return f"cannot be made ({_why(problem)})"
    return _problem(path)


def _problem(path: str) -> str:
    """Why a directory is not this user's alone; empty when it is."""
    try:
        found = os.lstat(path)  # not stat: a link could be made to point elsewhere after the check
    except OSError as problem:
        return f"cannot be read ({_why(problem)})"
    if not stat.S_ISDIR(found.st_mode):
        return "is not a directory"
    if found.st_uid != os.geteuid():
        return f"belongs to user id {found.st_uid}"
    mode = stat.S_IMODE(found.st_mode)
    return f"is open to others (mode {mode:o})" if mode & 0o077 else ""


def _chosen(flag: str, option: str | None, variable: str) -> str | None:
    if option is None:
        option = os.environ.get(variable) or None  # by custom, an empty variable is an unset one
    if option is None:
        return None
    if not option:
        from ant_tui.errors import UsageError

        raise UsageError(f"{flag} is empty; give it a path, or leave it out")
    path = os.path.expanduser(option)  # a shell does not expand the ~ of --data-dir=~/x
    if os.path.isabs(path):
        return os.path.normpath(path)
    try:
        return os.path.abspath(path)
    except OSError as problem:
        raise _unusable(f"{path} starts in the current directory, which is gone; give an absolute path") from problem


def _user_directory(kind: str) -> str:
    """Our own directory among the user's, by the XDG base directory specification on Linux."""
    if sys.platform == "linux":
        variable, below = ("XDG_DATA_HOME", ".local/share") if kind == "data" else ("XDG_CONFIG_HOME", ".config")
        base = os.environ.get(variable, "")
        if not os.path.isabs(base):  # the specification: a relative path is to be ignored
            base = os.path.join(_home(), below)
        return os.path.join(base, _APP)
    import platformdirs

    return platformdirs.user_data_dir(_APP) if kind == "data" else platformdirs.user_config_dir(_APP)


def _home() -> str:
    home = os.environ.get("HOME", "")
    if os.path.isabs(home):
        return home
    import pwd

    try:
        return pwd.getpwuid(os.getuid()).pw_dir
    except KeyError as problem:
        raise _unusable("nothing says where your home is; set HOME, or give --data-dir and --config") from problem


def _why(problem: OSError | ValueError) -> str:
    return getattr(problem, "strerror", None) or str(problem)


def _unusable(sentence: str) -> Exception:
    from ant_tui.errors import DataDirectoryError  # here: most calls of the command line need no error

    return DataDirectoryError(sentence)
