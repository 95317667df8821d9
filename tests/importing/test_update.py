"""Updates of policy files as people write them: where an object goes, and what of a list and of its comments stays."""

from __future__ import annotations

from typing import Any

import pytest

from policylint.importing.policy import LivePolicy
from policylint.importing.update import plan_update
from policylint.project.project import Project
from tests.importing.example import device, mailbox, online, policy, rule
from tests.texts import TODAY, TextFiles, new_texts, shared
from tests.worlds import STORE, read_sealed

BLOCK = rule("DeviceModel", "B", "Block")
ALLOW = rule("DeviceModel", "A", "Allow")
KEPT = [ALLOW, rule("DeviceModel", "C", "Allow")]


def updated(text: str, *, take_live: bool = False, config: str = "version: 1\n", **sections: Any) -> str:
    """Return one policy file after an update."""
    snapshot = read_sealed(online(**sections))
    texts = {"policylint.yaml": config, "policy/a.yaml": text}
    there = Project(TextFiles(texts), shared(), now=lambda: TODAY, live=lambda: snapshot)
    assert there.is_valid
    files = [file for each in there.loaded if (file := each.policy_file) is not None]
    live = LivePolicy(snapshot, STORE, "exchange-online", ["a"])
    update = plan_update(files, there.declared, live, there.config, day="2026-11-20", take_live=take_live)
    new = new_texts(update.edits)
    return new.get("policy/a.yaml", text)


FLOW = "{{Characteristic: DeviceModel, QueryString: {0}, AccessLevel: {1}}}"
A, B, C = (FLOW.format(*pair) for pair in (("A", "Allow"), ("B", "Block"), ("C", "Allow")))
NEW = "# from live, 2026-11-20"


@pytest.mark.parametrize(
    ("text", "live", "expected"),
    [
        (f"deviceAccessRules:\n  - {C}  # c\n", KEPT, f"deviceAccessRules:\n  {NEW}\n  - {A}\n  - {C}  # c\n"),
        (f"deviceAccessRules:\n  - {A}  # a\n", KEPT, f"deviceAccessRules:\n  - {A}  # a\n  {NEW}\n  - {C}\n"),
        (f"deviceAccessRules:\n  - {A}", KEPT, f"deviceAccessRules:\n  - {A}\n  {NEW}\n  - {C}\n"),
        (
            f"deviceAccessRules:\n  # blocked\n  - {B}\n\n  # allowed\n  # for all\n  - {C}\n",
            [BLOCK, *KEPT],
            f"deviceAccessRules:\n  # blocked\n  - {B}\n\n  # allowed\n  {NEW}\n  - {A}\n\n  # for all\n  - {C}\n",
        ),
        ("deviceAccessRules: []  # none\n", KEPT, f"deviceAccessRules:  # none\n  {NEW}\n  - {A}\n  {NEW}\n  - {C}\n"),
        (f"deviceAccessRules: [{A}]\n", KEPT, f"deviceAccessRules: [{A},\n  {NEW}\n  {C}]\n"),
        (
            f"deviceAccessRules: [\n  {A}  # a\n  ]\n",
            KEPT,
            f"deviceAccessRules: [\n  {A}  # a\n  {NEW}\n  , {C}\n  ]\n",
        ),
        (
            "deviceAccessRules:\n- Characteristic: DeviceModel\n  QueryString: A\n  AccessLevel: Allow\n  # - of A\n",
            KEPT,
            "deviceAccessRules:\n- Characteristic: DeviceModel\n  QueryString: A\n  AccessLevel: Allow\n  # - of A\n"
            f"{NEW}\n- Characteristic: DeviceModel\n  QueryString: C\n  AccessLevel: Allow\n",
        ),
        (f"deviceAccessRules:\r\n  - {A}\r\n", KEPT, f"deviceAccessRules:\r\n  - {A}\r\n  {NEW}\r\n  - {C}\r\n"),
        (f"deviceAccessRules:\n  - {A}\n", [ALLOW], f"deviceAccessRules:\n  - {A}\n"),
    ],
    ids=[
        *("first", "last", "no line end", "in its group", "none yet"),
        *("brackets", "lines in brackets", "block", "CRLF", "nothing new"),
    ],
)
def test_a_new_rule_goes_to_its_place(text: str, live: list[dict[str, str]], expected: str) -> None:
    assert expected == updated(text, deviceAccessRules=live)


