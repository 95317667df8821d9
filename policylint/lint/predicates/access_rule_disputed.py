"""Rules of different levels match one device by different characteristics."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from policylint.lint.facts import access_model, at, is_declared, label, observed
from policylint.lint.rule import Context, Finding, Predicate
from policylint.phrases import count, listed, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from policylint.model.device import DeviceClass
    from policylint.model.entity import Entity


class _Dispute:
    """A rule that stricter ones overrule: those, the devices of the snapshot, and one class of them."""

    def __init__(self, rule: Entity) -> None:
        self.rule = rule
        self.stricter: dict[str, Entity] = {}
        self.devices = 0
        self.example: DeviceClass | None = None


def access_rule_disputed(_subject: Entity | None, _params: Mapping[str, Any], context: Context) -> Iterator[Finding]:
    """Yield a finding at each rule that a stricter rule overrules for some known device.

    Where only the stricter rule is declared the finding stands there.
    """
    for dispute in _disputes(context).values():
        declared = [rule for rule in dispute.stricter.values() if is_declared(rule)]
        place = dispute.rule if is_declared(dispute.rule) else next(iter(declared), None)
        if place is None:
            continue
        others = [f"{quoted(rule.identity)} ({rule.text('AccessLevel')})" for rule in dispute.stricter.values()]
        values = ", ".join(quoted(value) for value in dispute.example or () if value is not None)
        devices = "a known device is"
        if dispute.devices:
            devices = f"{count(dispute.devices, 'device')} in the snapshot, such as"
        related = tuple(
            mark
            for rule in (*dispute.stricter.values(), dispute.rule)
            if rule is not place
            for mark in label(rule, "QueryString", f"matches them too: {rule.text('AccessLevel')}")
        )
        yield Finding(
            at(place, "QueryString"),
            {
                "rule": f"{quoted(dispute.rule.identity)} ({dispute.rule.text('AccessLevel')})",
                "others": listed(others, 2),
                "devices": f"{devices} {values}",
            },
            related[:5],
        )


def _disputes(context: Context) -> dict[str, _Dispute]:
    """Return the overruled rules by key, in the order of the device classes that show them."""
    model, seen = access_model(context), observed(context)
    found: dict[str, _Dispute] = {}
    unseen: list[tuple[DeviceClass, int]] = [((row[0], row[1], row[2], row[3]), 0) for row in seen.catalog]
    order = sorted(seen.classes.items(), key=lambda item: (-item[1], [value or "" for value in item[0]]))
    for device_class, devices in (*order, *unseen):
        matched = model.matching(device_class)
        if len(matched) < 2:
            continue
        level = matched[0].text("AccessLevel")
        for rule in matched:
            if rule.text("AccessLevel") == level:
                continue
            dispute = found.setdefault(rule.key, _Dispute(rule))
            dispute.devices += devices
            dispute.example = dispute.example or device_class
            for other in matched:
                if other.text("AccessLevel") == level:
                    dispute.stricter.setdefault(other.key, other)
    return found


PREDICATE = Predicate(
    name="access-rule-disputed",
    params={"type": "object", "additionalProperties": False},
    placeholders=("rule", "others", "devices"),
    apply=access_rule_disputed,
)
