"""Colour and attribute sequences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ant_tui.output.style import PLAIN, RGB, Style, apply_sgr


@pytest.mark.parametrize(
    ("parameters", "style"),
    [
        ("", PLAIN),
        ("0", PLAIN),
        ("31", Style(fg=1)),
        ("94", Style(fg=12)),
        ("42", Style(bg=2)),
        ("103", Style(bg=11)),
        ("38;5;208", Style(fg=208)),
        ("48;5;17;1", Style(bg=17, bold=True)),
        ("38;2;1;2;3", Style(fg=RGB | 0x010203)),
        ("48;2;255;0;128;4", Style(bg=RGB | 0xFF0080, underline=True)),
        ("38:5:99", Style(fg=99)),
        ("38:2::10:20:30", Style(fg=RGB | 0x0A141E)),
        ("38:2:10:20:30", Style(fg=RGB | 0x0A141E)),
        ("58;5;3;31", Style(fg=1)),
        ("1;2;3;4;7;9", Style(bold=True, dim=True, italic=True, underline=True, reverse=True, strike=True)),
        ("4:3", Style(underline=True)),
        ("4:0", PLAIN),
        ("21", Style(underline=True)),
        ("38;5;999", PLAIN),
        ("38;2;1;2", PLAIN),
        ("38", PLAIN),
        ("5;8;53;777", PLAIN),
    ],
)
def test_sequences_set_what_they_say(parameters: str, style: Style) -> None:
    """Palette, 256 colours, true colour and attributes are read; what is unknown is passed over."""
    assert apply_sgr(PLAIN, parameters) == style


def test_each_attribute_has_its_end() -> None:
    """22 to 29, 39 and 49 take back what was set; 0 takes back all but the link."""
    full = Style(1, 2, True, True, True, True, True, True, "https://x.org")
    assert apply_sgr(full, "22;23;24;27;29;39;49") == Style(link="https://x.org")
    assert apply_sgr(full, "0;3") == Style(italic=True, link="https://x.org")


@given(st.text(alphabet="0123456789;:", max_size=60))
@settings(deadline=None)
def test_no_parameters_are_too_odd(parameters: str) -> None:
    """Whatever digits come, colours stay within their ranges."""
    style = apply_sgr(PLAIN, parameters)
    for colour in (style.fg, style.bg):
        assert colour is None or 0 <= colour <= 255 or RGB <= colour < 2 * RGB
