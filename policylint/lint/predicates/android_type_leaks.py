"""A rule on the DeviceType Android, while other phones run Android too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.access.decide import STRICTNESS
from policylint.lint.facts import at, default_level, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, listed, quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def android_type_leaks(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at a rule on the type that is stricter than the default, unless the snapshot shows no leak."""
    assert subject is not None
    if subject.text("Characteristic") != "DeviceType" or fold(subject.text("QueryString")) != fold(params["type"]):
        return
    default = default_level(context)
    if default is None or STRICTNESS.get(subject.text("AccessLevel"), 0) <= STRICTNESS.get(default, 0):
        return
    seen = observed(context)
    others: dict[str, int] = {}
    for (kind, _, system, _), number in sorted(seen.classes.items(), key=lambda item: [part or "" for part in item[0]]):
        if kind is None or fold(kind) in {fold(params["type"]), "OUTLOOK"}:
            continue
        if system is not None and fold(system).startswith(fold(params["type"])):
            others[kind] = others.get(kind, 0) + number
    if seen.has_devices and not others:
        return
    names = listed((quoted(name) for name in sorted(others, key=lambda name: (-others[name], name))), 3)
    shown = f"{count(sum(others.values()), 'device')} in the snapshot are {names}" if others else "some makers do"
    yield Finding(at(subject, "QueryString"), {"value": quoted(subject.text("QueryString")), "others": shown})


PREDICATE = Predicate(
    name="android-type-leaks",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["type"],
        "properties": {"type": {"type": "string"}},
    },
    placeholders=("value", "others"),
    apply=android_type_leaks,
)
