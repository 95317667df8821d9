"""Settings are declared that have no effect without another one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Label
from policylint.lint.facts import at, departs, will_be
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import listed, show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def setting_without(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield one finding where `needs` is known to be other than `value`, and declared settings depart from default.

    It stands at `needs` where that is declared, else at the first setting without effect.
    """
    assert subject is not None
    needs = params["needs"]
    known, state = will_be(context, subject, needs)
    if not known or state == params["value"]:
        return
    moot = [name for name in params["settings"] if departs(context, subject, name)]
    if not moot:
        return
    places = [needs, *moot] if subject.origin.declares(needs) else moot
    related = tuple(Label(subject.origin.span(name), "has no effect") for name in places[1:4])
    values = {"needs": needs, "state": show(state), "settings": listed((f"`{name}`" for name in moot), 3)}
    yield Finding(at(subject, places[0]), values, related)


PREDICATE = Predicate(
    name="setting-without",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["needs", "value", "settings"],
        "properties": {
            "needs": {"type": "string"},
            "value": {},
            "settings": {"type": "array", "minItems": 1, "items": {"type": "string"}},
        },
    },
    placeholders=("needs", "state", "settings"),
    apply=setting_without,
)
