"""What would let a device in or keep it out: which remedy comes first, and what is said of each."""

from __future__ import annotations

import shlex

import pytest

from policylint.analysis.candidate_changes import ListCommand
from policylint.analysis.minimal_changes import Effects, MinimalChange, minimal_changes
from tests.worlds import access, device

BOX, OTHER = "ann.lee@contoso.com", "bob.ray@contoso.com"
DEFAULT = (
    "{Name: Default, IsDefault: true, PasswordEnabled: true, RequireDeviceEncryption: true,"
    " AllowNonProvisionableDevices: false}"
)
POLICIES = f"""
organization: {{DefaultAccessLevel: Allow}}
mobileDeviceMailboxPolicies:
- {DEFAULT}
- {{Name: Without password, PasswordEnabled: false, RequireDeviceEncryption: false, AllowNonProvisionableDevices: true}}
- {{Name: Legacy devices, PasswordEnabled: true, RequireDeviceEncryption: false, AllowNonProvisionableDevices: true}}
- {{Name: Strict, PasswordEnabled: true, RequireDeviceEncryption: true, AllowNonProvisionableDevices: false}}
mailboxes:
- {{Identity: {BOX}}}
- {{Identity: {OTHER}}}
"""


def key(mailbox: str) -> str:
    return mailbox.upper()


def of(mailbox: str, **facts: str) -> object:
    return device(mailbox, **facts)._replace(mailbox=key(mailbox), owner=mailbox)


def remedies(text: str, of_one: object, *others: object, edition: str = "exchange-2019") -> list[MinimalChange]:
    model = access(text, edition=edition)
    return list(minimal_changes(Effects(model, [of_one, *others]), of_one))  # type: ignore[list-item, arg-type]


def words(found: list[MinimalChange]) -> list[str]:
    return [", ".join(each.changes) for each in found]


def test_another_policy_for_the_mailbox_comes_before_a_looser_policy_for_all() -> None:
    found = remedies(POLICIES, of(BOX, DeviceId="OLD1", DeviceType="iPhone", provisionable="partial"))
    assert [
        f"set ActiveSyncMailboxPolicy of {BOX} to Legacy devices",
        f"set ActiveSyncMailboxPolicy of {BOX} to Without password",
        "set AllowNonProvisionableDevices of policy Default to true",
    ] == words(found)
    assert ("unlike Default, it has AllowNonProvisionableDevices true and RequireDeviceEncryption false",) == found[
        0
    ].cautions
    assert "every mailbox under policy Default" in found[2].scope[0]


def test_a_looser_policy_for_all_comes_last_however_few_devices_are_seen() -> None:
    one = of(BOX, DeviceId="OLD1", DeviceType="iPhone", provisionable="partial")
    own = of(BOX, DeviceId="OLD2", DeviceType="Android", provisionable="none")
    found = remedies(POLICIES, one, own)
    assert "set AllowNonProvisionableDevices of policy Default to true" == words(found)[-1]
    assert [("OLD2",)] * 3 == [tuple(each.device_id for each in remedy.same_mailbox) for remedy in found]


def test_no_other_policy_where_none_asks_less() -> None:
    strict = POLICIES.replace("AllowNonProvisionableDevices: true", "AllowNonProvisionableDevices: false")
    found = remedies(strict, of(BOX, DeviceId="OLD1", DeviceType="iPhone", provisionable="partial"))
    assert ["set AllowNonProvisionableDevices of policy Default to true"] == words(found)
    assert "no other policy admits this device: a new one for such devices" in found[0].cautions[0]


def test_the_removal_of_a_block_says_that_the_block_is_deliberate() -> None:
    text = f"""
organization: {{DefaultAccessLevel: Allow}}
mailboxes:
- {{Identity: {BOX}, ActiveSyncBlockedDeviceIDs: [LOST1], reason: lost on a train, owner: help desk}}
"""
    (found,) = remedies(text, of(BOX, DeviceId="LOST1", DeviceType="iPhone"))
    assert (f"remove LOST1 from ActiveSyncBlockedDeviceIDs of {BOX}",) == found.changes
    assert (
        "somebody blocked this very device: find out why first, it may be lost or stolen",
        f"the policy gives a reason for {BOX}: lost on a train (owner: help desk)",
    ) == found.cautions


def test_switching_on_says_which_other_devices_of_the_mailbox_get_in() -> None:
    text = f"organization: {{DefaultAccessLevel: Allow}}\nmailboxes:\n- {{Identity: {BOX}, ActiveSyncEnabled: false}}\n"
    one, two = (of(BOX, DeviceId=name, DeviceType="iPhone") for name in ("ONE", "TWO"))
    found = remedies(text, one, two, of(OTHER, DeviceId="FAR", DeviceType="iPhone"))[0]
    assert (f"set ActiveSyncEnabled of {BOX} to true",) == found.changes
    assert (1, 0) == (found.opens, found.closes)
    assert ["TWO"] == [each.device_id for each in found.same_mailbox]
    assert "later ones too" in found.scope[0]


