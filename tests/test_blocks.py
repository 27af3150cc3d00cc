"""Blocks travel as JSON unchanged, and show themselves without ever letting text become markup."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser

import fake
import pytest

from cxkit._blocks import (
    MIME,
    PLOTLY_MIME,
    Bar,
    Block,
    Card,
    Cards,
    Code,
    Comment,
    Figure,
    Group,
    Header,
    Heading,
    Quiet,
    Strong,
    Table,
    Tag,
    Text,
    block_from_json,
)
from cxkit._boards import Band, Column, Curve, CurvePoint, Lane, LaneCell, Lanes, Mark, Row, Stretch, Timeline, Trace
from cxkit._html import RENDERERS, Canvas, flow_html, json_html, render
from cxkit._html_curve import curve_path
from cxkit._plain import plain
from cxkit._theme import ACCENT, DEFAULT, PALE, contrast, css, theme_of, themed_spec
from cxkit.errors import ReportError

A = fake.ATTACK
SPEC = {"data": [{"type": "scatter", "x": [1, 2], "y": [3.5, None]}], "layout": {"title": {"kind": "not a block"}}}

CURVE = Curve(
    (CurvePoint(0.4, 0.3, 0.5, 0.8, "worse", A, A), CurvePoint(None, text=A, short=A), CurvePoint(1.4, target=0.9)),
    A,
    A,
    A,
    traces=(Trace(A, (0.1, 0.3, None), (A, A, ""), who=A), Trace(A, (0.5, None, 0.9), aim=True)),
)
MAP = Lanes(
    A, ((A, 2), (A, 1)), (Column(A, A, "worse"), Column(A), Column(A)),
    (
        Lane(A, (LaneCell(((A, Tag(A)),)), LaneCell(((Strong(A),),), 0.9, 0.8, 1.0, "worse"), LaneCell()), note=A),
        Lane(A, curve=CURVE),
        Lane(A, note=A),
        Lane(A, (LaneCell(((A,),)),) * 3, group=A, line=A),
    ),
    subtitle=A, facts=(A, A), alt=A, note=A, corner=A, folded=(A,), says=(("all", A),),
)  # fmt: skip
PLAN = Timeline(
    A, (A, A), (Band(A, (Row(A, A, (Stretch(1, 2, "better", A, A),), (Mark(2, A, "open", A),)),), A),),
    subtitle=A, now=1, now_text=A, alt=A, note=A, corner=A,
)  # fmt: skip

BLOCKS: list[Block] = [
    Header(A, A, (A, A), "en", logo="data:image/png;base64,AAAA"),
    Heading(A, level=1, subtitle=A),
    Text(((A, Strong(A), Quiet(A), Tag(A, "worse")),), role="lead"),
    Cards((Card(A, A, interval=A, n=A, bar=Bar(0.5, 0.4, 0.6, 0.9, A), changes=(("better", A),), note=A),), note=A),
    Figure(A, A, SPEC, A, (A, A), ((A, (Strong(A),)),), width="full", note=A, table_label=A),
    Table(A, (A, A), ((A, (A, Quiet(A))),), subtitle=A, note=A, align=("left", "right")),
    Comment(A, (A, A), A, A, "stale", about=A, flag=A, why=A),
    Code(A, A, A),
    MAP,
    PLAN,
    Group((Heading(A), Group((Text(((A,),)),)))),
]


class Elements(HTMLParser):
    """The elements of a page, and whether each is closed where it should be."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [v for k, v in attrs if k == "id" and v]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def kind(block: Block) -> str:
    return block.kind


@pytest.mark.parametrize("block", BLOCKS, ids=kind)
def test_a_block_survives_the_way_through_json(block: Block) -> None:
    assert block_from_json(json.loads(json.dumps(block.to_json()))) == block


@pytest.mark.parametrize("block", BLOCKS, ids=kind)
def test_text_never_becomes_markup(block: Block) -> None:
    html = render(block, Canvas())
    assert "<script>" not in html
    assert "alert(1)" in html


@pytest.mark.parametrize("block", BLOCKS, ids=kind)
def test_every_element_is_closed(block: Block) -> None:
    assert Elements(render(block, Canvas())).open == []


@pytest.mark.parametrize("block", BLOCKS, ids=kind)
def test_a_block_shows_itself_in_a_notebook(block: Block) -> None:
    bundle = block._repr_mimebundle_()
    assert {"text/plain", "text/html", MIME} <= set(bundle)
    assert A in bundle["text/plain"]
    assert "<script>alert" not in bundle["text/html"]


def test_every_kind_has_a_renderer() -> None:
    assert set(RENDERERS) == {type(b) for b in BLOCKS}


def test_a_figure_gives_a_notebook_its_chart_with_the_title_as_text() -> None:
    figure = next(b for b in BLOCKS if isinstance(b, Figure))
    title = figure._repr_mimebundle_()[PLOTLY_MIME]["layout"]["title"]["text"]
    assert title == "<b>&lt;script&gt;alert(1)&lt;/script&gt;</b>"


