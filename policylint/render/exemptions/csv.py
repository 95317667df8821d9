"""Exemptions as CSV: one row each, for spreadsheets and scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.render.simulation.csv import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from policylint.render.exemptions.rows import Row

COLUMNS = (
    *("name", "kind", "value", "owner", "reason", "expires", "daysLeft", "since", "by"),
    *("lastUsed", "state", "where", "place"),
)


def render_exemptions_csv(rows: Iterable[Row]) -> str:
    """Return one row an exemption."""
    return csv_text(
        COLUMNS,
        (
            (
                *(row.found.name, row.kind, row.value, row.note("owner"), row.note("reason"), row.note("expires")),
                *(row.days_left if row.days_left is not None else "", row.since, row.by),
                *(row.found.last_used, row.found.state or "", row.found.where, row.place),
            )
            for row in rows
        ),
    )
