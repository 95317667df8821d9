"""What becomes of what is live and not declared: the modes, lists in part, and what was declared before."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.desired.overlay import overlay
from policylint.desired.ownership import is_excepted
from policylint.model.config import Management
from policylint.plan.make import make_plan
from tests.texts import TODAY
from tests.worlds import FREE, STORE, bind, config, entity, snapshot, state

LIVE = """
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [it@contoso.com, old@contoso.com]}
deviceAccessRules:
  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
  - {Characteristic: DeviceType, QueryString: Android, AccessLevel: Block}
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: true, AllowNonProvisionableDevices: true}
  - {Name: Strict, AllowNonProvisionableDevices: false}
  - {Name: Field, AllowNonProvisionableDevices: true}
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [A1, A2], ActiveSyncBlockedDeviceIDs: [B1]}
  - {Identity: bob@contoso.com, ActiveSyncEnabled: false, ActiveSyncMailboxPolicy: Field}
  - {Identity: eva@contoso.com, ActiveSyncMailboxPolicy: Strict, ActiveSyncAllowedDeviceIDs: [E1]}
"""


def plan(policy: str, previous: str | None = None, live: str = LIVE, **manage: Any) -> tuple[list[str], list[str]]:
    """Return the changes and the drift of a plan, each in a line."""
    settings, there = config(guards=FREE, manage=manage), snapshot(live)
    before = state(previous) if previous is not None else None
    laid = overlay(state(policy), there.state, settings.manage, STORE, before)
    made = make_plan(bind(policy), there, settings, STORE, now=TODAY, desired=laid)
    changes = [
        f"{step.action} {step.identity.partition('@')[0]}.{change.property}: {change.before} > {change.after}"
        for step in made.steps
        for change in step.changes
    ]
    drift = [f"{each.identity.partition('@')[0]}.{each.property}: {each.live} ({each.why})" for each in made.drift]
    return [*changes, *(f"delete {step.identity}" for step in made.steps if step.action == "delete")], drift


def lists(identity: str, *items: str) -> str:
    return f"{identity}.ActiveSyncAllowedDeviceIDs: {items} (not declared)"


BLOCKED = "ann.ActiveSyncBlockedDeviceIDs: ('B1',) (not declared)"
OFF = "bob.ActiveSyncEnabled: False (not declared)"
FIELD = "bob.ActiveSyncMailboxPolicy: Field (not declared)"
STRICT = "eva.ActiveSyncMailboxPolicy: Strict (not declared)"


def test_exact_mailboxes_lose_undeclared_exemptions_and_policies_and_nothing_is_loosened() -> None:
    changes, drift = plan("mailboxes: []", mailboxes="exact")
    assert [
        "update bob.ActiveSyncMailboxPolicy: Field > None",
        "update ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') > ()",
        "update eva.ActiveSyncAllowedDeviceIDs: ('E1',) > ()",
    ] == changes
    assert [BLOCKED, OFF, STRICT] == drift


def test_exact_mailboxes_lose_what_was_declared_before_and_what_never_was_in_one_plan() -> None:
    before = "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [A1]}]"
    changes, drift = plan("mailboxes: []", before, mailboxes="exact")
    assert "update ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') > ()" in changes
    assert [BLOCKED, OFF, STRICT] == drift


@pytest.mark.parametrize("mode", ["owned", "additive", "listed"])
def test_other_modes_keep_what_is_not_declared_and_list_it(mode: str) -> None:
    every = [lists("ann", "A1", "A2"), BLOCKED, OFF, FIELD, lists("eva", "E1"), STRICT]
    assert ([], every) == plan("mailboxes: []", mailboxes=mode)


def test_exceptions_are_left_alone_and_not_listed() -> None:
    changes, drift = plan("mailboxes: []", mailboxes={"mode": "exact", "except": ["ANN@*", "b?b@contoso.com"]})
    assert ["update eva.ActiveSyncAllowedDeviceIDs: ('E1',) > ()"] == changes
    assert [STRICT] == drift


@pytest.mark.parametrize(
    ("name", "is_one"),
    [
        ("EVA", True),
        (r"CONTOSO\eva.h", True),
        ("CN=Eva[1],DC=contoso,DC=com", True),
        ("a-guid", True),
        ("a-g*", True),
        (r"CONTOSO\eva", False),
        ("ev", False),
    ],
)
def test_a_mailbox_is_excepted_by_every_name_of_it(name: str, is_one: bool) -> None:
    ids = {
        "Alias": "eva",
        "SamAccountName": "eva.h",
        "Guid": "A-GUID",
        "DistinguishedName": "CN=Eva[1],DC=contoso,DC=com",
    }
    mailbox = entity("mailbox", Identity="eva@contoso.com")._replace(ids=ids)
    assert is_one == is_excepted(mailbox, Management(exceptions=(name,)))


def test_additive_lists_say_what_must_be_there() -> None:
    policy = "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [a1, A3]}]"
    changes, drift = plan(policy, mailboxes={"mode": "exact", "lists": "additive", "except": ["[be]*"]})
    assert ["update ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') > ('A1', 'A2', 'A3')"] == changes
    assert [lists("ann", "A2"), BLOCKED] == drift


@pytest.mark.parametrize("mode", ["exact", "owned", "additive"])
def test_a_list_in_part_leaves_the_rest(mode: str) -> None:
    policy = """
