"""Defaults of a project: the file ``.ant-tui.toml``, found upward from a directory, and variables that go before it.

A leaf that every ``submit`` passes through: where there is no such file, all that it costs is looking for it. What the
defaults do to a task is decided by who asks for them.
"""

from __future__ import annotations

import os
import stat

from ant_tui.bounds import MOST_GPUS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["FILE_NAME", "KEYS", "Defaults", "complete", "find_file", "project_defaults", "text_of"]

FILE_NAME = ".ant-tui.toml"
"""The file's name; the directory that holds it is the project."""

KEYS = {
    "conda_env": "name of the conda environment to run in",
    "conda_env_path": "directory of a conda environment; wins over the name",
    "conda_path": "the conda executable",
    "workdir": "directory to run in; a relative one begins at this file",
    "gpus": "number of GPUs",
    "tags": "tags",
}
"""What a project can say, and what it means."""

_PATHS = ("conda_env_path", "workdir")
_NOTHING = ("none", "null")
_MOST_BYTES = 1 << 16


class Defaults:
    """What holds where nobody says otherwise; what nobody says is missing.

    Attributes:
        values: by the names of ``KEYS``: texts, a whole number for ``gpus``, a list of texts for ``tags``.
        origins: the file or the variable that each value comes from, by the same names.
        file: the project's file; empty where there is none that is used.
        warning: why a file that was found is not used, as a sentence; else empty.
    """

    __slots__ = ("file", "origins", "values", "warning")

    def __init__(self) -> None:
        """Begin without any."""
        self.values: dict[str, Any] = {}
        self.origins: dict[str, str] = {}
        self.file = ""
        self.warning = ""


def find_file(directory: str) -> str:
    """The project's file: the nearest one, from a directory upward to the root; empty when there is none.

    Args:
        directory: an absolute path.
    """
    while True:
        path = os.path.join(directory, FILE_NAME)
        if os.path.isfile(path):
            return path
        above = os.path.dirname(directory)
        if above == directory:
            return ""
        directory = above


def project_defaults(directory: str, environ: Mapping[str, str]) -> Defaults:
    """The defaults that hold in a directory: the variables ``ANT_TUI_CONDA_ENV`` and so on, then the file.

    An empty variable counts as none; ``none`` takes back what the file says.

    Args:
        directory: an absolute path.
        environ: where the variables are looked for.

    Raises:
        ConfigError: the file or a variable holds what cannot be; names it and the key.
    """
    found = Defaults()
    path = find_file(directory)
    if path:
        found.warning = _distrust(path)
        if not found.warning:
            found.file = path
            for name, value in _read(path).items():
                found.values[name] = value
                found.origins[name] = path
    for name in KEYS:
        variable = f"ANT_TUI_{name.upper()}"
        text = environ.get(variable, "").strip()
        if text:
            found.values.pop(name, None)
            found.origins.pop(name, None)
            if text.lower() not in _NOTHING:
                found.values[name] = _from_text(name, text, variable, directory)
                found.origins[name] = variable
    return found


def complete(form: dict[str, Any], values: Mapping[str, Any]) -> None:
    """Put defaults where a submission says nothing itself.

    A directory is only a default, too: ``ant_wd`` in the command or in the workspace of variables is stronger.

    Args:
        form: fields of a ``Submission`` of the control socket; changed in place.
        values: as ``Defaults`` has them.
    """
    wanted = dict(values)
    workdir = wanted.pop("workdir", None)
    if workdir is not None and form.get("workdir_default"):
        form["workdir"] = workdir
    if "gpu_ids" in form:
        wanted.pop("gpus", None)
    if "conda_env" in form or "conda_env_path" in form:  # either of them, as the directory would win over the name
        wanted.pop("conda_env", None)
        wanted.pop("conda_env_path", None)
    for name, value in wanted.items():
        form.setdefault(name, value)


def text_of(values: Mapping[str, Any]) -> str:
    """The file for some values, each explained; what has no value stands in it as a comment."""
    import tomli_w

    lines = [
        "# Defaults of ant-tui submit for this directory and all below it.",
        "# An option (--gpus 2) and a variable (ANT_TUI_GPUS=2) are stronger; none of them need be here.",
        "",
    ]
    blank = {"conda_env": "", "conda_env_path": "", "conda_path": "conda", "workdir": ".", "gpus": 1, "tags": []}
    for name, meaning in KEYS.items():
        said = name in values
        line = tomli_w.dumps({name: values[name] if said else blank[name]}).strip().replace("\n", " ")
        lines += [f"# {meaning[:1].upper()}{meaning[1:]}.", line if said else f"# {line}"]
    return "\n".join(lines) + "\n"


def _distrust(path: str) -> str:
    """Whoever can write to the file can have a program of theirs run in our name."""
    try:
        status = os.stat(path)
    except OSError as problem:
        return f"{path} is not used: {problem.strerror}."
    if status.st_uid not in (os.geteuid(), 0):
        return f"{path} is not used: it belongs to somebody else (user id {status.st_uid}); make one of your own."
    if stat.S_IMODE(status.st_mode) & stat.S_IWOTH:
        return f"{path} is not used: everybody can write to it; run: chmod o-w {path}"
    return ""


def _read(path: str) -> dict[str, Any]:
    import tomllib  # 9 ms, and only where there is a project

    try:
        with open(path, "rb") as file:
            content = file.read(_MOST_BYTES + 1)
        if len(content) > _MOST_BYTES:
            raise _unusable(path, "is larger than any file of defaults (64 KiB)")
        found = tomllib.loads(content.decode("utf-8-sig"))
    except OSError as problem:
        raise _unusable(path, f"cannot be read: {problem.strerror}") from problem
    except UnicodeDecodeError as problem:
        raise _unusable(path, "is not UTF-8 text") from problem
    except (ValueError, RecursionError) as problem:
        raise _unusable(path, f"is not TOML: {problem}") from problem
    values: dict[str, Any] = {}
    for name, value in found.items():
        if name not in KEYS:
            raise _unusable(path, f"holds {name}, which is no default; there are: {', '.join(KEYS)}")
        _check(name, value, path)
        if value not in ("", []):
            values[name] = _placed(value, os.path.dirname(path)) if name in _PATHS else value
    return values


def _check(name: str, value: object, where: str) -> None:
    if name == "gpus":
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_GPUS:
            raise _unusable(where, f"says gpus = {value!r}, but must say a whole number from 0 to {MOST_GPUS:,}")
    elif name == "tags":
        if not isinstance(value, list) or not all(isinstance(tag, str) and tag.strip() for tag in value):
            raise _unusable(where, 'says tags that are none; write tags = ["night", "lr"]')
    elif not isinstance(value, str) or any(mark in value for mark in "\0\n"):
        raise _unusable(where, f"says {name} = {value!r}, but must say a text in quotes")


def _from_text(name: str, text: str, variable: str, directory: str) -> object:
    if name == "gpus":
        value: object = int(text) if text.isascii() and text.isdigit() and len(text) < 9 else text
    elif name == "tags":
        value = [tag.strip() for tag in text.split(",") if tag.strip()]
    else:
        value = text
    _check(name, value, variable)
    return _placed(text, directory) if name in _PATHS else value


def _placed(path: str, directory: str) -> str:
    return os.path.normpath(os.path.join(directory, os.path.expanduser(path)))


def _unusable(where: str, what: str) -> Exception:
    from ant_tui.errors import ConfigError

    return ConfigError(f"{where} {what}.")
