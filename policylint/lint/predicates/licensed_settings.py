"""A policy departs from the defaults in settings that need a licence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import departs, known_settings
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def licensed_settings(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield one finding at the first such setting, with the names of all."""
    assert subject is not None
    names = [
        setting.name
        for setting, _ in known_settings(context, subject)
        if params["annotation"] in setting.schema["exchange"] and departs(context, subject, setting.name)
    ]
    if names:
        yield Finding(subject.origin.key_span(names[0]), {"settings": listed((f"`{name}`" for name in names), 3)})


PREDICATE = Predicate(
    name="licensed-settings",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["annotation"],
        "properties": {"annotation": {"enum": ["licence"]}},
    },
    placeholders=("settings",),
    apply=licensed_settings,
)
