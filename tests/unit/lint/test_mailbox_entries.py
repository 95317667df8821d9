"""An entry of `mailboxes` is one mailbox."""

from __future__ import annotations

import pytest

from policylint.lint.identities import address_in, not_one_mailbox
from tests.rules.harness import lint


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("*", "is a pattern"),
        ("*@contoso.com", "is a pattern"),
        ("sales-?", "is a pattern"),
        ("All", "means all mailboxes"),
        ("all users", "means all mailboxes"),
        ("Everyone", "means all mailboxes"),
        ("AllMailboxes", "means all mailboxes"),
        ("@contoso.com", "is a domain"),
        ("group:Sales", "is a group"),
        ("Group: Sales", "is a group"),
        ("member of Sales", "is a group"),
        ("distribution list Sales", "is a group"),
        ("OU=Sales,DC=contoso,DC=com", "is an organizational unit"),
        ("Department -eq 'Sales'", "is a filter"),
        ("ann@contoso.com, bob@contoso.com", "holds 2 addresses"),
        ("ann@contoso.com;bob@contoso.com;cy@contoso.com", "holds 3 addresses"),
        ("ann@contoso.com bob@contoso.com", "holds 2 addresses"),
        ("ann@@contoso.com", "is no address"),
        ("ann@", "is no address"),
        ("ann @contoso.com", "is no address"),
        ("ann@contoso,com", "is no address"),
        ("<ann@contoso.com>", "is no address"),
        ("Ann Doe <ann@contoso.com>", "is no address"),
        ("mailto:ann@contoso.com", "is no address"),
        ("SMTP:ann@contoso.com", "is no address"),
        ("ann@contoso.com.", "is no address"),
        ("ann@contoso..com", "is no address"),
        ("'ann@contoso.com'", "is no address"),
        ("ann\u00a0doe@contoso.com", "is no address"),
        ("a" * 65 + "@contoso.com", "is no address"),
        ("jo\\ExchangeActiveSyncDevices\\EAS\u00a7iPhone\u00a7F04", "is a device"),
        ("iPhone\u00a7F04", "is a device"),
        ("contoso.com", "is a domain"),
        ("${user}@contoso.com", "is a placeholder"),
        ("{{user}}", "is a placeholder"),
        ("<All>", "is a placeholder"),
        (" ann@contoso.com ", None),
        ("ann.doe", None),
        ("o'hara@contoso.com", None),
        ("room&1@contoso.com", None),
        ("j\u00f6rg@contoso.com", None),
        ("ann@contoso", None),
        ("contoso.com/Users/ann@contoso.com", None),
        ("ann@contoso.com", None),
        ("Ann Doe", None),
        ("all-hands@contoso.com", None),
        ("Allan", None),
        ("CN=Ann,OU=Sales,DC=contoso,DC=com", None),
        ("2f6c6f0a-9ad8-5ff8-82d6-30eb7e298119", None),
    ],
)
def test_what_is_no_name_of_one_mailbox(identity: str, expected: str | None) -> None:
    assert not_one_mailbox(identity) == expected


@pytest.mark.parametrize(
    ("identity", "expected"),
    [
        ("<ann@contoso.com>", "ann@contoso.com"),
        ("Ann Doe <ann@contoso.com>", "ann@contoso.com"),
        ("mailto:ann@contoso.com", "ann@contoso.com"),
        ("SMTP:ann@contoso.com", "ann@contoso.com"),
        ("ann@@contoso.com", "ann@contoso.com"),
        ("ann @ contoso.com", "ann@contoso.com"),
        ("ann@contoso..com", "ann@contoso.com"),
        ("ann@contoso.com.", "ann@contoso.com"),
        ("'ann@contoso.com'", "ann@contoso.com"),
        ("ann@contoso,com", "ann@contoso.com"),
        ("ann@", None),
        ("a" * 100_000 + "@", None),
        (" " * 100_000 + "@", None),
    ],
)
def test_the_address_that_is_meant(identity: str, expected: str | None) -> None:
    assert address_in(identity) == expected


@pytest.mark.parametrize("identity", ["*", "All", "@contoso.com", "ann@contoso.com, bob@contoso.com"])
@pytest.mark.parametrize(
    "settings", ["OWAforDevicesEnabled: false", "ActiveSyncEnabled: false", "ActiveSyncAllowedDeviceIDs: [A1, A-2]"]
)
def test_it_is_the_only_finding_about_the_entry(identity: str, settings: str) -> None:
    organization = "organization: {DefaultAccessLevel: Block}\n"
    found = lint(f'{organization}mailboxes:\n  - Identity: "{identity}"\n    {settings}\n')
    assert [(each.rule, str(each.severity)) for each in found.diagnostics if each.span.begin.line > 1] == [
        ("mailbox-pattern", "error")
    ]


def test_a_mailbox_plan_is_named_where_it_has_the_setting() -> None:
    (found,) = lint('mailboxes: [{Identity: "*", ActiveSyncEnabled: false}]\n').of("mailbox-pattern")
    assert found.help is not None
    assert "write `matches` instead of `Identity`" in found.help
    assert "`mailboxPlans` can set `ActiveSyncEnabled`" in found.help
    (found,) = lint('mailboxes: [{Identity: "*", OutlookMobileEnabled: false}]\n').of("mailbox-pattern")
    assert "mailboxPlans" not in (found.help or "")


@pytest.mark.parametrize(
    ("identity", "meant"),
    [
        ("ane@contoso.com", "`ann@contoso.com`"),
        ("anna@contoso.com", "`ann@contoso.com`"),
        ("ann@contso.com", "`ann@contoso.com`"),
        ("ann@fabrikam.com", "`ann@contoso.com`"),
        ("bob@contoso.com", None),
        ("x" * 1000, None),
    ],
)
def test_a_mailbox_that_is_not_there_is_found_with_the_one_that_is_meant(identity: str, meant: str | None) -> None:
    live = {"mailboxes": [{"PrimarySmtpAddress": "ann@contoso.com"}]}
    (found,) = lint(f"mailboxes: [{{Identity: {identity}}}]\n", live).of("mailbox-not-found")
    assert "is not in the snapshot" in found.message
    assert (f"did you mean {meant}?" == found.help) is (meant is not None)
