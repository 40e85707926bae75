"""``config``: settings with their origin, where they are kept, what is wrong with them, and editing the file."""

from __future__ import annotations

import os

from ant_tui import paths
from ant_tui.cli.call import Command
from ant_tui.cli.words import choice, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["ACTIONS", "COMMANDS"]

_USAGE = 2
_MOST_ALIKE = 4
"""Settings that are named to somebody who asked for one that is not there."""


def _options(parser: Parser) -> None:
    parser.add_argument("words", nargs="*", metavar="|".join(ACTIONS), help="what to do; show is the default")
    parser.rest = "words"


def _config(call: Call) -> int:
    from ant_tui.errors import UsageError

    words = call.args.words
    action = choice(words[0] if words else "show", ACTIONS, "action on settings")
    wanted = words[1:]
    if wanted and action != "show":
        raise UsageError(f"config {action} takes no further word.")
    return ACTIONS[action](call)


def _show(call: Call) -> int:
    from ant_tui.cli.table import print_table
    from ant_tui.config import settings_with_origin

    found = settings_with_origin(paths.chosen_config_file(call.args.config))
    wanted = call.args.words[1:]
    if wanted:
        _check_names(wanted, [one.key for one in found])
        found = [one for one in found if one.key in wanted or one.key.partition(".")[0] in wanted]
    if call.json:
        settings = [{"key": one.key, "value": one.value, "origin": one.origin} for one in found]
        call.out.document({"schema": 1, "file": _file(call), "settings": settings})
        return 0
    out = call.out
    rows = [(one.key, _shown(one.value), one.origin) for one in found]
    print_table(("KEY", "VALUE", "FROM"), rows, width=out.width, line=out.line, paint=out.paint)
    return 0


def _check_names(words: list[str], keys: list[str]) -> None:
    """See that each word is a section or a setting.

    Raises:
        UsageError: one is neither; names those that are like it, with and without their section.
    """
    known = dict.fromkeys([*(key.partition(".")[0] for key in keys), *keys])
    for word in words:
        if word in known:
            continue
        from ant_tui.errors import UsageError

        names = {key.partition(".")[2]: key for key in keys}
        like = [key for key in keys if len(word) > 2 and word in key.partition(".")[2]][:_MOST_ALIKE]
        like = like or [near for near in (nearest(word, known) or names.get(nearest(word, names), ""),) if near]
        hint = f"did you mean {' or '.join(like)}?" if like else "all are listed by: ant-tui config show"
        raise UsageError(f"There is no setting {word!r}; {hint}")


def _shown(value: Any) -> str:
    """A value as TOML has it."""
    import tomli_w

    return tomli_w.dumps({"x": value}).strip().removeprefix("x = ").replace("\n", " ")


def _path(call: Call) -> int:
    file = _file(call)
    if call.json:
        call.out.document({"schema": 1, "file": file, "exists": os.path.exists(file), "data_dir": call.data_dir})
    else:
        call.out.line(file)
    return 0


def _check(call: Call) -> int:
    """All mistakes, not only the first."""
    from ant_tui.config import check
    from ant_tui.output.sanitise import plain

    mistakes = check(paths.chosen_config_file(call.args.config))
    if call.json:
        errors = [
            {"file": one.file, "line": one.line or None, "key": one.key or None, "message": one.problem}
            for one in mistakes
        ]
        call.out.document({"schema": 1, "file": _file(call), "ok": not mistakes, "errors": errors})
    else:
        for mistake in mistakes:
            call.out.complain(f"ant-tui: {plain(mistake.sentence)}")
        if not mistakes:
            call.out.say("The settings are in order.")
    return _USAGE if mistakes else 0


def _edit(call: Call) -> int:
    """Open the file in the person's editor, made from the reference where there is none, and check it afterwards."""
    from ant_tui.cli.editor import run_editor
    from ant_tui.config import starter_text

    file = _file(call)
    if not os.path.exists(file):
        os.makedirs(os.path.dirname(file), exist_ok=True)
        with open(file, "x", encoding="utf-8") as made:
            made.write(starter_text())
    run_editor(file)
    return _check(call)


def _file(call: Call) -> str:
    return paths.config_file(call.args.config)


ACTIONS = {"show": _show, "path": _path, "check": _check, "edit": _edit}
"""What can be done with settings."""

COMMANDS = {"config": Command(_options, _config)}
"""The verbs of this module."""
