"""Reading progress from output."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.progress import Progress, read_progress

BAR = "█████     "


@pytest.mark.parametrize(
    ("text", "progress"),
    [
        ("45%|████▌     | 45/100 [00:10<00:12,  4.4it/s]", Progress(0.45, 12, "")),
        ("train:  45%|████▌     | 45/100 [00:10<01:02:03, 4.4it/s, loss=0.1]", Progress(0.45, 3723, "train")),
        ("100%|██████████| 996/1000 [00:10<00:01,  4.4it/s]", Progress(0.996, 1, "")),
        ("  0%|          | 0/100 [00:00<?, ?it/s]", Progress(0, None, "")),
        ("Map:  45%|████ | 4.50k/10.0k [00:01<2 days, 00:00:01, 4 examples/s]", Progress(0.45, 172801, "Map")),
        ("Downloading ━━━━━╸━━━━ 45% 0:00:12", Progress(0.45, 12, "Downloading")),
        ("Working ━━━━━╸━━━━ 45% -:--:--", Progress(0.45, None, "Working")),
        ("   ━━━━━━━━━╸━━━━ 45.0/100.0 MB 10.2 MB/s eta 0:00:05", Progress(0.45, 5, "")),
        (" 45/100 [====>....] - ETA: 3s - accuracy: 45%", Progress(0.45, 3, "")),
        (" 45%[====>      ] 1,234  1.2MB/s  eta 10s", Progress(0.45, 10, "")),
        ("Epoch 3/10", Progress(0.3, None, "epoch")),
        ("epoch 3 of 10 done, accuracy 91%", Progress(0.3, None, "epoch")),
        ("[Epoch 3/10] loss 0.4", Progress(0.3, None, "epoch")),
        ("step 120/1000", Progress(0.12, None, "step")),
        ("Step: [120/1000], loss 3, 5 min left", Progress(0.12, 300, "step")),
        ("1,200/5,000 steps", Progress(0.24, None, "steps")),
        ("Epoch: [3][120/1000]\tTime 0.1", Progress(0.12, None, "step")),
        ("[120/1000] Building CXX object", Progress(0.12, None, "")),
        ("[ 45%] Building C object", Progress(0.45, None, "")),
        ("45%", Progress(0.45, None, "")),
        ("45.5 % complete, ETA 0:10", Progress(0.455, 10, "")),
        ("Progress: 45%", Progress(0.45, None, "Progress")),
        ("Downloading model 45%", Progress(0.45, None, "Downloading model")),
        ("Receiving objects:  45% (450/1000), 1.2 MiB | 3 MiB/s", Progress(0.45, None, "Receiving objects")),
        ("[download]  45.0% of 10.00MiB at 2.00MiB/s ETA 00:03", Progress(0.45, 3, "download")),
        ("ETA 1h2m3s, batch 1/4", Progress(0.25, 3723, "batch")),
        ("\x1b[32mstep\x1b[0m 1/2", Progress(0.5, None, "step")),
        ("10%\r20%\r30%", Progress(0.3, None, "")),
    ],
)
def test_what_is_progress(text: str, progress: Progress) -> None:
    """Bars of the known kinds, counters with their word, percentages that say what they are."""
    found = read_progress(text)
    assert found is not None
    assert found.fraction == pytest.approx(progress.fraction)
    assert found[1:] == progress[1:]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "accuracy 45%",
        "Accuracy: 45%",
        "training accuracy 45%",
        "45% accuracy",
        "val top-5 45.0%",
        "GPU util 45%",
        "GPU 0 [=====     ] 45%",
        "memory usage ━━━━━ 45%",
        "45% of samples were dropped",
        "a drop of 45%",
        "150%",
        "-5%",
        "2024/10",
        "run on 2024/10/21",
        "[10/2024] report",
        "[10/21/2024 12:00] hello",
        "trial 3/10/2024",
        "score 8/10",
        "3/10 tests passed",
        "step 150/100",
        "iter 5/0",
        "epoch 3",
        "7it [00:10, 4.4it/s]",
        "http://host/45%20x",
        "version 1/2.5",
        "100%|██████████| 100/100 [00:22<00:00, 4it/s]\nsaving the model",
        "Downloading: 100%\nnow training",
    ],
)
def test_what_is_none(text: str) -> None:
    """Measurements, dates, scores and finished bars with text below are not taken for progress."""
    assert read_progress(text) is None


def test_the_lowest_line_counts() -> None:
    """Later lines know better; blank ones and talk are passed over."""
    assert read_progress("step 1/10\nstep 2/10\nloss 0.4\n\n") == Progress(0.2, None, "step")


def test_of_nested_bars_the_outer_one_counts() -> None:
    """The topmost unfinished bar is the whole; finished ones above it are history."""
    outer = f"outer:  30%|{BAR}| 3/10 [00:10<00:20, 1s/it]"
    inner = f"inner:  50%|{BAR}| 5/10 [00:01<00:01, 1s/it]"
    done = f"100%|{BAR}| 10/10 [00:10<00:00, 1s/it]"
    assert read_progress(f"{outer}\n{inner}") == Progress(0.3, 20, "outer")
    assert read_progress(f"{done}\n{done}\n{inner}") == Progress(0.5, 1, "inner")
    assert read_progress(f"{done}\n{done}") == Progress(1, 0, "")


def test_a_bar_that_is_printed_line_by_line_is_where_it_was_last() -> None:
    """Where no terminal is, each update of a bar may be a line of its own; the same bar above is history."""
    bars = [f"train: {n}%|{BAR}| {n}/100 [00:10<00:20, 1s/it]" for n in (10, 20, 30)]
    assert read_progress("\n".join(bars)) == Progress(0.3, 20, "train")
    assert read_progress("10%\n20%\n30%") == Progress(0.3, None, "")


def test_a_bar_within_an_epoch_is_a_part_of_it() -> None:
    """With the epoch on the same line or above, the whole training is meant, also for the time that remains."""
    bar = f"45%|{BAR}| 45/100 [00:10<00:12, 4.4it/s]"
    for text in (f"Epoch 3/10: {bar}", f"Epoch 3/10\nsome talk\n{bar}"):
        found = read_progress(text)
        assert found is not None
        assert found.fraction == pytest.approx(0.245)
        assert found.remaining_s == 12 + 7 * 22
        assert found.label == "epoch 3/10"
    assert read_progress(f"Epoch 3/10\n100%|{BAR}| 9/9 [00:10<00:00]\nval loss 0.1") == Progress(0.3, 70, "epoch 3/10")
    steps = read_progress("Epoch [3/10], Step [120/1000], Loss: 0.3")
    assert steps is not None
    assert steps.fraction == pytest.approx(0.212)


WORDS = ["epoch ", "step ", "ETA ", "acc", "left", "s", "done", "Progress: ", "days, ", "of"]
NUMBERS = ["45%", "100%", "3/10", "0:10", "[00:10<00:12", "999999999999", "1,000", "٣"]
MARKS = ["|", "███", "━━━", "[", "]", "/", "<", "\n", "\r", " ", "\x1b[1m", ".", ":", "====="]
PARTS = st.sampled_from([*WORDS, *NUMBERS, *MARKS])


@given(st.text() | st.lists(PARTS, max_size=40).map("".join))
@settings(deadline=None, max_examples=1000)
def test_no_text_is_too_odd(text: str) -> None:
    """It never raises, a fraction is within 0..1, a time is not negative, and a label is printable."""
    found = read_progress(text)
    if found is not None:
        assert 0 <= found.fraction <= 1
        assert found.remaining_s is None or 0 <= found.remaining_s < float("inf")
        assert found.label.isprintable()
        assert len(found.label) <= 40


@given(PARTS, PARTS)
@settings(deadline=None, max_examples=200)
def test_a_line_of_64_kib_is_read_as_fast_as_its_beginning(first: str, second: str) -> None:
    """Only the beginning of a line is looked at, so a huge one gives what its first 400 characters give."""
    line = ((first + second).replace("\n", " ").replace("\r", " ") * 70_000)[:65_000]
    assert read_progress(line) == read_progress(line[:400])
