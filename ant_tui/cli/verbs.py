"""The table of verbs: what exists, under which names, in one line each. Dispatch, help and completion are made of it.

Nothing is imported for a verb before it is used. A new verb is a line here and an entry in its module's ``COMMANDS``.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ant_tui.cli.call import Command

__all__ = ["START", "VERBS", "Verb", "command_of", "find"]


class Verb:
    """A verb.

    Attributes:
        name: what one types.
        module: the module in ``ant_tui.cli`` that holds it.
        arguments: what follows it, for the usage line.
        help: what it does, in one line.
        aliases: other names for it.
        names: what kind of names it takes, for completion: ``tasks``, ``gpus``, ``files`` or nothing.
    """

    __slots__ = ("aliases", "arguments", "help", "module", "name", "names")

    def __init__(
        self, name: str, module: str, arguments: str, text: str, *, aliases: tuple[str, ...] = (), names: str = ""
    ) -> None:
        """Describe a verb; see the class."""
        self.name = name
        self.module = module
        self.arguments = arguments
        self.help = text
        self.aliases = aliases
        self.names = names


_SUBMIT = "[options] -- CMD… | --file FILE | -"
_ENV = "[set K=V… | unset K… | slot list|save|load|rename|clear N [NAME]]"
_RECOVER = "[list|restore|forget|hide|show] [ENTRY…|--all|--group G|--session S]"
_GPUS = "[enable|disable|add|remove GPU… | ignore|unignore PID|USER…]"
_MOVE = "ID… --top|--bottom|--up N|--down N|--before ID|--after ID"

VERBS: tuple[Verb, ...] = (
    Verb("submit", "submitting", _SUBMIT, "queue a task, or many from a file", aliases=("add",), names="files"),
    Verb("queue", "listing", "[options]", "list tasks: waiting, running, ended lately", aliases=("ls", "status")),
    Verb("show", "showing", "ID…", "everything about a task", names="tasks"),
    Verb("logs", "logs", "ID [options]", "the output of a task", names="tasks"),
    Verb("wait", "waiting", "ID… [options]", "return when tasks have ended", names="tasks"),
    Verb("cancel", "changing", "ID…", "end a queued or a running task", names="tasks"),
    Verb("kill", "changing", "-s SIG ID…", "send a signal to a task's processes, nothing else", names="tasks"),
    Verb("hold", "changing", "ID…", "keep a queued task from starting", names="tasks"),
    Verb("release", "changing", "ID…", "let a held task go", names="tasks"),
    Verb("suspend", "changing", "ID…", "stop a running task for a while (GPU memory stays taken)", names="tasks"),
    Verb("resume", "changing", "ID…", "let a suspended task go on", names="tasks"),
    Verb("retry", "retrying", "ID… [--edit]", "queue a task once more", aliases=("rerun", "requeue"), names="tasks"),
    Verb("edit", "editing", "ID [--set KEY=VALUE]…", "change a queued task", names="tasks"),
    Verb("move", "ordering", _MOVE, "change the order of the queue", names="tasks"),
    Verb("rename", "ordering", "ID NEW", "give a task another id", names="tasks"),
    Verb("tag", "changing", "ID… TAG", "put a tag on tasks", names="tasks"),
    Verb("untag", "changing", "ID… TAG", "take a tag off tasks", names="tasks"),
    Verb("explain", "showing", "ID…", "why a task waits, and for what", names="tasks"),
    Verb("pause", "switching", "", "start no further tasks; running ones go on"),
    Verb("unpause", "switching", "", "start tasks again"),
    Verb("gpus", "gpus", _GPUS, "GPUs: state, holder, metrics, switches", names="gpus"),
    Verb("history", "listing", "[-n N] [--failed] [--since T]", "ended tasks, the oldest first"),
    Verb("forget", "changing", "ID… | --state S | --before T", "remove the records of ended tasks", names="tasks"),
    Verb("env", "workspace", _ENV, "variables that new tasks get, and saved sets of them"),
    Verb("recover", "recovering", _RECOVER, "tasks that earlier sessions left"),
    Verb("watch", "watching", "[--since N]", "events as they happen", aliases=("events",)),
    Verb("config", "settings", "show|path|check|edit", "settings, and where each comes from"),
    Verb("doctor", "doctor", "", "check driver, disk, clock and the rest; say what mends it"),
    Verb("init", "initialising", "[options]", "write a project's defaults for submit: .ant-tui.toml"),
    Verb("import", "importing", "ant|gpupeasy FILE…", "take over what ANT left, or jobs of GPUPeasy", names="files"),
    Verb("skill", "agents", "[--path]", "print the skill that teaches a coding agent to use ant-tui"),
    Verb("mcp", "agents", "", "offer the verbs to an agent as an MCP server on stdin and stdout"),
    Verb("web", "web", "[--port N] [GPU,…]", "the full screen in a browser on this machine"),
    Verb("completion", "completion", "bash|zsh|fish", "print the completion script for a shell"),
    Verb("stop", "switching", "[--tasks leave|kill]", "end the scheduler; running tasks go on by default"),
)
"""All verbs in the order of the help."""

START = Verb("", "starting", "[GPU,…] [options]", "the full-screen app, or with --no-ui the scheduler alone")
"""What ``ant-tui`` without a verb is."""


def find(name: str) -> Verb | None:
    """The verb of this name or alias."""
    for verb in VERBS:
        if name == verb.name or name in verb.aliases:
            return verb
    return None


def command_of(verb: Verb) -> Command:
    """Import what a verb does."""
    commands: dict[str, Command] = importlib.import_module(f"ant_tui.cli.{verb.module}").COMMANDS
    return commands[verb.name]
