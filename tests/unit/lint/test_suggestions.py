"""What the help of a finding says about the values that may be meant, and where a sensible policy stays silent."""

from __future__ import annotations

from typing import Any

import pytest

from tests.rules.harness import lint

LIVE: dict[str, Any] = {
    "organization": {"DefaultAccessLevel": "Quarantine", "AdminMailRecipients": ["mobile-admins@contoso.com"]},
    "mobileDeviceMailboxPolicies": [{"Name": "Default", "IsDefault": "True", "PasswordEnabled": "True"}],
    "mailboxes": [
        {
            "PrimarySmtpAddress": "john.doe@contoso.com",
            "ActiveSyncMailboxPolicy": "Default",
            "ActiveSyncMailboxPolicyIsDefaulted": "True",
        }
    ],
    "devices": [
        {
            "mailbox": "john.doe@contoso.com",
            "DeviceId": f"Appl{number}",
            "DeviceType": "iPhone",
            "DeviceModel": "iPhone14C2",
            "DeviceOS": system,
            "DeviceUserAgent": "Apple-iPhone14C2/2105.219",
            "ClientType": "EAS",
            "ClientVersion": "16.1",
        }
        for number, system in enumerate(["iOS 17.4 21E219", "iOS 17.4 21E219", "iOS 18.1 22B83"])
    ],
}


@pytest.mark.parametrize(
    ("characteristic", "query", "expected"),
    [
        pytest.param(
            "DeviceOS",
            "iOS",
            "rules compare whole values; these begin with it, 3 devices in all:"
            " `iOS 17.4 21E219` (2 devices) and `iOS 18.1 22B83` (1 device)",
            id="beginning",
        ),
        pytest.param(
            "DeviceModel",
            "iPhone14,2",
            "devices report `iPhone14C2` (3 devices): every space and sign counts",
            id="sign",
        ),
        pytest.param("DeviceType", "iPone", "did you mean `iPhone` (3 devices)?", id="letter"),
        pytest.param(
            "UserAgent",
            "iPhone14C2",
            "`iPhone14C2` is a DeviceModel of 3 devices: compare that characteristic instead",
            id="characteristic",
        ),
        pytest.param(
            "DeviceType",
            "ContosoPhone",
            "copy the whole value from `Get-MobileDevice`, or give policylint a snapshot that has such a device",
            id="nothing-near",
        ),
    ],
)
def test_the_help_names_what_may_be_meant(characteristic: str, query: str, expected: str) -> None:
    text = f"""\
deviceAccessRules:
  - {{Characteristic: {characteristic}, QueryString: "{query}", AccessLevel: Quarantine}}
"""
    (found,) = lint(text, LIVE).of("access-rule-matches-nothing")
    assert found.help == expected


def test_a_wildcard_is_spelled_out() -> None:
    text = 'deviceAccessRules: [{Characteristic: DeviceOS, QueryString: "iOS 1?.*", AccessLevel: Quarantine}]\n'
    (found,) = lint(text, LIVE).of("access-rule-wildcard")
    assert found.help is not None
    assert "`iOS 17.4 21E219` (2 devices), `iOS 18.1 22B83` (1 device)" in found.help


def test_many_stars_cost_no_time() -> None:
    query = "*a" * 40 + "b"
    text = f'deviceAccessRules: [{{Characteristic: UserAgent, QueryString: "{query}", AccessLevel: Quarantine}}]\n'
    live = {**LIVE, "devices": [{**LIVE["devices"][0], "DeviceUserAgent": "a" * 200}]}
    assert lint(text, live).lines("access-rule-wildcard") == [("access-rule-wildcard", 1)]


SENSIBLE = """\
organization:
  DefaultAccessLevel: Quarantine
  AdminMailRecipients: [mobile-admins@contoso.com]
  UserMailInsert: Your device waits for approval.
deviceAccessRules:
  - {Characteristic: DeviceModel, QueryString: Outlook for iOS and Android, AccessLevel: Allow}
  - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
  - {Characteristic: DeviceType, QueryString: TbSync, AccessLevel: Block}
mobileDeviceMailboxPolicies:
  - Name: Default
    IsDefault: true
    PasswordEnabled: true
    MinPasswordLength: 6
    AllowSimplePassword: false
    MaxPasswordFailedAttempts: 10
    MaxInactivityTimeLock: 00:15:00
    AllowCamera: false
mailboxes:
  - {Identity: john.doe@contoso.com, ActiveSyncAllowedDeviceIDs: [Appl0], ActiveSyncMailboxPolicy: null}
"""


