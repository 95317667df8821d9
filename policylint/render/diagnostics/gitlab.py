"""Findings as a code quality report of GitLab, which it shows in a merge request and beside the changed lines.

Source: https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.escape import clean
from policylint.lint.fingerprint import fingerprints

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.diagnostic import Diagnostic

_SEVERITIES = {Severity.ERROR: "critical", Severity.WARNING: "minor", Severity.INFO: "info"}


def gitlab_record(diagnostics: Sequence[Diagnostic]) -> list[dict[str, Any]]:
    """Return the findings as plain data. A fingerprint stays when lines move, so GitLab tells new findings from old."""
    return [
        {
            "description": clean(found.message + (f" ({found.help})" if found.help else "")),
            "check_name": clean(found.rule),
            "fingerprint": fingerprint,
            "severity": _SEVERITIES[found.severity],
            "location": {"path": clean(found.span.path), "lines": {"begin": found.span.begin.line}},
        }
        for found, fingerprint in zip(diagnostics, fingerprints(diagnostics), strict=True)
    ]
