"""Where the files that ship with cxkit are: catalogue, templates, notebooks, samples."""

from __future__ import annotations

from pathlib import Path

__all__ = ["find_notebook", "share_path"]

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


def find_notebook(engagement: Path, name: str) -> Path:
    """The engagement's own notebook of that name where there is one, else the one that ships with cxkit.

    Example:
        >>> find_notebook(Path("nowhere"), "client_report.ipynb").parent.name
        'notebooks'
    """
    own = engagement / "notebooks" / name
    return own if own.is_file() else share_path(f"notebooks/{name}")
