"""``completion``: scripts for bash, zsh and fish, made of the table of verbs and of each verb's own parser."""

from __future__ import annotations

from ant_tui.cli.arguments import parser_of
from ant_tui.cli.call import Command
from ant_tui.cli.gpus import ACTIONS as GPU_ACTIONS
from ant_tui.cli.gpus import HEEDS
from ant_tui.cli.importing import SOURCES
from ant_tui.cli.recovering import ACTIONS as RECOVERY_ACTIONS
from ant_tui.cli.recovering import GROUPS
from ant_tui.cli.settings import ACTIONS as SETTINGS_ACTIONS
from ant_tui.cli.verbs import START, VERBS, command_of
from ant_tui.cli.words import STATES, choice
from ant_tui.cli.workspace import ACTIONS as WORKSPACE_ACTIONS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser
    from ant_tui.cli.verbs import Verb

__all__ = ["COMMANDS", "SHELLS"]

_IDS = "command ant-tui queue --all --parsable --quiet 2>/dev/null"


def _options(parser: Parser) -> None:
    parser.add_argument("words", nargs="*", metavar="bash|zsh|fish", help="which shell")
    parser.rest = "words"


def _completion(call: Call) -> int:
    from ant_tui.errors import UsageError

    words = call.args.words
    if len(words) != 1:
        raise UsageError("Which shell? ant-tui completion bash, zsh or fish")
    call.out.line(SHELLS[choice(words[0], SHELLS, "shell")]())
    return 0


def _option_strings(verb: Verb) -> list[str]:
    return sorted(parser_of(verb, command_of(verb)).option_strings())


def _fixed_words(verb: Verb) -> list[str]:
    """Words that can follow a verb, where there are only some."""
    return {
        "gpus": [*GPU_ACTIONS, *HEEDS],
        "config": list(SETTINGS_ACTIONS),
        "env": list(WORKSPACE_ACTIONS),
        "recover": list(RECOVERY_ACTIONS),
        "import": list(SOURCES),
        "completion": list(SHELLS),
    }.get(verb.name, [])


def bash() -> str:
    """The script for bash; ``source <(ant-tui completion bash)``."""
    names = " ".join(name for verb in VERBS for name in (verb.name, *verb.aliases))
    options = "\n".join(
        f"        {'|'.join((verb.name, *verb.aliases))}) options='{' '.join(_option_strings(verb))}';"
        f" words='{' '.join(_fixed_words(verb))}'; names='{verb.names}' ;;"
        for verb in VERBS
    )
    return f"""\
# ant-tui: completion for bash. Put this into ~/.bashrc:  source <(ant-tui completion bash)
_ant_tui() {{
    local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} verb= options words names i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; i++)); do
        case ${{COMP_WORDS[i]}} in
        --data-dir|--config|--simulate-gpus) ((i++)) ;;
        -*) ;;
        *) verb=${{COMP_WORDS[i]}}; break ;;
        esac
    done
    case $before in
        --state) COMPREPLY=($(compgen -W '{" ".join(STATES)}' -- "$word")); return ;;
        --data-dir|-D|--chdir|--workdir|--conda-env-path) COMPREPLY=($(compgen -d -- "$word")); return ;;
        --config|--file|--params|--export-csv|--conda-path|--output) COMPREPLY=($(compgen -f -- "$word")); return ;;
        --group) COMPREPLY=($(compgen -W '{" ".join(GROUPS)}' -- "$word")); return ;;
        --before|--after) COMPREPLY=($(compgen -W "$({_IDS})" -- "$word")); return ;;
    esac
    case $verb in
        '') options='{" ".join(_option_strings(START))}'; words='{names}'; names= ;;
{options}
        *) return ;;
    esac
    if [[ $word == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$word"))
        return
    fi
    COMPREPLY=($(compgen -W "$words" -- "$word"))
    case $names in
        tasks) COMPREPLY+=($(compgen -W "$({_IDS})" -- "$word")) ;;
        files) COMPREPLY+=($(compgen -c -f -- "$word")) ;;
    esac
}}
complete -F _ant_tui ant-tui"""


