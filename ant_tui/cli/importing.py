"""``import``: take over what another scheduler left. What to take is decided in ``importing``, here it is done."""

from __future__ import annotations

import os

from ant_tui.cli.call import Command
from ant_tui.cli.words import choice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from ant_tui.cli.call import Call
    from ant_tui.cli.parser import Parser
    from ant_tui.client.connection import Connection
    from ant_tui.importing.plan import Plan, SettingTaken, SlotTaken, TaskTaken

__all__ = ["COMMANDS", "SOURCES"]

SOURCES = {
    "ant": "settings (default.json), the state for recovery, environment slots; or the directory of them",
    "gpupeasy": "jobs to paste (name;;outfile;;command;;;); - reads stdin",
}
"""Whose files can be read, and which."""

_TAG = "from-ant"
_PASTED = "from-gpupeasy"
_MASK = "********"
_REFUSED = 5


class _Story:
    """What became of each thing, told as it happens and counted for the exit code."""

    def __init__(self, call: Call) -> None:
        self._call = call
        self.took: list[dict[str, Any]] = []
        self.left: list[dict[str, Any]] = []
        self.failed = 0

    def take(self, kind: str, what: str, became: str, notes: Iterable[str] = ()) -> None:
        """Something was taken (or would be)."""
        notes = [note for note in notes if note]
        self.took.append({"kind": kind, "what": what, "became": became, "notes": notes})
        self._say("took", f"{what}: {became}", notes)

    def leave(self, what: str, why: str, *, failed: bool = False) -> None:
        """Something was left."""
        self.failed += failed
        self.left.append({"what": what, "why": why, "failed": failed})
        self._say("left", f"{what}: {why}", ())

    def _say(self, word: str, text: str, notes: Iterable[str]) -> None:
        if self._call.json or self._call.out.quiet:
            return
        from ant_tui.output.sanitise import plain

        self._call.out.line(plain(f"{word}  {text}"))
        for note in notes:
            self._call.out.line(plain(f"      {note}"))


def _options(parser: Parser) -> None:
    text = "; ".join(f"{name}: {meaning}" for name, meaning in SOURCES.items())
    parser.add_argument("words", nargs="*", metavar="SOURCE FILE…", help=text)
    parser.add_argument(
        "-D", "--chdir", metavar="DIR", help="where tasks run that name no directory (that of FILE…, or here)"
    )
    parser.add_argument("--dry-run", action="store_true", help="only say what would be taken, and what not")
    parser.add_argument("--no-start", action="store_true", help="start no scheduler where none runs")
    parser.rest = "words"


def _import(call: Call) -> int:
    from ant_tui.errors import UsageError

    words: list[str] = call.args.words
    if len(words) < 2:
        raise UsageError("Say whose files, and which: ant-tui import ant FILE…, or: ant-tui import gpupeasy FILE…")
    if choice(words[0], SOURCES, "source") == "gpupeasy":
        return _import_jobs(call, words[1:])
    return _import_ant(call, words[1:])


def _import_ant(call: Call, words: list[str]) -> int:
    from ant_tui.importing.ant import files_in, plan_of

    paths = [os.path.abspath(os.path.expanduser(word)) for word in words]
    files = [file for path in paths for file in (files_in(path) if os.path.isdir(path) else [path])]
    plans = [plan_of(file) for file in files]  # all of them are read before anything of them is taken
    story = _Story(call)
    for plan in plans:
        call.out.say(f"{plan.file}: {plan.about}")
        _take_settings(call, plan.settings, story)
        for left in plan.left:
            story.leave(left.what, left.why)
    _take_by_scheduler(call, plans, _base(call, paths), story)
    _conclude(call, files, story, _advice(call, story))
    return _REFUSED if story.failed else 0


