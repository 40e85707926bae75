"""The language in which people say which tasks they want to see: text → a filter → tasks. No list, no screen.

``train 8b`` wants both words, anywhere; ``"two words"`` wants them together; ``!debug`` wants the word nowhere;
``state:failed,timeout``, ``tag:night`` and ``gpu:0,2`` look at one thing alone, and ``!`` turns them round as well.
States and tags need only begin so, that a list follows while one types; ``tag:"night"`` is that tag and no other.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches

from msgspec import Struct

from ant_tui.core.task import Task, TaskState

__all__ = ["KEYS", "BadFilter", "TaskFilter", "parse_filter"]

KEYS = ("state", "tag", "gpu")
"""What may stand before a colon."""

_HELD = "held"
_EXACTLY, _BEGINS = "=", "^"
_STATES = (*(state.value for state in TaskState), _HELD)
_COMMON = ", ".join((TaskState.QUEUED, TaskState.RUNNING, TaskState.COMPLETED, TaskState.FAILED, TaskState.CANCELLED))
_LONGEST = 10
"""Characters of what was typed that a sentence repeats: it has to fit into one line of a small screen."""

_TOKEN = re.compile(r'(?P<no>!*)(?:(?P<key>[A-Za-z_]+):(?!//))?(?P<value>(?:"[^"]*"?|[^\s"])*)')
_PIECE = re.compile(r'"(?P<quoted>[^"]*)"?|(?P<comma>,)|(?P<plain>[^",]+)')


class BadFilter(ValueError):
    """A filter that means nothing; ``str()`` of it is a sentence that says what to write instead.

    Attributes:
        rest: what was understood: the filter without the words that mean nothing.
    """

    def __init__(self, sentence: str, rest: TaskFilter | None = None) -> None:
        """Say what to write instead."""
        super().__init__(sentence)
        self.rest = rest or TaskFilter()


class _Term(Struct, frozen=True):
    """One thing that is looked at alone.

    Attributes:
        key: one of ``KEYS``.
        values: any of them will do. States are spelled out; before a tag stands how it must be like that.
        negated: none of them may be there.
    """

    key: str
    values: frozenset[str]
    negated: bool = False

    def narrows(self, other: _Term) -> bool:
        if (self.key, self.negated) != (other.key, other.negated):
            return False
        return self.values >= other.values if self.negated else self.values <= other.values


class TaskFilter(Struct, frozen=True):
    """Which tasks are wanted; made by ``parse_filter``.

    Attributes:
        text: as it was typed, without blanks around it.
        words: each must occur somewhere; in lower case.
        without: none may occur anywhere; in lower case.
        terms: what is looked at alone.
    """

    text: str = ""
    words: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    terms: tuple[_Term, ...] = ()

    def __bool__(self) -> bool:
        """Whether it leaves anything out."""
        return bool(self.words or self.without or self.terms)

    def matches(self, task: Task) -> bool:
        """Whether a task is wanted."""
        for term in self.terms:
            if _CHECKS[term.key](task, term.values) is term.negated:
                return False
        if not self.words and not self.without:
            return True
        text = _text_of(task)
        return all(word in text for word in self.words) and not any(word in text for word in self.without)

    def pick(self, tasks: Mapping[int, Task], numbers: Iterable[int]) -> list[int]:
        """Those among some tasks that are wanted, in their order; numbers that are no task are left out."""
        matches = self.matches
        return [number for number in numbers if (task := tasks.get(number)) is not None and matches(task)]

    def narrows(self, other: TaskFilter) -> bool:
        """Whether it is certain that all that this one wants, the other wants too (as when a word grows)."""
        return (
            all(any(word in mine for mine in self.words) for word in other.words)
            and all(any(mine in word for mine in self.without) for word in other.without)
            and all(any(mine.narrows(term) for mine in self.terms) for term in other.terms)
        )


def parse_filter(text: str) -> TaskFilter:
    """Read a filter.

    What is only half typed (``state:``, a lone ``!``, an open quote) is no mistake: it wants nothing yet.

    Raises:
        BadFilter: a key or a state does not exist, or a GPU is not named by its index; it holds all that is none of
            these.
    """
    understood: list[str] = []
    problem: BadFilter | None = None
    words: list[str] = []
    without: list[str] = []
    terms: list[_Term] = []
    text = " ".join(text.splitlines()).strip()
    for token in _TOKEN.finditer(text):
        negated = len(token["no"]) % 2 == 1
        key = (token["key"] or "").lower()
        if key:
            try:
                term = _term(key, token["value"], negated)
            except BadFilter as wrong:
                problem = problem or wrong
                continue
            terms += [term] if term.values else []
        elif word := _joined(token["value"]).lower():
            (without if negated else words).append(word)
        if token.group():
            understood.append(token.group())
    if problem is None:
        return TaskFilter(text, tuple(words), tuple(without), tuple(terms))
    rest = " ".join(understood).strip()
    raise BadFilter(str(problem), TaskFilter(rest, tuple(words), tuple(without), tuple(terms)))


def _joined(value: str) -> str:
    return value.replace('"', "")


def _term(key: str, value: str, negated: bool) -> _Term:
    if key not in KEYS:
        raise BadFilter(f'No {_short(key)}: here, only state:, tag: and gpu:. As a word, put it in "quotes".')
    values: set[str] = set()
    for alternative, quoted in _alternatives(value):
        values |= _VALUES[key](alternative, quoted)
    return _Term(key, frozenset(values), negated)


def _alternatives(value: str) -> list[tuple[str, bool]]:
    """What stands between commas that are not in quotes, and whether it stood in quotes; the empty left out."""
    found = [("", False)]
    for piece in _PIECE.finditer(value):
        if piece["comma"]:
            found.append(("", False))
        elif piece["quoted"] is not None:
            found[-1] = (found[-1][0] + piece["quoted"], True)
        else:
            found[-1] = (found[-1][0] + piece["plain"], found[-1][1])
    return [(text, quoted) for text, quoted in found if text]


def _states(text: str, _: bool) -> set[str]:
    found = {state for state in _STATES if state.startswith(text.lower())}
    if not found:
        near = get_close_matches(text.lower(), _STATES, n=1)
        hint = f"did you mean {near[0]}?" if near else f"try {_COMMON}."
        raise BadFilter(f'There is no state "{_short(text)}"; {hint}')
    return found


def _tags(text: str, quoted: bool) -> set[str]:
    return {f"{_EXACTLY if quoted else _BEGINS}{text.lower()}"}


def _gpus(text: str, _: bool) -> set[str]:
    if not (text.isascii() and text.isdigit() and len(text) <= 6):
        raise BadFilter(f'gpu: takes the index of a GPU, as in gpu:2; "{_short(text)}" is none.')
    return {str(int(text))}


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


_VALUES: Mapping[str, Callable[[str, bool], set[str]]] = {"state": _states, "tag": _tags, "gpu": _gpus}


def _has_state(task: Task, values: frozenset[str]) -> bool:
    return task.state in values or (task.held and task.state is TaskState.QUEUED and _HELD in values)


def _has_tag(task: Task, values: frozenset[str]) -> bool:
    if not task.tags:
        return False
    for tag in task.tags:
        low = tag.lower()
        if _EXACTLY + low in values or any(value[0] == _BEGINS and low.startswith(value[1:]) for value in values):
            return True
    return False


def _has_gpu(task: Task, values: frozenset[str]) -> bool:
    return any(str(gpu.index) in values for gpu in task.gpus)


_CHECKS: Mapping[str, Callable[[Task, frozenset[str]], bool]] = {"state": _has_state, "tag": _has_tag, "gpu": _has_gpu}


def _text_of(task: Task) -> str:
    """All that words may occur in; a word never reaches from one part into the next, since it has no line break."""
    spec = task.spec
    tags = " ".join(task.tags) if task.tags else ""
    held = _HELD if task.held else ""
    return (
        f"{task.id}\n{task.number}\n{spec.command}\n{spec.resolved_command}\n{tags}\n{spec.workdir}\n"
        f"{task.state.value}\n{held}\n{task.detail}"
    ).lower()
