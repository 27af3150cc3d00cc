"""Voilà on the dashboard of one engagement: what is served is said by the command, never by an address."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.metadata
import json
import logging
import os
import secrets
import shutil
import tempfile
import webbrowser
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import nbformat
import tornado.ioloop
from jupyter_core.utils import run_sync
from jupyter_server.utils import url_path_join
from tornado.httpserver import HTTPServer
from tornado.netutil import bind_sockets, bind_unix_socket
from traitlets.config import Config
from voila.app import Voila
from voila.configuration import VoilaConfiguration
from voila.paths import collect_static_paths

from cxkit import errors
from cxkit._format import words
from cxkit._share import find_notebook, share_path
from cxkit._surroundings import clean_environment
from cxkit._theme import theme_of
from cxkit.errors import DocumentError, ServeError
from cxkit.serve.access import HEADERS, Owners, ThisPython, Visitors, VisitorsKernels
from cxkit.serve.pages import Channels, Dashboard, EndKernel, Files, Kernel, Nothing, ToDashboard

if TYPE_CHECKING:
    from collections.abc import Callable

    from cxkit.engagement import Engagement

__all__ = ["serve_dashboard"]

_NOTEBOOK = "client_dashboard.ipynb"
_TEMPLATE = "templates/voila/cxkit"
_EXTENSIONS = ["@jupyter-widgets/jupyterlab-manager", "@voila-dashboards/widgets-manager8", "anywidget"]
_EXTENSIONS += ["jupyterlab-plotly"]
_KERNEL = r"(?P<kernel_id>\w+-\w+-\w+-\w+-\w+)"
_WORDS = ["untitled", "loading", "hint", "reload", "asleep", "lost", "failed", "unfinished", "no_script"]
_WORDS += [f"{name}{part}" for name in ("refused", "nothing", "full", "broken") for part in ("", "_hint")]
_IDLE, _LOOK = 600, 60


@dataclass(frozen=True)
class _Place:
    """Where the server listens, and how visitors call it."""

    port: int
    socket: str
    base_url: str
    hosts: tuple[str, ...]
    secure: bool
    shown: str


def serve_dashboard(
    engagement: Engagement,
    *,
    port: int = 8866,
    token: str | None = None,
    address: str = "",
    socket: str = "",
    open_browser: bool = False,
    most: int = 20,
    on_ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the engagement's dashboard on this machine until the process is told to end.

    Args:
        engagement: Whose dashboard.
        port: Port of the loopback interface, or 0 for a free one.
        token: What a visitor must bring; a random one if None, nobody is asked if "".
        address: How visitors call it where a proxy stands in front, such as `https://dash.example/acme/`.
        socket: A Unix socket to listen on instead of the port; who may use it is a matter of the file's rights.
        open_browser: Whether to show it in a browser.
        most: How many visitors at once.
        on_ready: Called with the address, token and all, when the server listens.

    Raises:
        ServeError: The port is taken, or nobody would ask visitors who they are.
        EvidenceError: There is no evidence to show.
        CxkitError: An edited file is wrong.
    """
    place = _place(port, socket, address)
    if token == "" and not (socket or address):
        raise ServeError(
            "Without a token everybody on this machine, and every page in its browsers, could open the dashboard.",
            hint="Put a proxy with a login in front, and give its address with --address.",
        )
    engagement.evidence()
    notebook = find_notebook(engagement.root, _NOTEBOOK)
    _read_notebook(notebook)
    token = secrets.token_urlsafe(32) if token is None else token
    with tempfile.TemporaryDirectory(prefix="cxkit-") as private:
        app = _Server(
            config=_settings(engagement, place, most=most, private=private),
            place=place,
            page=_page(engagement, place),
            folder=engagement.root.resolve(),
            notebook=notebook,
            secret=token,
            on_listening=lambda shown: _tell(shown, token, on_ready=on_ready, open_browser=open_browser),
        )
        app.initialize([])
        app.start()


def _tell(shown: str, token: str, *, on_ready: Callable[[str], None] | None, open_browser: bool) -> None:
    url = f"{shown}?token={token}" if token else shown
    if on_ready:
        on_ready(url)
    if open_browser:
        with contextlib.suppress(webbrowser.Error):
            webbrowser.open(url)


