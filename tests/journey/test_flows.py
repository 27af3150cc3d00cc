"""How journeys really run: what is drawn of it is what was measured, and nothing is lost between table and picture."""

from __future__ import annotations

import re
import time

import fake
import pytest
from telling import drawn, share, telling

from cxkit._blocks import Figure, Table, line_text
from cxkit._html import Canvas, render
from cxkit._plain import plain
from cxkit.evidence.estimate import Estimate
from cxkit.journey.cuts import cut_blocks
from cxkit.journey.draw import draw_flows, flow_blocks
from cxkit.journey.flow_charts import Flow, Place, flow_spec
from cxkit.journey.flows import flow_figure, layers_of, stray_blocks
from cxkit.journey.funnel import MOST_STEPS, funnel_figure
from cxkit.journey.hops import channel_flow
from cxkit.journey.promises_draw import promise_blocks
from cxkit.journey.steps import draw_steps
from cxkit.journey.told import JourneyState, Told

SHOP = drawn(
    find={}, order={"next": ["bring", "fetch"]}, bring={"next": ["keep"]}, fetch={"next": ["keep"]}, keep={"last": True}
)
FLOWS = {
    ("find", "flow=order"): share(0.66), ("find", "flow=bring"): share(0.05), ("find", "flow=.end"): share(0.29),
    ("order", "flow=bring"): share(0.5, n=700), ("order", "flow=fetch"): share(0.3, n=700),
    ("order", "flow=find"): share(0.1, n=700), ("order", "flow=.other"): share(0.1, n=700),
    ("bring", "flow=keep"): share(0.9, n=400), ("bring", "flow=.end"): share(0.1, n=400),
    ("fetch", "flow=keep"): share(0.8, n=250), ("fetch", "flow=.end"): share(0.2, n=250),
    ("keep", "flow=.end"): share(0.98, n=550), ("keep", "flow=find"): share(0.001, 0.0005, n=550),
}  # fmt: skip
REACH = {(s, "reach"): share(v) for s, v in (("find", 1), ("order", 0.7), ("bring", 0.4), ("fetch", 0.25))}


def rows(block: object) -> list[list[str]]:
    assert isinstance(block, Table | Figure)
    return [[line_text(c) for c in row] for row in block.rows]


def widths(figure: Figure, colour: str) -> list[float]:
    boxes = [s for s in figure.spec["layout"]["shapes"] if s["type"] == "rect" and s["fillcolor"] == colour]
    return [round(s["x1"] - s["x0"], 4) for s in boxes]


def figure(made: Figure | None) -> Figure:
    assert made is not None
    return made


def test_a_path_that_is_not_drawn_says_where_it_leaves_the_map():
    numbers = {("", "fit"): share(0.64), ("", "stray=find>order>find>order>bring>keep"): share(0.06),
               ("", "stray=bring>keep"): share(0.04), ("", "stray=find>keep>…"): share(0.02)}  # fmt: skip
    (table,) = stray_blocks(telling(SHOP, numbers))
    assert isinstance(table, Table)
    assert table.title == "What is not drawn: 36\u00a0% (34\u00a0to\u00a038) of the journeys"
    assert rows(table)[0] == [
        "Find → Order → Find → Order → Bring → Keep",
        "6.0\u00a0% (4.0\u00a0to\u00a08.0)",
        "60",
        "from “Order” to “Find”",
    ]
    assert rows(table)[1][3] == "begins at “Bring”"
    assert rows(table)[2][0].endswith("Keep → …")


def test_a_loop_that_is_drawn_is_not_where_a_path_leaves_the_map():
    looped = drawn(find={}, order={"back_to": ["find"]}, keep={"last": True})
    numbers = {("", "fit"): share(0.9), ("", "stray=find>order>find>keep"): share(0.06)}
    (table,) = stray_blocks(telling(looped, numbers))
    assert rows(table)[0][3] == "from “Find” to “Keep”"


@pytest.mark.parametrize(("fit", "said"), [(1.0, "Every journey follows"), (0.9, "No single path")])
def test_without_a_frequent_path_the_table_says_why(fit, said):
    (text,) = stray_blocks(telling(SHOP, {("", "fit"): share(fit)}))
    assert said in plain(text)


