"""Who may see what: visitors by token, kernels that know their visitor, and headers that let nothing out.

One process serves one client. A visitor with the token may open the dashboard and talk to the kernel that was started
for her, and to no other; a kernel knows the engagement from its environment, which we make, and nothing of the request.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING, Any

from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_server.auth.authorizer import Authorizer
from jupyter_server.auth.identity import IdentityProvider, User
from jupyter_server.base.call_context import CallContext
from jupyter_server.services.kernels.kernelmanager import AsyncMappingKernelManager
from tornado.web import HTTPError
from traitlets import Dict, Integer, Unicode

from cxkit._surroundings import kernel_command

if TYPE_CHECKING:
    from tornado.web import RequestHandler

__all__ = ["HEADERS", "Owners", "ThisPython", "Visitors", "VisitorsKernels"]

# Voilà sends this line while a cell takes long; a policy that names its hash needs no licence for all others.
_HEARTBEAT = base64.b64encode(hashlib.sha256(b"window.voila_heartbeat()").digest()).decode()
_POLICY = {
    "default-src": "'none'",
    # Widgets written with anywidget are modules that the page makes for itself.
    "script-src": f"'self' blob: 'sha256-{_HEARTBEAT}'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
}
HEADERS = {
    "Content-Security-Policy": "; ".join(f"{k} {v}" for k, v in _POLICY.items()),
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_ARGUMENTS = [
    "--HistoryManager.enabled=False",
    # A file that a client calls pandas.py must not become pandas.
    "--IPKernelApp.ignore_cwd=True",
]


class Visitors(IdentityProvider):
    """Lets in who brings the token, and knows her again by a signed cookie; without a token lets everybody in."""

    @property
    def auth_enabled(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Whether a token is asked for."""
        return bool(self.token)

    @property
    def login_available(self) -> bool:  # pyright: ignore[reportIncompatibleMethodOverride]
        """There is no form: one could be tried at leisure, and Jupyter's sets a new password too."""
        return False

    async def get_user_token(self, handler: RequestHandler) -> User | None:
        """The visitor who brings the token in the address, or in the header that a proxy adds."""
        given = self.get_token(handler) or ""
        if not self.token or not hmac.compare_digest(given.encode(), str(self.token).encode()):
            return None
        known = self.get_user_cookie(handler)
        return known if isinstance(known, User) else self.generate_anonymous_user(handler)

    def is_token_authenticated(self, handler: RequestHandler) -> bool:
        """Never, so that origin and forgery are looked at whichever way a visitor came in."""
        del handler
        return False


class Owners(Authorizer):
    """A kernel answers the visitor that it was started for."""

    def is_authorized(self, handler: Any, user: User, action: str, resource: str) -> bool:  # noqa: ANN401
        """Whether this visitor may do that to the kernel in the address."""
        del action, resource
        owner = handler.kernel_manager.owners.get(handler.path_kwargs.get("kernel_id"))
        return owner is not None and hmac.compare_digest(owner, user.username)


class ThisPython(KernelSpecManager):
    """Knows one kernel, the Python that runs now."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        """How to start the kernel, whatever its name."""
        return KernelSpec(argv=kernel_command(*_ARGUMENTS), display_name=kernel_name, language="python")

    def get_all_specs(self) -> dict[str, Any]:
        """The one kernel."""
        return {"python3": {"resource_dir": "", "spec": self.get_kernel_spec("python3").to_dict()}}


class VisitorsKernels(AsyncMappingKernelManager):
    """Kernels in an environment of our making, each with its visitor, and no more at once than the machine bears."""

    environment = Dict(help="All that a kernel is told.").tag(config=True)
    folder = Unicode(help="Where kernels work.").tag(config=True)
    most = Integer(20, help="How many kernels may run at once.").tag(config=True)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401
        super().__init__(**kwargs)
        self.owners: dict[str, str] = {}
        self._starting = 0

    async def start_kernel(self, **given: Any) -> str:  # noqa: ANN401
        """Start a kernel for the visitor whose request this is; what Voilà gives it from the request is dropped.

        Raises:
            HTTPError: As many kernels run as may.
        """
        del given
        if len(self) + self._starting >= self.most:
            raise HTTPError(503, "full")
        handler = CallContext.get(CallContext.JUPYTER_HANDLER)
        self._starting += 1
        try:
            started = await self._async_start_kernel(kernel_name="python3", env=dict(self.environment), cwd=self.folder)
        finally:
            self._starting -= 1
        self.owners[started] = handler.current_user.username
        handler.kernel_id = started
        return started

    def remove_kernel(self, kernel_id: str) -> Any:  # noqa: ANN401
        """Forget a kernel that has ended, and whose it was."""
        self.owners.pop(kernel_id, None)
        return super().remove_kernel(kernel_id)
