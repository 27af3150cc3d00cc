"""The commands about maps as a person meets them."""

from __future__ import annotations

import csv
import io
import sys
import xml.etree.ElementTree as ET

import pytest
from build import small_engagement
from conftest import ROOT, TODAY
from versions import AFTER, BEFORE, MAP

from cxkit import cli
from cxkit.new import create_engagement

TO_BE = AFTER | {"version": "to-be"}


@pytest.fixture
def run(capsys, monkeypatch):
    """Run a command; gives exit code, standard output and standard error."""

    def call(*words: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["cxkit", *map(str, words)])
        try:
            cli.main()
            code = 0
        except SystemExit as stop:
            code = int(stop.code or 0)
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def engagement(tmp_path):
    """An engagement with a map in two versions, which nobody has measured."""
    small_engagement(tmp_path)
    (tmp_path / "journeys").mkdir()
    for given in (BEFORE, TO_BE):
        (tmp_path / "journeys" / f"join.{given['version']}.yaml").write_text(MAP.format(**given))
    return tmp_path


def another(root, **changes):
    (root / "journeys" / "leave.as-is.yaml").write_text(MAP.format(**BEFORE | {"id": "leave"} | changes))


def test_diff_tells_two_files_apart(run, engagement):
    code, out, err = run("diff", *sorted((engagement / "journeys").iterdir()))
    assert (code, err) == (0, "")
    assert (
        "*Verify identity* moved from phone to app; owner changed from Sales to Onboarding; emotion \u22121 → +1."
        in out
    )


def test_diff_of_an_engagement_is_as_is_against_to_be(run, engagement):
    code, out, _ = run("diff", engagement)
    assert (code, out.splitlines()[:2]) == (0, ["Joining: as-is → to-be", "3 other changes."])


def test_diff_says_with_its_exit_code_that_something_differs_only_if_asked(run, engagement):
    both = sorted((engagement / "journeys").iterdir())
    assert run("diff", *both, "--exit-code")[0] == 1
    assert run("diff", both[0], both[0], "--exit-code") == (0, "No difference.\n", "")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["{}/journeys/join.as-is.yaml"], "Two are held against each other; found 1."),
        (["a", "b", "c"], "found 3."),
        (["{}", "nowhere"], "There is no file or folder 'nowhere'."),
        (["{}", "--journey", "jon"], "Did you mean 'join'?"),
        (["--git", "a", "b"], "git config diff.cxkit.command"),
    ],
)
def test_diff_says_what_it_needs(run, engagement, words, said):
    code, out, err = run("diff", *(w.format(engagement) for w in words))
    assert (code, out) == (2, "")
    assert said in err


def test_diff_called_by_git_never_fails(run, engagement):
    new = engagement / "journeys/join.as-is.yaml"
    new.write_text("id: [\n")
    code, out, _ = run("diff", "--git", "x.yaml", "/dev/null", ".", ".", new, "0000", "100644")
    assert code == 0
    assert "cannot be read as a map" in out


def test_a_map_is_drawn_as_a_page_before_anything_is_measured(run, engagement):
    code, out, err = run("draw", engagement)
    path = engagement / "reports/join.as-is.html"
    assert (code, out) == (0, f"Drawn {path}\n")
    assert "drawn as not measured" in err
    page = path.read_text(encoding="utf-8")
    assert "Verify identity" in page
    assert "not yet measured" in page
    assert "http://" not in page.replace("http://www.w3.org", "")


def test_a_map_is_drawn_with_the_numbers_that_there_are(run, engagement):
    from cxkit.engagement import open_engagement

    open_engagement(engagement).measure(today=TODAY)
    code, _, err = run("draw", engagement, "--as", "html")
    assert (code, err) == (0, "")
    assert "Data to" in (engagement / "reports/join.as-is.html").read_text(encoding="utf-8")


def test_a_map_is_drawn_with_the_plays_that_act_on_its_steps(run, engagement, monkeypatch):
    from types import SimpleNamespace

    from cxkit.engagement import Engagement, open_engagement
    from cxkit.journey.read import read_journeys
    from cxkit.journey.told import JourneyState

    open_engagement(engagement).measure(today=TODAY)
    pair = read_journeys(engagement)["join"]
    plays = {pair.as_is.steps[0].id: (("Call them back", "plain"),)}
    work = SimpleNamespace(journeys=(JourneyState(pair.as_is, pair.to_be, plays=plays),))
    monkeypatch.setattr(Engagement, "work", lambda *_, **__: work)
    assert run("draw", engagement, "--as", "html")[0] == 0
    assert "Call them back" in (engagement / "reports/join.as-is.html").read_text(encoding="utf-8")


