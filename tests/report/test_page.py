"""A page is one file: it asks for nothing, runs nothing but its own script, and reads in order."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import fake
import pytest

from cxkit._blocks import MIME, Block, Header, Heading, Text
from cxkit.errors import ReportError
from cxkit.kpi import draw
from cxkit.report.page import blocks_of, build_page, write_page

if TYPE_CHECKING:
    from pathlib import Path


class Page(HTMLParser):
    """Elements with their attributes, and the text of scripts."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.lasttag == "script" and data.strip():
            self.scripts.append(data)

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attrs for name, attrs in self.elements if name == tag]


@pytest.fixture(scope="module")
def blocks() -> list[Block]:
    view = fake.view()
    return [getattr(draw, name)(view) for name in sorted(draw.__all__, key=lambda n: n != "draw_header")]


@pytest.fixture(scope="module")
def html(blocks: list[Block]) -> str:
    return build_page(blocks)


@pytest.fixture(scope="module")
def page(html: str) -> Page:
    return Page(html)


def notebook(*blocks: Block) -> dict:
    outputs = [{"output_type": "display_data", "data": b._repr_mimebundle_()} for b in blocks]
    stream = {"output_type": "stream", "name": "stdout", "text": "hello"}
    return {
        "cells": [{"cell_type": "markdown", "source": "# Title"}, {"cell_type": "code", "outputs": [stream, *outputs]}]
    }


def test_the_blocks_of_a_notebook_come_in_order() -> None:
    given = [Heading("a"), Text((("b",),)), Heading("c", level=3)]
    assert blocks_of(json.loads(json.dumps(notebook(*given)))) == given


def test_a_page_asks_for_nothing(page: Page) -> None:
    assert not [a for _, a in page.elements if a.get("src") or "srcset" in a]
    assert all(a["href"].startswith("#") for a in page.all("a"))
    assert not page.all("link")
    assert not page.all("iframe")


def test_no_style_reaches_out(html: str) -> None:
    styles = "".join(re.findall(r"<style>(.*?)</style>", html, re.DOTALL)) + "".join(
        re.findall(r'style="([^"]*)"', html)
    )
    assert "url(" not in styles
    assert "@import" not in styles


def test_only_the_pages_own_scripts_may_run(page: Page) -> None:
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    packed, boot = page.scripts[-2:]
    allowed = [gzip.decompress(base64.b64decode(packed)), boot.encode()]
    hashes = {base64.b64encode(hashlib.sha256(s).digest()).decode() for s in allowed}
    assert set(re.findall(r"'sha256-([^']+)'", policy or "")) == hashes
    assert "default-src 'none'" in (policy or "")
    assert "unsafe-eval" not in (policy or "")
    assert "script-src 'unsafe-inline'" not in (policy or "")


def test_what_a_client_wrote_stays_text(html: str) -> None:
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html


def test_one_headline_one_main_and_a_language(page: Page) -> None:
    assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
    assert page.all("html")[0]["lang"] == "en"


def test_ids_are_unique_and_references_meet_them(page: Page) -> None:
    ids = [a["id"] for _, a in page.elements if a.get("id")]
    assert len(ids) == len(set(ids))
    refs = {a[k] for _, a in page.elements for k in ("aria-labelledby", "aria-describedby", "data-chart") if a.get(k)}
    assert refs <= set(ids)


def test_every_chart_has_words_for_those_who_cannot_see_it(page: Page) -> None:
    charts = [a for _, a in page.elements if "data-chart" in a]
    assert charts
    assert all(a.get("role") == "img" and a.get("aria-label") for a in charts)
    assert len(page.all("figcaption")) == len(charts)


def test_every_chart_on_the_page_reads_as_json(page: Page) -> None:
    charts = [json.loads(s) for s in page.scripts if s.startswith('{"data"')]
    assert charts
    assert all(set(c) == {"data", "layout"} for c in charts)


def test_sections_are_named(page: Page) -> None:
    assert all(a.get("aria-label") for a in page.all("section"))


def test_the_same_blocks_give_the_same_bytes(blocks: list[Block], html: str) -> None:
    assert build_page(blocks) == html


def test_a_page_without_charts_carries_no_script() -> None:
    text = build_page([Heading("The answer", level=1)])
    assert "<script" not in text
    assert "script-src 'none'" in text
    assert len(text) < 40_000


def test_a_second_headline_steps_down() -> None:
    assert Page(build_page([Heading("a", level=1), Heading("b", level=1)])).elements.count(("h1", {"id": "cx-1"})) == 1


@pytest.mark.parametrize("blocks", [[Heading("a")], [Text((("a",),))], [Header("Volta"), Heading("a")]])
def test_a_page_without_a_headline_gets_one(blocks: list[Block]) -> None:
    assert len(Page(build_page(blocks)).all("h1")) == 1


def test_a_page_takes_the_clients_colours() -> None:
    assert "--accent:#00543c" in build_page([Header("Volta", accent="#00543c"), Heading("a", level=1)])


def test_nothing_to_show_is_refused() -> None:
    with pytest.raises(ReportError, match="no blocks"):
        build_page([])


def test_the_page_is_written_whole(tmp_path: Path) -> None:
    path = write_page(notebook(Heading("The answer", level=1)), tmp_path / "report.html")
    assert [p.name for p in tmp_path.iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8") == build_page([Heading("The answer", level=1)])


def test_an_output_that_is_no_block_is_refused() -> None:
    output = {"output_type": "display_data", "data": {MIME: {"kind": "nothing"}}}
    with pytest.raises(ReportError):
        blocks_of({"cells": [{"cell_type": "code", "outputs": [output]}]})


def test_plotly_is_packed_only_once(html: str) -> None:
    assert html.count('id="cx-plotly"') == 1
    assert len(html) < 2_500_000
