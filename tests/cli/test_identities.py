"""Mailboxes named as Exchange knows them: in the policy, in options, in tests, in patterns that protect."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.sealed import HEADER, seal

if TYPE_CHECKING:
    from tests.cli.conftest import Folder

ANN: dict[str, Any] = {
    "PrimarySmtpAddress": "ann.lee@contoso.com",
    "Identity": "Ann Lee",
    "Name": "Ann Lee",
    "Alias": "sales",
    "UserPrincipalName": "ann@corp.contoso.com",
    "EmailAddresses": ["SMTP:ann.lee@contoso.com", "smtp:board@fabrikam.com"],
    "SamAccountName": "alee",
    "DistinguishedName": "CN=Ann Lee,OU=Board,DC=contoso,DC=com",
    "Guid": "11111111-2222-4333-8444-555555555555",
    "ActiveSyncEnabled": True,
}
BOB: dict[str, Any] = {
    "PrimarySmtpAddress": "bob@contoso.com",
    "Identity": "Bob",
    "Name": "sales",
    "ActiveSyncEnabled": True,
}
DEVICE = {"mailbox": "ann.lee@contoso.com", "DeviceId": "A1", "DeviceType": "iPhone", "ClientType": "EAS"}
CONFIG = "version: 1\nsnapshot: live.json\nguards: {snapshot-max-age-hours: null, max-newly-denied-percent: null%s}\n"


@pytest.fixture
def office(folder: Folder) -> Folder:
    """Return a repository over two mailboxes that share a name, one of them with a device."""
    live = seal(
        {**HEADER, "takenAt": "2026-11-20T06:00:00Z"},
        organization={"DefaultAccessLevel": "Allow"},
        mailboxes=[ANN, BOB],
        devices=[DEVICE],
    )
    folder.write("live.json", live)
    folder.write("policylint.yaml", CONFIG % "")
    folder.write("policy/a.yaml", "organization: {DefaultAccessLevel: Allow}\n")
    return folder


def block(folder: Folder, name: str) -> None:
    folder.write("policy/a.yaml", f"mailboxes: [{{Identity: {name}, ActiveSyncEnabled: false}}]\n")


@pytest.mark.parametrize("name", ["board@fabrikam.com", "ann@corp.contoso.com", "Ann Lee"])
def test_an_entry_by_any_name_changes_the_mailbox(office: Folder, name: str) -> None:
    block(office, name)
    (step,) = json.loads(office.run("plan", "--format", "json").stdout)["steps"]
    assert "ann.lee@contoso.com" == step["target"]["PrimarySmtpAddress"]


def test_an_entry_by_the_name_of_two_is_found_and_no_plan_is_made(office: Folder) -> None:
    block(office, "sales")
    found = json.loads(office.run("lint", "--format", "json").stdout)["diagnostics"]
    (said,) = [each["message"] for each in found if each["rule"] == "mailbox-name-ambiguous"]
    assert "`sales` is the name of 2 mailboxes: ann.lee@contoso.com and bob@contoso.com" == said
    assert "mailbox-not-found" not in {each["rule"] for each in found}
    done = office.run("plan")
    assert "declared by the name of 2 mailboxes: ann.lee@contoso.com and bob@contoso.com" in done.stdout


@pytest.mark.parametrize("command", [("why", "--mailbox"), ("simulate", "--mailbox")], ids=lambda each: each[0])
def test_an_option_takes_any_name_and_says_whose_it_may_be(office: Folder, command: tuple[str, str]) -> None:
    assert "A1" in office.run(*command, "board@fabrikam.com").stdout
    done = office.run(*command, "SALES")
    assert (4, "") == (done.returncode, done.stdout)
    assert "error: `SALES` is the name of 2 mailboxes\n" in done.stderr
    assert "name one by its address: `ann.lee@contoso.com` or `bob@contoso.com`\n" in done.stderr


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("board@fabrikam.com", "1 test passed"),
        ("sales", "is the name of 2 mailboxes: ann.lee@contoso.com and bob@contoso.com"),
        ("nobody@contoso.com", "is neither declared nor in the snapshot"),
    ],
)
def test_tests_and_assertions_take_any_name(office: Folder, name: str, words: str) -> None:
    test = f"tests: [{{name: a, mailbox: {name}, device: {{DeviceType: iPhone}}, expect: Allowed}}]\n"
    asserted = f"assertions: [{{name: b, always: {{mailbox: {name}}}}}]\n"
    office.write("policy/a.yaml", test + asserted)
    done = office.run("test")
    assert words in done.stdout
    assert done.stdout.count(words) == (1 if "passed" in words else 2)


@pytest.mark.parametrize(
    ("pattern", "protected"),
    [
        ("board@*", True),
        ("ann@corp.*", True),
        ("bob@*", False),
        ("SALES", True),
        ("sal*", True),
        (r"CONTOSO\aLee", True),
        (r"CONTOSO\bob", False),
        ("CN=Ann Lee,OU=Board,DC=contoso,DC=com", True),
        ("11111111-2222-4333-8444-555555555555", True),
    ],
)
def test_every_name_of_a_mailbox_protects_it(office: Folder, pattern: str, protected: bool) -> None:
    office.write("policylint.yaml", CONFIG % f", protect: ['{pattern}']")
    block(office, "ann.lee@contoso.com")
    assert protected == ("which is protected, would lose access" in office.run("plan").stdout)


@pytest.mark.parametrize(("pattern", "kept"), [("board@*", True), ("bob@*", False)])
def test_every_address_of_a_mailbox_is_an_exception(office: Folder, pattern: str, kept: bool) -> None:
    listed = {**ANN, "ActiveSyncAllowedDeviceIDs": ["A1"]}
    office.write("live.json", seal({**HEADER, "takenAt": "2026-11-20T06:00:00Z"}, mailboxes=[listed], devices=[]))
    office.write("policylint.yaml", CONFIG % "" + f"manage: {{mailboxes: {{mode: exact, except: ['{pattern}']}}}}\n")
    office.write("policy/a.yaml", "mailboxes: []\n")
    assert kept == (not json.loads(office.run("plan", "--format", "json").stdout)["steps"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("ann.le@contoso.com", "is no mailbox of the snapshot"),
        ("sales", "is the name of 2 mailboxes"),
        ("ann.lee@contoso.com", ""),
        ("nobody-*", ""),
    ],
)
def test_a_configured_name_that_is_not_that_of_one_mailbox_is_said(office: Folder, name: str, said: str) -> None:
    office.write("policylint.yaml", CONFIG % f", protect: ['{name}']")
    found = [each for each in office.run("lint").stdout.splitlines() if "configured-mailbox-not-found" in each]
    told = [each for each in office.run("plan").stdout.splitlines() if "`guards.protect` names" in each]
    assert [bool(said)] * 2 == [len(found) == 1 and said in found[0], len(told) == 1 and said in told[0]]
    assert (name == "ann.le@contoso.com") == any("did you mean ann.lee@contoso.com?" in each for each in told)


def test_a_plan_names_the_mailbox_that_a_misspelled_entry_means(office: Folder) -> None:
    block(office, "ann.le@contoso.com")
    assert "is declared but not live: did you mean ann.lee@contoso.com?" in office.run("plan").stdout
