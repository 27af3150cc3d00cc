"""The notebook that a report is made with: the advisor's own where there is one, else the workbook's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cxkit import _share
from cxkit._documents import read_text
from cxkit.errors import DocumentError
from cxkit.report.parameters import prove_parameters

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Notebook", "find_notebook", "read_notebook"]


@dataclass(frozen=True)
class Notebook:
    """A notebook as it was read: what is proved, hashed and run is the same text.

    Attributes:
        name: How to call it in messages.
        text: Its JSON.
        cells: Its cells, as plain data.
    """

    name: str
    text: str
    cells: tuple[dict[str, Any], ...]

    @property
    def sha256(self) -> str:
        """Hash of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def find_notebook(engagement: Path) -> Path:
    """The engagement's own `notebooks/client_report.ipynb` where there is one, else the one that ships with cxkit."""
    return _share.find_notebook(engagement, "client_report.ipynb")


def read_notebook(path: Path, *, name: str = "") -> Notebook:
    """The notebook in a file, after proving that it reads the parameters of a report.

    Raises:
        DocumentError: The file is missing or no notebook.
        ParameterError: Its `parameters` cell does not declare what a report is told apart by.
    """
    name = name or f"{path.parent.name}/{path.name}"
    text = read_text(path, name=name)
    try:
        found = json.loads(text)
    except ValueError as error:
        raise DocumentError(f"The notebook is no JSON: {error}.", where=name) from None
    cells = found.get("cells") if isinstance(found, dict) else None
    if not isinstance(cells, list) or not all(isinstance(c, dict) for c in cells) or found.get("nbformat") != 4:
        hint = "Open it in JupyterLab and save it."
        raise DocumentError("The file is no notebook of format 4.", where=name, hint=hint)
    notebook = Notebook(name, text, tuple(cells))
    prove_parameters(notebook)
    return notebook
