"""Two policies are declared to be the default one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import at, label
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity


def two_defaults(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at every declared default but the first."""
    name = params["field"]
    defaults = [policy for policy in (context.policy.state.policies or {}).values() if policy.get(name) is True]
    for policy in defaults[1:]:
        values = {"identity": policy.identity, "first": quoted(defaults[0].identity)}
        yield Finding(at(policy, name), values, label(defaults[0], name, "the first default"))


PREDICATE = Predicate(
    name="two-defaults",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["field"],
        "properties": {"field": {"type": "string"}},
    },
    placeholders=("first",),
    apply=two_defaults,
)
