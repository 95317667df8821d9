"""By which names Exchange knows a mailbox, and what is said where a name is that of several."""

from __future__ import annotations

import json
from typing import Any

import pytest

from policylint.model.names import Names
from policylint.source import Source
from policylint.text import fold, smtp_addresses
from tests.rules.harness import project_of

ANN = {
    "PrimarySmtpAddress": "ann.lee@contoso.com",
    "Identity": "contoso.local/Users/Ann Lee",
    "Name": "Ann Lee",
    "Guid": "aaaa-1",
    "DistinguishedName": "CN=Ann Lee,OU=Users,DC=contoso,DC=local",
    "Alias": "alee",
    "UserPrincipalName": "ann@corp.contoso.com",
    "SamAccountName": "a.lee",
    "LegacyExchangeDN": "/o=Contoso/ou=First/cn=Recipients/cn=alee",
    "DisplayName": "Ann Lee (Sales)",
    "EmailAddresses": ["SMTP:ann.lee@contoso.com", "smtp:ann@fabrikam.com", "SIP:sip@contoso.com", "X500:/o=x@y"],
}
BOB = {"PrimarySmtpAddress": "bob@contoso.com", "Name": "Bob", "Alias": "sales", "SamAccountName": "bob"}
SUE = {"PrimarySmtpAddress": "sue@contoso.com", "Name": "sales", "SamAccountName": "sue"}
LIVE: dict[str, Any] = {"mailboxes": [ANN, BOB, SUE]}


def known() -> Names:
    snapshot = project_of([Source("a.yaml", "mailboxes: []\n")], live=LIVE).snapshot
    assert snapshot is not None
    return Names(snapshot.state.mailboxes or {})


@pytest.mark.parametrize(
    "name",
    [
        *("ann.lee@contoso.com", "ann@fabrikam.com", "ann@corp.contoso.com", "alee", "a.lee", "Ann Lee", "aaaa-1"),
        *("CONTOSO\\a.lee", str(ANN["DistinguishedName"]), str(ANN["Identity"]), str(ANN["LegacyExchangeDN"])),
    ],
)
@pytest.mark.parametrize("spell", [str, str.upper], ids=["as-it-is", "in-capitals"])
def test_a_mailbox_is_known_by(name: str, spell: Any) -> None:
    names = known()
    found = names.get(fold(spell(name)))
    assert found is not None
    assert "ann.lee@contoso.com" == found.identity == names[fold(name)].identity


@pytest.mark.parametrize(
    "name",
    ["Ann Lee (Sales)", "sip@contoso.com", "lee", "CONTOSO\\alee", "CONTOSO\\", "ann.lee", "smtp:ann@fabrikam.com"],
)
def test_a_mailbox_is_not_known_by(name: str) -> None:
    assert (None, ()) == (known().get(fold(name)), known().all(fold(name)))


def test_a_name_of_two_is_that_of_none() -> None:
    names = known()
    assert ["bob@contoso.com", "sue@contoso.com"] == [each.identity for each in names.all("SALES")]
    assert names.get("SALES") is None
    assert "SALES" not in names
    assert "is the name of 2 mailboxes: bob@contoso.com and sue@contoso.com" == names.why_not_one("SALES", "")
    with pytest.raises(KeyError):
        names["SALES"]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (["SMTP:a@x.com", "smtp:b@x.com"], ("a@x.com", "b@x.com")),
        (["a@x.com"], ("a@x.com",)),
        (["SIP:a@x.com", "X500:/o=a@b", "EUM:1@x.com;phone-context=p", "", "smtp:"], ()),
        ("{SMTP:a@x.com, smtp:b@x.com}", ("a@x.com", "b@x.com")),
        ("smtp:b@x.com SMTP:a@x.com", ("b@x.com", "a@x.com")),
        ("System.Object[]", ()),
        (None, ()),
        ([None, 1], ()),
    ],
    ids=json.dumps,
)
def test_addresses_of_mail(value: object, expected: tuple[str, ...]) -> None:
    assert expected == smtp_addresses(value)
