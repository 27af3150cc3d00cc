"""The tools that write exports of surveys: one small module each, listed in `PRESETS`.

A preset says what `cxkit.data.presets.base.Preset` asks for, and nothing else:

- what its own columns mean: `LABEL`, `ROLES`, `DIMENSIONS`, `PEOPLE`, `OWN`,
- which rows are no answers of customers, and which answers are not finished: `LEAVE_OUT`, `USUAL`, `WHOLE`,
- how its files are laid out: `recognise`, `header_rows`, `names`, `questions`.

To add one: write the module, list it here, add its name to `Source.preset` (a test holds the two together), and put a
small export of the tool into `tests/data/test_presets.py`. All functions take the first rows of a file as texts.

Example:
    >>> sorted(PRESETS)
    ['google_forms', 'qualtrics', 'surveymonkey', 'typeform']
    >>> recognise([["Respondent ID", "Collector ID", "How likely are you to recommend us?"]])[0]
    'surveymonkey'
"""

from __future__ import annotations

from cxkit.data.presets import google_forms, qualtrics, surveymonkey, typeform
from cxkit.data.presets.base import Preset, Rows

__all__ = ["PRESETS", "Preset", "recognise"]

PRESETS: dict[str, Preset] = {
    "qualtrics": qualtrics,
    "surveymonkey": surveymonkey,
    "google_forms": google_forms,
    "typeform": typeform,
}


def recognise(top: Rows) -> tuple[str, str]:
    """The preset whose tool seems to have written a file, and why; two empty texts where none did.

    Args:
        top: The first rows of the file, the header among them.
    """
    return next(((name, why) for name, p in PRESETS.items() if (why := p.recognise(top))), ("", ""))