@pytest.mark.parametrize("with_snapshot", [True, False])
def test_a_sensible_policy_is_silent(with_snapshot: bool) -> None:
    found = lint(SENSIBLE, LIVE if with_snapshot else None).diagnostics
    assert {each.rule for each in found} <= {"setting-not-in-snapshot"}  # the live state is one in short


def test_a_policy_that_declares_what_there_is_by_default_is_silent() -> None:
    """`import` writes every setting; none of them is worth a word, but that nobody needs a password."""
    from tests.rules.harness import store

    settings = {
        name: setting.schema["default"]
        for name, setting in store().object_type("mobileDeviceMailboxPolicy").settings.items()
        if "default" in setting.schema and setting.planned
    }
    lines = [
        f"    {name}: {str(value).lower() if isinstance(value, bool) else value}" for name, value in settings.items()
    ]
    text = "mobileDeviceMailboxPolicies:\n  - Name: Default\n" + "\n".join(lines).replace(": None", ": null") + "\n"
    assert [found.rule for found in lint(text).diagnostics] == ["policy-without-password"]


def test_two_findings_never_say_the_same_of_one_string() -> None:
    """What is wrong with a string is said by one rule: wildcard, odd, other characteristic, or nothing matches."""
    about = (
        "access-rule-matches-nothing",
        "access-rule-wildcard",
        "untidy-query-string",
        "invisible-character",
        "look-alike-character",
        "value-of-other-characteristic",
    )
    queries = ["iOS", "HTC*", "iPhone ", "iPhone", "Android", "i\u2013Phone", "iPh\u043ene", "iPhone\u200b"]
    text = "deviceAccessRules:\n" + "".join(
        f'  - {{Characteristic: DeviceModel, QueryString: "{query}", AccessLevel: Block}}\n' for query in queries
    )
    lines = sorted(line for _, line in lint(text, LIVE).lines(*about))
    assert lines == list(range(2, len(queries) + 2))


LONG = "\u0391ndroid" * 20


@pytest.mark.parametrize(
    ("query", "rule", "message", "advice"),
    [
        pytest.param(
            "iPhone\u200b", "invisible-character",
            "`iPhone\\u200b` contains the invisible U+200B zero width space as character 7",
            "write `iPhone`", id="invisible",
        ),
        pytest.param(
            "\u3164", "invisible-character",
            "`\u3164` contains the invisible U+3164 hangul filler as character 1",
            "remove it", id="nothing-else",
        ),
        pytest.param(
            "SM\u2011G981B ", "look-alike-character",
            "`SM\u2011G981B ` contains U+2011 non-breaking hyphen as character 3",
            "write `SM-G981B`", id="look-alike-and-space",
        ),
        pytest.param(
            LONG, "look-alike-character",
            f"`{LONG[:77]}...` contains U+0391 greek capital letter alpha as character 1, and 19 more",
            "use the plain character", id="too-long-to-write-out",
        ),
        pytest.param(
            "e\u0301", "untidy-query-string",
            "`e\u0301` contains a letter and its accent as two characters",
            "write `\u00e9`", id="accent",
        ),
    ],
)  # fmt: skip
def test_an_odd_character_is_named_with_its_place(query: str, rule: str, message: str, advice: str) -> None:
    text = f'deviceAccessRules:\n  - {{Characteristic: DeviceModel, AccessLevel: Block, QueryString: "{query}"}}\n'
    (found,) = lint(text, LIVE).of(rule)
    assert (f"{message}, and the whole text is compared", advice) == (found.message, found.help)
    assert f'"{query}"' == text[found.span.start : found.span.end]


def test_a_word_of_another_script_is_compared_with_what_devices_report() -> None:
    text = "deviceAccessRules: [{Characteristic: DeviceModel, QueryString: \u0420\u0421-1, AccessLevel: Block}]\n"
    live = {**LIVE, "devices": [{**LIVE["devices"][0], "DeviceModel": "PC-1"}]}
    (found,) = lint(text, live).of("access-rule-matches-nothing")
    assert found.help == "devices report `PC-1` (1 device): every space and sign counts"
    assert lint(text, live).lines("look-alike-character") == []
