"""The README's web server, run for real: nobody without a login, and a dashboard that lives behind it."""

from __future__ import annotations

import base64
import http.client
import os
import re
import shutil
import socket
import ssl
import subprocess
import time
from contextlib import contextmanager

import pytest
from browser import browser, needs_browser, outside
from conftest import ROOT
from serving import serving

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not NGINX or not shutil.which("openssl"), reason="there is no nginx on this machine"),
]
ACCOUNT = base64.b64encode(b"anna:open sesame").decode()


def readme_block(kind: str) -> str:
    found = re.findall(rf"```{kind}\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), flags=re.S)
    assert len(found) == 1, f"the README has {len(found)} blocks of {kind}"
    return found[0]


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def openssl(*words: str) -> str:
    return subprocess.run(["openssl", *words], capture_output=True, text=True, check=True).stdout


@contextmanager
def proxy(folder, dashboard):
    """The README's configuration with the paths and the port of a test."""
    port = free_port()
    key, certificate = folder / "key", folder / "certificate"
    kind = ["-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
    openssl("req", "-x509", *kind, "-keyout", str(key), "-out", str(certificate))
    (folder / "accounts").write_text(f"anna:{openssl('passwd', '-apr1', 'open sesame')}")
    text = readme_block("nginx")
    for there, here in {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "dash.example;": "localhost;",
        "/etc/ssl/private/dash.example.pem": certificate,
        "/etc/ssl/private/dash.example.key": key,
        "/etc/nginx/acme.htpasswd": folder / "accounts",
        "/run/cxkit-acme/dashboard.sock": dashboard,
    }.items():
        assert there in text
        text = text.replace(there, str(here))
    temp = "".join(f"{k}_temp_path {folder / k};\n" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    user = "user root;\n" if os.getuid() == 0 else ""
    head = f"daemon off;\n{user}pid {folder / 'pid'};\nerror_log {folder / 'log'};\nevents {{}}\n"
    (folder / "nginx.conf").write_text(f"{head}http {{\naccess_log off;\n{temp}{text}}}\n")
    process = subprocess.Popen([NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")], stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and process.poll() is None:
            with socket.socket() as one:
                if one.connect_ex(("127.0.0.1", port)) == 0:
                    break
        yield f"localhost:{port}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def site(engagement, tmp_path_factory):
    """A dashboard whose machine has the evidence, and nothing that the client sent."""
    folder = tmp_path_factory.mktemp("p")
    bare = folder / "acme"
    shutil.copytree(engagement, bare, ignore=shutil.ignore_patterns("data", "worklists", "reports"))
    place = ["--socket", str(folder / "s"), "--no-token"]
    with proxy(folder, folder / "s") as host, serving(bare, *place, "--address", f"https://{host}/acme/"):
        yield host


def ask(site: str, path: str, **headers: str) -> int:
    trust = ssl.create_default_context()
    # The certificate is one of our own.
    trust.check_hostname, trust.verify_mode = False, ssl.CERT_NONE
    line = http.client.HTTPSConnection(site, context=trust, timeout=60)
    line.request("GET", path, headers=headers)
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status


def test_nobody_without_a_login(site):
    assert ask(site, "/acme/") == 401
    assert ask(site, "/acme/", Authorization="Basic YW5uYTp3cm9uZw==") == 401
    assert ask(site, "/acme/api/kernels/00000000-0000-0000-0000-000000000001/channels") == 401
    assert ask(site, "/acme/?token=", Authorization="token x") == 401


def test_with_a_login_there_is_the_page_and_no_other(site):
    login = {"Authorization": f"Basic {ACCOUNT}"}
    assert ask(site, "/acme/", **login) == 200
    assert ask(site, "/acme/voila/files/engagement.yaml", **login) == 403
    assert ask(site, "/bolt/", **login) == 404
    assert ask(site, "/acme/", **login, Host="elsewhere.example") in (403, 404, 421)


@needs_browser()[1]
def test_the_widgets_live_behind_it(site, tmp_path):
    with browser(tmp_path / "profile") as tab:
        # The browser is told the login as a person would tell it, and remembers it.
        tab.open(f"https://anna:open%20sesame@{site}/acme/nothing")
        tab.wait_for("document.querySelector('.cx-broken')")
        tab.open(f"https://{site}/acme/")
        tab.wait_for("document.documentElement.dataset.state === 'ready'")
        tab.wait_for("document.querySelector('.js-plotly-plot svg.main-svg')")
        tab.select(".widget-dropdown select", "Segment")
        tab.wait_for("document.querySelector('#said')?.textContent === 'Segment'")
        assert [r for r in tab.requests if r.startswith("wss://")]
        assert outside(tab.requests) == []
        assert tab.evaluate("document.cookie").startswith("_xsrf=")
