"""The app: themes, keys, the main screen, and the ways in which it ends. Schedulers begin and end in ``run``."""

from __future__ import annotations

import logging
import signal
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

from rich.console import RenderableType
from textual import events
from textual.app import App
from textual.theme import Theme
from textual.widget import Widget

from ant_tui.client.interface import Client
from ant_tui.config import Settings
from ant_tui.ui import crash
from ant_tui.ui.keys import Keymap
from ant_tui.ui.leaving import Leaving, has_open_work, question
from ant_tui.ui.screens.main import MainScreen
from ant_tui.ui.typed_ahead import TypedAhead
from ant_tui.ui.widgets.braille import Glyphs

__all__ = ["AntApp", "glyphs_for"]

log = logging.getLogger(__name__)


class AntApp(App[Leaving], inherit_bindings=False):
    """The full screen of one scheduler; its result says what is to become of that scheduler."""

    TITLE = "ant-tui"
    CSS_PATH: ClassVar = [Path(__file__).with_name("app.tcss")]
    ENABLE_COMMAND_PALETTE = False

    def __init__(
        self,
        client: Client,
        settings: Settings,
        *,
        themes: Mapping[str, Theme],
        theme: str,
        keymap: Keymap | None = None,
        notices: tuple[str, ...] = (),
        config: str | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Make the app.

        Args:
            client: the scheduler, connected.
            settings: as loaded.
            themes: all themes by name.
            theme: the one to begin with.
            keymap: the keys that hold; None for the defaults.
            notices: sentences to be told at the start.
            config: the settings file that was asked for; None for the usual one.
            clock: epoch seconds.
        """
        self._themes = themes
        super().__init__()
        for one in themes.values():
            self.register_theme(one)
        self.theme = theme
        self.client = client
        self.settings = settings
        self.crash_report = ""
        """Path of the report about what made the screen fail; empty while it has not."""
        self.crashed = False
        self._leaving = False
        self._leaving_code = 0
        self.demo = False
        """Whether nothing of all this is meant to last, so that nobody needs to be asked."""
        self._keys = keymap or Keymap()
        self._notices = notices
        self._config = config
        self._clock = clock
        self.set_keymap(self._keys.changed)

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Variables that Textual's own style sheets need of every theme with the terminal's colours."""
        return {"ansi-background": "ansi_black", "ansi-foreground": "ansi_white"}

    def get_theme(self, theme_name: str) -> Theme | None:
        """Return a theme; Textual asks for that of the moment several times for each line that it paints."""
        return self._themes.get(theme_name) or super().get_theme(theme_name)

    def watch_theme(self, _: str) -> None:
        """Apply a new theme before anything is painted: old styles under the new theme's filters end in an error."""
        if self.is_running:
            self.refresh_css(animate=False)

    def refresh_css(self, animate: bool = True) -> None:
        """Apply the style sheets; Textual paints before it has looked at the screens below a dialog."""
        self.stylesheet.set_variables(self.get_css_variables())
        if not hasattr(self, "main"):
            return  # a theme is chosen before there is anything to style; the style sheets are read right afterwards
        self.stylesheet.reparse()
        for screen in self.screen_stack[:-1]:
            self.stylesheet.update(screen, animate=False)
        super().refresh_css(animate)

    def get_default_screen(self) -> MainScreen:
        """Make the main screen.

        It is the lowest one itself: Textual would lay out and style an empty screen below it before the first frame.
        """
        glyphs = glyphs_for(self.settings.screen.graph, sys.__stdout__.encoding if sys.__stdout__ else "")
        self.main = MainScreen(self.client, self.settings, self._keys, glyphs=glyphs, clock=self._clock)
        self.main.settings_file = self._config
        self._typed = TypedAhead(self, self.main.opening, self._send_key, self._key_target)
        return self.main

    def on_mount(self) -> None:
        """Tell what is to be told at the start."""
        # Without this, the screen stays blank after ctrl+z and fg until a key is pressed.
        self.app_resume_signal.subscribe(self, lambda _: self.call_later(self.refresh, layout=True))
        notices = (
            *self._notices,
            *(["A demo: simulated GPUs; when you leave, all of it is gone."] if self.demo else []),
        )
        if notices:
            self.call_after_refresh(self.main.host.say, notices[0], "warn")

    async def on_event(self, event: events.Event) -> None:
        """Handle keys one after the other, everything else as Textual does."""
        if isinstance(event, events.Key) and not event.is_forwarded and hasattr(self, "_typed"):
            await self._typed.take(event)
        else:
            await super().on_event(event)

    async def _send_key(self, key: events.Key) -> None:
        """Handle a key as Textual does, unless what nobody asked for came between the typing and the key."""
        if key.time >= getattr(self.screen, "unasked_at", 0.0):
            await super().on_event(key)

    def _key_target(self, key: events.Key) -> Widget | None:
        """Who handles a key; None where that is a field that only writes it, so that the next one goes there, too."""
        target = self.focused or self.screen
        return None if target.check_consume_key(key.key, key.character) else target

    # -- leaving -----------------------------------------------------------------------------------------------

    async def ask_to_leave(self) -> None:
        """Ask what becomes of open work, if there is any, and end."""
        from ant_tui.ui.dialogs.choose import Choose

        if self.demo:
            self.exit(Leaving.KILL)
        elif not self.client.here:
            self.exit(Leaving.DETACH)
        elif not has_open_work(self.client):
            self.exit(Leaving.LEAVE)
        elif not any(isinstance(screen, Choose) for screen in self.screen_stack):
            answer = self.push_screen(question(self.client), wait_for_dismiss=True)
            self.main.opened()
            chosen = await answer
            if chosen is not None:
                self.exit(chosen)

    def exit(self, result: Leaving | None = None, return_code: int = 0, message: RenderableType | None = None) -> None:
        """End; the first who wants to decides how, whoever comes while the screen is being closed."""
        if self._leaving:
            return
        self._leaving, self._leaving_code = True, return_code
        self._stay_ended()
        super().exit(result, return_code, message)

    def _stay_ended(self) -> None:
        """Keep the screen from beginning again: a terminal that goes away sends CONT, on which Textual would do so."""
        if not self.is_headless:
            signal.signal(signal.SIGCONT, signal.SIG_IGN)

    def leave_without_asking(self, return_code: int, *, terminal_gone: bool) -> None:
        """End because of a signal.

        Args:
            return_code: what the process ends with.
            terminal_gone: True where nobody can be asked any more, so that open work must go on without a screen.
        """
        leaving = Leaving.KILL if self.settings.shutdown.tasks == "kill" else Leaving.LEAVE
        if terminal_gone and has_open_work(self.client):
            leaving = Leaving.BACKGROUND
        self.exit(leaving if self.client.here else Leaving.DETACH, return_code)

    def panic(self, *renderables: RenderableType) -> None:
        """End because of an error that Textual would print in a form of its own, as one in a style sheet."""
        self._fatal_error(renderables)

    def _fatal_error(self, renderables: tuple[RenderableType, ...] = ()) -> None:
        """Textual's own would print a traceback with local variables, and with them secrets.

        The first error is the one that is reported: others follow from it while the screen is taken down.
        """
        error = self._exception or sys.exc_info()[1]
        if self._leaving and not self.crashed:  # what was just being opened found the screen half taken down
            log.warning("While the screen was being closed: %r", error)
            self._exception, self._return_code = None, self._leaving_code
            self._close_messages_no_wait()
            return
        if _terminal_is_gone(error):  # as with a closed tab: no fault, and nobody to tell
            self._exception = None
            self.leave_without_asking(129, terminal_gone=True)
            self._close_messages_no_wait()
            return
        self.crashed = self._leaving = True
        self._stay_ended()
        if not self.crash_report:
            facts = f"size={self.size.width}x{self.size.height}"
            why = error or RuntimeError(" ".join(str(one) for one in renderables) or "nothing is known about the error")
            self.crash_report = crash.write_report(why, self.client.place.data_dir, facts)
        self._close_messages_no_wait()


def _terminal_is_gone(error: BaseException | None) -> bool:
    """Whether an error is Textual's own, of writing to somebody who does not read any more."""
    where = error.__traceback__ if isinstance(error, BrokenPipeError) else None
    while where is not None and where.tb_next is not None:
        where = where.tb_next
    return where is not None and str(where.tb_frame.f_globals.get("__name__", "")).startswith("textual.drivers.")


def glyphs_for(wish: str, encoding: str | None) -> Glyphs:
    """What graphs are drawn with.

    Args:
        wish: the setting ``screen.graph``.
        encoding: the terminal's.
    """
    glyphs: dict[str, Any] = {"braille": "braille", "block": "block", "ascii": "ascii"}
    if wish in glyphs:
        found: Glyphs = glyphs[wish]
        return found
    return "braille" if (encoding or "").lower().replace("-", "") == "utf8" else "ascii"
