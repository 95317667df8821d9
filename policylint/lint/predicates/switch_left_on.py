"""One switch is off, and another that people take for the same is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, will_be
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def switch_left_on(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where `off` is declared false and `on` is not declared, unless it is known to be false."""
    assert subject is not None
    if subject.get(params["off"]) is not False or params["on"] in subject.settings:
        return
    known, value = will_be(context, subject, params["on"])
    if value is not False:
        state = f"is {show(value)}" if known else "is not declared"
        yield Finding(at(subject, params["off"]), {"state": state})


PREDICATE = Predicate(
    name="switch-left-on",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["off", "on"],
        "properties": {"off": {"type": "string"}, "on": {"type": "string"}},
    },
    placeholders=("state",),
    apply=switch_left_on,
)