def test_a_map_is_drawn_without_plays_that_do_not_read(run, engagement):
    from cxkit.engagement import open_engagement

    open_engagement(engagement).measure(today=TODAY)
    (engagement / "playbooks").mkdir(exist_ok=True)
    (engagement / "playbooks/service.yaml").write_text("cxkit: 1\nextends: nowhere\n")
    code, out, err = run("draw", engagement, "--as", "html")
    assert (code, out) == (0, f"Drawn {engagement / 'reports/join.as-is.html'}\n")
    assert "drawn without plays" in err


def test_a_map_is_drawn_as_a_picture(run, engagement):
    code, out, _ = run("draw", engagement, "join", "--version", "to-be", "--output", engagement / "map.svg")
    assert (code, out) == (0, f"Drawn {engagement / 'map.svg'}\n")
    drawn = ET.fromstring((engagement / "map.svg").read_text(encoding="utf-8"))  # noqa: S314 - drawn by cxkit
    assert drawn.tag == "{http://www.w3.org/2000/svg}svg"
    assert "Verify identity" in "".join(drawn.itertext())


@pytest.mark.parametrize(
    ("form", "begins"),
    [
        ("csv", "journey,version,"),
        ("mermaid", "flowchart"),
        ("mermaid-journey", "journey"),
        ("backlog", "Rank,Journey"),
    ],
)
def test_texts_go_to_the_terminal_or_to_a_file(run, engagement, form, begins):
    code, out, _ = run("draw", engagement, "join", "--as", form)
    assert code == 0
    assert out.startswith(begins)
    assert run("draw", engagement, "join", "--as", form, "--output", engagement / "out.txt")[0] == 0
    assert (engagement / "out.txt").read_text(encoding="utf-8") == out


def test_a_file_is_what_its_name_ends_with(run, engagement):
    run("draw", engagement, "--output", engagement / "x.mmd")
    assert (engagement / "x.mmd").read_text(encoding="utf-8").startswith("flowchart")


def test_the_backlog_of_an_engagement_is_a_csv(run, engagement):
    (row,) = csv.DictReader(io.StringIO(run("draw", engagement, "--as", "backlog")[1]))
    assert (row["Step"], row["Owner"]) == ("Verify identity", "Onboarding")
    assert row["Lacks"] == "no KPI, no target"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["jion"], "Did you mean 'join'?"),
        (["join", "--as", "htlm"], "Did you mean 'html'?"),
        (["join", "--version", "tobe"], "Did you mean 'to-be'?"),
        (["leave", "--version", "to-be"], "There are: as-is."),
        (["leave", "--as", "backlog"], "has no to-be"),
        ([], "Name one of them: join, leave."),
        (["join", "--output", "{}/none/x.svg"], "There is no folder"),
        (["join", "--output", "{}"], "is a folder"),
    ],
)
def test_draw_says_what_it_needs(run, engagement, words, said):
    another(engagement)
    code, out, err = run("draw", engagement, *(w.format(engagement) for w in words))
    assert (code, out) == (2, "")
    assert said in err


def test_an_engagement_without_maps_is_told_where_they_stand(run, tmp_path):
    small_engagement(tmp_path)
    for command in ("diff", "draw"):
        code, _, err = run(command, tmp_path)
        assert code == 2
        assert "journeys/<id>.as-is.yaml" in err


@pytest.mark.parametrize("template", ["contract", "retail", "b2b"])
def test_a_new_engagement_asks_git_to_show_its_maps(tmp_path, template):
    folder = create_engagement(tmp_path / "fresh", client="Fresh", template=template, today=TODAY)
    lines = (folder / ".gitattributes").read_text(encoding="utf-8").splitlines()
    assert "journeys/*.yaml diff=cxkit" in lines
    assert not (folder / "gitattributes").exists()
    assert 'git config diff.cxkit.command "cxkit diff --git"' in (folder / "README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("sample", ["aldermoor", "fennick", "torvald"])
def test_the_versions_of_a_sample_are_told_apart(run, sample):
    root = ROOT / "data/samples" / sample
    code, out, _ = run("diff", root)
    assert code == 0
    assert "as-is → to-be" in out
    assert "None" not in out
