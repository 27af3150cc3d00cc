"""The lifecycle: shipped stages with a client's changes, which maps cover them, and what is refused."""

from __future__ import annotations

import datetime as dt
import shutil

import pytest

import cxkit
from cxkit._plain import plain
from cxkit.chain import work_files
from cxkit.engagement import open_engagement
from cxkit.errors import DocumentError
from cxkit.journey.lifecycle import coverage, prove_stages, read_lifecycle
from cxkit.journey.lifecycle_draw import draw_coverage
from cxkit.journey.read import read_journeys

DAY = dt.date(2026, 11, 22)
SHIPPED = "cxkit: 1\nextends: contract\n"


def written(folder, lifecycle: str | None = SHIPPED, **maps: str):
    (folder / "journeys").mkdir(exist_ok=True)
    if lifecycle is not None:
        (folder / "lifecycle.yaml").write_text(lifecycle)
    for name, extra in maps.items():
        journey, _, version = name.partition("__")
        version = "to-be" if version == "to_be" else "as-is"
        step = (
            extra if "steps:" in extra else f"{extra}\nphases: [{{id: a, label: A, steps: [{{id: ask, label: Ask}}]}}]"
        )
        text = f"cxkit: 1\nid: {journey}\nversion: {version}\nlabel: {journey.title()}\n{step}\n"
        (folder / f"journeys/{journey}.{version}.yaml").write_text(text)
    return folder


def nested(*inner: str) -> str:
    steps = ", ".join(f"{{id: s{i}, label: S, journey: {j}}}" for i, j in enumerate(inner))
    return f"stages: [join]\nphases: [{{id: a, label: A, steps: [{steps}]}}]"


def ids(lifecycle) -> list[str]:
    return [s.id for s in lifecycle.stages]


def found(folder, **how):
    pairs, given = read_journeys(folder), {"today": DAY, "measured": ()} | how
    return coverage(read_lifecycle(folder), pairs, **given)


def kinds(cover) -> set[tuple[str, str]]:
    return {(g.kind, g.stage or g.journey) for g in cover.gaps}


@pytest.mark.parametrize("business", ["contract", "transaction", "b2b"])
def test_the_shipped_lifecycles_say_what_the_customer_wants_and_where_it_comes_from(tmp_path, business):
    lifecycle = read_lifecycle(written(tmp_path, f"cxkit: 1\nextends: {business}\n"))
    assert len(lifecycle.stages) >= 7
    assert all(s.wants and s.source for s in lifecycle.stages)
    assert len(set(ids(lifecycle))) == len(lifecycle.stages)


def test_an_engagement_without_a_lifecycle_has_none(tmp_path):
    assert read_lifecycle(tmp_path) is None


def test_stages_are_added_renamed_and_left_out(tmp_path):
    text = SHIPPED + (
        "leave_out: [pay]\nchanges: {help: {label: Ask}}\n"
        "stages:\n  - {id: refer, label: Recommend}\n  - {id: visit, label: Visit, after: start}\n"
        "  - {id: stay, label: Stay over, after: visit}\n"
    )
    lifecycle = read_lifecycle(written(tmp_path, text))
    assert ids(lifecycle)[2:6] == ["start", "visit", "stay", "use"]
    assert ids(lifecycle)[-1] == "refer"
    assert "pay" not in ids(lifecycle)
    assert next(s for s in lifecycle.stages if s.id == "help").label == "Ask"
    assert next(s for s in lifecycle.stages if s.id == "help").wants


def test_a_lifecycle_of_ones_own_needs_no_shipped_one(tmp_path):
    assert ids(read_lifecycle(written(tmp_path, "cxkit: 1\nstages: [{id: all, label: All}]\n"))) == ["all"]


@pytest.mark.parametrize(
    ("text", "what", "line"),
    [
        ("cxkit: 1\n", "no stages", None),
        ("cxkit: 1\nextends: bank\n", "'contract', 'transaction' or 'b2b'", 2),
        (SHIPPED + "leave_out: [paying]\n", "no stage 'paying'", 3),
        (SHIPPED + "changes: {paying: {label: P}}\n", "no stage 'paying'", 3),
        (SHIPPED + "stages:\n  - {id: pay, label: Pay}\n", "'pay' stands twice", 4),
        (SHIPPED + "stages:\n  - {id: a, label: A}\n  - {id: a, label: B}\n", "'a' stands twice", 5),
        (SHIPPED + "stages:\n  - {id: a, label: A, after: b}\n", "no stage 'b'", 4),
        ("cxkit: 1\nleave_out: [a]\nstages: [{id: a, label: A}]\n", "need a lifecycle to `extends`", None),
        (SHIPPED + "leave_out: [consider, join, start, use, pay, help, change, renew, leave]\n", "No stage is left", 3),
        (SHIPPED + "stage: []\n", "Did you mean `stages`", 3),
        (SHIPPED + "stages: [{id: a, label: A}]\nstages: []\n", "duplicate key", 4),
    ],
)
def test_a_lifecycle_that_does_not_hold_together_is_refused_with_its_line(tmp_path, text, what, line):
    with pytest.raises(DocumentError) as told:
        read_lifecycle(written(tmp_path, text))
    assert what in str(told.value)
    assert line is None or f"lifecycle.yaml:{line}" in str(told.value)


def test_a_stage_that_is_not_there_is_refused_with_its_line(tmp_path):
    folder = written(tmp_path, moving="stages: [change, chnge]")
    with pytest.raises(DocumentError, match="no stage 'chnge'") as told:
        prove_stages(folder, read_lifecycle(folder), read_journeys(folder))
    assert "journeys/moving.as-is.yaml:5" in told.value.where