mailboxes:
  - Identity: ann@contoso.com
    ActiveSyncAllowedDeviceIDs: {Add: [A3], Remove: [a1, A9]}
    ActiveSyncBlockedDeviceIDs: [B1]
"""
    changes, drift = plan(policy, mailboxes={"mode": mode, "except": ["bob@*", "eva@*"]})
    assert [
        "update ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') > ('A1', 'A2', 'A3')",
        "update ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2', 'A3') > ('A2', 'A3')",
    ] == changes
    assert [lists("ann", "A2")] == drift


def test_a_plain_list_is_the_whole_list() -> None:
    policy = "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: [A2]}]"
    changes, _ = plan(policy, mailboxes="additive")
    assert ["update ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') > ('A2',)"] == changes


ORGANIZATION = "update Mobile Mailbox Settings"
BEFORE = """
organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: {Add: [old@contoso.com]}}
deviceAccessRules: [{Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}]
mobileDeviceMailboxPolicies: [{Name: Field}]
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: {Add: [A1]}, ActiveSyncBlockedDeviceIDs: [B1]}
  - {Identity: bob@contoso.com, ActiveSyncEnabled: false, ActiveSyncMailboxPolicy: Field}
"""
OWNED = dict.fromkeys(("organization", "deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes"), "owned")


def test_owned_takes_back_what_was_declared_and_releases_scalars() -> None:
    changes, drift = plan("{}", BEFORE, **OWNED)
    assert [
        f"{ORGANIZATION}.AdminMailRecipients: ('it@contoso.com', 'old@contoso.com') > ('it@contoso.com',)",
        "update bob.ActiveSyncMailboxPolicy: Field > None",
        "update ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') > ('A2',)",
        "update ann.ActiveSyncBlockedDeviceIDs: ('B1',) > ()",
        "delete iPhone (DeviceType)",
        "delete Field",
    ] == [line for line in changes if "> None" not in line or "bob" in line]
    assert [
        "Mobile Mailbox Settings.AdminMailRecipients: ('it@contoso.com',) (not declared)",
        "Mobile Mailbox Settings.DefaultAccessLevel: Quarantine (released)",
        "Android (DeviceType).None: Block (not declared)",
        "Default.None: None (not declared)",
        "Strict.None: None (not declared)",
        lists("ann", "A2"),
        "ann.ActiveSyncBlockedDeviceIDs: () (released)",
        "bob.ActiveSyncEnabled: False (released)",
        lists("eva", "E1"),
        STRICT,
    ] == drift


def test_additive_releases_what_was_declared() -> None:
    changes, drift = plan("{}", BEFORE, **dict.fromkeys(OWNED, "additive"))
    assert [] == changes
    assert {
        "iPhone (DeviceType).None: Allow (released)",
        "Field.None: None (released)",
        "ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') (released)",
    } <= set(drift)


def test_what_is_still_declared_is_not_taken_back() -> None:
    changes, drift = plan(BEFORE, BEFORE, **OWNED)
    assert [] == changes
    assert not [line for line in drift if "released" in line]


def test_a_section_that_no_file_has_and_policylint_yaml_does_not_name_is_not_managed() -> None:
    assert ([], []) == plan("{}")


def test_a_section_that_policylint_yaml_names_is_managed() -> None:
    _, drift = plan("{}", mailboxes="exact")
    assert [lists("ann", "A1", "A2"), BLOCKED, OFF, FIELD, lists("eva", "E1"), STRICT] == drift


def test_an_undeclared_setting_that_is_not_the_usual_one_is_drift() -> None:
    _, drift = plan("organization: {AdminMailRecipients: [it@contoso.com, old@contoso.com]}")
    assert ["Mobile Mailbox Settings.DefaultAccessLevel: Quarantine (not declared)"] == drift


def test_exact_keeps_a_policy_of_its_own_that_may_hold_to_more() -> None:
    live = """
