"""The shapes in which the Get- cmdlets and the usual exports show values, setting by setting.

Source: ConvertTo-Json of objects of Exchange Online and of Exchange Server, as published in tests and reports of
https://github.com/microsoft/Microsoft365DSC and https://github.com/cisagov/ScubaGear
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.worlds import STORE

SHAPES: list[tuple[str, str, Any, Any]] = [
    # kind of object, setting, as shown, canonical
    ("mobileDeviceMailboxPolicy", "AllowNonProvisionableDevices", False, False),
    ("mobileDeviceMailboxPolicy", "PasswordEnabled", "True", True),
    ("mobileDeviceMailboxPolicy", "DevicePolicyRefreshInterval", "1.00:00:00", "1.00:00:00"),
    ("mobileDeviceMailboxPolicy", "DevicePolicyRefreshInterval", "Unlimited", "Unlimited"),
    ("mobileDeviceMailboxPolicy", "MaxAttachmentSize", "20 MB (20,971,520 bytes)", 20_971_520),
    ("mobileDeviceMailboxPolicy", "MaxAttachmentSize", "Unlimited", "Unlimited"),
    ("mobileDeviceMailboxPolicy", "MinPasswordLength", 6, 6),
    ("mobileDeviceMailboxPolicy", "MinPasswordLength", "", None),
    ("mobileDeviceMailboxPolicy", "MinPasswordLength", None, None),
    ("mobileDeviceMailboxPolicy", "MaxInactivityTimeLock", "00:05:00", "00:05:00"),
    ("mobileDeviceMailboxPolicy", "MaxPasswordFailedAttempts", "4", 4),
    ("mobileDeviceMailboxPolicy", "PasswordExpiration", "90.00:00:00", "90.00:00:00"),
    ("mobileDeviceMailboxPolicy", "PasswordHistory", "5", 5),
    ("mobileDeviceMailboxPolicy", "MinPasswordComplexCharacters", "3", 3),
    ("mobileDeviceMailboxPolicy", "AllowBluetooth", "handsfreeonly", "HandsfreeOnly"),
    ("mobileDeviceMailboxPolicy", "MaxEmailBodyTruncationSize", "Unlimited", "Unlimited"),
    ("mobileDeviceMailboxPolicy", "UnapprovedInROMApplicationList", [], ()),
    ("mobileDeviceMailboxPolicy", "ApprovedApplicationList", None, ()),
    ("organization", "DefaultAccessLevel", "Allow", "Allow"),
    ("organization", "AdminMailRecipients", "a@contoso.com", ("a@contoso.com",)),
    ("organization", "UserMailInsert", "", None),
    ("organization", "TenantAdminPreference", None, None),
    ("deviceAccessRule", "QueryString", "iOS 16.0 20A362", "iOS 16.0 20A362"),
    ("deviceAccessRule", "QueryString", " Trailing ", " Trailing "),
    ("deviceAccessRule", "Characteristic", "useragent", "UserAgent"),
    ("mailbox", "ActiveSyncMailboxPolicy", "", None),
    ("mailbox", "ActiveSyncAllowedDeviceIDs", ["ApplDLXK40QZFK16"], ("ApplDLXK40QZFK16",)),
    ("mailbox", "OutlookMobileEnabled", "FALSE", False),
    ("mailboxPlan", "ActiveSyncEnabled", "True", True),
    ("deviceAutoblockThreshold", "DeviceBlockDuration", "1440", "1.00:00:00"),
    ("deviceAutoblockThreshold", "BehaviorTypeIncidenceLimit", "5", 5),
]


@pytest.mark.parametrize(("kind", "name", "shown", "expected"), SHAPES, ids=lambda part: ascii(part))
def test_a_shape(kind: str, name: str, shown: Any, expected: Any) -> None:
    value = STORE.object_type(kind).settings[name].from_live(shown)
    assert (type(expected), expected) == (type(value), value)
