"""How far a task says it is, read from the last lines of its output.

Guessing from text, so it is better to say nothing than something wrong. What counts:

* a bar with a percentage or a count beside it: tqdm ``45%|███ | 45/100 [00:10<00:12, 4.4it/s]``, rich and pip
  ``━━━━━╸━━━ 45% 0:00:12``, Keras ``45/100 [===>....]``, wget ``45%[===>   ]``;
* a counter with its word: ``Epoch 3/10``, ``step 120/1000``, ``batch 5 of 20``, ``120/1000 files``, also in brackets
  (``Step [120/1000]``), and a count in brackets at the beginning of a line (``[120/1000] Building``);
* a percentage in brackets at the beginning of a line (``[ 45%]``), one that is the line or begins it, and one behind a
  word of doing (``Progress: 45%``, ``Downloading model 45%``, ``Receiving objects: 45% (450/1000)``); behind these
  nothing but a count, a time, a speed or "done" may stand (``45% complete, ETA 0:10``).

What does not: a percentage with a word of measuring (accuracy, loss, util, memory, top-5 …), outside 0..100 or inside a
sentence; a pair of numbers without such a word (dates like ``2024/10``, scores like ``8/10``), one that goes on as a
date (``3/10/2024``), ``[10/2024]``, and one whose first number is the greater.

The lowest line that says something wins, with these exceptions. Of different bars (by label and total) on neighbouring
lines the topmost unfinished one counts (the outer loop). What goes on within an epoch (``Epoch 3/10`` on its line or
above it) counts as a part of that epoch: ``(3 - 1 + 0.45) / 10``. A finished bar under which other text has appeared
says nothing any more.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from ant_tui.output.sanitise import plain

__all__ = ["Progress", "read_progress"]

_MAX_TEXT = 64 * 1024
_MAX_LINES = 40
_MAX_LINE = 400  # characters of a line that are looked at: bars are not longer
_MAX_LABEL = 40


class Progress(NamedTuple):
    """How far something is.

    Attributes:
        fraction: 0..1.
        remaining_s: seconds that the output says it will take, or None when it does not say.
        label: what is counted, in the output's own words; printable, 40 characters at most, may be "".
    """

    fraction: float
    remaining_s: float | None
    label: str


class _Found(NamedTuple):
    """What one line says."""

    kind: Literal["bar", "percent", "counter", "epoch"]
    fraction: float
    label: str
    remaining_s: float | None = None
    elapsed_s: float | None = None
    epoch: tuple[int, int] | None = None
    total: int | None = None


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(text, re.ASCII | re.IGNORECASE)


_SEQUENCE = re.compile(r"\x1b\[[0-?]{0,64}[ -/]{0,8}[@-~]")
_PERCENT = r"(?P<percent>(?<![\d.,/-])\d{1,3}(?:\.\d{1,6})?)\s?%"
_NUMBER = r"(?:\d{1,3}(?:,\d{3}){1,4}|\d{1,12})"
_PAIR = rf"(?<![\d/.,])(?P<done>{_NUMBER})\s?(?:/|\sof\s)\s?(?P<all>{_NUMBER})(?!\s?[/\d]|[.,:-]\d)"
_COUNTED = (
    r"(?P<word>steps?|iter|iterations?|batch(?:es)?|rounds?|trials?|episodes?|samples?|files?|tasks?|chunks?|images?"
    r"|parts?|shards?|folds?|items?|examples?|frames?|videos?|documents?|runs?|jobs?|stages?|blocks?|layers?)\b"
)
_TQDM = _pattern(rf"{_PERCENT}\|[^|]{{0,300}}\|\s*(?:(?P<done>\d{{1,12}})/(?P<all>\d{{1,12}})\s)?")
_TQDM_TIMES = _pattern(r"\[(?P<elapsed>[\d:]{4,12})<(?:(?P<days>\d{1,4}) days?, )?(?P<remaining>[\d:]{4,12})?")
_BAR = re.compile("[━╸╺█▉▊▋▌▍▎▏░▒▓■□⣿]{3,}|\\[[=#*>.\\-_ ]{5,200}\\]|\\|[=#*>.\\-_ █]{5,200}\\|")
_BAR_PERCENT = _pattern(_PERCENT)
_BAR_PAIR = _pattern(r"(?<![\d/.])(?P<done>\d{1,12}(?:\.\d{1,3})?)/(?P<all>\d{1,12}(?:\.\d{1,3})?)(?![/\d.])")
_EPOCH = _pattern(rf"\bepochs?\b\s?[:#=]?\s?[\[(]?\s?{_PAIR}")
_EPOCH_STEP = _pattern(rf"\bepoch:?\s?\[\s?\d{{1,6}}\s?\]\s?\[\s?{_PAIR}\s?\]")  # Epoch: [3][120/1000]
_WORD_PAIR = _pattern(rf"\b{_COUNTED}\s?[:#=]?\s?[\[(]?\s?{_PAIR}")
_PAIR_WORD = _pattern(rf"{_PAIR}\s?{_COUNTED}")
_LEADING_PAIR = _pattern(rf"\s*\[\s{{0,9}}{_PAIR}\s?\]")
_LEADING_BRACKET = _pattern(rf"\s*\[\s{{0,4}}{_PERCENT}\s?\]")
_LEADING_PERCENT = _pattern(rf"\s*{_PERCENT}")
_TAIL_TOKEN = _pattern(  # what may stand behind a percentage
    r"[\s,;:|()\[\]~<@\-\d./]+|(?:done|completed?|finished|eta|elapsed|remaining|left|in|at|of(?=\s?\d)"
    r"|[kmgt]?i?b(?:/s|ps)?|it/s|s/it|days?|h|hours?|m|min|minutes?|s|sec|seconds?)\b"
)
_DOING = _pattern(
    r"\b(?:progress|complete|completed|done|download|upload|(?:download|upload|extract|train|process|load|build|install|copy|convert"
    r"|evaluat|generat|encod|decod|render|comput|prepar|tokeniz|tokenis|mapp|receiv|resolv|compress|unpack|index|sav"
    r"|fetch|writ|read|sampl|sort|scann|verify|valid|optimiz|optimis|solv|simulat|merg)(?:ing|ating))\b"
)
_MEASURING = _pattern(
    r"\b(?:acc|accuracy|top-?\d*|precision|recall|f1|auc|auroc|map|miou|iou|dice|loss|util|utili[sz]ation|usage|used|use"
    r"|gpus?|cpus?|mem|memory|vram|ram|disk|temp|power|fan|dropout|sparsity|confidence|prob|probability|error|wer|cer"
    r"|bleu|rate|coverage|percentile|quantile|ci|threshold|success|fail|failed|failures?|passed|free|full|ratio|score"
    r"|hits?|share|masked|mask|occupancy|efficiency)\b"
)
_ETA = _pattern(r"\beta\b[:= ]{0,3}(?P<time>[\d:]{1,12}(?:\s?[hms])?(?:\s?\d{1,2}\s?[ms])?(?:\s?\d{1,2}\s?s)?)")
_LEFT = _pattern(r"(?P<time>\d[\d:]{0,11}(?:\s?(?:h|m|min|s|sec)\b)?)\s?(?:left|remaining)\b")
_CLOCK = _pattern(r"(?<![\d:])\d{1,4}:\d{2}:\d{2}(?![\d:])")
_UNITS = {"h": 3600.0, "m": 60.0, "s": 1.0}


def read_progress(text: str) -> Progress | None:
    r"""Read how far a task is.

    Args:
        text: the last lines of its output, as a terminal shows them or raw (of what carriage returns part, the last
            counts). Only the last 40 lines and of each the first 400 characters are looked at, so any text is quick.

    Returns:
        What the output says, or None when it says nothing that is surely meant as progress.
    """
    shown = [line.rstrip().rpartition("\r")[2] for line in text[-_MAX_TEXT:].split("\n")]
    lines = [_SEQUENCE.sub("", line[:_MAX_LINE]) for line in [line for line in shown if line][-_MAX_LINES:]]
    for at in range(len(lines) - 1, -1, -1):
        found = _read_line(lines[at])
        if found is not None:
            break
    else:
        return None
    if found.kind == "bar":
        found, at = _outermost(lines, found, at)
    if found.kind != "epoch":
        epoch = found.epoch or _epoch_above(lines, at)
        if epoch is not None:
            return _within(epoch, found)
        if found.kind != "counter" and found.fraction == 1 and at < len(lines) - 1 and _read_line(lines[-1]) is None:
            return None
    return Progress(found.fraction, found.remaining_s, found.label)


def _outermost(lines: list[str], found: _Found, at: int) -> tuple[_Found, int]:
    """Of the different bars on the lines up from one, the topmost that is not finished.

    The same bar again, by its label and total, is what it said earlier.
    """
    best, best_at = found, at
    seen = {(found.label, found.total)}
    while at and (above := _read_line(lines[at - 1])) is not None and above.kind == "bar":
        at -= 1
        if above.fraction < 1 and (above.label, above.total) not in seen:
            best, best_at = above, at
        seen.add((above.label, above.total))
    return best, best_at


def _epoch_above(lines: list[str], at: int) -> tuple[int, int] | None:
    for line in reversed(lines[:at]):
        found = _read_line(line)
        if found is not None and found.epoch is not None:
            return found.epoch
    return None


def _within(epoch: tuple[int, int], found: _Found) -> Progress:
    """The progress of all epochs, of which one is as far as ``found`` says."""
    number, count = epoch
    remaining = None
    if found.remaining_s is not None and found.elapsed_s is not None:
        remaining = found.remaining_s + (count - number) * (found.elapsed_s + found.remaining_s)
    return Progress((max(number - 1, 0) + found.fraction) / count, remaining, f"epoch {number}/{count}")


def _read_line(line: str) -> _Found | None:
    """What one line says by itself."""
    found = _tqdm(line) or _bar(line) or _counter(line) or _percentage(line)
    epoch = _pair(_EPOCH.search(line))
    if epoch is None:
        return found
    if found is None:
        return _Found("epoch", epoch[0] / epoch[1], "epoch", _remaining(line), epoch=epoch)
    return found._replace(epoch=epoch)


def _tqdm(line: str) -> _Found | None:
    found = _TQDM.search(line)
    if found is None or (fraction := _fraction(found["percent"])) is None:
        return None
    pair = _pair(found) if found["all"] else None
    times = _TQDM_TIMES.search(line, found.end("percent"))
    remaining = elapsed = None
    if times is not None:
        elapsed = _seconds(times["elapsed"])
        remaining = _seconds(times["remaining"]) if times["remaining"] else None
        if remaining is not None and times["days"]:
            remaining += 86400 * int(times["days"])
    if pair is not None:
        fraction = pair[0] / pair[1]
    total = pair[1] if pair else None
    return _Found("bar", fraction, _label(line, found.start()), remaining, elapsed, total=total)


def _bar(line: str) -> _Found | None:
    """A bar of another kind, with a percentage or a count before or behind it."""
    bar = _BAR.search(line)
    if bar is None or _MEASURING.search(line, 0, bar.start()):
        return None
    percent, pair = _BAR_PERCENT.search(line), _BAR_PAIR.search(line)
    fraction = None
    if percent is not None and not _MEASURING.search(line, 0, percent.start()):
        fraction = _fraction(percent["percent"])
    if fraction is None and pair is not None:
        done, count = float(pair["done"]), float(pair["all"])
        fraction = done / count if count > 0 and done <= count else None
    if fraction is None:
        return None
    remaining = _remaining(line)
    clocks = _CLOCK.findall(line, bar.end())
    if remaining is None and len(clocks) == 1:  # rich: the only time beside a bar is the remaining one
        remaining = _seconds(clocks[0])
    return _Found(
        "bar", fraction, _label(line, min(found.start() for found in (bar, percent, pair) if found)), remaining
    )


def _counter(line: str) -> _Found | None:
    if (pair := _pair(_EPOCH_STEP.search(line))) is not None:
        return _Found("counter", pair[0] / pair[1], "step", _remaining(line))
    for pattern in (_WORD_PAIR, _PAIR_WORD):
        found = pattern.search(line)
        if found is not None and (pair := _pair(found)) is not None:
            return _Found("counter", pair[0] / pair[1], found["word"].lower(), _remaining(line))
    pair = _pair(_LEADING_PAIR.match(line))
    if pair is None or (pair[0] <= 12 and 1900 <= pair[1] <= 2100):  # [10/2024] is a month
        return None
    return _Found("counter", pair[0] / pair[1], "", _remaining(line))


def _percentage(line: str) -> _Found | None:
    found = _LEADING_BRACKET.match(line)
    if found is None:
        found = _LEADING_PERCENT.match(line) or _BAR_PERCENT.search(line)
        if found is None or _TAIL_TOKEN.sub("", line[found.end() :]):
            return None
        before = line[: found.start("percent")]
        if before.strip() and (not _DOING.search(before) or _MEASURING.search(before)):
            return None
    fraction = _fraction(found["percent"])
    if fraction is None:
        return None
    return _Found("percent", fraction, _label(line, found.start("percent")), _remaining(line))


def _pair(found: re.Match[str] | None) -> tuple[int, int] | None:
    if found is None:
        return None
    done, count = int(found["done"].replace(",", "")), int(found["all"].replace(",", ""))
    return (done, count) if count > 0 and done <= count else None


def _fraction(percent: str) -> float | None:
    value = float(percent) / 100
    return value if value <= 1 else None


def _remaining(line: str) -> float | None:
    found = _ETA.search(line) or _LEFT.search(line)
    return _seconds(found["time"]) if found else None


def _seconds(time: str) -> float | None:
    """Seconds of 1:02:03, 02:03, 1h2m3s, 3s; None for what is no time."""
    if ":" in time:
        parts = time.split(":")
        if len(parts) > 3 or not all(part.isdecimal() for part in parts):
            return None
        total = 0.0
        for part in parts:
            total = total * 60 + int(part)
        return total
    units = re.findall(r"(\d+)\s?([hms])", time.lower())
    return sum(int(number) * _UNITS[unit] for number, unit in units) if units else None


def _label(line: str, end: int) -> str:
    return plain(line[:end]).strip(" :|-[]()·")[:_MAX_LABEL].rstrip()
