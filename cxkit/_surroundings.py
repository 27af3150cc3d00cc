"""What a kernel is given by its surroundings: this Python, and of the environment only what a Python needs."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["clean_environment", "kernel_command", "quick_imports"]

# What a Python process needs from its surroundings; keys and tokens of the advisor are not among it.
_KEPT = {
    *("PATH", "HOME", "USER", "LOGNAME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP"),
    *("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"),
    *("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    *("SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT"),
    *("APPDATA", "LOCALAPPDATA", "PROGRAMDATA", "USERPROFILE"),
}
_SET = {
    "PLOTLY_RENDERER": "plotly_mimetype",
    "MPLBACKEND": "agg",
    "NO_COLOR": "1",
    "DO_NOT_TRACK": "1",
    # The order of a set of texts must not differ from one run to the next.
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "PYTHONFAULTHANDLER": "1",
    "PYDEVD_DISABLE_FILE_VALIDATION": "1",
}


def clean_environment(**added: str) -> dict[str, str]:
    """The environment of a kernel: what Python needs, our settings, and what is added.

    Example:
        >>> os.environ["SECRET_KEY"] = "abc"
        >>> found = clean_environment(CXKIT_ENGAGEMENT="/clients/acme")
        >>> found["CXKIT_ENGAGEMENT"], "SECRET_KEY" in found, "PATH" in found
        ('/clients/acme', False, True)
        >>> del os.environ["SECRET_KEY"]
    """
    kept = {k: v for k, v in os.environ.items() if k.upper() in _KEPT or k.startswith("LC_")}
    return kept | _SET | added


def kernel_command(*arguments: str) -> list[str]:
    """How to start a kernel of this Python; what is installed under the name python3 may be another."""
    return [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}", *arguments]


@contextmanager
def quick_imports() -> Iterator[None]:
    """Import Jupyter's libraries here, two seconds faster; for processes that are cxkit's own, never a person's kernel.

    The time goes into `rfc3987_syntax`, which compiles forty grammars so that jsonschema can check IRIs; no notebook
    has one (jupyter-server/jupyter_server#1559).
    """
    name = "rfc3987_syntax"
    absent = name not in sys.modules
    if absent:
        sys.modules[name] = None  # pyright: ignore[reportArgumentType]
    try:
        yield
    finally:
        if absent:
            del sys.modules[name]
