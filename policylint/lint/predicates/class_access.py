"""A client that has to be named by a rule is not, or is not named as it should be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import access_model, at, is_declared
from policylint.lint.rule import Context, Finding, Predicate
from policylint.model.device import PROPERTIES
from policylint.phrases import listed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity

ONLINE, SERVER, HYBRID = "online", "server", "hybrid"


def class_access(_subject: Entity | None, params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield one finding with the clients that do not get what they should.

    `want: rule` asks that some rule decides wherever the default does not allow, `want: Block` that a rule blocks.
    None where rules or default are not known, and where Conditional Access decides about Outlook mobile.
    """
    situation = _situation(context)
    if context.desired.rules is None or (situation == ONLINE and context.config.conditional_access):
        return
    model = access_model(context)
    found: list[tuple[str, str]] = []
    for client in params["classes"]:
        if client["when"] != situation:
            continue
        values = [client.get(name) for name in PROPERTIES]
        decision = model.decide_class((values[0], values[1], values[2], values[3]))
        held = decision.step == "default" and decision.state != "Allowed"
        if held if params["want"] == "rule" else decision.state != "Blocked":
            found.append((client["name"], decision.state or ""))
    place = _place(context) if found else None
    if place is not None:
        yield Finding(place, {"clients": listed(name for name, _ in found), "state": found[0][1].lower()})


def _situation(context: Context) -> str:
    if context.config.edition == "exchange-online":
        return ONLINE
    return HYBRID if context.config.hybrid_modern_auth else SERVER


def _place(context: Context) -> Any:
    """Return the declared default level, else the first declared rule, else None."""
    organization = context.policy.state.organization
    if organization is not None and organization.origin.declares("DefaultAccessLevel"):
        return at(organization, "DefaultAccessLevel")
    rules = (rule for rule in (context.policy.state.rules or {}).values() if is_declared(rule))
    first = next(rules, None)
    return at(first) if first is not None else None


PREDICATE = Predicate(
    name="class-access",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["classes", "want"],
        "properties": {
            "want": {"enum": ["rule", "Block"]},
            "classes": {
                "type": "array",
                "minItems": 1,
                "items": {
                    "type": "object",
                    "additionalProperties": False,
                    "required": ["name", "when"],
                    "properties": {
                        "name": {"type": "string"},
                        "when": {"enum": [ONLINE, SERVER, HYBRID]},
                        "DeviceType": {"type": "string"},
                        "DeviceModel": {"type": "string"},
                        "DeviceOS": {"type": "string"},
                        "DeviceUserAgent": {"type": "string"},
                    },
                },
            },
        },
    },
    placeholders=("clients", "state"),
    apply=class_access,
)
