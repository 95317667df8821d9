"""An object is past the day after which it should be gone."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def expired(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at the note of each declared object whose day is before today."""
    for entity in context.policy.state.entities():
        text = entity.notes.get(params["note"])
        day = _day(text) if text is not None else None
        if day is not None and day < context.today:
            ago = count((context.today - day).days, "day")
            yield Finding(at(entity, params["note"]), {"identity": show(entity.identity), "day": str(day), "ago": ago})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


PREDICATE = Predicate(
    name="expired",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["note"],
        "properties": {"note": {"type": "string"}},
    },
    placeholders=("day", "ago"),
    apply=expired,
)
