"""Findings as JSON, format `policylint-lint/1`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.diagnostic import Diagnostic
    from policylint.edits import Fix
    from policylint.lint.run import LintResult
    from policylint.source import Span

FORMAT = "policylint-lint/1"


def lint_record(diagnostics: Sequence[Diagnostic], hidden: Sequence[Diagnostic], *, files: int) -> dict[str, Any]:
    """Return the findings, their counts, and what comments hide, as plain data."""
    return {
        "format": FORMAT,
        "summary": {
            "files": files,
            **{str(severity): sum(found.severity is severity for found in diagnostics) for severity in Severity},
            "hidden": len(hidden),
        },
        "diagnostics": [diagnostic_record(diagnostic) for diagnostic in diagnostics],
        "hidden": [diagnostic_record(diagnostic) for diagnostic in hidden],
    }


def baseline_record(result: LintResult) -> dict[str, Any]:
    """Return the field that says which findings a baseline holds back, and which of its entries are gone."""
    if result.baseline is None:
        return {"baseline": None}
    gone = [
        {"rule": each.rule, "kind": each.about.kind or None, "name": each.about.name or None, "times": each.times}
        | {"words": dict(each.about.words)}
        for each in result.gone
    ]
    return {
        "baseline": {"path": result.baseline.path, "known": list(map(diagnostic_record, result.known)), "gone": gone}
    }


def diagnostic_record(diagnostic: Diagnostic) -> dict[str, Any]:
    """Return one finding as plain data; lines and columns count from 1, columns in code points."""
    return {
        "rule": diagnostic.rule,
        "severity": str(diagnostic.severity),
        "message": diagnostic.message,
        "help": diagnostic.help,
        "url": diagnostic.url,
        **span_record(diagnostic.span),
        "label": diagnostic.label or None,
        "related": [{**span_record(label.span), "message": label.message} for label in diagnostic.related],
        "fix": _fix_record(diagnostic.fix) if diagnostic.fix is not None else None,
    }


def _fix_record(fix: Fix) -> dict[str, Any]:
    edits = [{**span_record(edit.span), "text": edit.text} for edit in fix.edits]
    return {"title": fix.title, "safe": fix.safe, "edits": edits}


def span_record(span: Span) -> dict[str, Any]:
    """Return where a span is as plain data; the end is just past its last character."""
    begin, finish = span.begin, span.finish
    return {
        "path": span.path,
        "line": begin.line,
        "column": begin.column,
        "endLine": finish.line,
        "endColumn": finish.column,
    }
