"""Where the catalog is evidence that a value does not exist, its date is said; a newer value is not wrong."""

from __future__ import annotations

import pytest

from tests.rules.harness import lint
from tests.texts import shared

RULE = "deviceAccessRules:\n- {{Characteristic: {}, QueryString: {}, AccessLevel: Allow}}\n"
LIVE = {"devices": [{"mailbox": "john.doe@contoso.com", "DeviceId": "1", "DeviceType": "iPhone"}]}


@pytest.mark.parametrize("live", [None, LIVE], ids=["without", "with"])
def test_the_date_is_in_the_message(live: dict[str, object] | None) -> None:
    (found,) = lint(RULE.format("DeviceType", "Apple iPhone"), live).of("access-rule-matches-nothing")
    assert f"the catalog of {shared().catalog_date}" in found.message


@pytest.mark.parametrize(
    ("characteristic", "value"),
    [
        ("DeviceModel", "iPhone19C2"),
        ("DeviceModel", "iPad18C4"),
        ("DeviceOS", "iOS 27.1 24B80"),
        ("UserAgent", "Apple-iPhone19C2/2402.80"),
    ],
)
def test_a_newer_value_is_not_wrong(characteristic: str, value: str) -> None:
    assert () == lint(RULE.format(characteristic, value)).of("access-rule-matches-nothing")


@pytest.mark.parametrize("probe", ["EASProbeDeviceType", "TestActiveSyncConnectivity"])
def test_a_rule_for_a_probe_matches_something(probe: str) -> None:
    assert () == lint(RULE.format("DeviceType", probe)).of("access-rule-matches-nothing")
