"""A part of a simulation: the devices of a state, of a mailbox, or whose access changes."""

from __future__ import annotations

import pytest

from policylint.access.filter import DeviceFilter
from policylint.access.simulate import simulate
from tests.unit.access.test_simulate import DESIRED, DEVICES, LIVE
from tests.worlds import access, device, entity

BOX = "ann.lee@contoso.com"
OF_BOX = device(BOX, DeviceId="6", DeviceType="Android")
MAILBOX = entity("mailbox", Identity=BOX)


@pytest.mark.parametrize(
    ("chosen", "words", "ids"),
    [
        (DeviceFilter(), "", ["1", "2", "3", "4", "5", "6"]),
        (DeviceFilter("Quarantined"), "state Quarantined", ["3", "4", "6"]),
        (DeviceFilter("undecided"), "state undecided", ["5"]),
        (DeviceFilter(changed=True), "changed", ["2", "3", "4", "6"]),
        (DeviceFilter(mailbox=MAILBOX), f"mailbox {BOX}", ["6"]),
        (DeviceFilter("Blocked", MAILBOX, changed=True), f"state Blocked, mailbox {BOX}, changed", []),
    ],
)
def test_only_the_devices_asked_for(chosen: DeviceFilter, words: str, ids: list[str]) -> None:
    assert words == chosen.words
    found = chosen.apply(simulate(access(LIVE), access(DESIRED), [*DEVICES, OF_BOX]))
    assert ids == [each.device.device_id for each in found.devices]
    assert len(ids) == found.total
