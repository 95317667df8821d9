"""Exemptions as one HTML file: no network, readable without JavaScript, sortable with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import to_html
from policylint.phrases import capital, count
from policylint.render.exemptions.rows import verdict
from policylint.render.page.document import Head, document
from policylint.render.page.table import MOST_ROWS, Column, Part, table_section
from policylint.render.page.table import Row as TableRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.render.exemptions.rows import Row
    from policylint.render.facts import Facts

_COLUMNS = (
    Column("Who", find="Who or value"),
    Column("Exemption", "short"),
    Column("Value", find="Who or value"),
    Column("Reason"),
    Column("Ends", "short"),
    Column("Added", "short"),
    Column("Last used", "short"),
    Column("Now", "short"),
    Column("Where"),
)
_CHOICES = (("kind", "Exemption"), ("where", "Where"), ("owner", "Owner"))


def render_exemptions_html(rows: Sequence[Row], facts: Facts, *, full: bool) -> str:
    """Return the report, all ASCII; without `full`, what a browser shows at once."""
    shown = rows if full else rows[:MOST_ROWS]
    part = Part("exemptions", "Exemptions", count(len(rows), "exemption"), _COLUMNS, rows="exemption", choices=_CHOICES)
    section = table_section(part, [*map(_row, shown)], left=len(rows) - len(shown))
    return document(Head("Exemptions", capital(verdict(rows)), facts), [section])


def _row(row: Row) -> TableRow:
    found = row.found
    owner = f"owner: {row.note('owner')}" if row.note("owner") else ""
    choices = (("kind", (row.kind,)), ("where", (found.where,)), ("owner", (row.note("owner"),)))
    cells = (
        to_html(found.name),
        to_html(row.kind),
        to_html(row.value),
        _with(row.note("reason"), owner),
        to_html(row.ends),
        _with(row.since, row.by),
        to_html(found.last_used),
        to_html(found.state or ""),
        _with(found.where, row.place),
    )
    return TableRow(cells, choices)


def _with(text: str, more: str) -> str:
    """Return a text and what is said of it, below and dimmer."""
    return to_html(text) + (f' <span class="place">{to_html(more)}</span>' if more else "")
