"""A device access rule compares a value with the wrong characteristic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.devices.observed import ObservedValue
    from policylint.model.entity import Entity

RARE = 5
"""How many times more catalog rows another characteristic must have."""


def value_of_other_characteristic(
    subject: Entity | None, _params: Mapping[str, Any], context: Context
) -> Iterator[Finding]:
    """Yield a finding where devices mostly report the value as another characteristic.

    What no known device reports as the rule's own characteristic is found by access-rule-matches-nothing.
    """
    assert subject is not None
    characteristic, query = subject.text("Characteristic"), subject.text("QueryString")
    seen = observed(context)
    values = seen.of(characteristic)
    own = values.find(query) if values is not None else None
    if own is None:
        return
    name, other = min(seen.elsewhere(characteristic, query), key=lambda item: item[1].order, default=("", None))
    if other is not None and _is_rather(own, other):
        where = f"{count(other.devices, 'device')} in the snapshot" if other.devices else "the catalog"
        values_found = {"value": quoted(query), "characteristic": characteristic, "other": name, "where": where}
        yield Finding(at(subject, "QueryString"), values_found)


def _is_rather(own: ObservedValue, other: ObservedValue) -> bool:
    if own.devices or other.devices:
        return not own.devices
    return own.rows * RARE < other.rows


PREDICATE = Predicate(
    name="value-of-other-characteristic",
    params={"type": "object", "additionalProperties": False},
    placeholders=("value", "characteristic", "other", "where"),
    apply=value_of_other_characteristic,
)
