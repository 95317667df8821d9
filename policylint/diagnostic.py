"""A finding about a policy: what is wrong, where, and how to mend it."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from policylint.source import Span


class Severity(StrEnum):
    """How much a finding matters; only an error fails a run."""

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


class Label(NamedTuple):
    """Another place that a finding speaks of, and what stands there."""

    span: Span
    message: str


class Diagnostic(NamedTuple):
    """One finding. `message` is one line, lower-case start, no final period; `help` is the remedy."""

    rule: str
    severity: Severity
    span: Span
    message: str
    help: str | None = None
    related: tuple[Label, ...] = ()

    @property
    def sort_key(self) -> tuple[str, int, int, str, str]:
        """Return the full key that findings are ordered by."""
        return (*self.span.sort_key, self.rule, self.message)


def error(rule: str, span: Span, message: str, help: str | None = None, *related: Label) -> Diagnostic:  # noqa: A002
    """Return a diagnostic of severity error."""
    return Diagnostic(rule=rule, severity=Severity.ERROR, span=span, message=message, help=help, related=related)
