"""The one table of actions: what can be done, by which key, when, and how the same is said on the command line.

Bindings, footer, palette, help page, documentation and tests are all made of it. What an action does is in ``acts``;
here it only says whether it may be done, and if not, why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from msgspec import Struct

from ant_tui.core.task import ACTIVE, ENDED, TaskState
from ant_tui.ui.situation import Pane, Situation

__all__ = ["ACTIONS", "AT_ONCE", "BY_ID", "EVERYWHERE", "Action", "hints", "of_pane"]

EVERYWHERE: tuple[Pane, ...] = ()
_TASKS = (Pane.TASKS,)
_TASK_PANES = (Pane.TASKS, Pane.OUTPUT)
_GPUS = (Pane.GPUS,)
_OUTPUT = (Pane.OUTPUT,)

_STARTED = frozenset({TaskState.STARTING, TaskState.RUNNING, TaskState.SUSPENDED})
_QUEUED = frozenset({TaskState.QUEUED})


def _always(_: Situation) -> str:
    return ""


class Action(Struct, frozen=True):
    """Something that a person can do.

    Attributes:
        id: what ``[keys]`` in the settings calls it.
        keys: default keys with commas between them; may be empty.
        label: one or two words for the footer.
        help: one sentence for help page and palette.
        where: the panes in which its keys work; empty means in all of them.
        allowed: given what is selected, the reason why it cannot be done, or an empty text.
        cli: the same on the command line; empty for what concerns the screen alone.
        hint: place in the footer, smaller is further left; 0 for not at all.
        last: whether it stands at the footer's right end, where it has room before all others.
        via: id of the widget's own binding that does it, where the widget has one.
    """

    id: str
    keys: str
    label: str
    help: str
    where: tuple[Pane, ...] = EVERYWHERE
    allowed: Callable[[Situation], str] = _always
    cli: tuple[str, ...] = ()
    hint: int = 0
    via: str = ""
    last: bool = False


def _asking(situation: Situation) -> str:
    return situation.trouble


def _some_task(situation: Situation) -> str:
    return "" if situation.tasks else "no task is selected"


def _known(what: str, states: Iterable[TaskState], only: str) -> Callable[[Situation], str]:
    """A check that at least one of the selected tasks is in one of some states."""
    wanted = frozenset(states)

    def check(situation: Situation) -> str:
        if not situation.tasks:
            return "no task is selected"
        if situation.trouble:
            return situation.trouble
        if situation.states.isdisjoint(wanted):
            task = situation.tasks[0]
            if len(situation.tasks) == 1:
                return f"task {task.id} is {task.state}; only {only} can be {what}"
            return f"none of the selected tasks is {only}; nothing can be {what}"
        return ""

    return check


def _attempts(situation: Situation) -> str:
    if not situation.tasks:
        return "no task is selected"
    task = situation.tasks[0]
    return "" if len(task.attempts) > 1 else f"task {task.id} has no other attempt"


def _some_gpu(situation: Situation) -> str:
    return situation.trouble if situation.gpu is not None else "no GPU is selected"


_queued = _known("changed", _QUEUED, "a queued task")


def _movable(situation: Situation) -> str:
    if situation.order and not _queued(situation):
        return f"the list is sorted by {situation.order}; put it in queue order to move tasks"
    return _queued(situation)


ACTIONS: tuple[Action, ...] = (
    Action(
        "task.open", "", "output", "Show the output of the selected task.", _TASKS, _some_task, ("logs ID -f",), 10,
        "table.open",
    ),
    Action("task.add", "a", "add", "Write new tasks.", EVERYWHERE, _asking, ("submit -- CMD…",), 12),
    Action(
        "task.clone", "c", "clone", "Write a new task that begins as the selected one.", _TASKS,
        lambda situation: _some_task(situation) or situation.trouble, ("retry ID --edit",), 32,
    ),
    Action(
        "task.edit", "e", "edit", "Change the selected queued tasks; several get what they have in common.", _TASKS,
        _known("edited", _QUEUED, "a queued task"), ("edit ID --set K=V",), 19,
    ),
    Action(
        "task.edit_text", "E,ctrl+e", "edit as text", "Change the selected queued tasks as text in $EDITOR.", _TASKS,
        _known("edited", _QUEUED, "a queued task"), ("edit ID",),
    ),
    Action(
        "queue.variables", "V", "variables", "The variables that new tasks get, and the slots that keep sets of them.",
        EVERYWHERE, _asking, ("env", "env slot"), 44,
    ),
    Action(
        "task.cancel", "x,delete", "cancel", "End the selected tasks; asks when one of them runs.", _TASK_PANES,
        _known("cancelled", _STARTED | _QUEUED | {TaskState.COMPLETING}, "a queued or running task"),
        ("cancel ID…",), 14,
    ),
    Action(
        "task.hold", "H", "hold", "Keep the selected tasks from starting, or let them go again.", _TASKS,
        _known("held or released", _QUEUED, "a queued task"), ("hold ID…", "release ID…"), 16,
    ),
    Action(
        "task.suspend", "S", "suspend", "Stop the selected tasks for a while, or let them go on.", _TASK_PANES,
        _known("suspended or resumed", {TaskState.RUNNING, TaskState.SUSPENDED}, "a running or suspended task"),
        ("suspend ID…", "resume ID…"), 30,
    ),
    Action(
        "task.retry", "R", "retry", "Queue the selected tasks once more, as new tasks.", _TASK_PANES,
        _known("retried", ENDED | ACTIVE, "a task that has started"), ("retry ID…",), 18,
    ),
    Action(
        "task.explain", "w", "why", "Say why the selected task waits, or what became of it.", _TASKS,
        _some_task, ("explain ID…", "show ID…"), 20,
    ),
    Action(
        "task.signal", "K", "signal", "Send a signal to the processes of the selected tasks.", _TASK_PANES,
        _known("sent a signal", ACTIVE, "a running task"), ("kill -s SIG ID…",), 34,
    ),
    Action(
        "task.top", "T", "to top", "Move the selected tasks to the top of their priority.", _TASKS, _movable,
        ("move ID… --top",), 28,
    ),
    Action(
        "task.bottom", "B", "to bottom", "Move the selected tasks to the end of their priority.", _TASKS, _movable,
        ("move ID… --bottom",),
    ),
    Action(
        "task.up", "ctrl+up", "up", "Move the selected tasks up by one place.", _TASKS, _movable, ("move ID… --up N",)
    ),
    Action(
        "task.down", "ctrl+down", "down", "Move the selected tasks down by one place.", _TASKS, _movable,
        ("move ID… --down N",),
    ),
    Action(
        "task.forget", "D", "forget", "Remove the records of the selected ended tasks; asks first.", _TASKS,
        _known("forgotten", ENDED, "an ended task"), ("forget ID…",), 36,
    ),
    Action(
        "list.filter", "slash", "filter", "List only some tasks, as you type which.", _TASKS, cli=("queue --state S",),
        hint=17,
    ),
    Action("list.sort", "s", "sort", "Choose the order of the list.", _TASKS, hint=31),
    Action("list.columns", "", "columns", "Choose the columns of the task list and their order.", cli=("config edit",)),
    Action("list.sort_next", "greater_than_sign", "next order", "List the tasks in the next order.", _TASKS),
    Action("list.sort_previous", "less_than_sign", "order before", "List the tasks in the order before.", _TASKS),
    Action(
        "list.fold", "f", "fold", "Fold the selected task's section to its heading, or unfold it; so does a click.",
        _TASKS,
    ),
    Action(
        "list.fold_all", "F", "fold all", "Fold all sections to their headings; once all are folded, unfold them.",
        _TASKS,
    ),
    Action(
        "list.lines", "o", "lines", "Show the last lines of output below each task of this section, or no longer.",
        _TASKS,
    ),
    Action(
        "task.tag", "t", "tag", "Put tags on the selected tasks, or take them away.", _TASKS,
        lambda situation: _some_task(situation) or situation.trouble, ("tag ID… TAG", "untag ID… TAG"), 33,
    ),
    Action(
        "task.copy", "y", "copy", "Copy ids, commands, tasks as text, or paths of logs of the selected tasks.", _TASKS,
        _some_task, (), 38,
    ),
    Action(
        "task.copy_line", "Y", "copy task", "Copy the selected tasks as text that makes them again.", _TASKS,
        _some_task,
    ),
    Action(
        "task.export", "L", "export logs", "Write the logs of the selected tasks into a folder.", _TASKS, _some_task,
        ("logs ID --full --header",),
    ),
    Action(
        "output.pager", "O", "pager", "Read the whole log in $PAGER; the screen comes back afterwards.",
        _TASK_PANES, _some_task, ("logs ID --full",), 24,
    ),
    Action(
        "output.search", "slash", "search",
        "Search the whole output; while you type, ctrl+r makes it a regular expression.", _OUTPUT, hint=10,
    ),
    Action("output.next", "n", "next match", "Go to the next match.", _OUTPUT, hint=11),
    Action("output.previous", "N", "match before", "Go to the match before.", _OUTPUT),
    Action(
        "output.line", "L,ctrl+g", "go to line", "Go to a line by its number, or to a share such as 50%.", _OUTPUT,
        hint=13,
    ),
    Action(
        "output.older", "left_square_bracket", "attempt before", "Show the output of the attempt before.", _OUTPUT,
        _attempts, ("logs ID --attempt K",), 40,
    ),
    Action(
        "output.newer", "right_square_bracket", "next attempt", "Show the output of the next attempt.", _OUTPUT,
        _attempts, ("logs ID --attempt K",),
    ),
    Action(
        "output.select", "v", "select", "Select lines by keys: up and down make it more or less, y copies it.", _OUTPUT,
        hint=15,
    ),
    Action(
        "output.copy", "y", "copy", "Copy what is selected, by keys or mouse, or else all that is in view.", _OUTPUT,
        hint=17,
    ),
    Action(
        "gpu.switch", "X", "enable/disable", "Hand this GPU out no more, or again; a task on it is not touched.", _GPUS,
        _some_gpu, ("gpus enable GPU…", "gpus disable GPU…"), 10,
    ),
    Action(
        "gpu.open", "enter", "details", "Show all about this GPU: graphs, figures, and every process on it.", _GPUS,
        _some_gpu, ("gpus",), 8,
    ),
    Action("gpu.up", "up,k", "GPU above", "Select the GPU above.", _GPUS),
    Action("gpu.down", "down,j", "GPU below", "Select the GPU below.", _GPUS),
    Action("gpu.left", "left,h", "GPU before", "Select the GPU before this one.", _GPUS),
    Action("gpu.right", "right,l", "next GPU", "Select the next GPU.", _GPUS),
    Action("gpu.shorter", "minus", "less time", "Show a shorter time in the graphs.", _GPUS, hint=12),
    Action("gpu.longer", "equals_sign,plus", "more time", "Show a longer time in the graphs.", _GPUS, hint=13),
    Action("gpu.smooth", "m", "smooth", "Smooth the graphs, or show every reading.", _GPUS, hint=14),
    Action(
        "queue.pause", "P", "pause queue", "Start no further tasks, or start them again; what runs goes on.",
        EVERYWHERE, _asking, ("pause", "unpause"), 22,
    ),
    Action("view.zoom", "z", "zoom", "Give the whole screen to this pane, or all panes their place back.", hint=40),
    Action(
        "view.tasks_wider", "ctrl+right", "tasks wider",
        "Move the border between tasks and output to the right; the mouse can drag it.",
    ),
    Action(
        "view.tasks_narrower", "ctrl+left", "tasks narrower", "Move the border between tasks and output to the left.",
    ),
    Action(
        "view.gpus_taller", "right_curly_bracket", "GPUs taller",
        "Move the border below the GPUs down; the mouse can drag it.",
    ),
    Action("view.gpus_lower", "left_curly_bracket", "GPUs lower", "Move the border below the GPUs up."),
    Action("view.reset_sizes", "", "usual sizes", "Let all panes have their usual sizes again."),
    Action("view.gpus", "1", "GPUs", "Go to the GPUs."),
    Action("view.tasks", "2", "tasks", "Go to the tasks."),
    Action("view.output", "3", "output", "Go to the output of the selected task."),
    Action("view.next", "tab", "next pane", "Go to the next pane."),
    Action("view.previous", "shift+tab", "pane before", "Go to the pane before."),
    Action("view.back", "escape", "back", "Back to all panes, or to the tasks."),
    Action("view.theme", "", "theme", "Choose other colours."),
    Action(
        "view.recovery", "", "recover", "Recover tasks that earlier sessions left: restore, hide or forget them.",
        cli=("recover",),
    ),
    Action(
        "view.notices", "M", "notices", "Show what happened: ends of tasks, GPUs, the scheduler.", cli=("watch",),
    ),
    Action(
        "view.settings", "comma", "settings", "Change settings; they are kept in your config.toml.",
        cli=("config show", "config edit"),
    ),
    Action("view.redraw", "ctrl+l", "redraw", "Paint the whole screen anew."),
    Action("app.palette", "colon,ctrl+p", "commands", "Find an action by its name.", hint=50, last=True),
    Action("app.help", "question_mark,f1", "help", "Show all keys of this pane.", hint=51, last=True),
    Action("app.suspend", "ctrl+z", "to shell", "Go back to the shell; fg brings the screen back."),
    Action(
        "app.quit", "q,ctrl+q,ctrl+c", "quit", "Leave the screen; asks what becomes of open work.", cli=("stop",),
        hint=52, last=True,
    ),
)  # fmt: skip

AT_ONCE = frozenset({"view.gpus", "view.tasks", "view.output", "view.next", "view.previous"})
"""What decides where the next key goes, and so is done before that one is looked at."""

BY_ID: Mapping[str, Action] = {action.id: action for action in ACTIONS}


def of_pane(pane: Pane | None) -> list[Action]:
    """The actions whose keys work in one pane only (or in two), or everywhere for None."""
    if pane is None:
        return [action for action in ACTIONS if not action.where]
    return [action for action in ACTIONS if pane in action.where]


def hints(pane: Pane) -> list[Action]:
    """The actions that the footer names while a pane has the focus, the most important first."""
    shown = [action for action in ACTIONS if action.hint and (not action.where or pane in action.where)]
    return sorted(shown, key=lambda action: action.hint)
