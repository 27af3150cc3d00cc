"""A journey map in a real browser: it folds, tells all of a step, follows the keyboard, the night and the paper."""

from __future__ import annotations

import json

import fake
import pytest
from browser import browser, needs_browser, outside
from test_maps import a_map

from cxkit._blocks import Heading
from cxkit._boards import Column, Lane, LaneCell
from cxkit._svg_lanes import lanes_svg
from cxkit._theme import DARK, css, theme_of
from cxkit.report.page import build_page
from cxkit.widgets.live_map import LiveMap

pytestmark = needs_browser()

A = fake.ATTACK
LIVE = "document.querySelector('.cx-lanes[data-live]')"
SEEN = "[...document.querySelectorAll('.cx-lanes tbody tr')].filter(r => r.offsetHeight).map(r => r.cells[0].innerText)"
TEXT = "document.querySelector('.cx-lanes').innerText"
FOCUS = "document.activeElement.textContent"

# What a notebook does with a widget's script: imports it, and hands it the widget's traits and an element.
HOST = """<!doctype html><meta charset="utf-8"><style>{css}</style>
<body><div style="width:1112px;margin:0 64px"><div id="here"></div></div>
<script type="module">
const source = new Blob([{script}], {{ type: "text/javascript" }})
const widget = (await import(URL.createObjectURL(source))).default
const model = {{ get: (name) => ({traits})[name], on() {{}}, off() {{}} }}
window.leave = widget.render({{ model, el: document.getElementById("here") }})
</script>"""


@pytest.fixture(scope="module")
def tab(tmp_path_factory):
    with browser(tmp_path_factory.mktemp("profile")) as found:
        yield found


@pytest.fixture
def opened(tab, tmp_path):
    def open_(block=None, *, width=1440, **media):
        path = tmp_path / "map.html"
        path.write_text(build_page([Heading("Maps", level=1), block or a_map()]), encoding="utf-8")
        features = [{"name": "prefers-color-scheme", "value": media.get("scheme", "light")}]
        tab.call("Emulation.setEmulatedMedia", media=media.get("media", ""), features=features)
        tab.open(path, width=width)
        tab.wait_for(LIVE)
        return tab

    return open_


def press(tab, key: str) -> None:
    """A key that the helper's `press` has no number for is told by its name."""
    for kind in ("keyDown", "keyUp"):
        tab.call("Input.dispatchKeyEvent", type=kind, key=key)


def test_lanes_fold_and_unfold(opened):
    tab = opened()
    assert json.dumps(tab.evaluate(SEEN)) == json.dumps(["Reach", "Feeling\ngood\nbad", "Customer\nDoes", "Back\nActs"])
    tab.click("tr.group .fold")
    assert "Does" in tab.evaluate(SEEN)
    assert tab.evaluate("document.querySelector('tr.group .fold').getAttribute('aria-expanded')") == "true"
    tab.click(".tools .all")
    assert {"Does", "Acts", "the line"} <= set(tab.evaluate(SEEN))
    assert tab.evaluate("document.querySelector('.tools .all').innerText") == "Show fewer lanes"
    tab.click(".name .fold")
    assert tab.evaluate("document.querySelector('tbody td').innerText") == ""
    assert tab.errors == []


def test_a_widget_and_a_page_have_the_same_text(opened, tmp_path):
    tab, widget = opened(), LiveMap()
    widget.show(a_map(), theme=theme_of())
    tab.evaluate("document.querySelector('.tools .all').click()")
    static = tab.evaluate(TEXT)
    traits = json.dumps({"html": widget.html}).replace("<", "\\u003c")
    script = json.dumps(str(widget._esm)).replace("<", "\\u003c")
    page = tmp_path / "widget.html"
    page.write_text(HOST.format(css=css(), script=script, traits=traits), encoding="utf-8")
    tab.open(page)
    tab.wait_for(LIVE)
    tab.evaluate("document.querySelector('.tools .all').click()")
    assert tab.evaluate(TEXT) == static
    assert "helps 2" in static
    assert tab.evaluate("leave() ?? 'gone'") == "gone"
    assert outside(tab.requests) == []
    assert tab.errors == []


def test_the_keyboard_walks_from_step_to_step_and_opens_one(opened):
    tab = opened()
    tab.evaluate("document.querySelector('.cx-lanes .open').focus()")
    for key, there in (("ArrowRight", "Step 1"), ("End", "Step 2"), ("ArrowRight", "Step 2"), ("Home", "Step 0")):
        press(tab, key)
        assert tab.evaluate(FOCUS) == there
    press(tab, "ArrowRight")
    tab.press("Enter")
    said = tab.wait_for("document.querySelector('dialog[open]')?.innerText")
    for part in ("Step 1", "Then · loses most", "Reach", "1 %", "S1 1; Ann said 1", "acts 1", "helps 1"):
        assert part in said
    press(tab, "ArrowRight")
    assert "acts 2" in tab.evaluate("document.querySelector('dialog[open]').innerText")
    tab.press("Escape")
    tab.wait_for("!document.querySelector('dialog')")
    assert tab.evaluate(FOCUS) == "Step 2"
    assert tab.evaluate("document.querySelectorAll('.open[tabindex=\"0\"]').length") == 1


