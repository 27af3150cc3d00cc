"""The house holds itself: who may import whom, where heavy libraries live, how large things may grow."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

PACKAGE = ROOT / "cxkit"
MODULES = sorted(p for p in PACKAGE.rglob("*.py") if "_share_data" not in p.parts)
FLOORS = [
    {"cli"},
    {"report", "widgets", "serve", "samples", "new", "schemas"},
    {"engagement"},
    {"checking"},
    {"chain", "measuring"},
    {"causes"},
    {"journey", "playbook", "plan", "portfolio", "operating_model"},
    {"kpi"},
    {"data"},
    {"evidence"},
    {
        "errors",
        "_documents",
        "_misfits",
        "_sql",
        "_table",
        "_rows",
        "_blocks",
        "_boards",
        "_html",
        "_html_curve",
        "_html_lanes",
        "_html_timeline",
        "_svg_lanes",
        "_svg_text",
        "_plain",
        "_format",
        "_theme",
        "_share",
        "_splice",
        "_surroundings",
    },
]
HOMES = {
    "duckdb": {"_table"},
    "sqlglot": {"_sql", "_table", "data", "journey", "kpi", "playbook"},
    "pandas": {"_table", "data"},
    "papermill": {"report"},
    "nbclient": {"report"},
    "jupyter_client": {"report", "serve"},
    "jupyter_server": {"serve"},
    "tornado": {"serve"},
    "plotly": set(),
    "ruamel": {"_documents"},
    "python_calamine": {"data"},
    "rich": {"report"},
    "typer": {"cli"},
    "voila": {"serve"},
    "anywidget": {"widgets"},
    "ipywidgets": {"widgets"},
}

HEAVY = {"pandas", "duckdb", "plotly", "scipy", "numpy", "sqlglot", "nbformat"}


def room(path: Path) -> str:
    relative = path.relative_to(PACKAGE)
    return relative.parts[0] if len(relative.parts) > 1 else relative.stem


def imports(path: Path, *, late: bool = True) -> set[str]:
    """Full names of what a module imports when it runs; what only a type checker reads is left out.

    `late=False` leaves out what is imported only when a function is called.
    """
    found: set[str] = set()

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.FunctionDef) and not late:
            return
        if isinstance(node, ast.Import):
            found.update(a.name for a in node.names)
        if isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def floor(name: str) -> int:
    return next(i for i, rooms in enumerate(FLOORS) if name in rooms)


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_run_downwards(path):
    if path == PACKAGE / "__init__.py":
        pytest.skip("the package itself loads names when they are used")
    mine = room(path)
    for name in imports(path):
        parts = name.split(".")
        if parts[0] == "cxkit" and len(parts) > 1 and parts[1] != mine:
            theirs = parts[1]
            below = floor(theirs) > floor(mine)
            beside = floor(theirs) == floor(mine) == len(FLOORS) - 1
            assert below or beside, f"{path.name} of {mine} imports {name}"


def test_no_import_cycles_on_the_ground_floor():
    ground = FLOORS[-1]
    edges = {room(p): {n.split(".")[1] for n in imports(p, late=False) if n.startswith("cxkit.")} & ground
             for p in MODULES if room(p) in ground}  # fmt: skip

    def reach(start: str, seen: frozenset[str] = frozenset()) -> set[str]:
        return {t for e in edges.get(start, set()) - seen for t in {e, *reach(e, seen | {e})}}

    assert [name for name in edges if name in reach(name)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_libraries_have_one_home(path):
    for name in imports(path):
        top = name.split(".")[0]
        assert room(path) in HOMES.get(top, {room(path)}), f"{path.name} imports {name}"


@pytest.mark.parametrize("subject", ["kpi", "journey"])
def test_draw_and_measure_do_not_know_each_other(subject):
    parts = {p.stem: imports(p) for p in (PACKAGE / subject).glob("*.py")}
    assert f"cxkit.{subject}.draw" not in parts["measure"]
    assert f"cxkit.{subject}.measure" not in parts["draw"]
    assert not {n for n in parts["model"] if n.endswith((".draw", ".measure"))}


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_modules_and_functions_stay_small(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 400
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef):
            assert (node.end_lineno or 0) - node.lineno < 60, f"{node.name} is too long"


@pytest.mark.parametrize("path", MODULES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_all_is_a_list_of_what_is_there(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    given = [s for s in tree.body if isinstance(s, ast.Assign | ast.AugAssign)]
    listed = [n for s in given if ast.unparse(s).startswith("__all__") for n in ast.literal_eval(s.value)]
    if path.name == "__init__.py" and not listed:
        assert len(tree.body) <= 1
        return
    defined = {n.name for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef)}
    defined |= {t.id for s in tree.body if isinstance(s, ast.Assign) for t in s.targets if isinstance(t, ast.Name)}
    defined |= {s.target.id for s in tree.body if isinstance(s, ast.AnnAssign) and isinstance(s.target, ast.Name)}
    defined |= {a.asname or a.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for a in n.names}
    assert set(listed) <= defined
    assert len(listed) == len(set(listed))


def test_every_public_name_can_be_had():
    import cxkit

    assert sorted(cxkit.__all__) == cxkit.__all__
    for name in cxkit.__all__:
        assert getattr(cxkit, name).__doc__


@pytest.mark.parametrize("statement", ["import cxkit", "import cxkit.cli"])
def test_starting_loads_nothing_heavy(statement):
    heavy = HEAVY | {"papermill", "voila", "rich.console"} | ({"pydantic"} if statement == "import cxkit" else set())
    code = f"{statement}; import sys; print(sorted(set(sys.modules) & {heavy!r}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_a_notebook_loads_nothing_heavy():
    """What a report's kernel imports decides how long every report takes."""
    code = f"import cxkit, sys; cxkit.open_engagement, cxkit.draw_answer; print(sorted(set(sys.modules) & {HEAVY!r}))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"


def test_only_the_command_line_prints():
    for path in MODULES:
        if room(path) not in ("cli", "report"):
            calls = [n for n in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(n, ast.Call)]
            assert not [c for c in calls if isinstance(c.func, ast.Name) and c.func.id == "print"], path
