"""Sealed snapshots: what a whole one says, and that a broken one is refused with words that help."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from textwrap import dedent
from typing import TYPE_CHECKING, Any

import pytest

from policylint.bind.snapshot import bind_snapshot
from policylint.errors import SnapshotError
from policylint.model.device_table import DeviceTable
from policylint.model.entity import EMPTY
from policylint.model.snapshot import Header
from policylint.readers.raw import RawSnapshot
from tests.sealed import HEADER, seal
from tests.worlds import STORE, read_sealed, sealed, snapshot

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from policylint.readers.raw import Row

LIVE = dedent("""\
    organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [a@contoso.com], UserMailInsert: null}
    deviceAccessRules:
    - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
    - {Characteristic: DeviceOS, QueryString: "\u00c9 \\"16.10\\"", AccessLevel: Block}
    mobileDeviceMailboxPolicies:
    - {Name: Default, IsDefault: true, MinPasswordLength: null, MaxAttachmentSize: 5 MB,
       MaxInactivityTimeLock: "00:15:00"}
    - {Name: Strict, IsDefault: false, MaxPasswordFailedAttempts: 8, AllowNonProvisionableDevices: false}
    mailboxes:
    - {Identity: john.doe@contoso.com, ActiveSyncEnabled: true, ActiveSyncMailboxPolicy: null}
    - {Identity: jane.roe@contoso.com, ActiveSyncMailboxPolicy: Strict, ActiveSyncAllowedDeviceIDs: [A, B]}
    """)
DEVICES: list[dict[str, Any]] = [
    {
        "mailbox": "John.Doe@contoso.com", "Guid": "2", "DeviceId": "SEC1", "DeviceType": "Android", "DeviceModel": "",
        "DeviceOS": None, "DeviceUserAgent": "Android/1", "DeviceAccessState": "DeviceDiscovery",
        "DeviceAccessStateReason": "SomethingNew", "ClientType": "EAS", "ClientVersion": "16.1", "IsManaged": "True",
        "DevicePolicyApplicationStatus": "PartiallyApplied",
    },
    {"mailbox": None, "Guid": "1", "DeviceId": "APPL1", "DeviceActiveSyncVersion": "14.1"},
]  # fmt: skip
WHOLE = sealed(LIVE, DEVICES)


def refusal(content: bytes) -> SnapshotError:
    """Return why a file is refused."""
    with pytest.raises(SnapshotError) as caught:
        read_sealed(content)
    assert caught.value.message.startswith("live.json: ")
    assert "\n" not in caught.value.message
    assert caught.value.help
    return caught.value


def test_a_snapshot_says_what_was_declared() -> None:
    found = snapshot(LIVE, DEVICES)
    there = found.state
    assert there.organization is not None
    assert {
        "DefaultAccessLevel": "Quarantine",
        "AdminMailRecipients": ("a@contoso.com",),
        "UserMailInsert": None,
    } == there.organization.settings
    assert ["iPhone (DeviceType)", '\u00c9 "16.10" (DeviceOS)'] == [e.identity for e in (there.rules or {}).values()]
    default, strict = (there.policies or {}).values()
    assert (True, None, 5_242_880, "00:15:00") == tuple(
        default.get(name) for name in ("IsDefault", "MinPasswordLength", "MaxAttachmentSize", "MaxInactivityTimeLock")
    )
    assert (False, 8, False) == tuple(
        strict.get(name) for name in ("IsDefault", "MaxPasswordFailedAttempts", "AllowNonProvisionableDevices")
    )
    john, jane = (there.mailboxes or {}).values()
    assert [None, "Strict"] == [mailbox.get("ActiveSyncMailboxPolicy") for mailbox in (john, jane)]
    assert ("A", "B") == jane.items("ActiveSyncAllowedDeviceIDs")
    assert there.policy_of(john) is default
    assert there.policy_of(jane) is strict


def test_the_header() -> None:
    found = snapshot(LIVE)
    header = found.header
    assert [HEADER[name] for name in ("edition", "tenant", "organization", "organizationGuid", "takenAt")] == [
        header.edition, header.tenant, header.organization, header.organization_guid, header.taken_at]  # fmt: skip
    assert (False, {}) == (found.header.redacted, found.incomplete)
    assert re.fullmatch("[0-9a-f]{64}", found.sha256)


def test_devices_are_sorted_and_read() -> None:
    first, second = snapshot(LIVE, DEVICES).devices
    assert ("APPL1", None, (None, None, None, None), "EAS", "14.1", "unknown", False) == (
        first.device_id, first.mailbox, first.device_class, first.client_type, first.client_version,
        first.provisionable, first.managed)  # fmt: skip
    assert ("SEC1", "JOHN.DOE@CONTOSO.COM", ("Android", None, None, "Android/1"), "16.1", "partial", True) == (
        second.device_id, second.mailbox, second.device_class, second.client_version, second.provisionable,
        second.managed)  # fmt: skip
    assert ("DeviceDiscovery", "SomethingNew") == (second.live_state, second.live_reason)


def test_the_order_of_the_devices_makes_no_difference() -> None:
    assert [*snapshot(LIVE, DEVICES).devices] == [*snapshot(LIVE, DEVICES[::-1]).devices]


def test_an_empty_organization() -> None:
    found = snapshot()
    assert ({}, {}, {}, 0) == (found.state.rules, found.state.policies, found.state.mailboxes, len(found.devices))


POLICY_ROW = {"Name": "Strict", "Guid": "G1", "DistinguishedName": "CN=Strict,DC=contoso", "IsDefault": "False"}
DEFAULT_ROW = {"Name": "Default", "Guid": "G2", "DistinguishedName": "CN=Default,DC=contoso", "IsDefault": "True"}


@pytest.mark.parametrize(("reference", "defaulted", "expected"), [
    ("Strict", "False", "Strict"), ("strict", "False", "Strict"), ("CN=strict,DC=contoso", "False", "Strict"),
    ("g1", "False", "Strict"), ("Default", "False", "Default"), ("Default", "True", None), ("Default", "true", None),
    ("CN=Default,DC=contoso", "True", None), (None, "True", None), ("", "True", None), (None, "False", None),
    ("Gone", "False", "Gone"), ("Strict", None, "Strict"), ("contoso.com\\STRICT", "False", "Strict"),
    ("Strict\\Gone", "False", "Strict\\Gone"),
])  # fmt: skip
def test_the_policy_of_a_mailbox_is_its_name_or_null(reference: Any, defaulted: Any, expected: str | None) -> None:
    mailbox = {
        "PrimarySmtpAddress": "a@contoso.com",
        "ActiveSyncMailboxPolicy": reference,
        "ActiveSyncMailboxPolicyIsDefaulted": defaulted,
    }
    found = read_sealed(seal(mobileDeviceMailboxPolicies=[POLICY_ROW, DEFAULT_ROW], mailboxes=[mailbox]))
    (entity,) = (found.state.mailboxes or {}).values()
    assert expected == entity.get("ActiveSyncMailboxPolicy")


def test_unknown_properties_and_words_do_no_harm() -> None:
    rule = {"Characteristic": "NewThing", "QueryString": "x", "AccessLevel": "Escalate", "Odd": "1"}
    found = read_sealed(
        seal(organization={"DefaultAccessLevel": "Maybe", "DeviceFiltering": "x"}, deviceAccessRules=[rule])
    )
    (entity,) = (found.state.rules or {}).values()
    assert ("x (NewThing)", "Escalate", False) == (entity.identity, entity.get("AccessLevel"), "Odd" in entity.settings)
    assert found.state.organization is not None
    assert {"DefaultAccessLevel": "Maybe"} == found.state.organization.settings


LINES = WHOLE.splitlines(keepends=True)


@pytest.mark.parametrize("number", range(len(LINES)))
def test_cut_at_a_line(number: int) -> None:
    words = refusal(b"".join(LINES[:number])).message
    assert re.search("empty|cut|not sealed", words), words


@pytest.mark.parametrize("number", range(len(LINES)))
def test_cut_in_a_line(number: int) -> None:
    line = LINES[number]
    for end in {1, len(line) // 2, len(line) - 1}:
        refusal(b"".join(LINES[:number]) + line[:end])


def test_no_prefix_is_a_snapshot() -> None:
    for end in range(len(WHOLE)):
        refusal(WHOLE[:end])


def changed(pattern: str, replacement: str) -> Callable[[], bytes]:
    """Return what makes a snapshot with a text replaced, the seal as it was."""

    def make() -> bytes:
        text = WHOLE.decode("ascii")
        assert re.search(pattern, text)
        return re.sub(pattern, replacement, text, count=1).encode()

    return make  # fmt: skip


def sealed_again(pattern: str, replacement: str) -> Callable[[], bytes]:
    """Return what makes a snapshot with a text replaced and a hash that fits."""

    def make() -> bytes:
        text = changed(pattern, replacement)()
        body, _, end = text.partition(b'"seal": ')
        return body + b'"seal": ' + re.sub(rb"[0-9a-f]{64}", hashlib.sha256(body).hexdigest().encode(), end)

    return make  # fmt: skip


BROKEN: list[tuple[str, Callable[[], bytes], str]] = [
    # id, the file, what the message says
    ("empty", lambda: b"", "empty"),
    ("blank", lambda: b"\n", "empty"),
    ("not-json", lambda: b"Identity  AccessLevel\n--------  -----------\n", "not a sealed snapshot"),
    ("other-json", lambda: b'{"a": 1}\n', "not a sealed snapshot"),
    ("array", lambda: b'[{"Identity": "x"}]\n', "not a sealed snapshot"),
    ("csv", lambda: b'"Identity","Guid"\n"a","b"\n', "not a sealed snapshot"),
    ("utf-16", lambda: WHOLE.decode().encode("utf-16"), "not a sealed snapshot: it is UTF-16"),
    ("gzip", lambda: gzip.compress(WHOLE), "not a sealed snapshot: it is compressed"),
    ("utf-16-without-mark", lambda: WHOLE.decode().encode("utf-16-le"), "not a sealed snapshot: it is UTF-16"),
    ("byte-order-mark", lambda: b"\xef\xbb\xbf" + WHOLE, "not a sealed snapshot: it begins with a byte order mark"),
    ("pretty-printed", lambda: json.dumps(json.loads(WHOLE), indent=2).encode(), "not a sealed snapshot"),
    ("minified", lambda: json.dumps(json.loads(WHOLE)).encode(), "line 1 is cut or damaged"),
    ("line-ends-changed", lambda: WHOLE.replace(b"\n", b"\r\n"), "its line ends were changed to CRLF"),
    ("binary", lambda: bytes(range(256)) * 4, "not a sealed snapshot"),
    ("no-seal", lambda: WHOLE[: WHOLE.index(b'"seal"')], "not sealed"),
    ("closed-without-seal", lambda: WHOLE[: WHOLE.index(b'"seal"')] + b"}\n", "not sealed"),
    ("bytes-after-the-end", lambda: WHOLE + b"x", "something follows the seal"),
    ("line-after-the-end", lambda: WHOLE + b"\n", "something follows the seal"),
    ("twice", lambda: WHOLE + WHOLE, "something follows the seal"),
    ("wrong-hash", changed('"sha256": "[0-9a-f]', '"sha256": "x'), "changed after it was sealed"),
    ("no-hash", changed('"sha256"', '"sha"'), "changed after it was sealed"),
    ("value-edited", changed("iPhone", "iPad"), "changed after it was sealed"),
    ("line-removed", changed('\\{"Identity": "iPhone.*\n', ""), "changed after it was sealed"),
    ("format", sealed_again("policylint-snapshot/1", "policylint-snapshot/2"), "its format is `policylint-snapshot/2`"),
    ("format-missing", sealed_again('"format"', '"shape"'), "its format is"),
    ("header-not-an-object", sealed_again('"header": \\{.*\\},', '"header": 1,'), "line 1 does not hold one object"),
    ("edition-missing", sealed_again('"edition"', '"e"'), "its header has no `edition`"),
    ("edition-not-a-text", sealed_again('"edition": "exchange-online"', '"edition": null'),
     "its header has no `edition`"),
    ("time-not-a-text", sealed_again('"takenAt": "[^"]*"', '"takenAt": 5'),
     "its header says `takenAt: 5`, which is no time"),
    ("redacted-not-a-flag", sealed_again('"redacted": false', '"redacted": "true"'),
     "its header says `redacted: true`"),
    ("tenant-not-a-text", sealed_again('"tenant": "[^"]*"', '"tenant": ["a"]'), "its header says `tenant: "),
    ("organization-missing", sealed_again('"organization": \\{', '"organisation": {'),
     "line 2 should hold `organization`"),
    ("section-renamed", sealed_again('"mailboxes": ', '"mailbox": '), "`mailboxes` does not begin at line"),
    ("item-not-an-object", sealed_again('\\{"Identity": "iPhone[^\n]*\\}', '"iPhone"'), "does not hold one object"),
    ("too-deep", sealed_again('"DefaultAccessLevel": "Quarantine"', f'"x": {"[" * 9999}{"]" * 9999}'), "line 2 is"),
    ("count-wrong", changed('"devices": 2', '"devices": 3'), "the seal counts 3 devices, the file holds 2"),
    ("count-true", lambda: sealed(LIVE, DEVICES[:1]).replace(b'"devices": 1', b'"devices": true'),
     "the seal counts true devices, the file holds 1"),
    ("count-missing", changed('"devices": 2', '"device": 2'), "the seal does not count devices"),
    ("count-not-a-number", changed('"devices": 2', '"devices": "2"'), "the seal counts 2 devices, the file holds 2"),
    ("counts-not-an-object", changed('"counts": \\{[^}]*\\}', '"counts": 5'), "the seal does not count"),
    ("counts-missing", changed('"counts"', '"count"'), "the seal does not count"),
    ("complete-missing", changed('"complete"', '"completed"'), "`organization` is not whole: the seal does not say"),
    ("complete-not-an-object", changed('"complete": \\{[^}]*\\}', '"complete": true'), "`organization` is not whole"),
    ("complete-false", changed('"mailboxes": true', '"mailboxes": false'),
     "`mailboxes` is not whole: the seal does not say"),
    ("complete-text", changed('"devices": true', '"devices": "1000 of them"'), "`devices` is not whole: 1000 of them"),
    ("complete-one", changed('"devices": true', '"devices": 1'), "`devices` is not whole"),
    ("seal-not-json", changed('"counts"', "counts"), "is cut or damaged"),
]  # fmt: skip


@pytest.mark.parametrize(("make", "words"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
def test_a_broken_file_is_refused(make: Callable[[], bytes], words: str) -> None:
    assert words in refusal(make()).message


ROWS: list[tuple[str, dict[str, Any], str]] = [
    ("rule-without-query", {"deviceAccessRules": [{"Characteristic": "DeviceOS", "AccessLevel": "Allow"}]},
     "a device access rule without Characteristic or QueryString"),
    ("rule-with-null", {"deviceAccessRules": [{"Characteristic": "DeviceOS", "QueryString": None}]},
     "a device access rule without Characteristic or QueryString"),
    ("rule-with-nothing", {"deviceAccessRules": [{"Characteristic": "", "QueryString": "x", "AccessLevel": "Allow"}]},
     "a device access rule without Characteristic or QueryString"),
    ("rule-same-but-for-case", {"deviceAccessRules": [
        {"Characteristic": "DeviceOS", "QueryString": "iOS"}, {"Characteristic": "DeviceOS", "QueryString": "IOS"}]},
     "IOS (DeviceOS) is in it twice"),
    ("policy-without-name", {"mobileDeviceMailboxPolicies": [{"Guid": "1"}]},
     "a mobile device mailbox policy without Name or Identity"),
    ("policy-twice", {"mobileDeviceMailboxPolicies": [{"Name": "a"}, {"Name": "A"}]}, "A is in it twice"),
    ("mailbox-without-name", {"mailboxes": [{"Guid": "1"}]}, "a mailbox without PrimarySmtpAddress or Identity"),
    ("mailbox-twice", {"mailboxes": [{"PrimarySmtpAddress": "a@b.c"}, {"PrimarySmtpAddress": "A@b.c"}]},
     "A@b.c is in it twice"),
    *[(f"list-lost-{number}", {"mailboxes": [{"PrimarySmtpAddress": "a@b.c", "ActiveSyncAllowedDeviceIDs": lost}]},
       "the list ActiveSyncAllowedDeviceIDs of a@b.c was lost")
      for number, lost in enumerate([
          "System.Object[]", "System.String[]", "Microsoft.Exchange.Data.MultiValuedProperty`1[System.String]",
          "System.Collections.ArrayList", ["System.Object[]"], "{a, b, c...}", ["a", "..."]])],
    ("list-lost-organization", {"organization": {"AdminMailRecipients": "System.Object[]"}},
     "the list AdminMailRecipients of Mobile Mailbox Settings was lost"),
    ("value-is-an-object", {"organization": {"DefaultAccessLevel": {"value": 2, "Value": "Quarantine"}}},
     "DefaultAccessLevel of Mobile Mailbox Settings is not a text"),
    ("text-is-a-list", {"mobileDeviceMailboxPolicies": [{"Name": "a", "PasswordEnabled": ["True"]}]},
     "PasswordEnabled of a is not a text"),
    ("list-of-objects", {"mailboxes": [{"PrimarySmtpAddress": "a@b.c", "ActiveSyncBlockedDeviceIDs": [{"a": "b"}]}]},
     "the list ActiveSyncBlockedDeviceIDs of a@b.c was lost"),
]  # fmt: skip


@pytest.mark.parametrize(("rows", "words"), [case[1:] for case in ROWS], ids=[case[0] for case in ROWS])
def test_an_object_that_cannot_be_is_refused(rows: dict[str, Any], words: str) -> None:
    assert words in refusal(seal(**rows)).message


@pytest.mark.parametrize("section", ["organization", "deviceAccessRules", "mobileDeviceMailboxPolicies", "mailboxes"])
def test_a_section_that_is_not_whole_may_be_asked_for_and_is_then_not_spoken_of(section: str) -> None:
    content = sealed(LIVE, DEVICES, complete={section: "the connection was lost"})
    assert f"`{section}` is not whole: the connection was lost" in refusal(content).message
    assert f"--allow-incomplete {section}" in str(refusal(content).help)
    found = read_sealed(content, allow_incomplete=[section])
    assert {section: "the connection was lost"} == found.incomplete
    fields = {
        "organization": found.state.organization,
        "deviceAccessRules": found.state.rules,
        "mobileDeviceMailboxPolicies": found.state.policies,
        "mailboxes": found.state.mailboxes,
    }
    assert [section] == [name for name, value in fields.items() if value is None]


def test_every_section_that_is_not_whole_must_be_asked_for() -> None:
    content = sealed(LIVE, DEVICES, complete={"devices": "cut", "mailboxes": "cut"})
    with pytest.raises(SnapshotError, match="`devices` is not whole"):
        read_sealed(content, allow_incomplete=["mailboxes"])
    assert {"devices", "mailboxes"} == read_sealed(content, allow_incomplete=["devices", "mailboxes"]).incomplete.keys()


RULE_ROW = {"Characteristic": "DeviceType", "QueryString": "iPhone", "AccessLevel": "Allow", "Guid": "G3"}


def rows(sections: Mapping[str, Sequence[Row]], incomplete: Mapping[str, str] = EMPTY) -> RawSnapshot:
    """Return what a reader of some other format would."""
    header = Header("exchange-online", None, None, None, "2026-11-23T08:00:00Z", "", redacted=False)
    return RawSnapshot("export", "", header, sections, DeviceTable(), incomplete)


def test_rows_of_any_reader_bind_and_what_was_not_read_is_not_known() -> None:
    found = bind_snapshot(rows({"deviceAccessRules": [RULE_ROW]}), STORE)
    (rule,) = (found.state.rules or {}).values()
    assert ("iPhone (DeviceType)", {"Guid": "G3"}, "export") == (rule.identity, rule.ids, rule.origin.path)
    assert (None, None, {}) == (found.state.organization, found.state.mailboxes, found.incomplete)


def test_rows_that_may_be_cut_are_not_bound() -> None:
    cut = rows({"deviceAccessRules": [RULE_ROW]}, {"deviceAccessRules": "1000 rows"})
    with pytest.raises(SnapshotError, match="export: `deviceAccessRules` is not whole: 1000 rows"):
        bind_snapshot(cut, STORE)
    found = bind_snapshot(cut, STORE, allow_incomplete=["deviceAccessRules", "mailboxPlans"])
    assert {"deviceAccessRules", "mailboxPlans"} == found.incomplete.keys()
    assert found.state.rules is None


def test_an_odd_device_is_read() -> None:
    device: dict[str, Any] = {"mailbox": 5, "DeviceId": None, "DeviceType": 7, "IsManaged": True, "ClientType": "eas"}
    (found,) = snapshot(devices=[device]).devices
    assert ("", "7", True, "EAS") == (found.device_id, found.device_class[0], found.managed, found.client_type)


@pytest.mark.parametrize(
    ("state", "reason", "status", "expected"),
    [
        ("1", "3", "2", ("Allowed", "DeviceRule", "full")),
        (2, 5, 1, ("Blocked", "Policy", "none")),
        ("4", "11", "4", ("DeviceDiscovery", "EnableNotificationEmail", "external")),
        ("9", "12", "9", ("9", "12", "unknown")),
        ("Quarantined", "CommandFrequency", "PartiallyApplied", ("Quarantined", "CommandFrequency", "partial")),
    ],
)
def test_states_and_reasons_by_number(
    state: object, reason: object, status: object, expected: tuple[str, str, str]
) -> None:
    row = {"DeviceAccessState": state, "DeviceAccessStateReason": reason, "DevicePolicyApplicationStatus": status}
    (found,) = snapshot(devices=[{"mailbox": None, "DeviceId": "A", **row}]).devices
    assert expected == (found.live_state, found.live_reason, found.provisionable)
