"""Whose access changes, counted."""

from __future__ import annotations

from policylint.access.impact import ClassChange, Impact, StateChange, impact_of, impact_record, read_impact
from policylint.access.simulate import simulate
from tests.unit.access.test_simulate import DESIRED, DEVICES, LIVE
from tests.worlds import access

IMPACT = Impact(
    devices=5,
    newly_allowed=0,
    newly_quarantined=2,
    newly_blocked=1,
    mailboxes=1,
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
    assert Impact(5, 0, 0, 0, 0, (), ()) == impact_of(simulate(None, access(DESIRED), DEVICES))


def test_plain_data_becomes_the_impact_again() -> None:
    assert IMPACT == read_impact(impact_record(IMPACT))
