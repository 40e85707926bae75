"""From the table of actions, the widgets' own bindings and the settings to keys that are known, free and told apart.

Textual drops a key in silence when two bindings want it; here a clash, an unknown action or an unknown key is an error
that names file and line.
"""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Mapping
from functools import cache

from msgspec import Struct
from msgspec.structs import replace
from textual.binding import Binding, BindingType, InvalidBinding
from textual.keys import KEY_NAME_REPLACEMENTS, Keys

from ant_tui.errors import ConfigError
from ant_tui.ui.actions import ACTIONS, BY_ID, of_pane
from ant_tui.ui.situation import Pane
from ant_tui.ui.widgets.output_view import OutputView
from ant_tui.ui.widgets.virtual_table import VirtualTable

__all__ = ["Keymap", "KnownKeys", "bindings_of", "known_keys", "shown_key"]

_MODIFIERS = frozenset({"ctrl", "shift", "alt", "super", "hyper", "meta"})
_SIGNS = (unicodedata.name(chr(code)).lower().replace("-", "_").replace(" ", "_") for code in range(33, 127))
_NAMED = frozenset({*(key.value for key in Keys), *KEY_NAME_REPLACEMENTS.values(), *_SIGNS})
_SHARED = frozenset({frozenset({"table.clear", "view.back"})})
"""Pairs that may have one key: the first lets it go on to the second when it has nothing to do."""

_SHOWN = {
    "question_mark": "?", "colon": ":", "minus": "-", "equals_sign": "=", "plus": "+", "asterisk": "*", "slash": "/",
    "space": "space", "escape": "esc", "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "pgup",
    "pagedown": "pgdn", "delete": "del", "left_square_bracket": "[", "right_square_bracket": "]", "less_than_sign": "<",
    "left_curly_bracket": "{", "right_curly_bracket": "}", "greater_than_sign": ">", "comma": ",",
    "full_stop": ".", "number_sign": "#",
}  # fmt: skip


class KnownKeys(Struct, frozen=True):
    """The keys of one thing that can be done.

    Attributes:
        id: what ``[keys]`` in the settings calls it.
        keys: as Textual names them.
        help: what it does.
        panes: where they work; empty means everywhere.
    """

    id: str
    keys: tuple[str, ...]
    help: str
    panes: tuple[Pane, ...]


def bindings_of(pane: Pane | None) -> list[BindingType]:
    """The bindings of a pane (None: of the screen), made of the table of actions."""
    return [
        Binding(action.keys, f"screen.act('{action.id}')", action.label, show=False, id=action.id)
        for action in of_pane(pane)
        if action.keys
    ]


@cache
def known_keys() -> Mapping[str, KnownKeys]:
    """Everything that has an id, with its default keys: the actions, and how one moves in lists and output."""
    known = {
        action.id: KnownKeys(action.id, _normal(action.keys), action.help, action.where)
        for action in ACTIONS
        if not action.via
    }
    for widget, panes in ((VirtualTable, (Pane.TASKS,)), (OutputView, (Pane.OUTPUT,))):
        for binding in widget.BINDINGS:
            if isinstance(binding, Binding) and binding.id:
                known[binding.id] = KnownKeys(binding.id, _normal(binding.key), f"{binding.description}.", panes)
    return known


class Keymap:
    """The keys that hold: the defaults, and over them what the settings say."""

    def __init__(self, changed: Mapping[str, str] | None = None, origins: Mapping[str, str] | None = None) -> None:
        """Check what the settings say.

        Args:
            changed: the table ``[keys]``.
            origins: ``keys.ID`` → ``FILE:LINE``, for errors.

        Raises:
            ConfigError: an action or a key does not exist, or two actions in one pane want the same key.
        """
        self.changed: dict[str, str] = {}
        """What is different from the defaults: id → keys, as ``App.set_keymap`` takes it."""
        self._known = dict(known_keys())
        self._origins = origins or {}
        for name, keys in (changed or {}).items():
            self._change(name, keys)
        for name in self.changed:
            self._check_clashes(name)

    def keys(self, name: str) -> tuple[str, ...]:
        """The keys of an action; those of the widget's own binding where that does it."""
        action = BY_ID.get(name)
        return self._known[action.via if action is not None and action.via else name].keys

    def shown(self, name: str) -> str:
        """The first key of an action as the footer shows it; empty when it has none."""
        keys = self.keys(name)
        return shown_key(keys[0]) if keys else ""

    def of_pane(self, pane: Pane | None) -> list[KnownKeys]:
        """Everything with keys that works in one pane (None: everywhere), in the order of the help page."""
        if pane is None:
            return [known for known in self._known.values() if known.keys and not known.panes]
        return [known for known in self._known.values() if known.keys and pane in known.panes]

    def described(self, pane: Pane | None) -> list[tuple[str, str]]:
        """The keys of a pane (None: those that work everywhere) for the help page: (keys, what they do)."""
        return [(" ".join(map(shown_key, known.keys)), known.help) for known in self.of_pane(pane)]

    def _change(self, name: str, keys: str) -> None:
        known = self._known.get(name)
        if known is None:
            near = difflib.get_close_matches(name, self._known, n=1)
            hint = f"; did you mean {near[0]}?" if near else "; the help page (?) names them all"
            raise ConfigError(f'{self._place(name)}: there is no action "{name}"{hint}')
        normal = _normal(keys)
        for key in normal:
            if not _exists(key):
                raise ConfigError(f'{self._place(name)}: there is no key "{key}"')
        self._known[name] = replace(known, keys=normal)
        self.changed[name] = ",".join(normal)

    def _check_clashes(self, name: str) -> None:
        mine = self._known[name]
        for other in self._known.values():
            together = not mine.panes or not other.panes or set(mine.panes) & set(other.panes)
            if other.id == name or not together or frozenset({name, other.id}) in _SHARED:
                continue
            for key in set(mine.keys) & set(other.keys):
                also = f" ({self._place(other.id)})" if other.id in self.changed else ""
                raise ConfigError(
                    f"{self._place(name)}: the key {shown_key(key)} of {name} is that of {other.id}{also}; "
                    f"choose another, or give {other.id} other keys"
                )

    def _place(self, name: str) -> str:
        return self._origins.get(f"keys.{name}", "[keys]")


def shown_key(key: str) -> str:
    """A key as people write it."""
    *modifiers, base = key.split("+") if key != "+" else [key]
    shown = _SHOWN.get(base, base)
    return "".join("^" if modifier == "ctrl" else f"{modifier}+" for modifier in modifiers) + shown


def _normal(keys: str) -> tuple[str, ...]:
    if not keys:
        return ()
    try:
        return tuple(binding.key for binding in Binding.make_bindings([Binding(keys, "")]))
    except InvalidBinding:
        return tuple(keys.split(","))


def _exists(key: str) -> bool:
    *modifiers, base = key.split("+")
    if not set(modifiers) <= _MODIFIERS or not base:
        return False
    if key in _NAMED or base in _NAMED or len(base) == 1:
        return True
    try:
        unicodedata.lookup(base.replace("_", " "))
    except KeyError:
        return False
    return True