def test_the_funnel_says_how_many_come_and_what_is_lost():
    numbers = {("find", "through"): share(1.0, 0.0), ("order", "through"): share(0.7), ("keep", "through"): share(0.45),
               ("find", "drop_off"): share(0.29), ("find", "drop_off_vs_rest"): share(0.2),
               ("bring", "through"): Estimate.without("unobserved", n=None),
               ("order", "skip"): share(0.12)}  # fmt: skip
    made = figure(funnel_figure(telling(SHOP, numbers)))
    assert made.title == "45\u00a0% (43\u00a0to\u00a047) come all the way to “Keep”"
    words = " ".join(a["text"].replace("<br>", " ") for a in made.spec["layout"]["annotations"])
    assert "29\u00a0% (27\u00a0to\u00a031) of those who reach it go no further, more than elsewhere" in words
    assert "12\u00a0% (10\u00a0to\u00a014) of those beyond it never had it" in words
    assert "unobserved" in words
    assert "0\u00a0%" not in dict(zip((r[0] for r in rows(made)), rows(made), strict=True))["Bring"][1]


def test_the_funnel_draws_each_interval():
    made = figure(funnel_figure(telling(SHOP, {("find", "reach"): share(0.5, 0.1)})))
    ends = {(s["x0"], s["x1"]) for s in made.spec["layout"]["shapes"]}
    assert {(0.0, 1.0), (0.0, 0.4), (0.4, 0.6), (0.5, 0.5)} <= ends


def test_steps_that_journeys_choose_between_stand_beside_each_other():
    assert layers_of(SHOP) == {"find": 0, "order": 1, "bring": 2, "fetch": 2, "keep": 3}


def test_every_move_stands_in_the_table_and_every_band_is_as_wide_as_its_journeys():
    made = figure(flow_figure(telling(SHOP, REACH | FLOWS)))
    assert len(made.rows) == len(FLOWS)
    assert rows(made)[2] == ["Find", "ends here", "29\u00a0% (27\u00a0to\u00a031)", "1,000", "–"]
    assert [r[4] for r in rows(made) if r[:2] == ["Find", "Bring"]] == ["not drawn"]
    from cxkit._theme import ACCENT

    bars = widths(made, ACCENT)
    # In the order of the map: 1,000, 700, 400, 250 and 550 journeys.
    assert [round(b / bars[0], 2) for b in bars] == [1.0, 0.7, 0.4, 0.25, 0.55]


def test_what_goes_back_or_ends_is_said_beside_the_flow():
    made = figure(flow_figure(telling(SHOP, REACH | FLOWS)))
    words = [a["text"].replace("<br>", " ") for a in made.spec["layout"]["annotations"]]
    assert "10\u00a0% (8.0\u00a0to\u00a012) go back to “Find”" in words
    assert "29\u00a0% (27\u00a0to\u00a031) end here" in words
    assert made.title == "From “Order”, 10\u00a0% (8.0\u00a0to\u00a012) go back to “Find”"


def test_a_flow_as_thin_as_a_hair_is_folded_and_no_number_is_said_of_it():
    made = figure(flow_figure(telling(SHOP, REACH | FLOWS)))
    words = [a["text"] for a in made.spec["layout"]["annotations"]]
    assert "a few go elsewhere" in words
    assert ["Keep", "Find"] in [r[:2] for r in rows(made)]


def test_flows_that_may_not_be_shown_say_so_and_draw_nothing():
    hidden = {k: Estimate.without("suppressed", n=None) for k in FLOWS}
    assert flow_figure(telling(SHOP, hidden)) is None
    some = figure(
        flow_figure(telling(SHOP, REACH | FLOWS | {("bring", "flow=.end"): Estimate.without("too_few", n=8)}))
    )
    assert ["Bring", "ends here", "n\u00a08: too few to show", "8", "–"] in rows(some)


