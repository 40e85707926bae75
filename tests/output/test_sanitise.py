"""The one sanitiser makes any string safe to show."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output import sanitise
from ant_tui.output.sanitise import INVISIBLE, plain, plain_lines

ROOT = Path(__file__).resolve().parents[2]
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=()))  # lone surrogates too
BIDI = {*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200E, 0x200F, 0x061C}
HOSTILE = st.text(
    alphabet=st.sampled_from("\x00\x1b\x07\n\r\t\x7f\x85\x9b\u202e\u2066\u200b\u2028\ufeff\ud800\ufe0f\u3164a[]中")
)


@given(ANY_TEXT | HOSTILE)
@settings(deadline=None, max_examples=500)
def test_whatever_comes_in_what_comes_out_is_printable(text: str) -> None:
    """No control character, no bidirectional control, nothing invisible and no surrogate is left."""
    safe = plain(text)
    assert safe.isprintable()
    assert not any(ord(c) < 0x20 or 0x7F <= ord(c) < 0xA0 or ord(c) in BIDI for c in safe)
    safe.encode()


@given(ANY_TEXT | HOSTILE, st.sampled_from(["⏎", " ", " | "]))
@settings(deadline=None)
def test_doing_it_twice_changes_nothing(text: str, newline: str) -> None:
    """Cleaning is idempotent, so a string may pass the sanitiser on every way."""
    once = plain(text, newline=newline)
    assert plain(once, newline=newline) == once


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0x7E)))
def test_clean_ascii_stays_itself(text: str) -> None:
    """The common case gives back the very same object."""
    assert plain(text) is text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b]52;c;aGk=\x07", "␛]52;c;aGk=␇"),
        ("a\tb", "a␉b"),
        ("a\r\nb\nc", "a⏎b⏎c"),
        ("a\rb", "a␍b"),
        ("del\x7f", "del␡"),
        ("csi\x9b31m", "csi·31m"),
        ("nel\x85x", "nel⏎x"),
        ("line\u2028para\u2029", "line⏎para⏎"),
        ("user\u202egnp.exe", "user·gnp.exe"),
        ("\u2066x\u2069", "·x·"),
        ("zero\u200bwidth\ufeff", "zero·width·"),
        ("soft\xadhyphen", "soft·hyphen"),
        ("filler\u3164", "filler·"),
        ("bad\udc80byte", "bad\ufffdbyte"),
        ("private\ue000", "private\ufffd"),
        ("non\xa0breaking", "non breaking"),
        ("wide\u3000space", "wide  space"),
        ("warning \u26a0\ufe0f", "warning \u26a0"),
        ("naïve 中文 е́ █▏", "naïve 中文 е́ █▏"),
    ],
)
def test_each_kind_has_its_visible_mark(text: str, shown: str) -> None:
    """What was taken out can be seen, and letters of all scripts stay."""
    assert plain(text) == shown


def test_every_format_and_control_character_is_replaced() -> None:
    """No character of Unicode's categories Cc, Cf, Cs, Zl, Zp or of the default-ignorable ones gets through."""
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp"):
            assert character not in plain(character), hex(code)


def test_the_class_of_invisible_characters_is_the_same_as_the_table() -> None:
    """The character class that others compile names just the printable characters that are replaced."""
    invisible = re.compile(f"[{INVISIBLE}]")
    for code in range(sys.maxunicode + 1):
        character = chr(code)
        if character.isprintable():
            assert bool(invisible.match(character)) == (plain(character) != character), hex(code)


def test_newlines_can_be_shown_otherwise() -> None:
    """A caller may choose what stands for a line break."""
    assert plain("a\nb\r\nc\x85d", newline=" ") == "a b c d"


def test_lines_are_cleaned_one_by_one() -> None:
    """A text of several lines keeps them; the last line break opens no further line."""
    assert plain_lines("a\x1b\r\nb\n\nc\n") == ["a␛", "b", "", "c"]
    assert plain_lines("") == []
    assert plain_lines("\n") == [""]


@given(ANY_TEXT | HOSTILE)
@settings(deadline=None)
def test_lines_are_printable_each(text: str) -> None:
    """What holds for one line holds for all of them."""
    assert all(line.isprintable() for line in plain_lines(text))


def test_a_text_of_all_characters_does_not_fill_the_memory() -> None:
    """The table of marks stays bounded, whatever is shown."""
    plain("".join(map(chr, range(sys.maxunicode + 1))))
    assert len(sanitise._MARKS) <= 4096


def test_importing_it_imports_nothing_else() -> None:
    """The command line pays for nothing but the module itself."""
    script = (
        "import sys, json; before = set(sys.modules); import ant_tui.output.sanitise;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    new = set(json.loads(run.stdout)) - {"__future__"}
    assert new == {"ant_tui", "ant_tui.output", "ant_tui.output.sanitise"}


def test_the_whole_package_needs_neither_a_screen_nor_a_loop() -> None:
    """Reading output imports no Textual, no Rich, no asyncio and nothing of ours but the errors."""
    script = (
        "import sys, json;"
        "from ant_tui.output import ansi_text, line_index, line_terminal, log_file, progress, search;"
        "print(json.dumps(sorted(sys.modules)))"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    modules = set(json.loads(run.stdout))
    assert not modules & {"textual", "rich", "asyncio", "msgspec"}
    ours = {name for name in modules if name.startswith("ant_tui.") and not name.startswith("ant_tui.output")}
    assert ours == {"ant_tui.errors"}
