"""A journey map on a page, in a widget and as a drawing: the same words everywhere, whole without a script."""

from __future__ import annotations

import base64
import hashlib
import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import fake
import pytest

from cxkit._blocks import Heading, Tag
from cxkit._boards import Column, Curve, CurvePoint, Lane, LaneCell, Lanes, Trace
from cxkit._html import Canvas, render
from cxkit._html_curve import curve_ends
from cxkit._html_lanes import map_script
from cxkit._plain import plain
from cxkit._svg_lanes import lanes_svg
from cxkit._svg_text import rows_of, width_of
from cxkit._theme import AA, DARK, LIGHT, contrast, css, dark_colours, theme_of
from cxkit.report.page import build_page
from cxkit.widgets.live_map import LiveMap

A = fake.ATTACK
SVG = "{http://www.w3.org/2000/svg}"
SAYS = (("all", "Show all lanes"), ("fewer", "Show fewer lanes"), ("close", "Close"), ("everyone", "Everyone"))


def a_map(steps: int = 3, **changes) -> Lanes:
    points = tuple(CurvePoint(i / steps, i / steps, 1.0, text=f"S{i} {i}", short=str(i)) for i in range(steps))
    heights = tuple(0.2 if i % 2 else None for i in range(steps))
    texts = tuple(f"Ann said {i}" if i % 2 else "" for i in range(steps))
    traces = (Trace("Ann", heights, texts, "ann"), Trace("Bob", tuple(0.8 for _ in range(steps)), who="bob"))
    given = {
        "title": "Joining",
        "groups": (("First", 1), ("Then", steps - 1)),
        "columns": tuple(Column(f"Step {i}", "loses most" if i == 1 else "") for i in range(steps)),
        "lanes": (
            Lane("Reach", tuple(LaneCell(((f"{i} %",),), 0.5, 0.4, 0.6) for i in range(steps))),
            Lane("Feeling", curve=Curve(points, "good", "bad", traces=traces)),
            Lane("Does", tuple(LaneCell(((f"acts {i}",),)) for i in range(steps)), group="Customer"),
            Lane("Acts", tuple(LaneCell(((f"helps {i}",),)) for i in range(steps)), group="Back", line="the line"),
        ),
        "corner": "Step",
        "folded": ("Customer", "Back"),
        "says": SAYS,
    }
    return Lanes(**given | changes)


def drawn(block: Lanes, **how) -> ET.Element:
    return ET.fromstring(lanes_svg(block, **how).encode())  # noqa: S314 - written just now


def words(svg: ET.Element) -> list[str]:
    return [" ".join("".join(t.itertext()).split()) for t in svg.iter(f"{SVG}text")]


def test_a_map_is_whole_without_its_script():
    html = render(a_map(), Canvas())
    assert all(said in html for said in ("acts 2", "helps 2", "the line", "Ann said 1", "<caption"))
    assert "<button" not in html
    assert html.count('<input type="checkbox" class="unfold">') == 2


def test_the_script_comes_with_a_map_and_only_with_one():
    script = base64.b64encode(hashlib.sha256(map_script().encode()).digest()).decode()
    with_map, without = build_page([a_map()]), build_page([Heading("The answer", level=1)])
    assert f"script-src 'sha256-{script}';" in with_map
    assert with_map.count("<script") == 1
    assert map_script() in with_map
    assert "<script" not in without


def test_a_widget_has_the_script_and_the_html_of_a_page():
    widget = LiveMap()
    widget.show(a_map(), theme=theme_of())
    assert widget._esm == map_script()
    assert widget.html in build_page([a_map()])


def test_the_script_asks_for_nothing_and_writes_no_markup_of_its_own():
    script = map_script()
    assert not re.search(r"https?:|import\s*\(|fetch\(|eval\(|insertAdjacentHTML|document\.write|outerHTML", script)
    assert script.count("innerHTML") == 1


def test_every_step_has_a_cell_in_the_lane_of_the_curve():
    (row,) = re.findall(r'<tr class="curve">.*?</tr>', render(a_map(5), Canvas()))
    assert row.count("<td>") == 5
    assert "S4 4</span>" in row


def test_a_stated_line_is_not_drawn_where_nothing_is_stated():
    html = render(a_map(4), Canvas())
    assert html.count('class="pin trace t1" data-who="ann"') == 2
    assert html.count('class="pin trace t2" data-who="bob"') == 4
    # A step alone has a short line; four in a row have three pieces.
    assert [html.count(f'<path class="trace {t}"') for t in ("t1", "t2")] == [2, 3]


def test_names_at_the_ends_of_lines_keep_apart():
    same = tuple(Trace(f"P{i}", (0.5, 0.5), who=f"p{i}") for i in range(4))
    heights = sorted(e.height for e in curve_ends(Curve((CurvePoint(None), CurvePoint(None)), traces=same)))
    assert all(b - a > 0.1 for a, b in pairwise(heights))


