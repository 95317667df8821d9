"""Pseudonyms: the same for the same, of the same form, and none for what rules compare."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policylint.model.device import Device
from policylint.model.device_table import DeviceTable
from policylint.model.snapshot import Header
from policylint.readers.raw import RawSnapshot
from policylint.readers.redact import Pseudonyms, redact
from policylint.text import fold
from tests.texts import LIVE
from tests.worlds import STORE

KEY = bytes(64)
GUID = "99999999-2222-4333-8444-555555555555"
STAYING = ("Kiosk", "iPhone (DeviceType)", "a,b")
ADDRESS, NAME = r"user-[0-9a-f]{16}@redacted\.invalid", "x[0-9a-f]{24}"
LIKE_A_GUID = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"

FORMS = [
    # id, the text, what its pseudonym is like
    ("address", "anna@contoso.com", ADDRESS),
    ("guid", GUID, LIKE_A_GUID),
    ("guid-without-dashes", "B90E3D5C11F7420A8E6D2C4FA5137B08", LIKE_A_GUID),
    ("guid-in-braces", "{" + GUID + "}", LIKE_A_GUID),
    ("distinguished-name", "CN=Anna Berg,DC=contoso,DC=com", f"CN={NAME}"),
    ("name", "Anna Berg", NAME),
    ("free-text", "Ask anna@contoso.com, room 12.", NAME),
    ("empty", "", ""),
]


def pseudonyms(key: bytes = KEY) -> Pseudonyms:
    return Pseudonyms(key, STAYING, ("DeviceType", "DeviceOS"))


@pytest.mark.parametrize(("text", "like"), [case[1:] for case in FORMS], ids=[case[0] for case in FORMS])
def test_a_pseudonym_is_of_the_same_form(text: str, like: str) -> None:
    found = pseudonyms().text(text)
    assert re.fullmatch(like, found)
    assert found == pseudonyms().text(text.upper() if not text.startswith("CN") else text)
    assert not text or found != pseudonyms(bytes(63) + b"x").text(text)


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), st.text(st.characters(exclude_categories=["Cs"])))
def test_pseudonyms_are_equal_where_exchange_takes_texts_for_equal(one: str, other: str) -> None:
    hide = pseudonyms().text
    assert (fold(one) == fold(other)) is (hide(one) == hide(other))


PATHS = [
    # id, the value, what stands for it
    ("staying", "kiosk", "kiosk"),
    ("null", None, None),
    ("empty", "", ""),
    ("path", "contoso.com/Policies/Kiosk", f"{NAME}/Kiosk"),
    ("path-of-windows", r"contoso.com\iPhone (DeviceType)", rf"{NAME}\\iPhone \(DeviceType\)"),
    ("distinguished-name", "CN=Kiosk,CN=Policies,DC=contoso", f"CN=Kiosk,CN={NAME}"),
    ("escaped", r"CN=a\,b,DC=contoso", rf"CN=a\\,b,CN={NAME}"),
    ("another", "contoso.com/Policies/Gone", NAME),
    ("rule-that-is-gone", "contoso.com/Nokia (deviceos)", rf"{NAME} \(DeviceOS\)"),
    ("guid", GUID, LIKE_A_GUID),
]


@pytest.mark.parametrize(("value", "like"), [case[1:] for case in PATHS], ids=[case[0] for case in PATHS])
def test_of_a_path_only_names_of_policies_and_rules_stay(value: str | None, like: str | None) -> None:
    found = pseudonyms().path(value)
    assert found == value if like is None else re.fullmatch(like, found)


def live() -> RawSnapshot:
    """Return live state in which every text that names somebody has `contoso` or `anna` in it, but for Guids."""
    dn = "CN=Kiosk,CN=Policies,DC=contoso"
    sections: dict[str, Any] = {
        "organization": [
            {
                "Identity": "contoso\\Settings",
                "Guid": GUID,
                "UserMailInsert": "Ask Anna",
                "AdminMailRecipients": ["anna@contoso.com"],
            }
        ],
        "deviceAccessRules": [
            {
                "Identity": "contoso\\iPhone (DeviceType)",
                "QueryString": "iPhone",
                "Characteristic": "DeviceType",
                "AccessLevel": "Block",
            }
        ],
        "mobileDeviceMailboxPolicies": [{"Name": "Kiosk", "Guid": GUID, "DistinguishedName": dn}],
        "mailboxes": [
            {
                "PrimarySmtpAddress": "anna@contoso.com",
                "Identity": "anna",
                "ActiveSyncMailboxPolicy": dn,
                "ActiveSyncAllowedDeviceIDs": ["ID-anna"],
                "ActiveSyncBlockedDeviceIDs": [],
                "EmailAddresses": ["SMTP:anna@contoso.com"],
                "ActiveSyncEnabled": "True",
                "Office": "contoso",
            }
        ],
    }
    device = Device(
        "id-ANNA",
        "ANNA@CONTOSO.COM",
        ("iPhone", "iPhone17C1", None, None),
        live_rule="contoso\\iPhone (DeviceType)",
        guid=GUID,
        owner="anna@contoso.com",
        changed="2026-11-20T06:00:00Z",
    )
    header = Header("exchange-online", GUID, "contoso.onmicrosoft.com", GUID, "2026-11-20T06:00:00Z", "0.1.0", False)
    return RawSnapshot(LIVE, "", header, sections, DeviceTable([device]), {"devices": "contoso.com/Users alone"})


def test_nothing_names_the_organization_or_a_person() -> None:
    raw = live()
    found = redact(raw, STORE, KEY)
    shown = repr((found.header, found.sections, list(found.devices), found.incomplete)).lower()
    assert ("contoso" not in shown, "anna" not in shown, GUID not in shown) == (True, True, True)
    assert (True, "exchange-online", raw.header.taken_at) == (
        found.header.redacted,
        found.header.edition,
        found.header.taken_at,
    )
    (mailbox,), (policy,) = found.sections["mailboxes"], found.sections["mobileDeviceMailboxPolicies"]
    (rule,), (device,) = found.sections["deviceAccessRules"], found.devices
    assert ("Kiosk", policy["DistinguishedName"]) == (policy["Name"], mailbox["ActiveSyncMailboxPolicy"])
    assert ("iPhone", "Block", rule["Identity"]) == (rule["QueryString"], rule["AccessLevel"], device.live_rule)
    assert [fold(device.device_id)] == [*map(fold, mailbox["ActiveSyncAllowedDeviceIDs"])]
    assert (mailbox["PrimarySmtpAddress"], fold(device.owner)) == (device.owner, device.mailbox)
    assert found.header.organization_guid == found.sections["organization"][0]["Guid"]
    assert (("iPhone", "iPhone17C1", None, None), "2026-11-20T06:00:00Z") == (device.device_class, device.changed)
    assert 1 == len(mailbox["EmailAddresses"])
    assert ("True", []) == (mailbox["ActiveSyncEnabled"], mailbox["ActiveSyncBlockedDeviceIDs"])


@given(st.binary(min_size=64, max_size=64).filter(any))
def test_another_key_gives_other_pseudonyms_and_no_other_difference(key: bytes) -> None:
    one, other = redact(live(), STORE, KEY), redact(live(), STORE, key)
    names = re.compile(f"{ADDRESS}|{LIKE_A_GUID}|{NAME}", re.IGNORECASE)
    shown = [repr((each.header, each.sections, list(each.devices))) for each in (one, other)]
    assert names.sub("?", shown[0]) == names.sub("?", shown[1])
    pseudonyms = [{match[0] for match in names.finditer(text)} for text in shown]
    assert pseudonyms[0].isdisjoint(pseudonyms[1])
