"""What may be behind a reported state that the settings do not give."""

from __future__ import annotations

import re

import pytest

from policylint.access.decide import AccessModel
from policylint.access.request import Facts
from policylint.analysis.mismatch import mismatches
from tests.sealed import HEADER, seal
from tests.worlds import access, device, read_sealed

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
    assert [] == list(mismatches(MODEL, [explained, silent, elsewhere]))


# Times in the snapshot

TAKEN = "2026-08-26T06:00:00Z"
LIVE = read_sealed(
    seal(
        header=HEADER,
        organization={"DefaultAccessLevel": "Quarantine", "WhenChangedUTC": "2026-02-01T00:00:00Z"},
        deviceAccessRules=[
            {
                "Characteristic": "DeviceType",
                "QueryString": "iPhone",
                "AccessLevel": "Allow",
                "WhenCreatedUTC": "2026-03-01T00:00:00Z",
                "WhenChangedUTC": "2026-05-01T00:00:00Z",
            },
            {
                "Characteristic": "DeviceType",
                "QueryString": "iPad",
                "AccessLevel": "Allow",
                "WhenCreatedUTC": "2026-03-01T00:00:00Z",
            },
        ],
        deviceAutoblockThresholds=[
            {
                "Identity": "RecentCommands",
                "BehaviorType": "RecentCommands",
                "DeviceBlockDuration": "2.00:00:00",
            }
        ],
    )
).state
TIMED = AccessModel(LIVE, Facts())
NAMELESS: dict[str, str] = {"DeviceType": "Thunderbird"}
IPAD = {"DeviceType": "iPad", "DeviceModel": "iPad1", "DeviceOS": "iPadOS 18"}
MINUTES_AGO, DAYS_AGO, MONTHS_AGO = "2026-08-26T05:50:00Z", "2026-08-23T06:00:00Z", "2026-05-03T09:11:00Z"


@pytest.mark.parametrize(
    ("facts", "reported", "times", "words"),
    [
        (IPHONE, ("DeviceDiscovery", ""), (MINUTES_AGO, ""), "transient: Exchange is still finding out"),
        (IPHONE, ("DeviceDiscovery", ""), ("", ""), "transient: Exchange is still finding out .* was not read"),
        (NAMELESS, ("DeviceDiscovery", ""), (MONTHS_AGO, ""), "stuck: the client has not told its model and system"),
        (NAMELESS, ("DeviceDiscovery", ""), ("", ""), "transient"),
        (IPAD, ("DeviceDiscovery", ""), (MONTHS_AGO, ""), "stuck: Exchange has not found out what the device is"),
        (IPHONE, ("Quarantined", "Global"), ("2026-04-01T00:00:00Z", ""), "stale: .* 2026-05-01.* last sync not read"),
        (IPHONE, ("Quarantined", "Global"), (MONTHS_AGO, ""), "not stale: .* since 2026-05-01.* later, 2026-05-03"),
        (IPHONE, ("Quarantined", "Global"), ("2026-01-01T00:00:00Z", DAYS_AGO), "not stale: .* 2026-08-23"),
        (IPHONE, ("Quarantined", "Global"), ("", "2026-04-01T00:00:00Z"), "stale: .*last synced 2026-04-01"),
        (IPHONE, ("Quarantined", "Global"), ("", ""), "stale: the device has not synced since"),
        (IPAD, ("Quarantined", "Global"), (MONTHS_AGO, ""), "not stale: the last known .*, unless it was changed"),
        (NAMELESS, ("Allowed", "Global"), (MONTHS_AGO, ""), "not stale: DefaultAccessLevel has not changed since"),
    ],
)  # fmt: skip
def test_a_time_that_speaks_against_it(
    facts: dict[str, str], reported: tuple[str, str], times: tuple[str, str], words: str
) -> None:
    state, reason = reported
    first_sync, last_sync = times
    seen = device(**facts)._replace(live_state=state, live_reason=reason, first_sync=first_sync, last_sync=last_sync)
    (found,) = mismatches(TIMED, [seen], TAKEN)
    (candidate,) = found.candidates
    assert re.match(words, candidate), candidate


@pytest.mark.parametrize(
    ("reason", "changed", "words"),
    [
        ("RecentCommands", MINUTES_AGO, "transient: blocked for its behavior"),
        ("RecentCommands", DAYS_AGO, "stale: .* DeviceBlockDuration is 2.00:00:00: the block is over"),
        ("CommandFrequency", MINUTES_AGO, "transient: blocked for its behavior"),
        ("CommandFrequency", MONTHS_AGO, "lasting: .*reported for 114 days at least"),
        ("Upgrade", MINUTES_AGO, "transient: a grace"),
        ("Upgrade", MONTHS_AGO, "lasting: a grace .*reported for 114 days at least"),
    ],
)
def test_a_passing_state_that_has_lasted(reason: str, changed: str, words: str) -> None:
    seen = device(**IPHONE)._replace(live_state="Blocked", live_reason=reason, changed=changed)
    (found,) = mismatches(TIMED, [seen], TAKEN)
    assert re.match(words, found.candidates[0]), found.candidates
    assert changed == found.since


def test_a_rule_that_is_gone_may_have_decided() -> None:
    seen = device(**IPHONE)._replace(
        live_state="Blocked", live_reason="DeviceRule", live_rule="iPhone 3G (DeviceModel)"
    )
    (found,) = mismatches(TIMED, [seen], TAKEN)
    assert "stale: decided by iPhone 3G (DeviceModel), which is not live any more" in found.candidates[0]


@pytest.mark.parametrize(
    ("last_sync", "words"),
    [("", "an old one"), ("2026-02-27T00:00:00Z", "an old one"), ("2026-08-20T00:00:00Z", "it may not be refused yet")],
)
def test_a_device_that_synced_after_it_should_be_refused(last_sync: str, words: str) -> None:
    seen = device(**IPHONE, ClientVersion="14.1")._replace(live_state="Allowed", last_sync=last_sync)
    (found,) = mismatches(TIMED, [seen], TAKEN)
    assert words in found.candidates[0]
