"""What may be behind a reported state that the settings do not give."""

from __future__ import annotations

import pytest

from policylint.analysis.mismatch import mismatches
from tests.worlds import access, device

MODEL = access(
    "organization: {DefaultAccessLevel: Quarantine}\n"
    "deviceAccessRules:\n"
    "- {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}\n"
    "- {Characteristic: DeviceModel, QueryString: SM-G981B, AccessLevel: Allow}\n"
    "- {Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: Block}\n"
)
IPHONE = {"DeviceType": "iPhone", "DeviceOS": "iOS 18"}
BOTH = {"DeviceModel": "SM-G981B", "DeviceOS": "Android 11"}


@pytest.mark.parametrize(
    ("facts", "state", "reason", "rule", "words"),
    [
        (IPHONE, "Quarantined", "Global", "", ["stale"]),
        (IPHONE, "DeviceDiscovery", "Unknown", "", ["transient"]),
        (IPHONE, "Blocked", "UserAgentsChanges", "", ["transient"]),
        (IPHONE, "Blocked", "CommandFrequency", "", ["transient"]),
        (IPHONE, "Quarantined", "Upgrade", "", ["transient"]),
        (IPHONE, "Blocked", "notCompliant", "", ["outside"]),
        (IPHONE, "Blocked", "DeviceRule", "iOS 17 (DeviceOS)", ["sticky"]),
        (IPHONE, "Blocked", "DeviceRule", "iPhone (DeviceType)", ["stale"]),
        (IPHONE, "Blocked", "Individual", "", ["stale"]),
        (IPHONE, "Blocked", "Policy", "", ["policy"]),
        (IPHONE, "Confused", "Global", "", ["unknown"]),
        (BOTH, "Blocked", "DeviceRule", "", []),
    ],
)
def test_candidates(facts: dict[str, str], state: str, reason: str, rule: str, words: list[str]) -> None:
    seen = device(**facts)._replace(live_state=state, live_reason=reason, live_rule=rule)
    found = [candidate.split(":")[0] for mismatch in mismatches(MODEL, [seen]) for candidate in mismatch.candidates]
    assert words == found


def test_the_other_reading_is_named_where_it_explains_the_state() -> None:
    both = access(
        "organization: {DefaultAccessLevel: Quarantine}\n"
        "deviceAccessRules:\n"
        "- {Characteristic: DeviceModel, QueryString: SM-G981B, AccessLevel: Block}\n"
        "- {Characteristic: DeviceOS, QueryString: Android 11, AccessLevel: Allow}\n"
    )
    seen = device(**BOTH)._replace(live_state="Allowed", live_reason="DeviceRule")
    (found,) = mismatches(both, [seen])
    assert (
        "disputed: the other reading of precedence gives Allowed, by rule Android 11 (DeviceOS)"
        " (also matched: SM-G981B (DeviceModel))",
    ) == found.candidates


def test_what_is_explained_or_decided_elsewhere_is_no_mismatch() -> None:
    explained = device(**IPHONE)._replace(live_state="allowed")
    silent = device(**IPHONE)
    elsewhere = device(ClientType="UniversalOutlook")._replace(live_state="Blocked")
    assert () == mismatches(MODEL, [explained, silent, elsewhere])
