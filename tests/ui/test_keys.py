"""Keys: what is bound, what a person may change, and what is refused."""

from __future__ import annotations

from itertools import combinations

import pytest

from ant_tui.errors import ConfigError
from ant_tui.ui.actions import BY_ID
from ant_tui.ui.keys import Keymap, known_keys, shown_key
from ant_tui.ui.situation import Pane

TMUX_OR_TERMINAL = {"ctrl+b", "ctrl+h", "ctrl+i", "ctrl+m", "ctrl+left_square_bracket", "alt+enter", "shift+enter"}


def test_no_two_defaults_want_the_same_key() -> None:
    """In every pane each key does one thing; only esc goes on from the table to the screen."""
    for one, other in combinations(known_keys().values(), 2):
        together = not one.panes or not other.panes or set(one.panes) & set(other.panes)
        if together and set(one.keys) & set(other.keys):
            assert {one.id, other.id} == {"table.clear", "view.back"}


def test_keys_that_do_not_arrive_are_not_used() -> None:
    """No default is tmux's prefix, another key's alias, or a key that terminals do not send."""
    for known in known_keys().values():
        assert not TMUX_OR_TERMINAL & set(known.keys)
        assert not any(key.startswith("ctrl+shift+") for key in known.keys)
        assert not known.keys or any(not key.startswith("f") or len(key) == 1 for key in known.keys)


def test_a_changed_key_holds_everywhere() -> None:
    """What the settings say is what footer, help page and Textual get."""
    keymap = Keymap({"task.cancel": "C", "queue.pause": "?,f5", "app.help": "f1"})
    assert keymap.changed == {"task.cancel": "C", "queue.pause": "question_mark,f5", "app.help": "f1"}
    assert keymap.shown("task.cancel") == "C"
    assert keymap.shown("queue.pause") == "?"
    assert ("C", BY_ID["task.cancel"].help) in keymap.described(Pane.TASKS)


def test_a_key_of_a_list_can_be_changed_too() -> None:
    """Moving about has ids like everything else, and an action that a widget does shows the widget's key."""
    keymap = Keymap({"table.open": "p"})
    assert keymap.shown("task.open") == "p"


@pytest.mark.parametrize(
    ("keys", "sentence"),
    [
        ({"task.cancle": "x"}, 'config.toml:3: there is no action "task.cancle"; did you mean task.cancel?'),
        ({"task.cancel": "crtl+x"}, 'there is no key "crtl+x"'),
        ({"task.cancel": "f99"}, 'there is no key "f99"'),
        ({"task.cancel": "R"}, "the key R of task.cancel is that of task.retry; choose another"),
        ({"task.cancel": "q"}, "the key q of task.cancel is that of app.quit"),
        ({"task.cancel": "j"}, "the key j of task.cancel is that of table.down"),
        ({"task.hold": "W", "task.retry": "W"}, "(config.toml:4)"),
    ],
)
def test_what_cannot_be_bound_is_refused_with_its_place(keys: dict[str, str], sentence: str) -> None:
    """A clash, an unknown action, an unknown key: one sentence that names file and line."""
    origins = {f"keys.{name}": f"config.toml:{line}" for line, name in enumerate(keys, 3)}
    with pytest.raises(ConfigError) as refusal:
        Keymap(keys, origins)
    assert sentence in refusal.value.sentence
    assert refusal.value.sentence.startswith("config.toml:3")


def test_keys_that_were_given_up_are_free() -> None:
    """Two actions may change their keys with each other."""
    keymap = Keymap({"task.hold": "R", "task.retry": "H"})
    assert (keymap.shown("task.hold"), keymap.shown("task.retry")) == ("R", "H")


def test_panes_that_never_have_the_focus_together_may_share_a_key() -> None:
    """The same key may mean one thing in the tasks and another in the output."""
    assert Keymap({"task.top": "n"}).shown("task.top") == "n"


@pytest.mark.parametrize(
    ("key", "shown"),
    [("question_mark", "?"), ("ctrl+up", "^↑"), ("shift+tab", "shift+tab"), ("G", "G"), ("delete", "del")],
)
def test_keys_as_people_write_them(key: str, shown: str) -> None:
    """Keys are shown as they stand on a keyboard."""
    assert shown_key(key) == shown