def test_what_several_persons_aim_at_is_drawn_for_one_at_a_time():
    aims = tuple(Trace(f"P{i}", (0.5, 0.5), who=f"p{i}", aim=True) for i in range(2))
    two = Curve((CurvePoint(None), CurvePoint(None)), traces=aims)
    one = Curve((CurvePoint(None), CurvePoint(None)), traces=aims[:1])
    assert [any("own" in e.css_class for e in curve_ends(c)) for c in (two, one)] == [True, False]


def test_plain_text_says_what_is_stated():
    assert "S1 1; Ann said 1" in plain(a_map())


@pytest.mark.parametrize("colour", ["text", "soft", "quiet", "better", "worse", "open", "head", "accent"])
@pytest.mark.parametrize("accent", ["", "#8a1c4a", "#00543c", "#1a1a1a"])
def test_after_dark_words_can_be_read(colour, accent):
    dark = dark_colours(theme_of(accent=accent))
    assert contrast(dark[colour], dark["paper"]) >= AA
    assert contrast(dark[colour], "#111111") >= AA  # JupyterLab's own ground


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_pills_and_marked_steps_can_be_read(colours):
    pairs = [("pill-text", "pill"), ("worse-deep", "worse-wash"), ("text", "open-wash"), ("text", "worse-wash")]
    pairs += [(f"{t}-deep", f"{t}-pale") for t in ("better", "worse", "open")]
    assert {
        p: contrast(colours[p[0]], colours[p[1]]) for p in pairs if contrast(colours[p[0]], colours[p[1]]) < AA
    } == {}


def test_dark_is_for_screens_only():
    screens = [part.split("{")[0] for part in css().split("@media ")[1:] if "--paper:#14191f" in part]
    assert screens
    assert all(s.startswith("screen") for s in screens)


def test_a_drawing_is_xml_that_stands_alone():
    text, svg = lanes_svg(a_map()), drawn(a_map())
    kinds = {e.tag.removeprefix(SVG) for e in svg.iter()}
    assert kinds <= {"svg", "title", "desc", "rect", "path", "circle", "text", "tspan"}
    assert not re.search(r"href|url\(|@import|style=|class=", text)
    assert (svg.find(f"{SVG}title").text, svg.attrib["role"]) == ("Joining", "img")
    assert text == lanes_svg(a_map())


def test_a_drawing_holds_every_word_of_the_map():
    said = words(drawn(a_map()))
    for text in ("Joining", "First", "Then", "Step 2", "loses most", "Reach", "2 %", "acts 2", "helps 0", "the line"):
        assert text in said
    assert {"good", "bad", "Ann", "Bob"} <= set(said)


def test_a_drawing_can_leave_out_what_is_folded_away():
    assert "acts 1" not in words(drawn(a_map(), whole=False))
    assert "1 %" in words(drawn(a_map(), whole=False))


def test_text_in_a_drawing_stays_text():
    svg = drawn(a_map(title=A, columns=(Column(A, A),) * 3, corner="\x07bell", note=A))
    assert not [e for e in svg.iter() if "script" in e.tag]
    assert A in svg.find(f"{SVG}title").text
    assert "bell" in words(svg)


def test_nothing_in_a_drawing_lies_outside_it():
    svg = drawn(a_map(12, columns=tuple(Column("Donaudampfschifffahrtsgesellschaft " * 3) for _ in range(12))))
    width, height = float(svg.attrib["width"]), float(svg.attrib["height"])
    for rect in svg.iter(f"{SVG}rect"):
        x, y, w, h = (float(rect.attrib.get(k, 0)) for k in ("x", "y", "width", "height"))
        assert x >= 0
        assert y >= 0
        assert x + w <= width
        assert y + h <= height


@pytest.mark.parametrize(
    "text", ["one two three four", "Donaudampfschifffahrtsgesellschaftskapitän", "本人確認と住所変更"]
)
def test_wrapped_words_fit_and_none_is_lost(text):
    rows = rows_of(text, 60, 12)
    assert "".join(w.text for row in rows for w in row) == text.replace(" ", "")
    assert all(width_of(" ".join(w.text for w in row), 12) <= 61 for row in rows)


def test_a_pill_breaks_between_its_words():
    rows = rows_of((Tag("Mend the step where orders get stuck"),), 110, 12)
    said = [w.text for row in rows for w in row]
    assert len(said) > 1
    assert " ".join(said) == "Mend the step where orders get stuck"


@pytest.mark.parametrize(("text", "turned"), [("שלום עולם", True), ("hello שלום", False)])
def test_a_line_of_hebrew_runs_from_the_right(text, turned):
    svg = drawn(a_map(columns=(Column(text),) * 3))
    found = [t for t in svg.iter(f"{SVG}text") if "שלום" in "".join(t.itertext())]
    assert {t.attrib.get("direction") == "rtl" for t in found} == {turned}
