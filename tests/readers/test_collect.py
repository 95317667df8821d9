"""Files to one snapshot: what they are about, what is wrong with them, and what two of them say of one object."""

from __future__ import annotations

import json
from contextlib import nullcontext
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from policylint.bind.snapshot import shown_values
from policylint.diagnostic import Severity
from policylint.readers.collect import collect
from policylint.readers.collected import Collected, InputFile
from tests.readers.render_rows import render_csv, render_format_list
from tests.worlds import STORE

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from contextlib import AbstractContextManager

ONLINE = (
    "EURPR01A001.PROD.OUTLOOK.COM/Microsoft Exchange Hosted Organizations/contoso.onmicrosoft.com"
    " - EURPR01A001.PROD.OUTLOOK.COM/ConfigurationUnits/contoso.onmicrosoft.com/Configuration"
)
HOSTED = "OU=Microsoft Exchange Hosted Organizations,DC=EURPR01A001,DC=PROD"
SETTINGS = {"DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ["ops@contoso.com"], "UserMailInsert": ""}
RULE = {"QueryString": "iPhone", "Characteristic": "DeviceType", "AccessLevel": "Allow", "Guid": "g-1"}
POLICY = {"Name": "Default", "IsDefault": True, "AllowNonProvisionableDevices": True, "Guid": "g-2"}
MAILBOX = {
    "PrimarySmtpAddress": "ann.lee@contoso.com",
    "Identity": "ann.lee",
    "DistinguishedName": "CN=ann.lee,OU=contoso.onmicrosoft.com,DC=PROD",
    "ActiveSyncEnabled": True,
    "ActiveSyncAllowedDeviceIDs": ["PHONE1"],
    "ActiveSyncBlockedDeviceIDs": [],
    "ActiveSyncMailboxPolicy": "Default",
    "ActiveSyncMailboxPolicyIsDefaulted": True,
    "EmailAddresses": ["SMTP:ann.lee@contoso.com", "smtp:ann@contoso.com"],
    "Guid": "g-3",
}
SPREAD = {
    **{name: value for name, value in MAILBOX.items() if name != "ActiveSyncAllowedDeviceIDs"},
    "ActiveSyncAllowedDeviceIDs.0": "PHONE1",
    "ActiveSyncAllowedDeviceIDs.1": "",
}
DEVICE = {
    "DeviceId": "PHONE1",
    "DeviceType": "iPhone",
    "DeviceModel": "iPhone15C2",
    "DeviceOS": "iOS 17.3 21D50",
    "DeviceUserAgent": "Apple-iPhone15C2/2104.50",
    "Identity": "ann.lee\\ExchangeActiveSyncDevices\\iPhone\u00a7PHONE1",
    "FirstSyncTime": "2025-09-01T12:00:00Z",
    "Guid": "g-4",
}
WHOLE: Mapping[str, Any] = {
    "org.json": SETTINGS,
    "rules.json": [RULE],
    "policies.json": [POLICY],
    "cas.json": [MAILBOX],
    "devices.json": [DEVICE],
}


def content(value: Any) -> bytes:
    return value if isinstance(value, bytes) else (value if isinstance(value, str) else json.dumps(value)).encode()


def opened(value: Any) -> AbstractContextManager[Iterable[bytes]]:
    return nullcontext([content(value)])


def together(
    files: Mapping[str, Any], *, edition: str = "exchange-online", named: bool = True, **more: Any
) -> Collected:
    inputs = [InputFile(path, partial(opened, value), named=named) for path, value in files.items()]
    return collect(inputs, STORE, name="exports", edition=edition, **more)


def codes(found: Collected) -> set[tuple[str | None, str, str | None]]:
    return {(each.section, each.code, each.property) for each in found.problems}


def without(row: Mapping[str, Any], *names: str, **more: Any) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names} | more


def test_five_files_are_a_snapshot() -> None:
    found = together(WHOLE)
    assert ((), {}) == (found.problems, found.raw.incomplete)
    assert (
        "organization",
        "deviceAccessRules",
        "mobileDeviceMailboxPolicies",
        "mailboxes",
        "devices",
    ) == found.sections
    values = shown_values(found.raw, STORE)
    assert {"DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ("ops@contoso.com",), "UserMailInsert": ""} == (
        values["organization"][0]
    )
    assert (None, ("PHONE1",), ()) == tuple(
        values["mailboxes"][0][name]
        for name in ("ActiveSyncMailboxPolicy", "ActiveSyncAllowedDeviceIDs", "ActiveSyncBlockedDeviceIDs")
    )
    (device,) = found.raw.devices
    assert ("ann.lee@contoso.com", "ANN.LEE@CONTOSO.COM", "PHONE1") == (device.owner, device.mailbox, device.device_id)


