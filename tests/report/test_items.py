from __future__ import annotations

import pytest

from cxkit.errors import DocumentError, ParameterError
from cxkit.report.items import read_items


@pytest.fixture
def into(tmp_path):
    return tmp_path / "out"


@pytest.fixture
def table(clients):
    """Writes a CSV of clients beside their folders."""

    def write(*rows, header="engagement,period,audience,output"):
        path = clients / "clients.csv"
        path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")
        return path

    return write


def test_a_pattern_finds_engagements_and_nothing_else(clients, into):
    (clients / "notes").mkdir()
    items = read_items([str(clients / "*")], into=into)
    assert [i.name for i in items] == [f"{c}-latest-client.html" for c in ("alba", "brio", "cora")]
    assert [i.client for i in items] == ["alba & Co", "brio & Co", "cora & Co"]


def test_folders_are_taken_once(clients, into):
    items = read_items([clients / "alba", str(clients / "a*")], into=into, period="2026-Q2", audience="team")
    assert [i.name for i in items] == ["alba-2026-Q2-team.html"]


def test_an_engagement_has_one_path_however_it_is_written(into, table):
    items = read_items([table("alba,,,a.html", "brio/../alba,,,b.html")], into=into)
    assert items[0].root == items[1].root


def test_a_table_says_each_report(clients, into, table):
    items = read_items([table("alba,2026-Q2,team,a/x.html", "brio,,,", "", "brio,,executive,")], into=into)
    assert [i.name for i in items] == ["a/x.html", "brio-latest-client.html", "brio-latest-executive.html"]
    assert items[0].root == clients / "alba"
    assert items[0].parameters.output == str(into / "a/x.html")


@pytest.mark.parametrize(
    ("rows", "said", "where"),
    [
        (["alba,Q3,,"], "'Q3' is no period", "clients.csv:2"),
        (["alba,,,", "brio,,board,"], "found 'board'", "clients.csv:3"),
        (["nobody,,,"], "there is no folder", "clients.csv:2"),
        (["alba,,,x.pdf"], "does not end in .html", "clients.csv:2"),
        (["alba,,,../x.html"], "leaves the folder", "clients.csv:2"),
        (["alba,,,a/../../x.html"], "leaves the folder", "clients.csv:2"),
        (["alba,,,/tmp/x.html"], "leaves the folder", "clients.csv:2"),
        (["alba,,,Index.html"], "own list of reports", "clients.csv:2"),
        (["alba,,,x.html", "brio,,,a/../x.html"], "is that of line 2", "clients.csv:3"),
        (["alba,,,x.html", "brio,,,X.HTML"], "is that of line 2", "clients.csv:3"),
        (["alba,,,", "alba,latest,client,"], "is that of line 2", "clients.csv:3"),
        ([",latest,,"], "`engagement` is missing", "clients.csv:2"),
        (["alba,,"], "3 values, but 4 columns", "clients.csv:2"),
        ([], "names no engagement", "clients.csv"),
    ],
)
def test_a_wrong_row_is_refused_with_its_line(table, into, rows, said, where):
    with pytest.raises(DocumentError) as caught:
        read_items([table(*rows)], into=into)
    assert said.lower() in caught.value.what.lower()
    assert caught.value.where == where


def test_all_wrong_rows_are_told(table, into):
    with pytest.raises(DocumentError, match=r"(?s)2 faults.*line 2 · .*nobody.*line 3 · .*leaves"):
        read_items([table("nobody,,,", "alba,,,../x.html")], into=into)


def test_an_unknown_column_is_refused_with_the_nearest(table, into):
    with pytest.raises(DocumentError, match="`perid` is unknown") as caught:
        read_items([table("alba,2026", header="engagement,perid")], into=into)
    assert caught.value.hint == "Did you mean `period`?"


def test_an_output_may_not_leave_through_a_link(table, into, tmp_path):
    into.mkdir()
    (into / "away").symlink_to(tmp_path)
    with pytest.raises(DocumentError, match="leaves the folder"):
        read_items([table("alba,,,away/x.html")], into=into)


def test_a_broken_engagement_is_that_reports_failure_and_not_the_batchs(clients, into):
    (clients / "brio" / "engagement.yaml").write_text("id: [", encoding="utf-8")
    assert [i.client for i in read_items([str(clients / "*")], into=into)] == ["alba & Co", "brio", "cora & Co"]


def test_a_table_and_folders_do_not_mix(table, clients, into):
    with pytest.raises(DocumentError, match="either one CSV file or folders"):
        read_items([table("alba,,,"), clients / "brio"], into=into)


@pytest.mark.parametrize("sources", [[], ["nothing/*"]])
def test_nothing_to_do_is_said(sources, into):
    with pytest.raises(DocumentError, match="no engagement"):
        read_items(sources, into=into)


def test_a_wrong_period_for_folders_is_refused(clients, into):
    with pytest.raises(ParameterError, match="no period"):
        read_items([clients / "alba"], into=into, period="Q3")
