"""The page in a real browser: charts are drawn, nothing is asked of the network, nothing is cut off on a phone."""

from __future__ import annotations

import json

import pytest
from browser import browser, needs_browser, outside
from conftest import TODAY

from cxkit.report.make import make_report
from cxkit.report.parameters import read_parameters

LOOK = """JSON.stringify({
  figures: document.querySelectorAll("figure").length, wide: document.documentElement.scrollWidth,
  drawn: document.querySelectorAll("figure svg.main-svg").length,
  headlines: document.querySelectorAll("h1").length })"""

pytestmark = needs_browser()


def look(tab, page, *, width: int) -> dict:
    tab.open(page, width=width)
    charts = tab.wait_for("document.documentElement.dataset.charts")
    return json.loads(tab.evaluate(LOOK)) | {"charts": charts}


@pytest.fixture(scope="module")
def page(aldermoor, tmp_path_factory):
    output = tmp_path_factory.mktemp("page") / "report.html"
    parameters = read_parameters({"engagement": str(aldermoor.root), "output": str(output)})
    return make_report(parameters, today=TODAY).path


@pytest.mark.parametrize("width", [1440, 390])
def test_charts_are_drawn_nothing_is_cut_off_and_nothing_is_asked_of_the_network(page, tmp_path, width):
    with browser(tmp_path) as tab:
        found = look(tab, page, width=width)
        assert [r for r in tab.requests if not r.startswith(("file:", "data:", "blob:"))] == []
        assert tab.errors == []
    assert found["charts"] == "drawn"
    assert found["figures"] > 5
    assert found["drawn"] >= found["figures"]
    assert found["wide"] <= width
    assert found["headlines"] == 1


def test_a_request_would_be_seen(tmp_path):
    bad = tmp_path / "bad.html"
    images = '<img src="http://127.0.0.1:9/pixel.png"><img src="https://cdn.example/a.png">'
    bad.write_text(f'<html data-charts="drawn"><h1>x</h1>{images}')
    with browser(tmp_path / "profile") as tab:
        look(tab, bad, width=1440)
        assert "http://127.0.0.1:9/pixel.png" in tab.requests
        assert outside(tab.requests) == ["https://cdn.example/a.png"]