PROBLEMS: dict[str, tuple[Mapping[str, Any], tuple[str | None, str, str | None]]] = {
    "a property that was not asked for": (
        {"cas.json": [without(MAILBOX, "ActiveSyncAllowedDeviceIDs")]},
        ("mailboxes", "property-absent", "ActiveSyncAllowedDeviceIDs"),
    ),
    "null where a list belongs": (
        {"cas.json": [without(MAILBOX, ActiveSyncBlockedDeviceIDs=None)]},
        ("mailboxes", "property-absent", "ActiveSyncBlockedDeviceIDs"),
    ),
    "a list that only some objects have": (
        {
            "cas.json": [
                MAILBOX,
                without(MAILBOX, "ActiveSyncAllowedDeviceIDs", PrimarySmtpAddress="b@contoso.com", Guid="b"),
            ]
        },
        ("mailboxes", "property-absent", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a type name for a list": (
        {"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs="System.Object[]")]},
        ("mailboxes", "list-lost", "ActiveSyncAllowedDeviceIDs"),
    ),
    "another type name for a list": (
        {
            "cas.json": [
                without(
                    MAILBOX, ActiveSyncAllowedDeviceIDs="Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]"
                )
            ]
        },
        ("mailboxes", "list-lost", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a list in a list": (
        {"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs=[["A"]])]},
        ("mailboxes", "list-lost", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a list that ends in dots": (
        {"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs="{A, B, C...}")]},
        ("mailboxes", "list-cut", "ActiveSyncAllowedDeviceIDs"),
    ),
    "blanks for the ends of items": (
        {"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs="A B")]},
        ("mailboxes", "depth-cut", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a hash table for a list": (
        {"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs="@{Count=2}")]},
        ("mailboxes", "depth-cut", "ActiveSyncAllowedDeviceIDs"),
    ),
    "an object for a level": (
        {"rules.json": [without(RULE, AccessLevel={"a": {}, "b": {}})]},
        ("deviceAccessRules", "depth-cut", "AccessLevel"),
    ),
    "an ID as a spreadsheet writes it": (
        {"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs="1.00E+25;PHONE1")]},
        ("mailboxes", "rewritten-number", "ActiveSyncAllowedDeviceIDs"),
    ),
    "an ID of a device as a spreadsheet writes it": (
        {"devices.json": [without(DEVICE, DeviceId="1,23E+15")]},
        ("devices", "rewritten-number", "DeviceId"),
    ),
    "a level by a number of none": (
        {"rules.json": [without(RULE, AccessLevel=7)]},
        ("deviceAccessRules", "unknown-number", "AccessLevel"),
    ),
    "a thousand mailboxes": (
        {"cas.json": [without(MAILBOX, PrimarySmtpAddress=f"{n}@contoso.com", Guid=f"{n}") for n in range(1000)]},
        ("mailboxes", "rows-cut", None),
    ),
    "a thousand devices": (
        {"devices.json": [without(DEVICE, Identity=f"{n}", Guid=f"{n}") for n in range(1000)]},
        ("devices", "rows-cut", None),
    ),
    "a page with a successor": (
        {"rules.json": {"@odata.nextLink": "https://contoso.com/?p=2", "value": [RULE]}},
        ("deviceAccessRules", "rows-cut", None),
    ),
    "two values of one mailbox": (
        {"a.json": [MAILBOX], "b.json": [without(MAILBOX, ActiveSyncEnabled=False)]},
        ("mailboxes", "duplicate", "ActiveSyncEnabled"),
    ),
    "a mailbox that follows the default and does not": (
        {"a.json": [MAILBOX], "b.json": [without(MAILBOX, ActiveSyncMailboxPolicyIsDefaulted=False)]},
        ("mailboxes", "duplicate", "ActiveSyncMailboxPolicyIsDefaulted"),
    ),
    "two values of one device": (
        {"a.json": [DEVICE], "b.json": [without(DEVICE, DeviceOS="iOS 18.1 22B83")]},
        ("devices", "duplicate", "DeviceOS"),
    ),
    "two organization settings": (
        {"a.json": SETTINGS, "b.json": without(SETTINGS, DefaultAccessLevel="Allow")},
        ("organization", "duplicate", "DefaultAccessLevel"),
    ),
    "files of two tenants": (
        {
            "a.json": [without(RULE, OrganizationId=ONLINE)],
            "b.json": [without(POLICY, OrganizationId=ONLINE.replace("contoso", "fabrikam"))],
        },
        (None, "tenant-mismatch", None),
    ),
    "objects of two tenants by their places": (
        {
            "a.json": [without(MAILBOX, DistinguishedName=f"CN=a,OU=contoso.onmicrosoft.com,{HOSTED}")],
            "b.json": [without(RULE, DistinguishedName="CN=fabrikam.onmicrosoft.com,CN=ConfigurationUnits,DC=P")],
        },
        (None, "tenant-mismatch", None),
    ),
    "an empty list of mailboxes": ({"mailboxes.json": []}, ("mailboxes", "empty-file", None)),
    "an empty list of what nobody knows": ({"export.json": []}, (None, "unknown-objects", None)),
    "nothing": ({"rules.json": ""}, ("deviceAccessRules", "empty-file", None)),
    "null": ({"rules.json": "null"}, ("deviceAccessRules", "empty-file", None)),
    "columns without rows": (
        {"rules.csv": '"QueryString","Characteristic","AccessLevel"\r\n'},
        ("deviceAccessRules", "empty-file", None),
    ),
    "a cut file": ({"rules.json": json.dumps([RULE, RULE])[:-20]}, ("deviceAccessRules", "cut-file", None)),
    "objects of another kind": ({"x.json": [{"Priority": 0, "State": "Enabled"}]}, (None, "unknown-objects", None)),
    "a number of classes": (
        {"x.json": [{"DeviceType": "iPhone", "DeviceModel": "iPhone15C2", "LastUpdateTime": ""}]},
        (None, "unknown-objects", None),
    ),
    "policies of Outlook on the web": (
        {
            "x.json": [
                {
                    "Name": "OwaMailboxPolicy-Default",
                    "IsDefault": True,
                    "IrmEnabled": True,
                    "OneWinNativeOutlookEnabled": True,
                    "ActiveSyncIntegrationEnabled": True,
                }
            ]
        },
        (None, "unknown-objects", None),
    ),
    "a rule with a character that was lost": (
        {"rules.csv": render_csv([without(RULE, QueryString="Galaxy? Tab")], list(RULE))},
        ("deviceAccessRules", "text-lost", "QueryString"),
    ),
    "a rule with the character for what was lost": (
        {"rules.json": [without(RULE, QueryString="Galaxy\ufffd Tab")]},
        ("deviceAccessRules", "text-lost", "QueryString"),
    ),
    "a device with a character that was lost": (
        {
            "devices.csv": render_csv(
                [without(DEVICE, Identity="ann.lee\\ExchangeActiveSyncDevices\\iPhone?PHONE1")], list(DEVICE)
            )
        },
        ("devices", "text-lost", "Identity"),
    ),
    "lists that may never have been read": (
        {
            "cas.csv": render_csv(
                [without(MAILBOX, ActiveSyncAllowedDeviceIDs="", ActiveSyncBlockedDeviceIDs="", EmailAddresses="")],
                list(MAILBOX),
            )
        },
        ("mailboxes", "list-unproven", None),
    ),
    "a date in the order of a machine": (
        {"devices.json": [without(DEVICE, FirstSyncTime="09/01/2025 12:00:00")]},
        ("devices", "date-unclear", "FirstSyncTime"),
    ),
    "a system that is a list": (
        {"devices.json": [without(DEVICE, DeviceOS=["iOS 17.3", "x"])]},
        ("devices", "depth-cut", "DeviceOS"),
    ),
    "a model that a reader took for a number": (
        {"devices.json": [without(DEVICE, DeviceModel=17.10)]},
        ("devices", "rewritten-number", "DeviceModel"),
    ),
    "a model that a spreadsheet took for a number": (
        {"devices.csv": render_csv([without(DEVICE, DeviceModel="1.23E+12")], list(DEVICE))},
        ("devices", "rewritten-number", "DeviceModel"),
    ),
    "a device without an ID": (
        {"devices.json": [without(DEVICE, DeviceId=None)]},
        ("devices", "property-absent", "DeviceId"),
    ),
    "a broken value": (
        {"rules.txt": render_format_list([without(RULE, QueryString="a " * 60 + "z")], width=60)},
        ("deviceAccessRules", "text-wrapped", "QueryString"),
    ),
    "no word for true": (
        {"cas.json": [without(MAILBOX, ActiveSyncEnabled="FALSCH")]},
        ("mailboxes", "unreadable-value", "ActiveSyncEnabled"),
    ),
    "true with a blank": (
        {"cas.csv": render_csv([without(MAILBOX, ActiveSyncEnabled="true ")], list(MAILBOX))},
        ("mailboxes", "unreadable-value", "ActiveSyncEnabled"),
    ),
    "a number for true": (
        {"cas.json": [without(MAILBOX, OWAforDevicesEnabled=1)]},
        ("mailboxes", "unreadable-value", "OWAforDevicesEnabled"),
    ),
    "a variable for true": (
        {"policies.json": [without(POLICY, IsDefault="$true")]},
        ("mobileDeviceMailboxPolicies", "unreadable-value", "IsDefault"),
    ),
    "no word for whether a policy is the default": (
        {"cas.json": [without(MAILBOX, ActiveSyncMailboxPolicyIsDefaulted="WAHR")]},
        ("mailboxes", "unreadable-value", "ActiveSyncMailboxPolicyIsDefaulted"),
    ),
    "no word for whether there are devices": (
        {"cas.json": [without(MAILBOX, HasActiveSyncDevicePartnership="oui")]},
        ("mailboxes", "unreadable-value", "HasActiveSyncDevicePartnership"),
    ),
    "a part of a level": (
        {"rules.json": [without(RULE, AccessLevel="Blo")]},
        ("deviceAccessRules", "unreadable-value", "AccessLevel"),
    ),
    "a characteristic that nobody knows": (
        {"rules.json": [without(RULE, Characteristic="DeviceTyp")]},
        ("deviceAccessRules", "unreadable-value", "Characteristic"),
    ),
    "true for a level": (
        {"org.json": without(SETTINGS, DefaultAccessLevel=True)},
        ("organization", "unreadable-value", "DefaultAccessLevel"),
    ),
    "a word for a number": (
        {"policies.json": [without(POLICY, MinPasswordLength="vier")]},
        ("mobileDeviceMailboxPolicies", "unreadable-value", "MinPasswordLength"),
    ),
    "a part of a number": (
        {"policies.json": [without(POLICY, PasswordHistory=2.5)]},
        ("mobileDeviceMailboxPolicies", "unreadable-value", "PasswordHistory"),
    ),
    "a word for a time span": (
        {"policies.json": [without(POLICY, MaxInactivityTimeLock="15 min")]},
        ("mobileDeviceMailboxPolicies", "unreadable-value", "MaxInactivityTimeLock"),
    ),
    "a word for a size": (
        {"policies.json": [without(POLICY, MaxAttachmentSize="Unbegrenzt")]},
        ("mobileDeviceMailboxPolicies", "unreadable-value", "MaxAttachmentSize"),
    ),
    "true for a text": (
        {"rules.json": [without(RULE, QueryString=True)]},
        ("deviceAccessRules", "unreadable-value", "QueryString"),
    ),
    "null for a level": (
        {"org.json": without(SETTINGS, DefaultAccessLevel=None)},
        ("organization", "property-absent", "DefaultAccessLevel"),
    ),
    "an empty cell for a level": (
        {"rules.csv": render_csv([without(RULE, AccessLevel="")], list(RULE))},
        ("deviceAccessRules", "property-absent", "AccessLevel"),
    ),
    "an empty text to compare with": (
        {"rules.json": [RULE, without(RULE, QueryString="", Guid="g-8")]},
        ("deviceAccessRules", "property-absent", "QueryString"),
    ),
    "blanks to compare with": (
        {"rules.json": [without(RULE, QueryString="  ")]},
        ("deviceAccessRules", "property-absent", "QueryString"),
    ),
    "a policy that may be the default": (
        {"policies.json": [without(POLICY, IsDefault=None)]},
        ("mobileDeviceMailboxPolicies", "property-absent", "IsDefault"),
    ),
    "a mailbox that may be switched off": (
        {"cas.json": [MAILBOX, without(MAILBOX, PrimarySmtpAddress="b@contoso.com", Guid="b", ActiveSyncEnabled="")]},
        ("mailboxes", "property-absent", "ActiveSyncEnabled"),
    ),
    "a policy that may be the own one": (
        {"cas.json": [without(MAILBOX, ActiveSyncMailboxPolicyIsDefaulted="")]},
        ("mailboxes", "property-absent", "ActiveSyncMailboxPolicyIsDefaulted"),
    ),
    "an own policy without a name": (
        {"cas.json": [without(MAILBOX, ActiveSyncMailboxPolicy=None, ActiveSyncMailboxPolicyIsDefaulted=False)]},
        ("mailboxes", "property-absent", "ActiveSyncMailboxPolicy"),
    ),
    "a mailbox of nobody": (
        {"cas.json": [without(MAILBOX, PrimarySmtpAddress=None, Identity="")]},
        ("mailboxes", "property-absent", "PrimarySmtpAddress"),
    ),
    "a spread list with a number that was rewritten": (
        {"cas.json": [without(SPREAD, **{"ActiveSyncAllowedDeviceIDs.0": "1,23E+25"})]},
        ("mailboxes", "rewritten-number", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a spread list of lists": (
        {"cas.json": [without(SPREAD, **{"ActiveSyncAllowedDeviceIDs.0": ["A", "B"]})]},
        ("mailboxes", "list-lost", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a spread list of type names": (
        {"cas.json": [without(SPREAD, **{"ActiveSyncAllowedDeviceIDs.0": "System.Object[]"})]},
        ("mailboxes", "list-lost", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a list that is spread and not": (
        {"cas.json": [without(SPREAD, ActiveSyncAllowedDeviceIDs=["PHONE2"])]},
        ("mailboxes", "duplicate", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a fraction for a text": (
        {"rules.json": [without(RULE, QueryString=17.0)]},
        ("deviceAccessRules", "rewritten-number", "QueryString"),
    ),
    "a fraction in a list": (
        {"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs=[17.1])]},
        ("mailboxes", "rewritten-number", "ActiveSyncAllowedDeviceIDs"),
    ),
    "a fraction in a long file": (
        {
            "rules.json": [without(RULE, QueryString=f"{n}", Guid=f"{n}") for n in range(3000)]
            + [without(RULE, QueryString=1e25, Guid="g")]
        },
        ("deviceAccessRules", "rewritten-number", "QueryString"),
    ),
    "a text that a spreadsheet took for a number": (
        {"rules.csv": render_csv([without(RULE, QueryString="1,23E+25")], list(RULE))},
        ("deviceAccessRules", "rewritten-number", "QueryString"),
    ),
    "one property with other capital letters": (
        {"rules.json": [without(RULE, querystring="iPad")]},
        ("deviceAccessRules", "damaged", "QueryString"),
    ),
    "one property of a device with other capital letters": (
        {"devices.json": [without(DEVICE, deviceos="iOS 18.1 22B83")]},
        ("devices", "damaged", "DeviceOS"),
    ),
    "an object that is to be absent": (
        {
            "x.json": [
                {
                    "resourceType": "microsoft.exchange.activesyncdeviceaccessrule",
                    "properties": RULE | {"ensure": "absent"},
                }
            ]
        },
        ("deviceAccessRules", "unknown-format", None),
    ),
    "two names of one setting": (
        {"policies.json": [without(POLICY, PasswordEnabled=True, DevicePasswordEnabled=False)]},
        ("mobileDeviceMailboxPolicies", "duplicate", "PasswordEnabled"),
    ),
}
WARNINGS = {"list-unproven", "date-unclear"}


@pytest.mark.parametrize(("files", "expected"), PROBLEMS.values(), ids=PROBLEMS)
def test_what_was_lost_is_said_and_where(
    files: Mapping[str, Any], expected: tuple[str | None, str, str | None]
) -> None:
    found = together(files)
    assert {expected} == codes(found)
    (problem,) = found.problems
    assert shown_values(found.raw, STORE).keys() == found.raw.sections.keys()
    is_warning = problem.code in WARNINGS or (problem.code, problem.property) == ("text-lost", "Identity")
    assert is_warning == (problem.severity is Severity.WARNING)
    assert problem.path in files
    if problem.section is not None:
        assert is_warning == (problem.section not in found.raw.incomplete)
        assert "ConvertTo-Json" in problem.help


MISMATCHES: dict[str, tuple[str, str, Any]] = {
    "a switch of Exchange Online": ("exchange-2019", "cas.json", [without(MAILBOX, OutlookMobileEnabled=True)]),
    "the directory of Exchange Online": ("exchange-2019", "rules.json", [without(RULE, OrganizationId=ONLINE)]),
    "the directory of Exchange Server": (
        "exchange-online",
        "rules.json",
        [
            without(
                RULE, DistinguishedName="CN=x,CN=Adatum,CN=Microsoft Exchange,CN=Services,CN=Configuration,DC=adatum"
            )
        ],
    ),
    "objects that only servers have": (
        "exchange-online",
        "x.json",
        [{"Identity": "RecentCommands", "BehaviorType": "RecentCommands", "DeviceBlockDuration": "00:00:00"}],
    ),
}


@pytest.mark.parametrize(("edition", "path", "rows"), MISMATCHES.values(), ids=MISMATCHES)
def test_properties_of_another_edition(edition: str, path: str, rows: Any) -> None:
    assert {"edition-mismatch"} == {code for _, code, _ in codes(together({path: rows}, edition=edition))}
    assert set() == codes(together({path: rows}, edition=""))


def test_push_settings_that_servers_may_show_are_no_mismatch() -> None:
    policy = without(POLICY, AllowApplePushNotifications=True)
    assert set() == codes(together({"policies.json": [policy]}, edition="exchange-2019"))


def test_of_two_rows_about_one_object_all_is_known() -> None:
    statistics = {
        **{
            "DeviceID" if name == "DeviceId" else name: value for name, value in DEVICE.items() if name != "DeviceModel"
        },
        "LastSuccessSync": "2026-11-20T06:00:00Z",
    }
    found = together({"devices.json": [without(DEVICE, "DeviceOS")], "statistics.json": [statistics]})
    assert set() == {each for each in codes(found) if each[1] != "property-absent"}
    (device,) = found.raw.devices
    assert ("iPhone15C2", "iOS 17.3 21D50", "2026-11-20T06:00:00Z") == (
        device.device_class[1], device.device_class[2], device.last_sync)  # fmt: skip


def test_statistics_of_few_columns_are_whole_beside_the_devices() -> None:
    statistics = {
        "Identity": DEVICE["Identity"],
        "LastSuccessSync": "2026-11-20T06:00:00Z",
        "DeviceAccessState": "Allowed",
    }
    found = together({"devices.json": [DEVICE], "statistics.json": [statistics]})
    assert (set(), 1) == (codes(found), len(found.raw.devices))


def test_a_date_that_cannot_be_told_is_not_another_date() -> None:
    other = without(DEVICE, FirstSyncTime="09/01/2025 12:00:00", Identity="g\\ExchangeActiveSyncDevices\\iPhone?PHONE1")
    found = together({"a.json": [other], "b.json": [DEVICE]})
    assert {("devices", "date-unclear", "FirstSyncTime"), ("devices", "text-lost", "Identity")} == codes(found)
    (device,) = found.raw.devices
    assert "2025-09-01T12:00:00Z" == device.first_sync


def test_two_devices_that_had_one_name_are_two() -> None:
    assert 2 == len(together({"a.json": [DEVICE], "b.json": [without(DEVICE, Guid="g-5")]}).raw.devices)


def test_a_page_with_a_repeated_row_is_a_page() -> None:
    rows = [without(DEVICE, Identity=f"{n}", Guid=f"{n}") for n in range(1000)]
    assert {("devices", "rows-cut", None)} == codes(together({"devices.json": [*rows, rows[-1]]}))


@pytest.mark.parametrize("written", ["2025-13-45T00:00:00Z", "yesterday Z"])
def test_a_date_that_is_none_is_not_used(written: str) -> None:
    found = together({"devices.json": [without(DEVICE, FirstSyncTime=written)]})
    assert {("devices", "date-unclear", "FirstSyncTime")} == codes(found)


@pytest.mark.parametrize(
    "written", ["2025-09-01T12:00:00.1234567Z", "2025-09-01T14:00:00+02:00", "/Date(1756728000000)/"]
)
def test_a_date_is_in_utc_to_the_second(written: str) -> None:
    found = together({"devices.json": [without(DEVICE, FirstSyncTime=written)]}, keep_devices=True)
    assert (set(), "2025-09-01T12:00:00Z") == (codes(found), found.objects["devices"][0].row["FirstSyncTime"])


FOREIGN = {
    "LIESMICH.txt": b"Gr\xf6\xdfe\n",
    "users.csv": b"Name\r\nB\xf6b\r\n",
    "empty.txt": b"",
    "t.bin": bytes(range(256)),
}


@pytest.mark.parametrize("path", FOREIGN)
def test_a_file_of_something_else_does_not_keep_a_folder_from_being_read(path: str) -> None:
    found = together({**WHOLE, path: FOREIGN[path]}, named=False)
    assert ((), 1) == (found.errors, len(found.problems))
    assert together({path: FOREIGN[path]}).errors


def test_a_file_of_live_state_that_cannot_be_read_keeps_a_folder_from_being_read() -> None:
    assert together({**WHOLE, "cas-2.csv": b"Name\r\nB\xf6b\r\n"}, named=False).errors


def test_a_row_that_is_there_again_is_one() -> None:
    found = together({"devices.json": [DEVICE, DEVICE], "rules.json": [RULE, without(RULE, QueryString="IPHONE")]})
    assert (set(), 1, 1) == (codes(found), len(found.raw.devices), len(found.raw.sections["deviceAccessRules"]))


def test_of_two_rows_the_name_counts_that_one_has() -> None:
    found = together({"a.json": [without(MAILBOX, Identity=None)], "b.json": [MAILBOX]})
    assert (set(), "ann.lee") == (codes(found), found.raw.sections["mailboxes"][0]["Identity"])


def test_devices_that_nothing_tells_apart_are_all_kept() -> None:
    row = without(DEVICE, "Guid", "Identity")
    assert 2 == len(together({"devices.json": [row, row]}).raw.devices)


@pytest.mark.parametrize(
    "hint",
    [
        {"Identity": "ann.lee\\ExchangeActiveSyncDevices\\iPhone\u00a7PHONE1"},
        {"Identity": "contoso.com/x/ann.lee/ExchangeActiveSyncDevices/y", "DistinguishedName":
         "CN=iPhone\u00a7PHONE1,CN=ExchangeActiveSyncDevices,CN=ann.lee,OU=contoso.onmicrosoft.com,DC=PROD"},
        {"Identity": "", "PrimarySmtpAddress": "ANN@contoso.com"},
        {"Identity": "g-3\\ExchangeActiveSyncDevices\\y"},
    ],
)  # fmt: skip
def test_whose_a_device_is(hint: dict[str, str]) -> None:
    (device,) = together({"a.json": [without(DEVICE, **hint)], "cas.json": [MAILBOX]}).raw.devices
    assert ("ann.lee@contoso.com", "ANN.LEE@CONTOSO.COM") == (device.owner, device.mailbox)


@pytest.mark.parametrize("first", [[{"Priority": 0}], [MAILBOX], [RULE]])
def test_devices_that_a_file_does_not_begin_with_have_their_owners(first: list[dict[str, Any]]) -> None:
    found = together({"a.json": [*first, DEVICE], "cas.json": [MAILBOX]})
    (device,) = found.raw.devices
    assert "ann.lee@contoso.com" == device.owner


def test_a_device_of_no_known_mailbox_has_no_owner() -> None:
    other = without(DEVICE, Identity="bob\\ExchangeActiveSyncDevices\\x")
    (device,) = together({"a.json": [other], "cas.json": [MAILBOX]}).raw.devices
    assert ("", None) == (device.owner, device.mailbox)
    (device,) = together({"a.json": [other]}).raw.devices
    assert ("bob", "BOB") == (device.owner, device.mailbox)


def test_a_name_of_two_mailboxes_is_that_of_none() -> None:
    second = without(
        MAILBOX, PrimarySmtpAddress="ann.lee@fabrikam.com", DistinguishedName="CN=x", Guid="g-9", EmailAddresses=[]
    )
    (device,) = together({"a.json": [DEVICE], "cas.json": [MAILBOX, second]}).raw.devices
    assert ("", None) == (device.owner, device.mailbox)


def test_a_section_is_left_out_by_name() -> None:
    lost = {**WHOLE, "cas.json": [without(MAILBOX, "ActiveSyncAllowedDeviceIDs")]}
    found = together(lost, allowed=["mailboxes"])
    assert ((), {"mailboxes": "left out by name"}) == (found.errors, found.raw.incomplete)
    found = together(lost, allowed=["mailboxes.ActiveSyncAllowedDeviceIDs"])
    assert () == found.errors
    assert "ActiveSyncAllowedDeviceIDs" not in found.raw.sections["mailboxes"][0]
    assert ["mailboxes.ActiveSyncAllowedDeviceIDs"] == list(found.raw.incomplete)
    assert together(lost, allowed=["mailboxes.ActiveSyncBlockedDeviceIDs"]).errors


def test_a_property_that_is_left_out_is_in_no_object() -> None:
    found = together(WHOLE, allowed=["organization.AdminMailRecipients", "devices.DeviceOS"])
    assert "AdminMailRecipients" not in found.raw.sections["organization"][0]
    (device,) = found.raw.devices
    assert device.device_class[2] is None


def test_a_section_of_which_there_is_no_file_is_not_read() -> None:
    found = together({"rules.json": [RULE]})
    assert (("deviceAccessRules",), {"deviceAccessRules"}) == (found.sections, set(found.raw.sections))
    assert {"organization", "mobileDeviceMailboxPolicies", "mailboxes", "devices"} == set(found.raw.incomplete)


def test_files_of_other_kinds_in_a_folder_are_named_and_do_not_matter() -> None:
    others = {"README.txt": "Exported by Kim.\n", "TransportRule.json": [{"Name": "Disclaimer", "Priority": 0}]}
    found = together({**WHOLE, **others}, named=False)
    assert {"unknown-format", "unknown-objects"} == {code for _, code, _ in codes(found)}
    assert () == found.errors
    assert 2 == len(together({**WHOLE, **others}).errors)


@pytest.mark.parametrize("odd", [None, "x", RULE | {"Ensure": "Absent"}])
def test_what_is_odd_among_objects_matters_in_a_folder(odd: Any) -> None:
    (problem,) = together({"rules.json": [RULE, odd]}, named=False).problems
    assert ("deviceAccessRules", Severity.ERROR) == (problem.section, problem.severity)


def test_objects_of_other_kinds_beside_typed_ones_do_not_matter() -> None:
    resources = [
        {"resourceType": "microsoft.exchange.activesyncdeviceaccessrule", "properties": RULE},
        {"resourceType": "microsoft.exchange.accepteddomain", "properties": {"Identity": "contoso.com"}},
    ]
    found = together({"content.json": {"value": resources}})
    assert ((), {(None, "unknown-objects", None)}, 1) == (
        found.errors, codes(found), len(found.raw.sections["deviceAccessRules"]))  # fmt: skip


def test_an_empty_list_of_rules_is_an_answer() -> None:
    found = together({"rules_none.json": []})
    assert (set(), ("deviceAccessRules",), []) == (
        codes(found),
        found.sections,
        found.raw.sections["deviceAccessRules"],
    )
    assert "deviceAccessRules" not in found.raw.incomplete


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("PHONE1;PHONE2", ("PHONE1", "PHONE2")),
        ("PHONE1, PHONE2", ("PHONE1", "PHONE2")),
        ("{PHONE1, PHONE2}", ("PHONE1", "PHONE2")),
        ("PHONE1", ("PHONE1",)),
        ("", ()),
        (["PHONE1", None, ""], ("PHONE1",)),
        ('["PHONE1", "PHONE2"]', ("PHONE1", "PHONE2")),
        ("[]", ()),
        ("PHONE-1.a_b", ("PHONE-1.a_b",)),
        ({"value": ["PHONE1"], "Count": 1}, ("PHONE1",)),
        ([12345], ("12345",)),
    ],
)
def test_lists_in_their_forms(written: Any, expected: tuple[str, ...]) -> None:
    found = together({"cas.json": [without(MAILBOX, ActiveSyncAllowedDeviceIDs=written)]})
    assert (set(), expected) == (
        codes(found), shown_values(found.raw, STORE)["mailboxes"][0]["ActiveSyncAllowedDeviceIDs"])  # fmt: skip


@pytest.mark.parametrize(
    "written", ["A\tB", "[A1, A2]", '"A1","A2"', "$null", "null", "n/a", "#N/A", "-", "A 1;B", "(A)"]
)
def test_what_is_no_list_of_ids(written: str) -> None:
    row = without(MAILBOX, ActiveSyncAllowedDeviceIDs=written, ActiveSyncBlockedDeviceIDs="", EmailAddresses="")
    for found in (together({"cas.json": [row]}), together({"cas.csv": render_csv([row], list(MAILBOX))})):
        assert {("mailboxes", "list-lost", "ActiveSyncAllowedDeviceIDs")} == codes(found)


@pytest.mark.parametrize(
    "written", ["ops", "ops@contoso.com it@contoso.com;x@contoso.com", "null", '"ops@contoso.com"']
)
def test_what_is_no_list_of_addresses(written: str) -> None:
    found = together({"org.json": without(SETTINGS, AdminMailRecipients=written)})
    assert {("organization", "list-lost", "AdminMailRecipients")} == codes(found)


def test_a_list_that_is_spread_over_columns() -> None:
    row = without(
        MAILBOX,
        "ActiveSyncAllowedDeviceIDs",
        **{"ActiveSyncAllowedDeviceIDs.0": "A", "ActiveSyncAllowedDeviceIDs.1": "B"},
    )
    rows = [row, without(row, PrimarySmtpAddress="b@contoso.com", Guid="b", **{"ActiveSyncAllowedDeviceIDs.1": ""})]
    found = together({"cas.json": rows})
    values = [each["ActiveSyncAllowedDeviceIDs"] for each in shown_values(found.raw, STORE)["mailboxes"]]
    assert (set(), [("A", "B"), ("A",)]) == (codes(found), values)


@pytest.mark.parametrize(
    ("written", "name", "expected"),
    [
        ({"IsUnlimited": True, "Value": None}, "MaxInactivityTimeLock", "Unlimited"),
        ({"IsUnlimited": False, "Value": {"Ticks": 9_000_000_000}}, "MaxInactivityTimeLock", "00:15:00"),
        ({"IsUnlimited": False, "Value": "00:15:00"}, "MaxInactivityTimeLock", "00:15:00"),
        ({"value": 1, "Value": "HandsfreeOnly"}, "AllowBluetooth", "HandsfreeOnly"),
        (1, "AllowBluetooth", "HandsfreeOnly"),
        ("5 MB (5,242,880 bytes)", "MaxAttachmentSize", 5_242_880),
        (8.0, "MaxPasswordFailedAttempts", 8),
        ("", "MinPasswordLength", None),
    ],
)
def test_values_in_their_forms(written: Any, name: str, expected: object) -> None:
    found = together({"policies.json": [without(POLICY, **{name: written})]})
    assert (set(), expected) == (
        codes(found), shown_values(found.raw, STORE)["mobileDeviceMailboxPolicies"][0][name])  # fmt: skip


def test_a_level_that_was_not_understood_is_not_in_the_object() -> None:
    found = together({"rules.json": [without(RULE, AccessLevel="Blo")]})
    assert "AccessLevel" not in found.raw.sections["deviceAccessRules"][0]
    (problem,) = found.problems
    assert "AccessLevel cannot be told: `Blo` is none of Allow, Block and Quarantine" == problem.message


def test_what_is_empty_is_not_called_absent() -> None:
    (problem,) = together({"org.json": without(SETTINGS, DefaultAccessLevel=None)}).problems
    assert "DefaultAccessLevel is empty" == problem.message


def test_a_mailbox_without_a_policy_follows_the_default_where_it_says_so() -> None:
    assert set() == codes(together({"cas.json": [without(MAILBOX, ActiveSyncMailboxPolicy=None)]}))


def test_two_names_of_one_setting_may_say_the_same() -> None:
    row = without(POLICY, PasswordEnabled=True, DevicePasswordEnabled="True")
    assert set() == codes(together({"policies.json": [row]}))


def test_of_an_empty_value_and_another_one_the_other_counts() -> None:
    found = together({"a.json": [without(MAILBOX, ActiveSyncEnabled=None)], "b.json": [MAILBOX]})
    assert (set(), "True") == (codes(found), found.raw.sections["mailboxes"][0]["ActiveSyncEnabled"])


def test_old_names_of_the_settings_of_a_policy() -> None:
    row = {
        "Name": "Default",
        "IsDefaultPolicy": True,
        "AllowNonProvisionableDevices": "False",
        "DevicePasswordEnabled": True,
    }
    found = together({"x.json": [row]}, edition="exchange-2013")
    values = shown_values(found.raw, STORE)["mobileDeviceMailboxPolicies"][0]
    assert set() == codes(found)
    settings = {"IsDefault": True, "AllowNonProvisionableDevices": False, "PasswordEnabled": True}
    assert {"Name": "Default", **settings} == values


def test_a_policy_by_its_path_in_a_directory() -> None:
    pinned = without(
        MAILBOX, ActiveSyncMailboxPolicy="adatum.com/Configuration/Default", ActiveSyncMailboxPolicyIsDefaulted=False
    )
    found = together({"cas.json": [pinned], "policies.json": [POLICY]}, edition="exchange-2019")
    assert "Default" == shown_values(found.raw, STORE)["mailboxes"][0]["ActiveSyncMailboxPolicy"]
