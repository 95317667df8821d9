"""Whose access changes, counted."""

from __future__ import annotations

import pytest

from policylint.access.impact import (
    ClassChange,
    Impact,
    StateChange,
    impact_of,
    impact_record,
    owners_in_words,
    read_impact,
)
from policylint.access.simulate import simulate
from tests.unit.access.test_simulate import DESIRED, DEVICES, LIVE
from tests.worlds import access, device

IMPACT = Impact(
    devices=5,
    newly_allowed=0,
    newly_quarantined=2,
    newly_blocked=1,
    mailboxes=0,
    unknown_owner=3,
    by_pair=(StateChange("Allowed", "Quarantined", 2), StateChange("Allowed", "Blocked", 1)),
    by_class=(
        ClassChange(("Android", None, None, None), "Allowed", "Quarantined", 1),
        ClassChange(("Tablet", None, None, None), "Allowed", "Quarantined", 1),
        ClassChange(("iPhone", None, "iOS 6", None), "Allowed", "Blocked", 1),
    ),
)


def test_what_changes_is_counted_by_state_and_by_class() -> None:
    assert IMPACT == impact_of(simulate(access(LIVE), access(DESIRED), DEVICES))


def test_without_a_snapshot_nobody_is_affected() -> None:
    assert Impact(5, 0, 0, 0, 0, 0, (), ()) == impact_of(simulate(None, access(DESIRED), DEVICES))


def test_plain_data_becomes_the_impact_again() -> None:
    assert IMPACT == read_impact(impact_record(IMPACT))


def test_a_device_of_unknown_owner_is_no_mailbox() -> None:
    of_ann = device("ann.lee@contoso.com", DeviceId="1", DeviceType="Android")
    of_nobody = device(DeviceId="2", DeviceType="Android")
    found = impact_of(simulate(access(LIVE), access(DESIRED), [of_ann, of_nobody]))
    assert (1, 1) == (found.mailboxes, found.unknown_owner)


def test_an_impact_of_before_has_no_devices_of_unknown_owner() -> None:
    record = impact_record(IMPACT)
    del record["unknownOwner"]
    assert IMPACT._replace(unknown_owner=0) == read_impact(record)


@pytest.mark.parametrize(
    ("mailboxes", "unknown", "words"),
    [
        (0, 0, " in 0 mailboxes"),
        (1, 0, " in 1 mailbox"),
        (2, 1, " in 2 mailboxes, 1 device of unknown owner"),
        (0, 2, ", 2 devices of unknown owner"),
    ],
)
def test_owners_in_words(mailboxes: int, unknown: int, words: str) -> None:
    assert words == owners_in_words(mailboxes, unknown, "in")
