"""A mailbox is given a mobile device mailbox policy that there will not be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.desired.overlay import EXACT
from policylint.lint.facts import at
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity

SECTION = "mobileDeviceMailboxPolicies"


def policy_not_declared(subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding where the policy is neither declared nor live, or is live and will be removed.

    None where live policies are not known and may include it.
    """
    assert subject is not None
    reference = subject.get(params["field"])
    if not isinstance(reference, str) or context.desired.find_policy(reference) is not None:
        return
    live = context.snapshot.state.policies if context.snapshot is not None else None
    exact = context.config.manage.get(SECTION, EXACT) == EXACT
    if live is None and (context.policy.state.policies is None or not exact or fold(reference) == fold("Default")):
        return
    removed = context.snapshot is not None and context.snapshot.state.find_policy(reference) is not None
    state = "is not declared and will be removed" if removed else "is neither declared nor live"
    yield Finding(
        at(subject, params["field"]),
        {"value": quoted(reference), "state": state if live is not None else "is not declared"},
        help=_advice(reference, context),
    )


def _advice(reference: str, context: Context) -> str | None:
    from difflib import get_close_matches

    names = {fold(policy.identity): policy.identity for policy in (context.desired.policies or {}).values()}
    near = get_close_matches(fold(reference), names, n=1, cutoff=0.7)
    return f"did you mean {quoted(names[near[0]])}?" if near else None


PREDICATE = Predicate(
    name="policy-not-declared",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["field"],
        "properties": {"field": {"type": "string"}},
    },
    placeholders=("value", "state"),
    apply=policy_not_declared,
)