def test_a_change_of_channel_stands_out():
    numbers = {
        ("find", "hop=web|order|web"): share(0.4), ("find", "hop=web|order|phone"): share(0.2),
        ("find", "channel=web"): share(0.9), ("order", "channel=web"): share(0.6, n=700),
        ("find", "channel_switch"): share(0.33),
    }  # fmt: skip
    made = figure(channel_flow(telling(SHOP, numbers)))
    assert made.title == "After “Find”, 33\u00a0% (31\u00a0to\u00a035) change the channel"
    assert rows(made)[1] == ["Find", "web", "Order", "phone", "20\u00a0% (18\u00a0to\u00a022)", "1,000"]
    bands = [s for s in made.spec["layout"]["shapes"] if s["type"] == "path"]
    assert len({s["fillcolor"] for s in bands}) == 2
    # The edge says what the colour says.
    assert sorted(s["line"].get("dash", "") for s in bands) == ["", "dot"]


def test_a_change_that_nobody_can_avoid_is_no_finding():
    numbers = {("find", "hop=web|order|courier"): share(0.9), ("find", "channel=web"): share(0.9),
               ("order", "channel=courier"): share(1.0, n=700), ("find", "channel_switch"): share(1.0)}  # fmt: skip
    assert figure(channel_flow(telling(SHOP, numbers))).title == "From channel to channel"


@pytest.mark.parametrize("layers", [1, 3, 40])
def test_everything_of_a_flow_stands_inside_its_picture(layers):
    """Also what jumps over a layer, and what stands beside a bar."""
    places = [
        Place(f"{i}{c}", "A very long name of a step", i, 10.0, "50 % (40 to 60)") for i in range(layers) for c in "ab"
    ]
    flows = [Flow(f"{i}a", f"{j}b", 2.0, "drawn") for i in range(layers) for j in (i + 1, i + 2) if j < layers]
    flows += [Flow(p.key, "", 3.0, "end", "30 % (20 to 40) end here") for p in places]
    layout = flow_spec(places, flows)["layout"]
    high = layout["yaxis"]["range"][0]
    for s in layout["shapes"]:
        at = [float(v) for v in re.findall(r"[-\d.]+", s["path"])] if s["type"] == "path" else []
        xs, ys = (at[::2], at[1::2]) if at else ((s["x0"], s["x1"]), (s["y0"], s["y1"]))
        assert min(xs) >= -1e-6
        assert max(xs) <= 1
        assert max(ys) <= high
    lines = [(a["y"] + 15 * (a["text"].count("<br>") + 1)) for a in layout["annotations"] if a["yanchor"] == "top"]
    assert max(lines) <= high + 6


def test_a_map_of_many_steps_draws_those_that_most_reach_and_says_so():
    many = drawn(**{f"s{i}": {} for i in range(60)})
    numbers = {(f"s{i}", "reach"): share(1 - i / 100) for i in range(60)}
    numbers |= {(f"s{i}", "flow=.end"): share(0.1) for i in range(60)}
    made = figure(funnel_figure(telling(many, numbers)))
    assert made.note == f"The chart shows the {MOST_STEPS} steps that most journeys reach, of 60."
    assert len(made.rows) == 60


def test_a_value_that_surely_differs_is_named_and_the_others_are_not():
    cut = {("find", "drop_off", ("region", v)): share(x) for v, x in (("North", 0.25), ("South", 0.4))}
    apart = {("find", "drop_off_vs_others", ("region", "South")): share(0.12, 0.04),
             ("find", "drop_off_vs_others", ("region", "North")): Estimate(-0.02, -0.05, 0.01, 500)}  # fmt: skip
    told = telling(SHOP, {("find", "drop_off"): share(0.3)} | cut | apart)
    (made,) = cut_blocks(told)
    assert isinstance(made, Figure)
    assert made.title == "South: more go no further, 40\u00a0% (38\u00a0to\u00a042)"
    texts = [a["text"] for a in made.spec["layout"]["annotations"]]
    assert texts.count("more") == 1
    assert "fewer" not in texts


def test_dimensions_that_show_no_difference_are_one_sentence_for_a_client():
    cut = {("find", "drop_off", (d, v)): share(0.3) for d in ("region", "segment") for v in ("A", "B")}
    told = telling(SHOP, {("find", "drop_off"): share(0.3)} | cut)
    assert len(cut_blocks(told)) == 2
    (text,) = cut_blocks(told, only_apart=True)
    assert plain(text) == "At “Find” no difference is shown by Region and Segment."