def _take_settings(call: Call, settings: Iterable[SettingTaken], story: _Story) -> None:
    """Put settings into the person's file, which has the last word where it says something already."""
    from ant_tui import paths
    from ant_tui.config import SettingError, edit_setting, settings_with_origin

    settings = list(settings)
    if not settings:
        return
    file = paths.config_file(call.args.config)
    chosen = paths.chosen_config_file(call.args.config)
    said = {one.key: one for one in settings_with_origin(chosen if chosen and os.path.exists(chosen) else None)}
    for setting in settings:
        present = said[setting.key]
        if present.value == setting.value:
            story.leave(setting.what, f"{setting.key} is {_toml(setting.value)} already.")
        elif present.origin != "default":
            why = f"{setting.key} would be {_toml(setting.value)}, but {present.origin} says {_toml(present.value)}."
            story.leave(setting.what, why)
        else:
            if not call.args.dry_run:
                try:
                    edit_setting(file, setting.key, setting.value)
                except SettingError as problem:
                    story.leave(setting.what, problem.sentence, failed=True)
                    continue
            story.take("setting", setting.what, f"{setting.key} = {_toml(setting.value)}", (setting.note,))


def _toml(value: object) -> str:
    import json

    text: str = json.dumps(value, ensure_ascii=False)
    return text


def _base(call: Call, paths: Iterable[str]) -> str:
    """Where tasks run that name no directory: where the other scheduler was started, as far as that is known."""
    if call.args.chdir:
        return os.path.abspath(os.path.expanduser(str(call.args.chdir)))
    return next((path for path in paths if os.path.isdir(path)), None) or os.getcwd()


def _take_by_scheduler(call: Call, plans: Iterable[Plan], base: str, story: _Story) -> None:
    """Tasks and slots, which only a scheduler can record."""
    tasks = [task for plan in plans for task in plan.tasks]
    slots = [slot for plan in plans for slot in plan.slots]
    if not tasks and not slots:
        return
    if call.args.dry_run:
        for task in tasks:
            story.take("task", task.what, _became(task), task.notes)
        for slot in slots:
            story.take("slot", slot.what, f"slot {slot.slot} ({', '.join(slot.values)})", slot.notes)
        return
    with call.connect_or_start(start=not call.args.no_start) as connection:
        _take_tasks(connection, tasks, base, story)
        _take_slots(connection, slots, story)


def _take_tasks(connection: Connection, tasks: Iterable[TaskTaken], base: str, story: _Story) -> None:
    """Queue tasks one by one, held: what one of them lacks must not keep the others out."""
    from ant_tui.client.caller import carried
    from ant_tui.errors import AntError

    environment = carried(os.environ)
    for task in tasks:
        wanted = _submission(task, base)
        try:
            result = connection.call("submit", {"tasks": [wanted], "environment": environment})
        except AntError as problem:
            story.leave(task.what, problem.sentence, failed=True)
            continue
        (made,) = result["tasks"]
        if made["existing"]:
            story.leave(task.what, f"It was taken before: it is task {made['number']}, {made['id']}.")
        else:
            story.take("task", task.what, f"task {made['number']}, {_became(task)}", task.notes)


def _submission(task: TaskTaken, base: str) -> dict[str, Any]:
    return {
        "command": task.command,
        "verbatim": True,
        "workdir": os.path.normpath(os.path.join(base, os.path.expanduser(task.workdir))),
        "id": task.id,
        "gpus": task.gpus,
        "variables": dict(task.variables),
        "conda_env": task.conda_env,
        "conda_env_path": task.conda_env_path,
        "conda_path": task.conda_path,
        "tags": [_TAG],
        "key": task.key,
        "hold": True,
    }


def _became(task: TaskTaken) -> str:
    gpus = f" with {task.gpus} GPU{'s' if task.gpus != 1 else ''}" if task.gpus else ""
    before = "; it ran when ANT ended" if task.was == "interrupted" else ""
    return f"held{gpus}{before}: {task.command}"


