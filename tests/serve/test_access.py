"""Who gets in, what she gets, and what nobody gets: asked of a real server over the loopback interface."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
import websocket
from serving import serving, write_notebook

from cxkit.engagement import open_engagement
from cxkit.errors import DocumentError, ServeError
from cxkit.serve.app import serve_dashboard

pytestmark = pytest.mark.slow
SECRETS = {"SECRET_KEY": "shh", "JUPYTER_TOKEN": "shh", "DATABASE_URL": "postgres://shh"}
ENVIRONMENT = (
    "import os, sys, json, ipywidgets as w\nprint('MARK', json.dumps([dict(os.environ), os.getcwd(), sys.path]))"
)


def kernel_of(page: str) -> str:
    return re.search(r'"kernelId": "([\w-]+)"', page)[1]


def wire(server, visitor, kernel: str, **more):
    where = f"ws://127.0.0.1:{server.port}/api/kernels/{kernel}/channels?session_id=test"
    return websocket.create_connection(where, cookie=visitor.cookie or None, timeout=30, **more)


def message(kind: str, **content) -> str:
    head = {"msg_id": uuid.uuid4().hex, "msg_type": kind, "session": "test", "username": "", "version": "5.3"}
    return json.dumps(
        {"header": head, "parent_header": {}, "metadata": {}, "content": content, "channel": "shell", "buffers": []}
    )


@pytest.mark.parametrize(
    "path", ["/", "/?token=wrong", "/?token=", "/voila/files-of/x/static/serve.js", "/api/kernels"]
)
def test_without_the_token_there_is_no_page_and_no_kernel(server, path):
    before = server.kernels()
    answer = server.visitor(invited=False).ask(path)
    assert answer.status == 403
    assert "Aldermoor" not in answer.body
    assert server.kernels() == before


def test_the_token_is_long_printed_once_and_taken_out_of_the_address(server):
    assert len(server.token) >= 40
    someone = server.visitor(invited=False)
    answer = someone.ask(f"/?token={server.token}")
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    assert "HttpOnly" in answer.headers["Set-Cookie"]
    assert someone.ask("/").status == 200
    assert "".join(server.said).count(server.token) == 1


def test_the_page_lets_nothing_out(server):
    answer = server.visitor().ask("/")
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    assert not re.search(r"https?:|\*", policy)
    assert "script-src 'self' blob: 'sha256-" in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in answer.headers["Cache-Control"]


@pytest.mark.parametrize("query", ["engagement=/etc", "template=lab", "theme=dark", "QUERY=1&client=other"])
def test_the_address_has_no_say(server, query):
    someone, before = server.visitor(), server.kernels()
    answer = someone.ask(f"/?{query}")
    assert (answer.status, answer.headers["Location"]) == (302, "/")
    assert server.kernels() == before


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/voila/files/engagement.yaml", 403),
        ("GET", "/voila/files/data/survey/relationship_2026-Q3.csv", 403),
        ("GET", "/voila/files/logo.png", 403),
        ("GET", "/voila/render/notebooks/client_dashboard.ipynb", 404),
        ("GET", "/notebooks/client_dashboard.ipynb", 404),
        ("GET", "/client_dashboard.ipynb", 404),
        ("GET", "/voila/tree", 404),
        ("GET", "/voila/templates/lab/static/voila.js", 404),
        ("GET", "/voila/query/" + str(uuid.UUID(int=1)), 404),
        ("GET", "/voila/execution/" + str(uuid.UUID(int=1)), 404),
        ("GET", "/api/contents", 404),
        ("GET", "/api/kernels", 404),
        ("POST", "/api/kernels", 403),
        ("POST", "/api/terminals", 403),
        ("GET", "/api/terminals", 404),
        ("GET", "/terminals/websocket/1", 404),
        ("GET", "/login", 404),
        ("POST", "/login", 403),
        ("GET", "/api/kernels/" + str(uuid.UUID(int=1)), 403),
    ],
)
def test_there_is_one_page_and_nothing_else(server, method, path, status):
    before = server.kernels()
    assert server.visitor().ask(path, method=method).status == status
    assert server.kernels() == before


@pytest.mark.parametrize(
    "path", ["..%2f..%2fengagement.yaml", "../../index.html.j2", "%2fetc%2fpasswd", "..%2ferror.html"]
)
def test_scripts_come_from_their_folders_only(server, path):
    someone = server.visitor()
    files = re.search(r'href="(\S+?)/static/serve.css"', someone.ask("/").body)[1]
    assert someone.ask(f"{files}/static/serve.css").status == 200
    assert someone.ask(f"{files}/static/{path}").status in (403, 404)
    assert someone.ask(f"{files}/labextensions/{path}").status in (403, 404)


def test_another_host_is_not_us(server):
    """A page elsewhere may give its own name the address of this machine."""
    someone = server.visitor()
    assert someone.ask("/", Host=f"evil.example:{server.port}").status == 403
    assert someone.ask("/", Host=f"localhost:{server.port}").status == 403


def test_a_kernel_answers_its_own_visitor_only(server):
    anna, ben, nobody = server.visitor(), server.visitor(), server.visitor(invited=False)
    kernel = kernel_of(anna.ask("/").body)
    assert anna.ask(f"/api/kernels/{kernel}").status == 200
    for other in (ben, nobody):
        assert other.ask(f"/api/kernels/{kernel}").status == 403
        assert other.ask(f"/api/kernels/{kernel}", method="DELETE").status == 403
        assert other.ask(f"/voila/api/shutdown/{kernel}", method="POST").status == 403
        with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
            wire(server, other, kernel)
    with pytest.raises(websocket.WebSocketBadStatusException, match="403"):
        wire(server, anna, kernel, origin="https://evil.example")
    assert anna.ask(f"/api/kernels/{kernel}").status == 200


def test_code_from_the_wire_is_not_run(server, tmp_path):
    someone = server.visitor()
    line = wire(server, someone, kernel_of(someone.ask("/").body))
    line.send(message("execute_request", code=f"open({str(tmp_path / 'run')!r}, 'w')", silent=False))
    line.send(message("kernel_info_request"))
    kinds = []
    while "kernel_info_reply" not in kinds:
        kinds.append(json.loads(line.recv())["header"]["msg_type"])
    line.close()
    assert "execute_reply" not in kinds
    assert not (tmp_path / "run").exists()


def test_a_closing_page_ends_its_kernel(server):
    someone = server.visitor()
    kernel = kernel_of(someone.ask("/").body)
    body = f"_xsrf={someone.cookies['_xsrf']}"
    form = {"Content_Type": "application/x-www-form-urlencoded"}
    assert someone.ask(f"/voila/api/shutdown/{kernel}", method="POST", body="", **form).status == 403
    assert someone.ask(f"/voila/api/shutdown/{kernel}", method="POST", body=body, **form).status == 204
    assert someone.ask(f"/api/kernels/{kernel}").status == 403


def test_a_kernel_is_told_the_engagement_and_no_secret(engagement, tmp_path):
    folder = tmp_path / "spied"
    shutil.copytree(engagement, folder)
    write_notebook(folder / "notebooks/client_dashboard.ipynb", [ENVIRONMENT])
    (folder / "json.py").write_text("raise SystemExit('a client wrote this')")
    with serving(folder, **SECRETS) as server:
        someone = server.visitor()
        page = someone.ask("/", Referer="http://shh/?client=shh", X_Client="shh").body
        (child,) = server.kernels()
        assert "shh" not in str(child.environ())
    shown = page.partition("MARK")[2].partition("</pre>")[0]
    found, folder_of_kernel, path = json.loads(shown.replace("&#34;", '"').replace("&lt;", "<").replace("&gt;", ">"))
    assert found["CXKIT_ENGAGEMENT"] == folder_of_kernel == str(folder.resolve())
    assert "shh" not in json.dumps(found)
    assert not [k for k in found if k.startswith(("QUERY", "HTTP_", "SERVER_", "SCRIPT", "PATH_INFO", "AWS"))]
    assert str(folder) not in path
    assert not [k for k in found if k.startswith("VOILA_") and k != "VOILA_KERNEL_ID"]


def test_what_a_kernel_says_no_other_user_of_the_machine_hears(server):
    """On ports, whoever connects hears it; here it goes through files in a folder of our own."""
    server.visitor().ask("/")
    (connection,) = {Path(k.cmdline()[4]) for k in server.kernels()[-1:]}
    assert json.loads(connection.read_text())["transport"] == "ipc"
    assert connection.parent.stat().st_mode & 0o077 == 0


def test_beyond_the_limit_visitors_are_told(engagement):
    code = (
        "import sys; from cxkit.engagement import open_engagement; from cxkit.serve.app import serve_dashboard; "
        "serve_dashboard(open_engagement(sys.argv[1]), port=0, most=1, on_ready=lambda url: print(url, flush=True))"
    )
    with serving(engagement, command=[sys.executable, "-c", code, str(engagement)]) as server:
        first, second = server.visitor(), server.visitor()
        assert first.ask("/").status == 200
        answer = second.ask("/")
        assert answer.status == 503
        assert "as many people" in answer.body.lower()
        assert len(server.kernels()) == 1


def test_a_server_that_ends_takes_its_kernels_along(engagement):
    with serving(engagement) as server:
        server.visitor().ask("/")
        (kernel,) = server.kernels()
    assert not kernel.is_running()


def test_without_a_token_only_behind_a_proxy(engagement):
    with pytest.raises(ServeError, match="every page in its browsers"):
        serve_dashboard(open_engagement(engagement), token="")


@pytest.mark.parametrize("address", ["dash.example", "ftp://dash.example/", "https://dash.example/?a=b"])
def test_an_address_is_one(engagement, address):
    with pytest.raises(ServeError, match="no address"):
        serve_dashboard(open_engagement(engagement), address=address)


def test_the_server_answers_to_its_public_name(engagement):
    options = ["--no-token", "--address", "https://dash.example/acme/"]
    with serving(engagement, *options) as server:
        assert server.url == "https://dash.example/acme/"


def run(*words) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "cxkit.cli", "serve", *words], capture_output=True, text=True, timeout=60
    )


def test_a_taken_port_is_named(engagement, server):
    done = run(str(engagement), "--port", str(server.port))
    assert done.returncode == 2
    assert f"port {server.port}" in done.stderr
    assert "Hint: Choose another with --port." in done.stderr


def test_no_evidence_is_said_before_the_server_starts(engagement, tmp_path):
    folder = tmp_path / "new"
    shutil.copytree(engagement, folder, ignore=shutil.ignore_patterns("evidence"))
    done = run(str(folder), "--port", "0")
    assert done.returncode == 2
    assert "There is no evidence yet." in done.stderr
    assert "Hint: Run `cxkit measure`" in done.stderr
    assert done.stdout == ""


def test_altered_evidence_is_said_before_the_server_starts(engagement, tmp_path):
    folder = tmp_path / "altered"
    shutil.copytree(engagement, folder)
    cells = folder / "evidence/cells.csv"
    cells.write_text(cells.read_text().replace("nps", "npx", 1))
    done = run(str(folder), "--port", "0")
    assert done.returncode == 2
    assert "Hint:" in done.stderr


def test_a_notebook_that_is_none_is_named(engagement, tmp_path):
    folder = tmp_path / "broken"
    shutil.copytree(engagement, folder)
    (folder / "notebooks/client_dashboard.ipynb").write_text("{")
    with pytest.raises(DocumentError, match="no notebook"):
        serve_dashboard(open_engagement(folder))


def test_configuration_beside_the_engagement_is_not_run(engagement, tmp_path, monkeypatch):
    (tmp_path / "voila.py").write_text(f"open({str(tmp_path / 'run')!r}, 'w')")
    (tmp_path / "voila.json").write_text('{"Voila": {"ip": "0.0.0.0"}}')
    monkeypatch.chdir(tmp_path)
    with serving(
        engagement, PYTHONSAFEPATH="1", JUPYTER_CONFIG_DIR=str(tmp_path), PYTHONPATH=os.pathsep.join(sys.path)
    ) as server:
        assert server.visitor().ask("/").status == 200
    assert not (tmp_path / "run").exists()
