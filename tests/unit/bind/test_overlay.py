"""The policy laid over live state: absent is unmanaged, null is a value, and what the modes keep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policylint.desired.overlay import Overlay, names_of, overlay
from policylint.model.config import Management
from policylint.text import fold
from tests.sealed import seal
from tests.worlds import STORE, read_sealed, state

if TYPE_CHECKING:
    from policylint.model.state import State

JOHN = {
    "PrimarySmtpAddress": "john.doe@contoso.com",
    "Identity": "john.doe",
    "Name": "John Doe",
    "Guid": "aaaa-1",
    "ExternalDirectoryObjectId": "bbbb-1",
    "DistinguishedName": "CN=John Doe,DC=contoso",
    "ActiveSyncEnabled": "True",
    "ActiveSyncAllowedDeviceIDs": ["A"],
    "ActiveSyncMailboxPolicy": "CN=Strict,DC=contoso",
    "ActiveSyncMailboxPolicyIsDefaulted": "False",
}
JANE = {
    "PrimarySmtpAddress": "jane.doe@contoso.com",
    "Identity": "jane.doe",
    "Name": "Doe",
    "ActiveSyncEnabled": "True",
}
JILL = {"PrimarySmtpAddress": "jill.doe@contoso.com", "Identity": "jill.doe", "Name": "Doe"}
POLICIES: list[dict[str, Any]] = [
    {"Name": "Default", "Guid": "p1", "IsDefault": "True", "PasswordEnabled": "True", "MinPasswordLength": "6"},
    {"Name": "Strict", "Guid": "p2", "DistinguishedName": "CN=Strict,DC=contoso", "IsDefault": "False"},
]
RULES = [
    {"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Allow", "Guid": "r1"},
    {"Characteristic": "DeviceOS", "QueryString": "iOS 6.1 10B142", "AccessLevel": "Block", "Guid": "r2"},
]
ORGANIZATION = {"DefaultAccessLevel": "Quarantine", "UserMailInsert": "wait", "AdminMailRecipients": ["a@contoso.com"]}


def live(**changes: Any) -> State:
    """Return live state, with some sections replaced."""
    sections: dict[str, Any] = {
        "organization": ORGANIZATION,
        "deviceAccessRules": RULES,
        "mobileDeviceMailboxPolicies": POLICIES,
        "mailboxes": [JOHN, JANE, JILL],
        **changes,
    }
    return read_sealed(seal(**sections)).state


def laid(text: str, there: State | None = None, **manage: str) -> Overlay:
    """Return what there would be once a text is in force."""
    modes = {section: Management(mode) for section, mode in manage.items()}
    return overlay(state(text), there or live(), modes, STORE)


def names(objects: Any) -> list[str]:
    """Return the identities of objects in their order."""
    return [entity.identity for entity in objects.values()]


def test_nothing_declared_is_live_state() -> None:
    there = live()
    assert there == laid("{}", there).state


def test_without_live_state_there_is_what_is_declared() -> None:
    declared = state("deviceAccessRules: []")
    assert Overlay(declared) == overlay(declared, None, {}, STORE)


def test_what_is_absent_keeps_its_live_value_and_null_is_a_value() -> None:
    organization = laid("organization: {UserMailInsert: null}").state.organization
    assert organization is not None
    assert {"DefaultAccessLevel": "Quarantine", "UserMailInsert": None, "AdminMailRecipients": ("a@contoso.com",)} == (
        organization.settings
    )
    assert organization.base is not None
    assert ("policy/0.yaml", "live.json") == (
        organization.where("UserMailInsert").path, organization.where("DefaultAccessLevel").path)  # fmt: skip


def test_an_empty_list_is_a_value() -> None:
    organization = laid("organization: {AdminMailRecipients: []}").state.organization
    assert organization is not None
    assert () == organization.get("AdminMailRecipients")


def test_what_is_shown_but_never_planned_keeps_its_live_value() -> None:
    there = live(organization={"AllowAccessForUnSupportedPlatform": "False"})
    organization = laid("organization: {AllowAccessForUnSupportedPlatform: true}", there).state.organization
    assert organization is not None
    assert False is organization.get("AllowAccessForUnSupportedPlatform")


@pytest.mark.parametrize(("text", "mode", "expected"), [
    ("{}", "exact", ["iPhone (DeviceType)", "iOS 6.1 10B142 (DeviceOS)"]),
    ("deviceAccessRules: []", "exact", []),
    ("deviceAccessRules: []", "additive", ["iPhone (DeviceType)", "iOS 6.1 10B142 (DeviceOS)"]),
    ("deviceAccessRules: []", "listed", ["iPhone (DeviceType)", "iOS 6.1 10B142 (DeviceOS)"]),
    ("deviceAccessRules: [{Characteristic: DeviceType, QueryString: x, AccessLevel: Block}]", "exact",
     ["x (DeviceType)"]),
    ("deviceAccessRules: [{Characteristic: DeviceType, QueryString: x, AccessLevel: Block}]", "additive",
     ["x (DeviceType)", "iPhone (DeviceType)", "iOS 6.1 10B142 (DeviceOS)"]),
])  # fmt: skip
def test_rules(text: str, mode: str, expected: list[str]) -> None:
    assert expected == names(laid(text, deviceAccessRules=mode).state.rules)


def test_a_rule_in_another_case_is_the_live_rule() -> None:
    rules = laid(
        "deviceAccessRules: [{Characteristic: DeviceType, QueryString: IPHONE, AccessLevel: Block}]"
    ).state.rules
    assert rules is not None
    (rule,) = rules.values()
    assert ("iPhone (DeviceType)", "iPhone", "Block", "r1") == (
        rule.identity, rule.get("QueryString"), rule.get("AccessLevel"), rule.ids["Guid"])  # fmt: skip


DEFAULTS: list[tuple[str, str, str, list[str], str]] = [
    # id, declared, mode, policies, the default
    ("nothing", "{}", "exact", ["Default", "Strict"], "Default"),
    ("default-declared", "mobileDeviceMailboxPolicies: [{Name: DEFAULT}]", "exact", ["Default"], "Default"),
    ("default-not-declared", "mobileDeviceMailboxPolicies: [{Name: Strict}]", "exact",
     ["Strict", "Default"], "Default"),
    ("none-declared", "mobileDeviceMailboxPolicies: []", "exact", ["Default"], "Default"),
    ("promoted", "mobileDeviceMailboxPolicies: [{Name: Strict, IsDefault: true}]", "exact", ["Strict"], "Strict"),
    ("promoted-and-kept", "mobileDeviceMailboxPolicies: [{Name: Strict, IsDefault: true}]", "additive",
     ["Strict", "Default"], "Strict"),
    ("promoted-new", "mobileDeviceMailboxPolicies: [{Name: Default}, {Name: New, IsDefault: true}]", "exact",
     ["Default", "New"], "New"),
    ("given-up", "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: false}]", "exact", ["Default"], "Default"),
    ("given-up-for-another",
     "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: false}, {Name: Strict, IsDefault: true}]", "exact",
     ["Default", "Strict"], "Strict"),
    ("two-declared", "mobileDeviceMailboxPolicies: [{Name: Default, IsDefault: true}, {Name: Strict, IsDefault: true}]",
     "exact", ["Default", "Strict"], "Default"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "mode", "policies", "default"), [case[1:] for case in DEFAULTS], ids=[case[0] for case in DEFAULTS]
)
def test_there_is_always_one_default_policy(text: str, mode: str, policies: list[str], default: str) -> None:
    there = laid(text, mobileDeviceMailboxPolicies=mode).state
    assert policies == names(there.policies)
    assert [default] == [p.identity for p in (there.policies or {}).values() if p.get("IsDefault") is True]


def test_a_policy_keeps_what_is_not_declared() -> None:
    policies = laid("mobileDeviceMailboxPolicies: [{Name: Default, MinPasswordLength: null}]").state.policies
    assert policies is not None
    default = policies["DEFAULT"]
    assert (None, True) == (default.get("MinPasswordLength"), default.get("PasswordEnabled"))


@pytest.mark.parametrize("name", [
    "john.doe@contoso.com", "John.Doe@Contoso.com", "john.doe", "JOHN.DOE", "John Doe", "aaaa-1", "AAAA-1", "bbbb-1",
    "cn=john doe,dc=CONTOSO",
])  # fmt: skip
def test_a_mailbox_is_found_by_every_name(name: str) -> None:
    found = laid(f"mailboxes: [{{Identity: '{name}', ActiveSyncEnabled: false}}]")
    assert () == found.not_found
    assert ["john.doe@contoso.com", "jane.doe@contoso.com", "jill.doe@contoso.com"] == names(found.state.mailboxes)
    john = (found.state.mailboxes or {})["JOHN.DOE@CONTOSO.COM"]
    assert (False, "Strict") == (john.get("ActiveSyncEnabled"), john.get("ActiveSyncMailboxPolicy"))
    assert ("A",) == john.items("ActiveSyncAllowedDeviceIDs")


@pytest.mark.parametrize("name", ["nobody@contoso.com", "john", "Doe"], ids=["nobody", "part-of-a-name", "name-of-two"])
def test_a_mailbox_that_is_not_there_or_not_the_only_one_is_unknown(name: str) -> None:
    found = laid(f"mailboxes: [{{Identity: {name}, ActiveSyncEnabled: false}}]")
    assert [name] == [entity.identity for entity in found.not_found]
    assert name in names(found.state.mailboxes)
    jane = (found.state.mailboxes or {})["JANE.DOE@CONTOSO.COM"]
    assert True is jane.get("ActiveSyncEnabled")


def test_an_address_is_never_taken_for_the_name_of_another() -> None:
    impostor = {"PrimarySmtpAddress": "x@contoso.com", "Name": "john.doe@contoso.com"}
    found = names_of(live(mailboxes=[impostor, JOHN]).mailboxes or {})
    assert "john.doe@contoso.com" == found[fold("john.doe@contoso.com")].identity


def test_of_two_declarations_of_one_mailbox_the_first_counts() -> None:
    text = "mailboxes: [{Identity: john.doe, ActiveSyncEnabled: false}, {Identity: aaaa-1, ActiveSyncEnabled: true}]"
    assert False is (laid(text).state.mailboxes or {})["JOHN.DOE@CONTOSO.COM"].get("ActiveSyncEnabled")


@pytest.mark.parametrize(("reference", "expected"), [
    ("Strict", "Strict"), ("STRICT", "Strict"), ("p2", "Strict"), ("'CN=strict,DC=contoso'", "Strict"), ("null", None),
    ("Gone", "Gone"), ("'contoso.com\\Strict'", "contoso.com\\Strict"),
])  # fmt: skip
def test_the_policy_of_a_declared_mailbox_is_its_name(reference: str, expected: str | None) -> None:
    found = laid(f"mailboxes: [{{Identity: jane.doe, ActiveSyncMailboxPolicy: {reference}}}]").state
    assert expected == (found.mailboxes or {})["JANE.DOE@CONTOSO.COM"].get("ActiveSyncMailboxPolicy")


@pytest.mark.parametrize("section", ["deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes"])
def test_a_section_that_was_not_read_is_what_is_declared_or_nothing(section: str) -> None:
    content = seal(
        organization=ORGANIZATION,
        deviceAccessRules=RULES,
        mobileDeviceMailboxPolicies=POLICIES,
        mailboxes=[JOHN],
        complete={section: "cut"},
    )
    there = read_sealed(content, allow_incomplete=[section]).state
    field = {"deviceAccessRules": "rules", "mobileDeviceMailboxPolicies": "policies", "mailboxes": "mailboxes"}[section]
    assert getattr(laid("{}", there).state, field) is None
    assert {} == getattr(laid(f"{section}: []", there).state, field)
