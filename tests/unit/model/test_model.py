"""Objects, where they stand, and what a state answers about them."""

from __future__ import annotations

from textwrap import dedent
from typing import TYPE_CHECKING

import pytest

from policylint.model.device import Device, client_type
from policylint.model.device_table import DeviceTable
from policylint.model.origin import Origin
from policylint.model.state import State
from tests.sealed import seal
from tests.worlds import OBJECT_KINDS, read_sealed, state

if TYPE_CHECKING:
    from policylint.model.entity import Entity

POLICY = dedent("""\
    mobileDeviceMailboxPolicies:
    - Name: Default
      IsDefault: true
    - Name: Strict
      MinPasswordLength: null
      UnapprovedInROMApplicationList: [a, b]

    # next
    mailboxes:
    - Identity: a@contoso.com
      ActiveSyncMailboxPolicy: STRICT
    - Identity: b@contoso.com
      ActiveSyncMailboxPolicy: null
    - Identity: c@contoso.com
    - Identity: d@contoso.com
      ActiveSyncMailboxPolicy: Gone
    """)


def strict() -> Entity:
    """Return the second policy."""
    return (state(POLICY).policies or {})["STRICT"]


def test_where_a_declared_object_stands() -> None:
    origin = strict().origin
    assert ("policy/0.yaml", 4) == (origin.path, origin.line)
    assert "policy/0.yaml:5:22" == str(origin.span("MinPasswordLength"))
    assert "policy/0.yaml:5:3" == str(origin.key_span("MinPasswordLength"))
    assert "policy/0.yaml:4:3" == str(origin.span("PasswordEnabled"))
    assert "policy/0.yaml:4:3" == str(origin.key_span("PasswordEnabled"))
    assert ["policy/0.yaml:6:36", "policy/0.yaml:6:39"] == [
        str(origin.item_span("UnapprovedInROMApplicationList", index)) for index in (0, 1)
    ]
    assert [True, False] == [origin.declares(name) for name in ("MinPasswordLength", "PasswordEnabled")]


def test_the_head_of_an_object_is_its_first_line() -> None:
    head = strict().origin.head()
    assert "Name: Strict" == head.source.text[head.start : head.end]


def test_the_whole_of_an_object_ends_with_its_last_value() -> None:
    span = strict().origin.span()
    assert "[a, b]" == span.source.text[span.end - 6 : span.end]


def test_a_live_object_has_a_path_only() -> None:
    origin = Origin("live.json")
    assert (None, None, False) == (origin.line, origin.item_span("a", 0), origin.declares("a"))
    assert ["live.json:1:1"] * 3 == [str(span) for span in (origin.span("a"), origin.key_span("a"), origin.head())]


def test_the_values_of_an_object_by_their_type() -> None:
    policy = strict()
    assert ("Strict", "", ("a", "b"), ()) == (
        policy.text("Name"), policy.text("MinPasswordLength"), policy.items("UnapprovedInROMApplicationList"),
        policy.items("Name"))  # fmt: skip
    assert (None, None) == (policy.get("MinPasswordLength"), policy.get("PasswordEnabled"))


def test_notes_and_ids_cannot_be_written_to() -> None:
    with pytest.raises(TypeError):
        strict().ids["a"] = "b"  # type: ignore[index]


@pytest.mark.parametrize(("mailbox", "expected"), [
    ("A@CONTOSO.COM", "Strict"), ("B@CONTOSO.COM", "Default"), ("C@CONTOSO.COM", "Default"), ("D@CONTOSO.COM", None),
])  # fmt: skip
def test_the_policy_of_a_mailbox(mailbox: str, expected: str | None) -> None:
    found = state(POLICY)
    policy = found.policy_of((found.mailboxes or {})[mailbox])
    assert expected == (policy.identity if policy is not None else None)