def zsh() -> str:
    """The script for zsh; ``source <(ant-tui completion zsh)``."""
    verbs = "\n".join(f"        '{name}:{_quoted(verb.help)}'" for verb in VERBS for name in (verb.name, *verb.aliases))
    cases = "\n".join(
        f"        {'|'.join((verb.name, *verb.aliases))}) options=({' '.join(_option_strings(verb))});"
        f" words_=({' '.join(_fixed_words(verb))}); names={verb.names or 'none'} ;;"
        for verb in VERBS
    )
    return f"""\
#compdef ant-tui
# ant-tui: completion for zsh. Put this into ~/.zshrc after compinit:  source <(ant-tui completion zsh)
_ant_tui() {{
    local verb i names=none
    local -a options words_ verbs ids
    verbs=(
{verbs}
    )
    for ((i = 2; i < CURRENT; i++)); do
        case $words[i] in
        --data-dir|--config|--simulate-gpus) ((i++)) ;;
        -*) ;;
        *) verb=$words[i]; break ;;
        esac
    done
    case $words[CURRENT-1] in
        --state) compadd -- {" ".join(STATES)}; return ;;
        --data-dir|-D|--chdir|--workdir|--conda-env-path) _files -/; return ;;
        --config|--file|--params|--export-csv|--conda-path|--output) _files; return ;;
        --group) compadd -- {" ".join(GROUPS)}; return ;;
        --before|--after) ids=(${{(f)"$({_IDS})"}}); compadd -a ids; return ;;
    esac
    case $verb in
        '') options=({" ".join(_option_strings(START))})
            if [[ $PREFIX != -* ]]; then _describe verb verbs; return; fi ;;
{cases}
    esac
    if [[ $PREFIX == -* ]]; then
        compadd -a options
        return
    fi
    compadd -a words_
    case $names in
        tasks) ids=(${{(f)"$({_IDS})"}}); compadd -a ids ;;
        files) _files ;;
    esac
}}
compdef _ant_tui ant-tui"""


def fish() -> str:
    """The script for fish; ``ant-tui completion fish | source``."""
    every = " ".join(name for verb in VERBS for name in (verb.name, *verb.aliases))
    lines = [
        "# ant-tui: completion for fish. Put this into ~/.config/fish/config.fish:  ant-tui completion fish | source",
        "complete -c ant-tui -f",
    ]
    without_verb = f"not __fish_seen_subcommand_from {every}"
    lines += _fish_options(START, without_verb)
    for verb in VERBS:
        for name in (verb.name, *verb.aliases):
            lines.append(f"complete -c ant-tui -n '{without_verb}' -a {name} -d '{_quoted(verb.help)}'")
        seen = f"__fish_seen_subcommand_from {' '.join((verb.name, *verb.aliases))}"
        lines += _fish_options(verb, seen)
        if fixed := _fixed_words(verb):
            lines.append(f"complete -c ant-tui -n '{seen}' -a '{' '.join(fixed)}'")
        if verb.names == "tasks":
            lines.append(f"complete -c ant-tui -n '{seen}' -a '({_IDS})'")
        elif verb.names == "files":
            lines.append(f"complete -c ant-tui -n '{seen}' -F")
    return "\n".join(lines)


def _fish_options(verb: Verb, condition: str) -> list[str]:
    """A line for each option: what it is called, and what can follow it."""
    parser = parser_of(verb, command_of(verb))
    follows = {
        "--state": f"-x -a '{' '.join(STATES)}'",
        "--data-dir": "-x -a '(__fish_complete_directories)'",
        "--group": f"-x -a '{' '.join(GROUPS)}'",
        **dict.fromkeys(("--chdir", "--workdir", "--conda-env-path"), "-x -a '(__fish_complete_directories)'"),
        **dict.fromkeys(("--config", "--file", "--params", "--export-csv", "--conda-path", "--output"), "-r -F"),
    }
    if verb.name == "move":
        follows |= dict.fromkeys(("--before", "--after"), f"-x -a '({_IDS})'")
    lines = []
    for option in sorted(parser.option_strings()):
        name = f"-l {option[2:]}" if option.startswith("--") else f"-s {option[1:]}"
        value = follows.get(option, "-x" if parser.takes_value(option) else "")
        lines.append(f"complete -c ant-tui -n '{condition}' {name} {value}".rstrip())
    return lines


def _quoted(text: str) -> str:
    """A help text inside single quotes, where a colon parts a word from its meaning (zsh)."""
    return text.replace("'", "’").replace(":", " -")


SHELLS = {"bash": bash, "zsh": zsh, "fish": fish}
"""The shells that are known."""

COMMANDS = {"completion": Command(_options, _completion)}
"""The verbs of this module."""
