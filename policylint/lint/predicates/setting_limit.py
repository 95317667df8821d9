"""A setting is not what a baseline asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, will_be
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import show
from policylint.schema.values import UNLIMITED, timespan_seconds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity, Value


def setting_limit(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the setting will not meet the requirement, or where it is not known what it will be.

    `value` is compared by `operator`: eq equal, ge at least, le at most. Unlimited is more than any number, null
    less than any.
    """
    assert subject is not None
    name = params["field"]
    known, value = will_be(context, subject, name)
    if known and _meets(value, params["operator"], params["value"]):
        return
    state = f"is {show(value)}" if known else "is not declared"
    yield Finding(at(subject, name), {"state": state, "value": show(params["value"])})


def _meets(value: Value, operator: str, wanted: Value) -> bool:
    if operator == "eq":
        return value == wanted
    number, limit = _number(value), _number(wanted)
    return number >= limit if operator == "ge" else number <= limit


def _number(value: Value) -> float:
    if value == UNLIMITED:
        return float("inf")
    if isinstance(value, str):
        seconds = timespan_seconds(value)
        return float("-inf") if seconds is None else seconds
    return value if isinstance(value, int) else float("-inf")


PREDICATE = Predicate(
    name="setting-limit",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["field", "operator", "value"],
        "properties": {"field": {"type": "string"}, "operator": {"enum": ["eq", "ge", "le"]}, "value": {}},
    },
    placeholders=("state", "value"),
    apply=setting_limit,
)
