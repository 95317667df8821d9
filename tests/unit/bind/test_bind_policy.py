"""Policy files to the desired state."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from policylint.bind.policy import bind_policy
from policylint.model.access_rule import rule_identity, rule_key
from tests.worlds import OBJECT_KINDS, STORE, bind, policy_file, state

if TYPE_CHECKING:
    from policylint.schema.store import ObjectType

FULL = dedent("""\
    organization:
      DefaultAccessLevel: Quarantine
      AdminMailRecipients: [a@contoso.com]
      owner: mobile
    deviceAccessRules:
    - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow, reason: ours, expires: 2027-03-31}
    - {Characteristic: DeviceOS, QueryString: 16.10, AccessLevel: Block}
    mobileDeviceMailboxPolicies:
    - {Name: Default, IsDefault: true, MinPasswordLength: null}
    mailboxes:
    - {Identity: john.doe@contoso.com, ActiveSyncAllowedDeviceIDs: [b, a], ActiveSyncMailboxPolicy: null}
    mailboxPlans:
    - {Identity: ExchangeOnlineEnterprise, ActiveSyncEnabled: false}
    deviceAutoblockThresholds:
    - {Identity: RecentCommands, DeviceBlockDuration: "00:10:00", AdminEmailInsert: null}
    """)


def test_every_kind_of_object() -> None:
    found = bind(FULL).state
    assert {
        "organization": [("Mobile Mailbox Settings", "MOBILE MAILBOX SETTINGS")],
        "deviceAccessRule": [
            ("iPhone (DeviceType)", "DEVICETYPE\nIPHONE"), ("16.10 (DeviceOS)", "DEVICEOS\n16.10")],
        "mobileDeviceMailboxPolicy": [("Default", "DEFAULT")],
        "mailbox": [("john.doe@contoso.com", "JOHN.DOE@CONTOSO.COM")],
        "mailboxPlan": [("ExchangeOnlineEnterprise", "EXCHANGEONLINEENTERPRISE")],
        "deviceAutoblockThreshold": [("RecentCommands", "RECENTCOMMANDS")],
    } == {kind: [(e.identity, key) for key, e in found.of_kind(kind).items()] for kind in OBJECT_KINDS}  # fmt: skip
    assert [key for kind in OBJECT_KINDS for key in found.of_kind(kind)] == [entity.key for entity in found.entities()]


def test_settings_notes_and_places() -> None:
    found = bind(FULL).state
    assert found.organization is not None
    assert {
        "DefaultAccessLevel": "Quarantine",
        "AdminMailRecipients": ("a@contoso.com",),
    } == found.organization.settings
    assert {"owner": "mobile"} == found.organization.notes
    assert found.rules is not None
    rule = found.rules[rule_key("DeviceType", "iPhone")]
    assert {"reason": "ours", "expires": "2027-03-31"} == rule.notes
    assert ("policy/0.yaml", 6) == (rule.origin.path, rule.origin.line)
    assert "policy/0.yaml:6:66" == str(rule.origin.span("AccessLevel"))
    assert found.mailboxes is not None
    (mailbox,) = found.mailboxes.values()
    assert ("b", "a") == mailbox.items("ActiveSyncAllowedDeviceIDs")
    assert ["policy/0.yaml:11:65", "policy/0.yaml:11:68"] == [
        str(mailbox.origin.item_span("ActiveSyncAllowedDeviceIDs", index)) for index in (0, 1)
    ]


@pytest.mark.parametrize(
    "kind", [kind for kind in STORE.object_types.values() if not kind.single], ids=lambda kind: kind.name
)
def test_a_section_that_is_absent_is_unmanaged_and_an_empty_one_is_managed(kind: ObjectType) -> None:
    declared = state("{}").section(kind.name), state(f"{kind.section}: []").section(kind.name)
    assert (None, {}) == declared


def test_what_is_not_declared_is_not_there_and_null_is_a_value() -> None:
    found = state("mobileDeviceMailboxPolicies: [{Name: a, MinPasswordLength: null}, {Name: b}]")
    assert found.policies is not None
    one, other = found.policies.values()
    assert (True, False) == ("MinPasswordLength" in one.settings, "MinPasswordLength" in other.settings)
    assert one.get("MinPasswordLength") is None


TWICE: list[tuple[str, str, str]] = [
    ("rules", "deviceAccessRules: [{Characteristic: DeviceOS, QueryString: %s, AccessLevel: Allow}]", "iOS|IOS"),
    ("policies", "mobileDeviceMailboxPolicies: [{Name: %s}]", "Default|DEFAULT"),
    ("mailboxes", "mailboxes: [{Identity: %s}]", "a@contoso.com|A@Contoso.com"),
    ("organization", "organization: {UserMailInsert: %s}", "a|b"),
]


@pytest.mark.parametrize(("text", "values"), [case[1:] for case in TWICE], ids=[case[0] for case in TWICE])
def test_one_object_in_two_files_is_shown_with_both_places(text: str, values: str) -> None:
    found = bind(*(text % value for value in values.split("|")))
    ((first, second),) = found.duplicates
    assert ("policy/0.yaml", "policy/1.yaml") == (first.origin.path, second.origin.path)
    assert [first] == list(found.state.entities())


def test_one_object_three_times_in_one_file() -> None:
    found = bind("mailboxes: [{Identity: a}, {Identity: A}, {Identity: a}]")
    (first,) = found.state.entities()
    assert [(first, 1), (first, 1)] == [(one, other.origin.line) for one, other in found.duplicates]


@pytest.mark.parametrize(("one", "other", "same"), [
    (("DeviceOS", "iOS"), ("DeviceOS", "IOS"), True), (("DeviceOS", "iOS"), ("DeviceType", "iOS"), False),
    (("DeviceOS", "iOS"), ("DeviceOS", "iOS "), False), (("DeviceOS", "a\nb"), ("DeviceOS", "a b"), False),
])  # fmt: skip
def test_rules_are_known_by_the_pair(one: tuple[str, str], other: tuple[str, str], same: bool) -> None:
    assert same == (rule_key(*one) == rule_key(*other))


def test_rule_identity() -> None:
    assert "iPhone (DeviceType)" == rule_identity("DeviceType", "iPhone")


def test_tests() -> None:
    (found,) = bind(
        dedent("""\
        tests:
        - name: no old Android
          device: {DeviceOS: Android 11, DeviceType: Android, DeviceId: SEC1, ClientVersion: "16.1",
                   provisionable: none, IsManaged: true}
          mailbox: John.Doe@contoso.com
          expect: [Quarantined, Blocked]
          reason: DeviceRule
          rule: {Characteristic: DeviceOS, QueryString: Android 11}
        """)
    ).tests
    device = found.device
    assert ("no old Android", ("Quarantined", "Blocked"), "DeviceRule", ("DeviceOS", "Android 11"), 2) == (
        found.name, found.expect, found.reason, found.rule, found.origin.line)  # fmt: skip
    assert (("Android", None, "Android 11", None), "SEC1", "EAS", "16.1", "none", True, "JOHN.DOE@CONTOSO.COM") == (
        device.device_class, device.device_id, device.client_type, device.client_version, device.provisionable,
        device.managed, device.mailbox)  # fmt: skip


@pytest.mark.parametrize(("written", "expected"), [
    ("eas", "EAS"), ("OUTLOOK", "Outlook"), ("rest", "REST"), ("mowa", "MOWA"),
    ("universaloutlook", "UniversalOutlook"), ("Other", "Other"), ('""', "EAS"),
])  # fmt: skip
def test_a_client_type_in_any_case(written: str, expected: str) -> None:
    (found,) = bind(f"tests: [{{name: a, device: {{ClientType: {written}}}, expect: Allowed}}]").tests
    assert expected == found.device.client_type


def test_files_are_sorted_by_path_whatever_order_they_come_in() -> None:
    files = [policy_file(f"mailboxes: [{{Identity: {name}}}]", f"{name}.yaml") for name in "cab"]
    found = bind_policy(files, STORE)
    assert ["a.yaml", "b.yaml", "c.yaml"] == [source.path for source in found.sources]
    assert ["a", "b", "c"] == [entity.identity for entity in found.state.entities()]


BROKEN: list[tuple[str, str, Any]] = [
    ("rule-without-pair", "deviceAccessRules: [{AccessLevel: Allow}]", []),
    ("rule-with-list", "deviceAccessRules: [{Characteristic: [a], QueryString: b, AccessLevel: Allow}]", []),
    ("list-for-identity", "mailboxes: [{Identity: []}]", []),
    ("list-for-name", "mobileDeviceMailboxPolicies: [{Name: []}, {Name: a, IsDefault: []}]", [{"a"}]),
    ("rule-of-text", "deviceAccessRules: [a, {Characteristic: DeviceOS, QueryString: b}]", [{"b (DeviceOS)"}]),
    ("section-of-text", "deviceAccessRules: a", []),
    ("section-of-null", "mailboxes: null", []),
    ("section-of-mapping", "mailboxes: {Identity: a}", []),
    ("organization-of-list", "organization: [a]", []),
    ("policy-without-name", "mobileDeviceMailboxPolicies: [{IsDefault: true}]", []),
    ("wrong-bool-is-left-out", "mobileDeviceMailboxPolicies: [{Name: a, IsDefault: yes}]", [{"a"}]),
    ("test-without-anything", "tests: [{}]", []),
    ("test-with-list-name", "tests: [{name: [a], device: {}, expect: Allowed}]", []),
    ("test-with-list-device", "tests: [{name: a, device: [], expect: Allowed}]", []),
    ("test-with-deep-device", "tests: [{name: a, device: {DeviceType: {a: b}, DeviceId: []}, expect: Allowed}]", []),
    ("test-with-mapping-mailbox", "tests: [{name: a, device: {}, expect: Allowed, mailbox: {a: b}}]", []),
    ("test-with-mapping-expect", "tests: [{name: a, device: {}, expect: {a: b}}]", []),
    ("test-with-lists-expect", "tests: [{name: a, device: {}, expect: [[a]]}]", []),
    ("test-with-half-a-rule", "tests: [{name: a, device: {}, expect: Allowed, rule: {QueryString: a}}]", []),
    ("test-with-odd-rule",
     "tests: [{name: a, device: {}, expect: Allowed, rule: {Characteristic: [], QueryString: a}}]", []),
    ("test-with-yes", "tests: [{name: a, device: {IsManaged: yes}, expect: Allowed}]", []),
    ("assertion-with-an-empty-key", "assertions: [{name: a, '': b}]", []),
    ("key-twice", "mailboxes: [{Identity: a, Identity: b}]", [{"a"}]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_what_validation_could_not_read_is_left_out(text: str, expected: list[set[str]]) -> None:
    found = bind_policy([policy_file(text)], STORE)
    assert expected == [{entity.identity} for entity in found.state.entities()]
    assert () == found.tests
    for entity in found.state.entities():
        kinds = {name: STORE.object_type(entity.kind).settings[name].kind for name in entity.settings}
        assert all((type(value) is tuple) == (kinds[name] == "strings") for name, value in entity.settings.items())
        assert all(type(value) in (bool, int, str, tuple, type(None)) for value in entity.settings.values())
