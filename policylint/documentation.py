"""Where the documentation is published, and the pages of it that the program names."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from policylint.version import REPOSITORY, __version__

_OWNER, _NAME = REPOSITORY.split("/")[-2:]
HOME: Final = f"https://{_OWNER}.github.io/{_NAME}"
"""Where every version of the documentation is published, each in a folder."""


class Page(StrEnum):
    """A page of the site, or a section of one, that an error or a report names."""

    START = "start.html"
    CONFIGURATION = "configuration.html"
    KEYS = "configuration.html#keys"
    ENVIRONMENTS = "configuration.html#environments"
    SNAPSHOT = "snapshot.html"
    INCOMPLETE_SNAPSHOT = "snapshot.html#what-is-refused"
    REDACTED_SNAPSHOT = "snapshot.html#redacted"
    GUARDS = "guards.html"
    PROBLEMS = "problem-codes.html"
    SAVED_PLAN = "plan.html#the-saved-plan"
    RINGS = "plan.html#in-stages"
    DIFF = "diff.html"
    TAKING_BACK = "scripts.html#going-back"
    REFUSED_EDITS = "approve.html#what-is-refused"
    DOES_NOT_SYNC = "how-to/phone-does-not-sync.html"
    CUSTOM_RULES = "custom-rules.html"
    DESIRED_STATE = "glossary.html#desired-state"
    DEVICE_CLASS = "glossary.html#device-class"
    DISPUTED = "access.html#disputed"
    NOT_DECIDED_HERE = "glossary.html#not-decided-here"
    REFUSAL = "glossary.html#guard-and-refusal"
    DRIFT = "glossary.html#drift"


def page_address(page: str) -> str:
    """Return where a page of the documentation of this version is published.

    A release has a folder of its own, anything else is described by the newest state.
    """
    folder = f"v{__version__}" if __version__.replace(".", "").isdigit() else "main"
    return f"{HOME}/{folder}/{page}"


def docs_line(page: str) -> str:
    """Return the line of a text that names a page."""
    return f"  = docs: {page_address(page)}"


def rule_address(rule: str) -> str:
    """Return where the page of a rule that comes with policylint is published."""
    return page_address(f"rules/{rule}.html")


def problem_page(code: str) -> str:
    """Return the section about a code of a problem with live state."""
    return f"{Page.PROBLEMS}#{code}"
