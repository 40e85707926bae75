"""The language of filters: what each word means, what is refused, and what must hold whatever is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ant_tui.core.resources import GpuRef
from ant_tui.core.task import Attempt, Task, TaskSpec, TaskState
from ant_tui.core.task_filter import BadFilter, TaskFilter, parse_filter


def task(number: int = 7, id: str = "vit-sweep-3", *, gpus: tuple[int, ...] = (), **more: object) -> Task:
    spec = TaskSpec("python train.py --lr 0.1 --seed 3", "/home/bo/Project")
    made = Task(number, id, spec, 0.0, 1.0, **more)  # type: ignore[arg-type]
    if gpus:
        made = replace(made, attempts=(Attempt(1, tuple(GpuRef(f"GPU-{i}", i) for i in gpus)),))
    return made


RUNNING = task(state=TaskState.RUNNING, gpus=(2, 5), tags=("Night", "ablation"))
FAILED = task(state=TaskState.FAILED, detail="CUDA out of memory", gpus=(12,))
HELD = task(held=True)
QUEUED = task()


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("", True), ("vit", True), ("VIT train", True), ("vit clip", False), ("0.1", True), ("/home/bo/proj", True),
        ("7", True), ("8", False), ("night", True), ("running", True), ("suspended", False),
        ('"train.py --lr"', True), ('"--lr train.py"', False), ('--l"r 0."1', True),
        ("!clip", True), ("!vit", False), ('!"train.py --lr"', False), ("!!vit", True), ("!clip vit !night", False),
        ("state:running", True), ("state:run", True), ("state:RUN", True), ("state:failed,running", True),
        ("state:failed", False), ("!state:failed", True), ("!state:failed,running", False), ("state:s,r", True),
        ("tag:night", True), ("tag:ni", True), ('tag:"night"', True), ('tag:"ni"', False), ("tag:day,abl", True),
        ("!tag:day", True), ("!tag:night", False), ("tag:ablation !tag:day", True), ("tag:ight", False),
        ("gpu:2", True), ("gpu:02", True), ("gpu:5,7", True), ("gpu:0", False), ("!gpu:2", False), ("!gpu:0", True),
        ("state:", True), ("!", True), ("tag:,", True), ("gpu:", True), ('"', True), ('"vit-s', True),
        ('tag:"nig', False),
        ("STATE:running", True), ("12:30", False), ("http://vit", False), ('"state:failed"', False),
    ],
)  # fmt: skip
def test_what_is_wanted(text: str, wanted: bool) -> None:
    """All words anywhere, quotes, negation, and the three things that can be looked at alone (row 271)."""
    assert parse_filter(text).matches(RUNNING) is wanted


def test_being_held_is_a_state_like_others() -> None:
    """What the list calls held can be found so; it waits as well."""
    found = {text: [one for one in (QUEUED, HELD) if parse_filter(text).matches(one)] for text in
             ("state:held", "state:queued", "held", "!state:held")}  # fmt: skip
    assert found == {"state:held": [HELD], "state:queued": [QUEUED, HELD], "held": [HELD], "!state:held": [QUEUED]}


def test_why_a_task_ended_is_searched_too() -> None:
    """The reason of an end is words like others; a GPU's index is no part of another's."""
    assert parse_filter("cuda memory").matches(FAILED)
    assert not parse_filter("gpu:1").matches(FAILED)
    assert parse_filter("gpu:12").matches(FAILED)


def test_words_do_not_reach_from_one_field_into_the_next() -> None:
    """The end of the id and the number behind it are no word."""
    assert not parse_filter("sweep-37").matches(QUEUED)
    assert not parse_filter('"sweep-3 7"').matches(QUEUED)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("state:nonsense", 'There is no state "nonsense"; try queued, running, completed, failed, cancelled.'),
        ("state:failed,x", 'There is no state "x"'),
        ("user:bo", 'No user: here, only state:, tag: and gpu:. As a word, put it in "quotes".'),
        ("lr:", "No lr: here"),
        ("state:faild", 'There is no state "faild"; did you mean failed?'),
        ("gpu:one", 'gpu: takes the index of a GPU, as in gpu:2; "one" is none.'),
        ("gpu:1,²", '"²" is none'),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused_in_one_sentence(text: str, says: str) -> None:
    """Rather an error than an empty list that nobody understands."""
    with pytest.raises(BadFilter) as problem:
        parse_filter(text)
    assert says in str(problem.value)
    assert str(problem.value)[-1] in ".?"


def test_what_is_understood_of_a_filter_with_a_mistake() -> None:
    """All but the words that mean nothing; the first of these is the one that is told."""
    with pytest.raises(BadFilter, match="No stat: here") as problem:
        parse_filter('!x  stat:r "two words" gpu:a tag:night')
    assert problem.value.rest == parse_filter('!x "two words" tag:night')


def test_a_filter_knows_whether_it_leaves_anything_out() -> None:
    assert not parse_filter("  state: ! ")
    assert parse_filter("!x")


def test_picking_keeps_the_order_and_leaves_out_what_is_gone() -> None:
    tasks = {n: task(n, f"task-{n}") for n in range(1, 30)}
    assert parse_filter("task-1").pick(tasks, [19, 3, 1, 99, 12]) == [19, 1, 12]


words = st.sampled_from(["vit", "v", "it-s", "clip", "0.1", "night", "3", "x", "E", "ß", "İ"])
pieces = st.one_of(
    words,
    words.map(lambda word: f"!{word}"),
    words.map(lambda word: f'"{word} {word}"'),
    st.lists(st.sampled_from(["failed", "run", "held", "q", "c"]), max_size=3).map(lambda s: f"state:{','.join(s)}"),
    st.lists(words, max_size=3).map(lambda tags: f"!tag:{','.join(tags)}"),
    st.lists(words, max_size=3).map(lambda tags: f"tag:{','.join(tags)}"),
    st.lists(st.integers(0, 12).map(str), max_size=3).map(lambda gpus: f"gpu:{','.join(gpus)}"),
)
texts = st.lists(pieces, max_size=5).map(" ".join)
tasks = st.builds(
    task,
    id=st.sampled_from(["vit-sweep-3", "clip", "a-İ-ß", "E"]),
    state=st.sampled_from(TaskState),
    held=st.booleans(),
    tags=st.lists(words, max_size=2).map(tuple),
    detail=words,
    gpus=st.lists(st.integers(0, 12), max_size=3, unique=True).map(tuple),
)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_filter_or_refused(text: str) -> None:
    """Nothing else can come of it, and a filter is the same when its text is read again."""
    try:
        found = parse_filter(text)
    except BadFilter:
        return
    assert parse_filter(found.text) == found
    found.matches(RUNNING)


@given(texts, texts, tasks)
def test_more_words_never_bring_more_tasks(first: str, more: str, one: Task) -> None:
    """Whatever is added leaves out more, or nothing; and the longer filter knows that it narrows the shorter."""
    short, long = parse_filter(first), parse_filter(f"{first} {more}")
    assert long.narrows(short)
    assert short.matches(one) or not long.matches(one)


@given(texts, texts, tasks)
def test_what_narrows_is_a_part(first: str, second: str, one: Task) -> None:
    """Where a filter says that it narrows another, all that it wants the other wants."""
    one_filter, other = parse_filter(first), parse_filter(second)
    if one_filter.narrows(other) and one_filter.matches(one):
        assert other.matches(one)


@given(st.text("abvit-3 ", min_size=1, max_size=9), tasks)
def test_a_growing_word_narrows(text: str, one: Task) -> None:
    """While one types, each key narrows what is there already, so that only that must be looked at."""
    before: TaskFilter = parse_filter("")
    for end in range(1, len(text) + 1):
        now = parse_filter(text[:end])
        assert now.narrows(before)
        before = now


@given(pieces.filter(lambda piece: ":" in piece and not piece.endswith(":")), tasks)
def test_negation_is_the_opposite(piece: str, one: Task) -> None:
    """What a condition wants its negation does not, and the other way round."""
    assert parse_filter(piece).matches(one) is not parse_filter(f"!{piece}").matches(one)


@given(st.one_of(texts, st.text(max_size=60)).filter(lambda text: '"' not in text))
def test_the_sentence_fits_a_small_screen_and_the_rest_is_a_filter(text: str) -> None:
    """Whatever was typed: 78 characters at most, and what was understood of it is the same when it is read again."""
    with pytest.raises(BadFilter) as problem:
        parse_filter(f"{text} stat:x")
    assert len(str(problem.value)) <= 78
    assert parse_filter(problem.value.rest.text) == problem.value.rest