def test_of_changes_alike_those_of_values_that_an_update_changes_come_last() -> None:
    text = "organization: {DefaultAccessLevel: Quarantine}\n"
    reported = {"DeviceType": "Android", "DeviceModel": "Pixel 8", "DeviceOS": "Android 14", "UserAgent": "Mail/1.0"}
    found = remedies(text, device(None, **{**reported, "DeviceUserAgent": reported.pop("UserAgent")}))
    assert [
        "new rule Pixel 8 (DeviceModel): Allow",
        "new rule Android (DeviceType): Allow",
        "new rule Android 14 (DeviceOS): Allow",
        "new rule Mail/1.0 (UserAgent): Allow",
        "set DefaultAccessLevel to Allow",
    ] == words(found)


def test_the_exact_effect_comes_before_the_kind_of_value() -> None:
    text = "organization: {DefaultAccessLevel: Quarantine}\n"
    one = device(None, DeviceType="Android", DeviceOS="Android 14")._replace(device_id="ONE")
    two = device(None, DeviceType="Android", DeviceOS="Android 13")._replace(device_id="TWO")
    assert "new rule Android 14 (DeviceOS): Allow" == words(remedies(text, one, two))[0]


@pytest.mark.parametrize(
    ("change", "scope"),
    [
        ("delete rule iPhone (DeviceType)", "every device with DeviceType iPhone, later ones too"),
        ("set rule iPhone (DeviceType) to Allow", "every device with DeviceType iPhone, later ones too"),
    ],
)
def test_each_change_says_for_whom_it_is(change: str, scope: str) -> None:
    text = (
        "organization: {DefaultAccessLevel: Allow}\n"
        "deviceAccessRules:\n- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Block}\n"
    )
    found = remedies(text, device(None, DeviceType="iPhone"))
    assert (scope,) == next(each.scope for each in found if change in each.changes)


def test_the_default_policy_is_given_by_null() -> None:
    text = (POLICIES.replace("AllowNonProvisionableDevices: false}", "AllowNonProvisionableDevices: true}", 1)).replace(
        f"Identity: {BOX}", f"Identity: {BOX}, ActiveSyncMailboxPolicy: Strict"
    )
    one = of(BOX, DeviceId="OLD1", DeviceType="iPhone", provisionable="partial")
    assert f"set ActiveSyncMailboxPolicy of {BOX} to null, which is policy Default" == words(remedies(text, one))[0]


@pytest.mark.parametrize(
    ("device_id", "mailbox", "has_one"),
    [
        ("ABC1", BOX, True),
        ("A$(B)", "ann & bob; lee", True),
        ("--yes", BOX, False),
        ("ABC1", "o'neil@contoso.com", False),
        ("AB\x1b[0m", BOX, False),
    ],
)
def test_the_command_of_a_change_holds_each_name_as_one_word(device_id: str, mailbox: str, has_one: bool) -> None:
    line = ListCommand("deny", device_id, mailbox).line([("env", "a test")])
    words = ["policylint", "deny", device_id, "--mailbox", mailbox, "--env", "a test"]
    assert (words if has_one else None) == (shlex.split(line) if line is not None else None)


SCRIPTS = "{Characteristic: UserAgent, QueryString: python/3, AccessLevel: Block"


def test_a_device_that_contradicts_itself_is_not_approved_without_a_caution() -> None:
    text = POLICIES.replace("DefaultAccessLevel: Allow", "DefaultAccessLevel: Quarantine")
    spoofed = remedies(text, of(BOX, DeviceId="FAKE1", DeviceType="iPhone", DeviceUserAgent="python/3"))
    assert spoofed[0].changes == (f"add FAKE1 to ActiveSyncAllowedDeviceIDs of {BOX}",)
    assert (
        "what it reports contradicts itself (DeviceType iPhone, but DeviceUserAgent python/3): find out what it is"
        " before you let it in",
    ) == spoofed[0].cautions
    honest = remedies(text, of(BOX, DeviceId="PHONE1", DeviceType="iPhone"))
    assert () == honest[0].cautions


@pytest.mark.parametrize(
    ("notes", "cautions"),
    [
        ("}", ()),
        (
            ", reason: no scripts, owner: security}",
            (
                "rule python/3 (UserAgent) blocks such devices on purpose: read its reason before you make an"
                " exception",
                "the policy gives a reason for python/3 (UserAgent): no scripts (owner: security)",
            ),
        ),
    ],
)
def test_an_exception_from_a_block_rule_with_a_reason_has_a_caution(notes: str, cautions: tuple[str, ...]) -> None:
    rule = f"deviceAccessRules:\n- {SCRIPTS}{notes}\n"
    found = remedies(POLICIES + rule, of(BOX, DeviceId="SCRIPT1", DeviceType="Script", DeviceUserAgent="python/3"))
    assert found[0].changes == (f"add SCRIPT1 to ActiveSyncAllowedDeviceIDs of {BOX}",)
    assert cautions == found[0].cautions