def test_an_order_of_its_own_is_kept() -> None:
    """The rules are by their texts here, whatever their levels."""
    text = f"deviceAccessRules:\n  - {A}\n  - {C}\n"
    assert f"deviceAccessRules:\n  - {A}\n  {NEW}\n  - {B}\n  - {C}\n" == updated(
        text.replace("QueryString: C, AccessLevel: Allow", "QueryString: C, AccessLevel: Block"),
        deviceAccessRules=[ALLOW, BLOCK, rule("DeviceModel", "C", "Block")],
    ).replace("QueryString: C, AccessLevel: Block", "QueryString: C, AccessLevel: Allow")


LISTED = """\
mailboxes:
  - Identity: a@contoso.com
    ActiveSyncAllowedDeviceIDs:
      # of the board
      - "D1"  # the first
      # TODO stale-device-id: x
      - D2  # the second
        # TODO below
      - D4
"""
FIRST = '      # of the board\n      - "D1"  # the first\n'
SECOND = "      # TODO stale-device-id: x\n      - D2  # the second\n        # TODO below\n"


@pytest.mark.parametrize(
    ("text", "allowed", "expected"),
    [
        (
            LISTED,
            ["D1", "D3", "D4"],
            LISTED.replace(SECOND, f"      {NEW}\n      - D3\n"),
        ),
        (LISTED, ["D2", "D4"], LISTED.replace(FIRST, "")),
        (LISTED, ["D0", "D2", "D4"], LISTED.replace(FIRST, f"      {NEW}\n      - D0\n")),
        (LISTED, ["D0", "D1", "D2", "D4"], LISTED.replace(FIRST, f"      {NEW}\n      - D0\n{FIRST}")),
        (LISTED, ["D1", "D2"], LISTED.replace("      - D4\n", "")),
        (LISTED, [], LISTED.partition(":\n      #")[0] + ": []\n"),
        (LISTED, ["d4", "D2", "D1"], LISTED),
        ("[D1, 'D2', D3]", ["D3", "D1", "D9"], "[D1, D3, D9]"),
        ("[D1, 'D2', D3]", ["D1"], "[D1]"),
        ("[D1, 'D2', D3]", ["D2", "D3"], "['D2', D3]"),
        ("[]", ["x, y"], '["x, y"]'),
        ("{Add: [D1, D2], Remove: [D3]}", ["D1", "D9"], "{Add: [D1], Remove: [D3]}"),
        ("{Add: [D1], Remove: [D3]}", ["D1", "D3"], "{Add: [D1]}"),
        ("{Add: [D1]}", ["D9"], "[D9]"),
        ("{Add: [D1]}", ["D1", "D9"], "{Add: [D1]}"),
        ("null", ["D9"], "[D9]"),
    ],
)
def test_a_list_becomes_the_live_one_item_by_item(text: str, allowed: list[str], expected: str) -> None:
    head = "" if text == LISTED else "mailboxes:\n  - Identity: a@contoso.com\n    ActiveSyncAllowedDeviceIDs: "
    tail = "" if text == LISTED else "  # why\n"
    if head and expected in {"[D1, D3, D9]", '["x, y"]', "[D9]"} and "Add" not in text:
        said = head.replace("    Active", f"    {NEW}\n    Active")
    else:
        said = head
    live = [mailbox("a@contoso.com", allowed=allowed)]
    assert said + expected + tail == updated(head + text + tail, take_live=True, mailboxes=live)


def test_a_list_that_says_what_must_be_in_it_gets_no_more_items() -> None:
    config = "version: 1\nmanage: {mailboxes: {mode: owned, lists: additive}}\n"
    live = [mailbox("a@contoso.com", allowed=["D1", "D3", "D4"])]
    assert LISTED.replace(SECOND, "") == updated(LISTED, take_live=True, config=config, mailboxes=live)