def test_without_a_lifecycle_journeys_may_name_any_stage(tmp_path):
    folder = written(tmp_path, None, moving="stages: [whatever]")
    prove_stages(folder, None, read_journeys(folder))


@pytest.mark.parametrize(
    "maps",
    [
        {"a": nested("a")},
        {"a": nested("b"), "b": nested("a")},
        {"a": nested("b", "c"), "b": nested("d"), "c": nested("d"), "d": nested("a")},
        {"a": nested("b"), "b__to_be": nested("a")},
    ],
)
def test_journeys_inside_each_other_in_a_circle_are_refused_with_their_line(tmp_path, maps):
    folder = written(tmp_path, **maps)
    with pytest.raises(DocumentError, match=r"in a circle: 'a' → .*'a'") as told:
        prove_stages(folder, read_lifecycle(folder), read_journeys(folder))
    assert "journeys/a.as-is.yaml:6" in told.value.where


def test_one_journey_may_stand_in_two_others(tmp_path):
    folder = written(tmp_path, a=nested("c", "b"), b=nested("c"), c="stages: [join]")
    prove_stages(folder, read_lifecycle(folder), read_journeys(folder))


def test_coverage_finds_every_gap(tmp_path):
    folder = written(
        tmp_path,
        joining="stages: [join, start]\nreview_by: 2027-01-01",
        paying__to_be="stages: [pay]\nreview_by: 2026-11-21",
        asking="stages: []",
        helping=nested("nowhere"),
    )
    got = kinds(found(folder, measured=["joining"]))
    for gap in [
        ("no_map", "use"),
        ("only_to_be", "pay"),
        ("past_review", "paying"),
        ("no_review", "asking"),
        ("no_stage", "asking"),
        ("no_nested", "helping"),
        ("not_measured", "helping"),
        ("not_measured", "asking"),
    ]:
        assert gap in got
    assert not got & {("no_map", "join"), ("not_measured", "joining"), ("not_measured", "paying")}
    assert not got & {("no_review", "joining"), ("past_review", "joining"), ("no_map", "pay")}


def test_the_day_of_review_itself_is_not_past(tmp_path):
    folder = written(tmp_path, joining="stages: [join]\nreview_by: 2026-11-22")
    assert not found(folder).of("past_review")
    assert found(folder, today=DAY + dt.timedelta(days=1)).of("past_review")


def test_a_lifecycle_that_is_covered_has_no_gap(tmp_path):
    folder = written(
        tmp_path, "cxkit: 1\nstages: [{id: join, label: Join}]\n", joining="stages: [join]\nreview_by: 2027-01-01"
    )
    assert found(folder, measured=["joining"]).gaps == ()


class Held:
    def __init__(self, cover):
        self.coverage = cover


def test_the_block_says_what_lacks_a_map_and_carries_a_word_beside_each_colour(aldermoor, tmp_path):
    folder = written(
        tmp_path,
        joining="stages: [join]\nreview_by: 2026-01-31",
        paying__to_be="stages: [pay]\nreview_by: 2027-01-31",
        asking="stages: []\nreview_by: 2027-01-31",
    )
    told = plain(draw_coverage(aldermoor.view(), Held(found(folder))))
    for part in ("There is no map for 7 of 9 stages of the lifecycle, and for 1 only one of what is to be",
                 "One journey has a map that is past its day of review", "review was due 31\u00a0January\u00a02026",
                 "never measured", "on no stage", "Joining", "no map", "evidence D 100\u00a0%"):  # fmt: skip
        assert part in told


def test_without_stages_nothing_is_drawn_for_a_client(aldermoor, tmp_path):
    cover = found(written(tmp_path, None, joining="stages: [join]"))
    assert draw_coverage(aldermoor.view(), Held(cover)).blocks == ()
    assert "lifecycle.yaml" in plain(draw_coverage(aldermoor.view(audience="team"), Held(cover)))


def test_the_work_of_an_engagement_knows_its_lifecycle(aldermoor, tmp_path):
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("data", "worklists", "reports"))
    (folder / "lifecycle.yaml").write_text("cxkit: 1\nextends: contract\nstages: [{id: other, label: Other things}]\n")
    opened = open_engagement(folder)
    work = opened.work(opened.view())
    assert [s.id for s in work.coverage.stages][-1] == "other"
    assert work.coverage.grades["moving"]["A"] > 0
    assert "Other things" in plain(cxkit.chain.draw_lint(opened.view(), work)) + plain(
        draw_coverage(opened.view(), work)
    )
    assert folder / "lifecycle.yaml" in work_files(folder)


def test_an_engagement_whose_maps_name_a_stage_that_is_not_there_is_refused(aldermoor, tmp_path):
    folder = tmp_path / "aldermoor"
    shutil.copytree(aldermoor.root, folder, ignore=shutil.ignore_patterns("data", "worklists", "reports"))
    (folder / "lifecycle.yaml").write_text("cxkit: 1\nstages: [{id: only, label: Only}]\n")
    path = folder / "journeys/moving.as-is.yaml"
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if not line.startswith("stages:")]
    path.write_text("\n".join(lines) + "\nstages: [gone]\n", encoding="utf-8")
    opened = open_engagement(folder)
    with pytest.raises(DocumentError, match="no stage 'gone'"):
        opened.work(opened.view())
