"""What a mailbox policy demands, and what of it a device does not enforce."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.analysis.policy_demands import demands, what_is_not_enforced
from tests.worlds import entity

STRICT: dict[str, Any] = {"Name": "Default", "PasswordEnabled": True, "MinPasswordLength": 6, "AllowCamera": False}


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ()),
        ({"PasswordEnabled": True, "AllowCamera": True, "PasswordExpiration": "Unlimited"}, ("PasswordEnabled",)),
        ({"PasswordEnabled": False, "MinPasswordLength": 6}, ()),
        ({"MinPasswordLength": None, "RequireDeviceEncryption": True}, ("RequireDeviceEncryption",)),
        ({"AllowBluetooth": "Disable", "AttachmentsEnabled": False}, ("AllowBluetooth",)),
    ],
)
def test_demands(settings: dict[str, Any], expected: tuple[str, ...]) -> None:
    assert expected == demands(entity("mobileDeviceMailboxPolicy", Name="Default", **settings))


def test_what_a_device_is_known_not_to_enforce() -> None:
    policy = entity("mobileDeviceMailboxPolicy", **STRICT, RequireDeviceEncryption=True)
    other = entity("mobileDeviceMailboxPolicy", Name="Legacy devices", RequireDeviceEncryption=False)
    words = what_is_not_enforced(policy, ("iPhone", "iPhone1C2", None, None), [policy, other])
    assert (
        "iPhone1C2 cannot enforce RequireDeviceEncryption, which policy Default demands; Legacy devices does not;"
        " whether it enforces all the rest is not reported"
    ) == words


def test_what_is_not_known_is_said_not_to_be_known() -> None:
    policy = entity("mobileDeviceMailboxPolicy", **STRICT)
    assert (
        "which settings the device does not enforce is not known: Exchange does not report it; policy Default demands"
        " AllowCamera false, MinPasswordLength 6 and PasswordEnabled true"
    ) == what_is_not_enforced(policy, ("Android", "SM-S918B", None, None))
