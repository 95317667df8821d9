"""A mailbox allows devices that nothing keeps out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, default_level
from policylint.lint.rule import Context, Finding, Predicate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def exemption_without_effect(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at a declared list of allowed devices while the default and every rule allow."""
    assert subject is not None
    rules = context.desired.rules
    if not subject.items(params["list"]) or default_level(context) != "Allow" or rules is None:
        return
    stricter = context.cache.get("stricter")
    if stricter is None:
        stricter = context.cache["stricter"] = any(rule.text("AccessLevel") != "Allow" for rule in rules.values())
    if not stricter:
        yield Finding(at(subject, params["list"]))


PREDICATE = Predicate(
    name="exemption-without-effect",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["list"],
        "properties": {"list": {"type": "string"}},
    },
    placeholders=(),
    apply=exemption_without_effect,
)
