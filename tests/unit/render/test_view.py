"""What people read of a simulation: which rows, and how many are left out."""

from __future__ import annotations

from policylint.access.grouping import group
from policylint.access.simulate import simulate
from policylint.render.simulation.view import Limits, states_of, view_of
from tests.unit.access.test_simulate import DESIRED, DEVICES, LIVE
from tests.worlds import access, device

BEFORE, AFTER = access(LIVE), access(DESIRED)


def test_classes_without_devices_or_changes_are_left_out_unless_all_are_asked_for() -> None:
    simulation = simulate(BEFORE, BEFORE, DEVICES)
    shown = view_of(simulation, BEFORE, Limits()).classes
    assert [(None, None, None, None), ("iPhone", None, None, None)] == [access_.device_class for access_ in shown.rows]
    assert (0, 1) == (shown.left, view_of(simulation, BEFORE, Limits(classes=1)).classes.left)
    nobody = simulate(BEFORE, BEFORE, [])
    assert 2 == len(view_of(nobody, BEFORE, Limits()).classes.rows)


def test_devices_are_those_that_change_unless_all_are_asked_for() -> None:
    simulation = simulate(BEFORE, AFTER, DEVICES)
    few = view_of(simulation, BEFORE, Limits(devices=2)).devices
    assert (2, 3, 1) == (len(few.rows), few.total, few.left)
    assert 5 == len(view_of(simulation, BEFORE, Limits(unchanged=True)).devices.rows)


def test_the_verdict_says_who_gains_and_who_loses() -> None:
    lost = view_of(simulate(BEFORE, AFTER, DEVICES), BEFORE, Limits())
    assert "access changes for 3 of 5 devices: 3 lose it" == lost.verdict
    won = view_of(simulate(AFTER, BEFORE, DEVICES), AFTER, Limits())
    assert "access changes for 3 of 5 devices: 3 gain it" == won.verdict
    assert "nothing changes for any of 5 devices" == view_of(simulate(AFTER, AFTER, DEVICES), AFTER, Limits()).verdict
    assert "4 classes of devices; no snapshot, so no devices to count" == (
        view_of(simulate(None, AFTER, DEVICES), None, Limits()).verdict
    )


def test_totals_are_of_the_states_that_occur() -> None:
    view = view_of(simulate(BEFORE, AFTER, DEVICES), BEFORE, Limits())
    assert (("Allowed", 4, 1), ("Quarantined", 0, 2), ("Blocked", 0, 1), (None, 1, 1)) == view.totals
    assert () == view_of(simulate(None, AFTER, DEVICES), None, Limits()).totals


def test_groups_have_the_states_that_their_devices_have() -> None:
    phones = [device(DeviceId="1", DeviceType="iPhone"), device(DeviceId="2", DeviceType="Tablet")]
    assert ("Allowed", "Quarantined") == states_of(group(simulate(BEFORE, AFTER, phones), "type"))
    assert ("Allowed",) == states_of(group(simulate(BEFORE, BEFORE, phones), "type"))


def test_a_limit_of_none_shows_every_mismatch_and_zero_only_counts_them() -> None:
    wrong = [device(DeviceId=str(number), DeviceType="iPhone")._replace(live_state="Blocked") for number in range(3)]
    simulation = simulate(BEFORE, AFTER, wrong)
    found = [view_of(simulation, BEFORE, Limits(mismatches=most)).mismatches for most in (None, 2, 0)]
    assert [(3, 3), (2, 3), (0, 3)] == [(len(shown.rows), shown.total) for shown in found]
