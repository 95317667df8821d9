"""Live state of two small organizations, in the cloud and on a server of its own, as snapshots show it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.sealed import HEADER, seal

if TYPE_CHECKING:
    from collections.abc import Sequence

ORGANIZATION = {
    "Identity": "Mobile Mailbox Settings",
    "DefaultAccessLevel": "Quarantine",
    "AdminMailRecipients": ["ops@contoso.com", "oncall@contoso.com"],
    "UserMailInsert": "Your phone isn't approved yet: see <https://fabrikam.com/phones> & wait.",
}


def rule(characteristic: str, query: str, level: str) -> dict[str, Any]:
    return {"Characteristic": characteristic, "QueryString": query, "AccessLevel": level}


RULES = (
    rule("DeviceType", "iPhone", "Allow"),
    rule("UserAgent", "MSFT-WIN-4/10.0.19045", "Block"),
    rule("DeviceOS", "Android 11", "Quarantine"),
    rule("DeviceModel", "NO", "Block"),
    rule("DeviceModel", "0123", "Allow"),
)


def policy(name: str, **settings: Any) -> dict[str, Any]:
    open_ = {"AllowNonProvisionableDevices": "True", "UNCAccessEnabled": "False", "ApprovedApplicationList": ["a"]}
    return {"Name": name, "Identity": name, "IsDefault": str(name == "Default"), **open_, **settings}


POLICIES = (
    policy("Default", PasswordEnabled="False", MinPasswordLength=None),
    policy(
        "Frontline",
        AllowBluetooth="HandsfreeOnly",
        MaxAttachmentSize="10 MB (10,485,760 bytes)",
        MaxInactivityTimeLock="00:05:00",
        MinPasswordLength="6",
        PasswordEnabled="True",
        PasswordExpiration="90.00:00:00",
    ),
)


def mailbox(
    address: str,
    policy: str | None = None,
    allowed: Sequence[str] = (),
    blocked: Sequence[str] = (),
    **settings: Any,
) -> dict[str, Any]:
    """Return a mailbox; one without a policy of its own shows the default one."""
    return {
        "Identity": address.partition("@")[0],
        "PrimarySmtpAddress": address,
        "ActiveSyncEnabled": "True",
        "OutlookMobileEnabled": "True",
        "OWAforDevicesEnabled": "True",
        "UniversalOutlookEnabled": "True",
        "ActiveSyncMailboxPolicy": policy or "Default",
        "ActiveSyncMailboxPolicyIsDefaulted": str(policy is None),
        "ActiveSyncAllowedDeviceIDs": list(allowed),
        "ActiveSyncBlockedDeviceIDs": list(blocked),
        **settings,
    }


IDS = ("SEC1B40FA72C9E318", "androidc804417726", "b90e3d5c11f7420a8e6d2c4fa5137b08")
MAILBOXES = (
    mailbox("avery.example@contoso.com", allowed=["F04PLSH3Q51BD0PQ7MQ2N4CKV0"]),
    mailbox("blake.sample@contoso.com", "Frontline", allowed=IDS, blocked=["6E20841BFD11A273"]),
    mailbox("casey.other@contoso.com", "Default", ActiveSyncEnabled="False"),
    mailbox("d.o'neil@contoso.com"),
)


def device(owner: str, device_id: str, values: tuple[str, str, str, str], **more: Any) -> dict[str, Any]:
    return {
        "mailbox": owner,
        "DeviceId": device_id,
        **dict(zip(("DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent"), values, strict=True)),
        "Guid": f"guid-{device_id}",
        "Identity": f"{owner}\\{device_id}",
        "ClientType": "EAS",
        "ClientVersion": "16.1",
        "DeviceAccessState": "Allowed",
        "DeviceAccessStateReason": "Individual",
        **more,
    }


DEVICES = (
    device(
        "avery.example@contoso.com",
        "F04PLSH3Q51BD0PQ7MQ2N4CKV0",
        ("iPhone", "iPhone15C2", "iOS 17.3 21D50", "Apple-iPhone15C2/2104.50"),
    ),
    device(
        "blake.sample@contoso.com",
        "androidc804417726",
        ("Android", "SM-G973F", "Android 11", "Android-SAMSUNG-SM-G973F/101.11"),
        LastSuccessSync="2026-11-20T06:00:00Z",
    ),
    device(
        "d.o'neil@contoso.com",
        "6E20841BFD11A273",
        ("WindowsMail", "caf\u00e9 \U0001f600", "Windows 10.0.19045", "MSFT-WIN-4/10.0.19045"),
    ),
)


def online(**sections: Any) -> bytes:
    """Return the snapshot of the organization in the cloud, with some sections in the place of its own."""
    return seal(
        **{
            "organization": ORGANIZATION,
            "deviceAccessRules": RULES,
            "mobileDeviceMailboxPolicies": POLICIES,
            "mailboxes": MAILBOXES,
            "devices": DEVICES,
            **sections,
        }
    )


def on_a_server(**sections: Any) -> bytes:
    """Return the snapshot of the organization on a server of its own."""
    strict = policy(
        "Default",
        AllowSimplePassword="False",
        MaxInactivityTimeLock="00:15:00",
        MinPasswordLength="4",
        PasswordEnabled="True",
    )
    return seal(
        {**HEADER, "edition": "exchange-2019", "tenant": None, "organization": "adatum.com"},
        **{
            "organization": {"Identity": "Mobile Mailbox Settings", "DefaultAccessLevel": "Allow"},
            "deviceAccessRules": [
                rule("DeviceOS", "iOS 6.1.2 10B146", "Block"),
                rule("DeviceOS", "iOS 6.1 10B142", "Block"),
            ],
            "mobileDeviceMailboxPolicies": [strict],
            "mailboxes": [
                mailbox("pat.lee@adatum.com"),
                mailbox("kim.ray@adatum.com", ActiveSyncEnabled="False"),
            ],
            **sections,
        },
    )
