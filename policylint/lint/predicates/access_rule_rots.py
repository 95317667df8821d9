"""A device access rule on a value that changes with every update of the device."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from policylint.devices.observed import has_wildcard
from policylint.lint.facts import at
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.entity import Entity

_DIGIT = re.compile(r"[0-9]")

CONSEQUENCES: Mapping[str, str] = {
    "Allow": "a device that updates no longer matches and loses what this rule gives it",
    "Quarantine": "a device that updates no longer matches and gets what the other rules and the default say",
    "Block": "other versions do not match",
}
"""What an update means, by the level of the rule."""

STICKY = ("DeviceOS", "Block")
"""The characteristic and the level that hold on to a device after its update.

Source: a blocked device never gets to report its new system,
https://practical365.com/exchange-server/is-quarantine-smarter-than-block-for-activesync-device-access-rules/
"""


def access_rule_rots(subject: Entity | None, params: Mapping[str, Any], _context: Context) -> Iterator[Finding]:
    """Yield a finding where the characteristic is one that changes and the string holds a number."""
    assert subject is not None
    characteristic, query = subject.text("Characteristic"), subject.text("QueryString")
    if characteristic not in params["characteristics"] or not _DIGIT.search(query) or has_wildcard(query):
        return
    if fold(query) in {fold(value) for value in params["constant"]}:
        return
    consequence = CONSEQUENCES.get(subject.text("AccessLevel"), CONSEQUENCES["Quarantine"])
    if (characteristic, subject.text("AccessLevel")) == STICKY:
        consequence += ", and a device blocked by it may stay blocked after its update"
    values = {"value": quoted(query), "characteristic": characteristic, "consequence": consequence}
    yield Finding(at(subject, "QueryString"), values)


PREDICATE = Predicate(
    name="access-rule-rots",
    params={
        "type": "object",
        "additionalProperties": False,
        "required": ["characteristics", "constant"],
        "properties": {
            "characteristics": {"type": "array", "minItems": 1, "items": {"type": "string"}},
            "constant": {"type": "array", "items": {"type": "string"}},
        },
    },
    placeholders=("value", "characteristic", "consequence"),
    apply=access_rule_rots,
)
