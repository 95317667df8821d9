"""Every device and class under live and desired."""

from __future__ import annotations

from textwrap import dedent

from policylint.access.simulate import simulate, transitions
from tests.worlds import access, device

LIVE = dedent("""\
    organization: {DefaultAccessLevel: Allow}
    deviceAccessRules:
    - {Characteristic: DeviceType, QueryString: iPhone, AccessLevel: Allow}
    """)
DESIRED = dedent("""\
    organization: {DefaultAccessLevel: Quarantine}
    deviceAccessRules:
    - {Characteristic: DeviceType, QueryString: IPHONE, AccessLevel: Allow}
    - {Characteristic: DeviceOS, QueryString: iOS 6, AccessLevel: Block}
    """)
DEVICES = [
    device(DeviceId="1", DeviceType="iphone", DeviceOS="iOS 17"),
    device(DeviceId="2", DeviceType="iPhone", DeviceOS="iOS 6"),
    device(DeviceId="3", DeviceType="Android"),
    device(DeviceId="4", DeviceType="Tablet"),
    device(DeviceId="5", ClientType="UniversalOutlook"),
]


def test_devices_come_in_the_order_of_mailbox_and_id_each_with_both_decisions() -> None:
    found = simulate(access(LIVE), access(DESIRED), DEVICES[::-1]).devices
    assert DEVICES == [access_.device for access_ in found]
    assert [("Allowed", "Allowed"), ("Allowed", "Blocked"), ("Allowed", "Quarantined"), ("Allowed", "Quarantined"),
            (None, None)] == [(a.live.state if a.live else "", a.desired.state) for a in found]  # fmt: skip
    assert [False, True, True, True, False] == [a.changed for a in found]


def test_transitions_count_what_changes() -> None:
    found = transitions(simulate(access(LIVE), access(DESIRED), DEVICES).cohorts)
    assert {("Allowed", "Blocked"): 1, ("Allowed", "Quarantined"): 2} == found


def test_classes_are_spelled_as_the_rules_are_and_sorted() -> None:
    found = simulate(access(LIVE), access(DESIRED), DEVICES).classes
    assert [
        ((None, None, None, None), 3, True),
        (("iPhone", None, "iOS 6", None), 1, True),
        ((None, None, "iOS 6", None), 0, True),
        (("iPhone", None, None, None), 1, False),
    ] == [(a.device_class, a.devices, a.changed) for a in found]


def test_without_a_snapshot_nothing_is_changed() -> None:
    found = simulate(None, access(DESIRED), DEVICES)
    assert not any(access_.changed or access_.live for access_ in found.devices)
    assert not any(access_.changed or access_.live for access_ in found.classes)