mobileDeviceMailboxPolicies:
  - {Name: Default, IsDefault: true, PasswordEnabled: false, AllowCamera: true}
  - {Name: Pin, PasswordEnabled: true}
  - {Name: Looser, PasswordEnabled: false, AllowCamera: true}
  - {Name: Long, PasswordEnabled: false, MinPasswordLength: 8}
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncMailboxPolicy: Pin}
  - {Identity: bob@contoso.com, ActiveSyncMailboxPolicy: Looser}
  - {Identity: eva@contoso.com, ActiveSyncMailboxPolicy: Long}
"""
    changes, drift = plan("mailboxes: []", live=live, mailboxes="exact")
    assert ["update bob.ActiveSyncMailboxPolicy: Looser > None"] == changes
    assert [
        "ann.ActiveSyncMailboxPolicy: Pin (not declared)",
        "eva.ActiveSyncMailboxPolicy: Long (not declared)",
    ] == drift


@pytest.mark.parametrize("name", ["Default", "VIP"])
@pytest.mark.parametrize("section", ["{}", "mobileDeviceMailboxPolicies: []"])
def test_the_default_policy_never_goes_away(name: str, section: str) -> None:
    live = f"mobileDeviceMailboxPolicies: [{{Name: {name}, IsDefault: true}}, {{Name: Field}}]"
    changes, drift = plan(section, live, live=live, mobileDeviceMailboxPolicies="owned")
    assert {"delete Field"} == {line.partition(".")[0] for line in changes if line.startswith("delete ")}
    assert [f"{name}.None: None (released)"] == drift


def test_a_protection_that_was_lifted_is_released() -> None:
    before = """
mailboxes:
  - {Identity: ann@contoso.com, ActiveSyncBlockedDeviceIDs: {Remove: [LOST]}, ActiveSyncAllowedDeviceIDs: {Remove: [X]}}
  - {Identity: bob@contoso.com, ActiveSyncBlockedDeviceIDs: []}
"""
    now = "mailboxes: [{Identity: ann@contoso.com, ActiveSyncAllowedDeviceIDs: {Add: [A1]}}]"
    _, drift = plan(now, before, mailboxes="owned")
    assert {
        "ann.ActiveSyncBlockedDeviceIDs: ('B1',) (released)",
        "ann.ActiveSyncAllowedDeviceIDs: ('A1', 'A2') (released)",
        "bob.ActiveSyncBlockedDeviceIDs: () (released)",
    } <= set(drift)
