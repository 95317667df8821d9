"""Questions about what has no owner and no end, and about what nobody uses any more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.lint.parameters import many, number, one_of, optional, setting
from policylint.lint.predicate import Finding, Varying, entity_predicate
from policylint.model.state import MAILBOX, POLICY, RULE
from policylint.phrases import count, listed, quoted
from policylint.text import fold, instant

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.entity import Entity

STRING = "QueryString"
DAYS = {"days": number("for how many days nothing synced")}
LAST = {"last": Varying("when one of them last synced"), "ago": Varying("how many days ago that was")}


@entity_predicate(
    params={
        "notes": many(one_of("the notes of which one is enough", "reason", "owner", "expires")),
        "lists": optional(many(setting("the lists whose items are checked, instead of the object"))),
    },
    placeholders={
        "notes": "the notes of which one is enough",
        "ids": "the item without any",
    },
)
def notes_missing(entity: Entity, params: Params, _facts: Facts) -> Findings:
    """Find an object, or each item of its declared lists, of which the policy says none of some notes."""
    wanted = params["notes"]
    for name in wanted:
        if entity.notes.get(name):
            return
    notes = listed(map(quoted, wanted), None, " or ")
    if "lists" not in params:
        yield Finding(entity.at(), {"notes": notes, "ids": ""})
        return
    for name in filter(entity.origin.declares, params["lists"]):
        for index, item in enumerate(entity.items(name)):
            if not any(entity.notes_of(item).get(note) for note in wanted):
                yield Finding(entity.item_at(name, index), {"notes": notes, "ids": quoted(item)})


def _idle(times: Iterable[str], days: int, facts: Facts) -> dict[str, str] | None:
    """Return when the last of some devices synced, in words, where that is so many days ago; else None.

    None where there is no device, and where a time is not known.
    """
    taken = _taken(facts)
    known = [instant(each) for each in times]
    last = max((each for each in known if each is not None), default=None)
    if taken is None or last is None or None in known or (taken - last).days < days:
        return None
    return {"last": f"{last:%Y-%m-%d}", "ago": count((taken - last).days, "day")}


def _taken(facts: Facts) -> datetime | None:
    return instant(facts.snapshot.header.taken_at) if facts.snapshot is not None else None


@entity_predicate(
    RULE,
    params=DAYS,
    placeholders={**LAST, "devices": Varying("how many devices the rule matches")},
    needs_snapshot=True,
)
def access_rule_idle(rule: Entity, params: Params, facts: Facts) -> Findings:
    """Find a rule that allows, and whose devices in the snapshot have all not synced for some days.

    A device that is kept out does not sync, so it finds nothing for other rules, or if a last sync is not known.
    """
    if rule.text("AccessLevel") != "Allow":
        return
    seen = facts.seen_by(rule)
    if any(each.without_last_sync for each in seen):
        return
    idle = _idle((each.last_sync for each in seen), params["days"], facts)
    if idle is not None:
        yield Finding(rule.at(STRING), {**idle, "devices": count(sum(each.size for each in seen), "device")})


@entity_predicate(
    MAILBOX,
    params={**DAYS, "list": setting("the list of allowed IDs")},
    placeholders={**LAST, "value": "the ID"},
    needs_snapshot=True,
    declares=lambda params: (params["list"],),
)
def exemption_idle(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each allowed ID whose devices in the mailbox have not synced for some days."""
    if not mailbox.origin.declares(params["list"]) or not mailbox.items(params["list"]):
        return
    own: dict[str, list[str]] = {}
    for device in facts.devices_of(facts.desired_of(mailbox).key):
        own.setdefault(fold(device.device_id), []).append(device.last_sync)
    for index, item in enumerate(mailbox.items(params["list"])):
        times = own.get(fold(item))
        idle = _idle(times, params["days"], facts) if times is not None else None
        if idle is not None:
            yield Finding(mailbox.item_at(params["list"], index), {**idle, "value": quoted(item)})


@entity_predicate(POLICY, placeholders={"value": "the name of the policy"}, needs_snapshot=True)
def policy_unused(policy: Entity, _params: Params, facts: Facts) -> Findings:
    """Find a live policy that no mailbox has or will have, and that is not the default one.

    It finds nothing unless all mailboxes were read, each with its policy.
    """
    used, desired = facts.used_policies, facts.desired_of(policy)
    if used is None or desired.base is None or desired.get("IsDefault") is True or desired.key in used:
        return
    yield Finding(policy.at("Name"), {"value": quoted(policy.identity)})
