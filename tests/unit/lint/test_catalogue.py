"""The catalog of values that devices are known to report."""

from __future__ import annotations

import json

from policylint.devices.catalog import read_catalog
from tests.rules.harness import catalog


def test_rows_have_the_values_of_rules_and_no_beginnings_of_values() -> None:
    text = json.dumps(
        {
            "columns": ["DeviceType", "DeviceModel", "DeviceOS", "DeviceUserAgent", "ClientType", "evidence"],
            "entries": [
                ["iPhone", "iPhone8C4", "iOS 11.2.6 15D100", "Apple-iPhone8C4/1504.100", "EAS", "observed"],
                ["PocketPC", None, None, "MSFT-PPC", "EAS", "prefix"],
                ["SAMSUNGGTI", None, None, None, "EAS", "prefix"],
            ],
        }
    )
    assert read_catalog(text).rows == (
        ("iPhone", "iPhone8C4", "iOS 11.2.6 15D100", "Apple-iPhone8C4/1504.100"),
        ("PocketPC", None, None, None),
    )


def test_the_shipped_catalog_can_be_read() -> None:
    assert ("Outlook", "Outlook for iOS and Android", None, "Outlook-iOS/2.0") in catalog()
    assert len(catalog()) > 200
