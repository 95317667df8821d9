"""The exceptions of this package: a run that cannot go on, with what to do about it.

A flaw in a policy is a `Diagnostic`, not an exception. Anything that is neither is a bug and keeps its traceback.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.documentation import Page, page_address

if TYPE_CHECKING:
    from policylint.source import Span


class PolicylintError(Exception):
    """A run cannot go on. `message` says what and why, `help` how to fix it, `span` where, if anywhere.

    `page` is the page of the documentation that tells more, None where the help says it all.
    """

    page: str | None = None

    def __init__(
        self,
        message: str,
        *,
        help: str | None = None,  # noqa: A002
        span: Span | None = None,
        page: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.help = help
        self.span = span
        if page is not None:
            self.page = page

    @property
    def url(self) -> str | None:
        """Return where the page is published."""
        return page_address(self.page) if self.page is not None else None


class UsageError(PolicylintError):
    """The command line or the configuration asks for something that cannot be."""


class RevisionError(UsageError):
    """There is no such git revision, or not in this clone."""


class NoConfigError(UsageError):
    """A git revision has no policylint.yaml where the project has its own."""

    page = Page.CONFIGURATION


class PatternError(UsageError):
    """A pattern of `policies` is none that can match a file of the repository."""

    page = Page.CONFIGURATION

    def __init__(self, pattern: str, message: str, *, help: str) -> None:  # noqa: A002
        super().__init__(f"`{pattern}` {message}", help=help)
        self.pattern = pattern


class FileError(PolicylintError):
    """A file cannot be found, read, decoded or written. `reason` is the message without the path of the file."""

    def __init__(
        self,
        reason: str,
        *,
        path: str = "",
        help: str | None = None,  # noqa: A002
        span: Span | None = None,
        page: str | None = None,
    ) -> None:
        super().__init__(f"{path}: {reason}" if path else reason, help=help, span=span, page=page)
        self.reason = reason


class PolicyError(PolicylintError):
    """Something is asked of a policy that is not valid: its findings say why."""


class RefusedError(PolicyError):
    """An edit is not made: it would do more than it says, or nothing. Nothing was written."""

    page = Page.REFUSED_EDITS


class SnapshotError(PolicylintError):
    """A snapshot is not whole, not sealed, or not one."""

    page = Page.INCOMPLETE_SNAPSHOT


class PlanError(PolicylintError):
    """A saved plan is of another version, was edited, or may not become a script."""

    page = Page.SAVED_PLAN


class RuleError(PolicylintError):
    """A lint rule's own files are wrong."""

    page = Page.CUSTOM_RULES


class LiteralError(PolicylintError, ValueError):
    """A value cannot be written as a PowerShell literal."""
