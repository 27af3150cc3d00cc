"""Spellings that mean the same: words that differ in case and blanks, ids that a spreadsheet has rewritten."""

from __future__ import annotations

import re

from sqlglot import exp

__all__ = ["same_id", "same_id_text", "same_word", "same_word_text"]

# Blanks of all kinds, also those of no width, as the database's patterns know them.
_BLANKS = r"[\s\p{Z}\x{200B}\x{FEFF}]+"
_NO_WIDTH = "\u200b\ufeff"


def same_word(text: exp.Expr) -> exp.Expr:
    """A text without its case, each stretch of blanks being one; as `same_word_text`."""
    return exp.Trim(this=exp.Lower(this=_replaced(text, _BLANKS, " ")))


def same_word_text(text: str) -> str:
    r"""A text without its case, each stretch of blanks being one.

    Example:
        >>> same_word_text("  Strongly\u00a0 Agree ")
        'strongly agree'
    """
    return " ".join(re.sub(f"[{_NO_WIDTH}]", " ", text).lower().split())


def same_id(text: exp.Expr) -> exp.Expr:
    """An id without what spreadsheets and typists change of it; as `same_id_text`."""
    tight = exp.Upper(this=_replaced(text, rf"^'|{_BLANKS}", ""))
    return _replaced(_replaced(tight, r"^(\d+)[.,]0+$", r"\1"), "^0+(.)", r"\1")


def same_id_text(text: str) -> str:
    r"""An id without case, blanks, leading zeros and a trailing .0.

    Example:
        >>> [same_id_text(i) for i in ("00123", "123.0", "\t123 ", "c 7", "000")]
        ['123', '123', '123', 'C7', '0']
    """
    tight = re.sub(rf"^'|[\s{_NO_WIDTH}]+", "", text).upper()
    return re.sub("^0+(.)", r"\1", re.sub(r"^(\d+)[.,]0+$", r"\1", tight))


def _replaced(text: exp.Expr, pattern: str, by: str) -> exp.Expr:
    arguments = [text.copy(), *(exp.Literal.string(a) for a in (pattern, by, "g"))]
    return exp.Anonymous(this="REGEXP_REPLACE", expressions=arguments)
