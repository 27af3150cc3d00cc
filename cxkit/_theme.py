"""Colours, fonts, CSS and chart layout: the one place that knows how things look."""

from __future__ import annotations

import html
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from string import Template
from typing import Any

__all__ = ["DEFAULT", "Theme", "chart_layout", "contrast", "css", "dark_colours", "light_colours", "mix", "theme_of"]
__all__ += ["themed_spec", "titled_spec"]

INK, QUIET, HAIRLINE, PAPER, GROUND = "#17202b", "#5d6b7a", "#dfe4ea", "#ffffff", "#f6f7f9"
ACCENT, BETTER, WORSE, OPEN = "#1f5fbf", "#1f7a6b", "#b3472f", "#9a6b00"
AA = 4.5

# What the style sheet calls its colours by, on white and after dark; accent, ink and their shades are the client's.
LIGHT = {
    "text": INK, "soft": "#3d4a59", "quiet": QUIET, "hair": HAIRLINE, "paper": PAPER, "ground": GROUND,
    "better": BETTER, "worse": WORSE, "open": OPEN, "on-ink": PAPER, "on-accent": PAPER, "track": "#e4e9ef",
    "edge": "#c9d1da", "faint": "#edf0f3", "pill": "#eef1f4", "pill-text": QUIET, "chart": "transparent",
    "better-pale": "#e2f1ee", "better-deep": "#176155", "worse-pale": "#f8e6e1", "worse-deep": "#98381f",
    "open-pale": "#fcf0d6", "open-deep": "#7a5500", "open-wash": "#fdf8ec", "worse-wash": "#fdf1ed",
    "worse-band": "#e6b9ab",
}  # fmt: skip
DARK = {
    "text": "#e6eaef", "soft": "#c3cbd5", "quiet": "#9aa6b5", "hair": "#2b343e", "paper": "#14191f",
    "ground": "#0d1115", "better": "#5fbfae", "worse": "#ef8f77", "open": "#d9a83f", "on-ink": "#f2f5f8",
    "on-accent": "#14191f", "track": "#303a45", "edge": "#47525f", "faint": "#232b34", "pill": "#262f39",
    "pill-text": "#b4bfcb",
    "chart": PAPER, "better-pale": "#173a35", "better-deep": "#8fd8ca", "worse-pale": "#43221a",
    "worse-deep": "#f6b09d", "open-pale": "#3d2f10", "open-deep": "#ecc675", "open-wash": "#2a2412",
    "worse-wash": "#2e1d19", "worse-band": "#8a4a3a",
}  # fmt: skip

# Specs name the accent and its pale band by these two colours; a page puts the client's in their place.
BAND = "#dde7f5"
PALE = "#a5bfe5"

SYSTEM_FONTS = 'Inter, "Inter Variable", system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif'


@dataclass(frozen=True, slots=True)
class Theme:
    """The client's look: accent, colour of headlines, font."""

    accent: str = ACCENT
    ink: str = INK
    font: str = SYSTEM_FONTS


DEFAULT = Theme()


def theme_of(*, accent: str = "", ink: str = "", font: str = "") -> Theme:
    """The client's brand where it can be read on white, else cxkit's own colours.

    Example:
        >>> theme_of(accent="#ffe066").accent, theme_of(accent="#8a1c4a").accent
        ('#1f5fbf', '#8a1c4a')
    """
    name = "".join(c for c in font if c.isalnum() or c in " -_.")
    return Theme(
        accent=accent if _readable(accent) else ACCENT,
        ink=ink if _readable(ink) else INK,
        font=f'"{name}", {SYSTEM_FONTS}' if name and name != "Inter" else SYSTEM_FONTS,
    )


def contrast(first: str, second: str = PAPER) -> float:
    """Contrast ratio of two colours by WCAG 2.2, from 1 to 21.

    Example:
        >>> round(contrast("#767676"), 2), round(contrast("#000000"), 1)
        (4.54, 21.0)
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def mix(colour: str, share: float, *, ground: str = PAPER) -> str:
    """A colour thinned on a ground; share 1 is the colour itself.

    Example:
        >>> mix("#000000", 0.5)
        '#808080'
    """
    parts = (round(a * share + b * (1 - share)) for a, b in zip(_rgb(colour), _rgb(ground), strict=True))
    return "#" + "".join(f"{p:02x}" for p in parts)


@lru_cache
def css(theme: Theme = DEFAULT) -> str:
    """The style sheet of a page; every rule stands under `.cx`."""
    names = ("_theme.css", "_lanes.css")
    source = "".join(Path(__file__).with_name(n).read_text(encoding="utf-8") for n in names)
    # JupyterLab styles tables and headings inside outputs; three classes outweigh its two.
    return Template(source.replace(".cx ", ".cx.cx.cx ")).substitute(
        light=_named(light_colours(theme)),
        dark=_named(dark_colours(theme)),
        dark_ground=DARK["ground"],
        dark_paper=DARK["paper"],
        font=theme.font,
    )


def light_colours(theme: Theme = DEFAULT) -> dict[str, str]:
    """The colours of a page by name, in the client's look."""
    shades = {"band": mix(theme.accent, 0.15), "pale": mix(theme.accent, 0.4), "focus": mix(theme.accent, 0.85)}
    return {"accent": theme.accent, "ink": theme.ink, "head": theme.ink, **shades, **LIGHT}


