"""Questions about the devices of the snapshot that a policy lets in or keeps out otherwise than it seems."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.access.rule_index import STRICTNESS
from policylint.devices.contradictions import Contradiction, contradiction
from policylint.lint.facts import is_below
from policylint.lint.parameters import setting, text
from policylint.lint.predicate import Finding, Varying, entity_predicate, policy_predicate
from policylint.model.state import MAILBOX, ORGANIZATION, RULE
from policylint.named_tuple import NamedTuple
from policylint.phrases import count, listed, quoted, show
from policylint.text import fold, version_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.device import Device
    from policylint.model.entity import Entity

STRING, DEFAULT = "QueryString", "DefaultAccessLevel"


class _Doubtful(NamedTuple):
    """What lets devices in whose values contradict each other: how many, and what contradicts what in the first."""

    by: Entity
    found: Contradiction
    devices: int


@policy_predicate(
    placeholders={
        "by": "what lets them in",
        "devices": Varying("how many devices there are, with the verb"),
        "words": Varying("what contradicts what in one of them"),
    },
    needs_snapshot=True,
)
def contradicting_device_admitted(_params: Params, facts: Facts) -> Findings:
    """Find each rule, or the default level, that lets in devices whose values contradict each other.

    A device that is kept out by something else, or that a list of its mailbox lets in, is not counted.
    """
    for each in _doubtful(facts):
        if not each.by.is_declared:
            continue
        verb = "reports" if each.devices == 1 else "report"
        words = f"{each.found.name} {quoted(each.found.value)}, but {each.found.other} {quoted(each.found.other_value)}"
        by = quoted(each.by.identity) if each.by.kind == RULE else "the default access level"
        values = {"by": by, "devices": f"{count(each.devices, 'device')} that {verb}", "words": words}
        yield Finding(each.by.at(STRING if each.by.kind == RULE else DEFAULT), values, subject=each.by)


def _doubtful(facts: Facts) -> list[_Doubtful]:
    found: dict[tuple[str, str], _Doubtful] = {}
    kinds = facts.snapshot.devices.kinds() if facts.snapshot is not None else ()
    if not any(_is_let_in(kind.representative, facts) and _contradiction(kind.representative) for kind in kinds):
        return []  # mostly so: which mailboxes have such devices need not be known
    kinds_of = ((device, number, _contradiction(device)) for device, number in facts.outcomes.kinds)
    doubts = [(doubt, number, facts.access.decide(device)) for device, number, doubt in kinds_of if doubt is not None]
    for doubt, number, given in sorted(doubts, key=lambda each: (-each[1], each[0])):
        by = given.decided_by
        if given.state != "Allowed" or by is None or by.kind not in {RULE, ORGANIZATION}:
            continue
        known = found.get((by.kind, by.key), _Doubtful(by, doubt, 0))
        found[by.kind, by.key] = known._replace(devices=known.devices + number)
    return list(found.values())


def _is_let_in(device: Device, facts: Facts) -> bool:
    """Return whether a rule or the default level lets in what reports the same as a device."""
    return facts.access.decide_class(device.device_class).state == "Allowed"


def _contradiction(device: Device) -> Contradiction | None:
    return contradiction(device.device_class, device.client_type)


@entity_predicate(
    RULE,
    params={"below": text("the version of Exchange ActiveSync below which a device is refused")},
    placeholders={
        "value": "the query string",
        "devices": Varying("how many devices the rule matches"),
        "below": "the version below which a device is refused",
    },
    needs_snapshot=True,
)
def access_rule_for_refused(rule: Entity, params: Params, facts: Facts) -> Findings:
    """Find a rule that allows, and whose devices in the snapshot all use a version of ActiveSync that is refused."""
    if rule.text("AccessLevel") != "Allow":
        return
    seen, limit = facts.seen_by(rule), version_of(params["below"])
    if seen and limit is not None and all(is_below(each.representative, limit) for each in seen):
        devices = count(sum(each.size for each in seen), "device")
        yield Finding(
            rule.at(STRING), {"value": quoted(rule.text(STRING)), "devices": devices, "below": params["below"]}
        )


@entity_predicate(
    MAILBOX,
    params={"list": setting("the list of blocked IDs")},
    placeholders={"value": "the ID", "others": Varying("the other mailboxes that let the device in")},
    needs_snapshot=True,
    declares=lambda params: (params["list"],),
)
def blocked_device_elsewhere(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each blocked ID of a device of the mailbox that syncs with another mailbox too, which lets it in.

    An ID that several clients may share, as more than three mailboxes have it, is not found.
    """
    if not mailbox.origin.declares(params["list"]) or not mailbox.items(params["list"]):
        return
    key = facts.desired_of(mailbox).key
    devices = facts.devices_of(key)
    for index, item in enumerate(mailbox.items(params["list"])):
        owners = facts.owners.get(fold(item), ())
        if not 1 < len(owners) <= _MOST_OWNERS or not any(_has(each, item) for each in devices):
            continue
        others = [
            owner for owner in owners for other in _keys(owner, facts) if other != key and _lets_in(other, item, facts)
        ]
        if others:
            words = {"value": quoted(item), "others": listed(map(quoted, others), 3)}
            yield Finding(mailbox.item_at(params["list"], index), words)


