"""The parts that the generated pages are made of, as Markdown."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def page(*parts: str) -> str:
    """Return a page of some parts, an empty line between two of them; empty parts are left out."""
    return "\n\n".join(part.strip("\n") for part in parts if part) + "\n"


def generated_from(source: str) -> str:
    """Return the line below the heading of a page that is generated."""
    return f"*Generated from {source} by `python -m tools.docs`; do not edit.*"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table; `escape` is for the caller, since a cell may hold Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell or ' ' for cell in line)} |".replace("|  ", "| ") for line in lines)


def escape(text: str) -> str:
    """Return a text in which nothing is taken for a table's bar or for HTML."""
    return text.replace("|", "\\|").replace("<", "&lt;")