def test_one_person_is_chosen_and_the_others_leave(opened):
    tab = opened()
    tab.select(".tools select", "Ann")
    shown = "[...document.querySelectorAll('.plot .whose')].filter(e => e.offsetWidth).map(e => e.textContent)"
    assert tab.evaluate(shown) == ["Ann"]
    tab.select(".tools select", "Everyone")
    assert sorted(tab.evaluate(shown)) == ["Ann", "Bob"]


def test_text_of_a_client_stays_text_when_the_map_is_alive(opened):
    cells = tuple(LaneCell(((A,),)) for _ in range(3))
    tab = opened(a_map(columns=(Column(A),) * 3, lanes=(Lane(A, cells, group=A), Lane(A, cells)), says=(("all", A),)))
    tab.evaluate("document.querySelector('.tools .all').click(); document.querySelector('.open').click()")
    assert A in tab.evaluate("document.querySelector('dialog').innerText")
    assert tab.evaluate("document.querySelectorAll('.cx-lanes script').length") == 0
    assert tab.errors == []


def test_on_a_phone_the_map_scrolls_in_its_frame_and_its_names_stay(opened):
    tab = opened(a_map(8), width=390)
    assert not tab.scrolls_sideways()
    tab.evaluate("document.querySelector('.cx-lanes .scroll').scrollLeft = 300")
    left = "document.querySelector('{}').getBoundingClientRect().left | 0"
    assert tab.evaluate(left.format("tbody th.name")) == tab.evaluate(left.format(".cx-lanes .scroll"))
    phase = "document.querySelectorAll('.phases span')[1].getBoundingClientRect().left > 90"
    assert tab.evaluate(phase)


def test_heads_stay_in_sight_while_the_page_scrolls(opened):
    tall = tuple(Lane(f"L{i}", tuple(LaneCell((("x",),) * 9) for _ in range(3))) for i in range(12))
    tab = opened(a_map(lanes=tall))
    tab.evaluate("scrollTo(0, 900)")
    tab.wait_for("Math.abs(document.querySelector('.cx-lanes thead').getBoundingClientRect().top) < 2")


def test_after_dark_the_page_is_dark_and_paper_is_white(opened):
    ground = "getComputedStyle(document.querySelector('.sheet')).backgroundColor"
    night = tuple(int(DARK["paper"][i : i + 2], 16) for i in (1, 3, 5))
    assert opened(scheme="dark").evaluate(ground) == f"rgb{night}"
    assert opened(scheme="dark", media="print").evaluate(ground) == "rgb(255, 255, 255)"


def test_on_paper_every_lane_is_there_and_no_control(opened):
    tab = opened(media="print")
    assert {"Does", "Acts"} <= set(tab.evaluate(SEEN))
    assert tab.evaluate("document.querySelector('.tools').offsetHeight") == 0


def test_a_wide_map_is_laid_out_in_parts_and_no_step_is_lost(opened):
    tab = opened(a_map(23), media="print")
    tab.evaluate("dispatchEvent(new Event('beforeprint'))")
    tables = "[...document.querySelectorAll('.sheets table')]"
    parts = tab.evaluate(f"{tables}.map(t => [...t.querySelectorAll('thead .step')].map(s => s.innerText))")
    assert [len(p) for p in parts] == [8, 8, 7]
    assert [s.split("\n")[0] for p in parts for s in p] == [f"Step {i}" for i in range(23)]
    wide = "t => [...t.rows].map(r => [...r.cells].reduce((n, c) => n + c.colSpan, 0))"
    assert [set(rows) for rows in tab.evaluate(f"{tables}.map({wide})")] == [{9}, {9}, {8}]
    assert tab.evaluate("document.querySelector('.cx-lanes > .scroll').offsetHeight") == 0
    tab.evaluate("dispatchEvent(new Event('afterprint'))")
    assert tab.evaluate("document.querySelectorAll('.sheets').length") == 0


def test_two_hundred_steps_fold_without_delay(opened):
    cells = tuple(LaneCell((("what happens here",), ("and then",))) for _ in range(200))
    lanes = (*a_map(200).lanes, *(Lane(f"L{i}", cells, group="More") for i in range(16)))
    tab = opened(a_map(200, lanes=lanes))
    took = """new Promise(done => { const start = performance.now()
      document.querySelector('tbody:last-child .fold').click(); document.body.offsetHeight
      done(performance.now() - start) })"""
    tab.evaluate(took)
    # A slow machine is allowed several times what it takes here.
    assert min(tab.evaluate(took) for _ in range(4)) < 400


def test_a_drawing_is_shown_as_it_stands(tab, tmp_path):
    path = tmp_path / "map.svg"
    path.write_text(lanes_svg(a_map()), encoding="utf-8")
    tab.open(path)
    tab.wait_for("document.querySelector('svg text')")
    inside = """(() => { const { width, height } = document.documentElement.getBoundingClientRect()
      return [...document.querySelectorAll('text')].every(t => { const b = t.getBBox()
        return b.x >= 0 && b.y >= 0 && b.x + b.width <= width && b.y + b.height <= height }) })()"""
    assert tab.evaluate(inside)
    assert tab.errors == []
