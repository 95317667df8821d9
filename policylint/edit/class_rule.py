"""A rule that lets a class of devices in: the value it names, what it admits, and the law that it admits no other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.cohorts import cohorts_of
from policylint.access.describe import because
from policylint.analysis.compare import compare
from policylint.devices.contradictions import contradiction
from policylint.errors import RefusedError, UsageError
from policylint.model.access_rule import rule_identity, rule_key
from policylint.model.device import CHARACTERISTICS, PROPERTIES
from policylint.model.entity import Entity
from policylint.model.origin import Origin
from policylint.model.state import RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import listed, quoted
from policylint.text import fold

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from policylint.access.decide import AccessModel
    from policylint.analysis.compare import Region
    from policylint.model.device import Device, DeviceClass

_MODEL = PROPERTIES.index("DeviceModel")


class Admitted(NamedTuple):
    """What a rule lets in: devices of the snapshot in order, how many of those contradict themselves, catalog rows."""

    devices: tuple[Device, ...]
    contradicting: int
    known: int


class ClassRule(NamedTuple):
    """A rule that lets a class in, and what it lets in; `path` is the file that declares it."""

    rule: Entity
    admitted: Admitted | None = None
    path: str = ""


def class_rule(devices: Sequence[Device], facts: Mapping[str, str], notes: Mapping[str, str]) -> Entity:
    """Return the rule that lets devices in: on the value that a filter names, else on their model.

    Raises UsageError where that is not one value.
    """
    if len(facts) > 1:
        hint = "give one of --type, --model, --os and --agent"
        raise UsageError("a rule compares one value, and the filters name several", help=hint)
    place = PROPERTIES.index(next(iter(facts))) if facts else _MODEL
    seen = {fold(value): value for device in devices if (value := device.device_class[place])}
    values = list(seen.values()) or list(facts.values())
    if len(values) != 1 or any(not device.device_class[place] for device in devices):
        found = f"have {listed(map(quoted, sorted(values)), last=' or ')}" if values else "report none"
        hint = "name the value with --model, or another one with --type, --os or --agent"
        raise UsageError(f"a rule compares one {PROPERTIES[place]}, and these devices {found}", help=hint)
    characteristic, value = CHARACTERISTICS[place], values[0]
    settings = {"Characteristic": characteristic, "QueryString": value, "AccessLevel": "Allow"}
    identity, key = rule_identity(characteristic, value), rule_key(characteristic, value)
    return Entity(RULE, identity, key, settings, Origin(""), notes)


def require_new(rule: Entity, model: AccessModel) -> None:
    """Raise RefusedError where there is such a rule already."""
    there = model.state.of_kind(RULE).get(rule.key)
    if there is not None and not there.pattern:  # a rule that is written goes before those of a pattern
        place = str(there.at()) if there.is_declared else f"{there.origin.path}, live"
        reason = f"there is a rule {quoted(there.identity)} already: {there.text('AccessLevel')}, {place}"
        raise RefusedError(reason, help="nothing is written; change its AccessLevel there, or approve the IDs")


def admitted(
    rule: Entity, before: AccessModel, after: AccessModel, every: Iterable[Device], catalog: Iterable[DeviceClass]
) -> Admitted:
    """Return what a rule lets in. Raises RefusedError where that is nothing, or anything else changes.

    INVARIANT: of every device that there can be, only those that report the value are treated otherwise: let in.
    """
    found = compare(before, after, catalog=catalog)
    if not found.regions:
        reason = f"a rule {quoted(rule.identity)} would let no device in: other rules or settings decide before it"
        raise RefusedError(reason, help="nothing is written; `policylint why` shows which")
    for region in (*found.regions, *found.reasons):
        if not _is_of(rule, region) or (region in found.regions and region.after.state != "Allowed"):
            reason = "this edit would change the access of devices that do not report the value"
            raise RefusedError(reason, help="nothing is written; edit the file by hand")
    index = cohorts_of(every, (before, after))
    changed = {
        number
        for number, cohort in enumerate(index.cohorts)
        if not before.decide(cohort.representative).same_outcome(after.decide(cohort.representative))
    }
    devices = tuple(index.members(changed))
    contradicting = sum(contradiction(each.device_class, each.client_type) is not None for each in devices)
    return Admitted(devices, contradicting, sum(region.known for region in found.regions))


def _is_of(rule: Entity, region: Region) -> bool:
    """Return whether every device of a region reports the value of a rule."""
    values = region.values[CHARACTERISTICS.index(rule.text("Characteristic"))]
    return not values.includes_unnamed and {*map(fold, values.named)} == {fold(rule.text("QueryString"))}


def require_decides(rule: Entity, devices: Iterable[Device], after: AccessModel) -> None:
    """Raise RefusedError where a rule does not decide about one of some devices."""
    for device in devices:
        decision = after.decide(device)
        if decision.state != "Allowed":
            name = f"{device.device_id or 'a device'}{f' of {device.owner}' if device.owner else ''}"
            reason = f"a rule {quoted(rule.identity)} would not let in {name}: {because(decision)}"
            raise RefusedError(reason, help="nothing is written; approve the IDs instead")
