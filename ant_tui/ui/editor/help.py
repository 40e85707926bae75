"""The editor's help page: its keys, and the language of tasks in a few lines."""

from __future__ import annotations

__all__ = ["help_rows"]

_KEYS = (
    ("^s", "check everything, and do it if it is all right"),
    ("tab shift+tab", "next field, field before"),
    ("→", "in Folder and Conda: take the suggestion"),
    ("^r", "choose among earlier commands"),
    ("^↑ ^↓", "step through earlier commands"),
    ("^o", "write the command in $EDITOR"),
    ("^p", "add a variable from the presets"),
    ("f2", "preview and variables"),
    ("^n", "throw away what was written; asks first"),
    ("esc", "leave; what you wrote is kept as a draft"),
)
_MODES = ("^t", "Single and Multi; among variables, table and JSON")
_LANGUAGE = (
    ("", ""),
    ("", "In a command"),
    ("ant_n_gpus=2", "number of GPUs; also ant_task_id= ant_gpu_ids= ant_priority= ant_tags= ant_envar={…}"),
    ("ant_output=x.txt", "file for the output; it must not exist"),
    ("{sweep lr 1 2}", "a task for each value; {sweep lr} is it again, [lr] in an id; 1..5 is a range"),
    ("{rand int 1 9}", "a number drawn when the task is queued; also {rand float 0.1 0.5}"),
    ("# …", "a comment; in Multi a line that ends in \\ goes on in the next"),
    ("", ""),
    ("", "In an id"),
    ("[date] [time]", "also [datetime]"),
    ("[uuid] [uuid8]", "drawn anew for each task; also [phrase] and [randint:1:9]"),
    ("", ""),
    ("", "Variables"),
    ("3 true null {…}", "are what JSON makes of them; null is not set"),
    ('"3"', "in quotes it is text"),
    ("ant_…", "rows that begin so say something about the task: ant_wd, ant_conda_env …"),
)


def help_rows(*, modes: bool) -> list[tuple[str, str]]:
    """The page as (name, text) rows, as ``TextDialog`` takes them.

    Args:
        modes: whether many tasks can be written.
    """
    keys = [("", "Keys"), *_KEYS]
    if not modes:
        return keys
    return [*keys[:2], _MODES, *keys[2:], *_LANGUAGE]
