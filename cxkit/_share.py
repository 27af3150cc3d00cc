"""Where the files that ship with cxkit are: catalogue, templates, notebooks, samples."""

from __future__ import annotations

from pathlib import Path

__all__ = ["share_path"]

_PACKAGED = Path(__file__).parent / "_share_data"
_CHECKOUT = Path(__file__).parent.parent


def share_path(relative: str) -> Path:
    """The path of a file or folder that ships with cxkit.

    A wheel carries them inside the package; a checkout has them beside it.

    Example:
        >>> share_path("templates/kpis").name
        'kpis'
    """
    root = _PACKAGED if _PACKAGED.is_dir() else _CHECKOUT
    return root / relative
