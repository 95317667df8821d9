"""Which findings are fixed, and to what text."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from policylint.project import fix as fixing
from policylint.project.fix import fix
from tests.texts import CONFIG, project

if TYPE_CHECKING:
    from collections.abc import Collection

DEFAULT = "organization: {DefaultAccessLevel: Quarantine, AdminMailRecipients: [help-desk@contoso.com]}\n"
JOHN = "mailboxes:\n  - Identity: john.doe@contoso.com\n"
RULES = "deviceAccessRules:\n"
OUTLOOK = "  - {Characteristic: DeviceModel, QueryString: Outlook for iOS and Android, AccessLevel: Allow}\n"


def rule(query: str, name: str = "DeviceType", level: str = "Allow") -> str:
    return f"  - {{Characteristic: {name}, QueryString: {query}, AccessLevel: {level}}}\n"


def fixed(text: str, *, unsafe: bool = False) -> str:
    """Return a policy file after its findings are fixed."""
    edited = fix(project({CONFIG: "version: 1\n", "a.yaml": text}), unsafe=unsafe).edited
    return edited.texts["a.yaml"] if edited is not None else text


SAFE = {
    "an ID twice": (
        f"{JOHN}    ActiveSyncAllowedDeviceIDs:\n      - APPL1 # his\n      - SEC2\n      - appl1 # again\n",
        f"{JOHN}    ActiveSyncAllowedDeviceIDs:\n      - APPL1 # his\n      - SEC2\n",
    ),
    "an ID three times, in part of a list": (
        f"{JOHN}    ActiveSyncAllowedDeviceIDs: {{Add: [A1, a1, B2, A1], Remove: [C3, c3]}}\n",
        f"{JOHN}    ActiveSyncAllowedDeviceIDs: {{Add: [A1, B2], Remove: [C3]}}\n",
    ),
    "upper and lower case": (RULES + rule("iPHONE"), RULES + rule("iPhone")),
    "a rule twice": (
        RULES + "  # ours\n" + rule("iPhone") + "  # a copy\n" + rule("iphone") + rule("iPad"),
        RULES + "  # ours\n" + rule("iPhone") + rule("iPad"),
    ),
    "a rule that says what the default says": (
        DEFAULT + RULES + "  # why\n" + rule("iPhone", level="Quarantine") + rule("iPad", level="Quarantine"),
        DEFAULT + "deviceAccessRules: []\n",
    ),
    "a key in other case": (
        "organization: {defaultaccesslevel: Quarantine, AdminMailRecipients: [help-desk@contoso.com]}\n",
        DEFAULT,
    ),
    "a key by its earlier name": (
        "mobileDeviceMailboxPolicies:\n  - {Name: Strict, DevicePasswordEnabled: true}\n",
        "mobileDeviceMailboxPolicies:\n  - {Name: Strict, PasswordEnabled: true}\n",
    ),
    "yes and a value in other case": (
        "mobileDeviceMailboxPolicies:\n  - {Name: Strict, PasswordEnabled: yes, MaxInactivityTimeLock: unlimited}\n",
        "mobileDeviceMailboxPolicies:\n  - {Name: Strict, PasswordEnabled: true, MaxInactivityTimeLock: Unlimited}\n",
    ),
    "an ignore comment of its own line": (
        f"{DEFAULT}# policylint: ignore[default-level-allow] the board wants it\n{RULES}{OUTLOOK}",
        f"{DEFAULT}{RULES}{OUTLOOK}",
    ),
    "an ignore comment behind another, and one that ended": (
        f"{DEFAULT.rstrip()}  # ours # policylint: ignore[default-level-allow] so\n{RULES}"
        f"{OUTLOOK.rstrip()}  # policylint: ignore[windows-mail-rule] so until 2020-01-01\n",
        f"{DEFAULT.rstrip()}  # ours\n{RULES}{OUTLOOK}",
    ),
    "one rule of several in an ignore comment": (
        f"{RULES}  # policylint: ignore[query-string-case, windows-mail-rule] so\n" + rule("iPHONE"),
        f"{RULES}  # policylint: ignore[query-string-case] so\n" + rule("iPHONE"),
    ),
}


@pytest.mark.parametrize(("before", "after"), SAFE.values(), ids=SAFE.keys())
def test_what_a_safe_fix_writes(before: str, after: str) -> None:
    assert after.replace("\n", "\r\n") == fixed(before.replace("\n", "\r\n"))


UNSAFE = {
    "an Apple model as people write it": (RULES + rule("'iPhone14,2'", "DeviceModel"), "QueryString: iPhone14C2,"),
    "a value nearly right": (RULES + rule("Outlook for iOS an Android", "DeviceModel"), "iOS and Android,"),
    "the value of another characteristic": (RULES + rule("iPhone14C5"), "Characteristic: DeviceModel,"),
    "an ID with dashes": (f"{JOHN}    ActiveSyncAllowedDeviceIDs: [APPL-1234]\n", "[APPL1234]\n"),
    "an ID with dashes that is there without": (
        f"{JOHN}    ActiveSyncAllowedDeviceIDs: [APPL1234, APPL-1234]\n",
        "ActiveSyncAllowedDeviceIDs: [APPL1234]\n",
    ),
    "an ID on both lists": (
        f"{JOHN}    ActiveSyncAllowedDeviceIDs: [A1]\n    ActiveSyncBlockedDeviceIDs: [A1]\n",
        "ActiveSyncAllowedDeviceIDs: []\n    ActiveSyncBlockedDeviceIDs: [A1]\n",
    ),
    "spaces at the end": (f"{JOHN}    ActiveSyncAllowedDeviceIDs: ['A1 ']\n", "ActiveSyncAllowedDeviceIDs: [A1]\n"),
    "a mistyped value": (
        "organization: {DefaultAccessLevel: Quarantin, AdminMailRecipients: [help-desk@contoso.com]}\n",
        "{DefaultAccessLevel: Quarantine,",
    ),
    "a mistyped key": ("organization: {DefaultAccesLevel: Block}\n", "organization: {DefaultAccessLevel: Block}\n"),
}


@pytest.mark.parametrize(("before", "part"), UNSAFE.values(), ids=UNSAFE.keys())
def test_what_changes_access_is_fixed_as_unsafe(before: str, part: str) -> None:
    done = fix(project({CONFIG: "version: 1\n", "a.yaml": before}), unsafe=True)
    assert [False] == [found.fix.safe for found in done.applied if found.fix is not None]
    assert done.edited is not None
    assert part in done.edited.texts["a.yaml"]


def test_what_changes_access_is_not_fixed_unless_asked() -> None:
    text = UNSAFE["an Apple model as people write it"][0]
    assert text == fixed(text)


LEFT = {
    "of the first declaration of two that differ": (
        DEFAULT + RULES + rule("iPhone", level="Quarantine") + rule("iPhone", level="Allow")
    ),
    "hidden by a comment": f"{RULES}  # policylint: ignore[query-string-case] so\n" + rule("iPHONE"),
    "of a declaration that says something else": RULES + rule("iPhone") + rule("iphone", level="Block"),
    "that would leave a list in part with nothing": (
        f"{JOHN}    ActiveSyncAllowedDeviceIDs: {{Add: [A1]}}\n    ActiveSyncBlockedDeviceIDs: [A1]\n"
    ),
    "of a name that another rule has": RULES + rule("iPhone14C2", "DeviceModel") + rule("'iPhone14,2'", "DeviceModel"),
    "of one of many values": RULES + rule("'*'"),
}


@pytest.mark.parametrize("text", LEFT.values(), ids=LEFT.keys())
def test_what_is_not_fixed(text: str) -> None:
    assert text == fixed(text, unsafe=True)


def test_a_fix_that_would_make_a_test_fail_is_not_applied() -> None:
    device = "device: {DeviceType: iPhone}\n    expect: Quarantined\n    reason: DeviceRule\n"
    tests = f"tests:\n  - name: by its rule\n    {device}"
    text = DEFAULT + RULES + rule("iPhone", level="Quarantine") + tests
    done = fix(project({CONFIG: "version: 1\n", "a.yaml": text}))
    assert done.edited is None
    assert ["the test `by its rule` of a.yaml would fail"] == [each.why for each in done.left]


NEVER = "assertions:\n  - {name: no iPhone, never: {DeviceModel: iPhone14C2, state: Allowed}}\n"
SPELLED = DEFAULT + RULES + rule("'iPhone14,2'", "DeviceModel")


def test_a_fix_that_would_make_an_assertion_fail_is_not_applied() -> None:
    assert SPELLED != fixed(SPELLED, unsafe=True)
    done = fix(project({CONFIG: "version: 1\n", "a.yaml": SPELLED + NEVER}), unsafe=True)
    assert done.edited is None
    assert ["the assertion `no iPhone` (never) would fail"] == [each.why for each in done.left]


def many(number: int, needed: Collection[int]) -> str:
    """Return mailboxes that block an ID with a space before it, which no device has; tests need that of some."""
    boxes = "".join(
        f"  - {{Identity: user{place}@contoso.com, ActiveSyncBlockedDeviceIDs: [' A1']}}\n" for place in range(number)
    )
    seen = "".join(
        f"  - {{name: t, device: {{DeviceId: A1}}, mailbox: user{place}@contoso.com, expect: Quarantined}}\n"
        for place in needed
    )
    return f"{DEFAULT}mailboxes:\n{boxes}tests:\n{seen}"


@pytest.mark.parametrize(
    ("needed", "tries", "applied", "whys"),
    [
        pytest.param((3, 18, 33), 45, 37, {"the test `t` of a.yaml would fail"}, id="a few are refused"),
        pytest.param(
            range(40),
            45,
            0,
            {
                "the test `t` of a.yaml would fail",
                "not tried, as 10 others of this rule were refused: the test `t` of a.yaml would fail",
            },
            id="all are refused",
        ),
        pytest.param(
            range(40),
            16,
            0,
            {"the test `t` of a.yaml would fail", "too many fixes were tried: run it again"},
            id="there are too many",
        ),
    ],
)
def test_fixes_that_are_refused_keep_no_other_back_and_all_are_said(
    monkeypatch: pytest.MonkeyPatch, needed: Collection[int], tries: int, applied: int, whys: set[str]
) -> None:
    monkeypatch.setattr(fixing, "MOST_TRIES", tries)
    done = fix(project({CONFIG: "version: 1\n", "a.yaml": many(40, needed)}), unsafe=True)
    assert (applied, 40 - applied) == (len(done.applied), len(done.left))
    assert whys == {each.why for each in done.left}
