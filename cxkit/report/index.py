"""The page over all reports of a batch."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING
from urllib.parse import quote

from cxkit._format import words
from cxkit._theme import css

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cxkit.report.ledger import Entry

__all__ = ["build_index"]

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_TONES = {"failed": "worse", "timeout": "worse", "died": "worse", "started": "open", "stopped": "open"}
_COLUMNS = ("client", "period", "audience", "says", "evidence", "status")


def build_index(entries: Sequence[Entry]) -> str:
    """One row a report, by client; it names no time, so that the same reports give the same page."""
    rows = sorted(entries, key=lambda e: (e.client.casefold(), e.period, e.audience, e.item))
    there = sum(e.stands for e in rows)
    w = words()
    said = (
        w.say("index.there", n=there) if there == len(rows) else w.say("index.missing", n=there, gone=len(rows) - there)
    )
    head = "".join(f'<th scope="col">{escape(w.say(f"index.{c}"))}</th>' for c in _COLUMNS)
    title = escape(w.say("index.title"))
    return (
        '<!doctype html>\n<html lang="en" class="cx-page">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n<style>\n{css()}</style>\n</head>\n"
        '<body>\n<div class="cx sheet"><main class="cx-flow">\n'
        f'<h1>{title}</h1>\n<div class="cx-text cx-lead"><p>{escape(said)}</p></div>\n'
        f'<div class="cx-table"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n'
        + "".join(map(_row, rows))
        + "</tbody>\n</table></div>\n</main></div>\n</body>\n</html>\n"
    )


def _row(entry: Entry) -> str:
    client = escape(entry.client or entry.item)
    name = f'<a href="{escape(quote(entry.item))}">{client}</a>' if entry.stands else client
    cells = (entry.period, entry.audience, entry.headline if entry.stands else _first(entry.reason))
    w = words()
    labels = [escape(w.say(f"index.{c}")) for c in _COLUMNS]
    texts = (*cells, entry.evidence if entry.stands else "")
    told = "".join(
        f'<td data-label="{t}"><span>{escape(c)}</span></td>' for t, c in zip(labels[1:], texts, strict=False)
    )
    status = entry.status if entry.status in _TONES else "done"
    tone, word = _TONES.get(status, "better"), escape(w.say(f"index.status_{status}"))
    tag = f'<td data-label="{labels[-1]}"><span><span class="tag {tone}">{word}</span></span></td>'
    return f'<tr><th scope="row" data-label="{labels[0]}"><span>{name}</span></th>{told}{tag}</tr>\n'


def _first(reason: str) -> str:
    """The first line: the rest may quote cells of an export, and stands in the ledger."""
    first, _, more = reason.partition("\n")
    return f"{first} …" if more and first.endswith(":") else first
