"""Questions about the devices that a mailbox allows or blocks by their IDs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from policylint.diagnostic import Label
from policylint.lint.facts import is_of_client
from policylint.lint.parameters import many, optional, setting, text
from policylint.lint.predicate import Finding, Varying, entity_predicate
from policylint.model.state import MAILBOX
from policylint.phrases import quoted, show
from policylint.text import fold

if TYPE_CHECKING:
    from policylint.lint.facts import Facts
    from policylint.lint.predicate import Findings, Params
    from policylint.model.device import Device
    from policylint.model.entity import Entity

ALLOWED = setting("the list of allowed IDs")


@entity_predicate(
    MAILBOX,
    params={"allowed": ALLOWED, "blocked": setting("the list of blocked IDs")},
    placeholders={"value": "the ID"},
)
def device_id_in_both_lists(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each ID that is both allowed and blocked, at the allowed one where that is declared."""
    desired = facts.desired_of(mailbox)
    ids, blocked = desired.items(params["allowed"]), desired.items(params["blocked"])
    if not ids or not blocked or set(map(fold, ids)).isdisjoint(map(fold, blocked)):
        return
    allowed = {fold(item): index for index, item in reversed(tuple(enumerate(desired.items(params["allowed"]))))}
    declared = {fold(item): index for index, item in enumerate(mailbox.items(params["allowed"]))} if allowed else {}
    for index, item in enumerate(desired.items(params["blocked"])):
        other = allowed.pop(fold(item), None)
        if other is None:
            continue
        spans = [
            (mailbox.item_at(params[name], number), f"{name} here")
            for name, number in (("allowed", other), ("blocked", index))
            if mailbox.origin.declares(params[name])
        ]
        if spans:
            related = tuple(Label(span, message) for span, message in spans[1:])
            written = declared.get(fold(item)) if len(spans) > 1 else None
            fix = facts.fixes.without_item(mailbox, params["allowed"], written) if written is not None else None
            yield Finding(spans[0][0], {"value": quoted(item)}, related, fix=fix)


@entity_predicate(
    MAILBOX,
    params={
        "list": ALLOWED,
        "client-types": optional(many(text("the types of client to find"))),
        "below": optional(text("the version of Exchange ActiveSync below which a device is found")),
    },
    either=("client-types", "below"),
    placeholders={
        "value": "the ID",
        "client": "the type of client",
        "version": Varying("its version of Exchange ActiveSync"),
    },
    needs_snapshot=True,
    declares=lambda params: (params["list"],),
)
def exempt_device(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find each allowed ID whose devices in the snapshot are all of some types of client, or all below a version."""
    key = facts.desired_of(mailbox).key
    client_types, below = tuple(params.get("client-types", ())), params.get("below")
    if not facts.knows_devices or key not in facts.mailboxes_with(client_types, below):
        return
    by_id: dict[str, list[Device]] = {}
    for device in facts.devices_of(key):
        by_id.setdefault(fold(device.device_id), []).append(device)
    for index, item in enumerate(mailbox.items(params["list"])):
        found = by_id.get(fold(item), ())
        if found and all(is_of_client(device, client_types, below) for device in found):
            values = {
                "value": quoted(item),
                "client": show(found[0].client_type),
                "version": show(found[0].client_version),
            }
            yield Finding(mailbox.item_at(params["list"], index), values)


@entity_predicate(MAILBOX, params={"list": ALLOWED}, needs_whole=True, declares=lambda params: (params["list"],))
def exemption_without_effect(mailbox: Entity, params: Params, facts: Facts) -> Findings:
    """Find a declared list of allowed IDs while the default and every rule allow.

    It finds nothing if a Conditional Access policy decides about Outlook mobile: a list comes before that.
    """
    if facts.config.conditional_access:
        return
    if mailbox.items(params["list"]) and facts.levels == frozenset({"Allow"}):
        yield Finding(mailbox.at(params["list"]))
