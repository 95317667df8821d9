"""docs/examples/contoso/live.json: the frozen live state of an invented organization.

Part of what `python -m tools.docs` makes. Same code, same bytes: times and IDs come from hashes of names.
The access state of a device follows from the live rules, lists and policies below, unless its entry says otherwise.
"""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from tests.sealed import seal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tests.sealed import Row, Value

TENANT: Final = "contoso.onmicrosoft.com"
FOREST: Final = "DC=EURPR00A001,DC=PROD,DC=OUTLOOK,DC=COM"
TAKEN_AT: Final = datetime(2026, 11, 20, 6, tzinfo=UTC)
EAS_16_ONLY: Final = datetime(2026, 3, 1, tzinfo=UTC)
SINCE: Final = datetime(2023, 3, 1, tzinfo=UTC)
NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_DNS, "contoso.com")

# ---------------------------------------------------------------------------------------------------------------------
# Live configuration

ORGANIZATION: Final[dict[str, Value]] = {
    "DefaultAccessLevel": "Quarantine",
    "AdminMailRecipients": [],
    "UserMailInsert": "Your device is quarantined. Please contact IT.",
    "OtaNotificationMailInsert": "",
    "AllowRMSSupportForUnenlightenedApps": "False",
    "AllowAccessForUnSupportedPlatform": "False",
    "EnableMobileMailboxPolicyWhenCAInplace": "False",
    "TenantAdminPreference": None,
}

RULES: Final = (
    ("DeviceType", "iPhone", "Allow", "2023-02-06"),
    ("DeviceType", "iPad", "Allow", "2023-02-06"),
    ("DeviceType", "iPod", "Allow", "2023-02-06"),
    ("DeviceType", "WP8", "Block", "2023-02-06"),
    ("DeviceType", "HTC*", "Block", "2023-02-07"),
    ("DeviceOS", "Android 4.4.2", "Block", "2023-02-07"),
    ("DeviceOS", "iOS", "Quarantine", "2023-05-15"),
    ("UserAgent", "Outlook-iOS/2.0", "Allow", "2023-09-04"),
    ("UserAgent", "python-EAS-Client 1.0", "Block", "2024-01-22"),
    ("DeviceModel", "SM-G981B", "Allow", "2024-03-11"),
    ("DeviceModel", "SM-S911B", "Allow", "2024-10-14"),
    ("DeviceOS", "Android 10", "Quarantine", "2025-06-02"),
    ("UserAgent", "Android-Mail/2020.11.29.346182102.Release", "Block", "2025-06-02"),
)

# The settings of a new policy in Exchange Online, as Get-MobileDeviceMailboxPolicy shows them.
NEW_POLICY: Final[dict[str, Value]] = {
    "AllowApplePushNotifications": "True",
    "AllowBluetooth": "Allow",
    "AllowBrowser": "True",
    "AllowCamera": "True",
    "AllowConsumerEmail": "True",
    "AllowDesktopSync": "True",
    "AllowExternalDeviceManagement": "False",
    "AllowGooglePushNotifications": "True",
    "AllowHTMLEmail": "True",
    "AllowInternetSharing": "True",
    "AllowIrDA": "True",
    "AllowMicrosoftPushNotifications": "True",
    "AllowMobileOTAUpdate": "True",
    "AllowNonProvisionableDevices": "True",
    "AllowPOPIMAPEmail": "True",
    "AllowRemoteDesktop": "True",
    "AllowSimplePassword": "True",
    "AllowSMIMEEncryptionAlgorithmNegotiation": "AllowAnyAlgorithmNegotiation",
    "AllowSMIMESoftCerts": "True",
    "AllowStorageCard": "True",
    "AllowTextMessaging": "True",
    "AllowUnsignedApplications": "True",
    "AllowUnsignedInstallationPackages": "True",
    "AllowWiFi": "True",
    "AlphanumericPasswordRequired": "False",
    "ApprovedApplicationList": [],
    "AttachmentsEnabled": "True",
    "DeviceEncryptionEnabled": "False",
    "DevicePolicyRefreshInterval": "Unlimited",
    "IrmEnabled": "True",
    "IsDefault": "False",
    "MaxAttachmentSize": "Unlimited",
    "MaxCalendarAgeFilter": "All",
    "MaxEmailAgeFilter": "All",
    "MaxEmailBodyTruncationSize": "Unlimited",
    "MaxEmailHTMLBodyTruncationSize": "Unlimited",
    "MaxInactivityTimeLock": "Unlimited",
    "MaxPasswordFailedAttempts": "Unlimited",
    "MinPasswordComplexCharacters": "1",
    "MinPasswordLength": None,
    "PasswordEnabled": "False",
    "PasswordExpiration": "Unlimited",
    "PasswordHistory": "0",
    "PasswordRecoveryEnabled": "False",
    "RequireDeviceEncryption": "False",
    "RequireEncryptedSMIMEMessages": "False",
    "RequireEncryptionSMIMEAlgorithm": "TripleDES",
    "RequireManualSyncWhenRoaming": "False",
    "RequireSignedSMIMEAlgorithm": "SHA1",
    "RequireSignedSMIMEMessages": "False",
    "RequireStorageCardEncryption": "False",
    "UnapprovedInROMApplicationList": [],
    "UNCAccessEnabled": "True",
    "WSSAccessEnabled": "True",
}

