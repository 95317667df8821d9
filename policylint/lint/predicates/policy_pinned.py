"""A mailbox names the default policy instead of following it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def policy_pinned(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the declared policy is the one that will be the default."""
    assert subject is not None
    reference, default = subject.get(params["field"]), context.desired.default_policy
    if isinstance(reference, str) and default is not None and context.desired.find_policy(reference) is default:
        yield Finding(at(subject, params["field"]), {"value": quoted(reference)})


PREDICATE = Predicate(
    name="policy-pinned",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["field"],
        "properties": {"field": {"type": "string"}},
    },
    placeholders=("value",),
    apply=policy_pinned,
)
