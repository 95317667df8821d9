"""A query string differs from what devices report in case only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def query_string_case(subject: Entity | None, _params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where known devices report the value, and none of them with this case."""
    assert subject is not None
    query = subject.text("QueryString")
    values = observed(context).of(subject.text("Characteristic"))
    seen = values.find(query) if values is not None else None
    if values is not None and seen is not None and query not in values.spellings[fold(query)]:
        yield Finding(at(subject, "QueryString"), {"value": quoted(query), "reported": quoted(seen.text)})


PREDICATE = Predicate(
    name="query-string-case",
    params={"type": "object", "additionalProperties": False},
    placeholders=("value", "reported"),
    apply=query_string_case,
)
