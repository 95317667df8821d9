"""What has expired as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from policylint.analysis.exemptions import EndedComment, Exemption, Expiry


def expiry_record(
    found: Expiry, comments: Sequence[EndedComment], day: date, files: Sequence[str], *, written: bool
) -> dict[str, Any]:
    """Return what ended as plain data; `files` are those that change."""
    return {
        "format": "policylint-expire/1",
        "asOf": str(day),
        "written": written,
        "files": list(files),
        "ended": [_what(each.what) | {"why": each.why, "outcome": each.outcome} for each in found.ended],
        "kept": [_what(each.what) | {"why": each.why} for each in found.kept],
        "comments": [
            {
                "path": each.at.path,
                "line": each.at.begin.line,
                "rules": list(each.names),
                "why": each.why,
            }
            for each in comments
        ],
    }


def _what(what: Exemption) -> dict[str, Any]:
    span = what.span()
    return {
        "kind": what.entity.kind,
        "identity": what.entity.identity,
        "property": what.setting,
        "item": what.item,
        "expires": str(what.day) if what.day is not None else None,
        "path": span.path,
        "line": span.begin.line,
    }
