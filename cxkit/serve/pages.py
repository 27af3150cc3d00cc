"""What the server answers: the dashboard, the files it is made of, and a plain page for whatever goes wrong."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
from typing import TYPE_CHECKING, Any

from jupyter_server.auth.decorator import authorized
from jupyter_server.base.handlers import APIHandler, FileFindHandler, JupyterHandler
from jupyter_server.services.kernels.handlers import KernelHandler
from tornado.iostream import StreamClosedError
from tornado.web import HTTPError, authenticated
from voila.tornado.handler import TornadoVoilaHandler
from voila.tornado.kernel_websocket_handler import VoilaKernelWebsocketHandler, read_header_from_binary_message

from cxkit.engagement import open_engagement
from cxkit.errors import CxkitError

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Channels", "Dashboard", "EndKernel", "Files", "Kernel", "Nothing", "ToDashboard"]

# Seconds from the first cell to the last, and signs of life in a row, one in ten seconds, instead of a cell. A page
# beyond them is given up: Voilà itself would wait for ever for a kernel that did not start.
_PATIENCE, _SIGNS = 180, 8


class _Ours(JupyterHandler):
    """Says what is wrong in our words, and sends nobody to a form that is not there."""

    def get_login_url(self) -> str:
        raise HTTPError(403)

    def write_error(self, status_code: int, **kwargs: Any) -> None:  # noqa: ANN401
        """A page that says what is wrong and what to do."""
        about = dict(self.settings["cxkit_page"])
        error = (kwargs.get("exc_info") or (None, None, None))[1]
        found = self._told(status_code, error, about["words"])
        page = self.settings["voila_jinja2_env"].get_template("error.html").render(**about, **found)
        self.set_header("Content-Type", "text/html; charset=utf-8")
        self.finish(page)

    @staticmethod
    def _told(status: int, error: BaseException | None, words: Mapping[str, str]) -> dict[str, str]:
        if isinstance(error, CxkitError):
            return {"what": error.what, "where": error.where, "hint": error.hint}
        name = {403: "refused", 404: "nothing", 405: "nothing", 503: "full"}.get(status, "broken")
        return {"what": words[name], "where": "", "hint": words[f"{name}_hint"]}


class Dashboard(_Ours, TornadoVoilaHandler):
    """The page. What stands behind the question mark of its address is not read, only taken away."""

    kernel_id = ""

    @authenticated
    async def get(self, path: str | None = None) -> None:
        """Send the page while its cells run, one after the other."""
        del path
        if self.request.query:
            # The token is in the cookie by now, and belongs in no history and no bookmark.
            self.redirect(self.base_url)
            return
        try:
            open_engagement(self.settings["cxkit_folder"]).evidence()
        except CxkitError as error:
            self.log.warning("%s", error)
            self.set_status(503)
            self.write_error(503, exc_info=(type(error), error, None))
            return
        # Reading it sets the cookie without which a closing page may not end its kernel (voila#1458).
        _ = self.xsrf_token
        await self._send()

    async def _send(self) -> None:
        parts, signs = self.get_generator(), 0
        try:
            async with asyncio.timeout(_PATIENCE):
                async for part in parts:
                    signs = signs + 1 if "voila_heartbeat" in part[:40] else 0
                    if signs > _SIGNS:
                        break
                    self.write(part)
                    await self.flush()
                else:
                    return
        except (StreamClosedError, TimeoutError):
            pass
        finally:
            await parts.aclose()
        # The page sees that its end is missing and says so. Nobody else will end its kernel.
        with contextlib.suppress(HTTPError, KeyError):
            await self.kernel_manager.shutdown_kernel(self.kernel_id, now=True)


class ToDashboard(_Ours):
    """The address without its last slash."""

    @authenticated
    def get(self) -> None:
        """Go to the dashboard."""
        self.redirect(self.base_url, permanent=True)


class Kernel(KernelHandler):
    """Tells a page whether its kernel still runs."""


class Channels(VoilaKernelWebsocketHandler):
    """The widgets' wire. What a kernel complains of stays on this side of it."""

    def write_message(self, message: Any, binary: bool = False) -> Any:  # noqa: ANN401
        """Pass on what is for the page."""
        return None if _complains(message) else super().write_message(message, binary)


def _complains(message: Any) -> bool:  # noqa: ANN401
    """Whether it is a traceback, or a line of the error stream (`allow_tracebacks` of jupyter_server 2.21 fails)."""
    if isinstance(message, bytes):
        header, text = read_header_from_binary_message(message) or {}, message
    else:
        message = json.loads(message) if isinstance(message, str) else message
        header, text = message.get("header", {}), json.dumps(message.get("content", {})).encode()
    kind = header.get("msg_type")
    # Inside a text the quotation marks would be escaped.
    return kind == "error" or (kind == "stream" and re.search(rb'"name": ?"stderr"', text) is not None)


class EndKernel(APIHandler):
    """Ends the kernel of a page that is being closed."""

    auth_resource = "kernels"

    @authenticated
    @authorized
    async def post(self, kernel_id: str) -> None:
        """End it."""
        await self.kernel_manager.shutdown_kernel(kernel_id)
        self.set_status(204)
        self.finish()


class Files(_Ours, FileFindHandler):
    """Scripts and styles, the same for every client; kept by the browser, since their address tells their version."""

    # Jupyter leaves its own files open to everybody, for the sake of its login page.
    get: Any = authenticated(FileFindHandler.get)
    head: Any = authenticated(FileFindHandler.head)


class Nothing(_Ours):
    """Everything else: there is no list of kernels, no folder, no other notebook."""

    def initialize(self, status: int = 404) -> None:
        """Which refusal it is."""
        self.status = status

    async def prepare(self) -> None:  # type: ignore[override]
        """Refuse, whatever the method."""
        await super().prepare()
        raise HTTPError(self.status)

    @authenticated
    def get(self) -> None:
        """Never reached."""

    post = put = delete = patch = head = get
