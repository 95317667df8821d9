"""What is said of a device beside the steps of the decision: notes, where to look next, what the user has to do."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from policylint.analysis.why import Explanation, explain
from tests.worlds import access, device

if TYPE_CHECKING:
    from policylint.model.device import Device

BOX = "ann.lee@contoso.com"
OPEN = f"organization: {{DefaultAccessLevel: Allow}}\nmailboxes:\n- {{Identity: {BOX}, ActiveSyncEnabled: true}}\n"
CLOSED = OPEN.replace("Allow", "Quarantine")


def of(**facts: Any) -> Device:
    return device(BOX, **facts)._replace(mailbox=BOX.upper(), owner=BOX)


def explained(text: str, one: Device, *others: Device, edition: str = "exchange-online") -> Explanation:
    model = access(text, edition=edition)
    return explain(model, model, [one], [one, *others])[0]


def words(text: str, one: Device, *, edition: str = "exchange-online") -> str:
    return "\n".join(step.words for step in explained(text, one, edition=edition).next_steps)


PHONE = of(DeviceId="P1", DeviceType="iPhone")


@pytest.mark.parametrize(
    ("edition", "one", "said", "not_said"),
    [
        ("exchange-online", PHONE, ("sign-in", "license", "ActiveSyncEnabled is true", "partnerships"), "autoblock"),
        ("exchange-online", PHONE, ("certificate", "Conditional Access and Intune"), "OutlookMobile"),
        (
            "exchange-online",
            of(DeviceId="O1", DeviceType="Outlook", ClientType="Outlook"),
            ("OutlookMobileEnabled is taken as true", "EwsAllowList"),
            "certificate",
        ),
        ("exchange-2019", PHONE, ("BlockModernAuthActiveSync", "autoblock"), "Intune"),
    ],
)
def test_where_to_look_if_a_device_that_is_let_in_does_not_sync(
    edition: str, one: Device, said: tuple[str, ...], not_said: str
) -> None:
    found = words(OPEN, one, edition=edition)
    assert all(each in found for each in said)
    assert not_said not in found


def test_each_place_to_look_has_a_source() -> None:
    assert all(step.source.startswith("https://") for step in explained(OPEN, PHONE).next_steps)


def test_a_quarantined_device_needs_nothing_of_the_user() -> None:
    assert words(CLOSED, PHONE).startswith("a quarantined device gets its mail by itself")


def test_a_device_blocked_by_its_system_has_to_be_removed_first() -> None:
    rule = "deviceAccessRules:\n- {Characteristic: DeviceOS, QueryString: iOS 12, AccessLevel: Block}\n"
    assert "Remove-MobileDevice" in words(OPEN + rule, of(DeviceId="P1", DeviceOS="iOS 12"))


def test_a_looser_rule_on_the_system_of_a_device_that_another_rule_blocks_is_not_what_blocks_it() -> None:
    rules = "deviceAccessRules:\n- {Characteristic: DeviceOS, QueryString: iOS 12, AccessLevel: Quarantine}\n"
    rules += "- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Block}\n"
    said = words(OPEN + rules, of(DeviceId="P1", DeviceType="iPhone", DeviceOS="iOS 12"))
    assert "Remove-MobileDevice" not in said
    assert "Microsoft does not say when it retries" in said


def test_what_is_not_published_is_said_not_to_be() -> None:
    rule = "deviceAccessRules:\n- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Block}\n"
    assert "Microsoft does not say when it retries" in words(OPEN + rule, PHONE)


def test_an_entry_in_another_form_of_the_id_is_named() -> None:
    listed = OPEN.replace("ActiveSyncEnabled: true", "ActiveSyncBlockedDeviceIDs: [ab-cd-ef]")
    assert (
        f"ActiveSyncBlockedDeviceIDs of {BOX} has `ab-cd-ef`, another form of the ID, which does nothing: Exchange"
        " compares whole IDs, so write ABCDEF",
    ) == explained(listed, of(DeviceId="ABCDEF", DeviceType="iPhone")).notes


def test_values_that_contradict_each_other_are_named() -> None:
    (note,) = explained(OPEN, of(DeviceType="iPhone", DeviceUserAgent="Thunderbird-EAS/1.0")).notes
    assert "DeviceType iPhone, but DeviceUserAgent Thunderbird-EAS/1.0" in note
    assert "no security boundary" in note


@pytest.mark.parametrize(("number", "said"), [(89, False), (90, True), (100, True)])
def test_a_mailbox_near_the_limit_of_partnerships_is_named(number: int, said: bool) -> None:
    others = [of(DeviceId=f"D{place}", DeviceType="Android") for place in range(number)]
    model = access(OPEN)
    (found,) = explain(model, model, [of(DeviceType="iPhone")], others)
    assert said == bool(found.of_mailbox)


def test_against_the_service_only_another_app_helps() -> None:
    found = words(OPEN, of(DeviceId="P1", DeviceType="iPhone", ClientVersion="14.1"))
    assert found.startswith("no setting changes this: update the mail app")
    assert "removing the account" not in found
