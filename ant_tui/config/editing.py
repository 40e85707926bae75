"""Changing the user's settings file: one setting at a time, comments kept, old file or new file and nothing between."""

from __future__ import annotations

import os
import tomllib
from typing import Any

import msgspec

from ant_tui import paths
from ant_tui.config.errors import SettingError, unknown_key, unknown_section, wrong_value
from ant_tui.config.loading import Anywhere, parse, read_text
from ant_tui.config.positions import Path, key_lines, leaves, statements
from ant_tui.config.schema import Settings, inconsistencies
from ant_tui.config.values import FREE_TABLE, fit, type_of, types

__all__ = ["edit_setting", "starter_text"]


def edit_setting(path: Anywhere, key: str, value: object) -> None:
    """Set one setting in a file, or take it out; everything else in the file stays as it is, comments too.

    Args:
        path: the file; it is made where there is none. A link is followed, so that it stays a link.
        key: ``section.key``; for the free table ``keys.ACTION``.
        value: as TOML has it; None takes the setting out, so that its default holds again.

    Raises:
        ConfigError: there is no such setting, the value does not fit, the file is no TOML or cannot be written.
            The file is then as it was.
    """
    file = os.path.realpath(path)
    section, _, name = key.partition(".")
    value = _checked(file, section, name, value)
    text = read_text(file) or ""
    before = parse(text, file)
    place = _place(before, section, name)
    expected = dict(leaves(before))
    expected.pop(place, None)
    if value is not None:
        expected[place] = value
        for about in _inconsistencies(expected):
            raise SettingError(about, file=file, key=key)
    after = _edited(text, place, value)
    if after is None or _read_back(after) != expected:
        lines = key_lines(text)
        line = lines.get(place) or lines.get((section,), 0)
        raise SettingError(f"{key} cannot be changed where it stands; edit the file", file=file, line=line, key=key)
    if after != text:
        _write(file, after)


def starter_text() -> str:
    """What a new settings file begins with: the reference file with every setting commented out.

    Raises:
        FileNotFoundError: the installation is broken.
    """
    with open(paths.packaged("config/default.toml"), encoding="utf-8") as source:
        text = source.read()
    lines = text.splitlines(keepends=True)
    for statement in statements(text):
        if not statement.text.startswith("["):
            for number in range(statement.line - 1, statement.line + statement.text.count("\n")):
                lines[number] = f"# {lines[number]}"
    return "".join(lines)


def _checked(file: str, section: str, name: str, value: object) -> Any:
    declared = type_of(section, name) if name else None
    if declared is None:
        known = types()
        sentence = unknown_key(section, name, known) if section in known else unknown_section(section, {}, known)
        raise SettingError(sentence, file=file, key=f"{section}.{name}")
    if value is None:
        return None
    try:
        fitting = fit(value, declared)
    except ValueError as problem:
        sentence = wrong_value(f"{section}.{name}", value, declared)
        raise SettingError(sentence, file=file, key=f"{section}.{name}") from problem
    return list(fitting) if isinstance(fitting, tuple) else fitting


def _place(before: dict[str, Any], section: str, name: str) -> Path:
    """Where a setting stands in the file, or will stand; an action's bare dots may have made tables of its id."""
    standing = (path for path, _ in leaves(before.get(section, {}), (section,)) if ".".join(path[1:]) == name)
    return next(standing, (section, name))


def _inconsistencies(values: dict[Path, Any]) -> list[str]:
    sections: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        if len(path) == 2 and path[0] != FREE_TABLE:
            sections.setdefault(path[0], {})[path[1]] = value
    try:
        settings = msgspec.convert(sections, Settings)
    except msgspec.ValidationError:  # the file has other faults, which are told when it is loaded
        return []
    return [f"{key} {about}" for key, about in inconsistencies(settings)]


def _edited(text: str, place: Path, value: Any) -> str | None:
    """The text with the change, or None where tomlkit does not know how."""
    import tomlkit  # 25 ms that a start does not need
    from tomlkit.exceptions import TOMLKitError

    try:
        document: Any = tomlkit.parse(text)
        table = document
        for name in place[:-1]:
            if name not in table:
                if value is None:
                    return text
                table[name] = tomlkit.table()
            table = table[name]
            if not isinstance(table, dict):
                return None
        if value is None:
            table.pop(place[-1], None)
        else:
            table[place[-1]] = value
        return tomlkit.dumps(document)
    except TOMLKitError:
        return None


def _read_back(text: str) -> dict[Path, Any] | None:
    try:
        return dict(leaves(tomllib.loads(text)))
    except (ValueError, RecursionError):
        return None


def _write(file: str, text: str) -> None:
    """Write beside, make durable, rename; the mode of an old file is kept, a new one is the user's alone."""
    folder = os.path.dirname(file)
    beside = os.path.join(folder, f".{os.path.basename(file)}.{os.getpid()}.new")
    try:
        os.makedirs(folder, mode=0o700, exist_ok=True)
        mode = os.stat(file).st_mode & 0o777 if os.path.exists(file) else 0o600
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            with open(descriptor, "w", encoding="utf-8", newline="") as target:
                os.fchmod(descriptor, mode)
                target.write(text)
                target.flush()
                os.fsync(descriptor)
            os.rename(beside, file)
        except BaseException:
            os.unlink(beside)
            raise
        _sync_folder(folder)
    except OSError as problem:
        sentence = f"the settings cannot be written: {problem.strerror}; the file is as it was"
        raise SettingError(sentence, file=file) from problem


def _sync_folder(folder: str) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
