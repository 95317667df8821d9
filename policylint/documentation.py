"""Where the documentation is published, and the pages of it that the program names."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from policylint.version import __version__

HOME: Final = "https://contoso.github.io/policylint"
"""Where every version of the documentation is published, each in a folder."""

_FOLDER: Final = f"v{__version__}" if __version__.replace(".", "").isdigit() else "main"
"""The folder of this version: a release has its own, anything else is described by the newest state."""


class Page(StrEnum):
    """A page of the site, or a section of one, that an error names."""

    START = "start.html"
    CONFIGURATION = "configuration.html"
    TARGET = "configuration.html#keys"
    ENVIRONMENTS = "configuration.html#environments"
    SNAPSHOT = "snapshot.html"
    INCOMPLETE_SNAPSHOT = "snapshot.html#what-is-refused"
    REDACTED_SNAPSHOT = "snapshot.html#redacted"
    GUARDS = "guards.html"
    PROBLEMS = "problem-codes.html"
    SAVED_PLAN = "plan.html#the-saved-plan"
    RINGS = "plan.html#in-stages"
    TAKING_BACK = "scripts.html#going-back"
    REFUSED_EDITS = "approve.html#what-is-refused"
    CUSTOM_RULES = "custom-rules.html"


def page_address(page: str) -> str:
    """Return where a page of the documentation of this version is published."""
    return f"{HOME}/{_FOLDER}/{page}"


def rule_address(rule: str) -> str:
    """Return where the page of a rule that comes with policylint is published."""
    return page_address(f"rules/{rule}.html")


def problem_page(code: str) -> str:
    """Return the section about a code of a problem with live state."""
    return f"{Page.PROBLEMS}#{code}"