POLICIES: Final[dict[str, dict[str, Value]]] = {
    "Default": {
        "IsDefault": "True",
        "PasswordEnabled": "True",
        "MinPasswordLength": "4",
        "MaxPasswordFailedAttempts": "10",
        "MaxInactivityTimeLock": "00:15:00",
    },
    "Executives": {
        "AllowExternalDeviceManagement": "True",
        "MinPasswordLength": "6",
        "DevicePolicyRefreshInterval": "1.00:00:00",
    },
    "Frontline": {
        "AllowNonProvisionableDevices": "False",
        "AllowBluetooth": "HandsfreeOnly",
        "AllowSimplePassword": "False",
        "PasswordEnabled": "True",
        "MinPasswordLength": "6",
        "MaxPasswordFailedAttempts": "8",
        "MaxInactivityTimeLock": "00:15:00",
        "MaxAttachmentSize": "20 MB (20,971,520 bytes)",
        "MaxEmailAgeFilter": "OneMonth",
        "RequireDeviceEncryption": "True",
    },
}

# ---------------------------------------------------------------------------------------------------------------------
# Mailboxes: address | name, where it differs | policy (- follows the default) | switches that are off | device; ...
# A device is a kind with its arguments, and flags: allow, block (on that list of the mailbox); partial, none, external
# (what it applied of the policy); managed; stale, discovery (its state is not what the rules say); id=... (DeviceId).

