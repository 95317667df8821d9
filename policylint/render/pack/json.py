"""A pack as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.controls import OUTCOMES
from policylint.render.pack.view import findings_of

if TYPE_CHECKING:
    from policylint.lint.controls import Checked
    from policylint.render.facts import Facts
    from policylint.render.pack.view import PackReport


def pack_record(report: PackReport, facts: Facts) -> dict[str, Any]:
    """Return the report as plain data."""
    revision = report.revision
    return {
        "format": "policylint-report-pack/1",
        "tool": facts.tool,
        "pack": report.pack,
        "purpose": report.purpose,
        "asOf": str(report.today),
        "edition": facts.edition,
        "organization": facts.organization or None,
        "tenant": facts.tenant or None,
        "revision": {"commit": revision.commit, "modified": revision.modified} if revision is not None else None,
        "summary": {_key(outcome): report.number(outcome) for outcome in OUTCOMES},
        "controls": [_control(each) for each in report.controls],
    }


def _key(outcome: str) -> str:
    """Return an outcome as a key: `notKnown`."""
    first, *others = outcome.split()
    return first + "".join(word.capitalize() for word in others)


def _control(checked: Checked) -> dict[str, Any]:
    return {
        "rule": checked.rule.id,
        "control": checked.control.number if checked.control is not None else None,
        "title": checked.title,
        "severity": str(checked.rule.severity),
        "outcome": _key(checked.outcome),
        "why": checked.why,
        "checked": checked.objects,
        "findings": [
            {
                "standing": standing,
                "severity": str(each.severity),
                "message": each.message,
                "help": each.help,
                "path": each.span.path,
                "line": each.span.begin.line,
                "reason": each.ignored.reason if each.ignored is not None else None,
                "owner": (each.ignored.owner or None) if each.ignored is not None else None,
                "until": (each.ignored.until or None) if each.ignored is not None else None,
            }
            for standing, each in findings_of(checked)
        ],
    }
