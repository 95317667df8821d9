"""Exemptions as one HTML file: no network, readable without JavaScript, sortable with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.escape import to_html
from policylint.phrases import count
from policylint.render.exemptions.rows import verdict
from policylint.render.simulation.html import MOST_ROWS, Part, document, facts_of, section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.render.exemptions.rows import Row
    from policylint.render.simulation.html import About

_COLUMNS = ("Who", "Exemption", "Value", "Owner", "Reason", "Ends", "Since", "By", "Last used", "Now", "Where", "Place")


def render_exemptions_html(rows: Sequence[Row], about: About, *, full: bool) -> str:
    """Return the report, all ASCII; without `full`, what a browser shows at once."""
    shown = rows if full else rows[:MOST_ROWS]
    title = f"Exemptions: {verdict(rows)}"
    head = f"<h1>{to_html(title)}</h1>\n<p>{facts_of(about)}</p>\n"
    part = Part("exemptions", "Exemptions", count(len(rows), "exemption"), _COLUMNS, frozenset(), rows="exemptions")
    table = section(part, shown, _cells, left=len(rows) - len(shown))
    return document(title, head, [table], about)


def _cells(row: Row) -> Sequence[str]:
    found = row.found
    cells = (found.name, row.kind, row.value, row.note("owner"), row.note("reason"), row.ends, row.since, row.by)
    return tuple(map(to_html, (*cells, found.last_used, found.state or "", found.where, row.place)))