PEOPLE: Final = """
miriam.okafor | | Executives | | iphone 17C1 26.1 external managed; ipad 16C3 26.1; outlook-ios 26.1
henrik.dahl | | Executives | | iphone 16C1 18.7.1 external managed; outlook-ios 18.7.1
yuki.tanaka | | Executives | | iphone 15C3 26.1; ipad 13C8 18.7.1; windows-mail
isabel.moreno | | Executives | | samsung SM-S911B 15; outlook-android 15 allow
john.doe | | - | | iphone 14C5 18.7.1; outlook-android 14; samsung SM-G981B 11; \
ipad 6C11 16.7.10 block id=DMPQ7C4T1K9X2V5B8N0R3W6ZH4
amara.diallo | | - | | iphone 15C4 26.1; outlook-ios 26.1; outlook-android 13
noah.fischer | | Default | | iphone 14C7 18.7.1; ipad 13C18 18.7.1
wei.chen | | - | | iphone 13C2 18.6.2; samsung SM-A546B 14 allow block id=SEC7D31A90C4E2B8
fatima.alsayed | | - | | iphone 16C2 26.1; outlook-ios 26.1
priya.raman | | - | | nine SM-A546B 14 id=Nine5D1C80E7F3A2; outlook-android 14
lars.eriksen | | - | | samsung SM-A546B 13 allow id=SEC2F80B6D19A357; outlook-ios 18.7.1; ipad 11C6 18.7.1
grace.lindqvist | | - | eas outlook | iphone 12C1 18.5; ipad 12C1 17.7.2
tomas.novak | Tom\u00e1\u0161 Nov\u00e1k | - | | iphone 13C1 18.6.2
mobile-admins | | - | |
extest_7f3a91 | | - | | probe
niamh.obrien | O'Brien, Niamh | - | | iphone 14C4 18.7.1; outlook-ios 18.7.1; mowa
sean.oreilly | Se\u00e1n O\u2019Reilly | - | | samsung SM-S911B 14; outlook-android 14
zoe.laurent | Zo\u00eb Laurent | - | | iphone 17C3 26.1; ipad 16C1 26.1; outlook-ios 26.1; windows-mail
jorg.muller | J\u00f6rg M\u00fcller | - | | outlook2016; iphone 12C8 18.7.1
lukasz.wozniak | \u0141ukasz Wo\u017aniak | - | | samsung SM-G981B 13; gmail Pixel 7 15 allow
sven.holm | | - | | iphone 10C6 16.7.10; tbsync
anika.patel | | - | | iphone 15C2 26.1; outlook-ios 26.1; ipad 14C1 26.1; ipad 16C5 26.1
diego.fernandez | Diego Fern\u00e1ndez | - | | samsung SM-S911B 16; outlook-android 16 allow
mei.lin | | - | | iphone 18C3 26.1; outlook-ios 26.1; ipad 15C3 26.1
olumide.adeyemi | | - | | iphone 11C8 18.7.1; ipod 15.8.3
sarah.goldberg | | - | | iphone 14C2 18.7.1; ipad 13C16 18.7.1; outlook-ios 18.7.1
ravi.menon | | - | | gmail Pixel 6 14; outlook-android 14 allow; iphone 13C1 18.6.2
elif.yilmaz | Elif Y\u0131lmaz | - | | iphone 15C5 26.1; windows-mail; outlook-ios 26.1
pedro.silva | | - | | samsung SM-G981B 10; iphone 13C3 18.6.2
chidi.eze | | - | | iphone 14C8 18.7.1; outlook-ios 18.7.1; ipad 11C6 18.7.1
astrid.berg | | - | | ipad 15C7 26.1 stale; iphone 16C1 26.1
mateus.oliveira | | - | | samsung SM-A515F 10; outlook-android 11
linh.nguyen | | - | | iphone 17C4 26.1; outlook-ios 26.1; rest-ios 12.5.7
aisha.khan | | - | | samsung SM-S911B 15; nine SM-A546B 15 allow
viktor.petrov | | - | | galaxy-note3; iphone 10C4 16.7.10; samsung SM-G981B 11
emma.johansson | | - | | iphone 14C5 26.1 managed; ipad 7C5 17.7.2; outlook-ios 26.1
hugo.martin | | - | | gmail-old; outlook-android 13; samsung SM-A515F 11
kenji.mori | | - | | iphone 18C1 26.1; ipad 17C1 26.1; outlook-ios 26.1
leila.haddad | | - | | iphone 15C4 26.1; tbsync-old
oscar.nilsson | | - | | samsung SM-G981B 11; outlook-ios 18.7.1; ipad 14C2 26.1
tamar.cohen | | - | | iphone 13C4 18.6.2; ipad 14C8 18.7.1; outlook-ios 18.7.1
james.carter | | - | | iphone 6C2 8.1; iphone 12C5 18.5
nadia.rahman | | - | | samsung SM-A546B 14; outlook-android 14; iphone 12C1 18.7.1
ivan.horvat | | - | | wp8; samsung SM-S911B 14
bruno.costa | | - | | nylas; outlook-ios 18.7.1; windows-mail
maria.papadopoulou | | - | | iphone 16C2 26.1; ipad 12C2 18.7.1; outlook-ios 26.1
arjun.desai | | - | | galaxy-ace; htc-one; iphone 14C6 18.7.1
clara.schmidt | | - | | iphone 17C2 26.1; outlook-ios 26.1 managed; ipod 15.8.3
mikael.virtanen | | - | | nine SM-S911B 15; rest-android 12
lucia.romano | | - | | iphone 15C2 26.1 discovery; outlook-ios 26.1
sofia.rossi | | Frontline | | iphone 14C7 18.7.1; nine SM-A546B 14 partial
kwame.mensah | | Frontline | windows-mail | iphone 12C1 18.7.1; samsung SM-S911B 15 external
hana.sato | | - | | iphone 14C6 18.7.1; ipad 12C1 18.7.1 id=F0RK7L1FT5HAREDPADX92QWE41
aroha.ngata | | Frontline | | iphone 13C2 18.6.2; ipad 12C1 18.7.1 id=F0RK7L1FT5HAREDPADX92QWE41
samuel.owusu | | Frontline | | gmail Pixel 7 13 none; iphone 11C8 18.7.1; outlook-ios 18.7.1
ines.carvalho | In\u00eas Carvalho | Frontline | | samsung SM-S911B 14; outlook-android 14 allow
bao.tran | | Frontline | | iphone 12C8 18.7.1; samsung SM-G981B 12 partial
farid.nazari | | Frontline | | iphone 15C4 26.1; outlook-ios 26.1
gita.sharma | | Frontline | | huawei none; iphone 14C4 18.7.1
rosa.jimenez | Rosa Jim\u00e9nez | Frontline | | samsung SM-S911B 14; htc-one none
dmitri.sokolov | | - | | aosp44; touchdown; samsung SM-A515F 12 allow; iphone 11C6 18.7.1
thandiwe.nkosi | | - | | iphone 16C1 18.7.1; outlook-ios 18.7.1; windows-mail
"""  # fmt: skip

