"""``init``: write a project's defaults for ``submit`` into ``.ant-tui.toml``, or show those that hold here."""

from __future__ import annotations

import os

from ant_tui.bounds import MOST_GPUS
from ant_tui.cli.call import Command
from ant_tui.cli.words import bounded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser

__all__ = ["COMMANDS"]

_NONE_YET = "ant-tui init --conda-env NAME --gpus N --tag T writes one"


def _options(parser: Parser) -> None:
    add = parser.add_argument
    add("--conda-env", default="", metavar="NAME", help="conda environment")
    add("--conda-env-path", default="", metavar="DIR", help="conda environment by directory; wins over the name")
    add("--conda-path", default="", metavar="FILE", help="the conda executable (default: conda)")
    add("-D", "--workdir", default="", metavar="DIR", help="where tasks run; relative to the file")
    add("-G", "--gpus", type=bounded(0, MOST_GPUS), metavar="N", help="how many GPUs")
    add("--tag", action="append", default=[], metavar="T", help="put a tag on tasks (again for more)")
    add("-y", "--yes", action="store_true", help="do not ask")
    add("--show", action="store_true", help="print what holds here instead; exit code 1 where nothing does")


def _init(call: Call) -> int:
    if call.args.show:
        return _show(call)
    from ant_tui.cli.asking import can_ask, confirmed
    from ant_tui.errors import Refused
    from ant_tui.project import FILE_NAME, text_of

    path = os.path.join(os.getcwd(), FILE_NAME)
    text = text_of(_values(call))
    there = os.path.lexists(path)
    if not call.args.yes:
        if can_ask():
            call.out.complain(text)
            what = f"Replace {path}" if there else f"Write {path}"
            if not confirmed(call, f"{what}?"):
                raise Refused("Nothing was written.")
        elif there:
            raise Refused(f"{path} is there already; say --yes to replace it, or edit it.")
    _write(path, text)
    if call.json:
        call.out.document({"schema": 1, "file": path, "replaced": there})
    else:
        call.out.line(path)
    return 0


def _values(call: Call) -> dict[str, Any]:
    """What was said, by the keys of the file.

    Raises:
        UsageError: a tag is none.
    """
    args = call.args
    if any(not tag.strip() or "," in tag for tag in args.tag):
        from ant_tui.errors import UsageError

        raise UsageError("A tag is a word without commas; say --tag once for each.")
    said = {
        "conda_env": args.conda_env,
        "conda_env_path": args.conda_env_path,
        "conda_path": args.conda_path,
        "workdir": args.workdir,
        "gpus": args.gpus,
        "tags": args.tag,
    }
    return {name: value for name, value in said.items() if value or type(value) is int}


def _write(path: str, text: str) -> None:
    """Write beside and rename, so that nobody ever reads half of it."""
    beside = f"{path}.{os.getpid()}.new"
    with open(beside, "x", encoding="utf-8") as file:
        file.write(text)
    os.replace(beside, path)


def _show(call: Call) -> int:
    from ant_tui.cli.table import print_table
    from ant_tui.errors import AntError
    from ant_tui.project import FILE_NAME, project_defaults

    here = os.getcwd()
    found = project_defaults(here, os.environ)
    if found.warning:
        call.out.say(f"ant-tui: {found.warning}")
    if not found.values and not found.file:
        raise AntError(f"There is no {FILE_NAME} in {here} or above it; {_NONE_YET}")
    if call.json:
        defaults = {name: {"value": value, "origin": found.origins[name]} for name, value in found.values.items()}
        call.out.document({"schema": 1, "file": found.file or None, "defaults": defaults})
        return 0
    out = call.out
    rows = [(name, _shown(value), found.origins[name]) for name, value in found.values.items()]
    if rows:
        print_table(("KEY", "VALUE", "FROM"), rows, width=out.width, line=out.line, paint=out.paint)
    else:
        out.say(f"{found.file} says nothing; {_NONE_YET}")
    return 0


def _shown(value: object) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)


COMMANDS = {"init": Command(_options, _init)}
"""The verbs of this module."""