_MOST_OWNERS = 3


def _keys(owner: str, facts: Facts) -> Iterator[str]:
    return (each.key for each in facts.live_names(MAILBOX).all(fold(owner)))


def _has(device: Device, device_id: str) -> bool:
    return fold(device.device_id) == fold(device_id)


def _lets_in(mailbox: str, device_id: str, facts: Facts) -> bool:
    own = (each for each in facts.devices_of(mailbox) if _has(each, device_id))
    return any(facts.access.decide(each).state == "Allowed" for each in own)


@entity_predicate(
    ORGANIZATION,
    params={"field": setting("the default access level")},
    placeholders={
        "before": "the live level",
        "value": "the declared one",
        "devices": Varying("how many devices have access and will be kept out by the default"),
        "kinds": Varying("what they are, those that are most first"),
    },
    needs_snapshot=True,
)
def stricter_default(organization: Entity, params: Params, facts: Facts) -> Findings:
    """Find a declared default level that is stricter than the live one, and that keeps out devices with access.

    It does not matter what allows them now: a rule that goes leaves its devices to the default.
    """
    live = facts.live.organization if facts.live is not None else None
    before, after = (live.text(params["field"]) if live is not None else ""), organization.text(params["field"])
    if facts.live is None or STRICTNESS.get(after, 0) <= STRICTNESS.get(before, 2) or facts.snapshot is None:
        return
    lost: dict[str, int] = {}
    for cohort in facts.outcomes.cohorts:
        was, will = cohort.live, cohort.desired
        has_access = was is not None and was.state == "Allowed"
        if has_access and will.step == "default" and will.state in {"Quarantined", "Blocked"}:
            device_type, model, *_ = cohort.device.device_class
            name = model or device_type or cohort.device.client_type
            lost[name] = lost.get(name, 0) + cohort.devices
    if lost:
        most = sorted(lost, key=lambda name: (-lost[name], name))
        words = {"before": show(before), "value": show(after), "devices": count(sum(lost.values()), "device")}
        yield Finding(organization.at(params["field"]), {**words, "kinds": listed(map(quoted, most), 3)})


@entity_predicate(
    MAILBOX,
    params={"field": setting("the switch of Exchange ActiveSync")},
    placeholders={"devices": Varying("how many devices the mailbox has that use it")},
    needs_snapshot=True,
    declares=lambda params: (params["field"],),
)
def switched_off_in_use(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find a switch that is declared false and live true, while devices of the mailbox use Exchange ActiveSync."""
    desired, name = facts.desired_of(mailbox), params["field"]
    if mailbox.get(name) is not False or desired.base is None or desired.base.get(name) is not True:
        return
    number = sum(device.client_type == "EAS" for device in facts.devices_of(desired.key))
    if number:
        yield Finding(mailbox.at(name), {"devices": count(number, "device")})
