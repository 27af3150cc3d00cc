"""The sample with a small dashboard of its own, and that dashboard served."""

from __future__ import annotations

import shutil

import pytest
from browser import browser
from serving import CELLS, serving, write_notebook

SECRETS = {"SECRET_KEY": "shh", "AWS_SESSION_TOKEN": "shh", "JUPYTER_TOKEN": "shh"}


@pytest.fixture(scope="session")
def engagement(aldermoor, tmp_path_factory):
    """The measured sample with a small dashboard of its own."""
    folder = tmp_path_factory.mktemp("serve") / "aldermoor"
    shutil.copytree(aldermoor.root, folder)
    write_notebook(folder / "notebooks/client_dashboard.ipynb", CELLS)
    return folder


@pytest.fixture(scope="module")
def server(engagement):
    with serving(engagement, **SECRETS) as found:
        yield found


@pytest.fixture
def tab(tmp_path):
    """A page in a browser of its own."""
    with browser(tmp_path / "profile") as found:
        yield found
