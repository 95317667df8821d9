"""A device access rule whose string no known device reports."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.devices.confusables import is_odd
from policylint.devices.observed import Observed, ObservedValues, has_wildcard, sample
from policylint.lint.facts import at, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def access_rule_matches_nothing(
    subject: Entity | None, _params: Mapping[str, Any], context: Context
) -> Iterator[Finding]:
    """Yield a finding where neither snapshot nor catalog has the string, with the values that may be meant.

    Wildcards and odd strings are left to the rules about those. Without devices to look at, a string that has the
    shape of a known value is taken on trust unless a known value is nearly the same.
    """
    assert subject is not None
    characteristic, query = subject.text("Characteristic"), subject.text("QueryString")
    seen = observed(context)
    values = seen.of(characteristic)
    if values is None or values.find(query) is not None or has_wildcard(query) or is_odd(query):
        return
    hints = tuple(_hints(seen, values, characteristic, query))
    if not hints and not seen.has_devices and values.is_plausible(query):
        return
    advice = "; ".join(hints) or None
    yield Finding(
        at(subject, "QueryString"),
        {"value": quoted(query), "characteristic": characteristic, "places": seen.sources_phrase},
        help=advice,
    )


def _hints(seen: Observed, values: ObservedValues, characteristic: str, query: str) -> Iterator[str]:
    """Yield what may be meant, the likeliest first."""
    alike = values.alike(query)
    if alike is not None:
        yield f"devices report {alike}: every space and sign counts"
        return
    elsewhere = [
        f"{name} of {count(found.devices, 'device')}" if found.devices else name
        for name, found in seen.elsewhere(characteristic, query)
    ]
    if elsewhere:
        yield f"{quoted(query)} is a {listed(elsewhere)}: compare that characteristic instead"
    longer = values.starting_with(query) if len(query) > 1 else []
    longer = [found for found in longer if found.devices] or longer
    if longer:
        devices = sum(found.devices for found in longer)
        total = f", {count(devices, 'device')} in all" if devices and len(longer) > 1 else ""
        yield f"rules compare whole values; these begin with it{total}: {sample(longer)}"
    if not elsewhere and not longer and (near := values.mistyped(query)) is not None:
        yield f"did you mean {near}?"


PREDICATE = Predicate(
    name="access-rule-matches-nothing",
    params={"type": "object", "additionalProperties": False},
    placeholders=("value", "characteristic", "places"),
    apply=access_rule_matches_nothing,
)
