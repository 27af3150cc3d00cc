"""Everything cxkit refuses, as one tree.

    CxkitError                what was found · where · hint
     ├─ DocumentError         an edited file (YAML, CSV of clients, commentary) cannot be read as what it should be
     ├─ QueryError            a predicate or a derived table asks for more than it may
     ├─ MergeError            statistics that do not add up were to be added up, or compared
     ├─ ExportError           one or more faults in the client's exports
     ├─ ParameterError        a report parameter is unknown, missing or mistyped
     ├─ EvidenceError         evidence is missing, half written, changed by hand or of another version
     ├─ ServeError            a dashboard cannot be served as it was asked for
     └─ ReportError           a report did not come out: a cell of its notebook failed, or the page is not whole
         ├─ DeadlineError     it took longer than it may
         └─ KernelDiedError   its kernel ended of its own accord

Each of them leaves the command line through one door, with exit code 2 and without a traceback.
"""

from __future__ import annotations

__all__ = [
    "CxkitError",
    "DeadlineError",
    "DocumentError",
    "EvidenceError",
    "ExportError",
    "KernelDiedError",
    "MergeError",
    "ParameterError",
    "QueryError",
    "ReportError",
    "ServeError",
]


class CxkitError(Exception):
    """A fault that a person can mend: what was found, where, and what to do.

    Args:
        what: What was found, as a fact in one sentence.
        where: The place: `file:line, column`, `file, row, column`, or "".
        hint: What to do about it, or "".

    Example:
        >>> print(CxkitError("There is no column 'Kunde'.", where="crm.csv", hint="Found: Konto."))
        There is no column 'Kunde'.
          at crm.csv
        <BLANKLINE>
        Hint: Found: Konto.
    """

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what, self.where, self.hint = what, where, hint

    def __str__(self) -> str:
        lines = [self.what]
        if self.where:
            lines.append(f"  at {self.where}")
        if self.hint:
            lines += ["", f"Hint: {self.hint}"]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not survive the way back from a worker process otherwise.
        return (_rebuild, (type(self), self.what, self.where, self.hint))


def _rebuild(kind: type[CxkitError], what: str, where: str, hint: str) -> CxkitError:
    return kind(what, where=where, hint=hint)


class DocumentError(CxkitError):
    """Raised when a file that people edit is missing, is not what it should be, or names what is not there."""


class QueryError(CxkitError):
    """Raised when a predicate or a derived table is not plain, harmless SQL over the tables it may see."""


class MergeError(CxkitError):
    """Raised when statistics of other definitions, or of periods that do not add up, were to be put together."""


class ExportError(CxkitError):
    """Raised when the client's exports cannot be used; the message lists every fault of every file."""


class ParameterError(CxkitError):
    """Raised before any kernel starts when a report parameter is unknown, missing or mistyped."""


class EvidenceError(CxkitError):
    """Raised when evidence is missing, half written, altered, or of a version this cxkit does not read."""


class ServeError(CxkitError):
    """Raised when a dashboard cannot be served as it was asked for: a port is taken, or it would stand open."""


class ReportError(CxkitError):
    """Raised when a report did not come out; nothing of it is written."""


class DeadlineError(ReportError):
    """Raised when a report took longer than it may."""


class KernelDiedError(ReportError):
    """Raised when the kernel of a report ended before its notebook did."""
