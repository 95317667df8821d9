"""Exemptions as text: the verdict, then a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.render.exemptions.rows import verdict
from policylint.render.phrases import left_out, state_words
from policylint.render.style import Column, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from policylint.render.exemptions.rows import Row
    from policylint.render.style import Style

MOST_ROWS = 100
_COLUMNS = ("who", "exemption", "last used", "now", "ends", "declared")


def render_exemptions(rows: Sequence[Row], *, style: Style, full: bool) -> str:
    """Return exemptions as text; without `full`, what a few screens take."""
    shown = rows if full else rows[:MOST_ROWS]
    lines = [style.paint(verdict(rows), "bold"), ""]
    cells = [
        (
            row.found.name,
            f"{row.kind} {row.value}".rstrip(),
            row.found.last_used.partition("T")[0],
            state_words(row.found.state) if row.found.state is not None else "",
            row.ends,
            _declared(row),
        )
        for row in shown
    ]
    text = "\n".join(lines) + "\n" + table(cells, [Column(title) for title in _COLUMNS], screen=style.screen)
    return (
        text + (f"{left_out(len(rows) - len(shown))}\n" if len(rows) > len(shown) else "") if rows else lines[0] + "\n"
    )


def _declared(row: Row) -> str:
    """Return where it is declared, since when, by whom, for whom and why; or that it is only live."""
    if row.found.at is None:
        return "only live"
    who = " by ".join(filter(None, (row.since, row.by)))
    notes = [f"{name}: {row.note(name)}" for name in ("owner", "reason") if row.note(name)]
    where = row.found.where if row.found.where == "only declared" else ""
    return "; ".join(filter(None, (row.place, who, *notes, where)))
