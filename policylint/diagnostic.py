"""A finding about a policy: what is wrong, where, and how to fix it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from policylint.named_tuple import NamedTuple
from policylint.version import REPOSITORY

if TYPE_CHECKING:
    from policylint.edits import Fix
    from policylint.source import Span

DOCUMENTATION = f"{REPOSITORY}/blob/main/docs"
"""Where the pages of the documentation are, as `glossary.md`."""

PAGES = f"{DOCUMENTATION}/rules.md"
"""Where the pages of the rules are published."""


class Severity(StrEnum):
    """How much a finding matters; only an error fails a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Label(NamedTuple):
    """A range of a source that a finding is about, and what there is to say of it."""

    span: Span
    message: str


class About(NamedTuple):
    """What a finding is about, whatever its place: an object by kind and name, and the words that tell it from others.

    Both are empty where it is about no object. The words are those of its message that do not change by themselves.
    """

    kind: str = ""
    name: str = ""
    words: tuple[tuple[str, str], ...] = ()


class Ignored(NamedTuple):
    """What a comment says that hides a finding: why, until which day, and who answers for it; empty where it does not.

    `span` is the comment.
    """

    span: Span
    reason: str
    until: str = ""
    owner: str = ""


class Diagnostic(NamedTuple):
    """One finding. `message` is one line, lower-case start, no final period; `help` is the remedy.

    `label` is said of the span itself, `related` of other ranges. `url` is the page of the rule, None where there is
    none. `fix` resolves the finding. `about` is how a baseline knows it again, None for one that no baseline may hold.
    `ignored` is the comment that hides it, None where none does.
    """

    rule: str
    severity: Severity
    span: Span
    message: str
    help: str | None = None
    related: tuple[Label, ...] = ()
    label: str = ""
    url: str | None = None
    fix: Fix | None = None
    about: About | None = None
    ignored: Ignored | None = None

    @property
    def sort_key(self) -> tuple[bool, str, int, int, str, str]:
        """Return the full key that findings are ordered by: those without a text to point at are last."""
        source, start, end = self.span
        return (not source.text, source.path, start, end, self.rule, self.message)


def error(rule: str, span: Span, message: str, help: str | None = None, *related: Label) -> Diagnostic:  # noqa: A002
    """Return a diagnostic of severity error."""
    return Diagnostic(rule, Severity.ERROR, span, message, help, related, url=page_url(rule))


def page_url(rule: str) -> str:
    """Return where the page of a rule is published."""
    return f"{PAGES}#{rule}"
