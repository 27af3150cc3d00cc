"""A report as one HTML file that asks the network for nothing.

The page is made of the blocks of an executed notebook, in their order. It knows no subject: what a block says was
decided where it was drawn.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import importlib.util
from dataclasses import replace
from functools import lru_cache
from html import escape
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cxkit._blocks import MIME, Block, Figure, Header, Heading, block_from_json, flatten
from cxkit._boards import Lanes
from cxkit._format import words
from cxkit._html import Canvas, flow_html
from cxkit._html_lanes import map_script
from cxkit._theme import DEFAULT, Theme, css, theme_of
from cxkit.errors import ReportError

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["blocks_of", "build_page", "write_page"]


def write_page(notebook: dict[str, Any], path: Path) -> Path:
    """Writes the report of an executed notebook, and moves it to its name when it is whole."""
    text = build_page(blocks_of(notebook))
    part = path.with_name(path.name + ".part")
    part.write_text(text, encoding="utf-8", newline="\n")
    return part.replace(path)


def blocks_of(notebook: dict[str, Any]) -> list[Block]:
    """The blocks that an executed notebook shows, in order.

    Raises:
        ReportError: An output claims to be a block and is none.

    Example:
        >>> output = {"output_type": "display_data", "data": {MIME: Heading("The answer").to_json()}}
        >>> blocks_of({"cells": [{"cell_type": "code", "outputs": [output]}]})
        [Heading(text='The answer', level=2, subtitle='')]
    """
    outputs = (o for cell in notebook["cells"] for o in cell.get("outputs", ()))
    found = (o["data"][MIME] for o in outputs if MIME in o.get("data", {}))
    return [block_from_json(data) for data in found]


def build_page(blocks: Iterable[Block], *, title: str = "", language: str = "") -> str:
    """The page as one string of HTML; the same blocks always give the same bytes.

    Args:
        blocks: What to show. A `Header` among them gives client, brand and language.
        title: What the browser calls it; else the client and the headline.
        language: The page's language; else the header's.

    Raises:
        ReportError: There is nothing to show.
    """
    parts = list(flatten(list(blocks)))
    if not parts:
        raise ReportError("The notebook shows no blocks.", hint="End a cell with one of the draw functions.")
    header = next((b for b in parts if isinstance(b, Header)), None)
    theme = theme_of(accent=header.accent, ink=header.ink, font=header.font) if header else DEFAULT
    language = language or (header.language if header else "en")
    name = title or (header.client if header else "") or words(language).say("page.untitled")
    body = _one_headline([b for b in parts if not isinstance(b, Header)], name=name)
    return _document(header, body, theme=theme, title=title or _title(header, body), language=language)


def _document(header: Header | None, body: list[Block], *, theme: Theme, title: str, language: str) -> str:
    w, canvas = words(language), Canvas(theme)
    has_charts = any(isinstance(b, Figure) for b in body)
    scripts = _scripts(charts=has_charts, maps=any(isinstance(b, Lanes) for b in body))
    without = f'<noscript><p class="note">{escape(w.say("page.no_script"))}</p></noscript>' if has_charts else ""
    top = flow_html([header], canvas) if header else ""
    return (
        f'<!doctype html>\n<html lang="{escape(w.language)}" class="cx-page">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_policy(scripts[1])}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{escape(title)}</title>\n<style>\n{css(theme)}</style>\n</head>\n"
        f'<body data-no-chart="{escape(w.say("page.no_chart"))}">\n'
        f'<div class="cx sheet"><a class="skip" href="#main">{escape(w.say("page.skip"))}</a>\n'
        f'{top}{without}\n<main id="main" class="cx-flow" tabindex="-1">\n{_sections(body, canvas)}\n</main></div>\n'
        f"{scripts[0]}</body>\n</html>\n"
    )


def _sections(blocks: list[Block], canvas: Canvas) -> str:
    """Each heading of level 2 opens a section; a reader who jumps between landmarks finds them by name."""
    starts = [i for i, b in enumerate(blocks) if isinstance(b, Heading) and b.level == 2]
    first = flow_html(blocks[: starts[0] if starts else None], canvas)
    return first + "".join(_section(blocks[a:b], canvas) for a, b in pairwise([*starts, len(blocks)]))


def _section(blocks: list[Block], canvas: Canvas) -> str:
    heading = blocks[0]
    name = heading.text if isinstance(heading, Heading) else ""
    return f'\n<section class="cx-flow" aria-label="{escape(name)}">{flow_html(blocks, canvas)}</section>'


def _one_headline(blocks: list[Block], *, name: str) -> list[Block]:
    """The first headline stays the page's only one; a page without any is headed by its name."""
    tops = [b for b in blocks if isinstance(b, Heading) and b.level <= 1]
    later = {id(b) for b in tops[1:]}
    own = [replace(b, level=2) if isinstance(b, Heading) and id(b) in later else b for b in blocks]
    return own if tops else [Heading(name, level=1), *own]


def _title(header: Header | None, body: list[Block]) -> str:
    headline = next((b.text for b in body if isinstance(b, Heading)), "")
    return " · ".join(filter(None, (header.client if header else "", headline)))


def _policy(hashes: tuple[str, ...]) -> str:
    """Nothing may be fetched, and only the scripts written here may run: markup from a client would stay dead text."""
    allowed = " ".join(f"'sha256-{h}'" for h in hashes) or "'none'"
    return (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _scripts(*, charts: bool, maps: bool) -> tuple[str, tuple[str, ...]]:
    """The scripts that a page needs, with the hashes of what will run."""
    html, hashes = _chart_scripts() if charts else ("", ())
    if not maps:
        return html, hashes
    script = map_script()
    return f'<script type="module">{script}</script>\n{html}', (_sha256(script.encode()), *hashes)


@lru_cache
def _chart_scripts() -> tuple[str, tuple[str, ...]]:
    """Plotly, packed, and the script that unpacks it."""
    boot = Path(__file__).with_name("page.js").read_text(encoding="utf-8")
    plotly = _plotly_source()
    packed = base64.b64encode(gzip.compress(plotly, compresslevel=9, mtime=0)).decode()
    html = f'<script type="text/plain" id="cx-plotly">{packed}</script>\n<script>{boot}</script>\n'
    return html, (_sha256(boot.encode()), _sha256(plotly))


def _plotly_source() -> bytes:
    # Importing plotly costs two seconds; only its folder is needed.
    spec = importlib.util.find_spec("plotly")
    if spec is None or spec.origin is None:
        raise ReportError("plotly is not installed.", hint="Install it: the charts of a page are drawn by its script.")
    return (Path(spec.origin).parent / "package_data" / "plotly.min.js").read_bytes()


def _sha256(data: bytes) -> str:
    return base64.b64encode(hashlib.sha256(data).digest()).decode()
