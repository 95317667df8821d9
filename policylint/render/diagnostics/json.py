"""Findings as JSON, format `policylint-lint/1`."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Severity
from policylint.lint.fingerprint import fingerprints

if TYPE_CHECKING:
    from policylint.diagnostic import Diagnostic, Ignored
    from policylint.edits import Fix
    from policylint.lint.run import LintResult
    from policylint.lint.weakening import Weakening
    from policylint.source import Span

FORMAT = "policylint-lint/1"


def lint_record(result: LintResult) -> dict[str, Any]:
    """Return the findings, the numbers of those that are not shown, and what comments hide, as plain data."""
    found = result.diagnostics
    return {
        "format": FORMAT,
        "summary": {
            "files": result.files,
            **{str(severity): sum(each.severity is severity for each in found) for severity in Severity},
            "hidden": len(result.suppressed),
            "baseline": len(result.known),
            "earlier": len(result.earlier),
            "unselected": len(result.unselected),
        },
        "diagnostics": list(map(diagnostic_record, found)),
        "hidden": list(map(diagnostic_record, result.suppressed)),
        "base": result.base or None,
        "weakened": list(map(_weakening_record, result.weakened)),
    }


def _weakening_record(each: Weakening) -> dict[str, Any]:
    place = (each.span.path, each.span.begin.line) if each.span is not None else (None, None)
    return {
        "kind": each.kind,
        "name": each.name,
        "before": json.loads(each.before) if each.before else None,
        "after": json.loads(each.after) if each.after else None,
        "path": place[0],
        "line": place[1],
        "message": each.words,
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


def with_fingerprints(record: dict[str, Any], result: LintResult) -> dict[str, Any]:
    """Return the record of a result with what tells each finding apart whatever its line, as other formats have it."""
    found = (*result.diagnostics, *result.suppressed, *result.known)
    records = (*record["diagnostics"], *record["hidden"], *(record["baseline"] or {"known": ()})["known"])
    for each, fingerprint in zip(records, fingerprints(found), strict=True):
        each["fingerprint"] = fingerprint
    return record


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
        **({"ignored": _ignored_record(diagnostic.ignored)} if diagnostic.ignored is not None else {}),
    }


def _ignored_record(ignored: Ignored) -> dict[str, Any]:
    return {
        "reason": ignored.reason,
        "owner": ignored.owner or None,
        "until": ignored.until or None,
        "line": ignored.span.begin.line,
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