def _take_slots(connection: Connection, slots: Iterable[SlotTaken], story: _Story) -> None:
    """Save sets of variables where they were, or in the next empty slot."""
    from ant_tui.errors import AntError

    for slot in slots:
        found = connection.call("env")["slots"]
        there = next((one["slot"] for one in found if _is_same(one, slot)), None)
        if there is not None:
            story.leave(slot.what, f"It was taken before: it is slot {there}.")
            continue
        number = _free(found, slot)
        if number is None:
            story.leave(slot.what, "All slots are full; clear one with: ant-tui env slot clear N", failed=True)
            continue
        try:
            request = {"slot": number, "name": slot.name, "values": dict(slot.values)}
            connection.call("env_slot_save", request)
        except AntError as problem:
            story.leave(slot.what, problem.sentence, failed=True)
        else:
            story.take("slot", slot.what, f"slot {number} ({', '.join(slot.values)})", slot.notes)


def _is_same(there: dict[str, Any], slot: SlotTaken) -> bool:
    """Whether a slot holds the same set; values that look secret are not told, so their names must do."""
    values = there["values"]
    return (
        there["name"] == slot.name
        and values.keys() == slot.values.keys()
        and all(value in (slot.values[name], _MASK) for name, value in values.items())
    )


def _free(slots: Iterable[dict[str, Any]], wanted: SlotTaken) -> int | None:
    empty = [slot["slot"] for slot in slots if slot["empty"]]
    return wanted.slot if wanted.slot in empty else next(iter(empty), None)


def _import_jobs(call: Call, files: list[str]) -> int:
    """Queue jobs that were written for GPUPeasy: all of a file, or none."""
    from ant_tui.cli.submitting import text_of
    from ant_tui.errors import UsageError
    from ant_tui.submission.gpupeasy import parse_gpupeasy

    if len(files) > 1:
        raise UsageError("All jobs of a file are queued, or none: import one file at a time.")
    text = text_of(files[0])
    drafts = parse_gpupeasy(text)
    checked = _queue_jobs(call, text)
    story = _Story(call)
    for draft in drafts:
        story.take("task", str(draft.id), f"queued with 1 GPU: {draft.command}", [f"output: {draft.output}"])
    _conclude(call, files, story, _said_of_jobs(call, story, checked=checked))
    return 0


def _queue_jobs(call: Call, text: str) -> bool:
    """Have all jobs queued, or only looked at; False where there was nobody to look at them.

    Raises:
        AntError: they are refused, with every reason; none was queued.
    """
    from ant_tui.client.caller import carried
    from ant_tui.errors import NoScheduler

    dry_run = bool(call.args.dry_run)
    form = {"command": "", "workdir": _base(call, ()), "workdir_default": call.args.chdir is None, "tags": [_PASTED]}
    request = {"text": text, "mode": "gpupeasy", "form": form, "environment": carried(os.environ)}
    try:
        with call.connect_or_start(start=not (dry_run or call.args.no_start)) as connection:
            connection.call("submit_text", {**request, "dry_run": dry_run})
    except NoScheduler:
        if not dry_run:
            raise
        return False
    return True


def _said_of_jobs(call: Call, story: _Story, *, checked: bool) -> Iterator[str]:
    count = len(story.took)
    if not call.args.dry_run:
        yield f"{count} queued; they have the tag {_PASTED}."
        return
    yield f"{count} would be queued."
    if not checked:
        yield "No scheduler runs here: ids, directories and output files were not checked."


def _conclude(call: Call, files: list[str], story: _Story, sentences: Iterable[str]) -> None:
    if call.json:
        document = {"schema": 1, "dry_run": call.args.dry_run, "files": files, "took": story.took, "left": story.left}
        call.out.document(document)
        return
    for sentence in sentences:
        call.out.say(sentence)


def _advice(call: Call, story: _Story) -> Iterator[str]:
    would = "would be " if call.args.dry_run else ""
    yield f"{len(story.took)} {would}taken, {len(story.left)} left."
    kinds = {one["kind"] for one in story.took}
    if call.args.dry_run:
        return
    if "setting" in kinds:
        yield "The settings hold from the next start of the scheduler; see them with: ant-tui config show"
    if "task" in kinds:
        yield f"The tasks are held and have the tag {_TAG}; let them go with: ant-tui release --tag {_TAG}"
    if "slot" in kinds:
        yield "Use a slot with: ant-tui env slot load N"


COMMANDS = {"import": Command(_options, _import)}
"""The verbs of this module."""
