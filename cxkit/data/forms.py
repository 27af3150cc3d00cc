"""How the exports are written, in words: said beside each source, and behind the numbers."""

from __future__ import annotations

from collections.abc import Sequence

from cxkit._format import Words
from cxkit.data.readers.dialect import DELIMITERS
from cxkit.evidence.manifest import FileRecord

__all__ = ["form_of_file", "form_of_source"]

_MOST_FORMS = 3
_OPEN = ("encoding", "delimiter", "decimal", "header_rows")


def form_of_file(file: FileRecord, w: Words) -> str:
    """How one file is written, in words; "" where an older evidence does not say.

    Example:
        >>> from cxkit._format import words
        >>> file = FileRecord(path="a.csv", sha256="", bytes=1, rows=1, kind="csv", encoding="cp1252", delimiter=";",
        ...                   decimal=",", header="3", found=("encoding", "delimiter", "decimal", "header_rows"))
        >>> form_of_file(file, words())
        'cp1252, semicolon, decimal comma, header in row 3 (found)'
    """
    parts = {
        "kind": "" if file.kind == "csv" else file.kind,
        "sheet": w.say("written.sheet", sheet=file.sheet) if file.sheet else "",
        "encoding": file.encoding.removesuffix("-sig"),
        "delimiter": _delimiter(file.delimiter, w),
        "decimal": w.say("written.decimal_comma" if file.decimal == "," else "written.decimal_point")
        if file.decimal
        else "",
        "header_rows": _rows(file.header, w),
    }
    said = {name: part for name, part in parts.items() if part}
    open_ = {*file.found} - {"skip_rows"}
    looked = [n for n in said if n in open_]
    if looked:
        said |= {n: w.say("written.declared", part=said[n]) for n in said if n in _OPEN and n not in open_}
    text = ", ".join(said.values())
    return w.say("written.found", form=text) if looked else text


def _delimiter(delimiter: str, w: Words) -> str:
    if delimiter in DELIMITERS:
        return w.say(f"written.{DELIMITERS[delimiter]}")
    return w.say("written.delimiter", delimiter=delimiter) if delimiter else ""


def _rows(header: str, w: Words) -> str:
    first, _, last = header.partition("-")
    if last:
        return w.say("written.header_rows", first=first, last=last)
    return w.say("written.no_header") if header == "0" else w.say("written.header_row", row=first) if header else ""


def form_of_source(files: Sequence[FileRecord], w: Words) -> str:
    """How the files of a source are written: once where all are alike, else how many are which.

    Args:
        files: Its files.
        w: Words of the reader's language.
    """
    forms: dict[str, int] = {}
    for file in files:
        form = form_of_file(file, w)
        forms[form] = forms.get(form, 0) + 1
    if len(forms) == 1:
        return next(iter(forms))
    said = [w.count("written.files", n, form=form) for form, n in forms.items() if form]
    more = len(said) - _MOST_FORMS
    return "; ".join([*said[:_MOST_FORMS], *([w.count("written.more", more)] if more > 0 else [])])
