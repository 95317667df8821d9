"""States of a fake Exchange and plans for them."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any

from policylint.access.impact import Impact, impact_record
from policylint.adapters.resources import read_script
from policylint.plan.planfile import plan_of, plan_record
from policylint.render.powershell import render_converge_script, render_export_script
from tests.worlds import STORE

if TYPE_CHECKING:
    from policylint.desired.enforcement import DesiredEnforcement
    from policylint.schema.store import SchemaStore

SCRIPTS = Path(__file__).parents[2] / "policylint" / "scripts"
TENANT = "11111111-2222-4333-8444-555555555555"
ORGANIZATION = "99999999-2222-4333-8444-555555555555"


def guid(number: int) -> str:
    """Return the Guid of the object with that number."""
    return f"00000000-0000-4000-8000-{number:012d}"


def policy(number: int, name: str, **values: Any) -> dict[str, Any]:
    """Return a mobile device mailbox policy as a snapshot shows it."""
    return {
        "Identity": name,
        "Name": name,
        "Guid": guid(number),
        "DistinguishedName": f"CN={name},CN=Mobile Mailbox Policies,DC=contoso,DC=com",
        "IsDefault": "False",
        "AllowNonProvisionableDevices": "True",
        "PasswordEnabled": "False",
        "MinPasswordLength": None,
        "MaxInactivityTimeLock": "Unlimited",
        "MaxPasswordFailedAttempts": "Unlimited",
        "MaxAttachmentSize": "Unlimited",
        "MaxEmailAgeFilter": "All",
        "DeviceEncryptionEnabled": "False",
        "RequireStorageCardEncryption": "False",
        "UnapprovedInROMApplicationList": [],
    } | values


def mailbox(number: int, name: str, **values: Any) -> dict[str, Any]:
    """Return a mailbox as a snapshot shows it."""
    return {
        "Identity": name,
        "Name": name,
        "Guid": guid(number),
        "DistinguishedName": f"CN={name},OU=Users,DC=contoso,DC=com",
        "ExternalDirectoryObjectId": guid(number + 5000),
        "PrimarySmtpAddress": f"{name}@contoso.com",
        "ActiveSyncMailboxPolicyIsDefaulted": "True",
        "HasActiveSyncDevicePartnership": "True",
        "ActiveSyncEnabled": "True",
        "ActiveSyncMailboxPolicy": "Default",
        "ActiveSyncAllowedDeviceIDs": [],
        "ActiveSyncBlockedDeviceIDs": [],
        "OutlookMobileEnabled": "True",
    } | values


def rule(number: int, characteristic: str, text: str, level: str) -> dict[str, Any]:
    """Return a device access rule as a snapshot shows it."""
    name = f"{text} ({characteristic})"
    return {
        "Identity": name,
        "Name": name,
        "Guid": guid(number),
        "DistinguishedName": f"CN={name},CN=Mobile Mailbox Settings,DC=contoso,DC=com",
        "Characteristic": characteristic,
        "QueryString": text,
        "AccessLevel": level,
        "WhenCreatedUTC": "2026-01-02T03:04:05Z",
    }


def device(number: int, owner: str, **values: Any) -> dict[str, Any]:
    """Return a device as a snapshot shows it."""
    name = f"iPhone\u00a7DEVICE{number}"
    return {
        "mailbox": f"{owner}@contoso.com",
        "Guid": guid(number + 9000),
        "Identity": f"{owner}\\ExchangeActiveSyncDevices\\{name}",
        "DistinguishedName": f"CN={name},CN=ExchangeActiveSyncDevices,CN={owner},OU=Users,DC=contoso,DC=com",
        "DeviceId": f"DEVICE{number}",
        "DeviceType": "iPhone",
        "DeviceModel": "iPhone14C2",
        "DeviceOS": "iOS 17.4 21E219",
        "DeviceUserAgent": "Apple-iPhone14C2/2105.219",
        "DeviceAccessState": "Allowed",
        "DeviceAccessStateReason": "Global",
        "DeviceAccessControlRule": None,
        "ClientType": "EAS",
        "ClientVersion": "16.1",
        "FirstSyncTime": "2026-01-02T03:04:05Z",
        "LastSuccessSync": None,
        "IsManaged": "False",
        "IsCompliant": "False",
        "IsDisabled": "False",
        "WhenChangedUTC": "2026-11-02T03:04:05Z",
    } | values


def scene() -> dict[str, Any]:
    """Return a small organization: two rules, two policies, three mailboxes, three devices."""
    return copy.deepcopy(
        {
            "header": {
                "format": "policylint-snapshot/1",
                "tool": "0.1.0",
                "edition": "exchange-online",
                "tenant": TENANT,
                "organization": "contoso.onmicrosoft.com",
                "organizationGuid": ORGANIZATION,
                "takenAt": "2026-11-23T08:00:00Z",
                "redacted": False,
            },
            "organization": {
                "Identity": "Mobile Mailbox Settings",
                "Guid": ORGANIZATION,
                "DefaultAccessLevel": "Allow",
                "UserMailInsert": None,
                "AdminMailRecipients": ["admin@contoso.com"],
            },
            "deviceAccessRules": [rule(1, "DeviceType", "iPhone", "Allow"), rule(2, "DeviceOS", "Android 9", "Block")],
            "mobileDeviceMailboxPolicies": [policy(11, "Default", IsDefault="True"), policy(12, "Kiosk")],
            "mailboxes": [
                mailbox(21, "john.doe", ActiveSyncAllowedDeviceIDs=["DEVICE1", "OLD1"]),
                mailbox(22, "kim.ray", ActiveSyncMailboxPolicy="Kiosk", ActiveSyncMailboxPolicyIsDefaulted="False"),
                mailbox(23, "lee.o'neil"),
            ],
            "devices": [device(1, "john.doe"), device(2, "kim.ray"), device(3, "lee.o'neil")],
        }
    )


def change(name: str, kind: str, before: Any, after: Any) -> dict[str, Any]:
    """Return one change of a step."""
    made = {"property": name, "kind": kind, "before": before, "after": after}
    return made | ({"known": sorted({*(before or []), *(after or [])})} if kind == "strings" else {})


def step(action: str, kind: str, target: dict[str, Any], *changes: dict[str, Any]) -> dict[str, Any]:
    """Return a step without its id."""
    shown = target.get("PrimarySmtpAddress") or target.get("Name") or target.get("QueryString") or "organization"
    made = {"action": action, "kind": kind, "identity": shown, "target": target, "changes": list(changes)}
    return made | {"opens": 0, "closes": 0}


NO_IMPACT = Impact(
    devices=3,
    newly_allowed=0,
    newly_quarantined=0,
    newly_blocked=0,
    mailboxes=0,
    unknown_owner=0,
    by_pair=(),
    by_class=(),
)


def plan(*steps: dict[str, Any], **values: Any) -> dict[str, Any]:
    """Return the record of a plan of these steps for the organization of `scene`."""
    return {
        "tool": "0.1.0",
        "createdAt": "2026-11-23T09:00:00Z",
        "notAfter": "2999-01-01T00:00:00Z",
        "edition": "exchange-online",
        "tenant": TENANT,
        "organization": "contoso.onmicrosoft.com",
        "organizationGuid": ORGANIZATION,
        "snapshot": {"path": "live.json", "takenAt": "2026-11-23T08:00:00Z", "sha256": "0" * 64},
        "steps": [{"id": f"s{number:03d}"} | made for number, made in enumerate(steps, 1)],
        "drift": [],
        "impact": impact_record(NO_IMPACT),
        "refusals": [],
        "acknowledged": [],
        "warnings": [],
    } | values


def fingerprint(made: dict[str, Any]) -> str:
    """Return the fingerprint of a plan, given its record."""
    return str(plan_record(plan_of(made))["fingerprint"])


def converge(made: dict[str, Any], template: str = "", store: SchemaStore = STORE) -> str:
    """Return the converging script of a plan, given its record."""
    return render_converge_script(template or read_script("converge.ps1"), plan_of(made), store)


JOHN = {"PrimarySmtpAddress": "john.doe@contoso.com", "Guid": guid(21), "Identity": "john.doe"}
KIM = {"PrimarySmtpAddress": "kim.ray@contoso.com", "Guid": guid(22), "Identity": "kim.ray"}
LEE = {"PrimarySmtpAddress": "lee.o'neil@contoso.com", "Guid": None, "Identity": "lee.o'neil"}
IPHONE = {"Characteristic": "DeviceType", "QueryString": "iPhone"}
ANDROID = {"Characteristic": "DeviceOS", "QueryString": "Android 9"}
ODD = {"Characteristic": "DeviceModel", "QueryString": "O'Neil\u2019s \u00a7 phone; Remove-Item $x `n \U0001f4f1"}
DEFAULT = {"Name": "Default", "Guid": guid(11)}
KIOSK = {"Name": "Kiosk", "Guid": guid(12)}
STAFF = {"Name": "Staff", "Guid": None}


def full_plan() -> dict[str, Any]:
    """Return a plan that uses each of the eight changing calls, in the order plans have."""
    return plan(
        step("create", "mobileDeviceMailboxPolicy", STAFF, *staff_values()),
        step("update", "mailbox", JOHN, change("ActiveSyncAllowedDeviceIDs", "strings", ["DEVICE1", "OLD1"],
                                               ["DEVICE1", "OLD1", "NEW1"])),
        step("create", "deviceAccessRule", ODD, change("AccessLevel", "enum", None, "Block")),
        step("update", "deviceAccessRule", IPHONE, change("AccessLevel", "enum", "Allow", "Quarantine")),
        step("update", "organization", {}, change("DefaultAccessLevel", "enum", "Allow", "Quarantine"),
             change("UserMailInsert", "string", None, "Wait for approval \u2013 it's quick."),
             change("AdminMailRecipients", "strings", ["admin@contoso.com"], ["mobile@contoso.com"])),
        step("update", "mobileDeviceMailboxPolicy", DEFAULT, change("PasswordEnabled", "bool", False, True),
             change("MinPasswordLength", "nullable-int", None, 6),
             change("MaxInactivityTimeLock", "unlimited-timespan", "Unlimited", "00:15:00"),
             change("MaxAttachmentSize", "unlimited-bytes", "Unlimited", 5242880),
             change("MaxPasswordFailedAttempts", "unlimited-int", "Unlimited", 16)),
        step("update", "mailbox", KIM, change("ActiveSyncMailboxPolicy", "policy-ref", "Kiosk", "Staff"),
             change("OutlookMobileEnabled", "bool", True, False)),
        step("delete", "mobileDeviceMailboxPolicy", KIOSK, *kiosk_values()),
        step("delete", "deviceAccessRule", ANDROID, change("AccessLevel", "enum", "Block", None)),
        step("update", "mailbox", JOHN, change("ActiveSyncAllowedDeviceIDs", "strings", ["DEVICE1", "OLD1", "NEW1"],
                                               ["DEVICE1", "NEW1"])),
        step("update", "mailbox", LEE, change("ActiveSyncMailboxPolicy", "policy-ref", None, "Default")),
    )  # fmt: skip


def kiosk_values() -> list[dict[str, Any]]:
    """Return the values that the policy Kiosk has in `scene`, as a step that deletes it names them."""
    return [
        change("IsDefault", "bool", False, None),
        change("PasswordEnabled", "bool", False, None),
        change("MinPasswordLength", "nullable-int", None, None),
        change("MaxInactivityTimeLock", "unlimited-timespan", "Unlimited", None),
        change("MaxEmailAgeFilter", "enum", "All", None),
        change("UnapprovedInROMApplicationList", "strings", [], None),
    ]


def staff_values() -> list[dict[str, Any]]:
    """Return the values of the policy that `full_plan` creates."""
    return [
        change("IsDefault", "bool", None, False),
        change("PasswordEnabled", "bool", None, True),
        change("MinPasswordLength", "nullable-int", None, None),
        change("MaxEmailAgeFilter", "enum", None, "OneWeek"),
        change("PasswordExpiration", "unlimited-timespan", None, "90.00:00:00"),
        change("UnapprovedInROMApplicationList", "strings", None, []),
    ]


def exporter(edition: str = "exchange-online", desired: DesiredEnforcement | None = None) -> str:
    """Return the exporting script."""
    return render_export_script(read_script("export.ps1"), STORE, edition=edition, tool="0.1.0", desired=desired)
