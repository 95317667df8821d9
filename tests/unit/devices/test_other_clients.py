"""Clients that no access rule reaches: the data, and the query strings that mean one."""

from __future__ import annotations

import json

import jsonschema
import pytest

from policylint.adapters.resources import read_schema
from policylint.model.device import CHARACTERISTICS
from tests.texts import shared

CLIENTS = shared().other_clients


def test_the_data_is_what_its_schema_says() -> None:
    schema = json.loads(read_schema("other-clients.schema.json"))
    data = json.loads(read_schema("data/other-clients.json"))
    jsonschema.Draft202012Validator(schema).validate(data)
    names = [name.casefold() for entry in data["clients"] for name in entry["names"]]
    assert len(names) == len(set(names))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("Mac", "Mail on a Mac"),
        ("macOS", "Mail on a Mac"),
        ("mac os x", "Mail on a Mac"),
        ("macOS 15.1 24B83", "Mail on a Mac"),
        ("macOS Sonoma 14.5", "Mail on a Mac"),
        ("Mac14,2", "Mail on a Mac"),
        ("MacBookPro18,3", "Mail on a Mac"),
        ("Mac OS X/10.15.7 (19H2) ExchangeWebServices/13.0", "Mail on a Mac"),
        ("Mac Mail", "Mail on a Mac"),
        ("MacOutlook", "Outlook for Mac"),
        ("mac-outlook", "Outlook for Mac"),
        ("MacOutlook/16.78", "Outlook for Mac"),
        ("Microsoft Office/16.0 (Windows NT 10.0)", "Outlook for Windows"),
        ("Outlook Desktop", "Outlook for Windows"),
        ("Thunderbird*", "Thunderbird"),
        ("IMAP", "an IMAP or POP client"),
        ("pop3", "an IMAP or POP client"),
        ("IMAP/POP", "an IMAP or POP client"),
        ("OWA", "Outlook on the web"),
        ("Macaroni", None),
        ("Outlook", None),
        ("Outlook for iOS and Android", None),
        ("Outlook-iOS/*", None),
        ("iPhone", None),
        ("POPCORN", None),
        ("TbSync", None),
        ("14.2", None),
        ("", None),
    ],
)
def test_a_query_string_that_means_one(query: str, expected: str | None) -> None:
    found = CLIENTS.find(query)
    assert expected == (found.client if found is not None else None)


def test_no_value_that_the_catalog_has_for_another_client_means_one() -> None:
    values = {value for row in shared().catalog for value in row if value is not None}
    assert len(CHARACTERISTICS) == len(shared().catalog[0])
    assert {value for value in values if CLIENTS.find(value)} <= {
        value for value in values if value.startswith(("Thunderbird", "Mozilla", "Mac"))
    }