def test_a_value_that_differs_at_another_step_is_shown_there():
    cut = {(s, "drop_off", ("region", v)): share(0.3) for s in ("find", "order") for v in ("A", "B")}
    cut[("order", "drop_off_vs_others", ("region", "B"))] = share(0.1)
    whole = {("find", "drop_off"): share(0.3), ("order", "drop_off"): share(0.2)}
    first, second = cut_blocks(telling(SHOP, whole | cut))
    assert isinstance(first, Figure)
    assert isinstance(second, Figure)
    assert "“Find”" in first.subtitle
    assert "“Order”" in second.subtitle


def test_a_value_of_few_customers_says_so_and_shows_no_number():
    cut = {("find", "drop_off", ("region", v)): share(0.3) for v in ("A", "B")}
    cut[("find", "drop_off", ("region", "C"))] = Estimate.without("suppressed", n=None)
    (made,) = cut_blocks(telling(SHOP, {("find", "drop_off"): share(0.3)} | cut))
    assert isinstance(made, Figure)
    assert rows(made)[2] == ["C", "hidden: it would show a group of fewer than 10 customers", ""]


def test_a_journey_that_was_not_measured_has_no_flows():
    told = telling(SHOP, {})
    bare = Told(fake.view(), JourneyState(SHOP), SHOP)
    assert flow_blocks(bare) == ()
    assert flow_blocks(told) == ()
    assert draw_flows(fake.view(), [JourneyState(SHOP)]).blocks == ()


def test_names_of_steps_and_channels_are_words_and_no_markup():
    attack = drawn(find={"label": fake.ATTACK}, order={"label": fake.ATTACK, "last": True})
    numbers = REACH | {k: e for k, e in FLOWS.items() if k[0] in ("find", "order") and "bring" not in k[1]}
    numbers[("find", f"hop={fake.ATTACK}|order|web")] = share(0.3)
    for block in flow_blocks(telling(attack, numbers)):
        assert "<script>alert" not in render(block, Canvas())
        if isinstance(block, Figure):
            assert not [a for a in block.spec["layout"]["annotations"] if "<script" in a["text"]]


def test_a_map_of_ten_thousand_steps_is_drawn_in_seconds():
    ids = [f"s{i}" for i in range(10_000)]
    many = drawn(**{i: {"offer": {"web": {"rule": "identical", "hours": 1}}} for i in ids})
    numbers = {
        (i, m): share(0.5) for i in ids for m in ("reach", "drop_off", "flow=.end", "channel=web", "in_time=web")
    }
    told = telling(many, numbers)
    began = time.perf_counter()
    blocks = (*flow_blocks(told), *promise_blocks(told), *draw_steps(told.view, [told.state]).blocks)
    assert time.perf_counter() - began < 15
    assert len(blocks) > 4


def test_what_leaves_a_bar_lies_side_by_side_and_fills_it():
    places = [Place("a", "A", 0, 10.0), Place("b", "B", 1, 6.0)]
    flows = [Flow("a", "b", 6.0, "drawn"), Flow("a", "", 3.0, "back", "3 go back"), Flow("a", "", 1.0, "end", "1 ends")]
    shapes = flow_spec(places, flows)["layout"]["shapes"]
    bar = max((s for s in shapes if s["type"] == "rect"), key=lambda s: s["x1"] - s["x0"])
    band = [float(v) for v in re.findall(r"[-\d.]+", next(s["path"] for s in shapes if s["type"] == "path"))]
    # Beneath the bar, the stubs; each has an edge under it.
    stubs = sorted({(s["x0"], s["x1"]) for s in shapes if s["type"] == "rect" and s["y0"] == bar["y1"]})
    whole = bar["x1"] - bar["x0"]
    assert band[0] == pytest.approx(bar["x0"], abs=1e-3)
    assert [round((a - bar["x0"]) / whole, 2) for a, _ in stubs] == [0.6, 0.9]
    assert [round((z - bar["x0"]) / whole, 2) for _, z in stubs] == [0.9, 1.0]