LIVE_POLICIES = [
    {"Name": "West", "Guid": "a1", "DistinguishedName": "CN=West,DC=contoso", "Identity": "West"},
    {"Name": "East\\West", "Guid": "a2", "DistinguishedName": "CN=East\\West,DC=contoso", "Identity": "East\\West"},
    {"Name": "North", "Guid": "a3", "Identity": "contoso.com/Mobile/North"},
    {"Name": "Far/South", "Guid": "a4"},
    {"Name": "A/B", "Guid": "a5"},
    {"Name": "B", "Guid": "a6"},
    {"Name": "A6", "Guid": "a7"},
]


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("reference", "expected", "shown"),
    [
        ("west", "West", "West"),
        ("EAST\\west", "East\\West", "East\\West"),
        ("CN=West,DC=contoso", "West", "West"),
        ("cn=east\\west,dc=contoso", "East\\West", "East\\West"),
        ("a2", "East\\West", "East\\West"),
        ("contoso.com/Mobile/North", "North", "North"),
        ("fabrikam.com\\North", None, "North"),
        ("fabrikam.com/Mobile\\West", None, "West"),
        ("fabrikam.com/East\\West", None, "West East\\West"),
        ("Far/South", "Far/South", "Far/South"),
        ("fabrikam.com\\Far/South", None, "Far/South"),
        ("fabrikam.com\\A/B", None, "A/B B"),
        ("fabrikam.com\\South", None, ""),
        ("South", None, ""),
        ("fabrikam.com\\a1", None, ""),  # a Guid ends no path
        ("a6", None, "B A6"),  # the name of one, the Guid of another
        ("fabrikam.com\\", None, ""),
        ("\\West", None, "West"),
        ("", None, ""),
        ("Wes", None, ""),
    ],
)
def test_a_policy_is_found_by_all_of_a_name_before_the_end_of_a_path(
    reference: str, expected: str | None, shown: str, turned: bool
) -> None:
    rows = LIVE_POLICIES[::-1] if turned else LIVE_POLICIES
    found = read_sealed(seal(mobileDeviceMailboxPolicies=rows)).state
    policy, several = found.find_policy(reference), found.policies_shown_as(reference)
    assert expected == (policy.identity if policy is not None else None)
    assert set(shown.split()) == {each.identity for each in several}


def test_the_policy_of_no_mailbox_is_the_default_one() -> None:
    policy = state(POLICY).policy_of(None)
    assert policy is not None
    assert "Default" == policy.identity


def test_no_default_policy_is_known_where_none_is_declared() -> None:
    assert state("mobileDeviceMailboxPolicies: [{Name: a}, {Name: b, IsDefault: false}]").default_policy is None
    assert state("{}").default_policy is None


def test_only_true_makes_a_policy_the_default_one() -> None:
    assert snapshot_of({"Name": "a", "IsDefault": "Maybe"}).default_policy is None
    assert snapshot_of({"Name": "a", "IsDefault": "true"}).default_policy is not None


def snapshot_of(policy: dict[str, str]) -> State:
    """Return the live state of an organization with one policy."""
    return read_sealed(seal(mobileDeviceMailboxPolicies=[policy])).state


def test_a_state_that_speaks_of_nothing() -> None:
    nothing = State()
    assert [None] * len(OBJECT_KINDS) == [nothing.section(kind) for kind in OBJECT_KINDS]
    assert [] == list(nothing.entities())
    assert nothing.find_policy("Default") is None


@pytest.mark.parametrize(("text", "expected"), [
    ("", "EAS"), ("EAS", "EAS"), ("eas", "EAS"), ("universaloutlook", "UniversalOutlook"), ("New One", "New One"),
])  # fmt: skip
def test_client_type(text: str, expected: str) -> None:
    assert expected == client_type(text)


def test_devices_sort_by_owner_then_id() -> None:
    devices = [
        Device(device_id=number, mailbox=owner.upper(), device_class=(None, None, None, None), owner=owner)
        for owner, number in (("b", "1"), ("a", "2"), ("a", "1"))
    ]
    assert [("a", "1"), ("a", "2"), ("b", "1")] == [(device.owner, device.device_id) for device in DeviceTable(devices)]
