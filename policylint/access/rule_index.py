"""The device access rules and the default level of a configuration, made ready to decide about device classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.decision import AccessState, Decision
from policylint.access.request import SPECIFIC, STRICTEST
from policylint.model.device import CHARACTERISTICS, DeviceClass
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from policylint.model.entity import Entity

STATE_OF_LEVEL: Mapping[str, AccessState] = {"Allow": "Allowed", "Quarantine": "Quarantined", "Block": "Blocked"}
"""What a device gets from a rule or default of a level."""

STRICTNESS: Mapping[str, int] = {"Allow": 0, "Quarantine": 1, "Block": 2}
"""Of the rules that match one device, the strictest level decides."""


class RuleIndex:
    """Rules by characteristic and folded value. What a device class gets is decided once."""

    def __init__(self, rules: Iterable[Entity], organization: Entity | None, precedence: str = STRICTEST) -> None:
        self.tables: tuple[dict[str, Entity], ...] = tuple({} for _ in CHARACTERISTICS)
        self.unsimulated: dict[str, Entity] = {}
        self._organization = organization
        self._precedence = precedence
        self._classes: dict[DeviceClass, Decision] = {}
        for rule in rules:
            self.put(rule)

    def put(self, rule: Entity) -> None:
        """Add a rule, or replace the one of the same characteristic and string."""
        self._classes.clear()
        self._table(rule)[self._key(rule)] = rule

    def remove(self, rule: Entity) -> None:
        """Take a rule away."""
        self._classes.clear()
        self._table(rule).pop(self._key(rule), None)

    def copy(self) -> RuleIndex:
        """Return an index of the same rules that can be changed on its own."""
        other = RuleIndex((), self._organization, self._precedence)
        other.tables = tuple(dict(table) for table in self.tables)
        other.unsimulated = dict(self.unsimulated)
        return other

    def _table(self, rule: Entity) -> dict[str, Entity]:
        """Return the table that a rule belongs in; no device record shows what the unsimulated ones compare."""
        characteristic = rule.text("Characteristic")
        if characteristic in CHARACTERISTICS:
            return self.tables[CHARACTERISTICS.index(characteristic)]
        return self.unsimulated

    def _key(self, rule: Entity) -> str:
        return fold(rule.text("QueryString")) if rule.text("Characteristic") in CHARACTERISTICS else rule.key

    def rule_for(self, place: int, value: str) -> Entity | None:
        """Return the rule of the characteristic at a place of a class that names a value, None where there is none."""
        return self.tables[place].get(fold(value))

    def named_in(self, device_class: DeviceClass) -> DeviceClass:
        """Return a class without the values that no rule names: what is decided about both is the same."""
        kind, model, system, agent = (
            value if value is not None and fold(value) in table else None
            for table, value in zip(self.tables, device_class, strict=True)
        )
        return kind, model, system, agent

    def matching(self, device_class: DeviceClass) -> tuple[Entity, ...]:
        """Return the rules that match, the one that decides first: by level, or by characteristic."""
        found = [
            rule
            for table, value in zip(self.tables, device_class, strict=True)
            if value is not None and (rule := table.get(fold(value))) is not None
        ]
        if len(found) < 2:
            return tuple(found)
        if self._precedence == SPECIFIC:
            return tuple(reversed(found))
        return tuple(sorted(found, key=lambda rule: -STRICTNESS.get(rule.text("AccessLevel"), 0)))

    def decide(self, device_class: DeviceClass) -> Decision:
        """Return the decision of rules and default level about a device class."""
        known = self._classes.get(device_class)
        if known is None:
            known = self._classes[device_class] = self._with_unsimulated(self._decide(device_class))
        return known

    def _decide(self, device_class: DeviceClass) -> Decision:
        matched = self.matching(device_class)
        if not matched:
            return self._by_default()
        level = matched[0].text("AccessLevel")
        disputed = any(rule.text("AccessLevel") != level for rule in matched)
        return Decision(
            state=STATE_OF_LEVEL.get(level),
            reason="DeviceRule",
            step=f"rule-{level.lower()}",
            decided_by=matched[0],
            setting="AccessLevel",
            disputed=disputed,
            matched=matched,
            notes=(
                *_unknown_level(level, matched[0].identity),
                *((_DISPUTED[self._precedence],) if disputed else ()),
            ),
        )

    def _by_default(self) -> Decision:
        organization = self._organization
        level = organization.text("DefaultAccessLevel") if organization is not None else ""
        if not level:
            note = (
                "DefaultAccessLevel is neither declared nor in a snapshot: an untouched organization's Allow is assumed"
            )
            return Decision(state="Allowed", reason="Global", step="default", decided_by=organization, notes=(note,))
        return Decision(
            state=STATE_OF_LEVEL.get(level),
            reason="Global",
            step="default",
            decided_by=organization,
            setting="DefaultAccessLevel",
            notes=_unknown_level(level, "DefaultAccessLevel"),
        )

    def _with_unsimulated(self, decision: Decision) -> Decision:
        """Say so where a rule on a characteristic that no record shows could decide otherwise."""
        level = next((level for level, state in STATE_OF_LEVEL.items() if state == decision.state), "Allow")
        notes = tuple(
            f"{rule.identity} is not decided here: no device record shows {rule.text('Characteristic')}"
            for rule in self.unsimulated.values()
            if decision.step == "default" or STRICTNESS.get(rule.text("AccessLevel"), 0) > STRICTNESS[level]
        )
        return decision._replace(notes=decision.notes + notes) if notes else decision


def _unknown_level(level: str, where: str) -> tuple[str, ...]:
    """Return a note where an access level is not one that Exchange documents: what it means is not known."""
    return () if level in STATE_OF_LEVEL else (f"what the access level `{level}` of {where} means is not known",)


_DISPUTED = {
    STRICTEST: "rules of different levels match: decided by Microsoft's order (Block, Quarantine, Allow); whether it"
    " holds for rules on different characteristics is not documented",
    SPECIFIC: "rules of different levels match: decided by the most specific characteristic, as `precedence` says;"
    " Microsoft's order is Block, Quarantine, Allow",
}
