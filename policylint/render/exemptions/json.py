"""Exemptions as plain data."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from policylint.render.exemptions.rows import Row


def exemptions_record(rows: Iterable[Row], today: date) -> dict[str, Any]:
    """Return exemptions as plain data."""
    return {
        "format": "policylint-report-exemptions/1",
        "asOf": str(today),
        "exemptions": [
            {
                "kind": row.found.kind,
                "name": row.found.name,
                "property": row.found.what,
                "value": row.found.value,
                "owner": row.note("owner") or None,
                "reason": row.note("reason") or None,
                "expires": row.note("expires") or None,
                "daysLeft": row.days_left,
                "since": row.since or None,
                "by": row.by or None,
                "lastUsed": row.found.last_used or None,
                "state": row.found.state,
                "where": row.found.where,
                "path": row.found.at.path if row.found.at is not None else None,
                "line": row.found.at.begin.line if row.found.at is not None else None,
            }
            for row in rows
        ],
    }
