"""What a preset gives, and what several of them need."""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Protocol

__all__ = ["Many", "Preset", "Rows", "cells", "place_of", "plain", "told"]

Many = Mapping[str, tuple[str, ...]]
"""Several names or values each."""

Rows = Sequence[Sequence[str]]
"""The first rows of a file as they stand, the header among them."""


class Preset(Protocol):
    """The tool that wrote an export: how its files are laid out, and what its own columns mean.

    Attributes:
        LABEL: Its name, as people say it.
        ROLES: Columns of `responses` to the tool's own columns that give them, the best first.
        DIMENSIONS: Own columns that cut the answers: name of the attribute to name of the column.
        PEOPLE: Own columns about people that no number needs.
        OWN: All other own columns, which are no questions.
        LEAVE_OUT: Own column to the values of rows that are no answers of customers, by what they are.
        USUAL: Own column to the other values that are known of it; beside these and the former, a value is doubtful.
        WHOLE: Own columns to the values that say that an answer is finished; the first one in the file counts.
    """

    LABEL: str
    ROLES: Many
    DIMENSIONS: Mapping[str, str]
    PEOPLE: tuple[str, ...]
    OWN: tuple[str, ...]
    LEAVE_OUT: Mapping[str, Many]
    USUAL: Many
    WHOLE: Many

    def recognise(self, top: Rows) -> str:
        """Why the file seems to come from the tool; "" where it does not."""
        ...

    def header_rows(self, top: Rows) -> int:
        """How many of the first rows are header."""
        ...

    def names(self, heads: Rows) -> list[tuple[str, ...]]:
        """Other names of each column than its header: its full text, its id, the tool's English name."""
        ...

    def questions(self, heads: Rows) -> list[str]:
        """The full text of each column: what was asked, and of which answer the column is."""
        ...


def cells(rows: Rows, row: int) -> list[str]:
    """A row as texts without blanks around them; none where there is no such row."""
    return [told(v) for v in rows[row]] if row < len(rows) else []


def told(text: str | None) -> str:
    r"""A header as people read it: without markup, and without more than one blank in a row.

    Example:
        >>> told(" <strong>How likely</strong> are you&nbsp;to\nrecommend us? ")
        'How likely are you to recommend us?'
    """
    return " ".join(html.unescape(re.sub(r"<[^<>]{1,200}>", "", text or "")).split())


@functools.lru_cache(maxsize=1 << 15)
def plain(text: str) -> str:
    """A header for comparison: small letters without accents, words apart.

    Example:
        >>> plain("customerID"), plain("Kundennr."), plain("E-Mail des Empfängers")
        ('customer id', 'kundennr', 'e mail des empfangers')
    """
    # Two words in which the letters do not tell where one ends.
    whole = told(text).replace("IDs", "Ids").replace("eNPS", "Enps")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", whole)
    letters = unicodedata.normalize("NFKD", words.casefold().replace("ß", "ss"))
    return " ".join(re.sub(r"[^a-z0-9#]+", " ", "".join(c for c in letters if not unicodedata.combining(c))).split())


def place_of(row: Sequence[str], *wanted: str) -> int | None:
    """The first column that has one of these names, or None."""
    known = {plain(w) for w in wanted}
    return next((i for i, name in enumerate(row) if plain(name) in known), None)
