"""From style names to terminal styles, for widgets that paint their own lines.

A widget's lines have a base style (a component class, so TCSS decides) and, over it, named styles (theme variables, so
themes decide). A palette looks each pair up once and remembers it until the theme, the focus or the style sheet
changes. It knows no widget of ours and no task state.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from rich.style import Style as RichStyle
from textual.color import Color, ColorParseError
from textual.css.tokenizer import TokenError
from textual.style import Style
from textual.widget import Widget

__all__ = ["Palette", "StyleSpec"]

StyleSpec = str | tuple[str, ...]
"""A Textual style ("bold $success"), or several of which the first that the theme can spell is used."""

_VARIABLE = re.compile(r"\$([\w-]+)")


class Palette:
    """The styles of one widget under the theme of the moment."""

    def __init__(self, widget: Widget, styles: Mapping[str, StyleSpec]) -> None:
        """Make a palette.

        Args:
            widget: whose component classes and theme are used.
            styles: what the names of styles mean. A name that is not here is taken as the theme variable of that
                name, then as a Textual style itself ("bold $error"); one that nobody can spell changes nothing.
        """
        self._widget = widget
        self._styles = styles
        self._bases: dict[str, RichStyle] = {}
        self._named: dict[tuple[str, str], RichStyle] = {}

    def clear(self) -> None:
        """Forget everything; call it from ``notify_style_update``."""
        self._bases.clear()
        self._named.clear()

    def base(self, component: str = "", *, reverse_without_color: bool = False) -> RichStyle:
        """Return the style of a component class, over the widget's own background.

        Args:
            component: a component class; empty for the widget itself.
            reverse_without_color: for what a colour alone would tell: shown in reverse where colours are off.
        """
        style = self._bases.get(component)
        if style is None:
            widget = self._widget
            style = widget.get_component_rich_style(component) if component else widget.rich_style
            if reverse_without_color and widget.app.no_color:
                style += RichStyle(reverse=True)
            self._bases[component] = style = self._lean(style)
        return style

    def named(self, name: str, component: str = "", *, keep_colors: bool = False) -> RichStyle:
        """Return a named style over the base style of ``component`` (which was looked up before).

        Args:
            name: a style name; empty for the base style itself.
            component: the component class of the line.
            keep_colors: the line's own colours win (a cursor), only bold, underline and the like are added.
        """
        if not name:
            return self.base(component)
        style = self._named.get((name, component))
        if style is None:
            base = self.base(component)
            visual = self._resolve(name)
            style = base + self._attributes(visual)
            if not keep_colors:
                style += self._colors(visual, base)
            self._named[name, component] = style = self._lean(style)
        return style

    def _resolve(self, name: str) -> Style:
        spec = self._styles.get(name, (f"${name}", name))
        known = self._widget.app.theme_variables
        for candidate in (spec,) if isinstance(spec, str) else spec:
            if all(variable in known for variable in _VARIABLE.findall(candidate)):
                try:
                    return Style.parse(candidate)
                except (ColorParseError, TokenError):
                    continue  # a name that is no style, or a theme's mistake: the next spelling, or the line's style
        return Style.null()

    @staticmethod
    def _attributes(style: Style) -> RichStyle:
        return RichStyle(
            bold=style.bold,
            dim=style.dim,
            italic=style.italic,
            underline=style.underline,
            reverse=style.reverse,
            strike=style.strike,
        )

    @staticmethod
    def _colors(style: Style, base: RichStyle) -> RichStyle:
        behind = Color(0, 0, 0) if base.bgcolor is None else Color.from_rich_color(base.bgcolor)
        background = None
        if style.background is not None and not style.background.is_transparent:
            behind += style.background
            background = behind.rich_color
        foreground = None
        if style.foreground is not None and not style.foreground.is_transparent:
            foreground = (behind + style.foreground).rich_color  # resolves ``auto`` and alpha
        return RichStyle(color=foreground, bgcolor=background)

    def _lean(self, style: RichStyle) -> RichStyle:
        """Leave the terminal's default colours unsaid: half of the bytes of a line under the ANSI themes."""
        if not self._widget.app.native_ansi_color:
            return style
        color = None if style.color is not None and style.color.is_default else style.color
        background = None if style.bgcolor is not None and style.bgcolor.is_default else style.bgcolor
        if (color, background) == (style.color, style.bgcolor):
            return style
        return RichStyle.from_color(color, background) + style.without_color
