"""What decides about a device as a cell, with its place."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.describe import because, location
from policylint.escape import to_html
from policylint.render.facts import local
from policylint.render.page.words import word_link

if TYPE_CHECKING:
    from policylint.access.decision import Decision


def cause_cell(decision: Decision) -> str:
    """Return why a decision is what it is, where the setting that decides is, and whether it is disputed."""
    mark = f' <a class="mark" href="{word_link("disputed")}">disputed</a>' if decision.disputed else ""
    return to_html(because(decision)) + place(decision) + mark


def place(decision: Decision) -> str:
    """Return where the setting that decides is, with what its entry with `matches` names; empty where it is nowhere."""
    words = local(location(decision)) + (f", from matches: {decision.pattern}" if decision.pattern else "")
    return f' <code class="place">{to_html(words)}</code>' if words else ""