def dark_colours(theme: Theme = DEFAULT) -> dict[str, str]:
    """The same after dark: the accent as light as it has to be to be read.

    Example:
        >>> contrast(dark_colours()["accent"], dark_colours()["paper"]) >= AA
        True
    """
    paper = DARK["paper"]
    lighter = (mix(theme.accent, share / 20) for share in range(20, 0, -1))
    accent = next(c for c in lighter if contrast(c, paper) >= AA + 1)
    shades = {name: mix(accent, share, ground=paper) for name, share in (("band", 0.24), ("pale", 0.5), ("focus", 0.9))}
    return {"accent": accent, "ink": "#2c3743", "head": "#f2f5f8", **shades, **DARK}


def _named(colours: dict[str, str]) -> str:
    return ";".join(f"--{name}:{colour}" for name, colour in colours.items())


def chart_layout(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """A plotly layout in the house's style, with changes laid over it."""
    base: dict[str, Any] = {
        "template": "none",
        "autosize": True,
        "font": {"family": SYSTEM_FONTS.replace('"', "'"), "size": 12, "color": QUIET},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "hovermode": "closest",
        "dragmode": False,
        "hoverlabel": {"bgcolor": INK, "bordercolor": INK, "font": {"color": PAPER, "size": 12}},
    }
    return base | changes


def axis(**changes: Any) -> dict[str, Any]:  # noqa: ANN401
    """A plotly axis in the house's style: hairlines, no frame, no zoom."""
    return {
        "showgrid": False,
        "zeroline": False,
        "showline": False,
        "ticks": "",
        "fixedrange": True,
        "automargin": False,
        "gridcolor": HAIRLINE,
        "tickfont": {"size": 11, "color": QUIET},
    } | changes


def chart_text(text: str, *, strong: bool = False) -> str:
    """Text for a chart, where plotly would read a bracket as the start of a tag.

    Example:
        >>> chart_text("<b>R&D</b>")
        '&lt;b&gt;R&amp;D&lt;/b&gt;'
    """
    safe = html.escape(text, quote=False)
    return f"<b>{safe}</b>" if strong else safe


def themed_spec(spec: dict[str, Any], theme: Theme) -> dict[str, Any]:
    """A chart in the client's colours and font."""
    colours = {ACCENT: theme.accent, BAND: mix(theme.accent, 0.15), PALE: mix(theme.accent, 0.4)}
    own = _replaced(spec, colours)
    font = own["layout"].get("font", {}) | {"family": theme.font.replace('"', "'")}
    return own | {"layout": own["layout"] | {"font": font}}


def titled_spec(spec: dict[str, Any], title: str, *, subtitle: str = "") -> dict[str, Any]:
    """A chart that carries its own title, for a notebook, where nothing stands around it."""
    layout = spec["layout"]
    margin = layout.get("margin", {})
    heading = {
        "text": chart_text(title, strong=True),
        "subtitle": {"text": chart_text(subtitle), "font": {"size": 13, "color": QUIET}},
        "x": 0,
        "xref": "container",
        "pad": {"l": 12},
        "font": {"size": 16, "color": INK},
    }
    room = {"title": heading, "margin": margin | {"t": margin.get("t", 0) + 72}}
    return {**spec, "layout": layout | room | {"height": layout.get("height", 320) + 72}}


def _replaced(value: Any, colours: dict[str, str]) -> Any:  # noqa: ANN401
    if isinstance(value, dict):
        return {k: _replaced(v, colours) for k, v in value.items()}
    if isinstance(value, list):
        return [_replaced(v, colours) for v in value]
    return colours.get(value, value) if isinstance(value, str) else value


def _readable(colour: str) -> bool:
    return bool(colour) and contrast(colour) >= AA


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    parts = (c / 255 for c in _rgb(colour))
    r, g, b = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