def _place(port: int, socket: str, address: str) -> _Place:
    parts = urlsplit(address)
    if address and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ServeError(
            f"{address!r} is no address of a page.", where="--address", hint="Write https://dash.example/acme/."
        )
    base = f"/{parts.path.strip('/')}/".replace("//", "/")
    # Any other name in the Host header is a page elsewhere that calls this machine by a name of its own.
    hosts = ("localhost", *([parts.hostname] if parts.hostname else []))
    return _Place(port, socket, base, hosts, parts.scheme == "https", address and address.rstrip("/") + "/")


def _page(engagement: Engagement, place: _Place) -> dict[str, Any]:
    """What every page of this server knows: whose it is, how it looks, and its words."""
    settings = engagement.settings
    brand = settings.brand
    said = words(settings.language)
    theme = theme_of(accent=brand.accent, ink=brand.second, font=brand.font)
    files = url_path_join(place.base_url, "voila", "files-of", _version())
    return {
        "title": said.say("serve.title", client=settings.client),
        "client": settings.client,
        "language": settings.language,
        "words": {k: said.say(f"serve.{k}") for k in _WORDS},
        "look": f":root{{--cx-accent:{theme.accent};--cx-ink:{theme.ink};--cx-font:{theme.font}}}",
        "files": files,
        "base_url": place.base_url,
        "expected": errors.__all__,
    }


def _version() -> str:
    """A name that changes when any file changes that browsers are told to keep."""
    packages = ("voila", "ipywidgets", "anywidget", "plotly", "cxkit")
    digest = hashlib.sha256("".join(importlib.metadata.version(p) for p in packages).encode())
    for path in sorted((share_path(_TEMPLATE) / "static").iterdir()):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _settings(engagement: Engagement, place: _Place, *, most: int, private: str) -> Config:
    root = engagement.root.resolve()
    kernels = {
        "environment": clean_environment(CXKIT_ENGAGEMENT=str(root), IPYTHONDIR=private),
        "folder": str(root),
        "most": most,
        "cull_idle_timeout": _IDLE,
        "cull_interval": _LOOK,
        "cull_connected": True,
        "buffer_offline_messages": False,
    }
    voila = {
        "template": "cxkit",
        "allow_template_override": "NO",
        "allow_theme_override": "NO",
        "file_allowlist": [],
        "http_header_envs": [],
        "extension_allowlist": _EXTENSIONS,
        "extension_denylist": [],
        "kernel_spec_manager_class": ThisPython,
        "multi_kernel_manager_class": VisitorsKernels,
        "language_kernel_mapping": {"": "python3", "python": "python3"},
        # The template says in our words what went wrong, and shows nothing of a traceback.
        "show_tracebacks": True,
        "resources": {"cxkit": _page(engagement, place)},
    }
    cells = {"timeout": 60, "startup_timeout": 60}
    config = Config(VoilaConfiguration=voila, VisitorsKernels=kernels, VoilaExecutor=cells)
    config.Voila.connection_dir_root = private
    # A kernel that died and was born again knows none of the page's widgets.
    config.KernelRestarter.restart_limit = 0
    if hasattr(os, "fork"):
        # On ports of their own, kernels would tell every user of the machine what they show.
        config.KernelManager.transport = "ipc"
    return config


class _Contents:
    """The one notebook, read afresh for each visitor; no other file has a name here."""

    def __init__(self, notebook: Path) -> None:
        self._notebook = notebook

    def get(self, path: str = "", **_: Any) -> dict[str, Any]:  # noqa: ANN401
        return {"type": "notebook", "path": path, "content": _read_notebook(self._notebook)}

    def file_exists(self, path: str) -> bool:
        del path
        return False


def _read_notebook(path: Path) -> Any:  # noqa: ANN401
    name = f"{path.parent.name}/{path.name}"
    try:
        return nbformat.reads(path.read_text(encoding="utf-8"), as_version=4)
    except FileNotFoundError:
        raise DocumentError("There is no notebook of a dashboard.", where=name) from None
    except (nbformat.reader.NotJSONError, json.JSONDecodeError, nbformat.ValidationError) as error:
        raise DocumentError(
            f"The file is no notebook: {str(error).splitlines()[0]}",
            where=name,
            hint="Open it in JupyterLab and save it.",
        ) from None


