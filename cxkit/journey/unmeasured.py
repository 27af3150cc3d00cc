"""A view without a number, so that a map can be drawn before anything is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cxkit.evidence.manifest import Client, Manifest
from cxkit.evidence.view import Evidence, View

if TYPE_CHECKING:
    from cxkit.data.settings import Settings

__all__ = ["unmeasured_view"]


def unmeasured_view(settings: Settings) -> View:
    """What drawing functions are given where there is no evidence: the client's words and colours, and no number.

    Args:
        settings: `engagement.yaml`.
    """
    s, day = settings, settings.start.isoformat()
    client = Client(
        id=s.id, name=s.client, industry=s.industry, language=s.language, currency=s.currency,
        start=day, weeks=s.weeks, brand=s.brand,
    )  # fmt: skip
    manifest = Manifest(
        cxkit="", versions={}, evidence="", measured_on=day, client=client, lengths=("all",),
        periods={"all": ("all",)}, data_from=day, data_until=day, threshold=s.privacy.threshold, dimensions=(),
        pairs=(), kpis=(), sources=(), tables={}, queries={}, inputs="",
    )  # fmt: skip
    return View(Evidence(manifest, (), (), {}), period="all", audience="client")
