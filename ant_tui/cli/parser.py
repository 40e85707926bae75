"""argparse with our errors, our width, and the options that every verb has.

Words that belong together: an *option* begins with ``-``, a *word* does not.
"""

from __future__ import annotations

import argparse
import os

from ant_tui.cli.words import nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any, NoReturn

__all__ = ["Help", "Parser"]


class Help(argparse.HelpFormatter):
    """Help as wide as the terminal. argparse asks for a formatter at every option, so the width is found only once."""

    _columns = 0

    def __init__(self, prog: str) -> None:
        """Make a formatter for a program of this name."""
        if not Help._columns:
            try:
                Help._columns = max(40, min(os.get_terminal_size().columns, 120) - 2)
            except OSError:
                Help._columns = 100
        super().__init__(prog, max_help_position=30, width=Help._columns)


class Parser(argparse.ArgumentParser):
    """A parser that raises :class:`UsageError` instead of ending the process, and does not guess abbreviations."""

    rest = ""
    """Name of the argument that takes words wherever they stand between options; empty for none."""

    def __init__(self, name: str, arguments: str, help: str) -> None:
        """Make the parser of a verb.

        Args:
            name: the verb's; empty where there is none.
            arguments: what follows it, for the usage line.
            help: what it does, as a clause.
        """
        prog = f"ant-tui {name}".rstrip()
        super().__init__(
            prog=prog,
            usage=f"{prog} {arguments}".rstrip(),
            description=help[:1].upper() + help[1:] + ".",
            formatter_class=Help,
            allow_abbrev=False,
            add_help=False,
        )

    def add_global_options(self) -> None:
        """Add what may stand before and after every verb."""
        add = self.add_argument
        add("--data-dir", metavar="DIR", help="where tasks and logs are kept (env ANT_TUI_DATA_DIR)")
        add("--config", metavar="FILE", help="the settings file (env ANT_TUI_CONFIG)")
        add("--json", action="store_true", help="print one JSON document")
        add("-q", "--quiet", action="store_true", help="say nothing but results and errors")
        add("-v", "--verbose", action="count", default=0, help="say more")
        add("--no-color", action="store_true", help="no colours (env NO_COLOR)")
        add("--version", action="store_true", help="print the version")
        add("-h", "--help", action="help", help="show this help")

    def takes_value(self, option: str) -> bool | None:
        """Whether an option is followed by a value; None when there is no such option."""
        action = self._option_string_actions.get(option)
        return None if action is None else action.nargs != 0

    def option_strings(self) -> list[str]:
        """All options, short and long ones, but for hidden ones."""
        options = self._option_string_actions.items()
        return [name for name, action in options if action.help is not argparse.SUPPRESS]

    def read(self, words: Sequence[str]) -> argparse.Namespace:
        """Parse what follows a verb.

        Raises:
            UsageError: something is unknown, missing, or not what an option takes.
        """
        found, left = self.parse_known_args(list(words))
        for word in left:
            if word.startswith("-") and len(word) > 1 and not word[1:].isdigit():
                self.unknown_option(word)
            if not self.rest:
                self.error(f"Nothing can be done with the word {word!r}")
            getattr(found, self.rest).append(word)
        return found

    def _get_values(self, action: argparse.Action, arg_strings: list[str]) -> Any:
        """Refuse an empty value: mostly a variable of a script that is not set, which must not mean "as you like"."""
        if action.option_strings and "" in arg_strings:
            raise argparse.ArgumentError(action, "is empty; give a value, or leave the option out")
        return super()._get_values(action, arg_strings)

    def unknown_option(self, option: str) -> NoReturn:
        """Refuse an option that does not exist, naming the nearest that does."""
        name = option.partition("=")[0]
        near = nearest(name, self.option_strings())
        self.error(f"There is no option {name}{f'; did you mean {near}?' if near else ''}")

    def error(self, message: str) -> NoReturn:
        """Raise what argparse would have printed."""
        from ant_tui.errors import UsageError

        message = message.removeprefix("argument ")
        end = "" if message.endswith((".", "?")) else "."
        raise UsageError(f"{message[:1].upper()}{message[1:]}{end} See: {self.prog} --help")
