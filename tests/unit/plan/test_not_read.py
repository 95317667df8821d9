"""What the snapshot does not hold is not read: never empty, never as declared, never changed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from policylint.bind.config import bind_config
from policylint.desired.overlay import overlay
from policylint.plan.make import make_plan
from policylint.render.plan.text import verdict
from tests.sealed import seal
from tests.texts import TODAY
from tests.worlds import FREE, OBJECT_KINDS, STORE, bind, read_sealed

if TYPE_CHECKING:
    from policylint.plan.plan import Plan
    from policylint.schema.store import ObjectType, Setting

EDITION = {"deviceAutoblockThreshold": "exchange-2019"}
KEYS = {
    "organization": {},
    "deviceAccessRule": {"Characteristic": "DeviceType", "QueryString": "iPhone"},
    "mobileDeviceMailboxPolicy": {"Name": "Default"},
    "mailbox": {"Identity": "ann@contoso.com"},
    "mailboxPlan": {"Identity": "ExchangeOnline"},
    "deviceAutoblockThreshold": {"Identity": "SyncCommands"},
}
NAMES = {"mailbox": {"PrimarySmtpAddress": "ann@contoso.com"}, "mailboxPlan": {"DisplayName": "ExchangeOnline"}}
SHOWN = {"bool": "False", "int": "1", "strings": ["x"], "timespan": "00:01:00", "enum": "Allow"}


def declared(setting: Setting) -> Any:
    """Return a value that a policy may declare and that is not the live one."""
    if setting.kind == "strings":
        return ["b@contoso.com"]
    if setting.kind == "bool":
        return True
    if setting.members:
        return setting.members[-1]
    if setting.kind.endswith("timespan"):
        return "1.00:00:00" if "Expiration" in setting.name else "00:30:00"
    return {"int": 2, "nullable-int": 8, "unlimited-int": 8, "unlimited-bytes": 1024}.get(setting.kind, "Default")


def live_row(described: ObjectType, edition: str, *left_out: str) -> dict[str, Any]:
    """Return an object as Exchange shows it, with every setting of an edition but those left out."""
    settings = [each for each in described.settings.values() if each.exists_in(edition)]
    row = {each.name: SHOWN.get(each.kind) for each in settings} | KEYS[described.name] | NAMES.get(described.name, {})
    row |= {"ActiveSyncMailboxPolicyIsDefaulted": "True"} if described.name == "mailbox" else {}
    row |= {"AccessLevel": "Allow"} if described.name == "deviceAccessRule" else {}
    row |= {"IsDefault": "True"} if described.name == "mobileDeviceMailboxPolicy" else {}
    return {name: value for name, value in row.items() if name not in left_out}


def make(policy: dict[str, Any], *, edition: str = "exchange-online", **sections: Any) -> Plan:
    header = {"edition": edition, "organizationGuid": "g", "takenAt": "2026-11-23T08:00:00Z"}
    manage = sections.pop("manage", {})
    settings = bind_config({"edition": edition, "guards": FREE, "manage": manage}, None, None, STORE)
    return make_plan(bind(json.dumps(policy)), read_sealed(seal(header, **sections)), settings, STORE, now=TODAY)


def section(kind: str, entry: dict[str, Any]) -> dict[str, Any]:
    """Return the section of a policy file or of a snapshot that holds one object."""
    described = STORE.object_type(kind)
    return {described.section: entry if described.single else [entry]}


CASES = [
    pytest.param(kind, setting, id=f"{kind}-{setting.name}")
    for kind in OBJECT_KINDS
    for setting in STORE.object_type(kind).settings.values()
    if setting.name not in STORE.object_type(kind).key and setting.exists_in(EDITION.get(kind, "exchange-online"))
]


@pytest.mark.parametrize(("kind", "setting"), CASES)
def test_a_declared_setting_that_was_not_read_refuses_the_plan_and_has_no_step(kind: str, setting: Setting) -> None:
    described, edition = STORE.object_type(kind), EDITION.get(kind, "exchange-online")
    policy = section(kind, {**KEYS[kind], setting.name: declared(setting)})
    read = make(policy, edition=edition, **section(kind, live_row(described, edition)))
    assert "setting-not-read" not in [refusal.guard for refusal in read.refusals]
    gone = (setting.name, "ActiveSyncMailboxPolicyIsDefaulted")
    made = make(policy, edition=edition, **section(kind, live_row(described, edition, *gone)))
    (refusal,) = (each for each in made.refusals if each.guard == "setting-not-read")
    assert refusal.message.startswith(f"{setting.name} of {described.title}")
    assert f"`{described.cmdlets['get']}`" in refusal.message
    assert refusal.acknowledge is None
    assert [] == [change for step in made.steps for change in step.changes if change.property == setting.name]
    assert not made.in_sync
    assert "in sync" not in verdict(made).removeprefix("not in sync")


@pytest.mark.parametrize("value", [None, [], ""])
def test_what_is_shown_as_empty_was_read(value: Any) -> None:
    mailbox = live_row(STORE.object_type("mailbox"), "exchange-online") | {"ActiveSyncBlockedDeviceIDs": value}
    policy = {"mailboxes": [{"Identity": "ann@contoso.com", "ActiveSyncBlockedDeviceIDs": []}]}
    made = make(policy, mailboxes=[mailbox])
    assert ((), ()) == (made.refusals, made.steps)


LISTS = ("ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")


def test_lists_that_the_policy_empties_are_not_in_sync() -> None:
    policy = {"mailboxes": [{"Identity": "ann@contoso.com", **{name: [] for name in LISTS}}]}
    mailbox = live_row(STORE.object_type("mailbox"), "exchange-online", *LISTS)
    others = [{**mailbox, "PrimarySmtpAddress": f"{name}@contoso.com", "Identity": name} for name in ("bob", "eve")]
    policy["mailboxes"].append({"Identity": "bob@contoso.com", LISTS[0]: []})
    made = make(policy, mailboxes=[mailbox, *others])
    assert [
        f"{LISTS[0]} of 2 mailboxes, such as ann@contoso.com, was",
        f"{LISTS[1]} of mailbox ann@contoso.com was",
    ] == [refusal.message.partition(" not read")[0] for refusal in made.refusals]


@pytest.mark.parametrize("edit", [{"Add": ["A"]}, {"Remove": ["A"]}])
def test_a_list_in_part_was_not_read_either(edit: dict[str, list[str]]) -> None:
    policy = {"mailboxes": [{"Identity": "ann@contoso.com", LISTS[0]: edit}]}
    made = make(policy, mailboxes=[live_row(STORE.object_type("mailbox"), "exchange-online", *LISTS)])
    assert (["setting-not-read"], ()) == ([refusal.guard for refusal in made.refusals], made.steps)


@pytest.mark.parametrize(
    ("left_out", "mode", "refused"),
    [(LISTS[0], "exact", True), (LISTS[0], "additive", False), (LISTS[1], "exact", False),
     ("ActiveSyncMailboxPolicy", "exact", True), (LISTS[0], {"mode": "exact", "except": ["ann@*"]}, False),
     (LISTS[0], {"mode": "exact", "lists": "additive"}, False)],
)  # fmt: skip
def test_what_the_mode_exact_removes_must_have_been_read(left_out: str, mode: Any, refused: bool) -> None:
    policy = {"mailboxes": [{"Identity": "ann@contoso.com", "ActiveSyncEnabled": False}]}
    names = (left_out, "ActiveSyncMailboxPolicyIsDefaulted") if "Policy" in left_out else (left_out,)
    mailbox = live_row(STORE.object_type("mailbox"), "exchange-online", *names)
    made = make(policy, mailboxes=[mailbox], manage={"mailboxes": mode})
    assert (["setting-not-read"] if refused else []) == [refusal.guard for refusal in made.refusals]


def test_what_was_declared_before_and_is_taken_back_must_have_been_read() -> None:
    entry = {"Identity": "ann@contoso.com", "ActiveSyncEnabled": False}
    before = bind(json.dumps({"mailboxes": [{**entry, LISTS[0]: ["A"]}]})).state
    now = bind(json.dumps({"mailboxes": [entry]})).state
    live = read_sealed(seal(mailboxes=[live_row(STORE.object_type("mailbox"), "exchange-online", LISTS[0])])).state
    config = bind_config({"manage": {"mailboxes": "owned"}}, None, None, STORE)
    found = overlay(now, live, config.manage, STORE, before)
    assert [("mailbox", "ann@contoso.com", LISTS[0])] == [*found.not_read]


def test_a_rule_is_not_deleted_whose_level_was_not_read() -> None:
    policy = {"deviceAccessRules": [{"Characteristic": "DeviceOS", "QueryString": "x", "AccessLevel": "Allow"}]}
    rule = {"Characteristic": "DeviceType", "QueryString": "iPhone"}
    made = make(policy, deviceAccessRules=[rule])
    assert ["AccessLevel of device access rule iPhone (DeviceType) was"] == [
        refusal.message.partition(" not read")[0] for refusal in made.refusals
    ]


def test_a_policy_is_not_deleted_where_it_was_not_read_who_has_it() -> None:
    policies = [{"Name": "Default", "IsDefault": "True"}, {"Name": "Old", "IsDefault": "False"}]
    mailbox = live_row(STORE.object_type("mailbox"), "exchange-online")
    shown = {**mailbox, "ActiveSyncMailboxPolicy": "Default"}
    policy = {"mobileDeviceMailboxPolicies": [{"Name": "Default", "IsDefault": True}]}
    assert () == make(policy, mobileDeviceMailboxPolicies=policies, mailboxes=[shown]).refusals
    del shown["ActiveSyncMailboxPolicy"], shown["ActiveSyncMailboxPolicyIsDefaulted"]
    made = make(policy, mobileDeviceMailboxPolicies=policies, mailboxes=[shown])
    assert ["setting-not-read"] == [refusal.guard for refusal in made.refusals]


@pytest.mark.parametrize(
    ("shown", "wanted", "refused"),
    [({"ActiveSyncMailboxPolicy": "Default"}, None, True), ({"ActiveSyncMailboxPolicy": "Default"}, "Default", True),
     ({"ActiveSyncMailboxPolicy": "Own"}, None, False), ({"ActiveSyncMailboxPolicy": None}, None, False),
     ({"ActiveSyncMailboxPolicyIsDefaulted": "True"}, None, False)],
)  # fmt: skip
def test_whose_policy_it_is_must_have_been_read(shown: dict[str, Any], wanted: str | None, refused: bool) -> None:
    policies = [{"Name": "Default", "IsDefault": "True"}, {"Name": "Own", "IsDefault": "False"}]
    mailbox = {"PrimarySmtpAddress": "ann@contoso.com", **shown}
    policy = {"mailboxes": [{"Identity": "ann@contoso.com", "ActiveSyncMailboxPolicy": wanted}]}
    made = make(policy, mobileDeviceMailboxPolicies=policies, mailboxes=[mailbox])
    assert (["setting-not-read"] if refused else []) == [refusal.guard for refusal in made.refusals]
