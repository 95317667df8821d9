"""Devices can be quarantined, and nobody is told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.diagnostic import Label
from policylint.lint.facts import at, default_level, is_declared
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity
    from policylint.source import Span

LEVEL = "Quarantine"


def quarantine_unattended(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield one finding where a level is Quarantine and the list of recipients is empty or not known."""
    organization = context.desired.organization
    recipients = organization.settings.get(params["recipients"]) if organization is not None else None
    if recipients:
        return
    causes = tuple(_causes(context))
    if not causes:
        return
    declared = organization is not None and organization.origin.declares(params["recipients"])
    if declared:
        assert organization is not None
        place: Span | None = at(organization, params["recipients"])
    else:
        place = next((span for _, span in causes if span is not None), None)
    if place is None:
        return
    related = tuple(Label(span, f"{who} quarantines") for who, span in causes if span is not None and span != place)[:3]
    known = recipients is not None or context.snapshot is not None
    why = "is empty" if known else "is not declared, and there is no snapshot"
    yield Finding(place, {"by": causes[0][0], "why": why}, related)


def _causes(context: Context) -> Iterator[tuple[str, Span | None]]:
    organization = context.desired.organization
    if organization is not None and default_level(context) == LEVEL:
        declared = organization.origin.declares("DefaultAccessLevel")
        yield "the default access level", at(organization, "DefaultAccessLevel") if declared else None
    for rule in (context.desired.rules or {}).values():
        if rule.text("AccessLevel") == LEVEL:
            yield quoted(rule.identity), at(rule, "AccessLevel") if is_declared(rule) else None


PREDICATE = Predicate(
    name="quarantine-unattended",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["recipients"],
        "properties": {"recipients": {"type": "string"}},
    },
    placeholders=("by", "why"),
    apply=quarantine_unattended,
)
