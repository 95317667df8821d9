"""A policy asks for settings that one client does not look at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import departs, known_settings
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def settings_ignored(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield one finding at the first setting that departs from its default and is not among the honoured ones."""
    assert subject is not None
    names = [
        setting.name
        for setting, _ in known_settings(context, subject)
        if setting.settable and setting.name not in params["honoured"] and departs(context, subject, setting.name)
    ]
    if names:
        values = {"settings": listed((f"`{name}`" for name in names), 3), "number": count(len(names), "setting")}
        yield Finding(subject.origin.key_span(names[0]), values)


PREDICATE = Predicate(
    name="settings-ignored",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["honoured"],
        "properties": {"honoured": {"type": "array", "items": {"type": "string"}}},
    },
    placeholders=("settings", "number"),
    apply=settings_ignored,
)