def test_a_group_is_shown_block_by_block(monkeypatch: pytest.MonkeyPatch) -> None:
    display = pytest.importorskip("IPython.display")
    shown: list[Block] = []
    monkeypatch.setattr(display, "display", shown.append)
    Group((Heading("a"), Heading("b")))._ipython_display_()
    assert shown == [Heading("a"), Heading("b")]


@pytest.mark.parametrize(
    "data", [{"kind": "unknown"}, {"kind": "heading"}, {"text": "no kind"}, {"kind": "strong", "text": ""}]
)
def test_what_is_no_block_is_refused(data: dict[str, str]) -> None:
    with pytest.raises(ReportError, match="no block"):
        block_from_json(data)


def test_half_figures_stand_side_by_side_and_full_ones_alone() -> None:
    half = Figure("t", "s", SPEC, "", ("a",), ())
    html = flow_html([half, half, Figure("t", "s", SPEC, "", ("a",), (), width="full"), half], Canvas())
    assert [part.count("<figure") for part in html.split('<div class="cx-figures">')] == [0, 3, 1]


def test_a_logo_is_only_ever_embedded() -> None:
    assert "<img" not in render(Header("Volta", logo="https://example.org/logo.png"), Canvas())


def test_a_table_names_its_columns_and_rows() -> None:
    html = render(Table("T", ("KPI", "n"), (("NPS", "12"),)), Canvas())
    assert html.count('scope="col"') == 2
    assert html.count('scope="row"') == 1
    assert "<caption>" in html


def test_json_in_a_page_reads_back_as_it_was() -> None:
    data = {"text": "</script><!-- \u2028 & 'quoted'"}
    assert json.loads(json_html(data)) == data
    assert "<" not in json_html(data)


def test_a_map_names_its_phases_steps_and_lanes() -> None:
    html = render(MAP, Canvas())
    assert [html.count(f'scope="{s}"') for s in ("colgroup", "col", "row", "rowgroup")] == [2, 3, 5, 1]
    assert 'role="region" tabindex="0"' in html


def test_a_curve_is_not_drawn_over_a_gap_and_keeps_inside() -> None:
    html = render(MAP, Canvas())
    assert html.count('<path class="line"') == 2
    assert html.count('class="dot') == 2
    assert "top:-" not in html


def test_a_curve_never_swings_beyond_its_points() -> None:
    heights = [
        float(n) for n in re.findall(r"[ MC]-?[\d.]+ (-?[\d.]+)", curve_path([(0, 5), (9, 1), (18, 1), (27, 9)]))
    ]
    assert min(heights) == 1
    assert max(heights) == 9


def test_plain_text_lines_its_columns_up() -> None:
    text = plain(Table("T", ("KPI", "n"), (("Net Promoter Score", "12"), ("Churn", "3"))))
    assert [line.rindex(" ") for line in text.splitlines()[1:]] == [19, 19, 19]


@pytest.mark.parametrize(
    # Ratios published with WCAG's understanding documents and its widely used reference checkers.
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#767676", "#ffffff", 4.54),
        ("#777777", "#ffffff", 4.48),
        ("#ff0000", "#ffffff", 4.0),
        ("#0000ff", "#ffffff", 8.59),
        ("#ffffff", "#ffffff", 1.0),
    ],
)
def test_contrast_agrees_with_published_ratios(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == pytest.approx(ratio, abs=0.005)
    assert contrast(first, second) == contrast(second, first)


@pytest.mark.parametrize("colour", ["#17202b", "#5d6b7a", "#1f5fbf", "#1f7a6b", "#b3472f", "#9a6b00"])
def test_every_colour_of_text_can_be_read_on_white(colour: str) -> None:
    assert contrast(colour) >= 4.5


@pytest.mark.parametrize(
    ("text", "ground"), [("#176155", "#e2f1ee"), ("#98381f", "#f8e6e1"), ("#7a5500", "#fcf0d6"), ("#5d6b7a", "#eef1f4")]
)
def test_every_tag_can_be_read(text: str, ground: str) -> None:
    assert contrast(text, ground) >= 4.5
    assert text in css(DEFAULT)
    assert ground in css(DEFAULT)


def test_a_brand_too_pale_to_read_gives_way() -> None:
    assert theme_of(accent="#ffcc00", ink="#eeeeee") == DEFAULT
    assert theme_of(accent="#00543c").accent == "#00543c"


def test_a_font_name_cannot_end_the_style_sheet() -> None:
    assert "<" not in theme_of(font="</style><b>").font.split(",")[0]


def test_a_chart_takes_the_clients_accent() -> None:
    spec = {"data": [{"line": {"color": ACCENT}, "marker": {"color": [PALE]}}], "layout": {}}
    own = themed_spec(spec, theme_of(accent="#00543c"))
    assert own["data"][0]["line"]["color"] == "#00543c"
    assert own["data"][0]["marker"]["color"] != [PALE]
    assert themed_spec(spec, DEFAULT)["data"] == spec["data"]
