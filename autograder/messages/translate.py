"""What students read, in one language at a time.

English stands in the code, as gettext message ids. A translation is a catalogue locale/LANG/LC_MESSAGES/autograder.mo beside
this file; hints and the sentences for wrong answers go through the same catalogue.
"""

from __future__ import annotations

import gettext
from pathlib import Path

_current: gettext.NullTranslations = gettext.NullTranslations()


def use(language: str) -> None:
    """Speaks `language` ("en", "zh", ...) from now on, or English where there is no catalogue for it."""
    global _current
    _current = gettext.translation("autograder", Path(__file__).parent / "locale", [language], fallback=True)


def _(text: str, /, **values: object) -> str:
    """`text` in the current language, with its {placeholders} filled in."""
    translated = _current.gettext(text) if text else ""
    return translated.format(**values) if values else translated