class _Server(Voila):
    """Voilà without its folder, its forms, its configuration files and its search for another port."""

    def __init__(
        self,
        *,
        place: _Place,
        page: dict[str, Any],
        folder: Path,
        notebook: Path,
        secret: str,
        on_listening: Callable[[str], None],
        **kwargs: Any,  # noqa: ANN401
    ) -> None:
        super().__init__(**kwargs)
        self.place, self.folder, self.on_listening = place, folder, on_listening
        self.page = page | {"sheet": (share_path(_TEMPLATE) / "static/serve.css").read_text(encoding="utf-8")}
        self.contents = _Contents(notebook)
        # A voila.py beside the client's files would be run as configuration.
        self.config_file_paths = []
        self.log_level = logging.WARNING
        self.notebook_path, self.root_dir = str(notebook), str(notebook.parent)
        self.base_url, self.token, self.open_browser = place.base_url, secret, False
        self.identity_provider_class, self.authorizer_class = Visitors, Owners

    def setup_template_dirs(self) -> None:
        folder = share_path(_TEMPLATE)
        self.template_paths = [str(folder)]
        self.static_paths = [str(folder / "static"), *collect_static_paths(["voila"], "base")]

    def init_settings(self) -> dict[str, Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.voila_configuration = VoilaConfiguration(parent=self)
        self.voila_configuration.page_config_hook = self._page_config
        settings: Any = super().init_settings()
        self.identity_provider.secure_cookie = self.place.secure
        self.identity_provider.cookie_options = {"samesite": "Lax"}
        own = {
            "contents_manager": self.contents,
            "headers": HEADERS,
            "cxkit_page": self.page,
            "cxkit_folder": self.folder,
            "allow_remote_access": False,
            "local_hostnames": list(self.place.hosts),
            "static_immutable_cache": [self.page["files"]],
            "ws_ping_timeout": 30_000,
            # The usual line has the address, and the address may have the token.
            "log_function": self._log_request,
            "xsrf_cookie_kwargs": {"samesite": "Lax", "secure": self.place.secure},
            "default_handler_class": Nothing,
        }
        return {**settings, **own}

    def init_handlers(self) -> list[Any]:  # pyright: ignore[reportIncompatibleMethodOverride]
        base, files = self.place.base_url, self.page["files"]
        found: list[Any] = [
            (base, Dashboard, self._dashboard()),
            (url_path_join(base, "api/kernels", _KERNEL), Kernel),
            (url_path_join(base, "api/kernels", _KERNEL, "channels"), Channels),
            (url_path_join(base, "voila/api/shutdown", _KERNEL), EndKernel),
            (url_path_join(files, r"static/(.*)"), Files, {"path": self.static_paths}),
            (url_path_join(files, r"labextensions/(.*)"), Files, {"path": self.labextensions_path}),
            (url_path_join(base, r"voila/files/.*"), Nothing, {"status": 403}),
        ]
        return [*found, *([(base.rstrip("/"), ToDashboard)] if base != "/" else [])]

    def listen(self) -> None:
        server = HTTPServer(self.app)
        try:
            if self.place.socket:
                found = [bind_unix_socket(self.place.socket, mode=0o660)]
            else:
                found = bind_sockets(self.place.port, "127.0.0.1")
        except OSError as error:
            where = self.place.socket or f"port {self.place.port}"
            raise ServeError(
                f"The server cannot listen there: {error.strerror}.", where=where, hint="Choose another with --port."
            ) from None
        server.add_sockets(found)
        here = self.place.socket or f"http://127.0.0.1:{found[0].getsockname()[1]}{self.place.base_url}"
        self.ioloop = tornado.ioloop.IOLoop.current()
        self.ioloop.add_callback(self.on_listening, self.place.shown or here)
        try:
            self.ioloop.start()
        except KeyboardInterrupt:
            pass
        finally:
            server.stop()
            self.stop()

    def stop(self) -> None:
        with contextlib.suppress(Exception):
            run_sync(self.kernel_manager.shutdown_all)(now=True)
        shutil.rmtree(self.connection_dir, ignore_errors=True)
        if self.place.socket:
            Path(self.place.socket).unlink(missing_ok=True)

    def _dashboard(self) -> dict[str, Any]:
        return {
            "notebook_path": Path(str(self.notebook_path)).name,
            "template_paths": self.template_paths,
            "config": self.config,
            "voila_configuration": self.voila_configuration,
        }

    def _page_config(self, config: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: ANN401
        files = self.page["files"]
        return config | {
            "fullStaticUrl": url_path_join(files, "static"),
            "fullLabextensionsUrl": url_path_join(files, "labextensions"),
            "fullMathjaxUrl": "",
            "mathjaxConfig": "",
        }

    def _log_request(self, handler: Any) -> None:  # noqa: ANN401
        if handler.get_status() >= 500:
            self.log.warning("%s %s %s", handler.get_status(), handler.request.method, handler.request.path)
