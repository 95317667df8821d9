"""Questions about the default access level and what goes with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Label
from policylint.lint.parameters import many, mapping, one_of, optional, setting, text
from policylint.lint.predicate import Finding, Varying, entity_predicate, policy_predicate
from policylint.model.device import PROPERTIES
from policylint.model.state import ORGANIZATION
from policylint.phrases import listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity
    from policylint.source import Span

ONLINE, SERVER, HYBRID = "online", "server", "hybrid"
QUARANTINE = "Quarantine"
CLIENT = {
    "name": text("what the message calls it"),
    "when": one_of("where mailboxes are, and how clients sign in", ONLINE, SERVER, HYBRID),
    **{name: optional(text("a value that it reports")) for name in PROPERTIES},
}
CLIENTS = (
    "the clients: each with a `name` for the message, with `when`, and with values of the properties of a device; "
    f"`when` is `{ONLINE}`, `{SERVER}`, or `{HYBRID}` for hybrid modern authentication"
)


def _unseen_access(_kind: str, _params: Params, facts: Facts) -> str:
    known = facts.knows_rules and facts.default_level is not None
    return "" if known else "the default access level or the rules are not known"


def _unseen_recipients(_kind: str, params: Params, facts: Facts) -> str:
    organization = facts.desired.organization
    if organization is None or not facts.knows(facts.declared.organization, organization, params["recipients"]):
        return f"{quoted(params['recipients'])} was not read"
    return _unseen_access(_kind, params, facts)


@policy_predicate(
    params={
        "want": one_of(
            "that some rule decides wherever the default does not allow, or that a rule blocks", "rule", "Block"
        ),
        "classes": many(mapping(CLIENTS, CLIENT)),
    },
    placeholders={
        "clients": "the clients that do not",
        "state": "what the first of them gets: allowed, quarantined or blocked",
    },
    needs_whole=True,
    unseen=_unseen_access,
)
def class_access(params: Params, facts: Facts) -> Findings:
    """Find clients that do not get the access they should, at the default level or the first rule.

    It finds nothing if rules or default are not known, or where Conditional Access decides about Outlook mobile.
    """
    situation = _situation(facts)
    if not facts.knows_rules or (situation == ONLINE and facts.config.conditional_access):
        return
    found: list[tuple[str, str]] = []
    for client in params["classes"]:
        if client["when"] != situation:
            continue
        values = [client.get(name) for name in PROPERTIES]
        decision = facts.access.decide_class((values[0], values[1], values[2], values[3]))
        if decision.state is None or (decision.step == "default" and facts.default_level is None):
            continue
        held = decision.step == "default" and decision.state != "Allowed"
        if held if params["want"] == "rule" else decision.state != "Blocked":
            found.append((client["name"], decision.state or ""))
    span = _first_of_access(facts) if found else None
    if span is not None:
        yield Finding(span, {"clients": listed(name for name, _ in found), "state": found[0][1].lower()})


def _situation(facts: Facts) -> str:
    if facts.config.edition == "exchange-online":
        return ONLINE
    return HYBRID if facts.config.hybrid_modern_auth else SERVER


def _first_of_access(facts: Facts) -> Span | None:
    """Return the declared default level, else the first declared rule, else None."""
    organization = facts.declared.organization
    if organization is not None and organization.origin.declares("DefaultAccessLevel"):
        return organization.at("DefaultAccessLevel")
    rules = (rule.at() for rule in (facts.declared.rules or {}).values() if rule.is_declared)
    return next(rules, None)


@policy_predicate(
    params={"recipients": setting("the setting with the people who are told", ORGANIZATION)},
    placeholders={"by": "the first thing that quarantines", "why": Varying("why nobody is told")},
    needs_whole=True,
    unseen=_unseen_recipients,
)
def quarantine_unattended(params: Params, facts: Facts) -> Findings:
    """Find a quarantine that notifies nobody: the list of people is empty, or not known without a snapshot.

    It finds nothing if a snapshot lacks the list. The predicate is certain where the list is known.
    """
    organization, recipients = facts.desired.organization, params["recipients"]
    declared = facts.declared.organization
    is_known = organization is not None and facts.knows(declared, organization, recipients)
    if (organization is not None and organization.get(recipients)) or (facts.snapshot is not None and not is_known):
        return
    if not is_known and declared is not None and recipients in declared.settings:
        return  # what else the live list has is not known
    causes = tuple(_causes(facts))
    if not causes:
        return
    if organization is not None and organization.origin.declares(recipients):
        span: Span | None = organization.at(recipients)
    else:
        span = next((span for _, span in causes if span is not None), None)
    if span is not None:
        related = [Label(other, f"{who} quarantines") for who, other in causes if other not in (None, span)][:3]
        why = "is empty" if is_known else "is not declared, and there is no snapshot"
        yield Finding(span, {"by": causes[0][0], "why": why}, tuple(related), certain=is_known)


def _causes(facts: Facts) -> Iterator[tuple[str, Span | None]]:
    """Yield in words what quarantines devices, with where it is declared."""
    organization = facts.desired.organization
    if organization is not None and facts.default_level == QUARANTINE:
        declared = organization.origin.declares("DefaultAccessLevel")
        yield "the default access level", organization.at("DefaultAccessLevel") if declared else None
    for rule in (facts.desired.rules or {}).values():
        if rule.text("AccessLevel") == QUARANTINE:
            yield quoted(rule.identity), rule.at("AccessLevel") if rule.is_declared else None


@entity_predicate(
    ORGANIZATION,
    params={
        "field": setting("the text that is sent"),
        "level": one_of("the level that it is sent for", "Allow", "Block", "Quarantine"),
    },
    needs_whole=True,
)
def level_unused(organization: Entity, params: Params, facts: Facts) -> Findings:
    """Find a text for an access level that neither the default nor any rule has.

    It finds nothing if default or rules are not known.
    """
    levels = facts.levels
    if organization.get(params["field"]) and levels is not None and params["level"] not in levels:
        yield Finding(organization.at(params["field"]))