def test_a_device_id_that_is_added_has_its_device_as_a_comment() -> None:
    text = "mailboxes:\n  - Identity: a@contoso.com\n    ActiveSyncAllowedDeviceIDs:\n      - D1\n"
    expected = f"""\
{text}      {NEW}
      - D2  # iPhone15C2, iOS 17.3 21D50
    ActiveSyncBlockedDeviceIDs:
      - D3  # iPhone15C2, iOS 17.3 21D50
"""
    phone = ("iPhone", "iPhone15C2", "iOS 17.3 21D50", "Apple-iPhone15C2/2104.50")
    devices = [device("a@contoso.com", name, phone) for name in ("D2", "D3")]
    live = [mailbox("a@contoso.com", allowed=["D1", "D2"], blocked=["D3"])]
    assert expected == updated(text, take_live=True, mailboxes=live, devices=devices)


@pytest.mark.parametrize(
    ("text", "tail"),
    [
        ("[D1]  # why\n", "  # why"),
        ("null\n", ""),
        ("[]", ""),
        ("\n      # a\n      - D1  # one\n", ""),
        ("[D1,\n     D7]\n", ""),
    ],
)
def test_a_list_of_nothing_that_stays_has_its_devices_as_comments(text: str, tail: str) -> None:
    head = "mailboxes:\n  - Identity: a@contoso.com\n    ActiveSyncAllowedDeviceIDs:"
    expected = f"{head}{tail}\n      {NEW}\n      - D2  # iPhone15C2, iOS 17.3 21D50\n      {NEW}\n      - D3\n"
    phone = ("iPhone", "iPhone15C2", "iOS 17.3 21D50", "Apple-iPhone15C2/2104.50")
    live = [mailbox("a@contoso.com", allowed=["D2", "D3"])]
    devices = [device("a@contoso.com", "D2", phone)]
    assert expected == updated(f"{head} {text}", take_live=True, mailboxes=live, devices=devices)


def test_live_values_go_over_declared_ones_and_beside_them() -> None:
    text = """\
# ours
organization: {DefaultAccessLevel: "Allow"}  # open
mobileDeviceMailboxPolicies:
  - Name: Default
    # why
    MinPasswordLength: 6  # six
    reason: asked for
  - {Name: Field, IsDefault: true}
mailboxes:
  - Identity: a@contoso.com
    ActiveSyncMailboxPolicy: Field
    ActiveSyncEnabled: true
"""
    expected = """\
# ours
organization: {DefaultAccessLevel: Block, AdminMailRecipients: [x@contoso.com], UserMailInsert: "a\\nb"}  # open
mobileDeviceMailboxPolicies:
  - Name: Default
    IsDefault: true
    # why
    MinPasswordLength: null  # six
    reason: asked for
  - {Name: Field, IsDefault: false, AllowCamera: false}
mailboxes:
  - Identity: a@contoso.com
    ActiveSyncMailboxPolicy: null
    OutlookMobileEnabled: false
    ActiveSyncEnabled: true
"""
    sections: dict[str, Any] = {
        "organization": {
            "Identity": "x",
            "DefaultAccessLevel": "Block",
            "AdminMailRecipients": ["x@contoso.com"],
            "UserMailInsert": "a\nb",
        },
        "mobileDeviceMailboxPolicies": [policy("Default", MinPasswordLength=""), policy("Field", AllowCamera="False")],
        "mailboxes": [mailbox("a@contoso.com", OutlookMobileEnabled="False")],
    }
    after = updated(text, take_live=True, **sections)
    assert expected == after
    assert text == updated(text, **sections)


def test_what_no_policy_can_say_is_not_taken() -> None:
    text = "organization:\n  DefaultAccessLevel: Allow\n  UserMailInsert: a\n"
    live = {"Identity": "x", "DefaultAccessLevel": "Allow", "UserMailInsert": "a\u202eb"}
    assert text == updated(text, take_live=True, organization=live)


def test_excepted_and_system_mailboxes_are_not_taken_up() -> None:
    config = "version: 1\nmanage: {mailboxes: {mode: owned, except: ['kiosk-*']}}\n"
    text = "mailboxes:\n  - Identity: a@contoso.com\n    ActiveSyncEnabled: true\n"
    own = "Migration.8f3e7716-2011-43e4-96b1-aba62d229136@contoso.com"
    live = [mailbox(name, ActiveSyncEnabled="False") for name in ("kiosk-1@contoso.com", own)]
    assert text == updated(text, config=config, mailboxes=[mailbox("a@contoso.com"), *live])