# DeviceIds on a list of the mailbox that belong to none of its devices.
LEFT_OVER: Final = {"fatima.alsayed": "ApplF17K3QXDG5MN"}

# ---------------------------------------------------------------------------------------------------------------------
# Devices, with the values that their kind of client sends

BUILDS: Final = {
    "8.1": "12B411", "12.5.7": "16H81", "15.8.3": "19H386", "16.7.10": "20H350", "17.7.2": "21H221",
    "18.5": "22F76", "18.6.2": "22G100", "18.7.1": "22H31", "26.1": "23B85",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """One device of one mailbox, as the client describes itself."""

    type: str
    model: str = ""
    os: str = ""
    agent: str = ""
    id_form: str = "hex"
    client: str = "EAS"
    version: str = "16.1"
    flags: frozenset[str] = frozenset()
    id: str = ""


NATIVE: Final = {
    "galaxy-ace": Device(
        type="SAMSUNGGTS5830",
        model="GT-S5830",
        os="Android",
        agent="SAMSUNG-GT-S5830/100.20303",
        id_form="SEC",
        version="14.1",
    ),
    "galaxy-note3": Device(
        type="SAMSUNGSMN900V",
        model="SM-N900V",
        os="Android",
        agent="SAMSUNG-SM-N900V/101.403",
        id_form="SEC",
        version="14.1",
    ),
    "htc-one": Device(
        type="HTCOne", model="HTC One", os="Android 4.4.2", agent="HTC-EAS-HTCOne", id_form="HTCAnd", version="14.1"
    ),
    "huawei": Device(
        type="Android",
        model="HUAWEI GRA-L09",
        os="Android 5.0.1",
        agent="Android/5.0.1-EAS-2.0",
        id_form="androidc",
        version="14.1",
    ),
    "aosp44": Device(
        type="Android",
        model="Android",
        os="Android 4.4.2",
        agent="Android/4.4.2-EAS-1.3",
        id_form="androidc",
        version="14.1",
    ),
    "touchdown": Device(type="Android", model="Android", agent="TouchDown(MSRPC)/8.1.00020/", version="14.1"),
    "gmail-old": Device(
        type="Android",
        model="SM-M215F",
        os="Android 10",
        agent="Android-Mail/2020.11.29.346182102.Release",
        id_form="androidc",
    ),
    "wp8": Device(type="WP8", model="Windows Phone", agent="MSFT-WP/8.10.14157", version="14.1"),
    "tbsync": Device(type="TbSync", model="Computer", agent="Thunderbird ActiveSync", id_form="MZTB"),
    "tbsync-old": Device(
        type="TbSync", model="TbSync", agent="Thunderbird ActiveSync Lightning/6.2", id_form="MZTB", version="14.1"
    ),
    "nylas": Device(type="iPhone", model="iPhone", agent="python-EAS-Client 1.0"),
    "outlook2016": Device(
        type="WindowsOutlook", model="WindowsOutlook", agent="Outlook/16.0 (16.0.7167.6539; C2R; x86)", version="14.1"
    ),
    "probe": Device(type="TestActiveSyncConnectivity", model="TestActiveSyncConnectivity"),
    "windows-mail": Device(
        type="UniversalOutlook",
        model="UniversalOutlook",
        os="WINDOWS",
        agent="microsoft.windowscommunicationsapps",
        client="UniversalOutlook",
        version="",
    ),
    "mowa": Device(type="iPhone", model="iPhone10C4", os="iOS 16.7.10 20H350", client="MOWA", version=""),
}

FLAGS: Final = frozenset({"allow", "block", "partial", "none", "external", "managed", "stale", "discovery"})
OUTLOOK: Final = Device(type="Outlook", model="Outlook for iOS and Android", version="")


def device(text: str) -> Device:
    """Return the device that one entry of PEOPLE describes."""
    kind, *words = text.split()
    found = next((word.removeprefix("id=") for word in words if word.startswith("id=")), "")
    flags = frozenset(words) & FLAGS
    rest = [word for word in words if word not in FLAGS and not word.startswith("id=")]
    return replace(_of_kind(kind, rest), flags=flags, id=found)


def _of_kind(kind: str, rest: Sequence[str]) -> Device:
    """Return the device of a kind without flags and ID."""
    if kind in NATIVE:
        return NATIVE[kind]
    *words, release = rest
    model = " ".join(words)
    match kind.split("-"):
        case ["iphone"]:
            return _apple("iPhone", model, release)
        case ["ipad"]:
            return _apple("iPad", model, release)
        case ["ipod"]:
            return _apple("iPod", "9C1", release)
        case ["samsung"]:
            agent = f"Android-SAMSUNG-{model}/101.{release}"
            return Device(type="Android", model=model, os=f"Android {release}", agent=agent, id_form="SEC")
        case ["gmail"]:
            agent = "Android-Mail/2024.07.28.660409857.Release"
            return Device(type="Android", model=model, os=f"Android {release}", agent=agent, id_form="androidc")
        case ["nine"]:
            agent = f"Android/{release}-EAS-2.0"
            return Device(type="Android", model=model, os=f"Android {release}", agent=agent, id_form="Nine")
        case [("outlook" | "rest") as app, ("ios" | "android") as platform]:
            system = "iOS" if platform == "ios" else "Android"
            client = "Outlook" if app == "outlook" else "REST"
            return replace(OUTLOOK, os=f"{system} {release}", agent=f"Outlook-{system}/2.0", client=client)
    raise ValueError(kind)


def _apple(family: str, hardware: str, release: str) -> Device:
    """Return an Apple Mail device: 22H31 of the system is 2208.31 of the user agent."""
    build = BUILDS[release]
    letter = f"{ord(build[2]) - ord('A') + 1:02}"
    model = f"{family}{hardware}"
    system = "iPadOS" if family == "iPad" and int(release.split(".")[0]) > 12 else "iOS"
    old = release == "8.1"
    return Device(
        type=family,
        model=model,
        os=f"{system} {release} {build}",
        agent=f"Apple-{model}/{build[:2]}{letter}.{build[3:]}",
        id_form="Appl" if old else "apple",
        version="14.1" if old else "16.1",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Access


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """One mailbox with its devices."""

    address: str
    name: str
    policy: str | None
    off: frozenset[str]
    devices: tuple[Device, ...]
    left_over: tuple[str, ...] = field(default=())

    @property
    def dn(self) -> str:
        """The distinguished name of the mailbox."""
        return f"CN={escaped(self.name)},OU={TENANT},OU=Microsoft Exchange Hosted Organizations,{FOREST}"

    def listed(self, flag: str) -> list[str]:
        """Return the device IDs on the allowed or blocked list."""
        stale = list(self.left_over) if flag == "allow" else []
        return [found.id for found in self.devices if flag in found.flags] + stale


def access(found: Device, mailbox: Mailbox) -> tuple[str, str, str | None]:
    """Return state, reason and rule, in the order that Microsoft lists; too old a protocol shows in none of them."""
    if "discovery" in found.flags:
        return "DeviceDiscovery", "Unknown", None
    if "stale" in found.flags:
        return "Quarantined", "Global", None
    if "eas" in mailbox.off:
        return "Blocked", "Unknown", None
    policy = NEW_POLICY | POLICIES[mailbox.policy or "Default"]
    unmet = {"partial", "none"} | ({"external"} if policy["AllowExternalDeviceManagement"] == "False" else set())
    if policy["AllowNonProvisionableDevices"] == "False" and found.flags & unmet:
        return "Blocked", "Policy", None
    if found.id in mailbox.listed("block"):
        return "Blocked", "Individual", None
    if found.id in mailbox.listed("allow"):
        return "Allowed", "Individual", None
    told = {"DeviceType": found.type, "DeviceModel": found.model, "DeviceOS": found.os, "UserAgent": found.agent}
    states = {"Block": "Blocked", "Quarantine": "Quarantined", "Allow": "Allowed"}
    for level, state in states.items():
        for characteristic, query, rule_level, _ in RULES:
            if rule_level == level and told[characteristic].casefold() == query.casefold():
                return state, "DeviceRule", f"{query} ({characteristic})"
    return states[str(ORGANIZATION["DefaultAccessLevel"])], "Global", None


# ---------------------------------------------------------------------------------------------------------------------
# Rows


def number(below: int, *key: str) -> int:
    """Return a number from 0 that only depends on the key."""
    return int.from_bytes(hashlib.sha256("|".join(key).encode()).digest()[:8], "big") % below


def text(alphabet: str, length: int, *key: str) -> str:
    """Return a text that only depends on the key."""
    return "".join(alphabet[number(len(alphabet), *key, str(place))] for place in range(length))


def guid(*key: str) -> str:
    """Return a GUID that only depends on the key."""
    return str(uuid.uuid5(NAMESPACE, "|".join(key)))


def moment(start: datetime, end: datetime, *key: str) -> datetime:
    """Return a time between two, that only depends on the key."""
    return start + timedelta(seconds=number(int((end - start).total_seconds()), *key))


def shown(at: datetime) -> str:
    """Return a time as the snapshot writes it."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def escaped(name: str) -> str:
    """Return a name as the value of a distinguished name."""
    return "".join(f"\\{letter}" if letter in ',+"\\<>;=#' else letter for letter in name)


def device_id(form: str, *key: str) -> str:
    """Return a DeviceId in the form of its client."""
    upper, digits = "0123456789ABCDEFGHJKLMNPQRSTVWXYZ", "0123456789"
    match form:
        case "apple":
            return text(upper, 26, *key)
        case "Appl" | "MZTB":
            return form + text(upper, 12, *key)
        case "SEC":
            return form + text(upper[:16], 13, *key)
        case "Nine":
            return form + text(upper[:16], 12, *key)
        case "androidc":
            return form + text(digits, 10, *key)
        case "HTCAnd":
            return form + text("0123456789abcdef", 8, *key)
    return text(upper[:16], 32, *key)


def read() -> tuple[Mailbox, ...]:
    """Return the mailboxes of PEOPLE, every device with its ID."""
    found = []
    for line in PEOPLE.strip().splitlines():
        address, name, policy, off, devices = (part.strip() for part in line.split("|"))
        parsed = [device(entry) for entry in devices.split(";") if entry.strip()]
        found.append(
            Mailbox(
                address=address,
                name=name or address,
                policy=None if policy == "-" else policy,
                off=frozenset(off.split()),
                devices=tuple(
                    each if each.id else replace(each, id=device_id(each.id_form, address, str(place)))
                    for place, each in enumerate(parsed)
                ),
                left_over=(LEFT_OVER[address],) if address in LEFT_OVER else (),
            )
        )
    return tuple(found)


def rule_row(characteristic: str, query: str, level: str, created: str) -> Row:
    """Return one device access rule."""
    name = f"{query} ({characteristic})"
    return {
        "Identity": name,
        "Name": name,
        "Guid": guid("rule", name),
        "DistinguishedName": f"CN={escaped(name)},CN=Mobile Mailbox Settings,{_configuration()}",
        "Characteristic": characteristic,
        "QueryString": query,
        "AccessLevel": level,
        "WhenCreatedUTC": f"{created}T09:{number(60, name):02}:00Z",
    }


def policy_row(name: str, settings: Mapping[str, Value]) -> Row:
    """Return one mobile device mailbox policy."""
    return {
        "Identity": name,
        "Name": name,
        "Guid": guid("policy", name),
        "DistinguishedName": f"CN={escaped(name)},CN=Mobile Mailbox Policies,{_configuration()}",
        **(NEW_POLICY | dict(settings)),
    }


def _configuration() -> str:
    """Return the distinguished name of the organization's configuration."""
    return f"CN=Configuration,CN={TENANT},CN=ConfigurationUnits,{FOREST}"


def mailbox_row(mailbox: Mailbox) -> Row:
    """Return one mailbox."""
    return {
        "Identity": mailbox.name,
        "Name": mailbox.name,
        "Guid": guid("mailbox", mailbox.address),
        "DistinguishedName": mailbox.dn,
        "ExternalDirectoryObjectId": guid("user", mailbox.address),
        "PrimarySmtpAddress": f"{mailbox.address}@contoso.com",
        "ActiveSyncEnabled": str("eas" not in mailbox.off),
        "ActiveSyncMailboxPolicy": mailbox.policy or "Default",
        "ActiveSyncMailboxPolicyIsDefaulted": str(mailbox.policy is None),
        "ActiveSyncAllowedDeviceIDs": mailbox.listed("allow"),
        "ActiveSyncBlockedDeviceIDs": mailbox.listed("block"),
        "ActiveSyncDebugLogging": "False",
        "ActiveSyncSuppressReadReceipt": "False",
        "HasActiveSyncDevicePartnership": str(any(found.client == "EAS" for found in mailbox.devices)),
        "OWAforDevicesEnabled": "True",
        "OutlookMobileEnabled": str("outlook" not in mailbox.off),
        "UniversalOutlookEnabled": str("windows-mail" not in mailbox.off),
        "MacOutlookEnabled": "True",
        "OneWinNativeOutlookEnabled": "True",
    }


def device_row(found: Device, mailbox: Mailbox) -> Row:
    """Return one device; statistics were read for ActiveSync and Outlook."""
    key = (mailbox.address, found.id)
    client = "Hx" if found.client == "Outlook" else found.client
    name = f"{client}\u00a7{found.type}\u00a7{found.id}"
    state, reason, rule = access(found, mailbox)
    new = "discovery" in found.flags
    last = TAKEN_AT if found.version != "14.1" else EAS_16_ONLY
    first = moment(SINCE, last - timedelta(days=40), *key) if not new else last - timedelta(seconds=440)
    applied = {"partial": "PartiallyApplied", "none": "NotApplied", "external": "ExternallyManaged"}
    row: dict[str, Value] = {
        "mailbox": f"{mailbox.address}@contoso.com",
        "Guid": guid("device", mailbox.address, name),
        "Identity": f"{mailbox.name}\\ExchangeActiveSyncDevices\\{name}",
        "DistinguishedName": f"CN={escaped(name)},CN=ExchangeActiveSyncDevices,{mailbox.dn}",
        "DeviceId": found.id,
        "DeviceType": found.type,
        "DeviceModel": found.model,
        "DeviceOS": found.os,
        "DeviceUserAgent": found.agent,
        "DeviceAccessState": state,
        "DeviceAccessStateReason": reason,
        "DeviceAccessControlRule": rule,
        "ClientType": found.client,
        "ClientVersion": found.version,
        "FirstSyncTime": shown(first),
        "IsManaged": str("managed" in found.flags),
        "IsCompliant": str("managed" in found.flags),
        "IsDisabled": "False",
        "WhenChangedUTC": shown(moment(max(first, last - timedelta(days=30)), last, *key, "changed")),
    }
    if found.client in {"EAS", "Outlook"}:
        status = next((word for flag, word in applied.items() if flag in found.flags), "AppliedInFull")
        row["DevicePolicyApplicationStatus"] = "Unknown" if new else status
        row["LastSuccessSync"] = "" if new else shown(moment(last - timedelta(days=9), last, *key, "last"))
    return row


def build() -> bytes:
    """Return the sealed snapshot."""
    mailboxes = read()
    settings_guid = guid("organization")
    return seal(
        {
            "tool": "0.1.0",
            "edition": "exchange-online",
            "tenant": guid("tenant"),
            "organization": TENANT,
            "organizationGuid": settings_guid,
            "takenAt": shown(TAKEN_AT),
            "redacted": False,
        },
        organization={"Identity": "Mobile Mailbox Settings", "Guid": settings_guid, **ORGANIZATION},
        deviceAccessRules=[rule_row(*rule) for rule in RULES],
        mobileDeviceMailboxPolicies=[policy_row(name, settings) for name, settings in POLICIES.items()],
        mailboxes=[mailbox_row(mailbox) for mailbox in mailboxes],
        devices=[device_row(found, mailbox) for mailbox in mailboxes for found in mailbox.devices],
    )
