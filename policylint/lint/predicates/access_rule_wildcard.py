"""A device access rule whose string holds what other programs take for a wildcard."""

from __future__ import annotations

import re
from fnmatch import translate
from typing import TYPE_CHECKING, Any

from policylint.devices.observed import MOST_SCANNED, ObservedValue, ObservedValues, has_wildcard, sample
from policylint.lint.facts import at, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity

_WILDCARD = re.compile(r"[*?]")


def access_rule_wildcard(subject: Entity | None, _params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the string holds `*` or `?` and no device reports it so, with the values it may mean."""
    assert subject is not None
    query = subject.text("QueryString")
    values = observed(context).of(subject.text("Characteristic"))
    if not has_wildcard(query) or (values is not None and values.find(query) is not None):
        return
    meant = _meant(values, query) if values is not None else []
    advice = f"write a rule for each value that is meant: {sample(meant)}" if meant else None
    yield Finding(at(subject, "QueryString"), {"value": quoted(query)}, help=advice)


def _meant(values: ObservedValues, query: str) -> list[ObservedValue]:
    """Return the known values that the pattern would stand for elsewhere, the most frequent first."""
    beginning = _WILDCARD.split(query)[0]
    candidates = values.starting_with(beginning) if beginning else values.frequent[:MOST_SCANNED]
    pattern = re.compile(translate(fold(query).replace("[", "[[]")))
    return [seen for seen in candidates if pattern.fullmatch(fold(seen.text))]


PREDICATE = Predicate(
    name="access-rule-wildcard",
    params={"type": "object", "additionalProperties": False},
    placeholders=("value",),
    apply=access_rule_wildcard,
)
